"""Parcels of TOP's trades: what was shipped from the trade, where it is from its trace."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shop.carriers import code_of_name, name_of
from shop.gateway import Logistics
from shop.taobao.client import NO_SUCH, TopClient, TopError
from shop.taobao.reading import Fields, identity, items, moment, readable, text
from shop.taobao.traces import trace_from
from shop.taobao.trades import FULL_INFO, PAGE, OwnTrade, TaobaoOrders, parcel_id
from shop.types import Eta, Parcel
from shop.waybills import canonical

TRACE = "taobao.logistics.trace.search"
_MOST_LINES = 50  # `sub_tid` takes no more


class TaobaoParcels:
    """`shop.gateway.Logistics` over TOP.

    Args:
        client: calls TOP.
        orders: finds the customer's own trades.
        history: estimates arrivals from the shop's past parcels.
        traces: False leaves every trace empty, for a system that knows them better.
    """

    def __init__(
        self,
        *,
        client: TopClient,
        orders: TaobaoOrders,
        history: Logistics,
        traces: bool = True,
    ) -> None:
        self._client = client
        self._orders = orders
        self._history = history
        self._traces = traces

    async def parcels(self, customer_id: str, order_id: str) -> Sequence[Parcel]:
        """The parcels of that order, oldest first."""
        deadline = self._client.deadline()
        trade = await self._orders.own_trade(customer_id, order_id, deadline=deadline)
        return () if trade is None else await self._with_traces(trade, deadline=deadline)

    async def by_waybill(self, customer_id: str, waybill: str) -> Parcel | None:
        """The parcel of that waybill among the customer's trades of the last three months.

        Carriers use numbers again: the newest wins.
        """
        deadline, wanted = self._client.deadline(), canonical(waybill)
        trades = await self._orders.own_trades(customer_id, limit=PAGE, deadline=deadline)
        carrying = [trade for trade in trades if any(p.waybill == wanted for p in _heads(trade))]
        found = await asyncio.gather(
            *(self._with_traces(trade, deadline=deadline, only=wanted) for trade in carrying)
        )
        parcels = [parcel for group in found for parcel in group]
        return max(parcels, key=lambda parcel: parcel.shipped_at, default=None)

    async def eta(self, parcel: Parcel) -> Eta:
        """When it should arrive, from the shop's past parcels."""
        return await self._history.eta(parcel)

    async def _with_traces(
        self, trade: OwnTrade, *, deadline: float, only: str | None = None
    ) -> tuple[Parcel, ...]:
        heads = _heads(trade)
        wanted = [head for head in heads if only is None or head.waybill == only]
        if not self._traces:
            return tuple(wanted)
        split = len(heads) > 1
        return tuple(
            await asyncio.gather(
                *(self._traced(trade, head, split=split, deadline=deadline) for head in wanted)
            )
        )

    async def _traced(
        self, trade: OwnTrade, head: Parcel, *, split: bool, deadline: float
    ) -> Parcel:
        params = {"tid": trade.tid}
        if split:
            params |= {"is_split": "1", "sub_tid": ",".join(_lines_in(trade.fields, head))}
        try:
            answer = await self._client.call(
                TRACE, params, account=trade.account, deadline=deadline
            )
        except TopError as error:
            if error.code == NO_SUCH and error.sub_code.startswith("isv."):
                return head  # shipped, but the carrier has told nothing
            raise
        with readable(TRACE):
            # Without a split the answer is about the trade's one parcel, whatever its number.
            if split and canonical(text(answer, "out_sid")) not in ("", head.waybill):
                return head
            return replace(head, trace=trace_from(answer))


def _heads(trade: OwnTrade) -> tuple[Parcel, ...]:
    """The parcels without their traces, oldest first.

    Raises:
        ShopUnavailable: the trade cannot be read.
    """
    with readable(FULL_INFO):
        found: dict[str, Parcel] = {}
        for line in items(trade.fields, "orders", "order"):
            number = canonical(text(line, "invoice_no"))
            if number and number not in found:
                found[number] = _head(trade, line, number)
        return tuple(sorted(found.values(), key=lambda parcel: (parcel.shipped_at, parcel.id)))


def _head(trade: OwnTrade, line: Fields, waybill: str) -> Parcel:
    company = text(line, "logistics_company")
    code = code_of_name(company)
    return Parcel(
        id=parcel_id(trade.tid, waybill),
        order_id=trade.tid,
        carrier_code=code,
        carrier=name_of(code, company),
        waybill=waybill,
        origin_city="",
        destination_city=(
            text(trade.fields, "receiver_city") or text(trade.fields, "receiver_district")
        ).removesuffix("市"),
        shipped_at=_shipped_at(trade.fields, line),
        trace=(),
    )


def _shipped_at(trade: Fields, line: Fields) -> datetime:
    for value in (line.get("consign_time"), trade.get("consign_time"), trade.get("pay_time")):
        at = moment(value)
        if at is not None:
            return at
    raise ValueError("shipped at no time")


def _lines_in(trade: Fields, parcel: Parcel) -> list[str]:
    inside = [
        identity(line.get("oid_str") or line["oid"])
        for line in items(trade, "orders", "order")
        if canonical(text(line, "invoice_no")) == parcel.waybill
    ]
    return inside[:_MOST_LINES]
