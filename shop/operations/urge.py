"""Hurrying up what was bought: the warehouse before it is sent, the carrier afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.dates import plain_date
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.schema import orders
from shop.types import OrderState, Parcel, ParcelState

ON_THE_WAY = (ParcelState.NO_TRACE, ParcelState.COLLECTED, ParcelState.IN_TRANSIT)
"""Where a parcel can be hurried up: later it is at the shopper's door or on its way back."""

_GRACE = timedelta(minutes=1)


@dataclass(frozen=True)
class UrgeDelivery(Operation):
    """Ask for it to be sent, or brought, sooner."""

    kind = "urge_delivery"


class UrgeHandler(Handler[UrgeDelivery]):
    """Once in so many hours; whether our word was kept is said as it is."""

    kind = UrgeDelivery.kind
    settings = frozenset({"again_hours", "answer_hours"})
    sentences = frozenset(
        {
            *("due", "late", "no_promise", "carrier", "again", "again_late", "unpaid"),
            *("received", "closed", "nearly_there", "warehouse", "mark"),
        }
    )
    places = frozenset({"due", "carrier", "at", "next"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        if settings["again_hours"] < 1:
            raise ValueError("again_hours: at least 1")

    def judge(self, operation: UrgeDelivery, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, state = case.rules, case.order.state
        if state in (OrderState.AWAITING_PAYMENT, OrderState.CLOSED):
            unpaid = state is OrderState.AWAITING_PAYMENT
            return Verdict(False, rules.say("unpaid" if unpaid else "closed"))
        if state in (OrderState.SIGNED, OrderState.FINISHED):
            return Verdict(False, rules.say("received"), ways=("logistics_complaint",))
        last = case.before(self.kind)
        if last is not None:
            next_time = last.created_at + timedelta(hours=rules.settings["again_hours"])
            if case.now < next_time:
                return self._again(last, next_time, case)
        if state is OrderState.SHIPPED:
            return self._carrier(case)
        facts = [("urged", rules.say("warehouse"))]
        due = case.order.ship_by
        if due is None:
            return Verdict(True, rules.say("no_promise"), facts=tuple(facts))
        at = _moment(due, case.now, case.zone)
        facts.append(("ship_by", at))
        sentence = "late" if is_late(case) else "due"
        return Verdict(True, rules.say(sentence, due=at), facts=tuple(facts))

    def _again(self, last: Receipt, next_time: datetime, case: Case) -> Verdict:
        words = {
            "at": _moment(last.created_at, case.now, case.zone),
            "next": _moment(next_time, case.now, case.zone),
        }
        if is_late(case) and case.order.ship_by is not None:
            due = _moment(case.order.ship_by, case.now, case.zone)
            return Verdict(False, case.rules.say("again_late", due=due, **words))
        return Verdict(False, case.rules.say("again", **words), ways=("track_logistics",))

    def _carrier(self, case: Case) -> Verdict:
        parcel = _coming(case)
        if parcel is None:
            return Verdict(False, case.rules.say("nearly_there"), ways=("track_logistics",))
        facts = [("urged", parcel.carrier), ("waybill", parcel.waybill)]
        if parcel.newest is not None:
            at = _moment(parcel.newest.at, case.now, case.zone)
            facts.append(("newest", f"{at} {parcel.newest.text}"))
        rule = case.rules.say("carrier", carrier=parcel.carrier)
        return Verdict(True, rule, facts=tuple(facts))

    async def apply(
        self,
        operation: UrgeDelivery,
        case: Case,
        verdict: Verdict,
        connection: AsyncConnection,
    ) -> Effect:
        """What waits is marked where the warehouse looks; a parcel is noted for its carrier."""
        rules, shipped = case.rules, case.order.state is OrderState.SHIPPED
        parcel = _coming(case) if shipped else None
        if not shipped:
            mark, remark = rules.say("mark"), case.order.remark
            if mark not in remark:
                marked = "；".join(part for part in (remark, mark) if part)
                urged = sa.update(orders).where(orders.c.id == operation.order_id)
                await connection.execute(urged.values(remark=marked))
        return Effect(
            ReceiptState.UNDER_WAY,
            due=case.now + timedelta(hours=rules.settings["answer_hours"]),
            details={
                "asked": parcel.carrier if parcel else "warehouse",
                "waybill": parcel.waybill if parcel else "",
                "late": "yes" if is_late(case) else "no",
            },
        )


def is_late(case: Case) -> bool:
    """Whether it should have been sent by now and was not."""
    waits = case.order.state in (OrderState.PAID, OrderState.PARTLY_SHIPPED)
    due = case.order.ship_by
    return waits and due is not None and due + _GRACE < case.now


def _coming(case: Case) -> Parcel | None:
    """The parcel that can be hurried up, the one sent first."""
    return next((one for one in case.meant_parcels if one.state in ON_THE_WAY), None)


def _moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{plain_date(local.date(), now.astimezone(zone).date())} {local:%H:%M}"
