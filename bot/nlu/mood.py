"""How a shopper feels towards the shop: from -2 (rage, despair) to 2 (delight). Pure.

A lexicon gives hints, a logistic regression over characters and these hints learns from
`data/knowledge/mood.yml` what they add up to. Sounds would cost half the time and add nothing
(measured): insults are rarely misspelt by accident, and those that are stand in the lexicon.
Emoji and exclamation marks decide nothing while there are words: happy people flood too.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from scipy.special import softmax

from bot.nlu.features import NgramSpace, characters, masked, readable
from conversations.text import neutralize

Floats = npt.NDArray[np.float32]

LEVELS = (-2, -1, 0, 1, 2)
LONGEST_READ = 200
"""Characters of a message that are read; what follows a page of anger is no other mood."""

_LONGEST_CHARACTERS = 3
# Both chosen by five-fold cross-validation over the examples; flat around these values.
_FREEDOM = 8.0
_HINT_WEIGHT = 0.7

# Without one strong word of the lexicon, rage must be more likely than this: it calls a person.
_SURE_OF_RAGE = 0.75

_STRONG = ("insult", "curse", "despair", "threat")
_BAD = (*_STRONG, "displeased", "sarcasm")
_NOT_US = ("elsewhere", "oneself", "reported")
_INNOCENT = "innocent"
_GROUPS = (*_BAD, "polite", "pleased", "delighted", "joking", "us", *_NOT_US)
_NEGATED = re.compile(r"(?<![是有能会要好])(?:不|没有?|别|勿|并非|无)[很太要会是想再大怎么]{0,2}$")
# [发怒], as WeChat writes emoji, and titles of books and songs.
_NO_WORDS = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,4}\]|《[^》]*》")


class UnusableLessons(ValueError):
    """`mood.yml` lacks something or says something senseless; the text says what."""


class UnusableMoodModel(ValueError):
    """The stored model does not fit this code: train again."""


@dataclass(frozen=True)
class Lessons:
    """What the model learns from.

    `words` are hints by group; `emoji` the mood of single characters (-1 or 1); `examples` are
    normalised messages with their mood.
    """

    words: Mapping[str, tuple[str, ...]]
    emoji: Mapping[str, int]
    examples: tuple[tuple[str, int], ...]


def parse_lessons(data: Any) -> Lessons:
    """The content of `mood.yml`.

    Raises:
        UnusableLessons: a part is missing, a group or a level is unknown, an example stands twice.
    """
    if not isinstance(data, Mapping) or not {"words", "emoji", "examples"} <= data.keys():
        raise UnusableLessons("words, emoji and examples are needed")
    if odd := set(data["words"]) ^ {*_GROUPS, _INNOCENT}:
        raise UnusableLessons(f"words: missing or unknown groups: {', '.join(sorted(odd))}")
    if set(data["examples"]) != set(LEVELS):
        raise UnusableLessons(f"examples: one block for each of {LEVELS} is needed")
    if not set(data["emoji"]) <= {-1, 1}:
        raise UnusableLessons("emoji: only 1 and -1 are levels of emoji")
    levels: dict[str, int] = {}
    for level in LEVELS:
        for line in str(data["examples"][level]).splitlines():
            text = neutralize(line)
            if text and text in levels:
                raise UnusableLessons(f"examples: {text!r} stands twice")
            if text:
                levels[text] = level
    return Lessons(
        words={group: tuple(map(str, words)) for group, words in data["words"].items()},
        emoji={sign: level for level, signs in data["emoji"].items() for sign in str(signs)},
        examples=tuple(levels.items()),
    )


class MoodModel:
    """Reads the mood of one message. Build with `train` or `load`."""

    def __init__(
        self,
        *,
        words: Mapping[str, tuple[str, ...]],
        emoji: Mapping[str, int],
        ngrams: NgramSpace,
        weights: Floats,
        bias: Floats,
    ) -> None:
        self._words = words
        self._emoji = emoji
        self._hints = _Hints(words)
        self._innocent = _any_of(words[_INNOCENT])
        self._ngrams = ngrams
        self._weights = weights  # (n-grams + hints, levels)
        self._bias = bias

    @classmethod
    def train(cls, lessons: Lessons) -> MoodModel:
        """A model of these examples. The same lessons always give the same model."""
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits

        hints, innocent = _Hints(lessons.words), _any_of(lessons.words[_INNOCENT])
        texts = [innocent.sub("", _words_of(text)) for text, _ in lessons.examples]
        spelled = [characters(text) for text in texts]
        ngrams, grams = NgramSpace.learn(spelled, longest=_LONGEST_CHARACTERS)
        hinted = csr_matrix(np.stack([hints.vector(text) for text in texts]))
        table = hstack([grams, hinted]).tocsr()
        fitted = LogisticRegression(C=_FREEDOM, max_iter=200, tol=1e-3)
        with threadpool_limits(1):  # threads only get into each other's way on tables this small
            fitted.fit(table, [level for _, level in lessons.examples])
        return cls(
            words=lessons.words,
            emoji=lessons.emoji,
            ngrams=ngrams,
            weights=np.ascontiguousarray(fitted.coef_.T, dtype=np.float32),
            bias=fitted.intercept_.astype(np.float32),
        )

    def read(self, text: str) -> int:
        """The mood of a normalised message: the level that its chances weigh in the middle."""
        plain = _words_of(text)
        if not readable(plain):
            signs = sum(self._emoji.get(char, 0) for char in text)
            return max(-1, min(1, signs))
        plain = self._innocent.sub("", plain)
        chances = self._chances(plain)
        level = LEVELS[int(np.searchsorted(np.cumsum(chances), 0.5))]
        if level == -2 and chances[0] < _SURE_OF_RAGE and not self._hints.strong(plain):
            return -1
        return level

    def _chances(self, plain: str) -> Floats:
        """How likely each of `LEVELS` is."""
        columns, values = self._ngrams.vector(characters(plain))
        hints = self._hints.vector(plain) @ self._weights[len(self._ngrams.columns) :]
        scores: Floats = values @ self._weights[columns] + hints + self._bias
        chances: Floats = softmax(scores)
        return chances

    def save(self, folder: Path) -> None:
        """Write the model as JSON and plain arrays: loading it can run no code."""
        described = {
            "words": self._words,
            "emoji": self._emoji,
            "longest": self._ngrams.longest,
            "ngrams": list(self._ngrams.columns),
        }
        text = json.dumps(described, ensure_ascii=False)
        (folder / "mood.json").write_text(text, encoding="utf-8")
        np.savez(
            folder / "mood.npz",
            weights=self._weights,
            bias=self._bias,
            idf=self._ngrams.weights,
        )

    @classmethod
    def load(cls, folder: Path) -> MoodModel:
        """The model that `save` wrote.

        Raises:
            UnusableMoodModel: it is damaged or of another version.
        """
        try:
            described = json.loads((folder / "mood.json").read_text(encoding="utf-8"))
            with np.load(folder / "mood.npz", allow_pickle=False) as arrays:
                columns = {gram: column for column, gram in enumerate(described["ngrams"])}
                return cls(
                    words={group: tuple(words) for group, words in described["words"].items()},
                    emoji=described["emoji"],
                    ngrams=NgramSpace(described["longest"], columns, arrays["idf"]),
                    weights=arrays["weights"],
                    bias=arrays["bias"],
                )
        except (OSError, KeyError, ValueError) as error:
            raise UnusableMoodModel(f"cannot read the mood model in {folder}: {error!r}") from error


class _Hints:
    """Which groups of words occur, and at whom bad words are aimed."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self._patterns = {group: _any_of(words[group]) for group in _GROUPS}

    def strong(self, plain: str) -> bool:
        """Whether any word of the strongest groups occurs."""
        return any(self._patterns[group].search(plain) for group in _STRONG)

    def vector(self, plain: str) -> Floats:
        """One number for each group, each group denied, and each aim of bad words."""
        found: dict[str, float] = {}
        denied: dict[str, float] = {}
        for group, pattern in self._patterns.items():
            for match in pattern.finditer(plain):
                counts = denied if _NEGATED.search(plain, 0, match.start()) else found
                counts[group] = min(counts.get(group, 0.0) + 1, 2.0)
        bad = float(any(group in found for group in _BAD))
        us = float("us" in found)
        not_us = [float(group in found) for group in _NOT_US]
        aims = [
            bad * us,
            bad * (1 - us) * max(not_us),
            *(bad * other for other in not_us),
            bad * float("joking" in found),
            bad * float("polite" in found),
            float("sarcasm" in found) * float("polite" in found or "pleased" in found),
        ]
        values = [
            *(found.get(group, 0.0) for group in _GROUPS),
            *(denied.get(group, 0.0) for group in _GROUPS),
            *aims,
        ]
        return np.array(values, dtype=np.float32) * np.float32(_HINT_WEIGHT)


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(_spelled(words)))


def _spelled(words: Sequence[str]) -> Iterator[str]:
    """Longest first; Latin words stand alone (sb is not in usb)."""
    for word in sorted(map(str.lower, words), key=lambda word: (-len(word), word)):
        plain = re.escape(word)
        yield rf"(?<![a-z0-9]){plain}(?![a-z0-9])" if word.isascii() else plain


def _words_of(text: str) -> str:
    """The message without emoji and exclamation marks, as the n-grams see it."""
    bare = _NO_WORDS.sub("", text[:LONGEST_READ])
    kept = (
        c for c in bare if c not in "!！~～" and unicodedata.category(c) not in ("So", "Sk", "Cn")
    )
    return masked("".join(kept).strip())
