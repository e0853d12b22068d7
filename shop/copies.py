"""After-sales in the shop's own tables for orders that another system holds.

A return refers to an order of those tables. So the order is copied there, as it is now, before
the rules are judged over it or a return is opened for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from shop import policies, schema
from shop.errors import NotAllowed, ShopUnavailable
from shop.gateway import AfterSales, Logistics, Orders
from shop.policies import Policy
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
        order = await self._orders.order(customer_id, order_id)
        order, _ = line_of(order, line_id)
        parcels = await self._logistics.parcels(customer_id, order_id)
        order, line = line_of(with_parcels(order, parcels), line_id)
        try:
            async with self._database.write() as connection:
                await self._write(connection, order, parcels)
        except (OperationalError, InterfaceError, TimeoutError, OSError) as error:
            raise ShopUnavailable(
                f"the shop's database does not answer: {type(error).__name__}"
            ) from error
        return order, line

    async def _write(
        self, connection: AsyncConnection, order: Order, parcels: Sequence[Parcel]
    ) -> None:
        customer = self._database.insert(schema.customers).values(_customer_row(order))
        await connection.execute(customer.on_conflict_do_nothing())
        await self._upsert(connection, schema.orders, [_order_row(order)])
        lines = [_line_row(order, line, n) for n, line in enumerate(order.lines)]
        await self._upsert(connection, schema.order_lines, lines)
        await self._upsert(connection, schema.parcels, [_parcel_row(p) for p in parcels])
        for parcel in parcels:
            nodes = schema.trace_nodes
            await connection.execute(sa.delete(nodes).where(nodes.c.parcel_id == parcel.id))
            if parcel.trace:
                await connection.execute(sa.insert(nodes), _node_rows(parcel))

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
