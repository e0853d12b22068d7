"""Stock that an operation holds: taken in its own transaction, or not at all."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed
from shop.schema import skus


async def hold(connection: AsyncConnection, sku_id: str, quantity: int, *, refusal: str) -> None:
    """Take so many pieces out of the stock.

    Raises:
        NotAllowed: there are not so many any more; the text is `refusal`.
    """
    taken = await connection.execute(
        sa.update(skus)
        .where(skus.c.id == sku_id, skus.c.stock >= quantity)
        .values(stock=skus.c.stock - quantity)
    )
    if not taken.rowcount:
        raise NotAllowed(refusal)


async def release(connection: AsyncConnection, details: Mapping[str, str]) -> None:
    """Give back what a receipt's `details` say is held (`sku`, `held`), if they say so."""
    if "sku" in details:
        await connection.execute(
            sa.update(skus)
            .where(skus.c.id == details["sku"])
            .values(stock=skus.c.stock + int(details["held"]))
        )
