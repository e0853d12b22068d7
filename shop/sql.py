"""The shop's gateway over its own tables, on SQLite and PostgreSQL alike.

Every statement about a person carries the asker's `customer_id` in its WHERE: what is somebody
else's is never read.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from conversations.database import Clock, Database, utc_now
from shop import eta, policies
from shop.errors import NotAllowed, ShopUnavailable
from shop.gateway import Shop
from shop.membership import Membership, membership
from shop.operations.sql import SqlOperations
from shop.policies import Policy
from shop.rows import (
    load_coupons,
    load_offers,
    load_order,
    load_orders,
    parcel_of,
    product_of,
    reading,
    return_of,
    return_values,
    sku_of,
    writing,
)
from shop.schema import (
    customers,
    orders,
    parcels,
    products,
    returns,
    skus,
    trace_nodes,
)
from shop.shipped import line_of
from shop.types import (
    Address,
    Coupon,
    Customer,
    Eligibility,
    Eta,
    Offer,
    Order,
    OrderLine,
    OrderState,
    Parcel,
    Product,
    Return,
    ReturnReason,
    ReturnState,
    Sku,
)
from shop.waybills import canonical

COUPON_MEMORY = timedelta(days=30)  # how long before and after it runs a coupon is spoken of
CATALOGUE_TTL = timedelta(seconds=30)  # how old a stock figure may be
_NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: it is copied by hand
_INSERT_TRIES = 3
_MOST_ORDERS = 1000  # of a customer in the time that counts for the membership

PolicySource = Callable[[], Policy]


def sql_shop(database: Database, *, policies: PolicySource, clock: Clock = utc_now) -> Shop:
    """The whole gateway over one database.

    Args:
        database: holds the tables of `shop.schema`.
        policies: gives the rules in force, e.g. a `shop.policies.PolicyFile`.
        clock: the present moment, with a zone.
    """
    return Shop(
        catalogue=SqlCatalogue(database=database, clock=clock),
        prices=SqlPrices(database=database, clock=clock),
        customers=SqlCustomers(database=database, policies=policies, clock=clock),
        orders=SqlOrders(database=database),
        logistics=SqlLogistics(database=database, policies=policies, clock=clock),
        after_sales=SqlAfterSales(database=database, policies=policies, clock=clock),
        operations=SqlOperations(database=database, policies=policies, clock=clock),
    )


def return_number(day: date) -> str:
    """A fresh number to write on a parcel, e.g. RT260718K7M2QX."""
    letters = "".join(secrets.choice(_NUMBER_LETTERS) for _ in range(6))
    return f"RT{day:%y%m%d}{letters}"


class SqlCatalogue:
    """`shop.gateway.Catalogue`, kept in memory for `ttl`."""

    def __init__(
        self, *, database: Database, clock: Clock = utc_now, ttl: timedelta = CATALOGUE_TTL
    ) -> None:
        self._database = database
        self._clock = clock
        self._ttl = ttl
        self._products: tuple[Product, ...] = ()
        self._loaded_at: datetime | None = None

    async def product(self, product_id: str) -> Product | None:
        """The product of that id, or of that platform item id."""
        for product in await self.products():
            if product_id in (product.id, product.item_id):
                return product
        return None

    async def products(self) -> Sequence[Product]:
        """The whole catalogue, at most `ttl` old."""
        now = self._clock()
        if self._loaded_at is None or not timedelta(0) <= now - self._loaded_at < self._ttl:
            self._products = await self._load()
            self._loaded_at = now
        return self._products

    async def search(self, words: str, *, limit: int = 5) -> Sequence[Product]:
        """Products whose title, short name, alias or category occur in `words`, best first.

        A name is also found by a part of it (牛津 for 牛津纺衬衫). An item id in `words`, bare or
        in a link, counts most.
        """
        plain = _plain(words)
        scored = [(_search_score(product, plain), product) for product in await self.products()]
        found = [(score, product) for score, product in scored if score]
        found.sort(key=lambda pair: pair[0], reverse=True)
        return tuple(product for _, product in found[:limit])

    async def _load(self) -> tuple[Product, ...]:
        async with reading(self._database) as connection:
            product_rows = await connection.execute(
                sa.select(products).order_by(products.c.position, products.c.id)
            )
            sku_rows = await connection.execute(
                sa.select(skus).order_by(skus.c.product_id, skus.c.position)
            )
            variants: dict[str, list[Sku]] = {}
            for row in sku_rows:
                variants.setdefault(row.product_id, []).append(sku_of(row))
            return tuple(product_of(row, tuple(variants.get(row.id, ()))) for row in product_rows)


class SqlPrices:
    """`shop.gateway.Prices`."""

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def offers(self, customer_id: str | None) -> Sequence[Offer]:
        """The offers in force now that this customer may use; None: those for everybody."""
        async with reading(self._database) as connection:
            return await load_offers(connection, customer_id, self._clock())

    async def coupons(self, customer_id: str | None) -> Sequence[Coupon]:
        """See `shop.gateway.Prices.coupons`."""
        now = self._clock()
        async with reading(self._database) as connection:
            return await load_coupons(
                connection, customer_id, since=now - COUPON_MEMORY, until=now + COUPON_MEMORY
            )


class SqlCustomers:
    """`shop.gateway.Customers`."""

    def __init__(
        self, *, database: Database, policies: PolicySource, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock

    async def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id; counts only orders that were paid and not closed."""
        counted = sa.and_(
            orders.c.customer_id == customers.c.id,
            orders.c.state.not_in([OrderState.AWAITING_PAYMENT.value, OrderState.CLOSED.value]),
        )
        query = (
            sa.select(
                customers,
                sa.func.count(orders.c.id).label("order_count"),
                sa.func.coalesce(sa.func.sum(orders.c.paid), 0).label("total_paid"),
            )
            .select_from(customers.outerjoin(orders, counted))
            .where(customers.c.id == customer_id)
            .group_by(customers.c.id)
        )
        async with reading(self._database) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Customer(
            id=row.id,
            nickname=row.nickname,
            tier=row.tier,
            phone=row.phone,
            city=row.city,
            registered_at=row.registered_at,
            order_count=row.order_count,
            total_paid=int(row.total_paid),
        )

    async def membership(self, customer_id: str) -> Membership | None:
        """See `shop.gateway.Customers.membership`."""
        rules, now = self._policies().membership, self._clock()
        begin = now - timedelta(days=max(rules.days, rules.point_days))
        async with reading(self._database) as connection:
            tier = (
                await connection.execute(
                    sa.select(customers.c.tier).where(customers.c.id == customer_id)
                )
            ).scalar_one_or_none()
            if tier is None:
                return None
            counted = orders.c.created_at >= begin
            bought = await load_orders(connection, customer_id, counted, limit=_MOST_ORDERS)
        return membership(tier, bought, rules, now=now)


