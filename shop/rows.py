"""Rows of the shop's tables as values, and the connections they are read over.

Every statement about a person carries the asker's `customer_id` in its WHERE.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Database
from shop.errors import ShopUnavailable
from shop.schema import (
    DEAD_OPERATION_STATES,
    DEAD_RETURN_STATES,
    customers,
    offers,
    operations,
    order_lines,
    orders,
    parcels,
    returns,
    trace_nodes,
)
from shop.types import (
    Address,
    Attribute,
    Claim,
    Coupon,
    Measure,
    Offer,
    OfferKind,
    Order,
    OrderLine,
    OrderState,
    Parcel,
    ParcelState,
    Product,
    Range,
    Return,
    ReturnReason,
    ReturnState,
    SizeRow,
    Sku,
    TraceNode,
)


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection to read over.

    Raises:
        ShopUnavailable: the database does not answer.
    """
    try:
        async with database.read() as connection:
            yield connection
    except (OperationalError, InterfaceError, TimeoutError, OSError) as error:
        raise ShopUnavailable(f"the shop's database does not answer: {error}") from error


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction.

    Raises:
        ShopUnavailable: the database does not answer.
    """
    try:
        async with database.write() as connection:
            yield connection
    except (OperationalError, InterfaceError, TimeoutError, OSError) as error:
        raise ShopUnavailable(f"the shop's database does not answer: {error}") from error


async def load_order(
    connection: AsyncConnection, customer_id: str, order_id: str, *, without: str = ""
) -> Order | None:
    """The order if it is the customer's; `without`: as if that receipt did not exist."""
    found = await load_orders(
        connection, customer_id, orders.c.id == order_id, limit=1, without=without
    )
    return found[0] if found else None


async def load_orders(
    connection: AsyncConnection, customer_id: str, *where: Any, limit: int, without: str = ""
) -> tuple[Order, ...]:
    """Orders with their lines, those lines' parcels and what holds them, in one statement.

    `without`: as if the receipt of that number did not exist.
    """
    newest = (orders.c.created_at.desc(), orders.c.id)
    picked = (
        sa.select(orders)
        .where(orders.c.customer_id == customer_id, *where)
        .order_by(*newest)
        .limit(limit)
        .subquery("picked")
    )
    live_return = sa.and_(
        returns.c.line_id == order_lines.c.id, returns.c.state.not_in(DEAD_RETURN_STATES)
    )
    holding = sa.and_(
        operations.c.line_id == order_lines.c.id,
        operations.c.holds_line,
        operations.c.state.not_in(DEAD_OPERATION_STATES),
        *([operations.c.number != without] if without else []),
    )
    given = operations.alias("given")
    given_back = (
        sa.select(sa.func.sum(given.c.refund))
        .where(
            given.c.order_id == picked.c.id,
            given.c.state.not_in(DEAD_OPERATION_STATES),
            *([given.c.number != without] if without else []),
        )
        .correlate(picked)
        .scalar_subquery()
    )
    query = (
        sa.select(
            picked,
            *(column.label(f"line_{column.name}") for column in order_lines.c),
            parcels.c.shipped_at.label("line_shipped_at"),
            parcels.c.signed_at.label("line_signed_at"),
            parcels.c.state.label("line_parcel_state"),
            returns.c.number.label("return_number"),
            returns.c.refund.label("return_refund"),
            operations.c.number.label("operation_number"),
            given_back.label("given_back"),
        )
        .select_from(
            picked.outerjoin(order_lines, order_lines.c.order_id == picked.c.id)
            .outerjoin(parcels, parcels.c.id == order_lines.c.parcel_id)
            .outerjoin(returns, live_return)
            .outerjoin(operations, holding)
        )
        .order_by(picked.c.created_at.desc(), picked.c.id, order_lines.c.position)
    )
    rows = (await connection.execute(query)).all()
    return tuple(order_of(list(group)) for _, group in groupby(rows, key=lambda row: row.id))


