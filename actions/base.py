"""The ground every action stands on: services, time limit, errors, and who answers what.

An action is a `Skill`: it reads a `Turn`, fills a `Reply`, and knows nothing of HTTP or trackers.
"""

from __future__ import annotations

import asyncio
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, Tracker

from actions.handoff_rules import HandoffRules
from actions.knowledge import Knowledge
from actions.livefile import LiveFile
from actions.needs import needs_in
from actions.phrases import Phrases
from actions.reply import Reply, payload
from actions.turn import Pending, Turn
from conversations.database import Clock
from conversations.keys import ConversationKey
from conversations.messages import Choice
from shop.errors import ShopUnavailable
from shop.gateway import Shop

ACTION_SECONDS = 8.0  # far below Rasa's conversation lock of 60 s
REPEATS_TO_OFFER = 3
REPEATS_TO_HAND_OVER = 4
_NO_NUMBER_OF_OURS = 6  # digits; neither an order nor a waybill is that short

# Wishes which, said again after our offer, accept it: 嗯取消, 那帮我拦一下.
_WISHES = frozenset(
    {
        "cancel_order",
        "change_address",
        "change_order",
        "change_delivery_time",
        "undo_request",
        "urge_delivery",
        "exchange_request",
        "refund_request",
        "return_request",
        "logistics_complaint",
    }
)
_QUESTION = re.compile(r"[?？]|[吗么呢]$|多久|多少|几天|怎么|什么时候|为什么")

# Colours and sizes share the answer: 那黑色L呢 after it asks whether there is one.
_ALIKE_IN_ALL_CHOICES = frozenset({"action_product_attribute", "action_usage_help"})
# Said after we offered a person: no more questions, please.
_FED_UP = re.compile(r"管不管|有没有人管|没人管|不管了|还管吗|急死|烦死|无语|服了|受不了|要等到")

_log = structlog.get_logger(__name__)


class Identities(Protocol):
    """Which customer a conversation belongs to (`conversations.customers`)."""

    async def customer_of(self, key: ConversationKey) -> str | None:
        """The customer's id, or None when nobody has vouched for this user."""


@dataclass(frozen=True)
class Services:
    """All that skills may use of the world outside."""

    shop: Shop
    identities: Identities
    phrases: LiveFile[Phrases]
    knowledge: LiveFile[Knowledge]
    handoff_rules: LiveFile[HandoffRules]
    clock: Clock
    new_id: Callable[[], str]
    seconds: float = ACTION_SECONDS


class House:
    """All skills by action name, and the rules that come before any of them."""

    def __init__(self, *, services: Services) -> None:
        self.services = services
        self._skills: dict[str, Skill] = {}

    def add(self, skill: Skill) -> None:
        """Make a skill known under its action's name."""
        self._skills[skill.name()] = skill

    @property
    def skills(self) -> Mapping[str, Skill]:
        """The skills by action name."""
        return self._skills

    async def serve(self, action: str, turn: Turn, reply: Reply) -> None:
        """Answer a turn that Rasa gave to `action`.

        Words that call for a person win over everything. A message that is nothing but a detail
        ("黑色那件", a bare order number) completes our open question, whatever its intent.
        """
        if self._skills[action].inside_form:
            await self.answer(action, turn, reply)
            return
        danger = self.services.handoff_rules.current().danger(turn.text)
        if danger is not None:
            turn, action = turn.as_intent(danger.reason), "action_handoff"
        elif not turn.form and (detail := self._detail(turn)) is not None:
            action, turn = detail
        elif not turn.form and turn.repeats >= REPEATS_TO_HAND_OVER:
            turn, action = turn.as_intent("repeated"), "action_handoff"
        elif not turn.form and (needs := needs_in(turn)):
            for need in needs[:-1]:
                await self.answer(need.action, need.turn, reply)
            action, turn = needs[-1].action, needs[-1].turn
        await self.answer(action, turn, reply)
        again = self._skills[action].again
        if again and not turn.form and not reply.remembers("pending"):
            reply.await_another(action, turn if again == "words" else replace(turn, text=""))
        if not turn.form and turn.repeats == REPEATS_TO_OFFER:
            reply.say("still_unclear", [self._skills[action].human()])
        for slot, value in (("misses", 0), ("pending", None)):
            if not reply.remembers(slot):
                reply.remember(**{slot: value})

    async def answer(self, action: str, turn: Turn, reply: Reply) -> None:
        """Let that skill answer; the way one skill passes a turn on to another."""
        await self._skills[action].answer(turn, reply)

    def _detail(self, turn: Turn) -> tuple[str, Turn] | None:
        """The action and the whole question when this message only completes it."""
        pending = turn.pending
        if pending is not None and pending.awaits == "another" and turn.names_another:
            if pending.action in _ALIKE_IN_ALL_CHOICES and not turn.names_thing:
                return "action_stock_check", turn.as_intent("stock_check")
            return pending.action, turn.about_another(pending)
        if pending is not None and _completes(pending, turn):
            return pending.action, turn.resumed(pending)
        if turn.only_numbers:
            return "action_order_status", turn.as_intent("order_status")
        if turn.text.isdecimal() and len(turn.text) <= _NO_NUMBER_OF_OURS:
            return "action_default_fallback", turn
        return None


