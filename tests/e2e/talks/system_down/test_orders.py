"""Taobao, which has the orders, does not answer or only now and then."""

from __future__ import annotations

from shop.fakes.faults import Fault
from tests.e2e.talks.system_down.conftest import Outside

GONE = Fault(status=502)
CUT = Fault(drop=True)
BUSY = Fault(code=15, sub_code="isp.remote-service-timeout", sub_msg="busy")


async def test_a_hiccup_of_the_platform_is_not_noticed(outside: Outside) -> None:
    lin = await outside.stage.person("c-lin")
    outside.taobao.append(BUSY)
    order, *_ = await lin.orders()
    heard = await lin.says("我昨天拍的那单什么情况了")
    assert order.id in heard.text
    assert "系统" not in heard.text


async def test_the_order_is_told_when_taobao_is_back(outside: Outside) -> None:
    lin = await outside.stage.person("c-lin")
    order, *_ = await lin.orders()
    outside.break_down(outside.taobao, GONE)
    heard = await lin.says("帮我看看昨天的订单怎么样了")
    assert "系统" in heard.text
    assert order.id not in heard.text
    await outside.come_back()
    assert order.id in (await lin.kept_question_is_asked_again()).text


async def test_questions_about_goods_and_rules_do_not_need_taobao(outside: Outside) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.taobao, CUT)
    assert "70%" in (await lin.says("你们那个羊毛衫含羊毛多少")).text
    assert "7" in (await lin.says("签收多少天内可以无理由退")).text


async def test_a_return_that_could_not_be_handed_in_is_handed_in_once_later(
    outside: Outside,
) -> None:
    lin = await outside.stage.person("c-lin")
    await lin.says("羊毛衫我要退掉")
    summary = await lin.says("穿着太小了")
    outside.break_down(outside.taobao, GONE)
    failed = await lin.taps("确认退货", summary)
    assert await lin.new() == []
    assert "没有" in failed.text
    await outside.come_back()
    await lin.says("再试一次")
    (back,) = await lin.new()
    assert back.kind == "return"


async def test_a_return_that_cannot_begin_now_begins_when_taobao_is_back(
    outside: Outside,
) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.taobao, GONE)
    heard = await lin.says("羊毛衫我要退掉")
    assert "系统" in heard.text
    assert await lin.new() == []
    await outside.come_back()
    again = await lin.kept_question_is_asked_again()
    assert "毛衣" in again.text
    assert await lin.new() == []
