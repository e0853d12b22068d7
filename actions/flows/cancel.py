"""Cancelling what has not been shipped."""

from __future__ import annotations

import re

from actions.base import Services
from actions.flows.flow import Draft, Flow, Subject
from actions.flows.reading import agreeing
from actions.needs import Need
from actions.turn import Turn
from shop.operations.cancel import CancelOrder
from shop.types import OrderState

_EXTRA = r"(?:发票|专票|普票|赠品|贺卡|礼盒|礼品袋|运费险)"
# 算了发票不要了: what came with the order is not wanted, the order is.
_ONLY_AN_EXTRA = re.compile(
    rf"{_EXTRA}[^,，。\s]{{0,4}}不(?:要|用|开|需要)|不(?:要|用|开|需要)[^,，。\s]{{0,2}}{_EXTRA}"
)


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

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """See `Flow.instead`: no invoice is no order cancelled."""
        if turn.clicked or "取消" in turn.text or not _ONLY_AN_EXTRA.search(turn.text):
            return None
        return Need("action_deny", turn.as_intent("deny"))

    async def meant(self, subject: Subject, turn: Turn, services: Services) -> Subject:
        """See `Flow.meant`: an order is stopped as a whole unless a part of it has gone out."""
        order, line = subject.order, subject.line
        if order.state is not OrderState.PARTLY_SHIPPED:
            return Subject(subject.customer_id, order)
        waiting = [one for one in order.lines if one.shipped_at is None and not one.returned]
        if line is None and len(waiting) == 1:
            line = waiting[0]
        return Subject(subject.customer_id, order, line)
