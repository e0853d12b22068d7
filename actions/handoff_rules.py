"""When a person must take over whatever was understood: `data/knowledge/handoff.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Danger:
    """Words that call for a person at once, e.g. 12315 or an insult.

    `reason` is the handoff's code, `flag` what the agent sees, `pattern` the words,
    `harmless` words around them that mean something else (曝光度).
    """

    reason: str
    flag: str
    mood: str
    pattern: re.Pattern[str]
    harmless: re.Pattern[str] | None

    def found_in(self, text: str) -> bool:
        """Whether the words occur in a harmful sense."""
        cleaned = self.harmless.sub(" ", text) if self.harmless else text
        return self.pattern.search(cleaned) is not None


@dataclass(frozen=True)
class HandoffRules:
    """What calls for a person and how urgent each reason is."""

    dangers: tuple[Danger, ...]
    priorities: Mapping[str, int]
    tier_priorities: Mapping[str, int]

    def danger(self, text: str) -> Danger | None:
        """The first danger found in the shopper's words."""
        found = self.dangers_in(text)
        return found[0] if found else None

    def dangers_in(self, text: str) -> tuple[Danger, ...]:
        """All dangers found, in the order of the file."""
        return tuple(danger for danger in self.dangers if danger.found_in(text))

    def priority(self, reason: str, tier: str) -> int:
        """How far ahead in the queue; 0 is normal."""
        return self.priorities.get(reason, 0) + self.tier_priorities.get(tier, 0)


def parse_handoff_rules(data: Any) -> HandoffRules:
    """The content of `handoff.yml`.

    Raises:
        KeyError, ValueError, TypeError, AttributeError: something is missing or malformed.
    """
    return HandoffRules(
        dangers=tuple(_danger(entry) for entry in data["dangers"]),
        priorities={reason: int(value) for reason, value in data["priorities"].items()},
        tier_priorities={tier: int(value) for tier, value in data["tier_priorities"].items()},
    )


def _danger(entry: Mapping[str, Any]) -> Danger:
    harmless = entry.get("harmless", ())
    return Danger(
        reason=entry["reason"],
        flag=entry["flag"],
        mood=entry["mood"],
        pattern=_words(entry["words"]),
        harmless=_words(harmless) if harmless else None,
    )


def _words(words: list[str]) -> re.Pattern[str]:
    if not words:
        raise ValueError("words: at least one is needed")
    ordered = sorted((str(word) for word in words), key=len, reverse=True)
    return re.compile("|".join(_word(word) for word in ordered), re.IGNORECASE)


def _word(word: str) -> str:
    """Letters and digits stand alone: 12345 is not found in a phone number."""
    plain = re.escape(word)
    return rf"(?<![A-Za-z0-9]){plain}(?![A-Za-z0-9])" if word.isascii() else plain
