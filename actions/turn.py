"""What one action needs to know of the talk so far: a frozen view of Rasa's tracker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conversations.errors import ZhangguiError
from conversations.keys import ConversationKey
from shop.waybills import NumberKind, classify

FALLBACK_INTENT = "nlu_fallback"
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
_RECENT = 4  # messages of the shopper that still belong to the matter in talk
_FILLER = re.compile(
    r"订单编?号?|运单号?|快递单?号?|单号|尾号|身高|体重|刚才|上次|我说的|就是|应该是|不是|而是"
    r"|以内|以下|之内|不超过|预算"
    r"|[的那这件个条双款单是要我选就它买吧呢啊哦嗯呀哈嘛了码色号斤重高约有大概左右\W_]"
)
_ALIKE = 0.6


@dataclass(frozen=True)
class Entity:
    """One thing named in the message; `start` and `end` are offsets in its text."""

    name: str
    value: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Pending:
    """What our last question waits for; kept in the slot `pending` from one turn to the next.

    `awaits` is "detail" (which order, which product, what height: the next message completes the
    question), "yes" (the next 好 accepts the offer) or "another" (nothing is asked, but 那毛衣呢
    asks the same about another thing). `action` then answers, as if the shopper had said all of
    `intent`, `entities` and `text` again. `wish` is the intent that led to it.
    """

    action: str
    awaits: str
    intent: str
    wish: str
    text: str = ""
    entities: tuple[Entity, ...] = ()

    def to_slot(self) -> dict[str, Any]:
        """The slot's value."""
        return {
            "action": self.action,
            "awaits": self.awaits,
            "intent": self.intent,
            "wish": self.wish,
            "text": self.text,
            "entities": [[entity.name, entity.value] for entity in self.entities],
        }

    @classmethod
    def from_slot(cls, value: Mapping[str, Any] | None) -> Pending | None:
        """The inverse of `to_slot`."""
        if not value:
            return None
        return cls(
            action=value["action"],
            awaits=value["awaits"],
            intent=value["intent"],
            wish=value["wish"],
            text=value["text"],
            entities=tuple(Entity(name, text) for name, text in value["entities"]),
        )


@dataclass(frozen=True)
class Line:
    """One line of the talk: who (`shopper`, `bot`, `agent`), what, and the intent understood."""

    who: str
    text: str
    intent: str = ""


@dataclass(frozen=True)
class Turn:
    """The shopper's latest message, what it was understood as, and the memory of the talk.

    `key` is None when the sender id is not one of ours (a test channel). `text` is empty for a
    click: a button's payload is not the shopper's words.
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

    @classmethod
    def from_tracker(cls, tracker: Any) -> Turn:
        """The view of a `rasa_sdk.Tracker`."""
        message = tracker.latest_message or {}
        text = message.get("text") or ""
        clicked = text.startswith("/")
        slots = dict(tracker.slots)
        intent = message.get("intent") or {}
        return cls(
            sender=tracker.sender_id,
            key=_key(tracker.sender_id),
            text="" if clicked else text.strip(),
            intent=intent.get("name") or "",
            confidence=float(intent.get("confidence") or 0.0),
            ranking=tuple(
                (item["name"], float(item["confidence"]))
                for item in message.get("intent_ranking") or ()
                if item["name"] != FALLBACK_INTENT
            ),
            entities=tuple(_entities(message.get("entities") or ())),
            slots=slots,
            form=tracker.active_loop_name or "",
            asked=slots.get("requested_slot") or "",
            transcript=tuple(_transcript(tracker.events)),
            clicked=clicked,
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
    def asked_last(self) -> Pending | None:
        """Our open question or offer, which a yes or no answers."""
        return self.pending if self.pending and self.pending.awaits != "another" else None

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
        """How many of the shopper's messages in a row, this one included, asked the same."""
        count = 0
        for line in reversed(self.transcript):
            if line.who != "shopper":
                continue
            if line.intent != self.intent or not _alike(line.text, self.text):
                break
            count += 1
        return count

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
    def recent_intents(self) -> frozenset[str]:
        """What the shopper's last messages before this one were about."""
        intents = [line.intent for line in self.transcript if line.who == "shopper"]
        return frozenset(intents[-_RECENT - 1 : -1])

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

    def resumed(self, pending: Pending) -> Turn:
        """The pending question, completed with the details of this message."""
        given = {entity.name for entity in self.entities}
        kept = tuple(entity for entity in pending.entities if entity.name not in given)
        return replace(
            self,
            intent=pending.intent,
            text=" ".join(part for part in (pending.text, self.text) if part),
            entities=kept + self.entities,
        )

    def about_another(self, pending: Pending) -> Turn:
        """The question just answered, asked about what this message names."""
        named = {entity.name for entity in self.entities}
        replaced = named | (_OF_A_THING if named & _THINGS else frozenset())
        return replace(
            self.resumed(pending),
            entities=tuple(e for e in pending.entities if e.name not in replaced) + self.entities,
        )

    def part(self, start: int, end: int, intent: str) -> Turn:
        """One clause of the message as a message of its own.

        A clause that names no thing means the one named elsewhere in the message.
        """
        mine = [e for e in self.entities if start <= e.start < end]
        if not any(entity.name in _THINGS for entity in mine):
            mine += [e for e in self.entities if e.name in _OF_A_THING and e not in mine]
        return replace(self, text=self.text[start:end], intent=intent, entities=tuple(mine))

    def as_intent(self, intent: str) -> Turn:
        """The same message, answered as if `intent` had been understood."""
        return replace(self, intent=intent)


def _alike(one: str, other: str) -> bool:
    if not one or not other or one.startswith("/"):
        return False
    first, second = set(one), set(other)
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


def _transcript(events: Sequence[Mapping[str, Any]]) -> list[Line]:
    lines: list[Line] = []
    for event in reversed(events):
        kind = event.get("event")
        if kind == "user":
            intent = (event.get("parse_data") or {}).get("intent") or {}
            lines.append(Line("shopper", event.get("text") or "", intent.get("name") or ""))
        elif kind in ("bot", "agent"):
            text = event.get("text") or _card_text(event)
            if text:
                lines.append(Line(kind, text))
        if len(lines) == _TRANSCRIPT_LINES:
            break
    lines.reverse()
    return lines


def _card_text(event: Mapping[str, Any]) -> str:
    custom = (event.get("data") or {}).get("custom") or {}
    content = custom.get("content") or {}
    return str(content.get("text") or "")
