"""Repairs: free within the warranty, else after a price that the shopper agrees to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.dates import end_of_day, plain_date
from shop.operations.exchange import send_to
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, Photo, Receipt, ReceiptState, Verdict
from shop.types import OrderState, ReturnReason


class Transport(str, Enum):
    """How the thing gets to the workshop."""

    PICKUP = "pickup"
    SEND_IN = "send_in"


@dataclass(frozen=True)
class WarrantyRepair(Operation):
    """`fault` are the shopper's words; `own_damage`: it was dropped, got wet…; paid then."""

    kind = "warranty_repair"

    fault: str = ""
    transport: Transport | None = None
    own_damage: bool = False
    photo: str = ""


class RepairHandler(Handler[WarrantyRepair]):
    """The warranty runs from the day of receipt by the kind of goods; one repair at a time."""

    kind = WarrantyRepair.kind
    settings = frozenset({"paid", "send_within_days", "repair_days", "pickup_from"})
    sentences = frozenset(
        {
            *("free", "paid_over", "paid_own", "not_repaired", "not_received", "line_gone"),
            *("under_way", "closed", "pays_shop", "pays_shopper", "by_quote", "for_nothing"),
            *("return_still", "no_pickup", "by_pickup", "by_send_in"),
        }
    )
    places = frozenset({"label", "date", "days", "number"})

    def judge(self, operation: WarrantyRepair, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, line, settings = case.rules, case.line, case.rules.settings
        if case.order.state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if line is None:
            return Verdict(True, "")
        if case.received_on is None:
            return Verdict(False, rules.say("not_received"), ways=("track_logistics",))
        if line.returned:
            gone = rules.say("line_gone", label=line.label)
            return Verdict(False, gone, ways=("after_sales_status",))
        open_one = case.before(self.kind, line_id=line.id)
        if open_one is not None and open_one.state is ReceiptState.UNDER_WAY:
            again = rules.say("under_way", label=line.label, number=open_one.number)
            return Verdict(False, again, ways=("after_sales_status",))
        if case.warranty is None and line.category not in settings["paid"]:
            back = case.returns[ReturnReason.QUALITY].allowed
            return Verdict(
                False,
                rules.say("not_repaired", label=line.label),
                alternatives=(rules.say("return_still"),) if back else (),
                ways=("return_request",) if back else (),
            )
        return self._allowed(operation, case)

    def _allowed(self, operation: WarrantyRepair, case: Case) -> Verdict:
        rules, line, until = case.rules, case.named_line, case.warranty_until
        days = rules.settings["repair_days"]
        if until is None:
            rule = rules.say("paid_over", label=line.label, days=days)
        elif operation.own_damage:
            rule = rules.say("paid_own", label=line.label, days=days)
        else:
            last = plain_date(until, case.today)
            rule = rules.say("free", label=line.label, date=last, days=days)
        free = until is not None and not operation.own_damage
        if operation.transport is Transport.PICKUP and not self._picked_up(case):
            return Verdict(False, rules.say("no_pickup"), ways=("warranty_repair",))
        facts = [
            ("repair_price", rules.say("for_nothing" if free else "by_quote")),
            ("shipping", rules.say("pays_shop" if free else "pays_shopper")),
        ]
        if operation.transport is not None:
            facts.insert(0, ("transport", rules.say(f"by_{operation.transport.value}")))
        return Verdict(True, rule, facts=tuple(facts), photo=Photo.WELCOME)

    def _picked_up(self, case: Case) -> bool:
        """Whether a courier fetches it: only things worth the trip."""
        return case.named_line.paid >= int(case.rules.settings["pickup_from"])

    async def apply(
        self, operation: WarrantyRepair, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Note the repair; the workshop waits for the parcel."""
        facts = dict(verdict.facts)
        transport = operation.transport or Transport.SEND_IN
        to = send_to(case.return_address) if transport is Transport.SEND_IN else ""
        return Effect(
            ReceiptState.UNDER_WAY,
            due=end_of_day(case.now, case.rules.settings["send_within_days"], case.zone),
            details={
                "fault": operation.fault,
                "transport": transport.value,
                "price": facts["repair_price"],
                "shipping": facts["shipping"],
                **({"send_to": to} if to else {}),
                "photo": operation.photo,
            },
        )

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """See `Handler.withdrawal`: until the thing should be on its way."""
        return "" if receipt.due is None or case.now < receipt.due else "final"
