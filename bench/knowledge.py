"""`python -m bench.knowledge`: how well entries of the knowledge are found, and at which bounds.

Each question variant is asked with itself left out of the index; messages of `data/nlu` whose
intent no entry has as its topic show how often an entry would answer what it should not. Also
fits the weights of `bot.nlu.knowledge` and times the retrieval.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ruamel.yaml import YAML
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from bot.nlu import lexicon
from bot.nlu.e5 import E5
from bot.nlu.encoder import RememberingEncoder
from bot.nlu.entities import EntityReader
from bot.nlu.knowledge import (
    BY_CHARACTERS,
    GOODS,
    WITH_MEANING,
    KnowledgeIndex,
    Signs,
    Weighing,
    cut,
    plain,
)
from shop.knowledge import RELATED, SURE, SURE_ELSEWHERE, Entry, Knowledge, entries_in

ROOT = Path(__file__).resolve().parents[1]
EVERY = 4  # every so manyth message of data/nlu
SIGNS = ("nearest", "average", "answer", "characters", "words", "keywords")
LEAST_NEAREST = 8.0
SHRINK = 0.05
LISTED = 5
BOUNDS = (0.08, RELATED, 0.15, 0.2, 0.25, 0.3, SURE, 0.5, SURE_ELSEWHERE, 0.7)

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """A message, the signs for each entry, which entries are in scope, and the right one."""

    text: str
    signs: Signs
    in_scope: Mask
    right: int | None


@dataclass(frozen=True)
class Found:
    """The best entry in scope and its score."""

    entry: int
    score: float
    place: int  # of the right one among those in scope, from 0; -1: there is none


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m bench.knowledge", description=__doc__)
    options.add_argument("--misses", type=int, default=15, help="how many misses to show")
    shown: int = options.parse_args().misses
    knowledge = entries_in(ROOT / "data" / "knowledge").current()
    index = build(knowledge)
    variants = list(left_out(knowledge, index))
    others = list(other_messages(knowledge, index))
    topics = [knowledge.entries[key].topic for key in index.ids]
    print(
        f"{len(knowledge.entries)} entries, {len(index.texts)} question variants; "
        f"{len(others)} messages that no entry answers\n"
    )
    for name, weighing, signs in (
        ("with meaning", WITH_MEANING, SIGNS),
        ("by characters", BY_CHARACTERS, ("characters", "words", "keywords")),
    ):
        print(f"── {name}")
        print(f"weights in use {weighing}")
        print(f"weights fitted {fitted(variants, others, topics, signs)}")
        report(variants, others, topics, weighing)
    show_misses(variants, index, shown)
    show_false(others, index, shown)
    print(f"a variant repeated word by word is hit@1 {repeated(knowledge, index):.3f}")
    print(timing(index))


def build(knowledge: Knowledge) -> KnowledgeIndex:
    """The index with all vectors."""
    encoder = RememberingEncoder(E5(), ROOT / ".rasa" / "knowledge_vectors.npz")
    bare = KnowledgeIndex.build(knowledge, vectors={}, size=encoder.size)
    vectors = dict(zip(bare.sentences, encoder.encode(bare.sentences), strict=True))
    return KnowledgeIndex.build(knowledge, vectors=vectors, size=encoder.size)


def left_out(knowledge: Knowledge, index: KnowledgeIndex) -> Iterator[Asked]:
    """Every variant, asked about the goods its entry is for."""
    encoder = RememberingEncoder(E5(), ROOT / ".rasa" / "knowledge_vectors.npz")
    vectors = encoder.encode(index.sentences)[: len(index.texts)]
    entries = [knowledge.entries[key] for key in index.ids]
    kinds = categories()
    scopes = [in_scope(entries, entry, kinds) for entry in entries]
    for at, (text, vector) in enumerate(zip(index.texts, vectors, strict=True)):
        right = int(index.owner[at])
        signs = index.signs(text, vector, bare=bare(text), without=at)
        yield Asked(text, signs, scopes[right], right)


def repeated(knowledge: Knowledge, index: KnowledgeIndex) -> float:
    """How often a variant finds its own entry when it is not left out."""
    encoder = RememberingEncoder(E5(), ROOT / ".rasa" / "knowledge_vectors.npz")
    vectors = encoder.encode(index.sentences)
    entries = [knowledge.entries[key] for key in index.ids]
    kinds = categories()
    right = 0
    for at, text in enumerate(index.texts):
        entry = int(index.owner[at])
        scope = in_scope(entries, entries[entry], kinds)
        signs = index.signs(text, vectors[at], bare=bare(text))
        asked = Asked(text, signs, scope, entry)
        right += answered(asked, WITH_MEANING).place == 0
    return right / len(index.texts)


@lru_cache(maxsize=1)
def reader() -> EntityReader:
    """What finds the names of goods."""
    return EntityReader.build(lexicon.read(ROOT / "data" / "shop"))


def bare(text: str) -> str:
    """The text without the names of goods, as the house compares it."""
    return cut(text, [(e.start, e.end) for e in reader().read(text) if e.name in GOODS])


def other_messages(knowledge: Knowledge, index: KnowledgeIndex) -> Iterator[Asked]:
    """Messages whose intent is no entry's topic, asked without any goods in talk."""
    topics = {entry.topic for entry in knowledge.entries.values()}
    texts: list[str] = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["nlu"]:
            if block["intent"] not in topics:
                lines = block["examples"].splitlines()
                texts += [plain(line.removeprefix("- ")) for line in lines[::EVERY]]
    encoder = RememberingEncoder(E5(), ROOT / ".rasa" / "knowledge_others.npz")
    entries = [knowledge.entries[key] for key in index.ids]
    everywhere = np.array([not (e.scope.limits) for e in entries], dtype=bool)
    for text, vector in zip(texts, encoder.encode(texts), strict=True):
        yield Asked(text, index.signs(text, vector, bare=bare(text)), everywhere, None)


