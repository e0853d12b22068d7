"""What one action needs to know of the talk so far: a frozen view of Rasa's tracker."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actions import wording
from conversations.errors import ZhangguiError
from conversations.keys import ConversationKey
from shop.waybills import NumberKind, classify, find_numbers

FALLBACK_INTENT = "nlu_fallback"
COURTESIES = frozenset({"greet", "thanks", "goodbye", "affirm", "deny"})
ASKS_NOTHING = COURTESIES | {"chitchat"}
SHARE_IMAGE = "share_image"
OPEN_ENTRY = "open_entry"
"""The intent of an option that opens an entry; the entity `knowledge` names it."""
SILENCE = 30 * 60.0
"""Seconds without a word after which 那件 and 多久 no longer point at what was said before."""

_TRANSCRIPT_LINES = 40
_DETAILS = frozenset(
    {
        "product",
        "category",
        "color",
        "size",
        "time",
        "order_number",
        "waybill",
        "item_id",
        "amount",
        "phone_tail",
        "height",
        "weight",
        "reason",
    }
)
_THINGS = frozenset({"product", "category", "item_id", "order_number", "order_line", "waybill"})
_OF_A_THING = _THINGS | {"color", "size", "time"}
_BODY = frozenset({"height", "weight"})
_TELLING_APART = _DETAILS - {"time", "reason"}  # two questions that differ in these are two
_RECENT = 4  # messages of the shopper that still belong to the matter in talk
OF_THE_TALK = ("pending", "topic", "current_order", "current_product", "misses")
"""The slots that remember the matter in talk: a long silence empties them."""
_NUMBERED = frozenset({"order_number", "waybill", "phone_tail"})
COLUMN = " ｜ "
"""Between things that stand side by side on a card."""

_FILLER = re.compile(
    r"[订定]单编?号?|运单号?|快递单?号?|单号|尾号|身高|体重|刚才|上次|就是|应该是|不是|而是"
    r"|[说指问]的是|我?[是说]?[说指问]的?|[说讲搞弄记看]错|搞岔|^[啊哦哎呀]*(?:不对)+(?=[,，.。\s])|更正|另外|[拍下]的|下单|[下拍]了"
    r"|以内|以下|之内|不超过|预算"
    r"|[的那这一件个条双款单是要我选就它买吧呢啊哦嗯呀哈嘛了码色号斤重高约有里面大概左右\W_]"
)
_ALIKE = 0.6
_MOOD_STEP = 0.5  # of a level between a message's mood and the mean before it: no mere flutter
_OFFERS_STAND = 3  # messages of the shopper after which 第二个 is no choice among them
_NUMBERS = {
    NumberKind.ORDER: "order_number",
    NumberKind.WAYBILL: "waybill",
    NumberKind.ITEM: "item_id",
}
DENIED_BEFORE = re.compile(
    r"(?:(?<!是)不是|(?<!要)不要|(?<!想)不想要|并非|(?<!有)没有|不算|不用|别(?![的人家处]))"
    r"[^，,。.；;\s要是换就而]{0,3}$"
)
_DENIED_AFTER = re.compile(r"[的那这件款]{0,2}(?:我?不要|不想要|不行)(?=[，,。；;\s我要想换]|$)")
# 到哪了，不对，是那件: what stands after it replaces what stands before. 颜色不对 tells of a fault.
_CORRECTS = re.compile(
    r"[,，。.;；!！?？\s](?:[哦噢啊呃额]不|(?:[哦噢啊呃额]|我)*(?:不对|[说打写看问]错)[了啊哦呀]*)[,，。.!！\s]*"
    r"(?:应该|我?(?:说|问|查)的|我?要查的?)*(?:是|查|看)?"
)
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{3,}(?![0-9A-Za-z])")


@dataclass(frozen=True)
class Entity:
    """One thing named in the message; `start` and `end` are offsets in its text."""

    name: str
    value: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Topic:
    """A question as we took it: `action` answers it out of `intent`, `text` and `entities`.

    The slot `topic` keeps the last one answered: what the talk is about. A message that says
    nothing by itself (多久, 那毛衣呢) asks about it.
    """

    action: str
    intent: str
    text: str = ""
    entities: tuple[Entity, ...] = ()
    knowledge: tuple[tuple[str, float], ...] = ()

    def to_slot(self) -> dict[str, Any]:
        """The slot's value."""
        return {
            "action": self.action,
            "intent": self.intent,
            "text": self.text,
            "entities": [[entity.name, entity.value] for entity in self.entities],
            "knowledge": [list(candidate) for candidate in self.knowledge],
        }

    def of(self, name: str) -> bool:
        """Whether it is of a thing named by that entity."""
        return any(entity.name == name for entity in self.entities)

    @classmethod
    def from_slot(cls, value: Mapping[str, Any] | None) -> Topic | None:
        """The inverse of `to_slot`."""
        if not value:
            return None
        return cls(**_question(value))


