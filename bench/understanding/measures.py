"""What the figures of `make evaluate` are made of. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.understanding.gold import Mention, Message, Named
from conversations.text import neutralize

# Being asked "did you mean …?" costs a shopper one more tap, a wrong answer costs reading it and
# writing again.
COST_OF_ASKING_BACK = 2 / 3
# What `tests/nlu/entities.tsv` does not mark.
_NOT_MARKED = frozenset({"attribute"})
_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 17))


@dataclass(frozen=True)
class Judged:
    """One message and what the model made of it: its best guess, how sure, and the time in ms."""

    message: Message
    guess: str
    confidence: float
    milliseconds: float = math.nan

    @property
    def right(self) -> bool:
        """Whether the guess is the intent or one as good."""
        return self.message.accepts(self.guess)


@dataclass(frozen=True)
class OfIntent:
    """How one intent fares; `messages` is how many mean it."""

    intent: str
    messages: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Confusion:
    """`wanted` taken for `given`, how often, and some of the messages."""

    wanted: str
    given: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """Messages whose confidence lies in [`low`, `high`)."""

    low: float
    high: float
    messages: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Threshold:
    """What a fallback threshold would do: the share asked back, and how many guesses are right."""

    value: float
    refused: float
    right_among_refused: float
    right_among_kept: float
    cost: float


@dataclass(frozen=True)
class EntityScore:
    """Mentions of one kind (or all): found, given too much, missed."""

    name: str
    right: int
    given: int
    wanted: int

    @property
    def precision(self) -> float:
        """Of what was given."""
        return self.right / self.given if self.given else math.nan

    @property
    def recall(self) -> float:
        """Of what is there."""
        return self.right / self.wanted if self.wanted else math.nan

    @property
    def f1(self) -> float:
        """Of both; NaN when there is nothing to find and nothing was given."""
        total = self.given + self.wanted
        return 2 * self.right / total if total else math.nan


def accuracy(judged: Sequence[Judged]) -> float:
    """The share understood rightly, other acceptable intents included."""
    return sum(one.right for one in judged) / len(judged) if judged else math.nan


def exact_accuracy(judged: Sequence[Judged]) -> float:
    """The share given the first intent."""
    if not judged:
        return math.nan
    return sum(one.guess == one.message.intent for one in judged) / len(judged)


def by_intent(judged: Sequence[Judged]) -> list[OfIntent]:
    """Each intent that occurs; a guess that is as good counts as the intent itself."""
    wanted = [one.message.intent for one in judged]
    given = [one.message.intent if one.right else one.guess for one in judged]
    right = Counter(w for w, g in zip(wanted, given, strict=True) if w == g)
    wants, gives = Counter(wanted), Counter(given)
    return [
        OfIntent(
            intent=name,
            messages=wants[name],
            precision=right[name] / gives[name] if gives[name] else 0.0,
            recall=right[name] / wants[name],
            f1=2 * right[name] / (wants[name] + gives[name]),
        )
        for name in sorted(wants)
    ]


def macro_f1(judged: Sequence[Judged]) -> float:
    """The mean F1 of the intents that occur."""
    rows = by_intent(judged)
    return sum(row.f1 for row in rows) / len(rows) if rows else math.nan


def confusions(judged: Iterable[Judged], *, examples: int = 4) -> list[Confusion]:
    """Wrong pairs, the commonest first."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in judged:
        if not one.right:
            found[one.message.intent, one.guess].append(one.message.text)
    pairs = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Confusion(*pair, len(texts), tuple(texts[:examples])) for pair, texts in pairs]


def reliability(judged: Sequence[Judged], *, bands: int = 10) -> list[Band]:
    """Confidence against accuracy in equally wide bands; empty bands are left out."""
    found = []
    for number in range(bands):
        low, high = number / bands, (number + 1) / bands
        inside = [
            one
            for one in judged
            if low <= one.confidence < high or (high == 1 and one.confidence >= 1)
        ]
        if inside:
            mean = sum(one.confidence for one in inside) / len(inside)
            found.append(Band(low, high, len(inside), mean, accuracy(inside)))
    return found


def calibration_error(bands: Sequence[Band]) -> float:
    """The mean distance of confidence and accuracy, weighted by messages (ECE)."""
    total = sum(band.messages for band in bands)
    gaps = sum(band.messages * abs(band.confidence - band.accuracy) for band in bands)
    return gaps / total if total else math.nan


def thresholds(judged: Sequence[Judged]) -> list[Threshold]:
    """What each threshold from 0.1 to 0.8 would do."""
    found = []
    for value in _THRESHOLDS:
        refused = [one for one in judged if one.confidence < value]
        kept = [one for one in judged if one.confidence >= value]
        wrong = sum(not one.right for one in kept)
        found.append(
            Threshold(
                value=value,
                refused=len(refused) / len(judged),
                right_among_refused=accuracy(refused),
                right_among_kept=accuracy(kept),
                cost=(wrong + COST_OF_ASKING_BACK * len(refused)) / len(judged),
            )
        )
    return found


def best_threshold(rows: Sequence[Threshold]) -> Threshold:
    """The cheapest one; see `COST_OF_ASKING_BACK`."""
    return min(rows, key=lambda row: row.cost)


def entity_scores(
    named: Sequence[Named], found: Sequence[Sequence[Mention]]
) -> tuple[list[EntityScore], list[tuple[str, str]]]:
    """Exact matches of kind, words and, where told, value: by kind with the total last.

    Kinds that are not marked do not count; a 的 or 了 at the end is the same; words that could be
    several products may stand as product or category; a reason is right when the words overlap.

    Returns:
        The scores, and of each message that is not all right the text and what went wrong.
    """
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    wrong: list[tuple[str, str]] = []
    for gold, told in zip(named, found, strict=True):
        guessed = [guess for guess in told if guess.name not in _NOT_MARKED]
        rest = list(guessed)
        missed = []
        for mention in gold.mentions:
            wanted[mention.name] += 1
            hit = next((guess for guess in rest if _same(mention, guess)), None)
            if hit is None:
                missed.append(f"-{_told(mention)}")
            else:
                right[mention.name] += 1
                given[mention.name] += 1
                rest.remove(hit)
        given.update(guess.name for guess in rest)
        if missed or rest:
            wrong.append((gold.text, " ".join(missed + [f"+{_told(guess)}" for guess in rest])))
    names = sorted(set(wanted) | set(given))
    scores = [EntityScore(name, right[name], given[name], wanted[name]) for name in names]
    total = EntityScore("total", right.total(), given.total(), wanted.total())
    return [*scores, total], wrong


def mentions_of(parsed: Mapping[str, object]) -> list[Mention]:
    """The entities of one parse as `bench.parse_worker` tells them."""
    entities = parsed["entities"]
    assert isinstance(entities, list)
    return [Mention(name=name, words=words, value=value) for name, words, value in entities]


def _same(wanted: Mention, given: Mention) -> bool:
    words, others = _plain(wanted.words), _plain(given.words)
    same_words = words == others
    if wanted.name == "reason":
        same_words = words in others or others in words
    several_products = given.value is not None and _plain(given.value) == others
    either = {wanted.name, given.name} == {"product", "category"} and several_products
    return (
        (wanted.name == given.name or either)
        and same_words
        and (wanted.value is None or wanted.value == given.value)
    )


def _plain(words: str) -> str:
    plain = neutralize(words).replace(" ", "").lower()
    return plain.rstrip("的了") or plain


def _told(mention: Mention) -> str:
    value = f"={mention.value}" if mention.value is not None else ""
    return f"{mention.name}:{mention.words}{value}"
