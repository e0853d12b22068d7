"""The ground every action stands on: services, time limit, errors, and who answers what.

An action is a `Skill`: it reads a `Turn`, fills a `Reply`, and knows nothing of HTTP or trackers.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, Tracker

from actions.context import Context
from actions.flows.reading import for_a_person, pauses, says_yes
from actions.handoff_rules import Decision, HandoffRules, Outcome
from actions.needs import IDLE, Need, needs_in
from actions.order_pictures import ShownOrder, order_on
from actions.phrases import Phrases, wish_words
from actions.pointing import with_pointed
from actions.promises import behind_our_word
from actions.reply import Reply, payload
from actions.turn import COURTESIES, FALLBACK_INTENT, OPEN_ENTRY, SHARE_IMAGE, Entity, Turn
from actions.wishes import plainly, without_denied_wish
from actions.wording import folded, oddness, whether_machine
from conversations.database import Clock
from conversations.keys import ConversationKey
from conversations.messages import Choice, UnknownReason
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.knowledge import FileContent, Knowledge
from shop.livefile import LiveDocuments, LiveFile

ACTION_SECONDS = 8.0  # far below Rasa's conversation lock of 60 s
_NO_TOPIC = frozenset({"ask_human", "share_image", "share_unknown", OPEN_ENTRY})
_WHICH_ONE = frozenset({"flow_line", "return_line"})
"""What a form asks to learn which goods are meant: a screenshot tells it."""
_ORDER_PICTURES = 4
# Kinds of `metadata.personal` that nobody should send, and what is said then.
_WARNINGS = {
    "password": "warn_secret",
    "code": "warn_secret",
    "id_card": "warn_number",
    "bank_card": "warn_number",
}

_log = structlog.get_logger(__name__)


class Identities(Protocol):
    """Which customer a conversation belongs to (`conversations.customers`)."""

    async def customer_of(self, key: ConversationKey) -> str | None:
        """The customer's id, or None when nobody has vouched for this user."""


class Originals(Protocol):
    """What shoppers wrote, before it was masked for the bot (`conversations.ledger`)."""

    async def words(self, key: ConversationKey, seqs: Sequence[int]) -> Sequence[str]:
        """The shopper's messages of those numbers, oldest first.

        Nothing of them may be kept in slots, said, or logged.
        """


class Sight(Protocol):
    """What stands on the pictures that shoppers send (`actions.sight`)."""

    async def lines(self, key: ConversationKey, seq: int) -> Sequence[str]:
        """The lines of text on the picture of that message, from the top down.

        Empty when there are none, or they could not be read in time. They hold what shoppers'
        screenshots hold (names, addresses): nothing of them may be kept, said, or logged.
        """


@dataclass(frozen=True)
class Services:
    """All that skills may use of the world outside."""

    shop: Shop
    identities: Identities
    originals: Originals
    phrases: LiveFile[Phrases]
    knowledge: LiveDocuments[FileContent, Knowledge]
    handoff_rules: LiveFile[HandoffRules]
    clock: Clock
    new_id: Callable[[], str]
    picture_secret: str = ""  # what the names of drawings are signed with; empty: none are drawn
    sight: Sight | None = None  # None: pictures are not read
    seconds: float = ACTION_SECONDS


