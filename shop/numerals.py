"""Numbers as people write them: 18, 3.5, 十八, 两百, 一百二, 三千五, 两万."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_DIGITS |= {"七": 7, "八": 8, "九": 9}
_DIGITS |= {str(figure): figure for figure in range(10)}
_POWERS = {"十": 10, "百": 100, "千": 1000}


def digit(numeral: str) -> int:
    """0 to 9, of one character.

    Raises:
        ValueError: it is no digit.
    """
    try:
        return _DIGITS[numeral]
    except KeyError:
        raise ValueError(f"{numeral!r} is no digit") from None


def value(words: str) -> Decimal | None:
    """The number that the words are, not negative; None for what is none (一二三, 几)."""
    if words[:1].isdigit() and words[:1].isascii():
        try:
            return Decimal(words)
        except InvalidOperation:
            return None
    total, section, last, unit = 0, 0, -1, 1
    least = 10_000
    for char in words:
        if (power := _POWERS.get(char)) is not None:
            if power >= least:
                return None
            least = power
            section += (1 if last < 0 else last) * power
            last, unit = -1, power
        elif char == "万":
            total = (total + section + max(last, 0) or 1) * 10_000
            section, last, unit, least = 0, -1, 10_000, 10_000
        elif char not in _DIGITS or (last >= 0 and unit == 1 and char not in "零〇"):
            return None
        elif char in "零〇":
            last, unit = -1, 1
        else:
            last = _DIGITS[char]
    if not words:
        return None
    rest = max(last, 0)
    # 一百二 is 120, 一百零二 is 102.
    return Decimal(total + section + (rest * unit // 10 if unit >= 100 else rest))
