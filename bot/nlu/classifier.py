"""From a message to what its writer wants: multinomial logistic regression, calibrated."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax, softmax

from bot.nlu.encoder import SentenceEncoder
from bot.nlu.features import NgramSpace, characters, masked, readable, sounds

Floats = npt.NDArray[np.float32]

# Chosen by 5-fold cross-validation on data/nlu; flat around these values.
REGULARISATION = 0.1
# When characters and sounds alone are that sure, the sentence vector, which takes nine tenths of
# the time, is not asked: measured, 45 % of unseen texts at the same accuracy.
SURE = 0.95
MEANING_WEIGHT = 1.3
LONGEST_CHARACTERS = 3
LONGEST_SOUNDS = 2
HELD_BACK = 5  # every fifth example of an intent measures the calibration

# More steps change no decision any more (measured), only the time they take.
_PRECISION = {"maxiter": 40, "maxcor": 6, "ftol": 1e-4}


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
    (intents,). Scores divided by `temperature` give calibrated chances.
    """

    sparse: Floats
    meaning: Floats
    bias: Floats
    temperature: float = 1.0

    def scores(self, sparse: csr_matrix, meaning: Floats) -> Floats:
        """Of many messages, not calibrated."""
        scores: Floats = sparse @ self.sparse + meaning @ self.meaning + self.bias
        return scores

    def calibrated(
        self, columns: npt.NDArray[np.intp], values: Floats, meaning: Floats | None = None
    ) -> Floats:
        """Of one message, given as the columns and values of its n-grams and its vector."""
        scores: Floats = values @ self.sparse[columns] + self.bias
        if meaning is not None:
            scores = scores + meaning @ self.meaning
        return scores / np.float32(self.temperature)


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
        quick: Weights,
        full: Weights,
        meaning_centre: Floats,
        meaning_scale: float,
        signs: frozenset[str],
    ) -> None:
        self.intents = tuple(intents)
        self._encoder = encoder
        self._by_characters = by_characters
        self._by_sounds = by_sounds
        self._quick = quick  # of characters and sounds alone
        self._full = full
        self._meaning_centre = meaning_centre
        self._meaning_scale = meaning_scale
        self._signs = signs

    @classmethod
    def train(
        cls, texts: Sequence[str], labels: Sequence[str], *, encoder: SentenceEncoder
    ) -> tuple[IntentModel, Training]:
        """A model of these examples. The same examples always give the same model.

        Args:
            texts: normalised messages.
            labels: the intent of each.
            encoder: what turns messages into vectors of meaning, in training and later.

        Raises:
            ValueError: fewer than two intents.
        """
        intents = sorted(set(labels))
        if len(intents) < 2:
            raise ValueError("cannot train: the examples must have at least two intents")
        targets = np.searchsorted(intents, labels)
        plain = [masked(text) for text in texts]
        spelled, spoken = [characters(t) for t in plain], [sounds(t) for t in plain]
        by_characters = NgramSpace.fit(spelled, longest=LONGEST_CHARACTERS)
        by_sounds = NgramSpace.fit(spoken, longest=LONGEST_SOUNDS)
        sparse = hstack([by_characters.matrix(spelled), by_sounds.matrix(spoken)]).tocsr()
        vectors = encoder.encode(plain)
        centre = vectors.mean(axis=0)
        # Sentence vectors of this model all point roughly the same way: only what is left after
        # the common direction is taken out tells them apart.
        scale = MEANING_WEIGHT / float(np.linalg.norm(vectors - centre, axis=1).mean())
        meaning = (vectors - centre) * scale
        full, training = _fit_calibrated(sparse, meaning, targets, len(intents))
        quick, _ = _fit_calibrated(sparse, meaning[:, :0], targets, len(intents))
        model = cls(
            intents=intents,
            encoder=encoder,
            by_characters=by_characters,
            by_sounds=by_sounds,
            quick=quick,
            full=full,
            meaning_centre=centre,
            meaning_scale=scale,
            signs=frozenset(char for text in texts if not readable(text) for char in text),
        )
        return model, training

    def rank(self, text: str, *, limit: int = 10) -> list[Guess]:
        """The likeliest intents of a normalised message, best first.

        A message without a letter, digit or known sign (👌 is known when an example consists of
        it) is as likely to mean anything as anything else.
        """
        if not readable(text) and not (text and self._signs.issuperset(text)):
            chances = np.full(len(self.intents), 1 / len(self.intents), dtype=np.float32)
        else:
            chances = self._chances(masked(text))
        best = np.argsort(-chances, kind="stable")[:limit]
        return [Guess(self.intents[i], float(chances[i])) for i in best]

    def _chances(self, plain: str) -> Floats:
        columns, values = self._by_characters.vector(characters(plain))
        more, more_values = self._by_sounds.vector(sounds(plain))
        columns = np.concatenate([columns, more + len(self._by_characters.columns)])
        values = np.concatenate([values, more_values])
        chances: Floats = softmax(self._quick.calibrated(columns, values))
        if chances.max() < SURE:
            vector = self._encoder.encode([plain])[0]
            meaning = (vector - self._meaning_centre) * self._meaning_scale
            chances = softmax(self._full.calibrated(columns, values, meaning))
        return chances

    def save(self, folder: Path) -> None:
        """Write the model as JSON and plain arrays: loading it can run no code."""
        described = {
            "intents": self.intents,
            "encoder": self._encoder.name,
            "meaning_scale": self._meaning_scale,
            "temperatures": {"quick": self._quick.temperature, "full": self._full.temperature},
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
            quick_sparse=self._quick.sparse,
            quick_bias=self._quick.bias,
            full_sparse=self._full.sparse,
            full_meaning=self._full.meaning,
            full_bias=self._full.bias,
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
                temperatures = described["temperatures"]
                quick_sparse = arrays["quick_sparse"]
                return cls(
                    intents=described["intents"],
                    encoder=encoder,
                    by_characters=spaces[0],
                    by_sounds=spaces[1],
                    quick=Weights(
                        quick_sparse,
                        quick_sparse[:0],
                        arrays["quick_bias"],
                        temperatures["quick"],
                    ),
                    full=Weights(
                        arrays["full_sparse"],
                        arrays["full_meaning"],
                        arrays["full_bias"],
                        temperatures["full"],
                    ),
                    meaning_centre=arrays["centre"],
                    meaning_scale=described["meaning_scale"],
                    signs=frozenset(described["signs"]),
                )
        except (OSError, KeyError, json.JSONDecodeError) as error:
            raise UnusableModel(f"cannot read the intent model in {folder}: {error!r}") from error


def _fit(
    sparse: csr_matrix, meaning: Floats, targets: npt.NDArray[np.intp], classes: int
) -> Weights:
    """Weights that minimise the cross-entropy plus `REGULARISATION`/2 times their squares.

    scikit-learn's LogisticRegression finds the same minimum but takes five times as long, for it
    cannot hold one part of the features sparse and the other dense.
    """
    rows, first, second = sparse.shape[0], sparse.shape[1], meaning.shape[1]
    sparse_by_column = sparse.T.tocsr()
    wanted = np.zeros((rows, classes), dtype=np.float32)
    wanted[np.arange(rows), targets] = 1

    def unpack(flat: npt.NDArray[np.float64]) -> Weights:
        table = flat.reshape(first + second + 1, classes).astype(np.float32)
        return Weights(table[:first], table[first:-1], table[-1])

    def cost(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        logs = log_softmax(unpack(flat).scores(sparse, meaning), axis=1)
        surplus = np.exp(logs) - wanted
        slope = np.concatenate(
            [
                sparse_by_column @ surplus,
                meaning.T @ surplus,
                surplus.sum(axis=0, keepdims=True),
            ]
        ).ravel()
        shrunk = flat.copy()
        shrunk[-classes:] = 0  # the bias is free
        loss = -float(logs[np.arange(rows), targets].sum()) + REGULARISATION / 2 * float(
            shrunk @ shrunk
        )
        return loss, slope + REGULARISATION * shrunk

    start = np.zeros((first + second + 1) * classes)
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options=_PRECISION)
    return unpack(found.x)


def _fit_calibrated(
    sparse: csr_matrix, meaning: Floats, targets: npt.NDArray[np.intp], classes: int
) -> tuple[Weights, Training]:
    """Weights whose confidence for unseen examples is their accuracy, as far as one number can."""
    order = np.argsort(targets, kind="stable")
    held, seen = np.sort(order[::HELD_BACK]), np.sort(order[np.arange(len(order)) % HELD_BACK > 0])
    partial = _fit(sparse[seen], meaning[seen], targets[seen], classes)
    scores, wanted = partial.scores(sparse[held], meaning[held]), targets[held]

    def loss(temperature: float) -> float:
        logs = log_softmax(scores / temperature, axis=1)
        return -float(logs[np.arange(len(wanted)), wanted].mean())

    solve: Callable[..., Any] = minimize_scalar
    temperature = float(solve(loss, bounds=(0.2, 5.0), method="bounded").x)
    accuracy = float((scores.argmax(axis=1) == wanted).mean())
    weights = replace(_fit(sparse, meaning, targets, classes), temperature=temperature)
    return weights, Training(accuracy=accuracy, temperature=temperature)
