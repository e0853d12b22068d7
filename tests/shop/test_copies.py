"""Orders of another system in the shop's own tables: the newest word stands, on every database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from shop.copies import Copies
from shop.rows import load_order, load_parcels
from shop.types import Order, OrderState, Parcel, ParcelState
from tests.shop.world import LINE, NOW, add_order, order, parcel

LATER = NOW + timedelta(minutes=1)
P = ParcelState
ORDER = order(replace(LINE, parcel_id="parcel-1"), state=OrderState.SHIPPED)


@pytest.fixture
def copies(database: Database) -> Copies:
    return Copies(database=database)


async def write(
    database: Database, order: Order, *parcels: Parcel, asked_at: datetime = NOW
) -> None:
    async with database.write() as connection:
        copies = Copies(database=database)
        await copies.write(connection, order, parcels, asked_at=asked_at)


async def stored(database: Database) -> tuple[Order, Sequence[Parcel]]:
    async with database.read() as connection:
        found = await load_order(connection, ORDER.customer_id, ORDER.id)
        assert found is not None
        return found, await load_parcels(connection, ORDER.id)


async def test_a_copy_is_known_by_its_customer(database: Database, copies: Copies) -> None:
    assert await copies.customer_of(ORDER.id) is None
    await write(database, ORDER)
    assert await copies.customer_of(ORDER.id) == ORDER.customer_id


async def test_what_was_asked_for_earlier_changes_nothing(database: Database) -> None:
    finished = replace(ORDER, state=OrderState.FINISHED)
    under_way = parcel((1, P.IN_TRANSIT))
    await write(database, finished, under_way, asked_at=LATER)
    await write(database, ORDER, asked_at=NOW)
    order, parcels = await stored(database)
    assert (order.state, list(parcels)) == (OrderState.FINISHED, [under_way])
    await write(database, ORDER, under_way, asked_at=LATER)  # at the same moment: the last one
    assert (await stored(database))[0].state is OrderState.SHIPPED


async def test_a_parcel_with_another_number_takes_the_place_of_the_first(
    database: Database,
) -> None:
    await write(database, ORDER, parcel((3, P.COLLECTED)))
    other = replace(parcel((2, P.COLLECTED)), id="parcel-2", waybill="75812340101002")
    moved = replace(ORDER, lines=(replace(ORDER.lines[0], parcel_id="parcel-2"),))
    await write(database, moved, other, asked_at=LATER)
    order, parcels = await stored(database)
    assert list(parcels) == [other]
    assert order.lines[0].parcel_state is P.COLLECTED


async def test_a_line_that_the_order_no_longer_has_is_gone(database: Database) -> None:
    two = order(LINE, replace(LINE, color="白色"))
    await write(database, two)
    await write(database, replace(two, lines=two.lines[:1]), asked_at=LATER)
    assert [line.id for line in (await stored(database))[0].lines] == [two.lines[0].id]


async def test_a_newer_trace_stays_with_its_carrier_and_its_start(database: Database) -> None:
    signed = parcel((2, P.COLLECTED), (1, P.SIGNED), carrier_code="SF", carrier="顺丰")
    await write(database, ORDER, signed)
    told = parcel((2, P.COLLECTED), carrier_code="ZTO", origin_city="")
    await write(database, ORDER, told, asked_at=LATER)
    order, [kept] = await stored(database)
    assert kept == signed
    assert order.signed_at == signed.signed_at


async def test_a_newer_trace_that_is_told_replaces_the_older(database: Database) -> None:
    await write(database, ORDER, parcel((2, P.COLLECTED)))
    told = parcel((2, P.COLLECTED), (1, P.DELIVERING))
    await write(database, ORDER, told, asked_at=LATER)
    assert list((await stored(database))[1]) == [told]


async def test_a_subscription_outlives_a_new_copy(database: Database) -> None:
    await write(database, ORDER, parcel((2, P.COLLECTED)))
    async with database.write() as connection:
        await connection.execute(sa.update(schema.parcels).values(subscribed_at=NOW))
    await write(database, ORDER, parcel((1, P.DELIVERING)), asked_at=LATER)
    async with database.read() as connection:
        query = sa.select(schema.parcels.c.subscribed_at)
        assert (await connection.execute(query)).scalars().all() == [NOW]


async def test_an_order_that_no_time_was_kept_for_is_brought_up_to_date(
    database: Database,
) -> None:
    """Copies that were made before the time was kept."""
    await write(database, order(id="another"))  # its customer exists now
    await add_order(database, ORDER)
    await write(database, replace(ORDER, state=OrderState.FINISHED))
    assert (await stored(database))[0].state is OrderState.FINISHED
