"""Taking back what was asked for, on real databases."""

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
from shop.operations.undo import UndoRequest
from shop.types import OrderState, ReturnReason, ReturnState
from tests.shop.world import (
    LINE,
    NOW,
    SKU,
    FakeClock,
    add_customer,
    add_order,
    add_product,
    order,
    signed,
)

PAID = order(LINE, state=OrderState.PAID)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")
    await add_customer(database, "c-2")
    await add_product(database, SKU)


async def stock(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(sa.select(schema.skus.c.stock))).scalar_one())


async def cancelled(shop: Shop, key: str = "cancel") -> UndoRequest:
    receipt = await shop.operations.carry_out("c-1", CancelOrder(PAID.id), idempotency_key=key)
    return UndoRequest(PAID.id, number=receipt.number)


async def test_order_stock_and_money_are_as_before(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    undo = await cancelled(shop)
    verdict = await shop.operations.check("c-1", undo)
    assert (verdict.allowed, verdict.refund) == (True, 0)
    await shop.operations.carry_out("c-1", undo, idempotency_key="undo")
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert (after.state, after.refunded) == (OrderState.PAID, 0)
    assert await stock(database) == SKU.stock
    again = await cancelled(shop, "again")
    assert again.number != undo.number
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert after.refunded == PAID.paid


async def test_many_at_once_undo_once(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    undo = await cancelled(shop)
    found = await asyncio.gather(
        *(shop.operations.carry_out("c-1", undo, idempotency_key=f"{n % 2}") for n in range(4)),
        return_exceptions=True,
    )
    done = {one.number for one in found if not isinstance(one, BaseException)}
    assert len(done) == 1
    assert all(isinstance(one, NotAllowed) for one in found if isinstance(one, BaseException))
    assert await stock(database) == SKU.stock


async def test_one_line_of_an_order_sent_in_parts(database: Database, shop: Shop) -> None:
    parts = order(signed(1), LINE, state=OrderState.PARTLY_SHIPPED, paid=2 * LINE.paid)
    await add_order(database, parts)
    line = CancelOrder(parts.id, parts.lines[1].id)
    receipt = await shop.operations.carry_out("c-1", line, idempotency_key="cancel")
    undo = UndoRequest(parts.id, number=receipt.number)
    await shop.operations.carry_out("c-1", undo, idempotency_key="undo")
    after = await shop.orders.order("c-1", parts.id)
    assert after is not None
    assert after.state is OrderState.PARTLY_SHIPPED
    assert not after.lines[1].returned
    assert (await shop.operations.check("c-1", line)).allowed


async def test_goods_that_are_gone_stay_cancelled(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    undo = await cancelled(shop)
    async with database.write() as connection:
        await connection.execute(sa.update(schema.skus).values(stock=0))
    verdict = await shop.operations.check("c-1", undo)
    assert not verdict.allowed
    assert LINE.label in verdict.rule
    with pytest.raises(NotAllowed):
        await shop.operations.carry_out("c-1", undo, idempotency_key="undo")


async def test_money_that_has_gone_out_stays_out(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    await add_order(database, PAID)
    undo = await cancelled(shop)
    clock.now += timedelta(days=3)
    assert "退出去的时间" in (await shop.operations.check("c-1", undo)).rule


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (ReturnState.APPLIED, True),
        (ReturnState.AWAITING_PARCEL, True),
        (ReturnState.IN_TRANSIT, False),
        (ReturnState.RECEIVED, False),
        (ReturnState.REFUNDED, False),
    ],
)
async def test_a_return_is_withdrawn_until_it_is_sent(
    database: Database, shop: Shop, state: ReturnState, allowed: bool
) -> None:
    received = order(LINE, state=OrderState.SIGNED, signed_at=NOW - timedelta(days=1))
    await add_order(database, received)
    back = await shop.after_sales.open_return(
        "c-1", received.id, received.lines[0].id, ReturnReason.QUALITY, idempotency_key="r"
    )
    async with database.write() as connection:
        await connection.execute(sa.update(schema.returns).values(state=state.value))
    undo = UndoRequest(received.id, number=back.number)
    assert (await shop.operations.check("c-1", undo)).allowed is allowed
    if allowed:
        await shop.operations.carry_out("c-1", undo, idempotency_key="undo")
        after = await shop.orders.order("c-1", received.id)
        assert after is not None
        assert after.refunded == 0


async def test_what_is_not_theirs_is_not_there(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    undo = await cancelled(shop)
    with pytest.raises(UnknownOrder):
        await shop.operations.check("c-2", undo)
    with pytest.raises(UnknownOrder):
        await shop.operations.carry_out("c-2", undo, idempotency_key="k")


async def test_nothing_told_undoes_nothing(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    nothing = UndoRequest(PAID.id)
    assert "没有找到" in (await shop.operations.check("c-1", nothing)).rule
    receipt = (await cancelled(shop)).number
    assert (await shop.operations.check("c-1", nothing)).allowed
    with pytest.raises(NotAllowed):
        await shop.operations.carry_out("c-1", nothing, idempotency_key="k")
    (kept,) = await shop.operations.receipts("c-1")
    assert (kept.number, kept.state) == (receipt, ReceiptState.UNDER_WAY)
