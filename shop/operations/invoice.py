"""An electronic invoice for an order, and another one in its place when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed
from shop.operations.handler import Case, Effect, Handler
from shop.operations.tax_numbers import tax_number
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.operations.working_days import after_working_days
from shop.schema import operations
from shop.types import OrderState

_NOT_YET = (OrderState.PAID, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED)
# Only enterprises must give a number (国家税务总局公告2017年第16号); schools and hospitals may
# have none.
_ENTERPRISE = re.compile(
    r"公司|集团|[厂店铺]$|商行|商贸|工作室|合伙|合作社|个体|事务所|超市|经营部|门市部"
)


class Buyer(str, Enum):
    """Whose name is on an invoice."""

    PERSONAL = "personal"
    COMPANY = "company"  # any organisation


def needs_number(title: str) -> bool:
    """Whether an organisation of that name must give its tax number."""
    return _ENTERPRISE.search(title) is not None


@dataclass(frozen=True)
class IssueInvoice(Operation):
    """An invoice over what was paid for the order.

    `buyer`, `title` and `number` (the tax number; empty for people and for organisations without
    one) are None while not told yet. `email` is where it is sent; empty: to be fetched in the
    order.
    """

    kind = "invoice"

    buyer: Buyer | None = None
    title: str | None = None
    number: str | None = None
    email: str = ""

    @property
    def told(self) -> bool:
        """Whether all of it has been told."""
        return bool(self.buyer and self.title) and self.number is not None


class InvoiceHandler(Handler[IssueInvoice]):
    """Received orders within the window; one invoice at a time stands for an order."""

    kind = IssueInvoice.kind
    settings = frozenset({"window_days", "reissue_days", "reissues", "issue_working_days"})
    sentences = frozenset(
        {
            *("first", "again", "unpaid", "closed", "not_received", "ask_when_received", "nothing"),
            *("window_over", "same", "reissued_often", "reissue_over", "ask_a_person"),
            *("number_wrong", "number_missing", "incomplete"),
        }
    )
    places = frozenset({"days", "title", "number", "times", "working_days"})

    def judge(self, operation: IssueInvoice, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, state = case.rules, case.order.state
        if state is OrderState.AWAITING_PAYMENT:
            return Verdict(False, rules.say("unpaid"), ways=("payment_issue",))
        if state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if state in _NOT_YET:
            later = rules.say("ask_when_received")
            return Verdict(
                False, rules.say("not_received"), alternatives=(later,), ways=("track_logistics",)
            )
        if invoiced(case) <= 0:
            return Verdict(False, rules.say("nothing"))
        before = case.before(self.kind)
        if before is None:
            return self._first(operation, case)
        return self._again(operation, case, before)

    def _first(self, operation: IssueInvoice, case: Case) -> Verdict:
        rules, days = case.rules, case.rules.settings["window_days"]
        received = case.order.signed_at or case.order.created_at
        if case.today > received.astimezone(case.zone).date() + timedelta(days=days):
            over = rules.say("window_over", days=days)
            return Verdict(False, over, alternatives=(rules.say("ask_a_person"),))
        first = self._when("first", case)
        return self._number(operation, case) or Verdict(True, first, facts=_sent_to(operation))

    def _again(self, operation: IssueInvoice, case: Case, before: Receipt) -> Verdict:
        """The same is not issued twice; what differs takes the place of the first."""
        rules, settings = case.rules, case.rules.settings
        if operation.told and _details(operation, case).items() <= before.details.items():
            title = operation.title
            return Verdict(False, rules.say("same", title=title, number=before.number))
        replaced = sum(receipt.kind == self.kind for receipt in case.earlier) - 1
        by_person = (rules.say("ask_a_person"),)
        if replaced >= settings["reissues"]:
            often = rules.say("reissued_often", times=settings["reissues"])
            return Verdict(False, often, alternatives=by_person)
        issued = before.created_at.astimezone(case.zone).date()
        if case.today > issued + timedelta(days=settings["reissue_days"]):
            over = rules.say("reissue_over", days=settings["reissue_days"])
            return Verdict(False, over, alternatives=by_person)
        again = self._when("again", case, title=before.details["title"])
        return self._number(operation, case) or Verdict(True, again, facts=_sent_to(operation))

    def _number(self, operation: IssueInvoice, case: Case) -> Verdict | None:
        """What is wrong with the tax number; None: nothing, or it was not told yet."""
        title, number = operation.title or "", operation.number
        if operation.buyer is not Buyer.COMPANY or number is None:
            return None
        if number and tax_number(number) != number:
            return Verdict(False, case.rules.say("number_wrong"))
        if not number and needs_number(title):
            return Verdict(False, case.rules.say("number_missing"))
        return None

    def _when(self, sentence: str, case: Case, **words: object) -> str:
        days = case.rules.settings["issue_working_days"]
        return case.rules.say(sentence, working_days=days, **words)

    async def apply(
        self, operation: IssueInvoice, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Withdraw the invoice that it replaces.

        Raises:
            NotAllowed: buyer, title or number was not told.
        """
        if not operation.told:
            raise NotAllowed(case.rules.say("incomplete"))
        before = case.before(self.kind)
        details = _details(operation, case)
        if before is not None:
            withdrawn = sa.update(operations).where(operations.c.number == before.number)
            await connection.execute(withdrawn.values(state=ReceiptState.WITHDRAWN.value))
            details = {**details, "replaces": before.number}
        days = case.rules.settings["issue_working_days"]
        return Effect(
            ReceiptState.UNDER_WAY,
            due=after_working_days(case.now, days, case.zone),
            details=details,
        )

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        if settings["issue_working_days"] < 1:
            raise ValueError("issue_working_days: at least 1")


def invoiced(case: Case) -> int:
    """What the invoice is over, in fen: paid, shipping included, less what was promised back."""
    return max(0, case.order.paid - case.order.refunded)


def _sent_to(operation: IssueInvoice) -> tuple[tuple[str, str], ...]:
    """The row that says where it is sent, so that its owner knows it again and nobody else."""
    if not operation.email:
        return ()
    name, _, host = operation.email.partition("@")
    return (("invoice_email", f"{name[0]}***@{host}"),)


def _details(operation: IssueInvoice, case: Case) -> Mapping[str, str]:
    return {
        "buyer": operation.buyer.value if operation.buyer else "",
        "title": operation.title or "",
        "tax_number": operation.number or "",
        "email": operation.email,
        "amount": str(invoiced(case)),
    }
