"""Handing over to a person, with everything that person needs to know."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from actions.base import Skill
from actions.cards import order_card, parcel_card, receipt_card, return_card
from actions.formatting import clip, money, short_number
from actions.handoff_rules import HandoffRules
from actions.lookup import OPEN
from actions.phrases import Phrases
from actions.promises import is_late
from actions.reply import Reply
from actions.return_flow import reason_in
from actions.suggestions import Case, mark_of, solution, suggestions
from actions.turn import FALLBACK_INTENT, Line, Turn, alike, trend_of
from conversations.messages import Card, HandoffRequest
from conversations.privacy import mask
from shop.errors import ShopUnavailable, UnknownOrder
from shop.gateway import Shop
from shop.operations.quality import QualityComplaint
from shop.operations.refund import RefundCause, RefundRequest
from shop.operations.types import Operation, Receipt
from shop.operations.wrong_goods import WrongOrMissing
from shop.solutions import Proposal
from shop.types import Customer, Order, OrderLine, Parcel, Return

_ORDERS = 3
_QUOTE = 60
_TROUBLES = frozenset(
    {
        *("quality_complaint", "wrong_or_missing_item", "exchange_request", "refund_request"),
        *("warranty_repair", "logistics_complaint", "signed_not_received", "parcel_stuck"),
        *("compensation", "approval"),
    }
)
_NEVER_CAME = frozenset({"logistics_complaint", "signed_not_received", "parcel_stuck"})
_SAYS_NOTHING = frozenset({"ask_human", "greet", "thanks", "affirm", "deny"})
_TRIED = 6
_MOODS = {-2: "angry", -1: "upset", 0: "calm", 1: "friendly", 2: "delighted"}
_UNSAFE = "unsafe_goods"  # told in calm words, it is no calm matter
_STILL_FELT = 3  # messages after which anger has passed


class HandoffAction(Skill):
    """One line to the shopper, the package to the agent.

    The reason is the turn's intent: that of the rule of `handoff.yml` which decided (`ask_human`,
    `legal_risk`, `anger`, `repeated`…), or the offer that was accepted (`cancel_order`…).
    """

    action = "action_handoff"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Say it, then ask for the person."""
        now = self.services.clock()
        try:
            case = await self._case(turn)
        except ShopUnavailable:
            case = Case()
        reason, rules, phrases = turn.intent, self.services.handoff_rules.current(), reply.phrases
        said = rules.say(reason, turn.text)
        reply.say(said if said in phrases.sentences else "handoff")
        reason_text = _reason(turn, rules, phrases)
        package = _package(turn, case, phrases, now, flags=_flags(turn, rules), said=said)
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
        orders = await _orders_in_talk(shop, customer_id, turn, self.services.clock())
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
            known=bool(orders) and _in_talk(orders[0], turn),
            receipts=tuple(await shop.operations.receipts(customer_id))[:_ORDERS],
            proposals=await self._proposals(customer_id, orders, turn),
        )

    async def _proposals(
        self, customer_id: str, orders: tuple[Order, ...], turn: Turn
    ) -> tuple[Proposal, ...]:
        """What would settle a trouble with the order in talk; nothing for other matters."""
        lately = turn.recent_intents | {turn.intent, turn.slot("flow_name")}
        if not orders or not lately & _TROUBLES:
            return ()
        order = orders[0]
        named = turn.slot("flow_thing").partition("/")[2]
        product = turn.slot("current_product")
        lines = [one for one in order.lines if named == one.id or product == one.product_id]
        line = (lines or [one for one in order.lines if not one.gift] or order.lines)[0]
        asked: Operation = QualityComplaint(order.id, line.id)
        if "wrong_or_missing_item" in lately:
            asked = WrongOrMissing(order.id, line.id)
        elif line.signed_at is None or lately & _NEVER_CAME:
            asked = RefundRequest(order.id, line.id, cause=RefundCause.NOT_RECEIVED)
        try:
            verdict = await self.services.shop.operations.check(customer_id, asked)
        except UnknownOrder:
            return ()
        return verdict.proposals


async def _orders_in_talk(
    shop: Shop, customer_id: str, turn: Turn, now: datetime
) -> tuple[Order, ...]:
    """The order talked about first, then those of the product, late ones, open ones."""
    orders = list(await shop.orders.recent(customer_id, limit=10))

    def rank(order: Order) -> tuple[bool, bool, bool, bool]:
        other = order.id != _order_named(turn)
        unsaid = not _in_talk(order, turn)
        return other, unsaid, not is_late(order, now), order.state not in OPEN

    return tuple(sorted(orders, key=rank)[:_ORDERS])


