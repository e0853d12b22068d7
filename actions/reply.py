"""What one action says, remembers and starts; turned into Rasa's messages and events at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.needs import STARTS_A_FORM
from actions.phrases import Phrases
from actions.turn import Entity, Pending, Topic, Turn
from conversations.messages import Card, Choice, HandoffRequest, Unknown, UnknownReason
from conversations.replies import card_json, handoff_json, keep_question_json, unknown_json

MAX_CHOICES = 6  # a WeChat menu stays readable


class Reply:
    """Collects one action's answer; nothing reaches the shopper before `send`."""

    def __init__(self, *, phrases: Phrases, turn: Turn) -> None:
        self.phrases = phrases
        self._turn = turn
        self._messages: list[dict[str, Any]] = []
        self._slots: dict[str, Any] = dict.fromkeys(turn.forgotten)
        self._kept: dict[str, Any] = {}
        self._events: list[dict[str, Any]] = []

    def say(self, name: str, choices: Sequence[Choice] = (), /, **values: object) -> None:
        """A sentence of `phrases.yml`, with options under it."""
        self.text(self.phrases.sentence(name, self._said(), **values), choices)

    def one_of(self, texts: Sequence[str], choices: Sequence[Choice] = ()) -> None:
        """The first of these texts that was not just said; the last one when all were."""
        said = self._said()
        self.text(next((text for text in texts if text not in said), texts[-1]), choices)

    def text(self, text: str, choices: Sequence[Choice] = ()) -> None:
        """A text made of data; said again to the same question, it says so."""
        if text in self._turn.just_said and self._turn.asks_again:
            text = self.phrases.sentence("again", self._said(), text=text)
        self._messages.append({"text": text, "buttons": _buttons(choices)})

    def card(self, card: Card, *, text: str, anew: bool = False) -> None:
        """A card, unless it is still on the screen; `text` is what a plain channel shows.

        `anew`: hours have passed, it is shown again.
        """
        if self.shows(text) and not anew:
            return
        self._messages.append({"json_message": card_json(card, text=text), "plain": text})

    def image(self, address: str) -> None:
        """A picture on the web."""
        caption = self.phrases.label("knowledge.picture")
        self._messages.append({"text": caption, "image": address})

    def shows(self, card: str) -> bool:
        """Whether a card of that text is still on the screen."""
        return card in self._turn.shown

    def hand_over(self, request: HandoffRequest) -> None:
        """Ask for a person; a form that is open ends with that."""
        self._messages.append({"json_message": handoff_json(request)})
        if self._turn.form:
            self.end_form("handed_over")

    def end_form(self, outcome: str) -> None:
        """Close the form that is being filled in; `outcome` says why."""
        returning = self._turn.form == "return_form"
        self.keep(**{"return_outcome" if returning else "flow_outcome": outcome})
        self._events += [SlotSet("requested_slot", None), ActiveLoop(None)]

    def remember(self, **slots: Any) -> None:
        """Slots to keep."""
        self._slots.update(slots)

    def keep(self, **slots: Any) -> None:
        """Slots of a form, set even when unchanged: without any Rasa takes the form for unmoved."""
        self._kept.update(slots)

    def await_detail(self, action: str, turn: Turn) -> None:
        """Our question is open: the next message with a detail in it completes this one."""
        self._await("detail", action, turn)

    def awaits_detail(self, action: str) -> bool:
        """Whether this answer asks what `action` needs to know."""
        pending = Pending.from_slot(self.slots.get("pending"))
        return pending is not None and (pending.action, pending.awaits) == (action, "detail")

    @property
    def takes_up(self) -> bool:
        """Whether this answer begins a form, or asks what it must know to begin one."""
        pending = Pending.from_slot(self.slots.get("pending"))
        if pending is not None and pending.awaits == "detail" and pending.intent in STARTS_A_FORM:
            return True
        return self.remembers("flow_id") or self.remembers("return_flow")

    def await_yes(self, action: str, turn: Turn, *details: Entity) -> None:
        """Our offer is open: a yes to it runs `action` as if the shopper had asked for it."""
        self._await("yes", action, turn, *details)

    def talk_of(self, action: str, turn: Turn) -> None:
        """What the talk is about now, for messages that do not say it."""
        topic = Topic(action, turn.intent, turn.text, turn.entities, turn.knowledge)
        self.remember(topic=topic.to_slot())

    def unknown(self, reason: UnknownReason, *, text: str = "") -> None:
        """Announce a question that was not answered well, for those who teach the bot.

        `text` is what was asked when it is not this turn's message.
        """
        unknown = Unknown(
            reason=reason,
            text=text,
            intent=self._turn.intent,
            confidence=self._turn.confidence,
            ranking=self._turn.ranking,
        )
        self._messages.append({"json_message": unknown_json(unknown)})

    def keep_question(self) -> None:
        """Have this message answered again when the system that knows the answer is back."""
        self._messages.append({"json_message": keep_question_json()})

    def then(self, action: str) -> None:
        """The action to run next, whatever the rules say."""
        self._events.append(FollowupAction(action))

    @property
    def empty(self) -> bool:
        """Whether nothing has been said."""
        return not any("text" in message or "plain" in message for message in self._messages)

    @property
    def slots(self) -> dict[str, Any]:
        """The slots that this answer sets."""
        return {**self._slots, **self._kept}

    def remembers(self, slot: str) -> bool:
        """Whether this answer sets that slot."""
        return slot in self.slots

    def send(self, dispatcher: CollectingDispatcher) -> list[dict[str, Any]]:
        """Hand the messages to Rasa; returns the events."""
        for message in self._messages:
            dispatcher.utter_message(
                text=message.get("text"),
                image=message.get("image"),
                buttons=message.get("buttons"),
                json_message=message.get("json_message"),
            )
        changed = {
            name: value
            for name, value in self._slots.items()
            if self._turn.slots.get(name) != value or name in self._turn.forgotten
        }
        slots = [SlotSet(name, value) for name, value in {**changed, **self._kept}.items()]
        return slots + self._events

    def _await(self, awaits: str, action: str, turn: Turn, *details: Entity) -> None:
        pending = Pending(
            action=action,
            awaits=awaits,
            intent=turn.intent,
            wish=self._turn.intent,
            text=turn.text,
            entities=turn.entities + details,
            knowledge=turn.knowledge,
        )
        self.remember(pending=pending.to_slot())

    def _said(self) -> frozenset[str]:
        now = {message.get("text") or message.get("plain") or "" for message in self._messages}
        return self._turn.just_said | now


def payload(intent: str, **entities: str) -> str:
    """What a button says to Rasa, e.g. `/track_logistics{"order_number": "…"}`."""
    body = {name: value for name, value in entities.items() if value}
    return f"/{intent}{json.dumps(body, ensure_ascii=False)}" if body else f"/{intent}"


def _buttons(choices: Sequence[Choice]) -> list[dict[str, str]]:
    """At most six; the last, mostly the way to a person, stays."""
    shown = choices
    if len(choices) > MAX_CHOICES:
        shown = [*choices[: MAX_CHOICES - 1], choices[-1]]
    return [{"title": c.title, "payload": c.payload} for c in shown]
