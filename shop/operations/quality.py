"""Bad goods that are kept for part of the money; the other ways are operations of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.approvals import ApprovalHandler
from shop.operations.dates import yuan
from shop.operations.handler import Case, Effect
from shop.operations.history import history_of
from shop.operations.types import Ground, Operation, Photo, Receipt, ReceiptState, Verdict
from shop.solutions import Means, Trouble, Way, proposals
from shop.types import OrderState, ReturnReason


@dataclass(frozen=True)
class QualityComplaint(Operation):
    """`fault` are the shopper's words, `solution` PARTIAL_REFUND or None while it is not chosen."""

    kind = "quality_complaint"

    fault: str = ""
    solution: Way | None = None
    photo: str = ""
    damaged: bool = False  # it arrived broken


class QualityHandler(ApprovalHandler[QualityComplaint]):
    """Tells what would settle it, best first, and carries out the part that is kept and paid."""

    kind = QualityComplaint.kind
    settings = frozenset({"percent", "limit", "photo_from", "refund_days", "approve_hours", "kept"})
    sentences = frozenset(
        {
            *("open", "unshipped", "on_the_way", "line_gone", "closed", "late", "gift"),
            *("partial", "approval"),
        }
    )
    places = frozenset({"label", "amount", "days", "rule", "hours"})

    def judge(self, operation: QualityComplaint, case: Case) -> Verdict:
        """See `Handler.judge`."""
        if (refusal := self._refused(case)) is not None:
            return refusal
        rules, line, settings = case.rules, case.line, case.rules.settings
        if line is None:
            return Verdict(True, "")
        window = case.returns[_reason(operation)]
        partial = min(line.paid * settings["percent"] // 100, case.refundable)
        means = Means(
            in_stock=case.sku is not None and case.sku.stock >= line.quantity,
            back=window.refund if window.allowed else 0,
            partial=partial if window.allowed else 0,
            warranty_until=case.warranty_until,
            sent_back=line.category not in settings["kept"],
        )
        trouble = Trouble.DAMAGED if operation.damaged else Trouble.QUALITY
        found = proposals(trouble, means, history_of(case))
        if len(found) == 1:
            late = rules.say("late", rule=window.rule)
            return Verdict(False, late, alternatives=window.alternatives, proposals=found)
        dear = operation.solution is not None and line.paid >= settings["photo_from"]
        wanted = Photo.REQUIRED if dear else Photo.WELCOME
        verdict = Verdict(True, rules.say("open", label=line.label), photo=wanted, proposals=found)
        if operation.solution is None:
            return verdict
        if not means.partial:
            late = rules.say("late", rule=window.rule)
            return Verdict(False, late, alternatives=window.alternatives, proposals=found)
        limit = settings["limit"]
        grounds = (Ground.OVER_LIMIT,) if partial > limit else ()
        amount, days = yuan(partial), settings["refund_days"]
        rule = rules.say("partial", label=line.label, amount=amount, days=days)
        if grounds:
            rule += rules.say("approval", hours=settings["approve_hours"])
        return replace(verdict, rule=rule, refund=partial, grounds=grounds, limit=limit)

    def _refused(self, case: Case) -> Verdict | None:
        rules, line = case.rules, case.line
        if case.order.state in (OrderState.AWAITING_PAYMENT, OrderState.PAID):
            return Verdict(False, rules.say("unshipped"))
        if case.order.state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if line is None:
            return None
        if line.returned:
            gone = rules.say("line_gone", label=line.label)
            return Verdict(False, gone, ways=("after_sales_status",))
        if case.received_on is None:
            coming = rules.say("on_the_way", label=line.label)
            return Verdict(False, coming, ways=("track_logistics",))
        return Verdict(False, rules.say("gift", label=line.label)) if line.gift else None

    async def apply(
        self,
        operation: QualityComplaint,
        case: Case,
        verdict: Verdict,
        connection: AsyncConnection,
    ) -> Effect:
        """Promise the part of the money, or ask a person for it."""
        details = {
            "reason": _reason(operation).value,
            "fault": operation.fault,
            "photo": operation.photo,
        }
        if verdict.by_person:
            return Effect(
                ReceiptState.AWAITING_APPROVAL,
                refund=verdict.refund,
                holds_line=True,
                due=case.now + timedelta(hours=case.rules.settings["approve_hours"]),
                details=details,
            )
        return self._pay(verdict.refund, details, case)

    async def approve(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> Effect:
        """See `ApprovalHandler.approve`."""
        return self._pay(receipt.refund, receipt.details, case)

    def _pay(self, amount: int, details: Mapping[str, str], case: Case) -> Effect:
        return Effect(
            ReceiptState.UNDER_WAY,
            refund=amount,
            holds_line=True,
            due=case.now + timedelta(days=case.rules.settings["refund_days"]),
            details=details,
        )

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """See `Handler.withdrawal`: until the money should have come."""
        return "" if receipt.due is None or case.now < receipt.due else "money_out"


def _reason(operation: QualityComplaint) -> ReturnReason:
    return ReturnReason.DAMAGED if operation.damaged else ReturnReason.QUALITY
