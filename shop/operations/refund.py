"""Money back without the goods coming back: what never came, and what came partly spoiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import UnknownOrder
from shop.operations.approvals import ApprovalHandler
from shop.operations.dates import plain_date, yuan
from shop.operations.handler import Case, Effect
from shop.operations.history import history_of
from shop.operations.types import (
    DEAD_STATES,
    Ground,
    Operation,
    Photo,
    Receipt,
    ReceiptState,
    Verdict,
)
from shop.schema import orders
from shop.solutions import Means, Trouble, proposals
from shop.types import Order, OrderState, Parcel, ParcelState, ReturnReason

_YEAR = timedelta(days=365)
_SEARCHED = "investigation"


class RefundCause(str, Enum):
    """Why nothing comes back."""

    LOST = "lost"  # the parcel is still on its way by the record
    NOT_RECEIVED = "not_received"  # signed for by the record
    SPOILED = "spoiled"  # part of it is bad, the rest is kept


class Share(str, Enum):
    """How much of it is bad; what that comes to is the shop's rule."""

    FEW = "few"
    HALF = "half"
    MOST = "most"


@dataclass(frozen=True)
class RefundRequest(Operation):
    """`cause` None and `share` None while they are not told; `photo` refers to the evidence."""

    kind = "refund_request"

    cause: RefundCause | None = None
    share: Share | None = None
    photo: str = ""


