"""Which size fits: a body against a size chart. Pure.

Each measure alone asks for the smallest size that is large enough; what fits in all measures
together is the answer. A larger body never gets a smaller size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from shop.types import Measure, Product, SizeRow

Body = Mapping[Measure, float]

_PUNCTUATION = re.compile(r"[\s码号#]")


class Wish(str, Enum):
    """How it should sit."""

    LOOSE = "loose"
    SLIM = "slim"


class Fit(str, Enum):
    """How sure the chart is."""

    ONE = "one"  # one size fits
    SEVERAL = "several"  # neighbours fit; `best` is the slimmer one unless wished otherwise
    SPLIT = "split"  # the measures ask for different sizes
    TOO_SMALL = "too_small"  # smaller than the smallest size
    TOO_LARGE = "too_large"  # larger than the largest
    UNKNOWN = "unknown"  # the chart does not go by what is known


@dataclass(frozen=True)
class Advice:
    """The rows that fit, from small to large, and the one to take.

    With SPLIT, `rows` are the sizes that the measures ask for, from small to large. `measure` is
    the one that is out of the chart with TOO_SMALL and TOO_LARGE. `best` is None when none may be
    named.
    """

    fit: Fit
    rows: tuple[SizeRow, ...] = ()
    best: SizeRow | None = None
    measure: Measure | None = None


def measures_of(chart: Sequence[SizeRow]) -> tuple[Measure, ...]:
    """What the chart goes by, in its own order."""
    return tuple(dict.fromkeys(one.measure for row in chart for one in row.ranges))


def chart_of(product: Product) -> tuple[SizeRow, ...]:
    """The rows of its chart in whose sizes it is made: a chart may serve several products."""
    made = {_plain(sku.size) for sku in product.skus}
    return tuple(row for row in product.size_chart if _plain(row.size) in made)


def advise(chart: Sequence[SizeRow], body: Body, *, wish: Wish | None = None) -> Advice:
    """The size for that body.

    Args:
        chart: rows from small to large.
        body: what is known, in the units of `shop.types.Measure`.
        wish: looser takes the largest that fits, or the next one up when only one does.
    """
    known = [measure for measure in measures_of(chart) if measure in body]
    if not known:
        return Advice(Fit.UNKNOWN)
    needed = []
    for measure in known:
        at = _needed(chart, measure, body[measure])
        if at is None:
            return Advice(Fit.TOO_LARGE, measure=measure)
        needed.append(at)
    below = [measure for measure in known if _below_all(chart, measure, body[measure])]
    if below:
        return Advice(Fit.TOO_SMALL, measure=below[0])
    fitting = [
        row for row in chart if all(_contains(row, measure, body[measure]) for measure in known)
    ]
    if not fitting:
        rows = tuple(chart[at] for at in sorted(set(needed)))
        if len(rows) > 1:
            return Advice(Fit.SPLIT, rows, rows[-1])
        fitting = list(rows)  # between two rows of a chart with gaps: the larger
    if wish is Wish.LOOSE:
        at = chart.index(fitting[-1])
        best = fitting[-1] if len(fitting) > 1 else chart[min(at + 1, len(chart) - 1)]
    else:
        best = fitting[0]
    fit = Fit.ONE if len(fitting) == 1 else Fit.SEVERAL
    return Advice(fit, tuple(fitting), best)


def row_of(chart: Sequence[SizeRow], size: str) -> SizeRow | None:
    """The row of that size, however it is written (l码, 42)."""
    wanted = _plain(size)
    return next((row for row in chart if _plain(row.size) == wanted), None)


def _plain(size: str) -> str:
    return _PUNCTUATION.sub("", size).casefold()


def _needed(chart: Sequence[SizeRow], measure: Measure, value: float) -> int | None:
    """The first row that is large enough, None when none is."""
    for at, row in enumerate(chart):
        if (limits := row.range(measure)) is not None and value <= limits.high:
            return at
    return None


def _below_all(chart: Sequence[SizeRow], measure: Measure, value: float) -> bool:
    lows = [limits.low for row in chart if (limits := row.range(measure)) is not None]
    return value < min(lows)


def _contains(row: SizeRow, measure: Measure, value: float) -> bool:
    limits = row.range(measure)
    return limits is None or limits.low <= value <= limits.high