def _order_named(turn: Turn) -> str:
    return turn.slot("return_line").partition("/")[0] or turn.slot("current_order")


def _in_talk(order: Order, turn: Turn) -> bool:
    product = turn.slot("current_product")
    of_product = any(line.product_id == product for line in order.lines)
    return of_product or order.id == _order_named(turn)


def _package(
    turn: Turn,
    case: Case,
    phrases: Phrases,
    now: datetime,
    *,
    flags: tuple[str, ...],
    said: str,
) -> dict[str, Any]:
    """The parts that the agents' panel draws; `desk.briefing` documents their forms.

    Beside them, for counts and searches: `repeats` and `misses`, and the mood's `level`.
    """
    level, trend = _mood(turn)
    worried = turn.intent == _UNSAFE and level >= 0
    feeling = "worried" if worried else _MOODS[level]
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
        ]
        + [
            _card(receipt_card(one, _label(case, one), phrases, now))
            for one in case.receipts
            if f"receipt.{one.kind}" in phrases.labels
        ],
        "solutions": [_solution(one, phrases) for one in case.proposals],
        "tried": _tried(turn, phrases),
        "slots": _known(turn, case, phrases),
        "intent": {
            "name": asked,
            "text": phrases.title(asked) or phrases.label("handoff_reason.other"),
            "confidence": round(turn.confidence, 3),
        },
        "mood": {
            "name": feeling,
            "level": -1 if worried else level,
            "label": phrases.label(f"mood.{feeling}"),
            "trend": trend,
        },
        "repeats": _asked_times(turn),
        "misses": turn.misses,
        "risks": list(flags),
        "suggestions": suggestions(
            turn.intent, said, case, phrases, now, told=_telling(turn) != ""
        ),
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


def _solution(proposal: Proposal, phrases: Phrases) -> dict[str, Any]:
    title, why = solution(proposal, phrases)
    return {"way": proposal.way.value, "title": title, "why": why, "amount": proposal.amount}


def _label(case: Case, back: Return | Receipt) -> str:
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
        mark = mark_of(case, now)
        lines.append(
            phrases.label("handoff.order").format(
                number=short_number(case.order.id),
                goods=clip("、".join(line.label for line in case.order.lines), _QUOTE),
                state=phrases.label(f"order_state.{case.order.state.value}"),
                paid=money(case.order.paid),
                mark=phrases.label(f"order_mark.{mark}") if mark else "",
            )
        )
    stopped = _unfinished(turn, phrases) if turn.form else _last_answer(turn)
    if stopped:
        lines.append(phrases.label("handoff.stopped").format(words=clip(mask(stopped), _QUOTE)))
    return tuple(lines)


def _unfinished(turn: Turn, phrases: Phrases) -> str:
    """What was being filled in."""
    flow = f"flow.{turn.form.removesuffix('_form')}"
    return phrases.label("handoff.in_form").format(what=phrases.labels.get(flow, ""))


def _last_words(turn: Turn) -> str:
    """The shopper's latest message that was typed and says more than 人工 or 好."""
    typed = [line for line in turn.transcript if _typed(line)]
    return _telling(turn) or (typed[-1].text if typed else turn.text)


def _telling(turn: Turn) -> str:
    """The shopper's latest message that says what it is about, empty when none does."""
    typed = [line for line in turn.transcript if _typed(line)]
    telling = [line.text for line in typed if line.intent not in _SAYS_NOTHING]
    return telling[-1] if telling else ""


def _last_answer(turn: Turn) -> str:
    return next((line.text for line in reversed(turn.transcript) if line.who == "bot"), "")


def _typed(line: Line) -> bool:
    return line.who == "shopper" and bool(line.text) and not line.text.startswith("/")


def _tried(turn: Turn, phrases: Phrases) -> list[dict[str, str]]:
    """Question and answer, one line each, the last six, and what the shopper said to it."""
    tried: list[dict[str, str]] = []
    asked: Line | None = None
    for line in turn.transcript:
        if line.who == "shopper":
            if tried and asked is None:
                tried[-1]["result"] = _response(line, tried[-1].pop("asked"), phrases)
            asked = line
        elif line.who == "bot" and asked is not None:
            question = phrases.title(asked.intent) or clip(mask(asked.text), _QUOTE)
            answer = clip(" ".join(mask(line.text).split()), _QUOTE)
            tried.append({"text": f"{question} → {answer}", "result": "", "asked": asked.text})
            asked = None
    return [{"text": step["text"], "result": step["result"]} for step in tried[-_TRIED:]]


