"""Orders that another system holds, copied into the shop's own tables, and after-sales over them.

A return refers to an order of those tables. So the order is copied there, as it is now, before
the rules are judged over it or a return is opened for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from shop import policies, schema
from shop.errors import NotAllowed
from shop.gateway import AfterSales, Logistics, Orders
from shop.kuaidi100.states import is_newer
from shop.policies import Policy
from shop.rows import load_parcels, reading, writing
from shop.shipped import line_of, with_parcels
from shop.types import Address, Eligibility, Order, OrderLine, Parcel, Return, ReturnReason

_NO_ADDRESS = Address(name="", phone="", province="", city="", district="", street="")


class CopiedAfterSales:
    """`shop.gateway.AfterSales` over the shop's own tables, for the orders of another system.

    Args:
        database: holds the tables of `shop.schema`.
        own: after-sales over those tables.
        orders: the system that holds the orders.
        logistics: knows their parcels.
        policies: the rules in force.
        clock: the present moment, with a zone.
    """

    def __init__(
        self,
        *,
        database: Database,
        own: AfterSales,
        orders: Orders,
        logistics: Logistics,
        policies: Callable[[], Policy],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._copies = Copies(database=database)
        self._own = own
        self._orders = orders
        self._logistics = logistics
        self._policies = policies
        self._clock = clock

    async def eligibility(
        self, customer_id: str, order_id: str, line_id: str, reason: ReturnReason | None
    ) -> Eligibility:
        """Whether and how that line may come back; one that comes back there already may not."""
        order, line = await self._copied(customer_id, order_id, line_id)
        if line.returned:
            return policies.eligibility(order, line, reason, self._policies(), self._clock())
        return await self._own.eligibility(customer_id, order_id, line_id, reason)

    async def open_return(
        self,
        customer_id: str,
        order_id: str,
        line_id: str,
        reason: ReturnReason,
        *,
        idempotency_key: str,
    ) -> Return:
        """Agree to a return, unless the line comes back in the other system already."""
        order, line = await self._copied(customer_id, order_id, line_id)
        opened_here = [back.line_id for back in await self._own.returns(customer_id)]
        if line.returned and line_id not in opened_here:
            policy, now = self._policies(), self._clock()
            raise NotAllowed(policies.eligibility(order, line, reason, policy, now).rule)
        return await self._own.open_return(
            customer_id, order_id, line_id, reason, idempotency_key=idempotency_key
        )

    async def returns(self, customer_id: str) -> Sequence[Return]:
        """The customer's returns in the shop's own tables, newest first."""
        return await self._own.returns(customer_id)

    async def return_address(self) -> Address:
        """Where returns go."""
        return await self._own.return_address()

    async def _copied(
        self, customer_id: str, order_id: str, line_id: str
    ) -> tuple[Order, OrderLine]:
        asked_at = self._clock()
        order = await self._orders.order(customer_id, order_id)
        order, _ = line_of(order, line_id)
        parcels = await self._logistics.parcels(customer_id, order_id)
        order, line = line_of(with_parcels(order, parcels), line_id)
        async with writing(self._database) as connection:
            await self._copies.write(connection, order, parcels, asked_at=asked_at)
        return order, line


class Copies:
    """Orders of another system as they stand in the shop's own tables.

    Args:
        database: holds the tables of `shop.schema`.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def customer_of(self, order_id: str) -> str | None:
        """Whose order it is; None when there is no copy of it.

        Raises:
            ShopUnavailable: the database does not answer.
        """
        query = sa.select(schema.orders.c.customer_id).where(schema.orders.c.id == order_id)
        async with reading(self._database) as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def write(
        self,
        connection: AsyncConnection,
        order: Order,
        parcels: Sequence[Parcel],
        *,
        asked_at: datetime,
    ) -> None:
        """Write the order with its lines and parcels, and drop those that it no longer has.

        No change when what was asked for later is there already. A trace that was pushed stays
        while it is the newer one.

        Args:
            connection: inside a transaction.
            asked_at: the moment before the other system was asked.
        """
        customer = self._database.insert(schema.customers).values(_customer_row(order))
        await connection.execute(customer.on_conflict_do_nothing())
        if not await self._claimed(connection, order, asked_at):
            return
        known = {parcel.id: parcel for parcel in await load_parcels(connection, order.id)}
        parcels = [_with_newer_trace(parcel, known.get(parcel.id)) for parcel in parcels]
        order = with_parcels(order, parcels)
        of_this = schema.orders.c.id == order.id
        signed = sa.update(schema.orders).where(of_this).values(signed_at=order.signed_at)
        await connection.execute(signed)
        lines = schema.order_lines
        gone = sa.delete(lines).where(
            lines.c.order_id == order.id, lines.c.id.not_in([line.id for line in order.lines])
        )
        await connection.execute(gone)
        rows = [_line_row(order, line, n) for n, line in enumerate(order.lines)]
        await self._upsert(connection, lines, rows)
        await self._write_parcels(connection, parcels, gone=known.keys() - {p.id for p in parcels})

    async def _claimed(self, connection: AsyncConnection, order: Order, asked_at: datetime) -> bool:
        """Write the order's row, which holds it until the end of the transaction."""
        orders = schema.orders
        row = _order_row(order) | {"copied_at": asked_at}
        statement = self._database.insert(orders).values(row)
        changed = {name: statement.excluded[name] for name in row if name != "id"}
        older = sa.or_(orders.c.copied_at.is_(None), orders.c.copied_at <= asked_at)
        written = await connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=older)
        )
        return bool(written.rowcount)

    async def _write_parcels(
        self, connection: AsyncConnection, parcels: Sequence[Parcel], *, gone: Collection[str]
    ) -> None:
        nodes = schema.trace_nodes
        stale = [*gone, *(parcel.id for parcel in parcels)]
        await connection.execute(sa.delete(nodes).where(nodes.c.parcel_id.in_(stale)))
        await connection.execute(
            sa.delete(schema.parcels).where(schema.parcels.c.id.in_(list(gone)))
        )
        await self._upsert(connection, schema.parcels, [_parcel_row(p) for p in parcels])
        rows = [row for parcel in parcels for row in _node_rows(parcel)]
        if rows:
            await connection.execute(sa.insert(nodes), rows)

    async def _upsert(
        self, connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        if not rows:
            return
        statement = self._database.insert(table)
        keys = [column.name for column in table.primary_key]
        changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows)
        )


