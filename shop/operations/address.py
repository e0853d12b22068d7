"""Another address: at once before shipping, afterwards by an interception at the carrier's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.addresses import shown
from shop.errors import NotAllowed
from shop.operations.dates import yuan
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, ReceiptState, Verdict
from shop.schema import orders
from shop.types import Address, OrderState, Parcel, ParcelState

_FACTS = ("receiver", "receiver_phone", "receiver_place")


@dataclass(frozen=True)
class ChangeAddress(Operation):
    """`address` is the whole new one; None while it is not told.

    It is personal: it goes into the order and nowhere else. `repr` leaves it out for the logs.
    """

    kind = "change_address"

    address: Address | None = None

    def __repr__(self) -> str:
        return f"ChangeAddress(order_id={self.order_id!r})"


class AddressHandler(Handler[ChangeAddress]):
    """What waits gets its new label at once; what travels is turned round where it still can."""

    kind = ChangeAddress.kind
    settings = frozenset({"intercept_states", "intercept_fee", "answer_hours"})
    sentences = frozenset(
        {
            *("at_once", "partly", "intercept", "already", "too_near", "received"),
            *("closed", "same", "nothing", "ask_courier", "fetch_back"),
        }
    )
    places = frozenset({"carrier", "fee", "hours", "number"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        for state in settings["intercept_states"]:
            ParcelState(state)

    def judge(self, operation: ChangeAddress, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, state = case.rules, case.order.state
        if state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if state in (OrderState.SIGNED, OrderState.FINISHED):
            return Verdict(
                False,
                rules.say("received"),
                alternatives=(rules.say("fetch_back"),),
                ways=("logistics_complaint",),
            )
        before = case.before(self.kind)
        if before is not None and before.state is ReceiptState.UNDER_WAY:
            return Verdict(False, rules.say("already", number=before.number))
        if operation.address is not None and operation.address == case.order.address:
            return Verdict(False, rules.say("same"))
        facts = (
            tuple(zip(_FACTS, shown(operation.address), strict=True)) if operation.address else ()
        )
        if state is not OrderState.SHIPPED:
            partly = state is OrderState.PARTLY_SHIPPED
            return Verdict(True, rules.say("partly" if partly else "at_once"), facts=facts)
        parcel = self._turned_round(case)
        if parcel is None:
            return Verdict(
                False,
                rules.say("too_near"),
                alternatives=(rules.say("ask_courier"),),
                ways=("track_logistics",),
            )
        fee = int(rules.settings["intercept_fee"])
        rule = rules.say(
            "intercept",
            carrier=parcel.carrier,
            fee=yuan(fee),
            hours=rules.settings["answer_hours"],
        )
        return Verdict(True, rule, fee=fee, facts=facts)

    def _turned_round(self, case: Case) -> Parcel | None:
        """The parcel that can be intercepted; None when any of them is past it."""
        states = {ParcelState(state) for state in case.rules.settings["intercept_states"]}
        parcels = case.meant_parcels
        able = all(one.state in states and not one.contested for one in parcels)
        return parcels[0] if parcels and able else None

    async def apply(
        self,
        operation: ChangeAddress,
        case: Case,
        verdict: Verdict,
        connection: AsyncConnection,
    ) -> Effect:
        """The order bears the new address; the receipt tells only which parts of it are new."""
        new = operation.address
        if new is None or not all(asdict(new)[part] for part in ("name", "phone", "street")):
            raise NotAllowed(case.rules.say("nothing"))
        old = case.order.address
        changed = [
            name for name, value in asdict(new).items() if old is None or asdict(old)[name] != value
        ]
        await connection.execute(
            sa.update(orders)
            .where(orders.c.id == operation.order_id)
            .values(
                receiver=new.name,
                phone=new.phone,
                province=new.province,
                city=new.city,
                district=new.district,
                street=new.street,
            )
        )
        details = {"changed": ",".join(changed)}
        if not verdict.fee and case.order.state is not OrderState.SHIPPED:
            return Effect(ReceiptState.DONE, details={**details, "how": "at_once"})
        parcel = self._turned_round(case)
        details |= {
            "how": "intercept",
            "waybill": parcel.waybill if parcel else "",
            "fee": str(verdict.fee),
        }
        due = case.now + timedelta(hours=case.rules.settings["answer_hours"])
        return Effect(ReceiptState.UNDER_WAY, due=due, details=details)
