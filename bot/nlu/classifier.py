"""From a message to what its writer wants: multinomial logistic regression, calibrated."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax, softmax

from bot.nlu.encoder import SentenceEncoder
from bot.nlu.features import NgramSpace, as_sign, characters, masked, readable, sounds

Floats = npt.NDArray[np.float32]

# Chosen by cross-validation on data/nlu; flat around these values.
ROUNDS = 4
LAST_ROUNDS = 2  # with the examples that were held back at first
LEAST_STEPS = 50  # few examples are gone through more often
BATCH = 64  # examples that make one step of the descent
STEP = 2.0
SEED = 0
# When characters and sounds alone are that sure, the sentence vector, which takes nine tenths of
# the time, is not asked: measured, for 80 to 90 % of unseen texts, at the same accuracy.
SURE = 0.75
NEVER_SURE = 2.0  # no confidence exceeds 1
# Weighing more, the sentence vector helps no further with goods of other shops and does harm where
# words are misspelt (docs/understanding.md).
MEANING_WEIGHT = 0.4
# The share of examples learnt without their sentence vectors, so that one set of weights serves
# messages with and without it: measured, as good as one set for each, in half the time.
WITHOUT_MEANING = 0.5
LONGEST_CHARACTERS = 3
LONGEST_SOUNDS = 2
HELD_BACK = 5  # every fifth example of an intent measures the calibration


@dataclass(frozen=True)
class Guess:
    """An intent and how often it is right when it is given with that confidence (0 to 1)."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class Training:
    """What `IntentModel.train` learned about itself on examples held back."""

    accuracy: float
    temperature: float


@dataclass(frozen=True)
class Weights:
    """One logistic regression.

    `sparse`: (n-grams, intents), `meaning`: (size of a sentence vector or 0, intents), `bias`:
    (intents,). Scores divided by `temperature` give calibrated chances; where the sentence vector
    was left out, by `quick_temperature`.
    """

    sparse: Floats
    meaning: Floats
    bias: Floats
    temperature: float = 1.0
    quick_temperature: float = 1.0

    def scores(self, sparse: csr_matrix, meaning: Floats | None = None) -> Floats:
        """Of many messages, not calibrated."""
        scores: Floats = sparse @ self.sparse + self.bias
        return scores if meaning is None else scores + meaning @ self.meaning

    def calibrated(
        self, columns: npt.NDArray[np.intp], values: Floats, meaning: Floats | None = None
    ) -> Floats:
        """Of one message, given as the columns and values of its n-grams and its vector."""
        scores: Floats = values @ self.sparse[columns] + self.bias
        if meaning is None:
            return scores / np.float32(self.quick_temperature)
        return (scores + meaning @ self.meaning) / np.float32(self.temperature)


class UnusableModel(ValueError):
    """The stored model does not fit this code or this encoder: train again."""


