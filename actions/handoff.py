"""Handing over to a person, with everything that person needs to know."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from actions.base import Skill
from actions.cards import order_card, parcel_card, return_card
from actions.formatting import clip, day_and_time, mask, money, short_number
from actions.lookup import OPEN
from actions.phrases import Phrases
from actions.reply import Reply
from actions.turn import Line, Turn
from conversations.messages import Card, HandoffRequest
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.types import Customer, Eta, Order, Parcel, Return

_ORDERS = 3
_QUOTE = 60
_SAYS_NOTHING = frozenset({"ask_human", "greet", "thanks", "affirm", "deny"})
_TRIED = 6


@dataclass(frozen=True)
class Case:
    """What the shop knows of the person who asks; empty for an unknown one."""

    customer: Customer | None = None
    orders: tuple[Order, ...] = ()
    parcels: tuple[tuple[Parcel, Eta], ...] = ()
    returns: tuple[Return, ...] = ()

    @property
    def order(self) -> Order | None:
        """The order the talk is most likely about."""
        return self.orders[0] if self.orders else None


class HandoffAction(Skill):
    """One line to the shopper, the package to the agent.

    The reason is the turn's intent: `ask_human`, `service_complaint`, a danger word's reason
    (`legal_risk`, `anger`), `misses`, `repeated`, or the offer that was accepted
    (`cancel_order`…).
    """

    action = "action_handoff"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Say it, then ask for the person."""
        now = self.services.clock()
        try:
            case = await self._case(turn)
        except ShopUnavailable:
            case = Case()
        reason = turn.intent
        calming = reason in ("service_complaint", "complaint", "legal_risk", "anger")
        reply.say("handoff_sorry" if calming else "handoff")
        rules = self.services.handoff_rules.current()
        flags = tuple(
            dict.fromkeys(
                danger.flag
                for line in turn.transcript
                if line.who == "shopper"
                for danger in rules.dangers_in(line.text)
            )
        )
        phrases = reply.phrases
        reason_text = phrases.labels.get(f"handoff_reason.{reason}") or phrases.title(reason)
        reason_text = reason_text or phrases.label("handoff_reason.other")
        moods = [danger.mood for danger in rules.dangers_in(turn.text)]
        package = _package(turn, case, phrases, now, flags=flags, mood=_mood(turn, moods))
        tier = case.customer.tier if case.customer else "normal"
        reply.hand_over(
            HandoffRequest(
                reason=reason,
                reason_text=reason_text,
                summary=_summary(turn, case, reason_text, phrases, now),
                package=package,
                priority=rules.priority(reason, tier),
            )
        )

    async def _case(self, turn: Turn) -> Case:
        customer_id = await self.customer_id(turn)
        if customer_id is None:
            return Case()
        shop = self.services.shop
        orders = await _orders_in_talk(shop, customer_id, turn)
        parcels = [
            (parcel, await shop.logistics.eta(parcel))
            for order in orders
            if order.shipped_at is not None
            for parcel in await shop.logistics.parcels(customer_id, order.id)
        ]
        return Case(
            customer=await shop.customers.customer(customer_id),
            orders=orders,
            parcels=tuple(parcels),
            returns=tuple(await shop.after_sales.returns(customer_id))[:_ORDERS],
        )


async def _orders_in_talk(shop: Shop, customer_id: str, turn: Turn) -> tuple[Order, ...]:
    """The order talked about first, then those of the product talked about, then open ones."""
    orders = list(await shop.orders.recent(customer_id, limit=10))
    in_talk = turn.slot("return_line").partition("/")[0] or turn.slot("current_order")
    product = turn.slot("current_product")

    def rank(order: Order) -> tuple[bool, bool, bool]:
        of_product = any(line.product_id == product for line in order.lines)
        return order.id != in_talk, not of_product, order.state not in OPEN

    return tuple(sorted(orders, key=rank)[:_ORDERS])


def _package(
    turn: Turn,
    case: Case,
    phrases: Phrases,
    now: datetime,
    *,
    flags: tuple[str, ...],
    mood: str,
) -> dict[str, Any]:
    """The parts that the agents' panel draws; `desk.briefing` documents their forms."""
    asked = turn.ranking[0][0] if turn.ranking else turn.intent
    return {
        "customer": _customer(case.customer),
        "orders": [_card(order_card(order, phrases, now)) for order in case.orders],
        "parcels": [
            _card(parcel_card(parcel, _lines(case, parcel), eta, phrases, now))
            for parcel, eta in case.parcels
        ],
        "after_sales": [
            _card(return_card(back, _label(case, back), phrases, now)) for back in case.returns
        ],
        "tried": _tried(turn, phrases),
        "slots": _known(turn, case, phrases),
        "intent": {
            "name": asked,
            "text": phrases.title(asked) or phrases.label("handoff_reason.other"),
            "confidence": round(turn.confidence, 3),
        },
        "mood": {
            "name": mood,
            "label": phrases.label(f"mood.{mood}"),
            "trend": "falling" if mood != "calm" and _calm_before(turn) else "steady",
        },
        "risks": list(flags),
        "suggestions": _suggestions(turn, case, phrases, now),
    }


def _customer(customer: Customer | None) -> dict[str, Any] | None:
    if customer is None:
        return None
    return {
        "id": customer.id,
        "nickname": customer.nickname,
        "tier": customer.tier,
        "city": customer.city,
        "phone": mask(customer.phone),
        "orders": customer.order_count,
        "total_paid": customer.total_paid,
    }