@dataclass(frozen=True)
class Pending(Topic):
    """What our last question waits for; kept in the slot `pending` from one turn to the next.

    `awaits` is "detail" (which order, which product, what height: the next message completes the
    question) or "yes" (the next 好 accepts the offer). `wish` is the intent that led to it.
    """

    awaits: str = "detail"
    wish: str = ""

    def to_slot(self) -> dict[str, Any]:
        """The slot's value."""
        return {**super().to_slot(), "awaits": self.awaits, "wish": self.wish}

    @classmethod
    def from_slot(cls, value: Mapping[str, Any] | None) -> Pending | None:
        """The inverse of `to_slot`."""
        if not value:
            return None
        return cls(**_question(value), awaits=value["awaits"], wish=value["wish"])


@dataclass(frozen=True)
class Offer:
    """One thing the bot showed: an option (`intent` is what a click on it asks) or a card."""

    title: str
    intent: str
    entities: tuple[Entity, ...]

    def of(self, name: str) -> bool:
        """Whether it is a thing named by that entity, e.g. `item_id`: a product."""
        return any(entity.name == name for entity in self.entities)


@dataclass(frozen=True)
class Clause:
    """A part of the message that the NLU read by itself; see `bot.nlu.clauses`.

    `denied`: it says what is not meant (不是退货).
    """

    start: int
    end: int
    intent: str
    confidence: float
    denied: bool