class IntentModel:
    """A trained classifier. Build with `train` or `load`."""

    def __init__(
        self,
        *,
        intents: Sequence[str],
        encoder: SentenceEncoder,
        by_characters: NgramSpace,
        by_sounds: NgramSpace,
        weights: Weights,
        meaning_centre: Floats,
        meaning_scale: float,
        signs: frozenset[str],
        sure: float = SURE,
    ) -> None:
        self.intents = tuple(intents)
        self._encoder = encoder
        self._by_characters = by_characters
        self._by_sounds = by_sounds
        self._weights = weights
        self._meaning_centre = meaning_centre
        self._meaning_scale = meaning_scale
        self._signs = signs
        self._sure = sure

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        encoder: SentenceEncoder,
        longest_characters: int = LONGEST_CHARACTERS,
        longest_sounds: int = LONGEST_SOUNDS,
        sure: float = SURE,
    ) -> tuple[IntentModel, Training]:
        """A model of these examples. The same examples always give the same model.

        Args:
            texts: normalised messages.
            labels: the intent of each.
            encoder: what turns messages into vectors of meaning, in training and later.
            longest_characters: how many characters in a row are looked at; 0 for none.
            longest_sounds: likewise of syllables.
            sure: see `SURE`; `NEVER_SURE` to ask for the sentence vector always.

        Raises:
            ValueError: fewer than two intents.
        """
        intents = sorted(set(labels))
        if len(intents) < 2:
            raise ValueError("cannot train: the examples must have at least two intents")
        targets = np.searchsorted(intents, labels)
        plain = [masked(text) for text in texts]
        spelled, spoken = [characters(t) for t in plain], [sounds(t) for t in plain]
        by_characters, spelled_grams = NgramSpace.learn(spelled, longest=longest_characters)
        by_sounds, spoken_grams = NgramSpace.learn(spoken, longest=longest_sounds)
        sparse = hstack([spelled_grams, spoken_grams]).tocsr()
        vectors = encoder.encode(plain)
        centre = vectors.mean(axis=0)
        # Sentence vectors of this model all point roughly the same way: only what is left after
        # the common direction is taken out tells them apart.
        spread = float(np.linalg.norm(vectors - centre, axis=1).mean()) if encoder.size else 1.0
        scale = MEANING_WEIGHT / spread
        meaning = (vectors - centre) * scale
        weights, training = _fit_calibrated(sparse, meaning, targets, len(intents))
        model = cls(
            intents=intents,
            encoder=encoder,
            by_characters=by_characters,
            by_sounds=by_sounds,
            weights=weights,
            meaning_centre=centre,
            meaning_scale=scale,
            signs=frozenset(char for text in texts if not readable(text) for char in text),
            sure=sure,
        )
        return model, training

    def rank(self, text: str, *, limit: int = 10) -> list[Guess]:
        """The likeliest intents of a normalised message, best first.

        A message without a letter, digit or known sign (👌 is known when an example consists of
        it) is as likely to mean anything as anything else.
        """
        return self.rank_all([text], limit=limit)[0]

    def rank_all(self, texts: Sequence[str], *, limit: int = 10) -> list[list[Guess]]:
        """`rank` of each; together they cost less: their sentence vectors are made at once."""
        told = [text if readable(text) else as_sign(text) for text in texts]
        known = [text for text in told if self._says_something(text)]
        chances = dict(zip(known, self._chances([masked(text) for text in known]), strict=True))
        anything = np.full(len(self.intents), 1 / len(self.intents), dtype=np.float32)
        return [self._best(chances.get(text, anything), limit) for text in told]

    def _says_something(self, text: str) -> bool:
        return readable(text) or bool(text and self._signs.issuperset(text))

    def _best(self, chances: Floats, limit: int) -> list[Guess]:
        best = np.argsort(-chances, kind="stable")[:limit]
        return [Guess(self.intents[i], float(chances[i])) for i in best]

    def _chances(self, texts: Sequence[str]) -> list[Floats]:
        """Of each intent, for each masked text; the sentence vectors of those it needs them for."""
        grams = [self._grams(text) for text in texts]
        chances: list[Floats] = [softmax(self._weights.calibrated(*one)) for one in grams]
        unsure = [at for at, one in enumerate(chances) if one.max() < self._sure]
        if unsure:
            vectors = self._encoder.encode([texts[at] for at in unsure])
            meanings = (vectors - self._meaning_centre) * self._meaning_scale
            for at, meaning in zip(unsure, meanings, strict=True):
                chances[at] = softmax(self._weights.calibrated(*grams[at], meaning))
        return chances

    def _grams(self, text: str) -> tuple[npt.NDArray[np.intp], Floats]:
        """Its n-grams of characters, then of sounds, as columns and values."""
        columns, values = self._by_characters.vector(characters(text))
        more, more_values = self._by_sounds.vector(sounds(text))
        columns = np.concatenate([columns, more + len(self._by_characters.columns)])
        return columns, np.concatenate([values, more_values])

    def save(self, folder: Path) -> None:
        """Write the model as JSON and plain arrays: loading it can run no code.

        The n-grams' weights are kept in half precision, which changes no confidence in its third
        place: packing them is the longest part of making a model.
        """
        described = {
            "intents": self.intents,
            "encoder": self._encoder.name,
            "meaning_scale": self._meaning_scale,
            "temperature": self._weights.temperature,
            "quick_temperature": self._weights.quick_temperature,
            "signs": sorted(self._signs),
            "spaces": [
                {"longest": space.longest, "grams": list(space.columns)}
                for space in (self._by_characters, self._by_sounds)
            ],
        }
        text = json.dumps(described, ensure_ascii=False)
        (folder / "model.json").write_text(text, encoding="utf-8")
        np.savez(
            folder / "weights.npz",
            sparse=self._weights.sparse.astype(np.float16),
            meaning=self._weights.meaning,
            bias=self._weights.bias,
            centre=self._meaning_centre,
            idf_characters=self._by_characters.weights,
            idf_sounds=self._by_sounds.weights,
        )

    @classmethod
    def load(cls, folder: Path, *, encoder: SentenceEncoder) -> IntentModel:
        """The model that `save` wrote.

        Raises:
            UnusableModel: it was trained with another encoder, or is damaged.
        """
        try:
            described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            if described["encoder"] != encoder.name:
                raise UnusableModel(
                    f"the model was trained with {described['encoder']}, "
                    f"this process has {encoder.name}: train again"
                )
            with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
                spaces = [
                    NgramSpace(
                        space["longest"],
                        {gram: column for column, gram in enumerate(space["grams"])},
                        arrays[idf],
                    )
                    for space, idf in zip(
                        described["spaces"], ("idf_characters", "idf_sounds"), strict=True
                    )
                ]
                return cls(
                    intents=described["intents"],
                    encoder=encoder,
                    by_characters=spaces[0],
                    by_sounds=spaces[1],
                    weights=Weights(
                        arrays["sparse"].astype(np.float32),
                        arrays["meaning"],
                        arrays["bias"],
                        described["temperature"],
                        described["quick_temperature"],
                    ),
                    meaning_centre=arrays["centre"],
                    meaning_scale=described["meaning_scale"],
                    signs=frozenset(described["signs"]),
                )
        except UnusableModel:
            raise
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise UnusableModel(f"cannot read the intent model in {folder}: {error!r}") from error


