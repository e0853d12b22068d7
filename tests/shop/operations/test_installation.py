"""Visits for installing: days, room on a day, one booking for each line."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from conversations.database import Database
from shop.errors import NotAllowed
from shop.gateway import Shop
from shop.operations.installation import Installation
from shop.operations.types import ReceiptState
from shop.types import Order, OrderLine, OrderState, ParcelState
from tests.shop.world import (
    LINE,
    NOW,
    FakeClock,
    add_customer,
    add_order,
    china,
    order,
    parcel,
)

CHAIR = replace(
    LINE, product_id="p-office-chair", category="家居", short_name="椅子", parcel_id="parcel-1"
)
SATURDAY = date(2026, 11, 21)


def bought(number: int = 1, line: OrderLine = CHAIR, **changes: Any) -> Order:
    at = NOW - timedelta(days=1)
    return replace(order(replace(line, parcel_id=f"parcel-{number}")), signed_at=at, **changes)


def visit(of: Order, day: date | None = SATURDAY, slot: str = "morning") -> Installation:
    return Installation(of.id, of.lines[0].id, day=day, slot=slot)


async def received(database: Database, of: Order) -> None:
    came = parcel((40, ParcelState.COLLECTED), (24, ParcelState.SIGNED))
    await add_order(
        database, of, parcels=(replace(came, id=of.lines[0].parcel_id, order_id=of.id),)
    )


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")


async def test_it_is_due_when_the_time_begins(database: Database, shop: Shop) -> None:
    of = bought()
    await received(database, of)
    receipt = await shop.operations.carry_out("c-1", visit(of), idempotency_key="k")
    assert (receipt.state, receipt.due) == (ReceiptState.UNDER_WAY, china(2026, 11, 21, 9))
    assert receipt.details == {"day": "2026-11-21", "slot": "morning"}


@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        (date(2026, 11, 18), False),
        (date(2026, 11, 19), True),
        (date(2026, 11, 28), True),
        (date(2026, 11, 29), False),
    ],
)
async def test_from_tomorrow_for_ten_days(
    database: Database, shop: Shop, day: date, allowed: bool
) -> None:
    of = bought()
    await received(database, of)
    assert (await shop.operations.check("c-1", visit(of, day))).allowed is allowed


async def test_before_it_comes_only_after_the_usual_way(database: Database, shop: Shop) -> None:
    of = replace(order(CHAIR), state=OrderState.PAID)
    await add_order(database, of)
    assert not (await shop.operations.check("c-1", visit(of, date(2026, 11, 22)))).allowed
    assert (await shop.operations.check("c-1", visit(of, date(2026, 11, 23)))).allowed


async def test_a_day_has_room_for_so_many_also_at_the_same_time(
    database: Database, shop: Shop
) -> None:
    orders = []
    for number in range(1, 9):
        base = bought(number)
        of = replace(base, id=f"42188600123401010{number:02d}")
        line = replace(base.lines[0], id=f"{of.id}-1")
        orders.append(replace(of, lines=(line,)))
        await received(database, orders[-1])

    async def book(of: Order) -> bool:
        try:
            await shop.operations.carry_out("c-1", visit(of), idempotency_key=of.id)
        except NotAllowed as error:
            assert "约满" in str(error)
            return False
        return True

    assert sum(await asyncio.gather(*(book(of) for of in orders))) == 6


async def test_another_booking_replaces_the_first(database: Database, shop: Shop) -> None:
    of = bought()
    await received(database, of)
    first = await shop.operations.carry_out("c-1", visit(of), idempotency_key="a")
    sunday = visit(of, date(2026, 11, 22))
    second = await shop.operations.carry_out("c-1", sunday, idempotency_key="b")
    assert second.details["replaces"] == first.number
    standing = [
        one.number
        for one in await shop.operations.receipts("c-1")
        if one.state is ReceiptState.UNDER_WAY
    ]
    assert standing == [second.number]


async def test_shortly_before_it_nothing_changes(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    of = bought()
    await received(database, of)
    await shop.operations.carry_out("c-1", visit(of), idempotency_key="a")
    off = replace(visit(of, None, ""), cancel=True)
    clock.now = china(2026, 11, 20, 20)
    assert (await shop.operations.check("c-1", off)).allowed
    clock.now = china(2026, 11, 20, 22)
    late = await shop.operations.check("c-1", off)
    assert not late.allowed
    assert late.alternatives


async def test_called_off_the_day_is_free_again(database: Database, shop: Shop) -> None:
    of = bought()
    await received(database, of)
    await shop.operations.carry_out("c-1", visit(of), idempotency_key="a")
    off = replace(visit(of, None, ""), cancel=True)
    receipt = await shop.operations.carry_out("c-1", off, idempotency_key="b")
    assert receipt.state is ReceiptState.DONE
    assert not (await shop.operations.check("c-1", off)).allowed


@pytest.mark.parametrize(
    "of",
    [
        bought(line=LINE),
        bought(line=replace(CHAIR, gift=True)),
        bought(state=OrderState.CLOSED),
        bought(state=OrderState.AWAITING_PAYMENT),
    ],
)
async def test_nobody_comes_for_it(database: Database, shop: Shop, of: Order) -> None:
    await received(database, of)
    verdict = await shop.operations.check("c-1", visit(of))
    assert not verdict.allowed
    assert verdict.rule


async def test_nothing_is_booked_without_a_time(database: Database, shop: Shop) -> None:
    of = bought()
    await received(database, of)
    with pytest.raises(NotAllowed):
        await shop.operations.carry_out("c-1", visit(of, slot=""), idempotency_key="k")
