"""How the bot's answers travel through Rasa: custom JSON out of the actions, `BotReply` at our end.

Text and buttons use Rasa's own fields. Cards, handoffs and unknown questions have none, so actions
send them with `dispatcher.utter_message(json_message=card_json(…))` and the connectors read them
back here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conversations.messages import (
    BotReply,
    Card,
    Choice,
    Content,
    HandoffRequest,
    Kind,
    Unknown,
    UnknownReason,
)

_FIELD = "zhanggui"


def card_json(card: Card, *, text: str) -> dict[str, Any]:
    """A card for `utter_message(json_message=…)`; `text` is what a plain channel shows."""
    return {_FIELD: "card", "content": Content(text=text, kind=Kind.CARD, card=card).to_json()}


def handoff_json(request: HandoffRequest) -> dict[str, Any]:
    """A handoff for `utter_message(json_message=…)`; takes effect with the turn's commit."""
    return {
        _FIELD: "handoff",
        "reason": request.reason,
        "reason_text": request.reason_text,
        "summary": list(request.summary),
        "package": dict(request.package),
        "priority": request.priority,
    }


def unknown_json(unknown: Unknown) -> dict[str, Any]:
    """An unknown question for `utter_message(json_message=…)`; no shopper ever sees it."""
    return {
        _FIELD: "unknown",
        "reason": unknown.reason.value,
        "text": unknown.text,
        "intent": unknown.intent,
        "confidence": unknown.confidence,
        "ranking": [list(reading) for reading in unknown.ranking],
    }


def keep_question_json() -> dict[str, Any]:
    """Asks, by `utter_message(json_message=…)`, for the message to be answered again later."""
    return {_FIELD: "keep_question"}


def read_reply(messages: Iterable[Mapping[str, Any]]) -> BotReply:
    """The answer in Rasa's collected messages of one turn, in their order.

    A message with text and buttons is one question with choices; text with an image is one
    picture with its caption. Empty messages are dropped.
    """
    contents: list[Content] = []
    handoff: HandoffRequest | None = None
    unknowns: list[Unknown] = []
    keep = False
    for message in messages:
        custom = message.get("custom")
        kind = custom.get(_FIELD) if isinstance(custom, Mapping) else None
        if custom is not None and kind == "handoff":
            handoff = _handoff(custom)
        elif custom is not None and kind == "unknown":
            unknowns.append(_unknown(custom))
        elif custom is not None and kind == "keep_question":
            keep = True
        elif custom is not None and kind == "card":
            contents.append(Content.from_json(custom["content"]))
        elif (content := _plain(message)) is not None:
            contents.append(content)
    return BotReply(
        contents=tuple(contents),
        handoff=handoff,
        unknowns=tuple(unknowns),
        keep_question=keep,
    )


def _handoff(body: Mapping[str, Any]) -> HandoffRequest:
    return HandoffRequest(
        reason=body["reason"],
        reason_text=body["reason_text"],
        summary=tuple(body["summary"]),
        package=body["package"],
        priority=body["priority"],
    )


def _unknown(body: Mapping[str, Any]) -> Unknown:
    return Unknown(
        reason=UnknownReason(body["reason"]),
        text=body["text"],
        intent=body["intent"],
        confidence=body["confidence"],
        ranking=tuple((name, confidence) for name, confidence in body["ranking"]),
    )


def _plain(message: Mapping[str, Any]) -> Content | None:
    text = (message.get("text") or "").strip()
    image = message.get("image") or ""
    buttons = message.get("buttons") or ()
    if buttons:
        return Content(
            text=text,
            kind=Kind.CHOICES,
            choices=tuple(Choice(title=b["title"], payload=b["payload"]) for b in buttons),
        )
    if image:
        return Content(text=text, kind=Kind.IMAGE, image=image)
    return Content(text=text) if text else None
