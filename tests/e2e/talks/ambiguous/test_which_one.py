"""Several orders or goods fit: one short question at most, and the right one is acted upon."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from shop.types import ReturnReason
from tests.e2e.talks.conftest import People

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize("words", ["第3个", "面霜", "护肤的那个面霜"])
async def test_of_four_goods_one_is_named(person: People, words: str) -> None:
    tian = await person("c-fresh")
    (order,) = await tian.orders()
    _, _, cream, _ = order.lines
    which = await tian.says("想退个东西")
    assert len(which.options) == 4
    await tian.says(words)
    summary = await tian.says("没开封，用不上了")
    assert await tian.untouched()
    await tian.taps("确认退货", summary)
    (back,) = await tian.new()
    assert (back.line_id, back.refund) == (cream.id, cream.paid)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("最后一个", "杯盖裂了"),
        ("白色的那件", "杯盖裂了"),
        ("白色那个杯子", "杯盖裂了"),
        ("最后一个", "杯盖是裂的"),
    ],
)
async def test_the_engraved_cup_goes_back_only_for_its_fault(
    person: People, words: str, fault: str
) -> None:
    tian = await person("c-fresh")
    (order,) = await tian.orders()
    *_, cup = order.lines
    await tian.says("收到的货我要退一件")
    rule = await tian.says(words)
    assert cup.short_name in rule.text
    assert "不想要了" not in rule.options
    summary = await tian.says(fault)
    assert await tian.untouched()
    await tian.taps("确认退货", summary)
    (back,) = await tian.new()
    assert back.line_id == cup.id
    (ours,) = await tian.returns()
    assert ours.reason is ReturnReason.QUALITY


async def test_the_goods_and_the_reason_in_one_answer(person: People) -> None:
    gao = await person("c-phone")
    tee, _ = await gao.orders()
    which = await gao.says("我有东西要退")
    assert len(which.options) == 2
    summary = await gao.says("T恤 不想要了")
    assert await gao.untouched()
    await gao.taps("确认退货", summary)
    (back,) = await gao.new()
    assert (back.order_id, back.refund) == (tee.id, tee.paid)


async def test_an_invoice_for_the_second_of_two_orders(person: People) -> None:
    zheng = await person("c-shirts")
    *_, old = await zheng.orders()
    which = await zheng.says("给我开个发票")
    assert len(which.options) == 2
    buyer = await zheng.says("第二个")
    name = await zheng.taps("个人", buyer)
    email = await zheng.taps("就写", name)
    summary = await zheng.taps("不用发邮箱", email)
    assert await zheng.untouched()
    await zheng.taps("确认开票", summary)
    (invoice,) = await zheng.new()
    assert (invoice.kind, invoice.order_id) == ("invoice", old.id)


async def test_an_order_is_named_by_its_number(person: People) -> None:
    shen = await person("c-vip")
    _, _, quilt = await shen.orders()
    which = await shen.says("补开发票")
    assert len(which.options) == 2
    buyer = await shen.says(quilt.id)
    await shen.taps("个人", buyer)
    email = await shen.says("沈曼")
    summary = await shen.taps("不用发邮箱", email)
    await shen.taps("确认开票", summary)
    (invoice,) = await shen.new()
    assert invoice.order_id == quilt.id


async def test_a_shirt_is_named_by_the_day_it_was_bought(person: People) -> None:
    zheng = await person("c-shirts")
    _, shirt, _ = await zheng.orders()
    day = shirt.created_at.astimezone(CHINA)
    which = await zheng.says("衬衫穿着小了，想换XL的")
    assert len(which.options) <= 4
    summary = await zheng.says(f"{day.month}月{day.day}号买的")
    assert await zheng.untouched()
    await zheng.taps("确认换货", summary)
    (exchange,) = await zheng.new()
    assert (exchange.kind, exchange.order_id) == ("exchange_request", shirt.id)


@pytest.mark.parametrize("words", ["第2个", "免烫那件"])
async def test_of_four_shirts_one_is_named_and_nothing_told_is_asked_again(
    person: People, words: str
) -> None:
    zheng = await person("c-shirts")
    _, shirt, _ = await zheng.orders()
    which = await zheng.says("衬衫想换大一码")
    assert len(which.options) == 4
    summary = await zheng.says(words)
    assert shirt.lines[0].label in summary.text
    assert "黑色 XL" in summary.text
    assert "确认换货" in summary.options
    assert await zheng.untouched()


async def test_a_shirt_that_is_named_at_once_is_not_asked_for(person: People) -> None:
    zheng = await person("c-shirts")
    _, shirt, _ = await zheng.orders()
    heard = await zheng.says("免烫那件衬衫紧了 换黑色XL")
    assert "哪一笔" not in heard.text
    assert shirt.lines[0].label in heard.text


async def test_a_shirt_is_named_by_its_word_with_the_new_size(person: People) -> None:
    zheng = await person("c-shirts")
    _, shirt, _ = await zheng.orders()
    await zheng.says("衬衫要换一件")
    summary = await zheng.says("免烫那件，换XL")
    assert await zheng.untouched()
    await zheng.taps("确认换货", summary)
    (exchange,) = await zheng.new()
    assert exchange.order_id == shirt.id
    (receipt,) = (await zheng.scene()).receipts
    assert receipt.details["wanted"] == "黑色 XL"


async def test_only_what_can_go_back_is_meant_by_a_return(person: People) -> None:
    zheng = await person("c-shirts")
    _, shirt, _ = await zheng.orders()
    why = await zheng.says("有件衬衫要退")
    assert shirt.lines[0].short_name in why.text
    summary = await zheng.says("2")
    assert await zheng.untouched()
    await zheng.taps("确认退货", summary)
    (back,) = await zheng.returns()
    assert (back.order_id, back.reason) == (shirt.id, ReturnReason.WRONG_SIZE)


async def test_of_two_skirts_the_one_that_is_not_yet_going_back(person: People) -> None:
    han = await person("c-return")
    skirts, _ = await han.orders()
    _, skirt = skirts.lines
    summary = await han.says("裙子不合身 想退")
    assert await han.untouched()
    await han.taps("确认退货", summary)
    (back,) = await han.new()
    assert (back.line_id, back.refund) == (skirt.id, skirt.paid)


async def test_the_newest_of_three_shirts_is_where_it_is(person: People) -> None:
    zheng = await person("c-shirts")
    newest, *_ = await zheng.orders()
    (parcel,) = (await zheng.scene()).parcels[newest.id]
    await zheng.says("给我看看衬衫的物流")
    heard = await zheng.says("最近买的那件")
    assert "哪一笔" not in heard.text
    again = await zheng.says("单号发我")
    assert parcel.waybill in heard.text + again.text


async def test_a_faded_shirt_is_named_by_its_word(person: People) -> None:
    zheng = await person("c-shirts")
    _, shirt, _ = await zheng.orders()
    await zheng.says("黑衬衫洗完掉色严重")
    heard = await zheng.says("免烫的那件")
    assert shirt.lines[0].short_name in heard.text
    assert not {"少发了", "发错了"} & set(heard.options)
    assert await zheng.untouched()


@pytest.mark.parametrize(("words", "state"), [("水壶那个", "已经退了"), ("连衣裙那个", "回仓库")])
async def test_of_two_refunds_the_named_one_is_told(person: People, words: str, state: str) -> None:
    han = await person("c-return")
    await han.says("我的退款呢")
    heard = await han.says(words)
    assert state in heard.text
    assert await han.untouched()