def categories() -> dict[str, str]:
    """Each product's category."""
    shop = YAML(typ="safe").load((ROOT / "data/shop/products.yml").read_text(encoding="utf-8"))
    return {product["id"]: product["category"] for product in shop["products"]}


def in_scope(entries: Sequence[Entry], asked: Entry, kinds: dict[str, str]) -> Mask:
    """The entries that may answer about the goods, to the people and in the campaign of one."""
    goods = asked.scope.products | asked.scope.categories
    goods |= {kinds[product] for product in asked.scope.products if product in kinds}
    return np.array(
        [
            (
                not (e.scope.products or e.scope.categories)
                or bool((e.scope.products | e.scope.categories) & goods)
            )
            and (not e.scope.tags or bool(e.scope.tags & asked.scope.tags))
            and e.scope.campaign in ("", asked.scope.campaign)
            for e in entries
        ],
        dtype=bool,
    )


def answered(asked: Asked, weighing: Weighing) -> Found:
    """What the retrieval gives, out of scope left out."""
    chances = np.where(asked.in_scope, weighing.chances(asked.signs), -1)
    best = int(np.argmax(chances))
    place = -1 if asked.right is None else int((chances > chances[asked.right]).sum())
    return Found(best, float(chances[best]), place)


def fitted(
    variants: Sequence[Asked], others: Sequence[Asked], topics: Sequence[str], signs: Sequence[str]
) -> Weighing:
    """The weights of these signs: those that put the right entry first, scaled to be chances.

    Wrong are the entries that come first when the right one is missing in its topic, and all for
    messages that no entry answers. No weight is negative. Variants of one entry were written to
    differ, so leaving one out says too little for `nearest`, which alone recognises a question
    that is repeated.
    """
    features = np.stack([table(asked, signs) for asked in variants])
    scope = np.stack([asked.in_scope for asked in variants])
    right = np.array([asked.right for asked in variants])
    rows = np.arange(len(variants))

    def cost(weights: Doubles) -> tuple[float, Doubles]:
        scores = np.where(scope, features @ weights, -1e9)
        logs = log_softmax(scores, axis=1)
        pull = np.einsum("ve,ves->s", np.exp(logs), features) - features[rows, right].sum(axis=0)
        loss = -float(logs[rows, right].sum()) + SHRINK * float(weights @ weights)
        return loss, pull + 2 * SHRINK * weights

    bounds = [(LEAST_NEAREST if sign == "nearest" else 0, None) for sign in signs]
    found = minimize(cost, np.ones(len(signs)), jac=True, bounds=bounds, method="L-BFGS-B").x
    best: list[tuple[float, bool]] = []
    for asked in variants:
        own = within(asked, topics)
        best.append(first(own, signs, found))
        assert asked.right is not None
        own.in_scope[asked.right] = False
        if own.in_scope.any():
            best.append((first(own, signs, found)[0], False))
    best += [first(asked, signs, found) for asked in others]
    model = LogisticRegression(C=100.0).fit([[score] for score, _ in best], [r for _, r in best])
    scale, bias = float(model.coef_[0][0]), float(model.intercept_[0])
    weights = dict.fromkeys(SIGNS, 0.0)
    weights |= {s: round(scale * float(w), 1) for s, w in zip(signs, found, strict=True)}
    return Weighing(**weights, bias=round(bias, 1))


