"""Exchanges, refunds, where the money is, and goods that are bad, wrong or missing.

Version one arranges returns by itself (`actions.returns`); all else is told truly and carried out
by a colleague, who gets the order and the wish.
"""

from __future__ import annotations

from collections.abc import Mapping

from actions.cards import plain, return_card
from actions.formatting import money
from actions.knowledge import answer_from_knowledge
from actions.lookup import UNDER_WAY, UNSHIPPED
from actions.orders import Ask, OrderSkill
from actions.products import matching
from actions.reply import Reply, payload
from actions.return_flow import reason_in
from actions.returns import Piece, ReturnSkill
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop.types import Eligibility, OrderState, ParcelState, Return, ReturnReason

_RETURNS_SHOWN = 2
_ORDERS_CHECKED = 5
_GOING_BACK = frozenset({ParcelState.REJECTED, ParcelState.RETURNING})


class GoodsSkill(ReturnSkill):
    """A skill about something received, with a return as one way out."""

    def return_details(self, ask: Ask, reason: ReturnReason | None) -> dict[str, str]:
        """What a return of that line (of that order when the line is open) starts with."""
        line = ask.line or (ask.order.lines[0] if len(ask.order.lines) == 1 else None)
        details = {"order_line": f"{ask.order.id}/{line.id}"} if line else {}
        if line is None:
            details["order_number"] = ask.order.id
        if reason is not None:
            details["reason"] = reason.value
        return details

    def back(self, title: str, details: Mapping[str, str]) -> Choice:
        """The way into that return."""
        return Choice(title=self.label(title), payload=payload("return_request", **details))

    def offer_return(self, turn: Turn, details: Mapping[str, str], reply: Reply) -> None:
        """A yes starts that return too."""
        entities = [Entity(name, value) for name, value in details.items()]
        reply.await_yes("action_return_start", turn.as_intent("return_request"), *entities)

    async def verdict(self, ask: Ask, reason: ReturnReason | None) -> Eligibility | None:
        """The rule for the line that is meant; None while it is open."""
        if ask.line is None and len(ask.order.lines) > 1:
            return None
        piece = Piece(ask.order, ask.line or ask.order.lines[0])
        return await self.eligibility(ask.customer_id, piece, reason)


class ExchangeAction(GoodsSkill):
    """Another size or colour: is it in stock, and who arranges it."""

    action = "action_exchange"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Before shipping a change is enough; after it a colleague arranges the exchange."""
        ask = await self.find(turn, reply)
        if ask is None:
            return
        if ask.order.state in UNSHIPPED:
            await self.house.answer("action_order_change", turn.as_intent("change_order"), reply)
            return
        bad = "quality_complaint" in turn.recent_intents
        usual = ReturnReason.QUALITY if bad else ReturnReason.WRONG_SIZE
        reason = reason_in(turn.text, turn.entities) or usual
        rule = await self.verdict(ask, reason)
        if rule is not None and not rule.allowed:
            said = any(rule.rule in text for text in turn.just_said)
            sentence = "exchange_late_again" if said else "exchange_late"
            reply.say(sentence, [self.human()], rule=rule.rule)
        else:
            wanted = await self._wanted(ask, turn)
            again = self.back("choice.return_and_buy", self.return_details(ask, reason))
            reply.say("exchange", [self.human(), again], label=ask.label, wanted=wanted)
        reply.await_yes("action_handoff", turn)

    async def _wanted(self, ask: Ask, turn: Turn) -> str:
        """Whether the size or colour wished for is there, as a sentence; empty when not told."""
        line = ask.line or ask.order.lines[0]
        color, size = turn.first("color") or line.color, turn.first("size") or line.size
        if (color, size) == (line.color, line.size):
            return ""
        product = await self.services.shop.catalogue.product(line.product_id)
        skus = matching(product, color, size) if product else ()
        if not skus:
            return ""
        name = "exchange.here" if any(sku.stock > 0 for sku in skus) else "exchange.gone"
        return self.label(name).format(choice=skus[0].label)


class RefundAction(GoodsSkill):
    """Money back: before shipping by cancelling, on the way by refusing, after it by returning."""

    action = "action_refund_request"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Keeping the goods and getting money back is decided by people."""
        ask = await self.find(turn, reply)
        if ask is None:
            return
        state = ask.order.state
        if state in UNSHIPPED or state is OrderState.AWAITING_PAYMENT:
            await self.house.answer("action_order_change", turn.as_intent("cancel_order"), reply)
        elif state in UNDER_WAY:
            track = payload("track_logistics", order_number=ask.order.id)
            choices = [Choice(self.label("choice.track"), track), self.human()]
            reply.say("refund_under_way", choices, label=ask.label)
            reply.await_yes("action_handoff", turn)
        elif state is OrderState.CLOSED:
            reply.say("order_closed", [self.human()], label=ask.label)
        else:
            await self._received(ask, turn, reply)

    async def _received(self, ask: Ask, turn: Turn, reply: Reply) -> None:
        reason = reason_in(turn.text, turn.entities)
        rule = await self.verdict(ask, reason)
        if rule is not None and not rule.allowed and not rule.other_reasons:
            self.refuse(rule, reply)
            return
        details = self.return_details(ask, reason)
        choices = [self.back("choice.return_and_refund", details), self.human()]
        reply.say("refund_received", choices, label=ask.label)
        self.offer_return(turn, details, reply)


