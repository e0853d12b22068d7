"""The shop's side of a conversation: who the shopper is, what they bought, where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from conversations.database import Clock, utc_now
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.operations.types import Pending, Receipt
from shop.types import Customer, Eta, Order, OrderState, Parcel, Return

log = structlog.get_logger(__name__)

RECENT_ORDERS = 5

_T = TypeVar("_T")
_FRESH = timedelta(minutes=5)
_MANY_PEOPLE = 5_000
_AT_ONCE = 8
_NAMES_TIMEOUT = 1.5  # seconds: the list never waits longer for the shop
_PROFILE_TIMEOUT = 5.0
_SHIPPED = frozenset(
    {
        OrderState.PARTLY_SHIPPED,
        OrderState.SHIPPED,
        OrderState.SIGNED,
        OrderState.FINISHED,
        OrderState.CLOSED,
    }
)


@dataclass(frozen=True)
class ParcelView:
    """A parcel and when it should arrive."""

    parcel: Parcel
    eta: Eta


@dataclass(frozen=True)
class Profile:
    """Everything the right-hand panel shows live."""

    customer: Customer
    orders: Sequence[Order]
    parcels: Sequence[ParcelView]
    returns: Sequence[Return]


class CustomerDirectory:
    """Customers by id. Names are kept for five minutes, so that lists ask the shop rarely."""

    def __init__(self, *, shop: Shop, clock: Clock = utc_now) -> None:
        self._shop = shop
        self._clock = clock
        self._known: dict[str, tuple[datetime, Customer | None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def named(self, ids: Iterable[str | None]) -> Mapping[str, Customer]:
        """Those of the customers that the shop names in time; a slow shop leaves some out."""
        wanted = {id for id in ids if id}
        now = self._clock()
        missing = [
            id for id in wanted if id not in self._known or self._known[id][0] < now - _FRESH
        ]
        if missing:
            if len(self._known) > _MANY_PEOPLE:
                self._known.clear()
            try:
                await _within(_NAMES_TIMEOUT, self._learn(missing, now))
            except ShopUnavailable as error:
                log.warning("desk.shop_slow", what="names", error=str(error))
        found = {}
        for id in wanted:
            _, customer = self._known.get(id, (now, None))
            if customer is not None:
                found[id] = customer
        return found

    async def profile(self, customer_id: str) -> Profile | None:
        """The customer with recent orders, parcels and returns; None when the shop knows none.

        Raises:
            ShopUnavailable: the shop's systems did not answer in time.
        """
        return await _within(_PROFILE_TIMEOUT, self._profile(customer_id))

    async def pending(self, customer_id: str) -> Sequence[Pending]:
        """What of this customer waits for a person's decision, oldest first.

        Raises:
            ShopUnavailable: the shop's systems did not answer in time.
        """
        return await _within(_PROFILE_TIMEOUT, self._shop.operations.pending(customer_id))

    async def decided(self, customer_id: str) -> Sequence[Receipt]:
        """The customer's newest requests that people have decided about, newest first.

        Raises:
            ShopUnavailable: the shop's systems did not answer in time.
        """
        found = await _within(_PROFILE_TIMEOUT, self._shop.operations.receipts(customer_id))
        return [one for one in found if one.decision is not None][:RECENT_ORDERS]

    async def _profile(self, customer_id: str) -> Profile | None:
        customer, orders, returns = await asyncio.gather(
            self._shop.customers.customer(customer_id),
            self._shop.orders.recent(customer_id, limit=RECENT_ORDERS),
            self._shop.after_sales.returns(customer_id),
        )
        if customer is None:
            return None
        shipped = [order for order in orders if order.state in _SHIPPED]
        found = await asyncio.gather(
            *(self._shop.logistics.parcels(customer_id, order.id) for order in shipped)
        )
        parcels = [parcel for group in found for parcel in group]
        etas = await asyncio.gather(*(self._shop.logistics.eta(parcel) for parcel in parcels))
        return Profile(
            customer=customer,
            orders=orders,
            parcels=[ParcelView(parcel=p, eta=e) for p, e in zip(parcels, etas, strict=True)],
            returns=returns[:RECENT_ORDERS],
        )

    async def _learn(self, ids: Iterable[str], now: datetime) -> None:
        await asyncio.gather(*(self._learn_one(id, now) for id in ids))

    async def _learn_one(self, id: str, now: datetime) -> None:
        async with self._slots:
            self._known[id] = (now, await self._shop.customers.customer(id))


async def _within(seconds: float, work: Coroutine[Any, Any, _T]) -> _T:
    """The result if it comes in time. The work itself is never cut off half-way."""
    task = asyncio.create_task(work)
    await asyncio.wait({task}, timeout=seconds)
    if task.done():
        return task.result()
    task.add_done_callback(_ignore_result)
    raise ShopUnavailable(f"the shop's systems did not answer within {seconds:g} s")


def _ignore_result(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("desk.shop_slow", what="late failure", error=str(task.exception()))
