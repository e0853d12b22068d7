"""How varied the examples in `data/nlu` are: near-copies, and families made from one template."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from bench.data import Example
from conversations.text import neutralize

NEAR = 0.8
"""Two examples that share this much of their pairs of characters (Jaccard) are near-copies."""

FAMILY = 4
"""So many examples of one intent that differ only in what they name make a template."""

_NOISE = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Variety:
    """What was found.

    Attributes:
        examples: how many there are.
        near: pairs of near-copies, also across intents.
        templates: skeletons with their examples, the largest first.
    """

    examples: int
    near: tuple[tuple[Example, Example], ...]
    templates: tuple[tuple[str, tuple[Example, ...]], ...]

    @property
    def near_share(self) -> float:
        """The share of examples that have a near-copy before them."""
        return len({second.text for _, second in self.near}) / self.examples

    @property
    def template_share(self) -> float:
        """The share of examples that come from a template."""
        return sum(len(family) for _, family in self.templates) / self.examples


def survey(examples: Sequence[Example], *, blanked: Callable[[str], str]) -> Variety:
    """Compare all examples.

    Args:
        examples: all of them.
        blanked: puts a sign in the place of whatever a text names (products, colours, numbers).
    """
    plain = [_NOISE.sub("", neutralize(example.plain)).lower() for example in examples]
    return Variety(
        examples=len(examples),
        near=tuple(_near(examples, plain)),
        templates=tuple(_templates(examples, blanked)),
    )


def _near(examples: Sequence[Example], plain: Sequence[str]) -> list[tuple[Example, Example]]:
    grams = [{text[at : at + 2] for at in range(max(1, len(text) - 1))} for text in plain]
    columns: dict[str, int] = {}
    rows, cells = [], []
    for number, found in enumerate(grams):
        for gram in found:
            rows.append(number)
            cells.append(columns.setdefault(gram, len(columns)))
    ones = np.ones(len(rows), dtype=np.float32)
    matrix = csr_matrix((ones, (rows, cells)), shape=(len(examples), len(columns)))
    shared = (matrix @ matrix.T).tocoo()
    sizes = np.array([len(found) for found in grams])
    jaccard = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    hits = (jaccard >= NEAR) & (shared.row < shared.col)
    pairs = sorted(zip(shared.row[hits].tolist(), shared.col[hits].tolist(), strict=True))
    return [(examples[first], examples[second]) for first, second in pairs]


def _templates(
    examples: Sequence[Example], blanked: Callable[[str], str]
) -> list[tuple[str, tuple[Example, ...]]]:
    families: defaultdict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in examples:
        skeleton = _NUMBER.sub("#", blanked(neutralize(example.plain)))
        if skeleton != neutralize(example.plain):
            families[example.intent, skeleton].append(example)
    found = [
        (skeleton, tuple(family))
        for (_, skeleton), family in families.items()
        if len(family) >= FAMILY
    ]
    return sorted(found, key=lambda item: (-len(item[1]), item[0]))
