"""What each part of the intent classifier is worth: the same data and messages without it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.data import Example
from bench.stats import percentile
from bench.understanding import measures
from bench.understanding.disturb import misheard
from bench.understanding.gold import Message
from bench.understanding.measures import Judged
from bot.nlu.classifier import NEVER_SURE, SURE, IntentModel
from bot.nlu.e5 import E5
from bot.nlu.encoder import RememberingEncoder, SentenceEncoder
from conversations.text import neutralize


@dataclass(frozen=True)
class Variant:
    """One way to build the classifier; the lengths of n-grams, 0 for none."""

    title: str
    characters: int
    sounds: int
    meaning: bool
    fast_path: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a variant did; milliseconds are of the classifier alone, each message new to it."""

    variant: Variant
    accuracy: float
    macro_f1: float
    misheard: float
    p50: float
    p95: float
    training_seconds: float


VARIANTS = (
    Variant("字", characters=3, sounds=0, meaning=False),
    Variant("拼音", characters=0, sounds=2, meaning=False),
    Variant("句向量", characters=0, sounds=0, meaning=True),
    Variant("字 + 拼音", characters=3, sounds=2, meaning=False),
    Variant("字 + 句向量", characters=3, sounds=0, meaning=True),
    Variant("字 + 拼音 + 句向量", characters=3, sounds=2, meaning=True),
    Variant("字 + 拼音 + 句向量，有快路", characters=3, sounds=2, meaning=True, fast_path=True),
)


class NoMeaning:
    """The encoder of a classifier that has none."""

    name = "none"
    size = 0

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """See `SentenceEncoder.encode`."""
        return np.zeros((len(texts), 0), dtype=np.float32)


class _TrainingRemembered:
    """Many sentences at once are the training's: their vectors come from a file if they can."""

    def __init__(self, encoder: SentenceEncoder, vectors: Path) -> None:
        self._encoder = encoder
        self._remembering = RememberingEncoder(encoder, vectors)
        self.name = encoder.name
        self.size = encoder.size

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """See `SentenceEncoder.encode`."""
        encoder = self._remembering if len(texts) > 1 else self._encoder
        return encoder.encode(texts)


def try_out(
    variant: Variant, examples: Sequence[Example], messages: Sequence[Message], *, vectors: Path
) -> Outcome:
    """Train that variant and have it read the messages.

    Args:
        variant: what to build.
        examples: what it learns from.
        messages: what it is asked.
        vectors: a file of sentence vectors that saves time.
    """
    encoder: SentenceEncoder = NoMeaning()
    if variant.meaning:
        encoder = _TrainingRemembered(E5(), vectors)
    began = time.monotonic()
    model, _ = IntentModel.train(
        [neutralize(example.plain) for example in examples],
        [example.intent for example in examples],
        encoder=encoder,
        longest_characters=variant.characters,
        longest_sounds=variant.sounds,
        sure=SURE if variant.fast_path else NEVER_SURE,
    )
    seconds = time.monotonic() - began
    judged = [_judge(model, message, message.text) for message in messages]
    noisy = [_judge(model, message, misheard(message.text)) for message in messages]
    milliseconds = [one.milliseconds for one in judged]
    return Outcome(
        variant=variant,
        accuracy=measures.accuracy(judged),
        macro_f1=measures.macro_f1(judged),
        misheard=measures.accuracy(noisy),
        p50=percentile(milliseconds, 0.5),
        p95=percentile(milliseconds, 0.95),
        training_seconds=seconds,
    )


def _judge(model: IntentModel, message: Message, text: str) -> Judged:
    plain = neutralize(text)
    began = time.perf_counter()
    best = model.rank(plain, limit=1)[0]
    spent = (time.perf_counter() - began) * 1000
    return Judged(message, best.intent, best.confidence, spent)
