"""What to say when a message was not understood: never the same twice, then a person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.base import Skill
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice

_GUESSES = 2
_MENU = ("order_status", "track_logistics", "return_request")
_LIKELY = 0.08  # of fifty intents; below it a guess is no better than a menu
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
_OTHER_SCRIPT = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\uac00-\ud7af\u0e00-\u0e7f]{2,}")


class FallbackAction(Skill):
    """First miss: the two closest meanings as choices. Second: a person offered. Third: called."""

    action = "action_default_fallback"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Counts misses in a row in the slot `misses`; any understood message resets it."""
        misses = turn.misses + 1
        reply.remember(misses=misses, pending=turn.slots.get("pending"))
        if misses >= 3:
            await self.house.answer("action_handoff", turn.as_intent("misses"), reply)
            reply.remember(misses=0, pending=None)
        elif misses == 2:
            reply.say("miss_again", [self.human()])
            reply.await_yes("action_handoff", turn.as_intent("misses"))
        elif foreign(turn.text):
            menu = ("order_status", "track_logistics")
            reply.say("foreign", [*_menu(menu, reply), self.human()])
        elif turn.text.isdecimal():
            reply.say("bare_number", [*_menu(_MENU, reply), self.human()])
        elif guesses := self._guesses(turn, reply):
            reply.say("miss", [*guesses, self.human()])
        else:
            reply.say("miss_no_guess", [*_menu(_MENU, reply), self.human()])

    def _guesses(self, turn: Turn, reply: Reply) -> list[Choice]:
        """The likeliest meanings, each with what the message named."""
        named = {entity.name: entity.value for entity in turn.entities}
        choices: list[Choice] = []
        for intent, confidence in turn.ranking:
            title = reply.phrases.title(intent)
            if title and confidence >= _LIKELY and len(choices) < _GUESSES:
                choices.append(Choice(title=title, payload=payload(intent, **named)))
        return choices


def _menu(intents: Sequence[str], reply: Reply) -> list[Choice]:
    return [Choice(reply.phrases.title(name) or name, payload(name)) for name in intents]


def foreign(text: str) -> bool:
    """Whether a message is written in another language than Chinese."""
    if _OTHER_SCRIPT.search(text):
        return True
    return not _HAN.search(text) and len(_LATIN_WORD.findall(text)) >= 3
