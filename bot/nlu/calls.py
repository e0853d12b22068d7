"""What a message calls for: which kinds of trouble, or none, and how likely each. Pure.

Word lists know only the words they hold. Here the characters and sounds that tell intents apart
learn from `data/knowledge/handoff_examples.yml` what calls for a person, whatever its words, and
what only looks like it. What follows from it is up to the rules of `handoff.yml`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from bot.nlu.classifier import IntentModel, UnusableModel
from bot.nlu.encoder import Matrix
from bot.nlu.features import readable
from bot.nlu.mood import Lessons
from conversations.text import neutralize

NONE = "none"
KINDS = (
    "danger",
    "despair",
    "privacy",
    "minor",
    "legal",
    "threat",
    "anger",
    "human",
    "money",
    "late",
    "again",
)
"""What may be read beside `NONE`; the head of the file of examples says what each means."""

WORTH_TELLING = 0.02
_FIRST_MARK = 0xE000  # characters for private use, which nobody types
_WORDS_FILE = "words.json"
_OF_INTENTS = {"ask_human": "human", "service_complaint": "threat"}
# Of the other intents' messages, which are many, every second calls for nobody; where a word of
# trouble is in it, which may well call for somebody, every seventh. By their text: an edit of one
# moves no other.
_EVERY, _EVERY_TROUBLED = 2, 7
_OF_TROUBLE = frozenset(
    {"hurt", "fire", "doctor", "alien", "strangers", "leaked", "office", "court", "media"}
    | {"complain", "abuse", "death"}
)
_TEMPTING = 4  # groups of words in a message of which much can be learnt
_RAGE = -2


class UnusableExamples(ValueError):
    """The file of examples lacks something or says something senseless; the text says what."""


@dataclass(frozen=True)
class Examples:
    """What the file teaches: groups of words that are signs, and messages with their kinds."""

    words: Mapping[str, tuple[str, ...]]
    messages: Mapping[str, str]


def parse_examples(data: Any) -> Examples:
    """The content of `handoff_examples.yml`, its messages normalised.

    Raises:
        UnusableExamples: a kind is unknown or missing, or a message stands twice.
    """
    if not isinstance(data, Mapping) or set(data) != {"words", "examples"}:
        raise UnusableExamples("words and examples, and nothing else, are needed")
    blocks = data["examples"]
    if odd := set(blocks) ^ {NONE, *KINDS}:
        raise UnusableExamples(f"missing or unknown kinds: {', '.join(sorted(map(str, odd)))}")
    found: dict[str, str] = {}
    for kind, block in blocks.items():
        for line in str(block).splitlines():
            text = neutralize(line)
            if text and text in found:
                raise UnusableExamples(f"{text!r} stands twice")
            if text:
                found[text] = kind
    words = {group: tuple(map(str, members)) for group, members in data["words"].items()}
    return Examples(words, found)


def lessons(
    examples: Examples, moods: Lessons, messages: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """All that is learnt: the examples, what moods tell, and messages with their intents.

    What stands in several is of the kind that it has in the first.
    """
    found = dict(examples.messages)
    for text, kind in (*_by_mood(moods), *_by_intent(messages, examples.words)):
        if readable(text):
            found.setdefault(text, kind)
    return found


def _by_mood(moods: Lessons) -> Iterator[tuple[str, str]]:
    """Discontent (-1) may or may not need a person."""
    for text, mood in moods.examples:
        if mood == _RAGE:
            yield text, "anger"
        elif mood >= 0:
            yield text, NONE


def _by_intent(
    messages: Sequence[tuple[str, str]], words: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    names = list(words)
    for text, intent in messages:
        if intent in _OF_INTENTS:
            yield text, _OF_INTENTS[intent]
            continue
        groups = [names[number] for number in _groups_in(text, words)]
        every = _EVERY if _OF_TROUBLE.isdisjoint(groups) else _EVERY_TROUBLED
        if crc32(text.encode()) % every == 0 or len(groups) >= _TEMPTING:
            yield text, NONE


class NoEncoder:
    """Gives no sentence vectors: measured, they tell nothing here that words do not."""

    name = "none"
    size = 0

    def encode(self, texts: Sequence[str]) -> Matrix:
        """See `SentenceEncoder.encode`."""
        return np.zeros((len(texts), 0), dtype=np.float32)


class CallModel:
    """Reads what a message calls for. Build with `learn` or `restore`."""

    def __init__(self, model: IntentModel, words: Mapping[str, Sequence[str]]) -> None:
        self._model = model
        self._words = words

    @classmethod
    def learn(cls, lessons: Mapping[str, str], *, words: Mapping[str, Sequence[str]]) -> CallModel:
        """A model of these lessons. The same lessons always give the same model."""
        texts = [_marked(text, words) for text in lessons]
        kinds = list(lessons.values())
        model, _ = IntentModel.train(texts, kinds, encoder=NoEncoder())
        return cls(model, words)

    @classmethod
    def restore(cls, folder: Path) -> CallModel:
        """The model that `save` wrote.

        Raises:
            UnusableModel: it is damaged.
        """
        try:
            words = json.loads((folder / _WORDS_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnusableModel(f"cannot read the words in {folder}: {error!r}") from error
        return cls(IntentModel.load(folder, encoder=NoEncoder()), words)

    def save(self, folder: Path) -> None:
        """Write the model as `IntentModel.save` does, and the groups of words."""
        self._model.save(folder)
        text = json.dumps(self._words, ensure_ascii=False)
        (folder / _WORDS_FILE).write_text(text, encoding="utf-8")

    def read(self, text: str) -> dict[str, float]:
        """How likely each kind and `NONE` are, where worth telling; signs call for nothing."""
        if not readable(text):
            return {}
        guesses = self._model.rank(_marked(text, self._words), limit=len(self._model.intents))
        return {
            guess.intent: round(guess.confidence, 3)
            for guess in guesses
            if guess.confidence >= WORTH_TELLING
        }


def _marked(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """The message and a character for each group of words in it, and for each two of them.

    These stand in the place of what was never seen: 腰 and 断 are a body and a harm, whatever fell.
    """
    groups = _groups_in(text, words)
    pairs = [(one, other) for one in groups for other in groups if one <= other]
    return text + "".join(
        f"\n{chr(_FIRST_MARK + one * len(words) + other)}" for one, other in pairs
    )


def _groups_in(text: str, words: Mapping[str, Sequence[str]]) -> list[int]:
    """The places of the groups of which a word occurs."""
    lower = text.lower()
    return [n for n, some in enumerate(words.values()) if _any_of(tuple(some)).search(lower)]


@lru_cache(maxsize=64)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words)))