def _with_newer_trace(parcel: Parcel, known: Parcel | None) -> Parcel:
    """With what only the copy knows: a newer trace, the carrier that has it, where it started."""
    if known is None:
        return parcel
    parcel = replace(parcel, origin_city=parcel.origin_city or known.origin_city)
    if not known.trace or is_newer(parcel.trace, known.trace):
        return parcel
    return replace(
        parcel, trace=known.trace, carrier_code=known.carrier_code, carrier=known.carrier
    )


def _customer_row(order: Order) -> dict[str, Any]:
    """What is known of a customer whom the shop's own tables lack."""
    return {
        "id": order.customer_id,
        "nickname": "",
        "tier": "normal",
        "phone": "",
        "city": (order.address or _NO_ADDRESS).city.removesuffix("市"),
        "registered_at": order.created_at,
    }


def _order_row(order: Order) -> dict[str, Any]:
    address = order.address or _NO_ADDRESS
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "state": order.state.value,
        "paid": order.paid,
        "shipping_fee": order.shipping_fee,
        "freight_insurance": order.freight_insurance,
        "created_at": order.created_at,
        "paid_at": order.paid_at,
        "shipped_at": order.shipped_at,
        "signed_at": order.signed_at,
        "ship_by": order.ship_by,
        "receiver": address.name,
        "phone": address.phone,
        "province": address.province,
        "city": address.city,
        "district": address.district,
        "street": address.street,
        "remark": order.remark,
    }


def _line_row(order: Order, line: OrderLine, position: int) -> dict[str, Any]:
    return {
        "id": line.id,
        "order_id": order.id,
        "position": position,
        "product_id": line.product_id,
        "sku_id": line.sku_id,
        "title": line.title,
        "short_name": line.short_name,
        "category": line.category,
        "color": line.color,
        "size": line.size,
        "quantity": line.quantity,
        "paid": line.paid,
        "gift": line.gift,
        "returnable": line.returnable,
        "image": line.image,
        "parcel_id": line.parcel_id,
    }


def _parcel_row(parcel: Parcel) -> dict[str, Any]:
    return {
        "id": parcel.id,
        "order_id": parcel.order_id,
        "carrier_code": parcel.carrier_code,
        "carrier": parcel.carrier,
        "waybill": parcel.waybill,
        "origin_city": parcel.origin_city,
        "destination_city": parcel.destination_city,
        "shipped_at": parcel.shipped_at,
        "state": parcel.state.value,
        "signed_at": parcel.signed_at,
    }


def _node_rows(parcel: Parcel) -> list[dict[str, Any]]:
    return [
        {
            "parcel_id": parcel.id,
            "seq": seq,
            "at": node.at,
            "state": node.state.value,
            "city": node.city,
            "text": node.text,
        }
        for seq, node in enumerate(parcel.trace)
    ]