def _card(card: Card) -> dict[str, Any]:
    """As in `conversations.messages.Content.to_json`."""
    body = asdict(card)
    body["rows"] = [list(row) for row in card.rows]
    return body


def _lines(case: Case, parcel: Parcel) -> list[Any]:
    order = next((order for order in case.orders if order.id == parcel.order_id), None)
    if order is None:
        return []
    return [line for line in order.lines if line.parcel_id in ("", parcel.id)]


def _label(case: Case, back: Return) -> str:
    for order in case.orders:
        for line in order.lines:
            if order.id == back.order_id and line.id == back.line_id:
                return line.label
    return ""


def _summary(
    turn: Turn, case: Case, reason_text: str, phrases: Phrases, now: datetime
) -> tuple[str, ...]:
    """Who wants what; which order; where it stopped. At most three lines."""
    words = clip(mask(_last_words(turn)), _QUOTE)
    who = case.customer.nickname if case.customer else phrases.label("handoff.unknown_person")
    lines = [phrases.label("handoff.who").format(who=who, reason=reason_text, words=words)]
    if case.order is not None:
        lines.append(
            phrases.label("handoff.order").format(
                number=short_number(case.order.id),
                goods=clip("、".join(line.label for line in case.order.lines), _QUOTE),
                state=phrases.label(f"order_state.{case.order.state.value}"),
                paid=money(case.order.paid),
            )
        )
    stopped = phrases.label("handoff.in_form") if turn.form else _last_answer(turn)
    if stopped:
        lines.append(phrases.label("handoff.stopped").format(words=clip(mask(stopped), _QUOTE)))
    return tuple(lines)


def _last_words(turn: Turn) -> str:
    """The shopper's latest message that was typed and says more than 人工 or 好."""
    typed = [line for line in turn.transcript if _typed(line)]
    telling = [line.text for line in typed if line.intent not in _SAYS_NOTHING]
    if telling:
        return telling[-1]
    return typed[-1].text if typed else turn.text


def _last_answer(turn: Turn) -> str:
    return next((line.text for line in reversed(turn.transcript) if line.who == "bot"), "")


def _typed(line: Line) -> bool:
    return line.who == "shopper" and bool(line.text) and not line.text.startswith("/")


def _tried(turn: Turn, phrases: Phrases) -> list[str]:
    """Question and answer, one line each, the last six."""
    tried: list[str] = []
    question = ""
    for line in turn.transcript:
        if line.who == "shopper":
            question = phrases.title(line.intent) or clip(mask(line.text), _QUOTE)
        elif line.who == "bot" and question:
            answer = " ".join(mask(line.text).split())
            tried.append(f"{question} → {clip(answer, _QUOTE)}")
            question = ""
    return tried[-_TRIED:]


def _known(turn: Turn, case: Case, phrases: Phrases) -> dict[str, str]:
    """What the bot had found out so far, in words."""
    known: dict[str, str] = {}
    if turn.slot("current_order"):
        known[phrases.label("slot.order")] = turn.slot("current_order")
    lines = [line for order in case.orders for line in order.lines]
    product = next((ln for ln in lines if ln.product_id == turn.slot("current_product")), None)
    if product is not None:
        known[phrases.label("slot.product")] = product.label
    if turn.form:
        reason = turn.slot("return_reason")
        known[phrases.label("slot.form")] = phrases.label("handoff.in_form")
        if reason:
            known[phrases.label("slot.reason")] = phrases.label(f"reason.{reason}")
    return known


def _calm_before(turn: Turn) -> bool:
    """Whether the talk began without a complaint."""
    first = next((line.intent for line in turn.transcript if line.who == "shopper"), "")
    return not first.endswith("_complaint")


def _mood(turn: Turn, dangers: list[str]) -> str:
    """angry, upset or calm, by words and by what was asked."""
    if dangers:
        return dangers[0]
    intents = {line.intent for line in turn.transcript[-6:] if line.who == "shopper"}
    if "service_complaint" in intents:
        return "angry"
    if intents & {"quality_complaint", "wrong_or_missing_item", "logistics_complaint"}:
        return "upset"
    if turn.misses >= 2 or "!!" in turn.text.replace("！", "!"):
        return "upset"
    return "calm"


def _suggestions(turn: Turn, case: Case, phrases: Phrases, now: datetime) -> list[str]:
    """Three replies an agent can send as they are: made of this person's data."""
    name = case.customer.nickname if case.customer else phrases.label("handoff.dear")
    texts = [phrases.sentence("suggest_opening", (), name=name)]
    for parcel, eta in case.parcels:
        if parcel.newest is not None and not parcel.signed:
            stuck = "suggest_stuck" if eta.stuck_hours else "suggest_parcel"
            texts.append(
                phrases.sentence(
                    stuck,
                    (),
                    carrier=parcel.carrier,
                    node=parcel.newest.text,
                    at=day_and_time(parcel.newest.at, now),
                )
            )
            break
    if case.returns:
        back = case.returns[0]
        texts.append(
            phrases.sentence(
                "suggest_return",
                (),
                number=back.number,
                state=phrases.label(f"return_state.{back.state.value}"),
                refund=money(back.refund),
            )
        )
    if case.order is not None:
        texts.append(
            phrases.sentence(
                "suggest_order",
                (),
                number=short_number(case.order.id),
                goods=clip(case.order.lines[0].label, _QUOTE),
            )
        )
    texts += [phrases.sentence(name, ()) for name in ("suggest_ask", "suggest_promise")]
    return texts[:3]
