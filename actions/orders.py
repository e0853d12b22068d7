"""Where an order stands, and when it comes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from actions.base import Skill
from actions.cards import line_label, order_card, plain
from actions.flows.payment import trouble_in, unpaid
from actions.formatting import day_and_time, is_past
from actions.knowledge import answer_from_knowledge
from actions.lookup import (
    OPEN,
    RECEIVED,
    UNDER_WAY,
    UNPAID,
    Found,
    Nothing,
    Outcome,
    Several,
    find_order,
)
from actions.needs import SURE
from actions.reply import Reply, payload
from actions.sorry import offer_compensation
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop.operations.payment import PaymentTrouble
from shop.types import Order, OrderLine, OrderState

_CHOICES = 4
SPLIT = re.compile(
    r"[分拆](?:成|开|了|为)*.{0,3}[两2二三3几多]|分[开批]|拆[开单]|[两二2]个(?:包裹|快递|单)"
    r"|(?:为什么|为啥|为何|怎么|咋|干嘛).{0,4}[不没].{0,3}(?:一起|一块|一并|合并|合在一起|同时|一次)"
)
WHY = re.compile(r"为什么|为啥|为何|怎么|咋|干嘛|凭什么")
_ADDRESS_WRONG = re.compile(
    r"(?:地址|电话|收货人).{0,4}(?:错|不对|有误)|(?:填|写|留|选)错.{0,4}(?:地址|电话)"
)


@dataclass(frozen=True)
class Ask:
    """A verified customer and the order their message is about."""

    customer_id: str
    order: Order
    line: OrderLine | None

    @property
    def label(self) -> str:
        """What was bought, as people say it."""
        if self.line is not None:
            return line_label(self.line)
        first = line_label(self.order.lines[0]) if len(self.order.lines) == 1 else ""
        first = first or self.order.lines[0].label
        return first if len(self.order.lines) == 1 else f"{first} 等 {len(self.order.lines)} 件"


class OrderSkill(Skill):
    """A skill about one order: finds it, asks which one, or says that there is none."""

    of_orders = True
    prefer: Sequence[frozenset[OrderState]] = (OPEN, UNPAID, RECEIVED)
    wishes = frozenset({"change_order", "exchange_request"})  # colour and size are wished for

    async def find(self, turn: Turn, reply: Reply) -> Ask | None:
        """The order, or None when the reply already asks or explains.

        A question that needs no order, or that was hardly understood, may be one the knowledge
        answers (驿站能放几天).
        """
        customer_id = await self.customer_id(turn)
        unsure = turn.confidence < SURE or customer_id is None
        if unsure and not turn.names_thing and await answer_from_knowledge(self, turn, reply):
            return None
        if customer_id is None:
            reply.say("unidentified", [self.human()])
            return None
        outcome = await self.outcome(customer_id, turn)
        if isinstance(outcome, Found):
            reply.remember(current_order=outcome.order.id)
            if outcome.line is not None:
                reply.remember(current_product=outcome.line.product_id)
            if outcome.doubt:
                doubt = self.label(f"doubt.{outcome.doubt}")
                label = Ask(customer_id, outcome.order, outcome.line).label
                reply.say("closest_order", doubt=doubt, label=label)
            return Ask(customer_id, outcome.order, outcome.line)
        if isinstance(outcome, Several):
            self.ask_which(outcome, turn, reply)
        else:
            self.say_none(outcome, turn, reply)
        return None

    async def outcome(self, customer_id: str, turn: Turn) -> Outcome:
        """Which order is meant."""
        return await find_order(
            self.services.shop,
            customer_id,
            turn,
            now=self.services.clock(),
            prefer=self.preferred(turn),
            target=turn.intent in self.wishes,
        )

    def preferred(self, turn: Turn) -> Sequence[frozenset[OrderState]]:
        """The states of the orders that the message is mostly about, best first."""
        return self.prefer

    def ask_which(self, several: Several, turn: Turn, reply: Reply) -> None:
        """Choices; a click asks the same question about that order."""
        choices = [
            Choice(
                title=f"{match.line.label}（{self._ordered(match.order)}）",
                payload=payload(turn.intent, order_line=f"{match.order.id}/{match.line.id}"),
            )
            for match in several.matches[:_CHOICES]
        ]
        reply.say("which_order", choices, count=len(several.matches))
        reply.await_detail(self.name(), turn)

    def say_none(self, nothing: Nothing, turn: Turn, reply: Reply) -> None:
        """No such order of theirs; the recent ones are offered."""
        if not nothing.recent:
            reply.say("no_orders", [self.human()])
            return
        pending = turn.pending
        if (
            nothing.said
            and pending
            and pending.awaits == "detail"
            and pending.action == self.name()
        ):
            reply.say("no_such_order_again", [self.human()])  # none of those shown is meant
            reply.await_yes("action_handoff", turn)
            return
        choices = [
            Choice(
                title=f"{order.lines[0].label}（{self._ordered(order)}）",
                payload=payload(turn.intent, order_number=order.id),
            )
            for order in nothing.recent[:_CHOICES]
        ]
        reply.say("no_such_order" if nothing.said else "which_recent", [*choices, self.human()])
        reply.await_detail(self.name(), turn)

    def _ordered(self, order: Order) -> str:
        return day_and_time(order.created_at, self.services.clock()).split(" ")[0]


class OrderStatusAction(OrderSkill):
    """The shop's own record of the order, as a card."""

    action = "action_order_status"
    again = "intent"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """One sentence, one card; for a waybill or a parcel under way the parcel's news too."""
        if turn.first("waybill") and turn.text:
            await self.house.answer("action_track_logistics", turn, reply)
            return
        if await self._paid_in_vain(turn):
            missing = turn.as_intent("payment_issue")
            await self.house.answer("action_payment_issue", missing, reply)
            return
        if _ADDRESS_WRONG.search(turn.text):
            wrong = turn.as_intent("change_address")
            await self.house.answer("action_change_address", wrong, reply)
            return
        ask = await self.find(turn, reply)
        if ask is None:
            return
        now = self.services.clock()
        card = order_card(ask.order, reply.phrases, now)
        state = ask.order.state
        choices = []
        if state in UNDER_WAY:
            track = payload("track_logistics", order_number=ask.order.id)
            choices = [Choice(self.label("choice.track"), track)]
        elif state in RECEIVED:
            back = payload("return_request", order_number=ask.order.id)
            choices = [Choice(self.label("choice.return"), back)]
        reply.card(card, text=plain(card))
        if SPLIT.search(turn.text) and await self._say_split(ask, reply):
            return
        if state is OrderState.PAID:
            await say_when_it_ships(ask, self, turn, reply)
        else:
            reply.say(f"order_{state.value}", choices, label=ask.label)
            if state in UNDER_WAY:
                reply.await_yes("action_track_logistics", turn.as_intent("track_logistics"))

    async def _paid_in_vain(self, turn: Turn) -> bool:
        """Whether money is said to be gone, and an order is there that is not paid."""
        customer_id = await self.customer_id(turn)
        if turn.form or customer_id is None or trouble_in(turn.text) is not PaymentTrouble.CHARGED:
            return False
        return bool(await unpaid(customer_id, self.services))

    async def _say_split(self, ask: Ask, reply: Reply) -> bool:
        """In how many parcels the order comes; False when it is one."""
        parcels = await self.services.shop.logistics.parcels(ask.customer_id, ask.order.id)
        places = {line.parcel_id for line in ask.order.lines}
        count = max(len(parcels), len(places))
        if count < 2:
            return False
        track = payload("track_logistics", order_number=ask.order.id)
        choices = [Choice(self.label("choice.track"), track), self.human()]
        reply.say("order_split", choices, label=ask.label, count=count)
        return True


