"""A shopper's message as skills and rules get it, with nothing around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.turn import Turn

_PLAIN = Turn(
    sender="web:demo:c-lin",
    key=None,
    text="",
    intent="product_attribute",
    confidence=0.9,
    ranking=(),
    entities=(),
    slots={},
    form="",
    asked="",
    transcript=(),
)


def a_turn(**told: Any) -> Turn:
    """The first message of a talk, but for what is told."""
    return replace(_PLAIN, **told)
