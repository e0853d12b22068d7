"""Cancelling what has not been shipped: the order, or one line of an order shipped in parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.handler import Case, Effect, Handler
from shop.operations.stock import hold
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.schema import orders, skus
from shop.types import OrderLine, OrderState


@dataclass(frozen=True)
class CancelOrder(Operation):
    """Stop it before it goes out; what was paid comes back."""

    kind = "cancel_order"


class CancelHandler(Handler[CancelOrder]):
    """Only goods that have not left the warehouse can be stopped."""

    kind = CancelOrder.kind
    settings = frozenset({"refund_days"})
    sentences = frozenset(
        {
            *("unpaid", "unshipped", "line", "shipped", "line_shipped", "partly", "received"),
            *("closed", "line_gone", "refuse_parcel"),
        }
    )
    places = frozenset({"days", "label"})

    def judge(self, operation: CancelOrder, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, state = case.rules, case.order.state
        if state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if state is OrderState.AWAITING_PAYMENT:
            return Verdict(True, rules.say("unpaid"))
        if state in (OrderState.SIGNED, OrderState.FINISHED):
            return Verdict(False, rules.say("received"), ways=("return_request",))
        if state is OrderState.SHIPPED:
            return self._gone("shipped", case)
        days = case.rules.settings["refund_days"]
        if state is OrderState.PAID and case.line is None:
            return self._stops("unshipped", case, days)
        line = case.line
        if line is None:
            waiting = "、".join(one.label for one in case.order.lines if one.shipped_at is None)
            return Verdict(False, rules.say("partly", label=waiting), ways=("track_logistics",))
        if line.returned:
            return Verdict(False, rules.say("line_gone", label=line.label))
        if line.shipped_at is not None:
            return self._gone("line_shipped", case)
        return self._stops("line", case, days)

    def _gone(self, sentence: str, case: Case) -> Verdict:
        label = case.line.label if case.line else ""
        return Verdict(
            False,
            case.rules.say(sentence, label=label),
            alternatives=(case.rules.say("refuse_parcel"),),
            ways=("track_logistics",),
        )

    def _stops(self, sentence: str, case: Case, days: int) -> Verdict:
        label = case.line.label if case.line else ""
        rule = case.rules.say(sentence, days=days, label=label)
        return Verdict(True, rule, refund=case.refundable)

    async def apply(
        self, operation: CancelOrder, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Close the order (or the line), give the goods back to the stock."""
        stopped = (case.line,) if case.line else case.order.lines
        for line in stopped:
            await connection.execute(_restocked(line))
        if case.line is None:
            closed = sa.update(orders).where(orders.c.id == operation.order_id)
            await connection.execute(closed.values(state=OrderState.CLOSED.value))
        if not verdict.refund:
            return Effect(ReceiptState.DONE)
        days = case.rules.settings["refund_days"]
        return Effect(
            ReceiptState.UNDER_WAY,
            refund=verdict.refund,
            holds_line=case.line is not None,
            due=case.now + timedelta(days=days),
            details={"state_before": case.order.state.value},
        )

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """See `Handler.withdrawal`: the money must still be here, and so must the goods."""
        if receipt.due is not None and receipt.due <= case.now:
            return "money_out"
        wanted: Counter[str] = Counter()
        for line in _lines_of(receipt, case):
            wanted[line.sku_id] += line.quantity
        enough = all(case.stock.get(sku, 0) >= count for sku, count in wanted.items())
        return "" if enough else "sold_out"

    async def withdraw(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> None:
        """The goods are kept for the order again, which is what it was before."""
        for line in sorted(_lines_of(receipt, case), key=lambda line: line.sku_id):
            refusal = case.rules.say("sold_out", label=line.label)
            await hold(connection, line.sku_id, line.quantity, refusal=refusal)
        if not receipt.line_id:
            restored = sa.update(orders).where(orders.c.id == receipt.order_id)
            await connection.execute(restored.values(state=receipt.details["state_before"]))


def _lines_of(receipt: Receipt, case: Case) -> Sequence[OrderLine]:
    return [line for line in case.order.lines if receipt.line_id in ("", line.id)]


def _restocked(line: OrderLine) -> Any:
    return (
        sa.update(skus).where(skus.c.id == line.sku_id).values(stock=skus.c.stock + line.quantity)
    )
