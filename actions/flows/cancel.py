"""Cancelling what has not been shipped."""

from __future__ import annotations

import re

from actions.base import Services
from actions.flows.flow import Draft, Flow, Subject
from actions.flows.reading import agreeing
from actions.turn import Turn
from shop.operations.cancel import CancelOrder
from shop.types import OrderState


class CancelFlow(Flow[CancelOrder]):
    """取消订单: the whole order; of one shipped in parts, the line that has not gone out."""

    name = "cancel_order"
    starting = frozenset({"cancel_order"})
    agrees = agreeing("(?:不要了?|不想要了?)*取消(?:订单|掉)?|不要|退款?")
    gives_up = re.compile(
        r"(?:不|别)(?:用|想|要)?[取退](?:消|了)|(?:不|别)[办弄搞]了|没说要?(?:退|取消)|算了|还是(?:要(?!办|取消|退)|留)|留着|取消.{0,2}(?:错|掉这个申请)"
    )

    def operation(self, draft: Draft) -> CancelOrder:
        """See `Flow.operation`."""
        line = draft.subject.line
        return CancelOrder(draft.subject.order.id, line.id if line else "")

    async def meant(self, subject: Subject, turn: Turn, services: Services) -> Subject:
        """See `Flow.meant`: an order is stopped as a whole unless a part of it has gone out."""
        order, line = subject.order, subject.line
        if order.state is not OrderState.PARTLY_SHIPPED:
            return Subject(subject.customer_id, order)
        waiting = [one for one in order.lines if one.shipped_at is None and not one.returned]
        if line is None and len(waiting) == 1:
            line = waiting[0]
        return Subject(subject.customer_id, order, line)
