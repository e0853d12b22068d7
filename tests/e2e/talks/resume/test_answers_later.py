"""A question that was open for hours takes its answer, and nothing is asked again."""

from __future__ import annotations

import pytest

from tests.e2e.talks.conftest import People


async def test_the_new_address_comes_the_next_day(person: People) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    await late.says("地址我要改一下")
    await late.waits(hours=26)
    summary = await late.says("四川省成都市武侯区科华北路65号 7栋1203")
    assert order.id in summary.text
    assert await late.untouched()
    await late.taps("确认修改", summary)
    assert await late.kinds() == ["change_address"]
    (after,) = await late.orders()
    assert after.address is not None
    assert (after.address.city, after.address.district) == ("成都市", "武侯区")


@pytest.mark.parametrize("reason", ["小了，穿不进去", "大了"], ids=["too_small", "too_large"])
async def test_the_reason_comes_hours_later(person: People, reason: str) -> None:
    luo = await person("c-insured")
    await luo.says("我那条牛仔裤要退")
    await luo.waits(hours=9)
    summary = await luo.says(reason)
    assert "尺码不合适" in summary.text
    assert await luo.untouched()
    await luo.taps("确认退货", summary)
    (back,) = await luo.new()
    assert (back.kind, back.refund) == ("return", 15900)


@pytest.mark.parametrize(
    "trouble",
    ["手机黑屏了开不了机，想拿去修", "手机充不了电了 报修"],
    ids=["dark", "does_not_charge"],
)
async def test_how_a_repair_travels_is_said_two_hours_later(person: People, trouble: str) -> None:
    gao = await person("c-phone")
    ways = await gao.says(trouble)
    assert "我自己寄" in ways.options, ways.text
    await gao.waits(hours=2)
    summary = await gao.says("我寄给你们")
    assert "免费" in summary.text
    assert await gao.untouched()
    await gao.taps("确认报修", summary)
    assert await gao.kinds() == ["warranty_repair"]


async def test_an_invoice_is_filled_in_over_a_day(person: People) -> None:
    lin = await person("c-lin")
    order = (await lin.orders())[1]
    who = await lin.says("我要给毛衣开发票")
    await lin.taps("个人", who)
    await lin.waits(hours=8)
    await lin.says("陈思思")
    await lin.waits(hours=8)
    summary = await lin.says("不用发邮箱")
    assert "陈思思" in summary.text
    assert await lin.untouched()
    await lin.taps("确认开票", summary)
    (receipt,) = await lin.new()
    assert (receipt.kind, receipt.order_id) == ("invoice", order.id)


@pytest.mark.parametrize("wish", ["退钱吧", "那就把少的钱退我"], ids=["briefly", "in_own_words"])
async def test_what_to_do_about_a_missing_cup_is_said_in_the_evening(
    person: People, wish: str
) -> None:
    wu = await person("c-contested")
    await wu.says("买了两个杯子箱子里就一个，少一个")
    await wu.waits(hours=6)
    summary = await wu.says(wish)
    assert "确认提交" in summary.options, summary.text
    assert "89" in summary.text
    assert await wu.untouched()
    await wu.taps("确认提交", summary)
    (receipt,) = await wu.new()
    assert (receipt.kind, receipt.refund) == ("wrong_or_missing_item", 8900)


async def test_the_colour_comes_the_next_morning(person: People) -> None:
    late = await person("c-late")
    await late.says("冲锋衣想换个颜色")
    await late.waits(hours=14)
    summary = await late.says("湖蓝的")
    assert "湖蓝" in summary.text
    assert await late.untouched()
    await late.says("就这样改")
    assert await late.kinds() == ["change_order"]
    (order,) = await late.orders()
    assert order.lines[0].color == "湖蓝"
