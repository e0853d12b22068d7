"""Parcels that another system knows, with traces from Kuaidi100."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from shop.carriers import from_kuaidi100, name_of, to_kuaidi100
from shop.gateway import Logistics, Orders
from shop.kuaidi100.api import NEED_PHONE, Kuaidi100, Tracking, tail_of
from shop.kuaidi100.states import is_newer
from shop.types import Eta, Parcel, ParcelState

_OVER = frozenset({ParcelState.SIGNED, ParcelState.RETURNED})

Told = Callable[[str], Awaitable[Tracking | None]]
"""What was pushed of a parcel, by its id, e.g. `shop.kuaidi100.recording.RecordedTraces.of`."""


class Kuaidi100Parcels:
    """`shop.gateway.Logistics`: whose parcels there are another system says.

    Args:
        base: knows the customer's parcels, and checks that they are theirs.
        orders: knows the receiver's phone, which some carriers want.
        kuaidi100: asks for the traces.
        told: the traces that were pushed; one that is fresh spares the question.
        history: estimates arrivals from the shop's past parcels.
        sender_phone: the phone on the shop's own waybills, for receivers whose number is hidden.
    """

    def __init__(
        self,
        *,
        base: Logistics,
        orders: Orders,
        kuaidi100: Kuaidi100,
        told: Told,
        history: Logistics,
        sender_phone: str = "",
    ) -> None:
        self._base = base
        self._orders = orders
        self._kuaidi100 = kuaidi100
        self._told = told
        self._history = history
        self._sender_phone = sender_phone

    async def parcels(self, customer_id: str, order_id: str) -> Sequence[Parcel]:
        """The parcels of that order, oldest first."""
        deadline = self._kuaidi100.deadline()
        found = await self._base.parcels(customer_id, order_id)
        return tuple(
            await asyncio.gather(
                *(self._tracked(customer_id, parcel, deadline=deadline) for parcel in found)
            )
        )

    async def by_waybill(self, customer_id: str, waybill: str) -> Parcel | None:
        """The parcel of that waybill number if it is the customer's."""
        deadline = self._kuaidi100.deadline()
        parcel = await self._base.by_waybill(customer_id, waybill)
        if parcel is None:
            return None
        return await self._tracked(customer_id, parcel, deadline=deadline)

    async def eta(self, parcel: Parcel) -> Eta:
        """When it should arrive, from the shop's past parcels."""
        return await self._history.eta(parcel)

    async def _tracked(self, customer_id: str, parcel: Parcel, *, deadline: float) -> Parcel:
        """A parcel whose way is over, or of which news came just now, is not asked for."""
        told = await self._told(parcel.id)
        if told is not None:
            parcel = _merged(parcel, told)
        if parcel.state in _OVER or (told is not None and self._kuaidi100.is_fresh(told)):
            return parcel
        com = to_kuaidi100(parcel.carrier_code)
        phone = await self._phone(customer_id, parcel) if com in NEED_PHONE else ""
        tracking = await self._kuaidi100.track(com, parcel.waybill, phone=phone, deadline=deadline)
        return _merged(parcel, tracking)

    async def _phone(self, customer_id: str, parcel: Parcel) -> str:
        order = await self._orders.order(customer_id, parcel.order_id)
        if order is not None and order.address is not None and tail_of(order.address.phone):
            return order.address.phone
        return self._sender_phone


def _merged(parcel: Parcel, tracking: Tracking) -> Parcel:
    """The newer of two traces; Kuaidi100's word on the carrier."""
    if not is_newer(tracking.trace, parcel.trace):
        return parcel
    code = from_kuaidi100(tracking.com) or parcel.carrier_code
    return replace(
        parcel,
        carrier_code=code,
        carrier=name_of(code, parcel.carrier),
        trace=tracking.trace,
        as_of=tracking.as_of,
    )
