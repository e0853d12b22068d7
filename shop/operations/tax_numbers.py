"""The numbers that companies go by on invoices, with their check characters. Pure."""

from __future__ import annotations

import re

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_REGION = r"(?:1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|7[12]|8[1-3])\d{4}"  # GB/T 2260; 100000
# Who has registered it and what it is, where, an organisation code, a check character.
_CODE = re.compile(rf"[{_LETTERS}](?<!0)[1-59]{_REGION}[{_LETTERS}]{{10}}")
# A taxpayer number from before 2015: where, and an organisation code.
_OLD = re.compile(rf"{_REGION}[0-9A-Z]{{8}}[0-9X]")
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
