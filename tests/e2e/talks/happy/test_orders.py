"""Where orders and parcels are, and what is changed before they leave."""

from __future__ import annotations

from tests.e2e.talks.conftest import People


async def test_a_parcel_by_day_colour_and_size(person: People) -> None:
    lin = await person("c-lin")
    heard = await lin.says("我昨天买的黑色L码衬衫到哪了")
    order, *_ = await lin.orders()
    (parcel,) = (await lin.scene()).parcels[order.id]
    assert parcel.waybill in heard.text
    assert await lin.untouched()


async def test_a_paid_order_is_cancelled_and_the_money_comes_back(person: People) -> None:
    ma = await person("c-late")
    (order,) = await ma.orders()
    summary = await ma.says("还没发货就别发了，帮我取消吧")
    assert order.id in summary.text
    assert await ma.untouched()
    done = await ma.taps("确认取消", summary)
    (receipt,) = await ma.new()
    assert (receipt.kind, receipt.refund) == ("cancel_order", order.paid)
    assert receipt.number in done.text
