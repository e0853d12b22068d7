"""Questions that have a few answers, told by a button or in words that can mean nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from actions.base import Services
from actions.flows.flow import Draft, Step, Told
from actions.parts import questioning
from actions.reply import Reply, payload
from actions.turn import Turn, undenied
from conversations.messages import Choice


class OptionStep(Step):
    """One of a few values.

    `group` names the labels of the values in `phrases.yml`; `heard` the words for each of them,
    the most telling first; `intent` is that of the flow's buttons, whose entity is the slot.
    """

    group: ClassVar[str]
    heard: ClassVar[Mapping[str, re.Pattern[str]]]

    def __init__(self, *, intent: str) -> None:
        self.intent = intent

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        clicked = turn.first(self.slot)
        if clicked in self.heard:
            return Told(clicked or "")
        if turn.clicked or not turn.text or (turn.asked and questioning(turn.text)):
            return None
        value = next((name for name, words in self.heard.items() if undenied(words, turn.text)), "")
        return Told(value) if value else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        values = await self.values(draft, services)
        return [
            Choice(reply.phrases.label(f"{self.group}.{value}"), self.answer(value))
            for value in values
        ]

    async def values(self, draft: Draft, services: Services) -> Sequence[str]:
        """The answers that are offered now."""
        return list(self.heard)

    def answer(self, value: str) -> str:
        """What a button with that answer says."""
        return payload(self.intent, **{self.slot: value})
