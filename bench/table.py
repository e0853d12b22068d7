"""Tables for a terminal that are Markdown at the same time."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """The columns a text takes on a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with aligned columns: the first to the left, the others to the right."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(3, *(width(cell) for cell in column)) for column in columns]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for number, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (wide - width(cell))
            padded.append(cell + space if number == 0 else space + cell)
        return f"| {' | '.join(padded)} |"

    rule = "|".join(
        "-" * (wide + 2) if number == 0 else "-" * (wide + 1) + ":"
        for number, wide in enumerate(widths)
    )
    return "\n".join([line(head), f"|{rule}|", *(line(row) for row in rows)])


def figure(value: float, unit: str = "", digits: int = 3) -> str:
    """A number with about `digits` significant digits, – when there is none."""
    if not math.isfinite(value):
        return "–"
    whole = len(str(int(abs(value))))
    text = f"{value:,.{max(0, digits - whole)}f}" if abs(value) >= 1 else f"{value:.{digits}f}"
    return f"{text} {unit}".rstrip()


def times(value: float) -> str:
    """A ratio."""
    return f"{figure(value, digits=2)} ×" if math.isfinite(value) else "–"
