"""Everything the desk says to staff: one catalogue, zh-CN complete, en second.

The entries live in `zh-CN.json` and `en.json` beside this file; templates, scripts and handlers
name them by key. Placeholders are written `{name}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_LANGUAGE = "zh-CN"
_LANGUAGES = ("zh-CN", "en")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Texts:
    """The catalogue in one language; call it with a key."""

    language: str
    entries: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of that key with its placeholders filled in."""
        return self.entries[key].format(**values)


@dataclass(frozen=True)
class Catalogue:
    """All languages."""

    languages: Mapping[str, Texts]

    @classmethod
    def load(cls) -> Catalogue:
        """Read the catalogue files."""
        return cls(
            languages={
                language: Texts(
                    language=language,
                    entries=json.loads((_HERE / f"{language}.json").read_text("utf-8")),
                )
                for language in _LANGUAGES
            }
        )

    def choose(self, *, wanted: str = "", accept_language: str = "") -> Texts:
        """The texts for a `?lang=` or, without a known one, for an `Accept-Language` header."""
        for tag in (wanted, *_preferences(accept_language)):
            primary = tag.strip().lower().split("-")[0]
            if primary == "zh":
                return self.languages["zh-CN"]
            if primary == "en":
                return self.languages["en"]
        return self.languages[DEFAULT_LANGUAGE]


def _preferences(header: str) -> list[str]:
    """Language tags, the most wanted first."""
    weighted = []
    for part in header[:200].split(","):
        tag, _, parameters = part.partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        weighted.append((weight, tag))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]
