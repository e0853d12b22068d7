"""Hours later a yes is no yes any more, and after three days nothing is left to agree to."""

from __future__ import annotations

import pytest

from shop.types import OrderState
from tests.e2e.talks.conftest import People


async def test_a_yes_after_five_hours_cancels_nothing_until_it_is_said_again(
    person: People,
) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    await late.says("这单我不想等了，取消吧")
    await late.waits(hours=5)
    again = await late.says("好")
    assert await late.untouched()
    assert "确认取消" in again.options
    await late.says("好")
    (receipt,) = await late.new()
    assert (receipt.kind, receipt.refund) == ("cancel_order", order.paid)


async def test_a_late_yes_shows_again_which_order_would_be_cancelled(person: People) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    await late.says("这单取消掉")
    await late.waits(hours=20)
    again = await late.says("可以")
    assert await late.untouched()
    assert order.id in again.text or order.lines[0].label in again.text


async def test_a_yes_the_next_day_returns_nothing_at_first(person: People) -> None:
    gao = await person("c-phone")
    await gao.says("黑T恤不想要了，退掉")
    await gao.waits(hours=2)
    again = await gao.says("行")
    assert "89" in again.text
    assert await gao.untouched()
    await gao.says("行，退吧")
    (back,) = await gao.new()
    assert (back.kind, back.refund) == ("return", 8900)


async def test_a_yes_after_a_day_pays_no_difference_at_first(person: People) -> None:
    sun = await person("c-split")
    await sun.says("耳机降了吧，退我差价")
    await sun.waits(hours=30)
    again = await sun.says("嗯嗯")
    assert "29.90" in again.text
    assert await sun.untouched()
    await sun.taps("确认退差价", again)
    assert [one.refund for one in await sun.new()] == [2990]


async def test_the_button_hours_later_still_counts(person: People) -> None:
    luo = await person("c-insured")
    summary = await luo.says("牛仔裤想换大一号M")
    await luo.waits(hours=7)
    await luo.taps("确认换货", summary)
    assert await luo.kinds() == ["exchange_request"]


@pytest.mark.parametrize("yes", ["确认", "确认取消"], ids=["typed", "button"])
async def test_after_four_days_a_yes_cancels_nothing(person: People, yes: str) -> None:
    late = await person("c-late")
    await late.says("给我把单退了，没发就取消")
    await late.waits(days=4)
    heard = await late.says(yes)
    assert heard.text
    assert await late.untouched()


async def test_after_four_days_the_same_wish_begins_anew(person: People) -> None:
    luo = await person("c-insured")
    await luo.says("裤子不合适想退")
    await luo.waits(days=4)
    await luo.says("好的")
    assert await luo.untouched()
    summary = await luo.says("牛仔裤不想要了，退货")
    await luo.taps("确认退货", summary)
    assert await luo.kinds() == ["return"]


async def test_a_yes_in_the_evening_gives_no_coupon_at_first(person: People) -> None:
    late = await person("c-late")
    await late.says("发货这么慢，补偿我一下")
    await late.waits(hours=12)
    again = await late.says("要的")
    assert await late.untouched()
    await late.taps("领取", again)
    assert await late.kinds() == ["compensation"]
    (order,) = await late.orders()
    assert order.state is OrderState.PAID
