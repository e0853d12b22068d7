"""Trouble with paying: what the order's own record says, and a look at the payments by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import Obstacle
from shop.operations.approvals import ApprovalHandler
from shop.operations.dates import yuan
from shop.operations.handler import Case, Effect, Rules
from shop.operations.types import Ground, Operation, Receipt, ReceiptState, Verdict
from shop.types import Order, OrderState


class PaymentTrouble(str, Enum):
    """What happened."""

    FAILED = "failed"  # it could not be paid
    CHARGED = "charged"  # money is gone, the order says it is not paid
    DOUBLE = "double"  # money is gone twice


@dataclass(frozen=True)
class PaymentCheck(Operation):
    """`trouble` is None while it is not told."""

    kind = "payment_check"

    trouble: PaymentTrouble | None = None


class PaymentCheckHandler(ApprovalHandler[PaymentCheck]):
    """What went wrong without money is explained; where money is missing a person looks."""

    kind = PaymentCheck.kind
    settings = frozenset({"pay_hours", "settle_minutes", "back_days", "check_hours"})
    sentences = frozenset(
        {
            *("failed", "failed_late", "failed_closed", "paid", "settling", "charged"),
            *("charged_closed", "double", "already", "found", "what"),
            *("other_way", "other_limit", "other_person", "order_again"),
        }
    )
    places = frozenset({"amount", "time", "hours", "minutes", "days", "number", "deadline"})

    def judge(self, operation: PaymentCheck, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, trouble = case.rules, operation.trouble
        before = case.before(self.kind)
        if before is not None and before.state is ReceiptState.AWAITING_APPROVAL:
            hours = rules.settings["check_hours"]
            return Verdict(False, rules.say("already", number=before.number, hours=hours))
        if before is not None:
            days = rules.settings["back_days"]
            return Verdict(False, rules.say("found", number=before.number, days=days))
        if trouble is None:
            return Verdict(True, rules.say("what"))
        if trouble is PaymentTrouble.DOUBLE:
            return self._by_person("double", case)
        if case.order.paid_at is not None:
            paid = rules.say("paid", amount=yuan(case.order.paid), time=_clock(case))
            return Verdict(False, paid, ways=("order_status",))
        if trouble is PaymentTrouble.FAILED:
            return self._failed(case)
        if case.order.state is OrderState.CLOSED:
            return self._by_person("charged_closed", case)
        minutes = rules.settings["settle_minutes"]
        if case.now < case.order.created_at + timedelta(minutes=minutes):
            return Verdict(False, rules.say("settling", minutes=minutes))
        return self._by_person("charged", case)

    def _failed(self, case: Case) -> Verdict:
        rules = case.rules
        deadline = case.order.created_at + timedelta(hours=rules.settings["pay_hours"])
        if case.order.state is OrderState.CLOSED or case.now > deadline:
            closed = case.order.state is OrderState.CLOSED
            words = rules.say("failed_closed" if closed else "failed_late")
            return Verdict(False, words, alternatives=(rules.say("order_again"),))
        until = f"{deadline.astimezone(case.zone):%-m月%-d日 %H:%M}"
        words = rules.say("failed", amount=yuan(case.order.paid), deadline=until)
        others = tuple(rules.say(name) for name in ("other_way", "other_limit", "other_person"))
        return Verdict(False, words, alternatives=others, ways=("order_status",))

    def _by_person(self, sentence: str, case: Case) -> Verdict:
        settings = case.rules.settings
        words = case.rules.say(
            sentence,
            amount=yuan(case.order.paid),
            days=settings["back_days"],
            hours=settings["check_hours"],
        )
        return Verdict(True, words, grounds=(Ground.PAYMENTS,))

    async def apply(
        self, operation: PaymentCheck, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Leave it to a person; nothing is promised back before the payments were compared."""
        trouble = operation.trouble.value if operation.trouble else ""
        return Effect(
            ReceiptState.AWAITING_APPROVAL,
            due=case.now + timedelta(hours=case.rules.settings["check_hours"]),
            details={"trouble": trouble, "amount": str(case.order.paid)},
        )

    async def approve(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> Effect:
        """The money was found and goes back; it was never the order's."""
        due = case.now + timedelta(days=case.rules.settings["back_days"])
        return Effect(ReceiptState.UNDER_WAY, due=due, details=receipt.details)

    def obstacle(self, receipt: Receipt, case: Case) -> Obstacle | None:
        """See `ApprovalHandler.obstacle`: what became of the order does not matter."""
        return None

    def amount(self, receipt: Receipt, order: Order) -> int:
        """See `ApprovalHandler.amount`."""
        return int(receipt.details["amount"])

    def told(self, receipt: Receipt, rules: Rules) -> tuple[str, Mapping[str, object]]:
        """See `ApprovalHandler.told`."""
        return "payment", {}


def _clock(case: Case) -> str:
    paid_at = case.order.paid_at or case.order.created_at
    return f"{paid_at.astimezone(case.zone):%-m月%-d日 %H:%M}"