def _completes(pending: Pending, turn: Turn) -> bool:
    same_wish = turn.intent in (pending.intent, pending.wish)
    if pending.awaits == "another":
        return False
    if pending.action == "action_return_start" and turn.only_details and turn.names_thing:
        return True
    if pending.action == "action_handoff" and _FED_UP.search(turn.text):
        return True
    if pending.awaits == "detail":
        return turn.only_details or (turn.clicked and same_wish)
    asks = _QUESTION.search(turn.text) is not None
    return same_wish and turn.intent in _WISHES and not (turn.clicked or turn.names or asks)


class Skill(Action):
    """One action. Subclasses name it and implement `answer`."""

    action: str
    inside_form = False  # asked by Rasa's form, not by the shopper
    # Whether 那毛衣呢 asks the same about another thing: by "intent" alone, or by the "words" too.
    again = ""

    def __init__(self, *, house: House) -> None:
        self.house = house
        self.services = house.services

    def name(self) -> str:
        """The action's name in the domain."""
        return self.action

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Fill the reply. May raise anything; `run` keeps it from the shopper."""
        raise NotImplementedError

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer within the time limit; failures become an honest sentence and a way on."""
        turn = Turn.from_tracker(tracker)
        reply = self._reply(turn)
        try:
            await asyncio.wait_for(
                self.house.serve(self.name(), turn, reply), timeout=self.services.seconds
            )
        except ActionExecutionRejection:
            raise
        except (ShopUnavailable, asyncio.TimeoutError) as error:
            _log.warning("action.shop_unavailable", action=self.name(), cause=type(error).__name__)
            reply = self._excuse("shop_unavailable", turn)
        except Exception as error:
            _log.error(
                "action.failed",
                action=self.name(),
                cause=type(error).__name__,
                where=_where(error),
            )
            reply = self._excuse("failed", turn)
        return reply.send(dispatcher)

    async def customer_id(self, turn: Turn) -> str | None:
        """The verified customer who is asking; None: nobody has vouched for them."""
        if turn.key is None:
            return None
        return await self.services.identities.customer_of(turn.key)

    def human(self) -> Choice:
        """The way to a person, for every list of options."""
        return Choice(title=self.label("choice.human"), payload=payload("ask_human"))

    def label(self, name: str) -> str:
        """A label of `phrases.yml`."""
        return self.services.phrases.current().label(name)

    def _reply(self, turn: Turn) -> Reply:
        return Reply(phrases=self.services.phrases.current(), turn=turn)

    def _excuse(self, sentence: str, turn: Turn) -> Reply:
        reply = self._reply(turn)
        reply.say(sentence, [self.human()])
        if turn.form:
            reply.end_form("failed")
        return reply


def _where(error: Exception) -> str:
    """File and line of the failure; never the message, which may hold a shopper's data."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{last.filename}:{last.lineno} {last.name}"
