"""A talk with the skills, without Rasa: the rules of `data/stories`, slots, and the form's loop.

It does what RulePolicy and FormAction do (rasa/core/policies/rule_policy.py, actions/forms.py),
no more: intent → action by rule; while the form is open, the form first, then the rule when the
form keeps no slot, then the form's question again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker
from ruamel.yaml import YAML

from actions.base import House
from actions.rules import rules_in
from conversations.messages import BotReply, Choice, HandoffRequest
from conversations.replies import read_reply

ROOT = Path(__file__).resolve().parents[2]
FORM = "return_form"


def _yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


RULES = rules_in(ROOT / "data" / "stories")
REQUIRED = _yaml(ROOT / "domain" / "returns.yml")["forms"][FORM]["required_slots"]


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
        self._latest: dict[str, Any] = {}
        self._messages: list[dict[str, Any]] = []

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
            at = text.index(words)
            found.append({"entity": name, "value": value, "start": at, "end": at + len(words)})
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
        known = [{"id": entry, "score": score} for entry, score in knowledge]
        more = {
            "knowledge": known,
            "clauses": parts,
            "metadata": dict(metadata or {}),
            "mood": mood,
        }
        return await self._turn(text, intent, found, ranking, confidence, more)

    async def colours(self, text: str, intent: str, named: Sequence[tuple[str, int]]) -> Heard:
        """A typed message that names several colours, each given with where it stands."""
        found = [
            {"entity": "color", "value": words, "start": at, "end": at + len(words)}
            for words, at in named
        ]
        return await self._turn(text, intent, found, ())

    async def products(self, text: str, intent: str, named: Sequence[str]) -> Heard:
        """A typed message that names several products, each in the words of the shop."""
        found = [
            {"entity": "product", "value": words, "start": at, "end": at + len(words)}
            for words in named
            if (at := text.index(words)) >= 0
        ]
        return await self._turn(text, intent, found, ())

    async def click(self, title: str, heard: Heard) -> Heard:
        """A click on the option of that title (its beginning is enough)."""
        payload = next(c.payload for c in heard.choices if c.title.startswith(title))
        return await self.send(payload)

    async def send(self, payload: str) -> Heard:
        """A button's payload, as Rasa's RegexMessageHandler reads it."""
        intent, _, body = payload[1:].partition("{")
        values: Mapping[str, str] = YAML(typ="safe").load("{" + body) if body else {}
        found = [{"entity": name, "value": value} for name, value in values.items()]
        return await self._turn(payload, intent, found, ())

    async def _turn(
        self,
        text: str,
        intent: str,
        entities: list[dict[str, Any]],
        ranking: tuple[str, ...],
        confidence: float = 0.9,
        more: Mapping[str, Any] | None = None,
    ) -> Heard:
        scores = [{"name": name, "confidence": 0.3} for name in (ranking or (intent,))]
        self._latest = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "entities": entities,
            "intent_ranking": scores,
            **(more or {}),
        }
        self.events.append(
            {
                "event": "user",
                "text": text,
                "parse_data": {
                    "intent": {"name": intent},
                    "intent_ranking": scores,
                    "entities": entities,
                    "mood": (more or {}).get("mood", 0),
                },
                "timestamp": self.now(),
            }
        )
        self._messages = []
        if self.form:
            await self._form_turn(intent)
        else:
            await self._rule(intent)
        return Heard(read_reply(self._messages))

    async def _rule(self, intent: str) -> None:
        follow = await self.run(RULES[intent])
        if follow == FORM:
            self.form = FORM
            await self.run(f"validate_{FORM}")
            await self._ask()

    async def _form_turn(self, intent: str) -> None:
        kept = await self._validate()
        if kept:
            await self._ask()
            return
        await self.run(RULES[intent])
        if self.form:
            await self._validate()
            await self._ask()

    async def _validate(self) -> bool:
        before = len(self.events)
        await self.run(f"validate_{FORM}")
        names = {e["name"] for e in self.events[before:] if e["event"] == "slot"}
        return bool(names - {"requested_slot"})

    async def _ask(self) -> None:
        missing = [name for name in REQUIRED if self.slots.get(name) is None]
        if self.form and missing:
            self.slots["requested_slot"] = missing[0]
            await self.run(f"action_ask_{FORM}_{missing[0]}")
            return
        self.form = None
        self.slots["requested_slot"] = None
        await self.run("action_return_close")

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
                self.form = event["name"]
            elif event["event"] == "followup":
                follow = event["name"]
        return follow