async def load_parcels(connection: AsyncConnection, order_id: str) -> tuple[Parcel, ...]:
    """The parcels of that order, whose owner the caller has checked, oldest first."""
    query = (
        sa.select(parcels, *(column.label(f"node_{column.name}") for column in trace_nodes.c))
        .select_from(parcels.outerjoin(trace_nodes))
        .where(parcels.c.order_id == order_id)
        .order_by(parcels.c.shipped_at, parcels.c.id, trace_nodes.c.seq)
    )
    rows = (await connection.execute(query)).all()
    return tuple(parcel_of(list(group)) for _, group in groupby(rows, key=lambda row: row.id))


async def load_offers(
    connection: AsyncConnection, customer_id: str | None, now: datetime
) -> tuple[Offer, ...]:
    """The offers in force that this customer may use; None: those for everybody."""
    begun = sa.or_(offers.c.since.is_(None), offers.c.since <= now)
    lasting = sa.or_(offers.c.until.is_(None), offers.c.until >= now)
    left = offers.c.used_at.is_(None)
    return tuple(
        offer_of(row) for row in await _offers(connection, customer_id, begun, lasting, left)
    )


async def load_coupons(
    connection: AsyncConnection, customer_id: str | None, *, since: datetime, until: datetime
) -> tuple[Coupon, ...]:
    """The coupons and 满减 that this customer may use, running at any time in that period."""
    rows = await _offers(
        connection,
        customer_id,
        offers.c.kind.in_([OfferKind.COUPON.value, OfferKind.FULL.value]),
        sa.or_(offers.c.since.is_(None), offers.c.since <= until),
        sa.or_(offers.c.until.is_(None), offers.c.until >= since),
    )
    return tuple(Coupon(offer_of(row), row.used_at) for row in rows)


async def _offers(connection: AsyncConnection, customer_id: str | None, *where: Any) -> list[Any]:
    """Rows of offers for everybody and for that customer; the customer's tier must be theirs."""
    mine = offers.c.customer_id.in_(["", customer_id] if customer_id else [""])
    query = sa.select(offers).where(mine, *where).order_by(offers.c.id)
    rows = (await connection.execute(query)).all()
    tier = None
    if customer_id is not None and any(row.tiers for row in rows):
        theirs = sa.select(customers.c.tier).where(customers.c.id == customer_id)
        tier = (await connection.execute(theirs)).scalar_one_or_none()
    return [row for row in rows if not row.tiers or tier in row.tiers]


def product_of(row: Any, variants: tuple[Sku, ...]) -> Product:
    """A row of `shop_products`."""
    return Product(
        id=row.id,
        item_id=row.item_id,
        title=row.title,
        short_name=row.short_name,
        category=row.category,
        aliases=tuple(row.aliases),
        attributes=tuple(
            Attribute(name=name, value=value, unit=unit, aliases=tuple(aliases))
            for name, value, unit, aliases in row.attributes
        ),
        care=row.care,
        skus=variants,
        size_chart=tuple(_size_row(*entry) for entry in row.size_chart),
        image=row.image,
        returnable=row.returnable,
        point=row.point,
        tags=frozenset(row.tags),
        claims=tuple(
            Claim(ask=tuple(ask), verdict=verdict, holds=holds, fact=fact)
            for ask, verdict, holds, fact in row.claims
        ),
    )


def _size_row(
    size: str, ranges: Mapping[str, Sequence[float]], measures: Sequence[Sequence[str]]
) -> SizeRow:
    return SizeRow(
        size=size,
        ranges=tuple(Range(Measure(name), low, high) for name, (low, high) in ranges.items()),
        measures=tuple((name, value) for name, value in measures),
    )


def offer_of(row: Any) -> Offer:
    """A row of `shop_offers`."""
    return Offer(
        id=row.id,
        kind=OfferKind(row.kind),
        title=row.title,
        off=row.off,
        percent=row.percent,
        threshold=row.threshold,
        each=row.each,
        products=frozenset(row.products),
        categories=frozenset(row.categories),
        since=row.since,
        until=row.until,
        owned=bool(row.customer_id),
    )


