"""How the bot's answers travel through Rasa: custom JSON out of the actions, `BotReply` at our end.

Text and buttons use Rasa's own fields. Cards and handoffs have none, so actions send them with
`dispatcher.utter_message(json_message=card_json(…))` and the connectors read them back here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conversations.messages import BotReply, Card, Choice, Content, HandoffRequest, Kind

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


def read_reply(messages: Iterable[Mapping[str, Any]]) -> BotReply:
    """The answer in Rasa's collected messages of one turn, in their order.

    A message with text and buttons is one question with choices; text with an image is one
    picture with its caption. Empty messages are dropped.
    """
    contents: list[Content] = []
    handoff: HandoffRequest | None = None
    for message in messages:
        custom = message.get("custom")
        if isinstance(custom, Mapping) and custom.get(_FIELD) == "handoff":
            handoff = HandoffRequest(
                reason=custom["reason"],
                reason_text=custom["reason_text"],
                summary=tuple(custom["summary"]),
                package=custom["package"],
                priority=custom["priority"],
            )
            continue
        if isinstance(custom, Mapping) and custom.get(_FIELD) == "card":
            contents.append(Content.from_json(custom["content"]))
            continue
        content = _plain(message)
        if content is not None:
            contents.append(content)
    return BotReply(contents=tuple(contents), handoff=handoff)


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
