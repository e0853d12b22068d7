"""What waits for a person: when it may be agreed to, what that does, what the shopper is told."""

from __future__ import annotations

import string
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import Obstacle
from shop.operations.dates import plain_date, yuan
from shop.operations.handler import Case, Effect, Handler, Rules
from shop.operations.types import Operation, Receipt
from shop.types import Order, OrderState

_SENTENCES = frozenset(
    {
        *("approved_refund", "approved_reship", "approved_exchange", "approved_coupon"),
        *("approved_cash", "approved_payment", "why"),
        *("refused_refund_request", "refused_wrong_or_missing_item", "refused_quality_complaint"),
        *("refused_compensation", "refused_payment_check"),
    }
)
_PLACES = frozenset({"amount", "due", "number", "days", "send_to", "why", "reason"})
_STOPS = "。．.！!；;，, \n"
O_contra = TypeVar("O_contra", bound=Operation, contravariant=True)


@dataclass(frozen=True)
class ApprovalRules:
    """The part `approvals` of `data/knowledge/policies.yml`.

    `agent_limit`, in fen, is up to what agents decide; above it their seniors do. `sentences` are
    what the shopper is told of a decision.
    """

    agent_limit: int
    sentences: Mapping[str, str]


class ApprovalHandler(Handler[O_contra]):
    """A kind of operation whose receipts may wait for a person.

    The cases given here are read as if the receipt did not exist: what it holds itself is free.
    """

    @abstractmethod
    async def approve(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> Effect:
        """Do what `apply` does when nobody has to agree, in the transaction of the decision."""

    def obstacle(self, receipt: Receipt, case: Case) -> Obstacle | None:
        """What keeps it from being agreed to now, None: nothing."""
        if case.line is not None and case.line.returned:
            return Obstacle.LINE_GONE
        if receipt.refund > case.refundable:
            return Obstacle.TOO_MUCH
        return Obstacle.CLOSED if case.order.state is OrderState.CLOSED else None

    def amount(self, receipt: Receipt, order: Order) -> int:
        """What agreeing is worth to the shopper, in fen."""
        return receipt.refund

    def told(self, receipt: Receipt, rules: Rules) -> tuple[str, Mapping[str, object]]:
        """The sentence of `approvals` for what was agreed to (`approved_…`), and its own places."""
        return "refund", {}


def words(receipt: Receipt, handler: ApprovalHandler[Any], case: Case, rules: ApprovalRules) -> str:
    """What the shopper is told of the decision on that receipt."""
    decision = receipt.decision
    if decision is None:
        raise ValueError(f"{receipt.number} has not been decided")
    name, places = f"refused_{receipt.kind}", {}
    if decision.approved:
        outcome, given = handler.told(receipt, case.rules)
        name, places = f"approved_{outcome}", dict(given)
    due = receipt.due.astimezone(case.zone).date() if receipt.due else None
    return rules.sentences[name].format(
        **{
            "number": receipt.number,
            "amount": yuan(handler.amount(receipt, case.order)),
            "due": plain_date(due, case.today) if due else "",
            "why": rules.sentences["why"].format(reason=decision.reason) if decision.reason else "",
            **places,
        }
    )


def plain_reason(text: str) -> str:
    """A reason as it stands inside a sentence: without blanks around and stops at its end."""
    return text.strip().rstrip(_STOPS)


def read_approvals(data: Mapping[str, Any]) -> ApprovalRules:
    """The part `approvals` of the policies.

    Raises:
        ValueError, TypeError, KeyError: something is missing or unknown, or makes no sense.
    """
    limit, sentences = data["agent_limit"], data["sentences"]
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise ValueError(f"approvals.agent_limit: {limit!r} is no amount in fen")
    if odd := set(sentences) ^ _SENTENCES:
        raise ValueError(f"approvals.sentences: missing or unknown: {', '.join(sorted(odd))}")
    for name, text in sentences.items():
        places = {place for _, place, _, _ in string.Formatter().parse(text) if place is not None}
        if places - _PLACES:
            unknown = sorted(places - _PLACES)
            raise ValueError(f"approvals.sentences.{name}: unknown words {unknown} in {{}}")
    return ApprovalRules(agent_limit=limit, sentences=dict(sentences))
