"""The tables that operators upgrade note every change of a price by themselves."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from tests.shop.world import SKU, add_product


async def test_an_upgraded_database_notes_what_each_choice_costs(database: Database) -> None:
    await add_product(database, SKU, replace(SKU, id="s-2", price=100))
    async with database.write() as connection:
        mine = sa.update(schema.skus).where(schema.skus.c.id == SKU.id)
        await connection.execute(mine.values(price=15900, stock=1))
        await connection.execute(mine.values(stock=2))
    async with database.read() as connection:
        history = schema.price_history
        rows = await connection.execute(
            sa.select(history.c.sku_id, history.c.price).order_by(history.c.sku_id, history.c.since)
        )
        assert [tuple(row) for row in rows] == [
            (SKU.id, SKU.price),
            (SKU.id, 15900),
            ("s-2", 100),
        ]
