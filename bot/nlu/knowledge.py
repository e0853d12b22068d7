"""Which entries of the shop's knowledge a message asks for: by meaning, characters and keywords."""

from __future__ import annotations

import atexit
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import structlog
from scipy.sparse import csc_matrix

from bot.nlu.encoder import Matrix, SentenceEncoder
from bot.nlu.features import NgramSpace, masked
from conversations.errors import ConfigurationError, where
from conversations.text import neutralize
from shop.knowledge import FileContent, Knowledge
from shop.livefile import LiveDocuments

Floats = npt.NDArray[np.float32]

GOODS = frozenset({"product", "category"})
"""The entities that name goods."""

LOOK_SECONDS = 0.5
LONGEST = 2  # characters of an n-gram
REPEATED = 0.97  # the chance that a variant asked word by word means its entry
MOST_KEYWORDS = 2  # more found in one message make it no surer
CROWDED = 10  # entries of one topic, from which on characters alone do not tell them apart

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Signs:
    """What speaks for each entry, in the order of `KnowledgeIndex.ids`.

    `nearest` and `average` are cosines (-1 to 1) of the sentence vectors of message and question
    variants, `answer` that of message and answer; `characters` is the cosine (0 to 1) of n-grams
    with the nearest variant, `words` the share of the message's n-grams, by their weight, that
    answer and keywords have, `keywords` the share of `MOST_KEYWORDS` found. `compared` tells
    for which entries the first three are known; elsewhere they are 0.
    """

    nearest: Floats
    average: Floats
    answer: Floats
    characters: Floats
    words: Floats
    keywords: Floats
    compared: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Weighing:
    """How the signs of a match make a chance: a logistic regression, a weight for each sign."""

    nearest: float
    average: float
    answer: float
    characters: float
    words: float
    keywords: float
    bias: float

    def chances(self, signs: Signs) -> Floats:
        """The chance of each entry, 0 to 1."""
        scores = (
            self.nearest * signs.nearest
            + self.average * signs.average
            + self.answer * signs.answer
            + self.characters * signs.characters
            + self.words * signs.words
            + self.keywords * signs.keywords
            + self.bias
        )
        chances: Floats = (1 / (1 + np.exp(-scores))).astype(np.float32)
        return chances


# Fitted by `python -m bench.knowledge` (variants left out one by one, and messages that no entry
# answers); it prints these numbers and what they are worth.
WITH_MEANING = Weighing(
    nearest=2.7, average=2.2, answer=2.4, characters=0.0, words=3.0, keywords=1.1, bias=-5.0
)
BY_CHARACTERS = Weighing(
    nearest=0.0, average=0.0, answer=0.0, characters=0.5, words=2.5, keywords=0.5, bias=-2.7
)


@dataclass(frozen=True)
class Match:
    """An entry and the chance that it is what was asked."""

    entry: str
    score: float


