"""不对，是那件: another order or another of the goods than the one that was begun with."""

from __future__ import annotations

from shop.types import ReturnReason
from tests.e2e.talks.conftest import People


async def test_the_nuts_with_their_own_reason_instead_of_the_cream(person: People) -> None:
    tian = await person("c-fresh")
    (order,) = await tian.orders()
    nuts, _, cream, _ = order.lines
    why = await tian.says("面霜没开封 想退")
    summary = await tian.taps("不想要了", why)
    assert cream.short_name in summary.text
    other = await tian.says("啊不对，是坚果，里面有虫")
    assert await tian.untouched()
    await tian.taps("确认退货", other)
    (back,) = await tian.new()
    assert (back.kind, back.line_id, back.refund) == ("return", nuts.id, nuts.paid)
    (ours,) = await tian.returns()
    assert (ours.reason, ours.shipping_paid_by) == (ReturnReason.QUALITY, "shop")


async def test_another_of_the_goods_is_taken_at_the_summary(person: People) -> None:
    tian = await person("c-fresh")
    (order,) = await tian.orders()
    *_, cup = order.lines
    summary = await tian.says("面霜没拆封，不想要了退一下")
    goods = await tian.taps("换一件", summary)
    await tian.taps("刻字杯", goods)
    other = await tian.says("杯盖裂了")
    assert await tian.untouched()
    await tian.taps("确认退货", other)
    (back,) = await tian.new()
    assert (back.line_id, back.refund) == (cup.id, cup.paid)


async def test_the_headphones_are_returned_for_their_fault_instead_of_the_sweater(
    person: People,
) -> None:
    lin = await person("c-lin")
    *_, headphones = await lin.orders()
    await lin.says("毛衣不想要了，退了吧")
    summary = await lin.says("啊不是这件，我要退的是头戴耳机，左边没声音了")
    assert await lin.untouched()
    await lin.taps("确认退货", summary)
    (back,) = await lin.new()
    assert (back.order_id, back.refund) == (headphones.id, headphones.paid)


async def test_the_invoice_is_for_the_other_order(person: People) -> None:
    shen = await person("c-vip")
    _, _, quilt = await shen.orders()
    await shen.says("补一张发票")
    await shen.says("手机那单")
    buyer = await shen.says("不对 是蚕丝被那单")
    await shen.taps("个人", buyer)
    email = await shen.says("沈曼")
    summary = await shen.taps("不用发邮箱", email)
    assert await shen.untouched()
    await shen.taps("确认开票", summary)
    (invoice,) = await shen.new()
    assert (invoice.kind, invoice.order_id) == ("invoice", quilt.id)
    (receipt,) = (await shen.scene()).receipts
    assert receipt.details["title"] == "沈曼"