class RefundHandler(ApprovalHandler[RefundRequest]):
    """Small sums at once, larger ones after a look by a person; a missing parcel is looked for.

    A parcel that is silent for longer than usual is looked for first and paid for when it stays
    silent; one that is signed for is looked for first unless it is worth little.
    """

    kind = RefundRequest.kind
    settings = frozenset(
        {
            *("refund_days", "approve_hours", "search_days", "lost_after_hours", "claim_days"),
            *("limits", "small", "spoiled_days", "spoiled_other_days", "spoiled_limit"),
            *("shares", "photo_from", "yearly"),
        }
    )
    sentences = frozenset(
        {
            *(
                "unshipped",
                "closed",
                "line_gone",
                "gift",
                "nothing_left",
                "on_the_way",
                "going_back",
            ),
            *("came_back", "search", "searching", "lost", "claim_over", "signed", "search_signed"),
            *("spoiled", "spoiled_late", "spoiled_which", "approval", "refuse_parcel", "received"),
        }
    )
    places = frozenset({"days", "label", "hours", "date", "amount", "carrier", "limit"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        if set(settings["shares"]) != {share.value for share in Share}:
            raise ValueError(f"shares: must name {', '.join(share.value for share in Share)}")
        if not all(0 < percent <= 100 for percent in settings["shares"].values()):
            raise ValueError("shares: each is a percentage from 1 to 100")
        if "normal" not in settings["limits"]:
            raise ValueError("limits: normal must be given")

    def judge(self, operation: RefundRequest, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, state = case.rules, case.order.state
        if state in (OrderState.AWAITING_PAYMENT, OrderState.PAID):
            return Verdict(False, rules.say("unshipped"), ways=("cancel_order",))
        if state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if case.line is not None and case.line.returned:
            gone = rules.say("line_gone", label=case.line.label)
            return Verdict(False, gone, ways=("after_sales_status",))
        if case.line is not None and case.line.gift:
            return Verdict(False, rules.say("gift", label=case.line.label))
        if not case.refundable:
            return Verdict(False, rules.say("nothing_left"), ways=("after_sales_status",))
        if case.line is None and apart(case.order):
            return Verdict(True, "")
        coming = [one for one in case.meant_parcels if not one.signed]
        if not case.meant_parcels and case.received_on is None:
            return Verdict(False, rules.say("unshipped"), ways=("cancel_order",))
        if coming:
            return _with_ways(self._coming(coming, case), case)
        if operation.cause is None:
            return Verdict(True, rules.say("received"))
        if operation.cause is RefundCause.SPOILED:
            return self._spoiled(operation, case)
        return _with_ways(self._signed(case), case)

    def _coming(self, coming: list[Parcel], case: Case) -> Verdict:
        """A parcel that has not arrived by its own record."""
        rules = case.rules
        if any(one.state is ParcelState.RETURNED for one in coming):
            return self._pays("came_back", case.refundable, case, Ground.CAME_BACK)
        if case.going_back:
            return Verdict(False, rules.say("going_back"), ways=("track_logistics",))
        silent = [case.stuck[one.id] for one in coming if one.id in case.stuck]
        if len(silent) < len(coming):
            return Verdict(
                False,
                rules.say("on_the_way"),
                alternatives=(rules.say("refuse_parcel"),),
                ways=("track_logistics",),
            )
        if min(silent) >= rules.settings["lost_after_hours"]:
            return self._pays("lost", case.refundable, case)
        return self._looked_for("lost", "search", coming[-1].carrier, case)

    def _signed(self, case: Case) -> Verdict:
        """Signed for by the record, and not received."""
        rules, today = case.rules, case.today
        days = rules.settings["claim_days"]
        if case.received_on is None or today > case.received_on + timedelta(days=days):
            return Verdict(False, rules.say("claim_over", days=days))
        if case.refundable <= rules.settings["small"]:
            return self._pays("signed", case.refundable, case)
        carrier = case.meant_parcels[-1].carrier if case.meant_parcels else ""
        return self._looked_for("signed", "search_signed", carrier, case)

    def _looked_for(self, paid: str, search: str, carrier: str, case: Case) -> Verdict:
        """The carrier is asked first; once that has come to nothing the money comes back."""
        rules = case.rules
        asked = _search(case)
        if asked is None:
            days = rules.settings["search_days"]
            hours = max(case.stuck.values(), default=0)
            sentence = rules.say(search, days=days, carrier=carrier, hours=hours)
            return Verdict(True, sentence)
        if asked.due is not None and asked.due > case.now:
            until = plain_date(asked.due.astimezone(case.zone).date(), case.today)
            return Verdict(False, rules.say("searching", date=until, carrier=carrier))
        return self._pays(paid, case.refundable, case)

    def _spoiled(self, operation: RefundRequest, case: Case) -> Verdict:
        rules, line, settings = case.rules, case.line, case.rules.settings
        if line is None:
            return Verdict(False, rules.say("spoiled_which"))
        days = settings["spoiled_days"].get(line.category, settings["spoiled_other_days"])
        if case.received_on is None or case.today > case.received_on + timedelta(days=days):
            back = case.returns[ReturnReason.QUALITY].allowed
            late = rules.say("spoiled_late", days=days, label=line.label)
            return Verdict(False, late, ways=("return_request",) if back else ())
        share = operation.share or Share.FEW
        amount = min(line.paid * settings["shares"][share.value] // 100, case.refundable)
        verdict = self._pays("spoiled", amount, case, limit=settings["spoiled_limit"])
        wanted = Photo.REQUIRED if amount >= settings["photo_from"] else Photo.WELCOME
        return replace(verdict, photo=wanted)

    def _pays(
        self, sentence: str, amount: int, case: Case, *grounds: Ground, limit: int | None = None
    ) -> Verdict:
        """The money comes back: at once within the limit, else after a person's look."""
        rules, settings = case.rules, case.rules.settings
        limits = settings["limits"]
        most = limits.get(case.tier, limits["normal"]) if limit is None else limit
        if amount > most:
            grounds = (*grounds, Ground.OVER_LIMIT)
        if _paid_lately(case) >= settings["yearly"]:
            grounds = (*grounds, Ground.OFTEN)
        label = case.line.label if case.line else ""
        rule = rules.say(
            sentence, days=settings["refund_days"], amount=yuan(amount), label=label, hours=""
        )
        if grounds:
            rule += rules.say("approval", limit=yuan(most), hours=settings["approve_hours"])
        return Verdict(True, rule, refund=amount, grounds=grounds, limit=most)

    async def apply(
        self, operation: RefundRequest, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Promise the money, ask for it, or have the parcel looked for."""
        if case.line is None and apart(case.order):
            raise UnknownOrder("the order's goods travel apart; ask which line did not come")
        settings = case.rules.settings
        cause = (operation.cause or RefundCause.LOST).value
        details = {
            "cause": cause,
            "photo": operation.photo,
            "state_before": case.order.state.value,
        }
        if operation.cause is RefundCause.SPOILED:
            details["share"] = (operation.share or Share.FEW).value
        if not verdict.refund:
            due = case.now + timedelta(days=settings["search_days"])
            return Effect(ReceiptState.UNDER_WAY, due=due, details={**details, "stage": _SEARCHED})
        if verdict.by_person:
            return Effect(
                ReceiptState.AWAITING_APPROVAL,
                refund=verdict.refund,
                holds_line=case.line is not None,
                due=case.now + timedelta(hours=settings["approve_hours"]),
                details=details,
            )
        return await self._pay(verdict.refund, details, case, connection)

    async def approve(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> Effect:
        """See `ApprovalHandler.approve`."""
        details = {**receipt.details, "state_before": case.order.state.value}
        return await self._pay(receipt.refund, details, case, connection)

    async def _pay(
        self, amount: int, details: Mapping[str, str], case: Case, connection: AsyncConnection
    ) -> Effect:
        """The money is promised; an order that is paid back as a whole is closed."""
        if case.line is None:
            closed = sa.update(orders).where(orders.c.id == case.order.id)
            await connection.execute(closed.values(state=OrderState.CLOSED.value))
        return Effect(
            ReceiptState.UNDER_WAY,
            refund=amount,
            holds_line=case.line is not None,
            due=case.now + timedelta(days=case.rules.settings["refund_days"]),
            details=details,
        )

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """See `Handler.withdrawal`: until the money should have come."""
        return "" if receipt.due is None or case.now < receipt.due else "money_out"

    async def withdraw(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> None:
        """An order that was closed for it is open again; what only waits has closed none."""
        closed = receipt.state is ReceiptState.UNDER_WAY and receipt.refund and not receipt.line_id
        if closed and case.order.state is OrderState.CLOSED:
            restored = sa.update(orders).where(orders.c.id == receipt.order_id)
            await connection.execute(restored.values(state=receipt.details["state_before"]))


def _with_ways(verdict: Verdict, case: Case) -> Verdict:
    """The verdict with what would settle it, for people."""
    line, sku = case.line, case.sku
    in_stock = line is not None and sku is not None and sku.stock >= line.quantity
    means = Means(in_stock=in_stock, missing=case.refundable)
    found = proposals(Trouble.NOT_RECEIVED, means, history_of(case))
    return replace(verdict, proposals=found)


def apart(order: Order) -> bool:
    """Whether its goods do not all travel together, so that one of them must be named."""
    ways = {
        (line.parcel_id, line.shipped_at is None, line.signed_at is None) for line in order.lines
    }
    return len(ways) > 1


def searching(receipt: Receipt) -> bool:
    """Whether that receipt is of a parcel looked for, and of no money yet."""
    return receipt.details.get("stage") == _SEARCHED


def _search(case: Case) -> Receipt | None:
    """The newest search for what is meant."""
    lines = {"", case.line.id if case.line else ""}
    return next((one for one in case.earlier if searching(one) and one.line_id in lines), None)


def _paid_lately(case: Case) -> int:
    """How often within a year this customer was paid without anything coming back."""
    return sum(
        one.kind == RefundRequest.kind
        and one.refund > 0
        and one.state not in DEAD_STATES
        and case.now - one.created_at < _YEAR
        for one in case.history
    )
