"""TOP's values as ours: ids as text, money in fen, times in UTC. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal, DecimalException
from typing import Any

from shop.errors import ShopUnavailable
from shop.taobao.client import CHINA, TIME_FORMAT

Fields = Mapping[str, Any]


@contextmanager
def readable(method: str) -> Iterator[None]:
    """Around the reading of an answer.

    Raises:
        ShopUnavailable: a field is missing or odd; its value is not told.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, DecimalException) as error:
        raise ShopUnavailable(
            f"Taobao's answer to {method} cannot be read ({type(error).__name__})"
        ) from None


def identity(value: object) -> str:
    """An id, which JSON may carry as a number; a float has lost digits and is refused.

    Raises:
        ValueError: neither a whole number nor a text.
    """
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("not an id")


def text(fields: Fields, name: str) -> str:
    """That field as text, empty when it is missing."""
    value = fields.get(name)
    return "" if value is None else str(value)


def flag(fields: Fields, name: str) -> bool:
    """That field as yes or no, no when it is missing; some answers write it as text."""
    return fields.get(name) in (True, "true")


def fen(amount: object) -> int:
    """Yuan with two digits after the point, e.g. "200.07", in fen; nothing is 0.

    Raises:
        ValueError, DecimalException: not an amount, or with parts of a fen.
    """
    if amount is None or amount == "":
        return 0
    cents = Decimal(str(amount)) * 100
    if cents != cents.to_integral_value():
        raise ValueError("parts of a fen")
    return int(cents)


def moment(value: object) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss` of China, in UTC; None for nothing.

    Raises:
        ValueError: another form.
    """
    if value is None or value == "":
        return None
    return datetime.strptime(str(value), TIME_FORMAT).replace(tzinfo=CHINA).astimezone(timezone.utc)


def items(fields: Fields, name: str, kind: str) -> Sequence[Fields]:
    """A list as TOP wraps it: `{"orders": {"order": […]}}`; empty when it is missing."""
    wrapped = fields.get(name)
    if not wrapped:
        return ()
    found: Sequence[Fields] = wrapped[kind]
    return found
