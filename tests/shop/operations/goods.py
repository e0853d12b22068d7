"""A line that was received, its product in the catalogue, and the operations about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Database
from shop import schema
from shop.types import Order, OrderLine, OrderState, ParcelState
from tests.shop.world import (
    LINE,
    NOW,
    SKU,
    add_customer,
    add_order,
    add_product,
    order,
    parcel,
    signed,
)

MEDIUM = replace(SKU, id="s-2", size="M")
WHITE = replace(SKU, id="s-3", color="白色")
GONE = replace(SKU, id="s-4", size="XL", stock=0)
DEAR = replace(SKU, id="s-5", size="XXL", price=18900)


async def received(
    database: Database,
    *,
    days: float = 2,
    line: OrderLine = LINE,
    tier: str = "normal",
    skus: tuple[Any, ...] = (SKU, MEDIUM, WHITE, GONE, DEAR),
    **changes: Any,
) -> Order:
    """An order of c-1 whose only line was signed for that many days ago."""
    await add_customer(database, "c-1", tier=tier)
    await add_customer(database, "c-2")
    if skus:
        await add_product(database, *skus, category=line.category)
    arrived = NOW - timedelta(days=days)
    here = signed(days, line, parcel_id="parcel-1")
    bought = order(
        here,
        **{
            "paid": line.paid,
            "signed_at": arrived,
            "shipped_at": arrived - timedelta(days=2),
            **changes,
        },
    )
    hours = days * 24
    way = parcel((hours + 20, ParcelState.IN_TRANSIT), (hours, ParcelState.SIGNED))
    await add_order(database, bought, parcels=(way,))
    return bought


async def under_way(database: Database, *, silent_hours: float, **changes: Any) -> Order:
    """An order of c-1 on its way whose parcel has been silent for that long."""
    await add_customer(database, "c-1")
    await add_customer(database, "c-2")
    sent = NOW - timedelta(hours=silent_hours + 10)
    bought = order(
        replace(LINE, parcel_id="parcel-1"),
        **{"state": OrderState.SHIPPED, "shipped_at": sent, **changes},
    )
    way = parcel((silent_hours, ParcelState.IN_TRANSIT), shipped_at=sent)
    await add_order(database, bought, parcels=(way,))
    return bought


async def stock_of(database: Database, sku_id: str) -> int:
    """How many of them are left."""
    async with database.read() as connection:
        query = sa.select(schema.skus.c.stock).where(schema.skus.c.id == sku_id)
        return int((await connection.execute(query)).scalar_one())


async def untold(connection: AsyncConnection, words: str) -> None:
    """A decision of which nobody is told."""
