"""Operations on real databases: ownership, keys, money; cancelling as the example."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from shop.errors import NotAllowed, UnknownOrder
from shop.gateway import Shop
from shop.operations.cancel import CancelOrder
from shop.operations.types import ReceiptState
from shop.types import OrderState, ReturnReason
from tests.shop.world import LINE, NOW, SKU, add_customer, add_order, add_product, order, signed

PAID = order(LINE, state=OrderState.PAID)
OP = CancelOrder(PAID.id)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")
    await add_customer(database, "c-2")


async def test_an_order_that_is_paid_is_closed_and_its_money_promised_back(
    database: Database, shop: Shop
) -> None:
    await add_order(database, PAID)
    verdict = await shop.operations.check("c-1", OP)
    assert (verdict.allowed, verdict.refund) == (True, PAID.paid)
    receipt = await shop.operations.carry_out("c-1", OP, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, PAID.paid)
    assert receipt.due == NOW + timedelta(days=3)
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert (after.state, after.refunded) == (OrderState.CLOSED, PAID.paid)
    assert await shop.operations.receipts("c-1") == (receipt,)
    assert await shop.operations.receipts("c-2") == ()


async def test_the_same_key_gives_the_same_receipt_at_the_same_time_too(
    database: Database, shop: Shop
) -> None:
    await add_order(database, PAID)
    found = await asyncio.gather(
        *(shop.operations.carry_out("c-1", OP, idempotency_key="k") for _ in range(4))
    )
    assert len({receipt.number for receipt in found}) == 1
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert after.refunded == PAID.paid


async def test_another_key_cancels_nothing_twice(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    await shop.operations.carry_out("c-1", OP, idempotency_key="k")
    with pytest.raises(NotAllowed, match="已经关闭"):
        await shop.operations.carry_out("c-1", OP, idempotency_key="other")


@pytest.mark.parametrize("operation", [OP, CancelOrder("4218860012340109999")])
async def test_what_is_not_theirs_is_not_there(
    database: Database, shop: Shop, operation: CancelOrder
) -> None:
    await add_order(database, PAID)
    with pytest.raises(UnknownOrder):
        await shop.operations.check("c-2", operation)
    with pytest.raises(UnknownOrder):
        await shop.operations.carry_out("c-2", operation, idempotency_key="k")


async def test_the_stock_gets_back_what_is_not_sent(database: Database, shop: Shop) -> None:
    await add_product(database, SKU)
    await add_order(database, PAID)
    await shop.operations.carry_out("c-1", OP, idempotency_key="k")
    async with database.read() as connection:
        assert (await connection.execute(sa.select(schema.skus.c.stock))).scalar_one() == 4


async def test_a_line_that_has_not_gone_out_is_cancelled_alone_and_never_returned_too(
    database: Database, shop: Shop
) -> None:
    parts = order(signed(1), LINE, state=OrderState.PARTLY_SHIPPED, paid=2 * LINE.paid)
    await add_order(database, parts)
    whole = await shop.operations.check("c-1", CancelOrder(parts.id))
    assert not whole.allowed
    waiting = CancelOrder(parts.id, parts.lines[1].id)
    receipt = await shop.operations.carry_out("c-1", waiting, idempotency_key="k")
    assert receipt.refund == LINE.paid
    again = await shop.operations.check("c-1", waiting)
    assert not again.allowed
    back = await shop.after_sales.eligibility(
        "c-1", parts.id, parts.lines[1].id, ReturnReason.QUALITY
    )
    assert not back.allowed
    after = await shop.orders.order("c-1", parts.id)
    assert after is not None
    assert (after.state, after.refunded) == (OrderState.PARTLY_SHIPPED, LINE.paid)


@pytest.mark.parametrize("state", [OrderState.SHIPPED, OrderState.SIGNED, OrderState.CLOSED])
async def test_what_has_gone_out_or_is_closed_cannot_be_cancelled(
    database: Database, shop: Shop, state: OrderState
) -> None:
    await add_order(database, order(LINE, state=state))
    verdict = await shop.operations.check("c-1", OP)
    assert not verdict.allowed
    assert verdict.rule
