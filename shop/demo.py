"""Loads the demo shop into the database, as often as wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from conversations.keys import ConversationKey
from shop import schema
from shop.demo_world import DEMO_KEY, FILES, Row, World, build_world

STALE_AFTER = timedelta(days=1)
_LOAD_ID = "demo"


@dataclass(frozen=True)
class DemoSummary:
    """What the demo shop holds. `anchored_at`: the moment its dates are relative to.

    `identities` tells whose conversation is whose; the caller writes them into the ledger.
    `written` is False when the database already held just that.
    """

    products: int
    skus: int
    customers: int
    orders: int
    parcels: int
    returns: int
    anchored_at: datetime
    identities: tuple[tuple[ConversationKey, str], ...]
    written: bool


def as_it_is(world: World) -> World:
    """The demo shop as its files have it."""
    return world


async def load_demo(
    database: Database,
    *,
    data_dir: Path,
    clock: Clock = utc_now,
    arrange: Callable[[World], World] = as_it_is,
) -> DemoSummary:
    """Put the demo shop of `data_dir` into the tables of `shop.schema`, which must exist.

    Running it again changes nothing, unless the files changed or the data is older than a day:
    then all rows are written anew around the present moment. Returns that shoppers made stay as
    they are; so do rows whose entry has left the files.

    Args:
        arrange: changes the rows before they are written, always in the same way for a database.

    Raises:
        conversations.errors.ConfigurationError: a file is missing or makes no sense.
    """
    fingerprint = _fingerprint(data_dir)
    now = clock()
    async with database.write() as connection:
        known = await _known_anchor(connection, database, fingerprint=fingerprint, now=now)
        anchor = known or now
        world = arrange(build_world(data_dir, anchor=anchor))
        if known is None:
            await _write(connection, database, world)
    return DemoSummary(
        products=len(world.products),
        skus=len(world.skus),
        customers=len(world.customers),
        orders=len(world.orders),
        parcels=len(world.parcels),
        returns=len(world.returns),
        anchored_at=anchor,
        identities=tuple(world.identities),
        written=known is None,
    )


async def _known_anchor(
    connection: AsyncConnection, database: Database, *, fingerprint: str, now: datetime
) -> datetime | None:
    """The moment the rows in the database are relative to; None: they must be written anew.

    The row it locks keeps a second loader waiting until this one is done.
    """
    loads = schema.demo_loads
    fresh = {"id": _LOAD_ID, "fingerprint": fingerprint, "anchored_at": now}
    inserted = await connection.execute(
        database.insert(loads).values(**fresh).on_conflict_do_nothing()
    )
    if inserted.rowcount:
        return None
    mine = loads.c.id == _LOAD_ID
    row = (await connection.execute(sa.select(loads).where(mine).with_for_update())).one()
    anchored_at: datetime = row.anchored_at
    if row.fingerprint == fingerprint and timedelta(0) <= now - anchored_at < STALE_AFTER:
        return anchored_at
    await connection.execute(sa.update(loads).where(mine).values(**fresh))
    return None


async def _write(connection: AsyncConnection, database: Database, world: World) -> None:
    parcel_ids = [parcel["id"] for parcel in world.parcels]
    product_ids = [product["id"] for product in world.products]
    await connection.execute(
        sa.delete(schema.trace_nodes).where(schema.trace_nodes.c.parcel_id.in_(parcel_ids))
    )
    await connection.execute(
        sa.delete(schema.skus).where(schema.skus.c.product_id.in_(product_ids))
    )
    await connection.execute(sa.delete(schema.offers))  # what left the files is over
    await connection.execute(
        sa.delete(schema.returns).where(schema.returns.c.idempotency_key.startswith(DEMO_KEY))
    )
    for table, rows in (
        (schema.products, world.products),
        (schema.skus, world.skus),
        (schema.offers, world.offers),
        (schema.customers, world.customers),
        (schema.orders, world.orders),
        (schema.order_lines, world.lines),
        (schema.parcels, world.parcels),
        (schema.trace_nodes, world.nodes),
    ):
        await _upsert(connection, database, table, rows)
    # Writing the choices noted them as prices of this moment.
    await connection.execute(
        sa.delete(schema.price_history).where(
            schema.price_history.c.sku_id.in_([sku["id"] for sku in world.skus])
        )
    )
    await _upsert(connection, database, schema.price_history, world.prices)
    await _insert_returns(connection, database, world.returns)


async def _upsert(
    connection: AsyncConnection, database: Database, table: sa.Table, rows: Sequence[Row]
) -> None:
    statement = database.insert(table)
    keys = [column.name for column in table.primary_key]
    others = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=others), list(rows)
    )


async def _insert_returns(
    connection: AsyncConnection, database: Database, rows: Sequence[Row]
) -> None:
    """A line that a shopper is returning already keeps that return."""
    for row in rows:
        await connection.execute(
            database.insert(schema.returns).values(**row).on_conflict_do_nothing()
        )


def _fingerprint(data_dir: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        path = data_dir / name
        digest.update(path.read_bytes() if path.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()
