"""Cancelling what has not been shipped: the order, or one line of an order shipped in parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, ReceiptState, Verdict
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


def _restocked(line: OrderLine) -> Any:
    return (
        sa.update(skus).where(skus.c.id == line.sku_id).values(stock=skus.c.stock + line.quantity)
    )
