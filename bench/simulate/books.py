"""The shop's truth: what a customer has, and the rows behind it before and after a talk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from conversations.database import Clock, Database, utc_now
from shop import schema
from shop.operations.types import Receipt
from shop.policies import PolicyFile
from shop.sql import sql_shop
from shop.types import Customer, Eta, Offer, Order, Parcel, Product, Return

Rows = Mapping[str, Mapping[str, Any]]

_ORDERS = 50


@dataclass(frozen=True)
class Scene:
    """A customer as she stands at a moment, and the shop around her.

    `strangers` are orders of other customers, which she must learn nothing about.
    """

    customer: Customer
    orders: tuple[Order, ...]
    parcels: Mapping[str, tuple[Parcel, ...]]
    etas: Mapping[str, Eta]
    returns: tuple[Return, ...]
    receipts: tuple[Receipt, ...]
    catalogue: tuple[Product, ...]
    offers: tuple[Offer, ...]
    strangers: tuple[Order, ...]
    policy: PolicyFile
    now: datetime

    def product(self, id: str) -> Product | None:
        """The product of the catalogue."""
        return next((product for product in self.catalogue if product.id == id), None)


@dataclass(frozen=True)
class Snapshot:
    """The rows of one customer, or of all, by table and primary key."""

    orders: Rows
    lines: Rows
    parcels: Rows
    returns: Rows
    operations: Rows


class Books:
    """Reads the database of the house; changes nothing."""

    def __init__(self, *, database: Database, policies: PolicyFile, clock: Clock = utc_now) -> None:
        self._database = database
        self.policies = policies
        self._clock = clock
        self._shop = sql_shop(database, policies=policies, clock=clock)

    async def scene(self, customer_id: str, *, strangers: tuple[Order, ...] = ()) -> Scene:
        """Everything about that customer now."""
        shop = self._shop
        customer = await shop.customers.customer(customer_id)
        if customer is None:
            raise LookupError(f"the shop has no customer {customer_id}")
        orders = tuple(await shop.orders.recent(customer_id, limit=_ORDERS))
        parcels = {
            order.id: tuple(await shop.logistics.parcels(customer_id, order.id))
            for order in orders
            if order.shipped_at
        }
        return Scene(
            customer=customer,
            orders=orders,
            parcels=parcels,
            etas={
                one.id: await shop.logistics.eta(one)
                for many in parcels.values()
                for one in many
                if not one.signed
            },
            returns=tuple(await shop.after_sales.returns(customer_id)),
            receipts=tuple(await shop.operations.receipts(customer_id)),
            catalogue=tuple(await shop.catalogue.products()),
            offers=tuple(await shop.prices.offers(None)),
            strangers=strangers,
            policy=self.policies,
            now=self._clock(),
        )

    async def snapshot(self, customer_id: str | None = None) -> Snapshot:
        """The rows of that customer; None: of everybody."""
        orders = schema.orders
        mine = [] if customer_id is None else [orders.c.customer_id == customer_id]
        own = sa.select(orders.c.id).where(*mine)

        def of_orders(table: sa.Table) -> Any:
            whole = sa.select(table)
            return whole if customer_id is None else whole.where(table.c.order_id.in_(own))

        async with self._database.read() as connection:

            async def rows(query: Any, key: str) -> Rows:
                found = (await connection.execute(query)).mappings()
                return {str(row[key]): dict(row) for row in found}

            return Snapshot(
                orders=await rows(sa.select(orders).where(*mine), "id"),
                lines=await rows(of_orders(schema.order_lines), "id"),
                parcels=await rows(of_orders(schema.parcels), "id"),
                returns=await rows(of_orders(schema.returns), "number"),
                operations=await rows(of_orders(schema.operations), "number"),
            )
