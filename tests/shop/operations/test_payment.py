"""Payments: what the record says, and the look by a person where money is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.database import Database
from shop.errors import NotAllowed
from shop.gateway import Shop
from shop.operations.payment import PaymentCheck, PaymentTrouble
from shop.operations.types import ReceiptState
from shop.types import OrderState
from tests.shop.world import LINE, NOW, FakeClock, add_customer, add_order, order

UNPAID = replace(
    order(LINE, state=OrderState.AWAITING_PAYMENT),
    created_at=NOW - timedelta(hours=2),
    paid_at=None,
)
PAID = order(LINE, state=OrderState.PAID)
CLOSED = replace(UNPAID, state=OrderState.CLOSED)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")


@pytest.mark.parametrize(
    ("found", "trouble", "allowed"),
    [
        (UNPAID, PaymentTrouble.FAILED, False),
        (UNPAID, PaymentTrouble.CHARGED, True),
        (UNPAID, PaymentTrouble.DOUBLE, True),
        (PAID, PaymentTrouble.FAILED, False),
        (PAID, PaymentTrouble.CHARGED, False),
        (PAID, PaymentTrouble.DOUBLE, True),
        (CLOSED, PaymentTrouble.FAILED, False),
        (CLOSED, PaymentTrouble.CHARGED, True),
    ],
)
async def test_missing_money_is_looked_into(
    database: Database, shop: Shop, found: object, trouble: PaymentTrouble, allowed: bool
) -> None:
    assert isinstance(found, type(PAID))
    await add_order(database, found)
    verdict = await shop.operations.check("c-1", PaymentCheck(found.id, trouble=trouble))
    assert (verdict.allowed, verdict.by_person) == (allowed, allowed)
    assert (verdict.rule, verdict.refund) == (verdict.rule or "?", 0)


async def test_a_payment_just_made_may_still_arrive(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    await add_order(database, UNPAID)
    operation = PaymentCheck(UNPAID.id, trouble=PaymentTrouble.CHARGED)
    clock.now = UNPAID.created_at + timedelta(minutes=9)
    early = await shop.operations.check("c-1", operation)
    assert not early.allowed
    assert "10 分钟" in early.rule
    clock.now = UNPAID.created_at + timedelta(minutes=10)
    assert (await shop.operations.check("c-1", operation)).allowed


async def test_after_the_deadline_it_is_ordered_anew(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    await add_order(database, UNPAID)
    clock.now = UNPAID.created_at + timedelta(hours=25)
    verdict = await shop.operations.check(
        "c-1", PaymentCheck(UNPAID.id, trouble=PaymentTrouble.FAILED)
    )
    assert "过了付款时间" in verdict.rule
    assert verdict.alternatives


async def test_it_is_looked_into_once_and_promises_no_money(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    operation = PaymentCheck(PAID.id, trouble=PaymentTrouble.DOUBLE)
    receipt = await shop.operations.carry_out("c-1", operation, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.AWAITING_APPROVAL, 0)
    assert receipt.due == NOW + timedelta(hours=24)
    with pytest.raises(NotAllowed, match="已经在核对"):
        await shop.operations.carry_out("c-1", operation, idempotency_key="other")