class House:
    """All skills by action name, and the rules that come before any of them.

    `rules` is the action of each intent (`actions.rules`).
    """

    def __init__(self, *, services: Services, rules: Mapping[str, str]) -> None:
        self.services = services
        self.rules = rules
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

        What calls for a person wins over everything, then what the message means in its context
        (`actions.context`): "黑色那件" completes our question, 多久 asks about the topic. A form
        that gets no answer from a message lets go of it: it comes here again, outside the form.
        """
        turn = await self._looked_at(turn, reply)
        meant = without_denied_wish(turn)
        if action == self.rules.get(turn.intent):
            action = self.rules[meant.intent]
        turn = meant
        for_whom = self.services.phrases.current().group("wish_who")
        turn = await with_pointed(turn, self.services.shop, for_whom)
        decision = await self._judge(turn)
        if self._skills[action].inside_form:
            fresh = bool(turn.asked) and not turn.answered
            if not (fresh and decision.outcome is Outcome.HAND_OVER):
                await self.answer(action, turn, reply)
            return
        warned = self._warn(turn, reply)
        if decision.accepts and turn.pending is not None:
            needs = [Need(turn.pending.action, turn.resumed(turn.pending))]
        elif decision.outcome is Outcome.HAND_OVER or _offered_already(decision, turn):
            needs = [Need("action_handoff", turn.as_intent(decision.reason))]
        elif decision.outcome is Outcome.OFFER_ONLY:
            self._offer_person(decision, turn, reply)
            return
        elif turn.form:
            needs = self._in_form(action, turn)
        else:
            needs = [await self._answerable(need) for need in self._needs(action, turn)]
        if decision.outcome is Outcome.NOTHING and not turn.clicked:
            needs = self._without_calls(needs, turn)
        idle = all(need.turn.intent in IDLE - COURTESIES for need in needs)
        if warned and idle and not turn.form:
            reply.say("what_for")  # the number is all that was understood
            return
        for need in needs:
            await self.answer(need.action, need.turn, reply)
        if turn.form:
            return
        self._note_topic(needs[-1], reply)
        if decision.outcome is Outcome.OFFER and not reply.remembers("pending"):
            self._offer_person(decision, turn, reply)
        for slot, value in (("misses", 0), ("pending", None)):
            if not reply.remembers(slot):
                reply.remember(**{slot: value})

    async def answer(self, action: str, turn: Turn, reply: Reply) -> None:
        """Let that skill answer; the way one skill passes a turn on to another."""
        await self._skills[action].answer(turn, reply)

    async def _looked_at(self, turn: Turn, reply: Reply) -> Turn:
        """The turn; of a picture of the shopper's own order, as if they had named it.

        Where a form waits for anything but which goods are meant, a picture stays one.
        """
        if turn.intent != SHARE_IMAGE or (turn.form and turn.asked not in _WHICH_ONE):
            return turn
        shown = await self._shown_order(turn)
        if shown is None:
            return turn
        if turn.form and shown.line is not None:
            of_it = Entity("order_line", f"{shown.order.id}/{shown.line.id}")
            return replace(turn.as_intent("order_status"), entities=(of_it,))
        named = Entity(shown.name, shown.value, 0, len(shown.value))
        told = replace(turn, text=shown.value, entities=(named,), clicked=False, confidence=1.0)
        told = told.as_intent("order_status")
        if turn.form:
            in_hand = turn.slot("flow_thing").partition("/")[0]
            return turn if shown.order.id == in_hand else told
        reply.say("picture_of_order", label=(shown.line or shown.order.lines[0]).label)
        known = turn.slots.get("order_pictures") or ()
        of_orders = [*known, f"{turn.sender}#{turn.seqs[-1]}"][-_ORDER_PICTURES:]
        reply.remember(order_pictures=of_orders)
        return replace(told, slots={**turn.slots, "order_pictures": of_orders})

    async def _shown_order(self, turn: Turn) -> ShownOrder | None:
        """The order on the picture, if it is the asker's; nobody learns of others that they are."""
        if self.services.sight is None or turn.key is None or not turn.seqs:
            return None
        customer_id = await self.services.identities.customer_of(turn.key)
        if customer_id is None:
            return None
        lines = await self.services.sight.lines(turn.key, turn.seqs[-1])
        try:
            return await order_on(lines, customer_id, self.services.shop)
        except ShopUnavailable:
            return None  # it stays a picture, which needs no system

    def _needs(self, action: str, turn: Turn) -> list[Need]:
        context = self._context()
        turn = context.with_places(turn.without_denied())
        if (settled := context.settled(turn)) is not None:
            return [settled]
        needs = context.asked(action, turn)
        wish = plainly(turn) or plainly(needs[0].turn) if len(needs) == 1 else None
        return needs if wish is None else [Need(self.rules[wish], turn.as_intent(wish))]

    async def _answerable(self, need: Need) -> Need:
        """What may be meant instead where the need is one of orders.

        Nobody knows whose, or there are none and the message only names a kind of goods.
        """
        skill = self._skills[need.action]
        other = self._context().of_goods(need.turn) if skill.of_orders else None
        if other is None:
            return need
        customer_id = await skill.customer_id(need.turn)
        if customer_id is None:
            return other
        shown = self._context().shown_of_kind(need.turn)
        if shown is None or await self.services.shop.orders.recent(customer_id, limit=1):
            return need
        return shown

    def _without_calls(self, needs: Sequence[Need], turn: Turn) -> list[Need]:
        """The needs without calls for a person, which the rules say these are not.

        别帮我转人工; 笑死 客服是不是机器人; 换个说法，到哪了, the beginning taken for a complaint;
        4天了！你们搞什么, which asks the same once more.
        """
        kept = [
            need
            for need in needs
            if need.action != "action_handoff"
            or self.rules.get(need.turn.intent) != "action_handoff"
        ]
        if kept or not needs:
            return kept
        if whether_machine(turn.text):
            return [Need(self.rules["chitchat"], turn.as_intent("chitchat"))]
        if turn.form or needs[0].turn.intent != "service_complaint":
            return [Need(self.rules["deny"], turn.as_intent("deny"))]
        topic = turn.topic
        if topic is None or topic.action == "action_handoff":
            return [self._context().not_understood(turn)]
        return [Need(topic.action, turn.resumed(topic))]

    async def _judge(self, turn: Turn) -> Decision:
        """What the rules of `handoff.yml` say of a typed message, unless it is but a command."""
        agrees = bool(turn.form) and says_yes(turn.text)
        if turn.clicked or agrees or oddness(turn.text) == "command" or pauses(turn.text):
            return Decision()
        rules = self.services.handoff_rules.current()
        # 黑色的, said to three questions in turn, is an answer each time; and 个人的, said of an
        # invoice, calls for nobody, whatever it sounds like.
        context = self._context()
        if turn.form:
            need = context.beside(turn) or context.chosen(turn)
        else:
            need = context.settled(turn.without_denied()) or context.fragment(turn)
        answers = bool(turn.form) or need is not None
        meant = turn if need is None else turn.as_intent(need.turn.intent)
        if need is None and _tells_why(turn):
            meant = turn.as_intent(FALLBACK_INTENT)
        overdue = False
        if turn.key is not None and rules.reproaches(turn.text):
            customer_id = await self.services.identities.customer_of(turn.key)
            overdue = await behind_our_word(self.services.shop, customer_id, self.services.clock())
        return rules.decide(
            rules.situation(
                meant, repeats=1 if answers else turn.repeats, overdue=overdue, answers=answers
            )
        )

    def _offer_person(self, decision: Decision, turn: Turn, reply: Reply) -> None:
        """Ask whether a person should come; a yes to it brings one."""
        if decision.reason == "repeated":
            reply.unknown(UnknownReason.REPEATED)
        reply.say(decision.say, [self._skills["action_handoff"].human()])
        reply.await_yes("action_handoff", turn.as_intent(decision.reason))

    def _in_form(self, action: str, turn: Turn) -> list[Need]:
        """A digression from the form; its own reading of the message comes first."""
        if action != self.rules.get(turn.intent):
            return [Need(action, turn)]
        context = self._context()
        if (meant := context.beside(turn)) is not None:
            return [meant]
        if found := needs_in(turn, self.rules):
            return found
        return [Need(action, turn) if context.trusted(turn) else context.not_understood(turn)]

    def _context(self) -> Context:
        phrases = self.services.phrases.current()
        return Context(
            rules=self.rules,
            again=lambda action: self._skills[action].again,
            titles={folded(title): intent for intent, title in phrases.titles.items()},
            wishes=wish_words(phrases),
        )

    def _note_topic(self, need: Need, reply: Reply) -> None:
        """What is talked about now; courtesies and calls for a person leave it as it was."""
        intent = need.turn.intent
        told = reply.remembers("topic")  # a skill may know better, e.g. what was refused
        if intent in self.rules and intent not in IDLE | _NO_TOPIC and not told:
            reply.talk_of(need.action, need.turn)

    def _warn(self, turn: Turn, reply: Reply) -> bool:
        """What nobody should send to a shop is not asked for, and said so once; whether it was."""
        warnings = {_WARNINGS[kind] for kind in turn.personal & _WARNINGS.keys()}
        if turn.answered or not warnings:
            return False
        reply.say(max(warnings))
        return True


