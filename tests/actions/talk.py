"""A talk with the skills, without Rasa: the rules of `data/stories`, slots, and the form's loop.

It does what RulePolicy and FormAction do (rasa/core/policies/rule_policy.py, actions/forms.py),
no more: intent → action by rule; while the form is open, the form first, then the rule when the
form keeps no slot, then the form's question again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker
from ruamel.yaml import YAML

from actions.base import House
from actions.rules import rules_in
from conversations import privacy
from conversations.choices import pick
from conversations.messages import BotReply, Choice, HandoffRequest
from conversations.replies import read_reply
from conversations.text import neutralize

ROOT = Path(__file__).resolve().parents[2]

Read = Callable[[str], Awaitable[Mapping[str, Any]]]
"""What the NLU makes of a text: a parse result of Rasa."""


def _yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


RULES = rules_in(ROOT / "data" / "stories")
FORMS: Mapping[str, list[str]] = {
    form: described["required_slots"]
    for path in (ROOT / "domain").glob("*.yml")
    for form, described in _yaml(path).get("forms", {}).items()
}
AFTER: Mapping[str, str] = {
    rule["steps"][0]["action"]: rule["steps"][-1]["action"]
    for path in (ROOT / "data" / "stories").glob("*.yml")
    for rule in _yaml(path)["rules"]
    if rule["steps"][0].get("action") in FORMS
}


@dataclass(frozen=True)
class Heard:
    """What the shopper got in one turn."""

    reply: BotReply

    @property
    def text(self) -> str:
        """All texts and cards, one below the other."""
        return "\n".join(content.text for content in self.reply.contents)

    @property
    def texts(self) -> list[str]:
        return [content.text for content in self.reply.contents]

    @property
    def choices(self) -> list[Choice]:
        return [choice for content in self.reply.contents for choice in content.choices]

    @property
    def titles(self) -> list[str]:
        return [choice.title for choice in self.choices]

    @property
    def handoff(self) -> HandoffRequest:
        assert self.reply.handoff is not None, self.text
        return self.reply.handoff

    @property
    def handed_over(self) -> bool:
        return self.reply.handoff is not None


class Talk:
    """One shopper's conversation with the house."""

    def __init__(self, house: House, sender: str) -> None:
        self.house = house
        self.sender = sender
        self.now = time.time
        self.slots: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.form: str | None = None
        self._ended = ""  # the form that an action has closed
        self._latest: dict[str, Any] = {}
        self._messages: list[dict[str, Any]] = []
        self._options: Sequence[Choice] = ()

    async def say(
        self,
        text: str,
        intent: str,
        *,
        ranking: tuple[str, ...] = (),
        clauses: tuple[tuple[str, str], ...] = (),
        denied: tuple[tuple[str, str], ...] = (),
        confidence: float = 0.9,
        mood: int = 0,
        metadata: Mapping[str, Any] | None = None,
        knowledge: Sequence[tuple[str, float]] = (),
        **entities: str | tuple[str, str],
    ) -> Heard:
        """A typed message. Entities are `name=words` or `name=(words, value)`.

        `clauses` and `denied` are what the NLU reads in parts: (words, intent); `knowledge` are
        the entries it finds, with their scores.
        """
        found = []
        for name, given in entities.items():
            words, value = given if isinstance(given, tuple) else (given, given)
            found.append(_named(name, value, words, text.index(words)))
        parts = [
            {
                "start": text.index(words),
                "end": text.index(words) + len(words),
                "intent": meaning,
                "confidence": 0.9,
                "denied": (words, meaning) in denied,
            }
            for words, meaning in sorted((*clauses, *denied), key=lambda part: text.index(part[0]))
        ]
        return await self.hear(
            {
                **_read_as(text, intent, found, ranking=ranking, confidence=confidence),
                "knowledge": [{"id": entry, "score": score} for entry, score in knowledge],
                "clauses": parts,
                "mood": mood,
            },
            metadata=metadata,
        )

    async def colours(self, text: str, intent: str, named: Sequence[tuple[str, int]]) -> Heard:
        """A typed message that names several colours, each given with where it stands."""
        found = [_named("color", words, words, at) for words, at in named]
        return await self.hear(_read_as(text, intent, found))

    async def products(self, text: str, intent: str, named: Sequence[str]) -> Heard:
        """A typed message that names several products, each in the words of the shop."""
        found = [_named("product", words, words, text.index(words)) for words in named]
        return await self.hear(_read_as(text, intent, found))

    async def write(self, text: str, read: Read) -> Heard:
        """A typed message, read by a model, on the way that the house gives it.

        An option of the last question that the text names is a click
        (`conversations.turns.TurnQueue`); anything else is masked and neutralised first
        (`connectors.rasa_bot`).
        """
        if (chosen := pick(self._options, text)) is not None:
            return await self.send(chosen.payload)
        masked = privacy.find(text)
        personal = sorted(kind.value for kind in masked.kinds)
        return await self.hear(await read(neutralize(masked.text)), metadata={"personal": personal})

    async def click(self, title: str, heard: Heard) -> Heard:
        """A click on the option of that title (its beginning is enough)."""
        payload = next(c.payload for c in heard.choices if c.title.startswith(title))
        return await self.send(payload)

    async def send(self, payload: str) -> Heard:
        """A button's payload, as Rasa's RegexMessageHandler reads it."""
        intent, _, body = payload[1:].partition("{")
        values: Mapping[str, str] = YAML(typ="safe").load("{" + body) if body else {}
        where = {"start": payload.find("{"), "end": len(payload)}
        found = [{"entity": name, "value": value, **where} for name, value in values.items()]
        return await self.hear(_read_as(payload, intent, found))

    async def hear(
        self, parsed: Mapping[str, Any], *, metadata: Mapping[str, Any] | None = None
    ) -> Heard:
        """A message as the NLU read it: a parse result of Rasa."""
        self._latest = {**parsed, "metadata": dict(metadata or {})}
        self.events.append(
            {
                "event": "user",
                "text": parsed["text"],
                "parse_data": self._latest,
                "timestamp": self.now(),
            }
        )
        self._messages = []
        intent = parsed["intent"]["name"]
        if self.form:
            await self._form_turn(intent)
        else:
            await self._rule(intent)
        heard = Heard(read_reply(self._messages))
        for content in heard.reply.contents:
            self._options = content.choices or self._options
        return heard

    async def _rule(self, intent: str) -> None:
        await self._open(await self.run(RULES[intent]))

    async def _open(self, follow: str | None) -> None:
        """The form that an action asks for next, if it does."""
        if follow in FORMS:
            self.form = follow
            self.slots["requested_slot"] = None
            await self.run(f"validate_{follow}")
            await self._ask()

    async def _form_turn(self, intent: str) -> None:
        moved, follow = await self._validate()
        if follow in FORMS:
            await self._open(follow)
            return
        if moved:
            await self._ask()
            return
        follow = await self.run(RULES[intent])
        if follow in FORMS:
            await self._open(follow)
        elif self.form:
            await self._validate()
            await self._ask()

    async def _validate(self) -> tuple[bool, str | None]:
        """Whether the form keeps a slot, and what it lets run next."""
        before = len(self.events)
        follow = await self.run(f"validate_{self.form}")
        names = {e["name"] for e in self.events[before:] if e["event"] == "slot"}
        return bool(names - {"requested_slot"}), follow

    async def _ask(self) -> None:
        required = FORMS[self.form] if self.form else []
        missing = [name for name in required if self.slots.get(name) is None]
        if self.form and missing:
            self.slots["requested_slot"] = missing[0]
            own = f"action_ask_{self.form}_{missing[0]}"
            await self.run(own if own in self.house.skills else f"action_ask_{missing[0]}")
            if self.form:
                return
        ended, self.form = self.form or self._ended, None
        self.slots["requested_slot"] = None
        await self.run(AFTER[ended])

    async def run(self, action: str) -> str | None:
        """One action; its messages and events become part of the talk."""
        dispatcher = CollectingDispatcher()
        tracker = Tracker(
            sender_id=self.sender,
            slots=dict(self.slots),
            latest_message=self._latest,
            events=list(self.events),
            paused=False,
            followup_action=None,
            active_loop={"name": self.form} if self.form else {},
            latest_action_name=None,
        )
        events = await self.house.skills[action].run(dispatcher, tracker, {})
        for message in dispatcher.messages:
            self._messages.append(message)
            self.events.append(
                {
                    "event": "bot",
                    "text": message["text"],
                    "data": {"custom": message["custom"], "buttons": message["buttons"]},
                    "timestamp": self.now(),
                }
            )
        follow = None
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
                self.events.append(event)
            elif event["event"] == "active_loop":
                self._ended, self.form = self.form or "", event["name"]
            elif event["event"] == "followup":
                follow = event["name"]
        return follow


def _named(name: str, value: str, words: str, at: int) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": at, "end": at + len(words)}


def _read_as(
    text: str,
    intent: str,
    entities: Sequence[Mapping[str, Any]],
    *,
    ranking: Sequence[str] = (),
    confidence: float = 0.9,
) -> dict[str, Any]:
    """A parse result; the intents of `ranking` (else that intent alone) stand at 0.3."""
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "entities": list(entities),
        "intent_ranking": [{"name": name, "confidence": 0.3} for name in ranking or (intent,)],
    }
