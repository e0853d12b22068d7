"""The sentences shoppers use: `words/*.yml`, kept apart from all training and test data."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

WORDS = Path(__file__).parent / "words"
_AIMS = ("orders.yml", "after.yml", "goods.yml")


@dataclass(frozen=True)
class Side:
    """A question asked on the side. `answered` is what an answer to it says."""

    text: str
    answered: re.Pattern[str]


@dataclass(frozen=True)
class Bank:
    """All sentences. `openings` are by aim and way of saying, `answers` and `manners` by name."""

    openings: Mapping[str, Mapping[str, Sequence[str]]]
    answers: Mapping[str, Sequence[str]]
    manners: Mapping[str, Sequence[str]]
    swaps: Mapping[str, Mapping[str, str]]
    sides: Sequence[Side]

    @classmethod
    def load(cls, folder: Path = WORDS) -> Bank:
        """The bank in that folder.

        Raises:
            ValueError: two files have the same aim.
        """
        openings: dict[str, Mapping[str, Sequence[str]]] = {}
        for name in _AIMS:
            found = _read(folder / name)
            if twice := openings.keys() & found.keys():
                raise ValueError(f"{name}: given twice: {sorted(twice)}")
            openings |= found
        manners = _read(folder / "manners.yml")
        swaps = {n: manners.pop(n) for n in list(manners) if n.startswith("swaps_")}
        sides = [Side(text, re.compile(answered)) for text, answered in manners.pop("sides")]
        return cls(
            openings=openings,
            answers=_read(folder / "answers.yml"),
            manners=manners,
            swaps={name.removeprefix("swaps_"): words for name, words in swaps.items()},
            sides=sides,
        )

    def sentences(self) -> Iterator[str]:
        """Every sentence, places and all."""
        for ways in self.openings.values():
            for sentences in ways.values():
                yield from sentences
        for lists in (self.answers, self.manners):
            for sentences in lists.values():
                yield from sentences
        yield from (side.text for side in self.sides)


def pick(
    sentences: Sequence[str],
    facts: Mapping[str, str],
    random: Random,
    *,
    but: Sequence[str] = (),
) -> str:
    """One of them with its places filled, rather none of `but` (sentences as in the bank).

    Raises:
        LookupError: the facts fill none of them.
    """
    template = pick_template(sentences, facts, random, but=but)
    return template.format(**facts)


def pick_template(
    sentences: Sequence[str],
    facts: Mapping[str, str],
    random: Random,
    *,
    but: Sequence[str] = (),
) -> str:
    """The same, with its places still open."""
    fitting = [one for one in sentences if places(one) <= facts.keys()]
    if not fitting:
        raise LookupError(f"no sentence for {sorted(facts)} among {list(sentences)[:2]}…")
    fresh = [one for one in fitting if one not in but]
    return random.choice(fresh or fitting)


def places(sentence: str) -> set[str]:
    """The names of a sentence's places."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return data