@dataclass(frozen=True)
class KnowledgeIndex:
    """The entries with questions, ready to be compared with messages.

    `texts` are the question variants as `plain` gives them, `owner` the place of each one's entry
    in `ids`, `answers` the first wording of each entry's answer. `variant_vectors` and
    `answer_vectors` are centred and of length 1; `encoded` tells for which entries they are known.
    `crowded` are the topics of so many entries that only their meaning tells them apart; `keywords`
    gives the places of the entries that have one, `asked` those of the entries asked word by word.
    `starts` is where each entry's variants begin: variants of one entry stand together, and every
    entry has some.
    """

    ids: tuple[str, ...]
    crowded: frozenset[str]
    texts: tuple[str, ...]
    owner: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    asked: Mapping[str, Sequence[int]]
    answers: tuple[str, ...]
    keywords: Mapping[str, Sequence[int]]
    space: NgramSpace
    variant_grams: csc_matrix
    answer_grams: csc_matrix
    variant_centre: Floats
    variant_vectors: Matrix
    answer_centre: Floats
    answer_vectors: Matrix
    encoded: npt.NDArray[np.bool_]

    @classmethod
    def build(
        cls, knowledge: Knowledge, *, vectors: Mapping[str, Floats], size: int
    ) -> KnowledgeIndex:
        """An index of what is known.

        Args:
            knowledge: the entries.
            vectors: the sentence vectors known, by text.
            size: the length of a vector.
        """
        entries = [entry for entry in knowledge.entries.values() if entry.questions]
        owned = [(plain(text), at) for at, entry in enumerate(entries) for text in entry.questions]
        texts = tuple(text for text, _ in owned)
        owner = np.array([at for _, at in owned], dtype=np.intp)
        asked: defaultdict[str, list[int]] = defaultdict(list)
        for text, at in owned:
            asked[text].append(at)
        keywords: defaultdict[str, list[int]] = defaultdict(list)
        for at, entry in enumerate(entries):
            for word in entry.keywords:
                keywords[word].append(at)
        sizes = Counter(entry.topic for entry in entries)
        answers = tuple(plain(entry.answer[0]) for entry in entries)
        worded = [f"{a} {' '.join(e.keywords)}" for a, e in zip(answers, entries, strict=True)]
        spelled = [_characters(text) for text in (*texts, *worded)]
        space, grams = NgramSpace.learn(spelled, longest=LONGEST, least=1)
        encoded = np.array([answer in vectors for answer in answers], dtype=bool)
        for text, at in owned:
            encoded[at] &= text in vectors
        variant_centre, variant_vectors = _centred(texts, vectors, size)
        answer_centre, answer_vectors = _centred(answers, vectors, size)
        return cls(
            ids=tuple(entry.id for entry in entries),
            crowded=frozenset(topic for topic, size in sizes.items() if size >= CROWDED),
            texts=texts,
            owner=owner,
            starts=np.searchsorted(owner, np.arange(len(entries))),
            asked=dict(asked),
            answers=answers,
            keywords=dict(keywords),
            space=space,
            variant_grams=grams[: len(texts)].tocsc(),  # by columns, as `_product` needs them
            answer_grams=grams[len(texts) :].tocsc().sign(),
            variant_centre=variant_centre,
            variant_vectors=variant_vectors,
            answer_centre=answer_centre,
            answer_vectors=answer_vectors,
            encoded=encoded,
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """All texts whose sentence vectors the index needs."""
        return (*self.texts, *self.answers)

    def signs(
        self,
        text: str,
        vector: Floats | None,
        *,
        bare: str | None = None,
        without: int | None = None,
    ) -> Signs:
        """What speaks for each entry.

        Args:
            text: a message as `plain` gives it.
            vector: its sentence vector, None to go by characters alone.
            bare: the message without the names of goods, in which all questions about one thing
                resemble one another; None: it names none.
            without: a variant that is not to count, for measuring.
        """
        counted = np.ones(len(self.texts), dtype=np.float32)
        if without is not None:
            counted[without] = 0
        columns, values = self.space.vector(_characters(text if bare is None else bare))
        weights = self.space.weights[columns]
        hits = np.zeros(len(self.ids), dtype=np.float32)
        for word, places in self.keywords.items():
            if word in text:
                hits[places] += 1
        nearest = average = answer = np.zeros(len(self.ids), dtype=np.float32)
        if vector is not None:
            answer = self.answer_vectors @ _unit(vector - self.answer_centre)
            near = self.variant_vectors @ _unit(vector - self.variant_centre)
            times = np.bincount(self.owner, weights=counted, minlength=len(self.ids))
            total = np.bincount(self.owner, weights=near * counted, minlength=len(self.ids))
            average = total / np.maximum(times, 1)
            nearest = self._best(near - 2 * (1 - counted), -1)
        return Signs(
            nearest=nearest.astype(np.float32),
            average=average.astype(np.float32),
            answer=answer,
            characters=self._best(_product(self.variant_grams, columns, values) * counted, 0),
            words=_product(self.answer_grams, columns, weights) / max(float(weights.sum()), 1e-6),
            keywords=np.minimum(hits, MOST_KEYWORDS) / np.float32(MOST_KEYWORDS),
            compared=self.encoded if vector is not None else np.zeros_like(self.encoded),
        )

    def search(
        self, text: str, vector: Floats | None, *, limit: int, bare: str | None = None
    ) -> list[Match]:
        """The likeliest entries, best first.

        Args:
            text: a message as `plain` gives it.
            vector: its sentence vector, None to go by characters alone.
            limit: how many at most.
            bare: the message without the names of goods, None: it names none.
        """
        if not self.ids:
            return []
        signs = self.signs(text, vector, bare=bare)
        chances = np.where(
            signs.compared, WITH_MEANING.chances(signs), BY_CHARACTERS.chances(signs)
        )
        asked = list(self.asked.get(text, ()))
        chances[asked] = np.maximum(chances[asked], REPEATED)
        best = np.argsort(-chances, kind="stable")[:limit]
        return [Match(self.ids[at], float(chances[at])) for at in best]

    def _best(self, of_variants: Floats, least: float) -> Floats:
        """The highest value among each entry's variants."""
        best: Floats = np.maximum.reduceat(of_variants, self.starts)
        return np.maximum(best, np.float32(least))


class LiveIndex:
    """The index of a folder's entries, as new as the files; built beside the messages.

    `current` never waits. A change is noticed within `LOOK_SECONDS` by a thread of its own, which
    encodes only the new variants; until that is done they are found by their characters.
    """

    def __init__(
        self, *, folder: LiveDocuments[FileContent, Knowledge], encoder: SentenceEncoder
    ) -> None:
        self._folder = folder
        self._encoder = encoder
        self._knowledge = Knowledge(entries={}, campaigns={})
        self._vectors: dict[str, Floats] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._keep_current, name="knowledge", daemon=True)
        self._build()

    @property
    def current(self) -> KnowledgeIndex:
        """The newest index."""
        return self._index

    def look(self) -> bool:
        """Take in what has changed, without vectors for new variants; whether anything had.

        Raises:
            ConfigurationError: the files cannot be used and never could.
        """
        knowledge = self._folder.current()
        if knowledge is self._knowledge:
            return False
        self._knowledge = knowledge
        self._build()
        return True

    def encode(self) -> None:
        """Give every variant its vector."""
        texts = self._index.sentences
        if texts and not self._index.encoded.all():
            vectors = self._encoder.encode(texts)
            self._vectors = dict(zip(texts, vectors, strict=True))
            self._build()

    def watch(self) -> None:
        """Keep the index current in a thread of its own, until closed or the process ends."""
        self._thread.start()
        # onnxruntime ends the process with an abort when the interpreter goes before its thread.
        atexit.register(self.close)

    def close(self) -> None:
        """End the thread, once it has encoded what it is at."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def _build(self) -> None:
        self._index = KnowledgeIndex.build(
            self._knowledge, vectors=self._vectors, size=self._encoder.size
        )

    def _keep_current(self) -> None:
        told = ""
        while not self._closed.is_set():
            try:
                self.look()
                self.encode()
                told = ""
            except Exception as error:  # a thread that ends would leave old answers for ever
                reason = str(error) if isinstance(error, ConfigurationError) else where(error)
                if reason != told:
                    _log.error("knowledge.not_read", cause=type(error).__name__, reason=reason)
                    told = reason
            self._closed.wait(LOOK_SECONDS)


def plain(text: str) -> str:
    """A variant or message as it is compared: the text whose vector the classifier asks for."""
    return masked(neutralize(text))


def cut(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text without those stretches."""
    return "".join(
        character
        for at, character in enumerate(text)
        if not any(start <= at < end for start, end in spans)
    )


