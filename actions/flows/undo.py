"""Taking back what was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.base import Services
from actions.flows.flow import Draft, Flow, Step, Subject, Told
from actions.flows.reading import agreeing
from actions.formatting import money
from actions.needs import Need
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice
from shop.operations.undo import RETURN, Request, UndoRequest, of_line, requests_in

_INTENT = "undo_request"
_CHOICES = 4
_OF_AN_ORDER = frozenset({"product", "category", "order_number", "order_line", "waybill"})
_STOPPED = frozenset({"cancel_order", "refund_request", "return_request", "exchange_request"})
_NOT_WANTED = re.compile(
    r"(?:不想?要|不想?买|不等)了?[^别撤消错恢]{0,6}退(?:[款钱货]|给我|我|了?吧)(?![^,，]{0,4}(?:撤|取消|点错|不))"
)
_CALLED_OFF = re.compile(
    r"(?:订单|单子|这单|那单)[^,，。]{0,6}撤|撤(?:掉|了|销)?(?:订单|单子|这单|那单|[^,，。]{0,10}(?:订单|单子))"
    r"|(?:不|别)[用要]?[寄发](?!票).{0,8}撤"
)
# What is to be taken back, by the words for it; 恢复订单 takes back a cancellation.
_KINDS = (
    ("cancel_order", re.compile(r"取消|恢复|订单|继续发|还要|照常发")),
    (RETURN, re.compile(r"退货|不(?:用|想|要)?退了|退回")),
    ("exchange_request", re.compile(r"换货|不换了")),
    ("refund_request", re.compile(r"退款|不(?:用|想|要)?退了")),
)


class RequestStep(Step):
    """What is taken back; asked only when several of the order are under way."""

    slot = "flow_request"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`; the only one need not be named."""
        found = await _requests(draft.subject, services)
        clicked = turn.first(self.slot)
        if clicked is not None:
            return Told(clicked) if clicked in {one.number for one in found} else None
        if len(found) == 1:
            return Told(found[0].number)
        named = _named(turn.text, found) if not turn.clicked else []
        return Told(named[0].number) if len(named) == 1 else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        labels = reply.phrases.group("flow")
        return [
            Choice(
                " ".join((labels.get(one.kind, one.kind), money(one.refund), one.number)),
                payload(_INTENT, **{self.slot: one.number}),
            )
            for one in (await _requests(draft.subject, services))[:_CHOICES]
        ]


class UndoFlow(Flow[UndoRequest]):
    """撤销: of the newest request when none is named."""

    name = "undo_request"
    starting = frozenset({_INTENT})
    agrees = agreeing("撤销|撤回|撤掉?|恢复|不(?:想|要)?[退换]|不(?:想|要)?取消")
    steps = (RequestStep(),)
    yields = False  # 还是退吧 gives it up
    gives_up = re.compile(
        r"(?:不|别)(?:用|想|要)?(?:撤[销回]?|恢复)|算了|还是(?:取消|要?退|要?换)|不[办弄]了"
    )

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """The order of the newest request that fits the words; with none, the newest order."""
        if any(entity.name in _OF_AN_ORDER for entity in turn.entities):
            return None
        receipts = await services.shop.operations.receipts(customer_id)
        returns = await services.shop.after_sales.returns(customer_id)
        found = requests_in(receipts, returns)
        fitting = _named(turn.text, found) or found
        for request in fitting:
            order = await services.shop.orders.order(customer_id, request.order_id)
            if order is not None:
                of_it = [one for one in fitting if one.order_id == order.id]
                lines = [line for line in order.lines if line.id == request.line_id]
                only = len(of_it) == len(lines) == 1
                return Subject(customer_id, order, lines[0] if only else None)
        recent = await services.shop.orders.recent(customer_id, limit=1)
        return Subject(customer_id, recent[0]) if recent else None

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """Said to our offer to cancel, refund…: that offer is what is taken back.

        不要了退款 where nothing is asked for yet wants the money back, 单子撤了 wants no order.
        """
        pending = turn.pending
        if pending is not None and pending.awaits == "yes" and pending.intent in _STOPPED:
            return Need("action_deny", turn.as_intent("deny"))
        called_off = _CALLED_OFF.search(turn.text)
        if subject is None or turn.clicked or not (called_off or _NOT_WANTED.search(turn.text)):
            return None
        receipts = await services.shop.operations.receipts(subject.customer_id)
        returns = await services.shop.after_sales.returns(subject.customer_id)
        if requests_in(receipts, returns):
            return None
        wish = "cancel_order" if called_off else "refund_request"
        return Need(f"action_{wish}", turn.as_intent(wish))

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`: a request is one of its order."""
        moved = before.subject.id != after.subject.id
        same = before.value(RequestStep.slot) == after.value(RequestStep.slot)
        return Draft(after.subject) if moved and same else after

    def operation(self, draft: Draft) -> UndoRequest:
        """See `Flow.operation`."""
        subject = draft.subject
        line_id = subject.line.id if subject.line else ""
        return UndoRequest(subject.order.id, line_id, number=draft.value(RequestStep.slot))


async def _requests(subject: Subject, services: Services) -> Sequence[Request]:
    order_id = subject.order.id
    receipts = await services.shop.operations.receipts(subject.customer_id, order_id=order_id)
    returns = await services.shop.after_sales.returns(subject.customer_id)
    found = requests_in(receipts, (one for one in returns if one.order_id == order_id))
    return of_line(found, subject.line.id if subject.line else "")


def _named(text: str, found: Sequence[Request]) -> list[Request]:
    kinds = {kind for kind, words in _KINDS if words.search(text)}
    return [one for one in found if one.kind in kinds]
