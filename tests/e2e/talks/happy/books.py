"""What these tests look up in the shop's books, and what they put there before they begin."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from shop.operations.types import Receipt
from shop.schema import order_lines
from shop.types import Order, OrderLine
from tests.e2e.talks.stage import Person


async def bought(person: Person, product: str) -> tuple[Order, OrderLine]:
    """The one line of hers with that product, and its order."""
    ((order, line),) = [
        (order, line)
        for order in await person.orders()
        for line in order.lines
        if line.product_id == product
    ]
    return order, line


async def receipts(person: Person) -> list[Receipt]:
    """What was agreed to with her, the oldest first."""
    found = (await person.scene()).receipts
    return sorted(found, key=lambda one: one.created_at)


async def bought_instead(person: Person, product: str) -> OrderLine:
    """Let her only line always have been that product; what she paid stays."""
    scene = await person.scene()
    ((line,),) = [order.lines for order in scene.orders]
    new = next(one for one in scene.catalogue if one.id == product)
    values = {
        "product_id": new.id,
        "sku_id": new.skus[0].id,
        "title": new.title,
        "short_name": new.short_name,
        "category": new.category,
        "color": new.skus[0].color,
        "size": new.skus[0].size,
    }
    this = sa.update(order_lines).where(order_lines.c.id == line.id)
    async with person.stage.house.database.write() as connection:
        await connection.execute(this.values(**values))
    person.before = await person.stage.books.snapshot(person.customer)
    return (await bought(person, product))[1]


async def day(person: Person, days: int) -> str:
    """The date in so many days by the shop's clock, as receipts write it."""
    scene = await person.scene()
    return (scene.now.astimezone(scene.policy().zone) + timedelta(days=days)).date().isoformat()