def _characters(text: str) -> list[str]:
    return ["^", *(char for char in text if char.isalnum()), "$"]


def _product(matrix: csc_matrix, columns: npt.NDArray[np.intp], values: Floats) -> Floats:
    """The matrix times a vector that is zero but in a few columns."""
    rows: int = matrix.shape[0]
    starts, ends = matrix.indptr[columns], matrix.indptr[columns + 1]
    spans = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
    if not spans:
        return np.zeros(rows, dtype=np.float32)
    places = np.concatenate([matrix.indices[span] for span in spans])
    shares = np.concatenate([matrix.data[span] for span in spans]) * np.repeat(
        values, ends - starts
    )
    return np.bincount(places, weights=shares, minlength=rows).astype(np.float32)


def _centred(
    texts: Sequence[str], vectors: Mapping[str, Floats], size: int
) -> tuple[Floats, Matrix]:
    """The common direction of the texts' vectors, and what is left of each without it.

    Vectors of this kind of model all point roughly the same way. A text without a vector has
    zeros.
    """
    known = [vectors[text] for text in texts if text in vectors]
    centre = np.mean(known, axis=0) if known else np.zeros(size)
    rows = np.zeros((len(texts), size), dtype=np.float32)
    for row, text in enumerate(texts):
        if text in vectors:
            rows[row] = _unit(vectors[text] - centre)
    return centre.astype(np.float32), rows


def _unit(vector: Floats) -> Floats:
    return vector / np.float32(max(float(np.linalg.norm(vector)), 1e-6))
