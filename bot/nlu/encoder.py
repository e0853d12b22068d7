"""Sentences as vectors of meaning, from a model behind a protocol."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.nlu.e5 import E5

Matrix = npt.NDArray[np.float32]


class SentenceEncoder(Protocol):
    """Turns sentences into vectors of equal length."""

    @property
    def name(self) -> str:
        """Names the model; vectors of different names must not be mixed."""

    @property
    def size(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row for each text, shape (len(texts), size), rows of length 1."""


class CachedEncoder:
    """Remembers the vectors of the `capacity` sentences used last; shoppers repeat one another."""

    def __init__(self, encoder: SentenceEncoder, *, capacity: int = 10_000) -> None:
        self._encoder = encoder
        self._capacity = capacity
        self._known: OrderedDict[str, Matrix] = OrderedDict()

    @property
    def name(self) -> str:
        """The name of the encoder behind."""
        return self._encoder.name

    @property
    def size(self) -> int:
        """The length of a vector."""
        return self._encoder.size

    def encode(self, texts: Sequence[str]) -> Matrix:
        """See `SentenceEncoder.encode`."""
        vectors = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        vectors.update(zip(new, self._encoder.encode(new), strict=True))
        for text in vectors:
            self._known[text] = vectors[text]
            self._known.move_to_end(text)
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        rows = [vectors[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.size), dtype=np.float32)


@lru_cache(maxsize=1)
def default_encoder() -> SentenceEncoder:
    """The encoder of this process, shared by all loaded models."""
    return CachedEncoder(E5())


class RememberingEncoder:
    """Keeps the vectors of the last `encode` in a file: after an edit only new texts are encoded.

    Meant for training, which encodes all its texts at once.
    """

    def __init__(self, encoder: SentenceEncoder, path: Path) -> None:
        self._encoder = encoder
        self._path = path

    @property
    def name(self) -> str:
        """The name of the encoder behind."""
        return self._encoder.name

    @property
    def size(self) -> int:
        """The length of a vector."""
        return self._encoder.size

    def encode(self, texts: Sequence[str]) -> Matrix:
        """See `SentenceEncoder.encode`. A file that is damaged or of another model is ignored."""
        known = self._remembered()
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, self._encoder.encode(new), strict=True))
        vectors = np.stack([known[text] for text in texts])
        if new:
            self._remember(texts, vectors)
        return vectors

    def _remembered(self) -> dict[str, Matrix]:
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if str(stored["name"]) != self.name:
                    return {}
                texts: list[str] = json.loads(bytes(stored["texts"]))
                return dict(zip(texts, stored["vectors"], strict=True))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            return {}

    def _remember(self, texts: Sequence[str], vectors: Matrix) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        encoded = np.frombuffer(json.dumps(list(texts)).encode(), dtype=np.uint8)
        with tempfile.NamedTemporaryFile(dir=self._path.parent, delete=False) as file:
            np.savez(file, name=self.name, texts=encoded, vectors=vectors)
        os.replace(file.name, self._path)