def sku_of(row: Any) -> Sku:
    """A row of `shop_skus`."""
    return Sku(
        id=row.id,
        product_id=row.product_id,
        color=row.color,
        size=row.size,
        price=row.price,
        stock=row.stock,
        restock_at=row.restock_at,
        floor=row.floor,
    )


def order_of(rows: Sequence[Any]) -> Order:
    """One order from its rows, one row for each line."""
    row = rows[0]
    return Order(
        id=row.id,
        customer_id=row.customer_id,
        state=OrderState(row.state),
        lines=tuple(_line(line) for line in rows if line.line_id is not None),
        paid=row.paid,
        shipping_fee=row.shipping_fee,
        created_at=row.created_at,
        paid_at=row.paid_at,
        shipped_at=row.shipped_at,
        signed_at=row.signed_at,
        ship_by=row.ship_by,
        address=_address(row) if row.receiver else None,
        remark=row.remark,
        freight_insurance=row.freight_insurance,
        refunded=(row.given_back or 0) + sum(line.return_refund or 0 for line in rows),
    )


def _line(row: Any) -> OrderLine:
    return OrderLine(
        id=row.line_id,
        product_id=row.line_product_id,
        sku_id=row.line_sku_id,
        title=row.line_title,
        short_name=row.line_short_name,
        category=row.line_category,
        color=row.line_color,
        size=row.line_size,
        quantity=row.line_quantity,
        paid=row.line_paid,
        parcel_id=row.line_parcel_id,
        gift=row.line_gift,
        returned=row.return_number is not None or row.operation_number is not None,
        image=row.line_image,
        returnable=row.line_returnable,
        shipped_at=row.line_shipped_at,
        signed_at=row.line_signed_at,
        parcel_state=ParcelState(row.line_parcel_state) if row.line_parcel_state else None,
    )


def _address(row: Any) -> Address:
    return Address(
        name=row.receiver,
        phone=row.phone,
        province=row.province,
        city=row.city,
        district=row.district,
        street=row.street,
    )


def parcel_of(rows: Sequence[Any]) -> Parcel:
    """One parcel from its rows, one row for each trace node."""
    row = rows[0]
    return Parcel(
        id=row.id,
        order_id=row.order_id,
        carrier_code=row.carrier_code,
        carrier=row.carrier,
        waybill=row.waybill,
        origin_city=row.origin_city,
        destination_city=row.destination_city,
        shipped_at=row.shipped_at,
        trace=tuple(_trace(rows)),
        contested=row.contested,
    )


def _trace(rows: Iterable[Any]) -> list[TraceNode]:
    return [
        TraceNode(
            at=row.node_at,
            state=ParcelState(row.node_state),
            city=row.node_city,
            text=row.node_text,
        )
        for row in rows
        if row.node_at is not None
    ]


def return_of(row: Any) -> Return:
    """A row of `shop_returns`."""
    return Return(
        number=row.number,
        order_id=row.order_id,
        line_id=row.line_id,
        customer_id=row.customer_id,
        reason=ReturnReason(row.reason),
        refund=row.refund,
        shipping_paid_by=row.shipping_paid_by,
        state=ReturnState(row.state),
        return_address=_address(row),
        created_at=row.created_at,
        send_by=row.send_by,
    )


def return_values(agreed: Return) -> dict[str, Any]:
    """The inverse of `return_of`."""
    address = agreed.return_address
    return {
        "number": agreed.number,
        "customer_id": agreed.customer_id,
        "order_id": agreed.order_id,
        "line_id": agreed.line_id,
        "reason": agreed.reason.value,
        "refund": agreed.refund,
        "shipping_paid_by": agreed.shipping_paid_by,
        "state": agreed.state.value,
        "receiver": address.name,
        "phone": address.phone,
        "province": address.province,
        "city": address.city,
        "district": address.district,
        "street": address.street,
        "created_at": agreed.created_at,
        "send_by": agreed.send_by,
    }
