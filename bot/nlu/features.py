"""What the intent classifier sees of a message: characters, sounds and meaning."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np
import numpy.typing as npt
from pypinyin import lazy_pinyin
from scipy.sparse import csr_matrix

from shop.waybills import NumberKind, find_numbers

Floats = npt.NDArray[np.float32]

# A number says what kind of number it is; its digits say nothing about what is wanted.
_NUMBER_WORDS = {
    NumberKind.ORDER: "订单号",
    NumberKind.WAYBILL: "快递单号",
    NumberKind.ITEM: "商品链接",
    NumberKind.PHONE: "手机号",
}
_LINK = re.compile(r"https?://\S+")
_LONG_DIGITS = re.compile(r"\d{8,}")
_ASKING = re.compile(r"[!~,.。…、\s]*\?[?!~,.。…、\s]*")
_NOISE = re.compile(r"[!~,.。…、;:\s]+")
_PICTURES = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\u200d\ufe0f]+")
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")
_PIECE = re.compile(r"[0-9]+|[a-z]+|\S")
# Sounds that southern speakers and sloppy typists do not tell apart.
_SAME_SOUNDS = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"(?<=[aei])ng$"), "n"))


def readable(text: str) -> bool:
    """Whether the text has any letter, Han character or digit."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def as_sign(text: str) -> str:
    """A message of signs, each once and in no colour of skin: 👌🏻👌🏻 says what 👌 says."""
    return "".join(dict.fromkeys(_SKIN.sub("", text)))


def masked(text: str) -> str:
    """The text in lower case with numbers replaced by what they are: 查下sf123… → 查下快递单号.

    Pictures beside words say how the writer feels, not what is wanted: they go.
    """
    if not text.isascii() and readable(text):
        text = _PICTURES.sub("", text)
    if len(text) >= 10:  # no number of a known kind is shorter
        for number in find_numbers(text):
            if number.kinds:
                spelled = r"\s*".join(map(re.escape, number.value))
                text = re.sub(spelled, _NUMBER_WORDS[number.kinds[0]], text, flags=re.IGNORECASE)
        text = _LINK.sub("商品链接", text)
    return _LONG_DIGITS.sub("订单号", text).lower()


def characters(text: str) -> list[str]:
    """Its characters, with marks at both ends: how a message begins and ends tells much.

    Of all marks only the question mark says something, and says it once.
    """
    return ["^", *_NOISE.sub("", _ASKING.sub("?", text)), "$"]


def sounds(text: str) -> list[str]:
    """Its syllables without tones; Latin words as they are; z and zh, an and ang the same.

    Misspelt text sounds right: 花货 and 发货 stay apart, but 什么时侯 is 什么时候. Each character
    has its commonest reading wherever it stands: misspelt words are in no dictionary of readings.
    """
    plain = _NOISE.sub(" ", _ASKING.sub("?", text))
    syllables = [part for piece in _PIECE.findall(plain) for part in _syllables(piece)]
    return ["^", *syllables, "$"]


@lru_cache(maxsize=20_000)
def _syllables(piece: str) -> tuple[str, ...]:
    found = []
    for syllable in lazy_pinyin(piece):
        for part in _PIECE.findall(syllable):
            for pattern, replacement in _SAME_SOUNDS:
                part = pattern.sub(replacement, part)
            found.append(part)
    return tuple(found)


@dataclass(frozen=True)
class NgramSpace:
    """The n-grams seen in training, each with its column and its weight (smoothed idf)."""

    longest: int
    columns: dict[str, int]
    weights: Floats

    @classmethod
    def learn(
        cls, sequences: Sequence[Sequence[str]], *, longest: int, least: int = 2
    ) -> tuple[NgramSpace, csr_matrix]:
        """A space of all n-grams of 1 to `longest` items that occur in `least` sequences, and the
        sequences in it, one row for each as `vector` gives it."""
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        columns: list[int] = []
        starts = [0]
        for sequence in sequences:
            columns.extend(map(numbers.__getitem__, _ngrams(sequence, longest)))
            starts.append(len(columns))
        once = np.ones(len(columns), dtype=np.float32)
        counted = csr_matrix((once, columns, starts), shape=(len(sequences), len(numbers)))
        counted.sum_duplicates()
        frequencies = np.bincount(counted.indices, minlength=len(numbers))
        kept = sorted(gram for gram, number in numbers.items() if frequencies[number] >= least)
        places = np.array([numbers[gram] for gram in kept], dtype=np.intp)
        often = frequencies[places].astype(np.float32)
        weights = np.log((1 + len(sequences)) / (1 + often)) + 1
        columns_of = {gram: column for column, gram in enumerate(kept)}
        space = cls(longest, columns_of, weights.astype(np.float32))
        return space, space._weighted(counted[:, places])

    def vector(self, sequence: Sequence[str]) -> tuple[npt.NDArray[np.intp], Floats]:
        """Columns and values of one sequence: tf-idf with logarithmic tf, length 1."""
        counts = Counter(
            column
            for gram in _ngrams(sequence, self.longest)
            if (column := self.columns.get(gram)) is not None
        )
        columns = np.fromiter(counts.keys(), dtype=np.intp, count=len(counts))
        repeats = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(repeats)) * self.weights[columns]
        length = float(np.linalg.norm(values))
        return columns, values / length if length else values

    def _weighted(self, counted: csr_matrix) -> csr_matrix:
        """Rows of counts as `vector` gives them."""
        counted.data = (1 + np.log(counted.data)) * self.weights[counted.indices]
        rows = np.repeat(np.arange(counted.shape[0]), np.diff(counted.indptr))
        squares = np.bincount(rows, weights=counted.data**2, minlength=counted.shape[0])
        counted.data /= np.sqrt(squares[rows]).astype(np.float32)
        return counted


def _ngrams(sequence: Sequence[str], longest: int) -> list[str]:
    """Joined by blanks. The end marks alone are no n-gram."""
    grams = [item for item in sequence if item not in "^$"] if longest else []
    for size in range(2, longest + 1):
        shifted = (sequence[at:] for at in range(size))
        grams.extend(map(" ".join, zip(*shifted, strict=False)))
    return grams
