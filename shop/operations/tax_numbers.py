"""The numbers that companies go by on invoices, with their check characters. Pure."""

from __future__ import annotations

import re

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_CODE = re.compile(rf"[{_LETTERS}]{{18}}")
# A taxpayer number from before 2015: a region (GB/T 2260) and an organisation code.
_OLD = re.compile(r"[1-8]\d{5}[0-9A-Z]{8}[0-9X]")
_BETWEEN = re.compile(r"[\s.·_—–-]+")


def tax_number(written: str) -> str | None:
    """The number as it is printed on an invoice; None when it cannot be one.

    A unified social credit code has 18 characters, the last a check character (GB 32100-2015); an
    older taxpayer number has 15.
    """
    number = _BETWEEN.sub("", written).upper()
    if _CODE.fullmatch(number):
        return number if number[-1] == _check_character(number) else None
    return number if _OLD.fullmatch(number) else None


def _check_character(code: str) -> str:
    total = sum(
        _LETTERS.index(letter) * weight for letter, weight in zip(code, _WEIGHTS, strict=False)
    )
    return _LETTERS[-total % 31]