def table(asked: Asked, signs: Sequence[str]) -> Doubles:
    """Entries by signs."""
    return np.stack([getattr(asked.signs, sign) for sign in signs], axis=1).astype(np.float64)


def first(asked: Asked, signs: Sequence[str], weights: Doubles) -> tuple[float, bool]:
    """The score of the entry that comes first, and whether it is the right one."""
    scores = np.where(asked.in_scope, table(asked, signs) @ weights, -1e9)
    return float(scores.max()), int(scores.argmax()) == asked.right


def report(
    variants: Sequence[Asked], others: Sequence[Asked], topics: Sequence[str], weighing: Weighing
) -> None:
    """Hits, and for each bound what is answered rightly, wrongly and needlessly."""
    found = [answered(one, weighing) for one in variants]
    hits = np.array([one.place == 0 for one in found])
    near = np.array([one.place < LISTED for one in found])
    print(f"hit@1 {hits.mean():.3f}   hit@{LISTED} {near.mean():.3f}")
    of_topic = [answered(within(one, topics), weighing) for one in variants]
    own = np.array([one.place == 0 for one in of_topic])
    print(f"hit@1 among the entries of the right topic {own.mean():.3f}")
    print("        topic understood      topic not understood   other messages")
    print("bound   answered   right      answered   right       answered")
    false = np.array([answered(one, weighing).score for one in others])
    for bound in BOUNDS:
        mine = np.array([one.score >= bound for one in of_topic])
        any_ = np.array([one.score >= bound for one in found])
        print(
            f"{bound:5.2f} {mine.mean():10.3f} {share(own, mine):7.3f} {any_.mean():13.3f} "
            f"{share(hits, any_):7.3f} {(false >= bound).mean():14.3f}"
        )
    print()


def within(asked: Asked, topics: Sequence[str]) -> Asked:
    """The same, with only the right topic's entries in scope."""
    assert asked.right is not None
    same = np.array([topic == topics[asked.right] for topic in topics], dtype=bool)
    return replace(asked, in_scope=asked.in_scope & same)


def share(right: Mask, of: Mask) -> float:
    """How many of those are right."""
    return float(right[of].mean()) if of.any() else 0.0


def show_misses(variants: Sequence[Asked], index: KnowledgeIndex, limit: int) -> None:
    """The surest wrong answers to variants."""
    wrong = [(one, answered(one, WITH_MEANING)) for one in variants]
    wrong = [(one, f) for one, f in wrong if f.place > 0]
    for one, found in sorted(wrong, key=lambda pair: -pair[1].score)[:limit]:
        assert one.right is not None
        print(
            f"{found.score:.2f} {one.text} → {index.ids[found.entry]}, not {index.ids[one.right]}"
        )
    print()


def show_false(others: Sequence[Asked], index: KnowledgeIndex, limit: int) -> None:
    """The surest answers to messages that no entry answers."""
    found = [(one, answered(one, WITH_MEANING)) for one in others]
    for one, best in sorted(found, key=lambda pair: -pair[1].score)[:limit]:
        print(f"{best.score:.2f} {one.text} → {index.ids[best.entry]}")
    print()


def timing(index: KnowledgeIndex) -> str:
    """Milliseconds of one search, with and without a vector at hand."""
    vector = index.variant_vectors[0]
    times: dict[bool, list[float]] = {True: [], False: []}
    for text in index.texts[:300]:
        for given in (True, False):
            began = time.perf_counter()
            index.search(text, vector if given else None, limit=5)
            times[given].append((time.perf_counter() - began) * 1000)
    both = {given: float(np.median(taken)) for given, taken in times.items()}
    return (
        f"one search: {both[False]:.2f} ms by characters, {both[True]:.2f} ms with a vector at hand"
    )


if __name__ == "__main__":
    main()