@dataclass(frozen=True)
class _Batch:
    """Some examples: the columns that occur in them, the n-grams in these columns only (as they
    are and transposed), their vectors of meaning, and 1 where the intent is the wanted one."""

    columns: npt.NDArray[np.intp]
    sparse: csr_matrix
    transposed: csr_matrix
    meaning: Floats
    wanted: Floats


def _batches(
    sparse: csr_matrix, meaning: Floats, targets: npt.NDArray[np.intp], classes: int
) -> list[_Batch]:
    order = np.random.RandomState(SEED).permutation(len(targets))
    found = []
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        part = sparse[rows]
        columns, places = np.unique(part.indices, return_inverse=True)
        part = csr_matrix((part.data, places, part.indptr), shape=(len(rows), len(columns)))
        wanted = np.zeros((len(rows), classes), dtype=np.float32)
        wanted[np.arange(len(rows)), targets[rows]] = 1
        found.append(_Batch(columns, part, part.T.tocsr(), meaning[rows], wanted))
    return found


class _Descent:
    """Weights on their way to a low cross-entropy, by AdaGrad (Duchi et al. 2011).

    Its steps are the longer the rarer a feature is, which suits n-grams: measured, it finds
    weights that are a point better on unseen messages than the minimum with a squared penalty
    (L-BFGS, also scikit-learn's), in a third of the time.
    """

    def __init__(self, grams: int, vector: int, intents: int) -> None:
        def filled(value: float) -> Weights:
            return Weights(
                np.full((grams, intents), value, dtype=np.float32),
                np.full((vector, intents), value, dtype=np.float32),
                np.full(intents, value, dtype=np.float32),
            )

        self.weights = filled(0)
        self._squares = filled(1e-3)
        self._chance = np.random.RandomState(SEED)

    def go_through(self, batches: Sequence[_Batch], *, rounds: int) -> None:
        """Learn from all batches at least so many times, in another order each time."""
        for _ in range(max(rounds, LEAST_STEPS // len(batches))):
            for number in self._chance.permutation(len(batches)):
                self._learn(batches[number])

    def _learn(self, batch: _Batch) -> None:
        weights, squares = self.weights, self._squares
        own = weights.sparse[batch.columns]
        meaning = batch.meaning
        if own.size:
            known = self._chance.random_sample((len(meaning), 1)) >= WITHOUT_MEANING
            meaning = meaning * known.astype(np.float32)
        scores = batch.sparse @ own + meaning @ weights.meaning + weights.bias
        surplus = (softmax(scores, axis=1) - batch.wanted) / np.float32(len(scores))
        slope = batch.transposed @ surplus
        seen = squares.sparse[batch.columns] + slope * slope
        squares.sparse[batch.columns] = seen
        weights.sparse[batch.columns] = own - STEP * slope / np.sqrt(seen)
        _step(weights.meaning, squares.meaning, meaning.T @ surplus)
        _step(weights.bias, squares.bias, surplus.sum(axis=0))


def _step(weights: Floats, squares: Floats, slope: Floats) -> None:
    squares += slope * slope
    weights -= STEP * slope / np.sqrt(squares)


def _fit_calibrated(
    sparse: csr_matrix, meaning: Floats, targets: npt.NDArray[np.intp], classes: int
) -> tuple[Weights, Training]:
    """Weights whose confidence for unseen examples is their accuracy, as far as one number can.

    What is held back to measure that is learnt at the end.
    """
    order = np.argsort(targets, kind="stable")
    held, seen = np.sort(order[::HELD_BACK]), np.sort(order[np.arange(len(order)) % HELD_BACK > 0])
    descent = _Descent(sparse.shape[1], meaning.shape[1], classes)
    learnt = _batches(sparse[seen], meaning[seen], targets[seen], classes)
    descent.go_through(learnt, rounds=ROUNDS)
    wanted = targets[held]
    scores = descent.weights.scores(sparse[held], meaning[held])
    quick = descent.weights.scores(sparse[held])
    accuracy = float((scores.argmax(axis=1) == wanted).mean())
    late = _batches(sparse[held], meaning[held], targets[held], classes)
    descent.go_through([*learnt, *late], rounds=LAST_ROUNDS)
    temperature, quick_temperature = _temperature(scores, wanted), _temperature(quick, wanted)
    weights = replace(
        descent.weights,
        sparse=descent.weights.sparse.astype(np.float16).astype(np.float32),  # as `save` keeps them
        temperature=temperature,
        quick_temperature=quick_temperature,
    )
    return weights, Training(accuracy, temperature)


def _temperature(scores: Floats, wanted: npt.NDArray[np.intp]) -> float:
    """By what to divide the scores so that a confidence is the chance to be right."""

    def loss(temperature: float) -> float:
        logs = log_softmax(scores / temperature, axis=1)
        return -float(logs[np.arange(len(wanted)), wanted].mean())

    solve: Callable[..., Any] = minimize_scalar
    return float(solve(loss, bounds=(0.2, 5.0), method="bounded").x)