def _tells_why(turn: Turn) -> bool:
    """大了: the reason that a form asks for, which only sounds like a complaint."""
    told = bool(turn.form) and turn.first("reason") is not None
    complains = turn.intent == "service_complaint"
    return told and complains and not for_a_person(turn, answers=True)


def _offered_already(decision: Decision, turn: Turn) -> bool:
    """Whether the shopper answers our offer of a person with what would bring the same offer."""
    pending = turn.pending
    return (
        decision.outcome is Outcome.OFFER_ONLY
        and pending is not None
        and pending.action == "action_handoff"
    )


class Skill(Action):
    """One action. Subclasses name it and implement `answer`."""

    action: str
    inside_form = False  # asked by Rasa's form, not by the shopper
    of_orders = False  # answers out of the shopper's own orders, who must be known
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
            reply = self.without_the_shop(turn)
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

    def _form_waits(self, intent: str, what: str, turn: Turn) -> Reply:
        """An open form, begun with that intent, waits at the question it has come to."""
        reply = self._reply(turn)
        again = Choice(self.label("choice.try_again"), payload(intent))
        reply.say("form_waits", [again, self.human()], what=what)
        return reply

    def without_the_shop(self, turn: Turn) -> Reply:
        """The reply when a system that is needed does not answer.

        A question that stands by itself is kept; an answer to one of ours would mean nothing.
        """
        if self.inside_form or turn.form or turn.pending is not None:
            return self._excuse("shop_unavailable", turn)
        reply = self._reply(turn)
        reply.say("shop_unavailable_kept", [self.human()])
        reply.keep_question()
        return reply


def _where(error: Exception) -> str:
    """File and line of the failure; never the message, which may hold a shopper's data."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{last.filename}:{last.lineno} {last.name}"