class DeliveryTimeAction(OrderSkill):
    """When it ships or arrives: for an open order exactly, otherwise the shop's rule."""

    action = "action_delivery_time"
    again = "intent"
    prefer = (OPEN,)

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Someone without an open order asks before buying."""
        customer_id = await self.customer_id(turn)
        outcome: Outcome = Nothing(said=False, recent=())
        if customer_id is not None:
            outcome = await self.outcome(customer_id, turn)
        if isinstance(outcome, Found) and not outcome.guessed and outcome.order.state in RECEIVED:
            await self.house.answer("action_track_logistics", turn, reply)  # it is here already
            return
        known = isinstance(outcome, Found) and outcome.order.state in OPEN
        if not known and not isinstance(outcome, Several):
            await self.house.answer("action_answer", turn, reply)
            return
        ask = await self.find(turn, reply)
        if ask is None:
            return
        if ask.order.state is OrderState.SHIPPED:
            await self.house.answer("action_track_logistics", turn, reply)
            return
        await say_when_it_ships(ask, self, turn, reply)


async def say_when_it_ships(ask: Ask, skill: Skill, turn: Turn, reply: Reply) -> None:
    """Not shipped yet: by when, and what if the promise is broken."""
    now, due = skill.services.clock(), ask.order.ship_by
    if due is None:
        reply.say("unshipped_no_promise", [skill.human()], label=ask.label)
    elif is_past(due, now):
        choices = [offer_to_urge(ask, skill, turn, reply), skill.human()]
        reply.say("unshipped_late", choices, label=ask.label, due=day_and_time(due, now))
        await offer_compensation(skill, ask.customer_id, ask.order.id, turn, reply)
    elif turn.intent == "urge_delivery":
        choices = [offer_to_urge(ask, skill, turn, reply), skill.human()]
        reply.say("urge_unshipped", choices, label=ask.label, due=day_and_time(due, now))
    else:
        reply.say("unshipped_due", label=ask.label, due=day_and_time(due, now))


def offer_to_urge(ask: Ask, skill: Skill, turn: Turn, reply: Reply) -> Choice:
    """The way into urging it; a yes takes it too."""
    of_it = Entity("order_number", ask.order.id)
    plain = replace(turn.as_intent("urge_delivery"), text="", entities=())
    reply.await_yes("action_urge_delivery", plain, of_it)
    urge = payload("urge_delivery", order_number=ask.order.id)
    return Choice(skill.label("confirm.urge_delivery"), urge)
