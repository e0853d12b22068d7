"""Impatient fingers: the same said again before the answer is there."""

from __future__ import annotations

from shop.types import OrderState
from tests.e2e.talks.conftest import People


async def test_two_yeses_at_once_are_one_search_for_the_parcel(person: People) -> None:
    wu = await person("c-contested")
    await wu.says("杯子根本没收到，给我退钱")
    await wu.sends("可以")
    await wu.sends("可以的")
    await wu.hears()
    assert await wu.kinds() == ["refund_request"]
    await wu.says("嗯")
    assert await wu.kinds() == ["refund_request"]


async def test_two_yeses_at_once_restore_an_order_once(person: People) -> None:
    late = await person("c-late")
    await late.taps("确认取消", await late.says("不等了，取消"))
    await late.says("手滑了，刚才取消的给我恢复")
    await late.sends("对")
    await late.sends("对的")
    await late.hears()
    (order,) = await late.orders()
    assert order.state is OrderState.PAID
    assert await late.kinds() == ["cancel_order", "undo_request"]
    assert [one.kind for one in await late.new() if one.live] == ["undo_request"]


async def test_the_same_wish_three_times_at_once_waits_for_a_yes(person: People) -> None:
    zhao = await person("c-stuck")
    for text in ("快递丢了吧，我要退款", "退款！", "快递丢了吧，我要退款"):
        await zhao.sends(text)
    await zhao.hears()
    assert await zhao.untouched()


async def test_a_yes_before_the_summary_is_there_does_at_most_one_cancel(person: People) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    await late.sends("这单取消")
    await late.sends("确认")
    await late.sends("确认")
    await late.hears()
    assert [one.refund for one in await late.new()] in ([], [order.paid])
