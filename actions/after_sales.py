"""Where returns, refunds and other requests are, and what kind of trouble with goods it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from actions.cards import line_label, plain, receipt_card, return_address, return_card
from actions.flows.flow import Subject
from actions.flows.goods import OWN_ACCIDENT, about
from actions.flows.wrong_goods import MISSING
from actions.formatting import day, day_and_time, is_past, money
from actions.knowledge import answer_from_knowledge
from actions.lookup import RECEIVED, UNDER_WAY, UNSHIPPED, Found, find_order, lines_meant
from actions.orders import Ask, OrderSkill
from actions.parts import questioning
from actions.reply import Reply, payload
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop.operations.refund import searching
from shop.operations.types import Receipt, ReceiptState
from shop.types import Order, OrderLine, OrderState, ParcelState, Return, ReturnReason, ReturnState

_SHOWN = 2
_ORDERS_CHECKED = 5
_SEND = re.compile(r"地址|寄(?:到|回|往|给|哪)|往哪|退到哪|单号")
_REACTION = re.compile(
    r"(?:脸|皮肤|脖子|眼睛|嘴|手|身上).{0,4}(?:红|痒|肿|痛|疼|辣|烂|起|长|过敏|刺)|过敏|红肿|刺痛|起疹|爆痘|发痒"
)
_BROKEN = re.compile(r"[碎裂破]")
_PART = re.compile(
    r"(?:充电|数据|电源)线|充电器|充电头|适配器|插头|遥控器|说明书|保修卡|配件|零件|螺丝|耳塞套?|耳帽"
    r"|盖子|吸管|滤网|刷头|支架|挂钩|扣子|纽扣|腰带|电池|底座|托盘|勺子?|收纳袋"
)
_GOODS = frozenset({"product", "category", "item_id", "order_number", "order_line"})
_ONLY = re.compile(r"[只就才光](?:[收拿领]到|到|来|发|寄)(?:了|货|的)*")
_NEXT = 2  # characters: 只收到个耳机
_ON_ARRIVAL = re.compile(r"收到|寄|快递|路上|拆开|打开|到货|包裹|运输|发来")
_GOING_BACK = frozenset({ParcelState.REJECTED, ParcelState.RETURNING})


@dataclass(frozen=True)
class _Request:
    """A return or another request of the customer."""

    made: Return | Receipt

    @property
    def at(self) -> datetime:
        return self.made.created_at


class AfterSalesAction(OrderSkill):
    """Where a return, a refund or another request is, from the shop's record."""

    action = "action_after_sales"
    again = "intent"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The newest as cards, and what comes next."""
        customer_id = await self.customer_id(turn)
        if customer_id is None:
            reply.say("unidentified", [self.human()])
            return
        found = await self._requests(customer_id, turn, reply)
        meant = await self._meant(customer_id, turn) if turn.names_thing else None
        if meant is not None and not any(one.made.order_id == meant.order.id for one in found):
            if not await self._refused(customer_id, [meant.order], turn, reply):
                track = payload("track_logistics", order_number=meant.order.id)
                choices = [Choice(self.label("choice.track"), track), self.human()]
                reply.say("no_after_sales_of_it", choices, label=meant.label)
            return
        newest = found[0].made if found else None
        waits = isinstance(newest, Return) and newest.state is ReturnState.AWAITING_PARCEL
        if isinstance(newest, Return) and waits and _SEND.search(turn.text):
            self._say_where_to(newest, reply)
            return
        shop = self.services.shop
        recent = await shop.orders.recent(customer_id, limit=_ORDERS_CHECKED) if not found else ()
        if newest is None and await self._refused(customer_id, recent, turn, reply):
            return
        if newest is None:
            if await answer_from_knowledge(self, turn, reply):
                return
            reply.say("no_after_sales", [self.human()])
            reply.await_yes("action_handoff", turn)
            return
        now = self.services.clock()
        for one in reversed(found[:_SHOWN]):
            label = await self._line_label(customer_id, one.made)
            if isinstance(one.made, Return):
                card = return_card(one.made, label, reply.phrases, now)
            else:
                card = receipt_card(one.made, label, reply.phrases, now)
            reply.card(card, text=plain(card))
        self._say_next(newest, turn, reply)

    async def _requests(self, customer_id: str, turn: Turn, reply: Reply) -> Sequence[_Request]:
        """Newest first, of what is named; asked for the money, those without any do not count."""
        shop = self.services.shop
        found = [_Request(one) for one in await shop.after_sales.returns(customer_id)]
        for receipt in await shop.operations.receipts(customer_id):
            named = f"receipt.{receipt.kind}" in reply.phrases.labels
            if named and (turn.intent != "refund_progress" or receipt.refund):
                found.append(_Request(receipt))
        if turn.names_thing:
            found = await self._of_the_named(customer_id, found, turn) or found
        return sorted(found, key=lambda one: one.at, reverse=True)

    async def _of_the_named(
        self, customer_id: str, found: Sequence[_Request], turn: Turn
    ) -> list[_Request]:
        """Those about the order or the thing that the message names."""
        now = self.services.clock()
        outcome = await find_order(self.services.shop, customer_id, turn, now=now, prefer=())
        if isinstance(outcome, Found) and outcome.guessed:
            return []
        named = {(order.id, line.id) for order, line in lines_meant(outcome)}
        orders = {order_id for order_id, _ in named}
        return [
            one
            for one in found
            if (one.made.order_id, one.made.line_id) in named
            or (one.made.order_id in orders and not one.made.line_id)
        ]

    def _say_next(self, newest: Return | Receipt, turn: Turn, reply: Reply) -> None:
        now = self.services.clock()
        if isinstance(newest, Return):
            reply.say(
                f"return_state_{newest.state.value}",
                [self.human()],
                number=newest.number,
                refund=money(newest.refund),
            )
            return
        overdue = newest.due is not None and is_past(newest.due, now)
        open_still = newest.state in (ReceiptState.UNDER_WAY, ReceiptState.AWAITING_APPROVAL)
        what = self.label(f"receipt.{newest.kind}")
        if searching(newest) and open_still:
            self._say_of_the_search(newest, turn, reply, over=overdue)
            return
        if overdue and open_still and not newest.details.get("send_to"):
            reply.say("receipt_overdue", [self.human()], what=what, number=newest.number)
            reply.await_yes("action_handoff", turn.as_intent("promise_broken"))
            return
        sentence = f"receipt_{newest.state.value}"
        if overdue and open_still:
            sentence = "receipt_send_over"
        elif newest.state is ReceiptState.UNDER_WAY and newest.details.get("send_to"):
            sentence = "receipt_send_it"
        elif newest.state is ReceiptState.UNDER_WAY and newest.decision is not None:
            sentence = "receipt_approved"
        reason = newest.decision.reason if newest.decision else ""
        if newest.state is ReceiptState.REFUSED and reason:
            sentence = "receipt_refused_why"
        reply.say(
            sentence,
            [self.human()],
            what=what,
            number=newest.number,
            due=day_and_time(newest.due, now) if newest.due else "",
            address=newest.details.get("send_to", ""),
            reason=reason,
        )

    def _say_of_the_search(self, receipt: Receipt, turn: Turn, reply: Reply, *, over: bool) -> None:
        """A parcel that is looked for; when that has come to nothing, the money."""
        if not over:
            due = day_and_time(receipt.due, self.services.clock()) if receipt.due else ""
            reply.say("receipt_searching", [self.human()], number=receipt.number, due=due)
            return
        name, value = "order_number", receipt.order_id
        if receipt.line_id:
            name, value = "order_line", f"{receipt.order_id}/{receipt.line_id}"
        details = {name: value, "flow_situation": receipt.details["cause"]}
        refund = Choice(self.label("way.refund_request"), payload("refund_request", **details))
        reply.say("receipt_search_over", [refund, self.human()])
        entities = [Entity(name, value) for name, value in details.items()]
        again = replace(turn.as_intent("refund_request"), text="", entities=())
        reply.await_yes("action_refund_request", again, *entities)

    def _say_where_to(self, back: Return, reply: Reply) -> None:
        reply.say(
            "return_send_to",
            number=back.number,
            address=return_address(back),
            send_by=day(back.send_by, self.services.clock()),
        )

    async def _meant(self, customer_id: str, turn: Turn) -> Ask | None:
        """The order that the message names beyond doubt; None: it might be another."""
        now = self.services.clock()
        outcome = await find_order(self.services.shop, customer_id, turn, now=now, prefer=())
        if not isinstance(outcome, Found) or outcome.guessed or outcome.doubt:
            return None
        return Ask(customer_id, outcome.order, outcome.line)

    async def _refused(
        self, customer_id: str, orders: Sequence[Order], turn: Turn, reply: Reply
    ) -> bool:
        """Whether a parcel on its way back, not taken in, is what the money waits for; says so."""
        shop = self.services.shop
        for order in orders:
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

    async def _line_label(self, customer_id: str, made: Return | Receipt) -> str:
        order = await self.services.shop.orders.order(customer_id, made.order_id)
        if order is None:
            return ""
        line = next((line for line in order.lines if line.id == made.line_id), None)
        return Ask(customer_id, order, line).label


class GoodsProblemAction(OrderSkill):
    """Bad, wrong or missing goods: what kind of trouble it is, before the flow that settles it."""

    action = "action_goods_problem"
    prefer = (RECEIVED, UNDER_WAY, UNSHIPPED)

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """What still comes is no trouble yet, and what broke in use is repaired."""
        if turn.intent == "quality_complaint" and _REACTION.search(turn.text):
            reply.say("stop_using")
        if await self._helped(turn, reply):
            return
        wrong = turn.intent == "wrong_or_missing_item"
        missing = wrong and MISSING.search(turn.text) is not None
        ask = await self.find(await self._of_the_split_order(turn) if missing else turn, reply)
        if ask is None:
            return
        part = _PART.search(turn.text) if missing else None
        if part is not None and _names_only(turn, part[0]):
            ask = _of_what_came(ask, part[0])
        if wrong and _only_came(ask, turn):
            ask = replace(ask, line=None)  # the rest of the order is what is missed
        if wrong and await self._still_comes(ask, turn, reply):
            return
        if "没收到" in turn.text and ask.line is not None:
            lost = turn.as_intent("logistics_complaint")
            await self.house.answer("action_logistics_complaint", lost, reply)
            return
        if part is not None and part[0] not in ask.label:  # the rest of it is there
            reply.say("part_missing", [self.human()], label=ask.label)
            reply.await_yes("action_handoff", turn)
            return
        kept = tuple(e for e in turn.entities if e.name not in ("order_line", "order_number"))
        of_it = about(Subject(ask.customer_id, ask.order, ask.line))
        turn = replace(turn, entities=(*kept, *of_it))
        if not wrong and await self._own_damage(ask, turn):
            repair = replace(turn.as_intent("warranty_repair"), clicked=True)
            await self.house.answer("action_warranty_repair", repair, reply)
            return
        await self.house.answer(f"action_{turn.intent}", turn, reply)

    async def _helped(self, turn: Turn, reply: Reply) -> bool:
        """Whether the knowledge says what to try with a thing that they have not had from us."""
        if turn.intent != "quality_complaint" or turn.clicked or turn.only_details:
            return False  # 炸锅坏了 tells of no fault that could be looked up
        if not (turn.names_thing or turn.slot("current_product")):
            return False
        customer_id = await self.customer_id(turn)
        meant = lines_meant(await self.outcome(customer_id, turn)) if customer_id else []
        received = any(line.signed_at or order.state in RECEIVED for order, line in meant)
        if received:
            return False
        if await answer_from_knowledge(self, turn, reply):
            return True
        topic = turn.topic
        using = topic is not None and topic.intent == "usage_help" and questioning(turn.text)
        if using:  # 有股塑料味正常吗, after a question of its first use
            await self.house.answer("action_usage_help", turn.as_intent("usage_help"), reply)
        return using

    async def _own_damage(self, ask: Ask, turn: Turn) -> bool:
        """Whether it broke in use: a repair. What arrived broken is reported within days."""
        if _ON_ARRIVAL.search(turn.text):
            return False
        if OWN_ACCIDENT.search(turn.text):
            return True
        line = _only_line(ask)
        if line is None or turn.first("reason") != "damaged" or not _BROKEN.search(turn.text):
            return False
        rule = await self.services.shop.after_sales.eligibility(
            ask.customer_id, ask.order.id, line.id, ReturnReason.DAMAGED
        )
        return not rule.allowed

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
        if _partly_here(ask.order):
            waits = "、".join(line_label(line) for line in coming)
            reply.say("rest_is_coming", label=waits)
        about = replace(track, text="", entities=details, clicked=True)
        await self.house.answer("action_track_logistics", about, reply)
        reply.talk_of("action_track_logistics", about)
        return True


def _names_only(turn: Turn, part: str) -> bool:
    """Whether no thing is named but that part, which may be a kind of goods as well (充电线)."""
    return all(entity.value == part for entity in turn.entities if entity.name in _GOODS)


def _of_what_came(ask: Ask, part: str) -> Ask:
    """少了根充电线, of a split order: of its only thing that is there, if no other is that part."""
    came = [line for line in ask.order.lines if line.signed_at is not None]
    bought = any(part in line_label(line) for line in ask.order.lines)
    return ask if bought or len(came) != 1 else replace(ask, line=came[0])


def _only_came(ask: Ask, turn: Turn) -> bool:
    """只收到耳机; 被套和耳机只来了一个: of an order of which the piece named has come.

    耳机只收到一只 is said of that piece alone.
    """
    came = ask.line is not None and ask.line.signed_at is not None and _partly_here(ask.order)
    only = _ONLY.search(turn.text)
    if not came or only is None:
        return False
    things = [entity for entity in turn.entities if entity.name in ("product", "category")]
    return len(things) > 1 or any(0 <= one.start - only.end() <= _NEXT for one in things)


def _only_line(ask: Ask) -> OrderLine | None:
    return ask.line or (ask.order.lines[0] if len(ask.order.lines) == 1 else None)


def _partly_here(order: Order) -> bool:
    here = [line.signed_at is not None for line in order.lines]
    return any(here) and not all(here)
