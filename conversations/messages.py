"""What is said, by whom, in which form: the types every room speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from conversations.keys import ConversationKey


class Sender(str, Enum):
    """Who speaks. `note` is a remark of staff which the shopper never sees."""

    SHOPPER = "shopper"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"
    NOTE = "note"


class Kind(str, Enum):
    """The forms a message takes. `text` is always filled: what a plain channel can show."""

    TEXT = "text"
    CHOICES = "choices"
    CARD = "card"
    IMAGE = "image"


@dataclass(frozen=True)
class Choice:
    """One option under a question.

    `id` is given by the ledger (`<seq>.<n>`) and is what a click sends back; `payload` is what
    the bot hears then (a Rasa `/intent{…}`) and never leaves our side.
    """

    title: str
    payload: str
    id: str = ""


@dataclass(frozen=True)
class Card:
    """A titled block of facts, e.g. an order or a parcel.

    `rows` are (label, value) pairs in reading order; `image` and `link` are URLs or empty.
    """

    title: str
    subtitle: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    image: str = ""
    link: str = ""


@dataclass(frozen=True)
class Content:
    """The body of one message, whoever sends it."""

    text: str
    kind: Kind = Kind.TEXT
    choices: tuple[Choice, ...] = ()
    card: Card | None = None
    image: str = ""

    def to_json(self) -> dict[str, Any]:
        """The body as stored in the ledger (payloads included)."""
        body: dict[str, Any] = {"text": self.text, "kind": self.kind.value}
        if self.choices:
            body["choices"] = [
                {"id": c.id, "title": c.title, "payload": c.payload} for c in self.choices
            ]
        if self.card is not None:
            body["card"] = {
                "title": self.card.title,
                "subtitle": self.card.subtitle,
                "rows": [list(row) for row in self.card.rows],
                "image": self.card.image,
                "link": self.card.link,
            }
        if self.image:
            body["image"] = self.image
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Content:
        """The inverse of `to_json`."""
        card = body.get("card")
        return cls(
            text=body["text"],
            kind=Kind(body.get("kind", "text")),
            choices=tuple(
                Choice(title=c["title"], payload=c["payload"], id=c["id"])
                for c in body.get("choices", ())
            ),
            card=card
            and Card(
                title=card["title"],
                subtitle=card["subtitle"],
                rows=tuple((row[0], row[1]) for row in card["rows"]),
                image=card["image"],
                link=card["link"],
            ),
            image=body.get("image", ""),
        )


@dataclass(frozen=True)
class Picture:
    """A picture that a shopper sent. `id` is 32 hexadecimal digits that nobody can guess."""

    id: str
    data: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True)
class InboundMessage:
    """What a channel's door hands in once the platform's signature is verified.

    `platform_message_id` is unique within (channel, account): it makes platform retries one
    message. `choice_id` is set when the platform tells which option was clicked. `trigger` is a
    Rasa payload for what is not text (e.g. `/share_image`), built by the connector, never from
    shopper text. `picture` is to be kept with the message, for channels whose platform keeps none;
    the content's `image` is its address (`conversations.pictures`).
    """

    key: ConversationKey
    platform_message_id: str
    content: Content
    sent_at: datetime
    choice_id: str = ""
    trigger: str = ""
    picture: Picture | None = None


@dataclass(frozen=True)
class StoredMessage:
    """A message in the ledger. `seq` counts from 1 within the conversation."""

    key: ConversationKey
    seq: int
    sender: Sender
    content: Content
    at: datetime
    author: str = ""

    def public(self) -> dict[str, Any]:
        """The message as shoppers and desk clients see it: payloads stay behind."""
        body = self.content.to_json()
        return {
            "seq": self.seq,
            "from": self.sender.value,
            "kind": body["kind"],
            "text": body["text"],
            "choices": [{"id": c["id"], "title": c["title"]} for c in body.get("choices", ())],
            "card": body.get("card"),
            "image": body.get("image", ""),
            "author": self.author,
            "at": self.at.isoformat(),
        }


@dataclass(frozen=True)
class HandoffRequest:
    """The bot's wish that a person takes over, with all that person needs to know.

    `reason` is a code (e.g. `asked`, `complaint`, `misses`, `bot_failed`), `reason_text` the
    same for people; `summary` has at most three lines; `package` is the JSON of the right-hand
    panel (its parts: `desk.briefing`).
    """

    reason: str
    reason_text: str
    summary: tuple[str, ...]
    package: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0


class UnknownReason(str, Enum):
    """Why an answer was not one."""

    MISS = "miss"  # not understood
    LOW_CONFIDENCE = "low_confidence"  # answered, or asked back, on a guess
    UNKNOWN_ATTRIBUTE = "unknown_attribute"  # the catalogue does not say
    NO_ANSWER = "no_answer"  # understood, but nothing in the knowledge fits
    REPEATED = "repeated"  # the same question again: the first answer did not help
    DISLIKED = "disliked"  # the shopper said that the answer is wrong or no help
    FOREIGN = "foreign"  # a language that the bot does not speak


@dataclass(frozen=True)
class Unknown:
    """A question that the bot could not answer well, kept for those who teach it.

    `text` is what was asked, empty for all that the turn heard; `intent` and `confidence` (0 to 1)
    are the reading that was acted upon, `ranking` the likeliest readings, best first.
    """

    reason: UnknownReason
    text: str = ""
    intent: str = ""
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class BotReply:
    """Everything one bot turn produced. Committed as a whole or not at all.

    `keep_question`: a system that knows the answer is away; the message is to be asked again.
    """

    contents: tuple[Content, ...]
    handoff: HandoffRequest | None = None
    unknowns: tuple[Unknown, ...] = ()
    tracker_events: tuple[Mapping[str, Any], ...] = ()
    keep_question: bool = False