class SqlOrders:
    """`shop.gateway.Orders`."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def recent(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        """The customer's orders, newest first."""
        async with reading(self._database) as connection:
            return await load_orders(connection, customer_id, limit=limit)

    async def order(self, customer_id: str, order_id: str) -> Order | None:
        """That order if it is the customer's."""
        async with reading(self._database) as connection:
            return await load_order(connection, customer_id, order_id)


class SqlLogistics:
    """`shop.gateway.Logistics`."""

    def __init__(
        self, *, database: Database, policies: PolicySource, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock

    async def parcels(self, customer_id: str, order_id: str) -> Sequence[Parcel]:
        """The parcels of that order (several when it was split), oldest first."""
        return await self._parcels(customer_id, parcels.c.order_id == order_id)

    async def by_waybill(self, customer_id: str, waybill: str) -> Parcel | None:
        """The parcel of that waybill number if it is the customer's.

        Carriers use numbers again after some years: the newest wins.
        """
        found = await self._parcels(customer_id, parcels.c.waybill == canonical(waybill))
        return found[-1] if found else None

    async def eta(self, parcel: Parcel) -> Eta:
        """When it should arrive, from the newest finished parcels of route, carrier, shop."""
        carrier = parcels.c.carrier_code == parcel.carrier_code
        route = sa.and_(
            carrier,
            parcels.c.origin_city == parcel.origin_city,
            parcels.c.destination_city == parcel.destination_city,
        )
        steps = [_finished(step, where) for step, where in enumerate((route, carrier, sa.true()))]
        samples: list[list[timedelta]] = [[] for _ in steps]
        async with reading(self._database) as connection:
            for row in await connection.execute(sa.union_all(*steps)):
                samples[row.step].append(row.signed_at - row.shipped_at)
        return eta.estimate(parcel, samples=samples, policy=self._policies(), now=self._clock())

    async def _parcels(self, customer_id: str, where: Any) -> tuple[Parcel, ...]:
        query = (
            sa.select(
                parcels,
                *(column.label(f"node_{column.name}") for column in trace_nodes.c),
            )
            .select_from(parcels.join(orders).outerjoin(trace_nodes))
            .where(orders.c.customer_id == customer_id, where)
            .order_by(parcels.c.shipped_at, parcels.c.id, trace_nodes.c.seq)
        )
        async with reading(self._database) as connection:
            rows = (await connection.execute(query)).all()
        return tuple(parcel_of(list(group)) for _, group in groupby(rows, key=lambda row: row.id))


class SqlAfterSales:
    """`shop.gateway.AfterSales`."""

    def __init__(
        self,
        *,
        database: Database,
        policies: PolicySource,
        clock: Clock = utc_now,
        numbers: Callable[[date], str] = return_number,
    ) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock
        self._numbers = numbers

    async def eligibility(
        self, customer_id: str, order_id: str, line_id: str, reason: ReturnReason | None
    ) -> Eligibility:
        """Whether and how that line may come back; see `shop.policies.eligibility`."""
        async with reading(self._database) as connection:
            order = await load_order(connection, customer_id, order_id)
        order, line = line_of(order, line_id)
        return policies.eligibility(order, line, reason, self._policies(), self._clock())

    async def open_return(
        self,
        customer_id: str,
        order_id: str,
        line_id: str,
        reason: ReturnReason,
        *,
        idempotency_key: str,
    ) -> Return:
        """Agree to a return, in one transaction that holds the order.

        The rules are judged anew inside it, so that nothing said before can be outrun.
        """
        async with writing(self._database) as connection:
            await connection.execute(
                sa.select(orders.c.id)
                .where(orders.c.id == order_id, orders.c.customer_id == customer_id)
                .with_for_update()
            )
            by_key = sa.and_(
                returns.c.customer_id == customer_id,
                returns.c.idempotency_key == idempotency_key,
            )
            for _ in range(_INSERT_TRIES):
                known = (await connection.execute(sa.select(returns).where(by_key))).one_or_none()
                if known is not None:
                    return return_of(known)
                order, line = line_of(await load_order(connection, customer_id, order_id), line_id)
                policy, now = self._policies(), self._clock()
                decision = policies.eligibility(order, line, reason, policy, now)
                if not decision.allowed:
                    raise NotAllowed(decision.rule)
                agreed = self._agreed(order, line, reason, decision, policy, now)
                inserted = await connection.execute(
                    self._database.insert(returns)
                    .values(**return_values(agreed), idempotency_key=idempotency_key)
                    .on_conflict_do_nothing()
                )
                if inserted.rowcount:
                    return agreed
        raise ShopUnavailable(
            f"no return could be written for order {order_id} after {_INSERT_TRIES} tries: "
            "its number or key is taken each time; ask again"
        )

    async def returns(self, customer_id: str) -> Sequence[Return]:
        """The customer's returns, newest first."""
        query = (
            sa.select(returns)
            .where(returns.c.customer_id == customer_id)
            .order_by(returns.c.created_at.desc(), returns.c.number)
        )
        async with reading(self._database) as connection:
            return tuple(return_of(row) for row in await connection.execute(query))

    async def return_address(self) -> Address:
        """Where returns go."""
        return self._policies().return_address

    def _agreed(
        self,
        order: Order,
        line: OrderLine,
        reason: ReturnReason,
        decision: Eligibility,
        policy: Policy,
        now: datetime,
    ) -> Return:
        today = now.astimezone(policy.zone).date()
        last = today + timedelta(days=policy.send_within_days)
        return Return(
            number=self._numbers(today),
            order_id=order.id,
            line_id=line.id,
            customer_id=order.customer_id,
            reason=reason,
            refund=decision.refund,
            shipping_paid_by=decision.shipping_paid_by,
            state=ReturnState.AWAITING_PARCEL,
            return_address=policy.return_address,
            created_at=now.astimezone(timezone.utc),
            send_by=datetime.combine(last, time(23, 59, 59), policy.zone).astimezone(timezone.utc),
        )


def _finished(step: int, where: Any) -> Any:
    sample = (
        sa.select(parcels.c.shipped_at, parcels.c.signed_at)
        .where(where, parcels.c.signed_at.is_not(None), parcels.c.contested.is_(False))
        .order_by(parcels.c.signed_at.desc())
        .limit(eta.SAMPLE_LIMIT)
        .subquery(f"step_{step}")
    )
    # A whole number written into the statement: PostgreSQL cannot infer a bare parameter's type.
    return sa.select(sa.literal_column(str(step), sa.Integer).label("step"), sample)


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).casefold().split())


def _search_score(product: Product, plain: str) -> int:
    """0: nothing to do with it. Names count by their length, the category less than any name."""
    if product.item_id in plain:
        return 1000
    names = [_plain(name) for name in (product.title, product.short_name, *product.aliases)]
    whole = max((len(name) for name in names if name in plain), default=0)
    if whole:
        return 100 + whole
    if len(plain) >= 2 and any(plain in name for name in names):
        return 50 + len(plain)
    return 10 if _plain(product.category) in plain else 0
