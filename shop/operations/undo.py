"""Taking back what was asked for: a cancellation, a return, an exchange, a refund."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed
from shop.operations.dates import yuan
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.rows import return_of
from shop.schema import operations, returns, skus
from shop.types import OrderState, Return, ReturnState

RETURN = "return_request"
"""The kind of a return among what can be taken back."""

_OPEN = (ReceiptState.UNDER_WAY, ReceiptState.AWAITING_APPROVAL)
_RETURN_OPEN = (ReturnState.APPLIED, ReturnState.AWAITING_PARCEL)
_RETURN_GONE = (ReturnState.IN_TRANSIT, ReturnState.RECEIVED)
_URGED = "urge_delivery"
# Not asked of anybody: done at once, or only a word to the warehouse.
_NEVER = frozenset({"undo_request", _URGED})


@dataclass(frozen=True)
class UndoRequest(Operation):
    """`number` is the receipt's or the return's; empty: not told yet.

    With a line only what concerns it is taken back.
    """

    kind = "undo_request"

    number: str = ""


@dataclass(frozen=True)
class Request:
    """Something under way that may be taken back; `refund` in fen is what it would give back."""

    number: str
    kind: str
    order_id: str
    line_id: str
    refund: int
    at: datetime


def requests_in(receipts: Iterable[Receipt], returned: Iterable[Return]) -> Sequence[Request]:
    """What is under way, newest first."""
    found = [
        Request(one.number, one.kind, one.order_id, one.line_id, one.refund, one.created_at)
        for one in receipts
        if one.state in _OPEN and one.kind not in _NEVER
    ]
    found += [
        Request(one.number, RETURN, one.order_id, one.line_id, one.refund, one.created_at)
        for one in returned
        if one.state in _RETURN_OPEN
    ]
    return sorted(found, key=lambda request: request.at, reverse=True)


def of_line(requests: Sequence[Request], line_id: str) -> Sequence[Request]:
    """Those that concern that line; all of them when none is named."""
    return [one for one in requests if not line_id or one.line_id in ("", line_id)]


class UndoHandler(Handler[UndoRequest]):
    """A request can be taken back as long as nothing has left the house for it.

    Args:
        others: the kinds of operations that may be taken back; each tells whether it can.
    """

    kind = UndoRequest.kind
    sentences = frozenset(
        {
            *("restore", "withdraw", "return_open", "nothing", "closed", "return_sent"),
            *("urged", "money_out", "sold_out", "final", "buy_anew"),
        }
    )
    places = frozenset({"label", "number"})

    def __init__(self, others: Mapping[str, Handler[Any]]) -> None:
        self._others = others

    async def look(
        self, operation: UndoRequest, case: Case, connection: AsyncConnection, *, writing: bool
    ) -> Case:
        """The order's returns, and what is left of its goods."""
        rows = await connection.execute(
            sa.select(returns).where(
                returns.c.order_id == case.order.id,
                returns.c.customer_id == case.order.customer_id,
            )
        )
        bought = [line.sku_id for line in case.order.lines]
        left = await connection.execute(
            sa.select(skus.c.id, skus.c.stock).where(skus.c.id.in_(bought))
        )
        return replace(
            case,
            open_returns=tuple(return_of(row) for row in rows),
            stock={row.id: row.stock for row in left},
        )

    def judge(self, operation: UndoRequest, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules = case.rules
        open_ones = of_line(requests_in(case.earlier, case.open_returns), operation.line_id)
        if not operation.number:
            return Verdict(True, "") if open_ones else self._nothing(operation, case)
        request = next((one for one in open_ones if one.number == operation.number), None)
        if request is None:
            return self._nothing(operation, case)
        facts = [("withdrawn", request.number)]
        if request.refund:
            facts.append(("not_back", yuan(request.refund)))
        if request.kind == RETURN:
            return Verdict(True, rules.say("return_open"), facts=tuple(facts))
        receipt = next(one for one in case.earlier if one.number == request.number)
        obstacle = self._others[receipt.kind].withdrawal(receipt, case)
        if obstacle:
            lines = (one.label for one in case.order.lines if receipt.line_id in ("", one.id))
            refusal = rules.say(obstacle, label="、".join(lines), number=receipt.number)
            others = (rules.say("buy_anew"),) if obstacle == "sold_out" else ()
            return Verdict(False, refusal, alternatives=others, ways=("after_sales_status",))
        sentence = "restore" if receipt.kind == "cancel_order" else "withdraw"
        return Verdict(True, rules.say(sentence), facts=tuple(facts))

    def _nothing(self, operation: UndoRequest, case: Case) -> Verdict:
        gone = [one for one in case.open_returns if one.state in _RETURN_GONE]
        if any(operation.line_id in ("", one.line_id) for one in gone):
            refusal = case.rules.say("return_sent")
            return Verdict(False, refusal, ways=("after_sales_status",))
        if case.order.state is OrderState.CLOSED:
            return Verdict(False, case.rules.say("closed"))
        urged = any(one.kind == _URGED for one in case.earlier)
        return Verdict(False, case.rules.say("urged" if urged else "nothing"))

    async def apply(
        self,
        operation: UndoRequest,
        case: Case,
        verdict: Verdict,
        connection: AsyncConnection,
    ) -> Effect:
        """What it had done is taken back with it; its money and its line are free again."""
        open_ones = requests_in(case.earlier, case.open_returns)
        request = next((one for one in open_ones if one.number == operation.number), None)
        if request is None:
            raise NotAllowed(case.rules.say("nothing"))
        if request.kind == RETURN:
            states = [state.value for state in _RETURN_OPEN]
            update = (
                sa.update(returns)
                .where(returns.c.number == request.number, returns.c.state.in_(states))
                .values(state=ReturnState.CANCELLED.value)
            )
        else:
            receipt = next(one for one in case.earlier if one.number == request.number)
            await self._others[receipt.kind].withdraw(receipt, case, connection)
            states = [state.value for state in _OPEN]
            update = (
                sa.update(operations)
                .where(operations.c.number == request.number, operations.c.state.in_(states))
                .values(state=ReceiptState.WITHDRAWN.value)
            )
        if not (await connection.execute(update)).rowcount:
            raise NotAllowed(case.rules.say("final", number=request.number))
        details = {"withdrawn": request.number, "kind": request.kind}
        return Effect(ReceiptState.DONE, details=details)
