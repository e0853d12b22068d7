"""Money without the goods: lost, signed for by somebody, partly spoiled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.database import Database
from shop.errors import NotAllowed
from shop.gateway import Shop
from shop.operations.refund import RefundCause, RefundRequest, Share, searching
from shop.operations.types import Photo, ReceiptState
from shop.operations.undo import UndoRequest
from shop.types import OrderState
from tests.shop.operations.goods import received, under_way
from tests.shop.world import LINE, NOW, FakeClock, add_customer, add_order, order

LOST, UNSEEN, SPOILED = RefundCause.LOST, RefundCause.NOT_RECEIVED, RefundCause.SPOILED
NUTS = replace(LINE, category="食品", paid=9900, color="", size="")


def ask(order_id: str, cause: RefundCause, share: Share | None = None) -> RefundRequest:
    line = f"{order_id}-1" if cause is SPOILED else ""
    return RefundRequest(order_id, line, cause=cause, share=share)


async def test_what_has_not_gone_out_is_cancelled_instead(database: Database, shop: Shop) -> None:
    await add_customer(database, "c-1")
    paid = order(LINE, state=OrderState.PAID)
    await add_order(database, paid)
    assert (await shop.operations.check("c-1", ask(paid.id, LOST))).ways == ("cancel_order",)


async def test_a_parcel_on_its_way_is_no_reason(database: Database, shop: Shop) -> None:
    sent = await under_way(database, silent_hours=10)
    verdict = await shop.operations.check("c-1", ask(sent.id, LOST))
    assert (verdict.allowed, verdict.ways) == (False, ("track_logistics",))
    assert verdict.alternatives


async def test_a_silent_parcel_is_looked_for_first_and_paid_when_it_stays_silent(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    sent = await under_way(database, silent_hours=60)
    looked_for = await shop.operations.check("c-1", ask(sent.id, LOST))
    assert (looked_for.allowed, looked_for.refund) == (True, 0)
    first = await shop.operations.carry_out("c-1", ask(sent.id, LOST), idempotency_key="1")
    assert searching(first)
    assert first.due == NOW + timedelta(days=2)
    assert not (await shop.operations.check("c-1", ask(sent.id, LOST))).allowed
    clock.now = NOW + timedelta(days=2, minutes=1)
    paid = await shop.operations.carry_out("c-1", ask(sent.id, LOST), idempotency_key="2")
    assert (paid.state, paid.refund) == (ReceiptState.UNDER_WAY, sent.paid)
    after = await shop.orders.order("c-1", sent.id)
    assert after is not None
    assert (after.state, after.refunded) == (OrderState.CLOSED, sent.paid)
    with pytest.raises(NotAllowed):
        await shop.operations.carry_out("c-1", ask(sent.id, LOST), idempotency_key="3")


async def test_what_has_been_silent_for_a_week_is_lost(database: Database, shop: Shop) -> None:
    sent = await under_way(database, silent_hours=170)
    verdict = await shop.operations.check("c-1", ask(sent.id, LOST))
    assert (verdict.refund, verdict.by_person) == (sent.paid, False)


async def test_a_large_sum_is_looked_at_by_a_person(database: Database, shop: Shop) -> None:
    sent = await under_way(database, silent_hours=170, paid=90000)
    receipt = await shop.operations.carry_out("c-1", ask(sent.id, LOST), idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.AWAITING_APPROVAL, 90000)
    after = await shop.orders.order("c-1", sent.id)
    assert after is not None
    assert (after.state, after.refunded) == (OrderState.SHIPPED, 90000)


async def test_signed_for_and_not_received_is_looked_for_unless_it_is_little(
    database: Database, shop: Shop
) -> None:
    bought = await received(database)
    verdict = await shop.operations.check("c-1", ask(bought.id, UNSEEN))
    assert (verdict.allowed, verdict.refund) == (True, 0)
    assert "签收" in verdict.rule


async def test_a_small_thing_not_received_is_paid_at_once(database: Database, shop: Shop) -> None:
    bought = await received(database, line=replace(LINE, paid=2500))
    verdict = await shop.operations.check("c-1", ask(bought.id, UNSEEN))
    assert verdict.refund == 2500


async def test_after_a_month_nobody_can_find_out(database: Database, shop: Shop) -> None:
    bought = await received(database, days=31)
    assert not (await shop.operations.check("c-1", ask(bought.id, UNSEEN))).allowed


@pytest.mark.parametrize(
    ("share", "refund", "by_person"), [(Share.FEW, 1980, False), (Share.MOST, 8910, True)]
)
async def test_spoiled_food_is_paid_by_its_share(
    database: Database, shop: Shop, share: Share, refund: int, by_person: bool
) -> None:
    bought = await received(database, line=NUTS)
    verdict = await shop.operations.check("c-1", ask(bought.id, SPOILED, share))
    assert (verdict.refund, verdict.by_person) == (refund, by_person)
    assert verdict.photo is Photo.REQUIRED
    receipt = await shop.operations.carry_out(
        "c-1", ask(bought.id, SPOILED, share), idempotency_key="k"
    )
    waits = receipt.state is ReceiptState.AWAITING_APPROVAL
    assert (receipt.refund, waits) == (refund, by_person)
    again = await shop.operations.check("c-1", ask(bought.id, SPOILED, share))
    assert not again.allowed


async def test_spoiled_food_is_told_of_within_days(database: Database, shop: Shop) -> None:
    bought = await received(database, line=NUTS, days=5)
    verdict = await shop.operations.check("c-1", ask(bought.id, SPOILED, Share.FEW))
    assert (verdict.allowed, verdict.ways) == (False, ("return_request",))


async def test_taken_back_the_order_is_open_again(database: Database, shop: Shop) -> None:
    sent = await under_way(database, silent_hours=170)
    receipt = await shop.operations.carry_out("c-1", ask(sent.id, LOST), idempotency_key="k")
    undo = UndoRequest(sent.id, number=receipt.number)
    await shop.operations.carry_out("c-1", undo, idempotency_key="u")
    after = await shop.orders.order("c-1", sent.id)
    assert after is not None
    assert (after.state, after.refunded) == (OrderState.SHIPPED, 0)
