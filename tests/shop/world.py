"""Small builders the shop's tests share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from shop.types import Order, OrderLine, OrderState, Parcel, ParcelState, Sku, TraceNode

ROOT = Path(__file__).resolve().parents[2]
DATA_DIR = ROOT / "data" / "shop"
POLICIES = ROOT / "data" / "knowledge" / "policies.yml"
COMPENSATION = POLICIES.with_name("compensation.yml")
CHINA = timezone(timedelta(hours=8))
# A Wednesday afternoon in China.
NOW = datetime(2026, 11, 18, 15, 30, tzinfo=CHINA).astimezone(timezone.utc)

LINE = OrderLine(
    id="1001-1",
    product_id="p-shirt",
    sku_id="s-1",
    title="牛津纺长袖衬衫 男女同款",
    short_name="牛津纺衬衫",
    category="衬衫",
    color="黑色",
    size="L",
    quantity=1,
    paid=16900,
)
SKU = Sku(
    id=LINE.sku_id,
    product_id=LINE.product_id,
    color=LINE.color,
    size=LINE.size,
    price=16900,
    stock=3,
)
ORDER = Order(
    id="4218860012340101001",
    customer_id="c-1",
    state=OrderState.SIGNED,
    lines=(LINE,),
    paid=16900,
    shipping_fee=0,
    created_at=NOW - timedelta(days=6),
    paid_at=NOW - timedelta(days=6),
)


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def china(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """That wall-clock time in China, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=CHINA).astimezone(timezone.utc)


def order(*lines: OrderLine, **changes: Any) -> Order:
    """An order like ORDER with these lines, whose ids follow from the order's."""
    base = replace(ORDER, **changes)
    named = tuple(replace(line, id=f"{base.id}-{n}") for n, line in enumerate(lines or (LINE,), 1))
    return replace(base, lines=named)


def signed(days_ago: float, line: OrderLine = LINE, **changes: Any) -> OrderLine:
    """A line whose parcel was signed for that long ago."""
    at = NOW - timedelta(days=days_ago)
    return replace(line, shipped_at=at - timedelta(days=2), signed_at=at, **changes)


def parcel(*nodes: tuple[float, ParcelState], **changes: Any) -> Parcel:
    """A parcel with a trace of (hours ago, state), oldest first."""
    base = Parcel(
        id="parcel-1",
        order_id=ORDER.id,
        carrier_code="ZTO",
        carrier="中通",
        waybill="75812340101001",
        origin_city="杭州",
        destination_city="北京",
        shipped_at=NOW - timedelta(hours=nodes[0][0] + 1 if nodes else 10),
        trace=tuple(
            TraceNode(at=NOW - timedelta(hours=hours), state=state, city="济南", text="…")
            for hours, state in nodes
        ),
    )
    return replace(base, **changes)


async def add_customer(database: Database, customer_id: str, *, tier: str = "normal") -> None:
    """A customer of that id."""
    async with database.write() as connection:
        await connection.execute(
            sa.insert(schema.customers).values(
                id=customer_id,
                nickname=customer_id,
                tier=tier,
                phone="19900000001",
                city="北京",
                registered_at=NOW,
            )
        )


async def add_product(database: Database, *skus: Sku, category: str = LINE.category) -> None:
    """LINE's product with these variants, at the front of the catalogue."""
    async with database.write() as connection:
        await connection.execute(
            sa.insert(schema.products).values(
                id=LINE.product_id,
                item_id="680012340101",
                position=0,
                title=LINE.title,
                short_name=LINE.short_name,
                category=category,
                aliases=[],
                attributes=[],
                size_chart=[],
            )
        )
        for position, sku in enumerate(skus):
            await connection.execute(
                sa.insert(schema.skus).values(
                    id=sku.id,
                    product_id=sku.product_id,
                    position=position,
                    color=sku.color,
                    size=sku.size,
                    price=sku.price,
                    stock=sku.stock,
                )
            )


async def add_order(
    database: Database,
    order: Order,
    *,
    parcels: tuple[Parcel, ...] = (),
) -> None:
    """That order with its lines and parcels; its customer must exist."""
    async with database.write() as connection:
        await connection.execute(
            sa.insert(schema.orders).values(
                id=order.id,
                customer_id=order.customer_id,
                state=order.state.value,
                paid=order.paid,
                shipping_fee=order.shipping_fee,
                freight_insurance=order.freight_insurance,
                created_at=order.created_at,
                paid_at=order.paid_at,
                shipped_at=order.shipped_at,
                signed_at=order.signed_at,
                ship_by=order.ship_by,
            )
        )
        for position, line in enumerate(order.lines):
            await connection.execute(
                sa.insert(schema.order_lines).values(
                    id=line.id,
                    order_id=order.id,
                    position=position,
                    product_id=line.product_id,
                    sku_id=line.sku_id,
                    title=line.title,
                    short_name=line.short_name,
                    category=line.category,
                    color=line.color,
                    size=line.size,
                    quantity=line.quantity,
                    paid=line.paid,
                    gift=line.gift,
                    returnable=line.returnable,
                    parcel_id=line.parcel_id,
                )
            )
        for parcel in parcels:
            await connection.execute(
                sa.insert(schema.parcels).values(
                    id=parcel.id,
                    order_id=order.id,
                    carrier_code=parcel.carrier_code,
                    carrier=parcel.carrier,
                    waybill=parcel.waybill,
                    origin_city=parcel.origin_city,
                    destination_city=parcel.destination_city,
                    shipped_at=parcel.shipped_at,
                    state=parcel.state.value,
                    signed_at=parcel.signed_at,
                    contested=parcel.contested,
                )
            )
            for seq, node in enumerate(parcel.trace):
                await connection.execute(
                    sa.insert(schema.trace_nodes).values(
                        parcel_id=parcel.id,
                        seq=seq,
                        at=node.at,
                        state=node.state.value,
                        city=node.city,
                        text=node.text,
                    )
                )