def _response(line: Line, asked: str, phrases: Phrases) -> str:
    """What became of an answer, by the shopper's next message; empty when nothing speaks."""
    if alike(line.text, asked):
        return phrases.label("tried.asked_again")
    if line.mood < 0:
        return phrases.label("tried.disliked")
    if line.intent == FALLBACK_INTENT:
        return phrases.label("tried.not_understood")
    return phrases.label("tried.wants_person") if line.intent == "ask_human" else ""


def _known(turn: Turn, case: Case, phrases: Phrases) -> dict[str, str]:
    """What the bot had found out so far, in words."""
    known: dict[str, str] = {}
    if turn.slot("current_order"):
        known[phrases.label("slot.order")] = turn.slot("current_order")
    lines = [line for order in case.orders for line in order.lines]
    product = next((line for line in lines if _meant(line, turn)), None)
    if product is not None:
        known[phrases.label("slot.product")] = product.label
    if (times := _asked_times(turn)) > 1:
        known[phrases.label("slot.repeats")] = phrases.label("handoff.times").format(count=times)
    if turn.misses:
        known[phrases.label("slot.misses")] = phrases.label("handoff.messages").format(
            count=turn.misses
        )
    if turn.form:
        said = reason_in(turn.text, turn.entities)
        reason = said.value if said is not None else turn.slot("return_reason")
        known[phrases.label("slot.form")] = _unfinished(turn, phrases)
        if reason:
            known[phrases.label("slot.reason")] = phrases.label(f"reason.{reason}")
    return known


def _meant(line: OrderLine, turn: Turn) -> bool:
    """Whether that is what comes back, or else what was talked about."""
    returned = turn.slot("return_line").partition("/")[2]
    return line.id == returned if returned else line.product_id == turn.slot("current_product")


def _reason(turn: Turn, rules: HandoffRules, phrases: Phrases) -> str:
    """The reason for an agent: what it is, and the words that showed it."""
    label = phrases.labels.get(f"handoff_reason.{turn.intent}") or phrases.title(turn.intent)
    label = label or phrases.label("handoff_reason.other")
    heard = rules.heard_in(turn.text, mood=turn.moods[-1], calls=turn.calls)
    heard = tuple(match for match in heard if match.rule.reason == turn.intent)
    words = dict.fromkeys(match.words for match in heard)
    quoted = "、".join(clip(mask(word), _QUOTE) for word in words if word)
    if turn.intent == "ask_human":
        return label
    if quoted:
        return phrases.label("handoff.because").format(reason=label, words=quoted)
    if chance := max((match.chance for match in heard), default=0.0):
        return phrases.label("handoff.judged").format(reason=label, chance=f"{chance:.0%}")
    return label


def _flags(turn: Turn, rules: HandoffRules) -> tuple[str, ...]:
    """The risks in all that the shopper typed, each once, the newest last."""
    typed = [line for line in turn.transcript if _typed(line)]
    heard = [match for line in typed for match in rules.heard_in(line.text, mood=line.mood)]
    heard += rules.decide(rules.situation(turn, repeats=_asked_times(turn))).matches
    flags = [match.rule.flag for match in heard]
    if turn.intent not in {match.rule.reason for match in heard}:
        flags.append(rules.flag(turn.intent))
    return tuple(dict.fromkeys(flag for flag in flags if flag))


def _asked_times(turn: Turn) -> int:
    """How often the last question was asked in a row; calling for a person is no question."""
    for at in range(len(turn.transcript) - 1, -1, -1):
        line = turn.transcript[at]
        if _typed(line) and line.intent not in _SAYS_NOTHING:
            until = replace(turn, transcript=turn.transcript[: at + 1])
            return replace(until, intent=line.intent, text=line.text).repeats
    return 0


def _mood(turn: Turn) -> tuple[int, str]:
    """The level, -2 to 2, and the trend; 转人工 said calmly after anger does not end the anger."""
    telling = [
        line.mood
        for line in turn.transcript
        if _typed(line) and (line.mood or line.intent not in _SAYS_NOTHING)
    ]
    latest = telling[-_STILL_FELT:] or [0]
    level = min(latest) if min(latest) < 0 else latest[-1]
    return level, trend_of((0, *telling))
