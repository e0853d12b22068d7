"""The arithmetic of the bench: percentiles, accuracy, macro F1."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed.

    NaN when there are no values.
    """
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def accuracy(wanted: Sequence[str], given: Sequence[str]) -> float:
    """The share of right labels; NaN when there are none."""
    if not wanted:
        return math.nan
    return sum(w == g for w, g in zip(wanted, given, strict=True)) / len(wanted)


def macro_f1(wanted: Sequence[str], given: Sequence[str]) -> float:
    """The mean F1 of the labels that are wanted anywhere, each label counting the same."""
    if not wanted:
        return math.nan
    right = Counter(w for w, g in zip(wanted, given, strict=True) if w == g)
    wants, gives = Counter(wanted), Counter(given)
    scores = [2 * right[label] / (wants[label] + gives[label]) for label in wants]
    return sum(scores) / len(scores)