@dataclass(frozen=True)
class Line:
    """One line of the talk: who (`shopper`, `bot`, `agent`), what, and the intent understood.

    `ranking` are the likeliest intents, best first; `offers` what a line of the bot showed; `mood`
    a line of the shopper, from -2 (rage) to 2 (delight); `named` what it names, as (entity, value);
    `seq` is its number in the conversation's ledger, `at` when it was said (a Unix time), each 0
    when it is not known.
    """

    who: str
    text: str
    intent: str = ""
    offers: tuple[Offer, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    mood: int = 0
    named: frozenset[tuple[str, str]] = frozenset()
    seq: int = 0
    at: float = 0.0


@dataclass(frozen=True)
class Turn:
    """The shopper's latest message, what it was understood as, and the memory of the talk.

    `key` is None when the sender id is not one of ours (a test channel). `text` is empty for a
    click: a button's payload is not the shopper's words. `knowledge` are the entries of the shop's
    knowledge whose wording is like the message's, with scores, best first. `clauses` are the
    parts of a message with several, `personal` the kinds of personal data found in it, `seqs` the
    numbers in the ledger of the messages that were read together, `early` that they were written
    before our latest words;
    `forgotten` names the slots that `SILENCE` has emptied. `calls` says how likely each kind of
    trouble is that calls for a person (`bot.nlu.calls`); empty: nobody has read it.
    """

    sender: str
    key: ConversationKey | None
    text: str
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[Entity, ...]
    slots: Mapping[str, Any]
    form: str
    asked: str
    transcript: tuple[Line, ...]
    clicked: bool = False
    knowledge: tuple[tuple[str, float], ...] = ()
    clauses: tuple[Clause, ...] = ()
    personal: frozenset[str] = frozenset()
    seqs: tuple[int, ...] = ()
    early: bool = False
    forgotten: frozenset[str] = frozenset()
    calls: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_tracker(cls, tracker: Any) -> Turn:
        """The view of a `rasa_sdk.Tracker`."""
        message = tracker.latest_message or {}
        text = message.get("text") or ""
        clicked = text.startswith("/")
        slots = dict(tracker.slots)
        forgotten = frozenset(OF_THE_TALK if _silent(tracker) else ())
        slots.update(dict.fromkeys(forgotten))
        intent = message.get("intent") or {}
        found = _entities(message.get("entities") or ())
        return cls(
            sender=tracker.sender_id,
            key=_key(tracker.sender_id),
            text="" if clicked else text.strip(),
            intent=intent.get("name") or "",
            confidence=float(intent.get("confidence") or 0.0),
            ranking=tuple(_ranking(message)),
            entities=tuple(_placeless(found) if clicked else found),
            slots=slots,
            form=tracker.active_loop_name or "",
            asked=slots.get("requested_slot") or "",
            transcript=tuple(_transcript(tracker.events)),
            clicked=clicked,
            knowledge=tuple(
                (item["id"], float(item["score"])) for item in message.get("knowledge") or ()
            ),
            clauses=tuple(_clauses(message.get("clauses") or ())),
            personal=frozenset((message.get("metadata") or {}).get("personal") or ()),
            seqs=tuple((message.get("metadata") or {}).get("seqs") or ()),
            early=bool((message.get("metadata") or {}).get("early")),
            forgotten=forgotten,
            calls={kind: float(chance) for kind, chance in (message.get("calls") or {}).items()},
        )

    def first(self, name: str) -> str | None:
        """The first entity of that name in the message."""
        return next((entity.value for entity in self.entities if entity.name == name), None)

    def all(self, name: str) -> tuple[str, ...]:
        """All entities of that name, in the order of the message, each once."""
        return tuple(dict.fromkeys(e.value for e in self.entities if e.name == name))

    def slot(self, name: str) -> str:
        """A text slot's value, empty when unset."""
        return self.slots.get(name) or ""

    @property
    def pending(self) -> Pending | None:
        """What our last question waits for."""
        return Pending.from_slot(self.slots.get("pending"))

    @property
    def topic(self) -> Topic | None:
        """What the talk is about."""
        return Topic.from_slot(self.slots.get("topic"))

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The things the bot showed last, in order: options, else cards.

        Empty when that is long ago. A thing alone has no place: those before it still stand.
        """
        turns = 0
        shown: list[Offer] = []
        for line in reversed(self.transcript):
            if line.who == "shopper":
                turns += 1
                for same in (True, False):
                    alike = [offer for offer in shown if bool(offer.intent) is same]
                    if len(alike) > 1:
                        return tuple(alike)
                if turns > _OFFERS_STAND:
                    break
                shown = []
            elif line.who == "bot":
                shown = [*(offer for offer in line.offers if offer.entities), *shown]
        return ()

    @property
    def questions(self) -> Iterator[tuple[Offer, ...]]:
        """The options under each of our questions, the last question first."""
        for line in reversed(self.transcript):
            options = tuple(one for one in line.offers if one.intent)
            if line.who == "bot" and options:
                yield options

    @property
    def steps(self) -> tuple[Offer, ...]:
        """The answers to the step of troubleshooting that our last words asked to try."""
        shown = tuple(one for one in self.just_offered if one.intent == OPEN_ENTRY)
        return shown if any(wording.result(one.title) for one in shown) else ()

    @property
    def just_offered(self) -> tuple[Offer, ...]:
        """What our last words showed, those right before this message."""
        shown: list[Offer] = []
        for line in reversed(self.transcript[:-1]):
            if line.who != "bot":
                break
            shown = [*line.offers, *shown]
        return tuple(shown)

    @property
    def offered_items(self) -> tuple[str, ...]:
        """The item ids of the products among those."""
        named = (entity for offer in self.just_offered for entity in offer.entities)
        return tuple(dict.fromkeys(one.value for one in named if one.name == "item_id"))

    @property
    def misses(self) -> int:
        """How many messages in a row were not understood."""
        return int(self.slots.get("misses") or 0)

    @property
    def just_said(self) -> frozenset[str]:
        """The bot's texts of this turn and of the one before: not to be said again as they are."""
        texts: set[str] = set()
        shopper_lines = 0
        for line in reversed(self.transcript):
            if line.who == "shopper":
                shopper_lines += 1
                if shopper_lines == 2:
                    break
            elif line.who == "bot":
                texts.add(line.text)
        return frozenset(texts)

    @property
    def answered(self) -> bool:
        """Whether the bot has already spoken since the shopper's latest message."""
        return bool(self.transcript) and self.transcript[-1].who != "shopper"

    @property
    def repeats(self) -> int:
        """How many of the shopper's messages in a row, this one included, asked the same.

        About another thing it is another question, 还有吗 asks for more each time, and courtesies
        and small talk ask nothing.
        """
        said = [line for line in reversed(self.transcript) if line.who == "shopper"]
        if self.intent in ASKS_NOTHING or wording.fragment(self.text) == "others":
            return min(len(said), 1)
        count = 0
        for line in said:
            same = line.intent == self.intent and line.named == said[0].named
            if not same or not alike(line.text, self.text):
                break
            count += 1
        return count

    @property
    def asks(self) -> bool:
        """Whether the shopper typed something that is more than a courtesy."""
        return bool(self.text) and self.intent not in ASKS_NOTHING

    @property
    def asks_again(self) -> bool:
        """Whether this is the shopper's last question once more, typed or clicked."""
        said = [line.text for line in self.transcript if line.who == "shopper"][-2:]
        return self.repeats > 1 or (self.clicked and len(said) == 2 and said[0] == said[1])

    @property
    def moods(self) -> tuple[int, ...]:
        """The moods (-2 to 2) of what the shopper typed since an agent last spoke, this one last.

        Never empty: a talk begins calm.
        """
        moods = [0]
        for line in self.transcript:
            if line.who == "agent":
                moods = [0]
            elif line.who == "shopper" and not line.text.startswith("/"):
                moods.append(line.mood)
        return tuple(moods)

    @property
    def mood_trend(self) -> str:
        """Where the mood goes, as `trend_of` tells."""
        return trend_of(self.moods)

    @property
    def only_details(self) -> bool:
        """Whether the message only names things (黑色那件, 175 65公斤) and asks nothing."""
        spans = [(e.start, e.end) for e in self.entities if e.name in _DETAILS]
        if not self.text or not spans:
            return False
        rest = "".join(
            character
            for at, character in enumerate(self.text)
            if not any(start <= at < end for start, end in spans)
        )
        return not _FILLER.sub("", rest)

    @property
    def names(self) -> bool:
        """Whether the message names a thing: a product, a colour, a number…"""
        return any(entity.name in _DETAILS - {"reason", "time"} for entity in self.entities)

    @property
    def names_another(self) -> bool:
        """Whether the message does nothing but name something (那毛衣呢, 白色的)."""
        named = {entity.name for entity in self.entities}
        told = named & (_OF_A_THING | {"amount"}) - {"time"}
        return self.only_details and bool(told) and not named & _BODY

    @property
    def names_thing(self) -> bool:
        """Whether the message names a product, an order or a parcel, not only a colour or size."""
        return any(entity.name in _THINGS for entity in self.entities)

    @property
    def refused(self) -> tuple[str, ...]:
        """The goods that a typed message does not want (不要吃的): by our name, and as it says."""
        unwanted = [
            entity
            for entity in self.entities
            if entity.name in ("category", "product")
            and wording.refusing(self.text[: entity.start])
        ]
        named = ((one.value, self.text[one.start : one.end]) for one in unwanted)
        return tuple(dict.fromkeys(word for words in named for word in words if word))

    @property
    def asked_lately(self) -> tuple[Line, ...]:
        """What the shopper typed in the last messages before this one, the newest last."""
        typed = [line for line in self.transcript if line.who == "shopper"][-_RECENT - 1 : -1]
        return tuple(line for line in typed if line.text and not line.text.startswith("/"))

    @property
    def asked_before(self) -> Line | None:
        """The shopper's message before this one."""
        return self.asked_lately[-1] if self.asked_lately else None

    @property
    def recent_intents(self) -> frozenset[str]:
        """What the shopper's last messages before this one were about."""
        intents = [line.intent for line in self.transcript if line.who == "shopper"]
        return frozenset(intents[-_RECENT - 1 : -1])

    @property
    def pictures(self) -> tuple[str, ...]:
        """The pictures among the shopper's last messages, this one included: their references.

        Without those on which an order was read: they show no goods.
        """
        said = [line for line in self.transcript if line.who == "shopper"][-_RECENT:]
        shown = (f"{self.sender}#{line.seq}" for line in said if line.intent == SHARE_IMAGE)
        of_orders = self.slots.get("order_pictures") or ()
        return tuple(one for one in shown if one not in of_orders)

    @property
    def shown(self) -> frozenset[str]:
        """The bot's texts since a few messages of the shopper: still on the screen."""
        texts: set[str] = set()
        shopper_lines = 0
        for line in reversed(self.transcript):
            if line.who == "shopper":
                shopper_lines += 1
                if shopper_lines > _RECENT:
                    break
            elif line.who == "bot":
                texts.add(line.text)
        return frozenset(texts)

    @property
    def only_numbers(self) -> bool:
        """Whether the message is a bare order or waybill number."""
        kinds = classify(_FILLER.sub("", self.text)).kinds
        return NumberKind.ORDER in kinds or NumberKind.WAYBILL in kinds

    @property
    def has_whole_number(self) -> bool:
        """Whether a whole order number is in the message."""
        return any(NumberKind.ORDER in number.kinds for number in find_numbers(self.text))

    def resumed(self, asked: Topic) -> Turn:
        """That question, completed with the details of this message; a number replaces another."""
        given = {entity.name for entity in self.entities}
        said = asked.text
        if given & _NUMBERED:
            given |= _NUMBERED
            said = _NUMBER.sub(" ", said).strip()
        kept = tuple(entity for entity in asked.entities if entity.name not in given)
        return replace(
            self,
            intent=asked.intent,
            text=" ".join(part for part in (said, self.text) if part),
            entities=kept + self.entities,
            knowledge=asked.knowledge + self.knowledge,
        )

    def about_another(self, asked: Topic) -> Turn:
        """That question, asked about what this message names."""
        named = {entity.name for entity in self.entities}
        replaced = named | (_OF_A_THING if named & _THINGS else frozenset())
        if named & _THINGS:
            asked = replace(asked, text=_NUMBER.sub(" ", asked.text).strip())
        return replace(
            self.resumed(asked),
            entities=tuple(e for e in asked.entities if e.name not in replaced) + self.entities,
        )

    def without_denied(self) -> Turn:
        """The message without the things it denies (不是耳机，是毛衣; 不要黑色要白色).

        The same holds for what is corrected in the same breath (衬衫到哪了，不对，是毛衣).
        Blanks stand in their place. A message that denies all it names stays as it is.
        """
        return self._corrected()._undenied()

    def _corrected(self) -> Turn:
        """The message without what it names before it corrects itself."""
        match = _CORRECTS.search(self.text)
        if match is None:
            return self
        after = {e.name for e in self.entities if e.start >= match.end()}
        number = _NUMBER.search(self.text, match.end()) is not None
        wrong = after | (_OF_A_THING if after & _THINGS else frozenset())
        replaced = [e for e in self.entities if 0 < e.end <= match.start() and e.name in wrong]
        spans = [(e.start, e.end) for e in replaced]
        if number:
            spans += [m.span() for m in _NUMBER.finditer(self.text, 0, match.start())]
        kept = tuple(e for e in self.entities if e not in replaced)
        return replace(self, text=blanked(self.text, spans), entities=kept) if spans else self

    def _undenied(self) -> Turn:
        spans = {e: span for e in self.entities if (span := self._denial(e)) is not None}
        others = [e for e in self.entities if e not in spans and e.name in _OF_A_THING | {"reason"}]
        denied = {
            e: span
            for e, span in spans.items()
            if any(self._of_one_need(e, other) for other in others)
        }
        kept = tuple(e for e in self.entities if e not in denied)
        return replace(self, text=blanked(self.text, denied.values()), entities=kept)

    def _of_one_need(self, one: Entity, other: Entity) -> bool:
        """Whether two things are named for the same need: not in 裤子到哪了，还有衬衫我不要了."""
        needs = [c for c in self.clauses if not c.denied]
        first, second = (
            next((c for c in needs if c.start <= e.start < c.end), None) for e in (one, other)
        )
        return first is None or second is None or first == second

    def _denial(self, entity: Entity) -> tuple[int, int] | None:
        """From where to where the message denies that entity."""
        if not entity.end:
            return None  # of a button
        if before := DENIED_BEFORE.search(self.text[: entity.start]):
            return before.start(), entity.end
        if after := _DENIED_AFTER.match(self.text[entity.end :]):
            return entity.start, entity.end + after.end()
        return None

    def part(self, start: int, end: int, intent: str) -> Turn:
        """One clause of the message as a message of its own.

        A clause that names no thing means the one named elsewhere in the message, which then
        stands in no place, like what a button has named.
        """
        inside = [e for e in self.entities if start <= e.start < end]
        mine = [replace(e, start=e.start - start, end=e.end - start) for e in inside]
        if not any(entity.name in _THINGS for entity in mine):
            others = (e for e in self.entities if e.name in _OF_A_THING and e not in inside)
            mine += [replace(e, start=0, end=0) for e in others]
        return replace(
            self, text=self.text[start:end], intent=intent, entities=tuple(mine), knowledge=()
        )

    def without(self, *spans: tuple[int, int]) -> Turn:
        """The message with blanks in those places, and without what is named there.

        What a button has named stands in no place.
        """
        kept = (e for e in self.entities if not (e.end and any(a <= e.start < b for a, b in spans)))
        return replace(self, text=blanked(self.text, spans), entities=tuple(kept))

    def as_intent(self, intent: str) -> Turn:
        """The same message, answered as if `intent` had been understood."""
        return replace(self, intent=intent)


def undenied(
    words: re.Pattern[str], text: str, denial: re.Pattern[str] = DENIED_BEFORE
) -> list[re.Match[str]]:
    """Where the words are told and no denial ends before them (not in 不是少发，是发错了)."""
    return [one for one in words.finditer(text) if not denial.search(text[: one.start()])]


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with blanks for the spans (from, to): all that is left stays where it is."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _question(value: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a `Topic` in a slot's value."""
    return {
        "action": value["action"],
        "intent": value["intent"],
        "text": value["text"],
        "entities": tuple(Entity(name, text) for name, text in value["entities"]),
        "knowledge": tuple((key, score) for key, score in value.get("knowledge", ())),
    }


def _silent(tracker: Any) -> bool:
    """Whether the shopper's message before this one is too long ago; a form waits."""
    if tracker.active_loop_name:
        return False
    times = [event["timestamp"] for event in tracker.events if _is_said(event)]
    return len(times) > 1 and times[-1] - times[-2] > SILENCE


def _is_said(event: Mapping[str, Any]) -> bool:
    return event.get("event") in ("user", "bot") and event.get("timestamp") is not None


def _ranking(parsed: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for item in parsed.get("intent_ranking") or ():
        if item["name"] != FALLBACK_INTENT:
            yield item["name"], float(item["confidence"])


def _clauses(found: Sequence[Mapping[str, Any]]) -> Iterator[Clause]:
    for item in found:
        yield Clause(
            start=item["start"],
            end=item["end"],
            intent=item["intent"],
            confidence=float(item["confidence"]),
            denied=bool(item["denied"]),
        )


def trend_of(moods: Sequence[int]) -> str:
    """`falling`, `steady`, or `rising` after it had been bad: the last mood against the others."""
    *earlier, now = moods
    change = now - sum(earlier) / len(earlier) if earlier else 0.0
    if change <= -_MOOD_STEP:
        return "falling"
    return "rising" if change >= _MOOD_STEP and min(earlier) < 0 else "steady"


def alike(one: str, other: str) -> bool:
    """Whether two messages say the same in nearly the same letters; a click says nothing."""
    first, second = (set(filter(str.isalnum, text)) for text in (one, other))
    if not first or not second or one.startswith("/"):
        return False
    return len(first & second) / len(first | second) >= _ALIKE


def _key(sender: str) -> ConversationKey | None:
    try:
        return ConversationKey.parse(sender)
    except ZhangguiError:
        return None


def _entities(found: Sequence[Mapping[str, Any]]) -> Iterator[Entity]:
    for item in sorted(found, key=lambda item: item.get("start") or 0):
        value = item.get("value")
        if value is not None:
            yield Entity(
                name=item["entity"],
                value=str(value),
                start=item.get("start") or 0,
                end=item.get("end") or 0,
            )


def _placeless(found: Iterable[Entity]) -> Iterator[Entity]:
    """What a button names stands in no place of the words: Rasa gives those in its payload."""
    return (replace(entity, start=0, end=0) for entity in found)


def _transcript(events: Sequence[Mapping[str, Any]]) -> list[Line]:
    lines: list[Line] = []
    for event in reversed(events):
        kind = event.get("event")
        at = float(event.get("timestamp") or 0)
        if kind == "user":
            parsed = event.get("parse_data") or {}
            intent = (parsed.get("intent") or {}).get("name") or ""
            ranking = tuple(_ranking(parsed))
            mood = int(parsed.get("mood") or 0)
            text = event.get("text") or ""
            named = frozenset(
                (entity.name, entity.value)
                for entity in _entities(parsed.get("entities") or ())
                if entity.name in _TELLING_APART
            )
            seq = int((parsed.get("metadata") or {}).get("seq") or 0)
            lines.append(
                Line(
                    *("shopper", text, intent),
                    ranking=ranking,
                    mood=mood,
                    named=named,
                    seq=seq,
                    at=at,
                )
            )
        elif kind in ("bot", "agent"):
            text = event.get("text") or _card_text(event)
            if text:
                lines.append(Line(kind, text, offers=tuple(_offers(event, text)), at=at))
        if len(lines) == _TRANSCRIPT_LINES:
            break
    lines.reverse()
    return lines


def _card_text(event: Mapping[str, Any]) -> str:
    custom = (event.get("data") or {}).get("custom") or {}
    content = custom.get("content") or {}
    return str(content.get("text") or "")


def _offers(event: Mapping[str, Any], text: str) -> Iterator[Offer]:
    """The options of a message, or what its card is about by the first number on it."""
    data = event.get("data") or {}
    for button in data.get("buttons") or ():
        intent, _, body = str(button["payload"]).removeprefix("/").partition("{")
        values = json.loads("{" + body) if body else {}
        entities = tuple(Entity(name, str(value)) for name, value in values.items())
        yield Offer(button["title"], intent, entities)
    if _card_text(event):
        title = text.partition("\n")[0]
        compared = title.split(COLUMN)
        if len(compared) > 1 and "：" not in title:  # else they are choices of one product
            yield from (Offer(name, "", (Entity("product", name),)) for name in compared)
            return
        for number in find_numbers(text):
            if (name := _NUMBERS.get(number.kinds[0])) is not None:
                about = Entity(name, number.value)
                listed = _listed(text) if name == "order_number" else []
                for goods in listed:
                    yield Offer(goods, "", (about, Entity("product", goods)))
                if not listed:
                    yield Offer(title, "", (about,))
                return


def _listed(card: str) -> list[str]:
    """What a card shows several of, each in a row of the same label: the goods of an order."""
    rows = [row.partition("：") for row in card.split("\n")[1:]]
    labels = [label for label, _, _ in rows]
    return [value for label, _, value in rows if labels.count(label) > 1]
