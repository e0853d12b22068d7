"""Exchanges, refunds, where the money is, and goods that are bad, wrong or missing.

Version one arranges returns by itself (`actions.returns`); all else is told truly and carried out
by a colleague, who gets the order and the wish.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from actions.cards import line_label, plain, return_address, return_card
from actions.formatting import day, money
from actions.knowledge import answer_from_knowledge
from actions.lookup import UNDER_WAY, UNSHIPPED
from actions.orders import Ask, OrderSkill
from actions.products import matching
from actions.reply import Reply, payload
from actions.return_flow import reason_in
from actions.returns import Piece, ReturnSkill
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop import numerals
from shop.types import (
    Eligibility,
    Order,
    OrderState,
    ParcelState,
    Return,
    ReturnReason,
    ReturnState,
)

_RETURNS_SHOWN = 2
_ORDERS_CHECKED = 5
_SEND = re.compile(r"地址|寄(?:到|回|往|给|哪)|往哪|退到哪|单号")
_MISSING = re.compile(
    r"[少漏缺](?:发|寄|装|给|放|了|个|一|两|[二三四五\d])|不够|不齐"
    r"|(?:只|就|才)(?:收到|有|到|寄|发|来|给)(?:了|我|货|来)*(?:[一二两三四五\d]|半)|[没未](?:收到|放|发|给|寄)"
)
_SHORT_BY = re.compile(
    r"[少漏缺](?:发|寄|装|给|放)?(?:了|我)*([一二两三四五\d])(?:个|件|双|条|只|瓶|盒|袋|包|套|支)"
)
_GOT = re.compile(
    r"(?:只|就|才)(?:收到|有|到|寄|发|来|给)(?:了|我|货|来)*([一二两三四五\d])(?:个|件|双|条|只|瓶|盒|袋|包|套|支)"
)
_REACTION = re.compile(
    r"(?:脸|皮肤|脖子|眼睛|嘴|手|身上).{0,4}(?:红|痒|肿|痛|疼|辣|烂|起|长|过敏|刺)|过敏|红肿|刺痛|起疹|爆痘|发痒"
)
_OWN_ACCIDENT = re.compile(r"摔|磕|掉(?:地|水|进|到)|进水|泡水|泡了水|压坏|踩|被我|我不小心|洒了")
_BROKEN = re.compile(r"[碎裂破]")
_ON_ARRIVAL = re.compile(r"收到|寄|快递|路上|拆开|打开|到货|包裹|运输|发来")
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
            await self.house.answer("action_change_order", turn.as_intent("change_order"), reply)
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
            await self.house.answer("action_cancel_order", turn.as_intent("cancel_order"), reply)
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
            piece = Piece(ask.order, ask.line or ask.order.lines[0])
            self.refuse(piece, reason, rule, turn, reply)
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
        if returns and returns[0].state is ReturnState.AWAITING_PARCEL and _SEND.search(turn.text):
            self._say_where_to(returns[0], reply)
            return
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

    def _say_where_to(self, back: Return, reply: Reply) -> None:
        reply.say(
            "return_send_to",
            number=back.number,
            address=return_address(back),
            send_by=day(back.send_by, self.services.clock()),
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
        reaction = turn.intent == "quality_complaint" and _REACTION.search(turn.text) is not None
        if reaction:
            reply.say("stop_using")
        missing = turn.intent == "wrong_or_missing_item" and _MISSING.search(turn.text) is not None
        ask = await self.find(await self._of_the_split_order(turn) if missing else turn, reply)
        if ask is None:
            return
        if turn.intent == "wrong_or_missing_item" and await self._still_comes(ask, turn, reply):
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
        if reaction:
            known = ask.line is not None or len(ask.order.lines) == 1
            reason = ReturnReason.QUALITY
            sentence = "goods_reaction" if known else "goods_reaction_any"
        line = ask.line or ask.order.lines[0]
        if line.returned and (ask.line or len(ask.order.lines) == 1):
            why = self.label(f"reason.{reason.value}")
            reply.say("goods_in_return", [self.human()], reason=why)
            reply.await_yes("action_handoff", turn)
            return
        if missing:
            self._offer_the_rest(ask, turn, reply)
            return
        rule = await self.verdict(ask, reason)
        if _own_damage(turn, reason, rule):
            reply.say("goods_own_damage", [self.human()], label=ask.label)
            reply.await_yes("action_handoff", turn.as_intent("warranty_repair"))
            return
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

    async def _of_the_split_order(self, turn: Turn) -> Turn:
        """怎么只收到一半, said of no order: of the only one that has come in part."""
        customer_id = await self.customer_id(turn)
        if customer_id is None or turn.names or turn.slot("current_order"):
            return turn
        orders = await self.services.shop.orders.recent(customer_id, limit=_ORDERS_CHECKED)
        partly = [order for order in orders if order.state in UNDER_WAY and _partly_here(order)]
        if len(partly) != 1:
            return turn
        of_it = Entity("order_number", partly[0].id)
        return replace(turn, entities=(*turn.entities, of_it))

    async def _still_comes(self, ask: Ask, turn: Turn, reply: Reply) -> bool:
        """Whether what is missing has not arrived yet; says then where it is."""
        lines = (ask.line,) if ask.line else ask.order.lines
        coming = [line for line in lines if line.signed_at is None]
        if ask.order.state not in UNDER_WAY | UNSHIPPED or not coming:
            return False
        track = turn.as_intent("track_logistics")
        details: tuple[Entity, ...] = (Entity("order_number", ask.order.id),)
        if len(ask.order.lines) > 1 and len(coming) == 1:
            details = (Entity("order_line", f"{ask.order.id}/{coming[0].id}"),)
        if len(coming) < len(ask.order.lines):
            waits = "、".join(line_label(line) for line in coming)
            reply.say("rest_is_coming", label=waits)
        about = replace(track, text="", entities=details, clicked=True)
        await self.house.answer("action_track_logistics", about, reply)
        return True

    def _offer_the_rest(self, ask: Ask, turn: Turn, reply: Reply) -> None:
        """What is missing is sent, or its part of the money comes back; a colleague does both."""
        line = ask.line or (ask.order.lines[0] if len(ask.order.lines) == 1 else None)
        count = _pieces_missing(turn.text, line.quantity) if line else None
        if line is not None and count is not None and count < line.quantity:
            reply.say(
                "goods_missing_pieces",
                [self.human()],
                label=line.label,
                quantity=line.quantity,
                missing=count,
                refund=money(line.paid * count // line.quantity),
            )
        else:
            reply.say("goods_missing", [self.human()], label=ask.label)
        reply.await_yes("action_handoff", turn)


def _own_damage(turn: Turn, reason: ReturnReason, rule: Eligibility | None) -> bool:
    """Whether it broke in use: a repair. What arrived broken is reported within days."""
    if turn.intent == "wrong_or_missing_item" or _ON_ARRIVAL.search(turn.text):
        return False
    late = reason is ReturnReason.DAMAGED and rule is not None and not rule.allowed
    broken = late and _BROKEN.search(turn.text) is not None
    return broken or _OWN_ACCIDENT.search(turn.text) is not None


def _partly_here(order: Order) -> bool:
    here = [line.signed_at is not None for line in order.lines]
    return any(here) and not all(here)


def _pieces_missing(text: str, quantity: int) -> int | None:
    """How many of so many are missing by the message's words; None when it does not say."""
    if quantity == 1:
        return None
    if (short := _SHORT_BY.search(text)) is not None:
        return min(numerals.digit(short[1]), quantity)
    if (got := _GOT.search(text)) is not None:
        return max(quantity - numerals.digit(got[1]), 0) or None
    return quantity // 2 if "一半" in text and quantity % 2 == 0 else None