class AfterSalesAction(OrderSkill):
    """Where a return or its money is, from the shop's record."""

    action = "action_after_sales"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The newest cases as cards and what comes next."""
        customer_id = await self.customer_id(turn)
        if customer_id is None:
            reply.say("unidentified", [self.human()])
            return
        returns = await self.services.shop.after_sales.returns(customer_id)
        if not returns and await self._refused(customer_id, turn, reply):
            return
        if not returns:
            if await answer_from_knowledge(self, turn, reply):
                return
            reply.say("no_after_sales", [self.human()])
            reply.await_yes("action_handoff", turn)
            return
        for back in reversed(returns[:_RETURNS_SHOWN]):
            label = await self._line_label(customer_id, back)
            card = return_card(back, label, reply.phrases, self.services.clock())
            reply.card(card, text=plain(card))
        newest = returns[0]
        reply.say(
            f"return_state_{newest.state.value}",
            [self.human()],
            number=newest.number,
            refund=money(newest.refund),
        )

    async def _refused(self, customer_id: str, turn: Turn, reply: Reply) -> bool:
        """Whether a parcel on its way back, not taken in, is what the money waits for; says so."""
        shop = self.services.shop
        for order in await shop.orders.recent(customer_id, limit=_ORDERS_CHECKED):
            if order.shipped_at is None or order.state is OrderState.CLOSED:
                continue
            states = {
                parcel.state for parcel in await shop.logistics.parcels(customer_id, order.id)
            }
            label = Ask(customer_id, order, None).label
            if states & _GOING_BACK:
                reply.say("refused_parcel", label=label)
                return True
            if ParcelState.RETURNED in states:
                reply.say("refused_parcel_back", [self.human()], label=label)
                reply.await_yes("action_handoff", turn)
                return True
        return False

    async def _line_label(self, customer_id: str, back: Return) -> str:
        order = await self.services.shop.orders.order(customer_id, back.order_id)
        lines = order.lines if order else ()
        return next((line.label for line in lines if line.id == back.line_id), "")


class GoodsProblemAction(GoodsSkill):
    """Bad, wrong or missing goods: an apology once, and the two ways out."""

    action = "action_goods_problem"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Back for a refund, or a person for replacing what is wrong or missing."""
        ask = await self.find(turn, reply)
        if ask is None:
            return
        if "没收到" in turn.text and ask.line is not None:
            lost = turn.as_intent("logistics_complaint")
            await self.house.answer("action_logistics_complaint", lost, reply)
            return
        told = reason_in(turn.text, turn.entities)
        if turn.intent == "wrong_or_missing_item":
            reason, sentence = told or ReturnReason.WRONG_ITEM, "goods_wrong"
        else:
            reason, sentence = told or ReturnReason.QUALITY, "goods_bad"
        line = ask.line or ask.order.lines[0]
        if line.returned and (ask.line or len(ask.order.lines) == 1):
            why = self.label(f"reason.{reason.value}")
            reply.say("goods_in_return", [self.human()], reason=why)
            reply.await_yes("action_handoff", turn)
            return
        rule = await self.verdict(ask, reason)
        if rule is not None and not rule.allowed:
            wrong = turn.intent == "wrong_or_missing_item"
            reply.say(
                "goods_wrong_human" if wrong else "goods_no_return", [self.human()], rule=rule.rule
            )
            reply.await_yes("action_handoff", turn)
            return
        details = self.return_details(ask, reason)
        choices = [self.back("choice.return_and_refund", details), self.human()]
        reply.say(sentence, choices, label=ask.label)
        self.offer_return(turn, details, reply)
