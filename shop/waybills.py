"""What a bare number is: an order, a waybill and whose, a platform item, a phone.

Rules: the prefixes are certain; bare digits are ambiguous between carriers (public tables
contradict one another), so all candidates are named. Mobile numbers and order ids are told
apart first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

# Carrier code → name as people say it.
CARRIERS = {
    "SF": "顺丰",
    "YTO": "圆通",
    "ZTO": "中通",
    "STO": "申通",
    "YD": "韵达",
    "JT": "极兔",
    "JD": "京东",
    "EMS": "EMS",
    "YZPY": "邮政快递包裹",
    "DBL": "德邦",
}

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)  # Universal Postal Union, standard S10
_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (carrier, re.compile(pattern))
    for carrier, pattern in (
        ("SF", r"SF\d{13}"),
        ("YTO", r"YT\d{13}"),
        ("JT", r"JT\d{13}"),
        ("JD", r"JD[A-Z0-9]{11,15}(-\d+-\d+-?)?"),
        ("DBL", r"DP[KL]\d{12}"),
        ("EMS", r"[A-Z]{2}\d{9}CN"),
        ("ZTO", r"7[3-9]\d{12}"),
        ("STO", r"77\d{13}"),
        ("YD", r"[34]\d{14}"),
        ("SF", r"\d{12}"),
        ("ZTO", r"\d{12}"),
        ("STO", r"\d{12}"),
        ("STO", r"(?:77|88|55|66)\d{11}"),
        ("YD", r"[1-4]\d{12}"),
        ("EMS", r"1[0-3]\d{11}"),
        ("YZPY", r"9\d{12}"),
    )
)
_PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_ORDER = re.compile(r"\d{16,19}")
_ITEM = re.compile(r"\d{11,12}")
_LINK = re.compile(r"HTTPS?://[!-~]+|[A-Z0-9.-]+\.(?:COM|CN|HK)/[!-~]*")
# Where the links of Taobao and Tmall (id), JD (a page of that number), Pinduoduo (goods_id), 1688
# (offer) and Douyin (goods_id, product_id) name their item.
_ITEM_IN_LINK = re.compile(
    r"[?&](?:ID|ITEM_?ID|GOODS_?ID|PRODUCT_?ID|SKU_?ID)=(\d{5,19})(?!\d)"
    r"|/(?:PRODUCT/|OFFER/|ITEM/)?(\d{5,19})\.HTML?"
)
_RUN = re.compile(r"\+?[A-Z0-9]+(?:-[0-9]+)*-?(?: [0-9]+)*")


class NumberKind(str, Enum):
    """What a number names."""

    ORDER = "order"
    WAYBILL = "waybill"
    ITEM = "item"
    PHONE = "phone"


@dataclass(frozen=True)
class Number:
    """One number somebody typed, in canonical form.

    `kinds`: what it can be, likeliest first; empty for none of ours. `carriers`: the codes whose
    waybills look like that.
    """

    value: str
    kinds: tuple[NumberKind, ...]
    carriers: tuple[str, ...] = ()


def canonical(text: str) -> str:
    """The number without blanks, half-width, upper case: how numbers are compared."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def s10_valid(number: str) -> bool:
    """Whether a 13-character postal number (two letters, nine digits, two letters) checks."""
    if not _S10.fullmatch(number):
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(number[2:10], _S10_WEIGHTS, strict=True)
    )
    check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return check == int(number[10])


def classify(text: str) -> Number:
    """What the whole of `text` is, taken as one number."""
    value = canonical(text)
    if phone := _PHONE.fullmatch(value):
        return Number(phone[1], (NumberKind.PHONE,))
    if _ORDER.fullmatch(value):
        return Number(value, (NumberKind.ORDER,))
    carriers = _carriers(value)
    kinds = (NumberKind.WAYBILL,) if carriers else ()
    if _ITEM.fullmatch(value):
        kinds = (*kinds, NumberKind.ITEM)
    return Number(value, kinds, carriers)


def find_numbers(text: str) -> tuple[Number, ...]:
    """All numbers of a known kind in a message, in order; an item link gives its item."""
    upper = unicodedata.normalize("NFKC", text).upper()
    found: dict[str, Number] = {}
    end = 0
    for link in _LINK.finditer(upper):
        _find_bare(upper[end : link.start()], found)
        if item := _ITEM_IN_LINK.search(link[0]):
            value = item[1] or item[2]
            found.setdefault(value, Number(value, (NumberKind.ITEM,)))
        end = link.end()
    _find_bare(upper[end:], found)
    return tuple(found.values())


def _find_bare(text: str, found: dict[str, Number]) -> None:
    for run in _RUN.findall(text):
        for number in _numbers_in(run):
            found.setdefault(number.value, number)


def _carriers(value: str) -> tuple[str, ...]:
    if _S10.fullmatch(value) and not s10_valid(value):
        return ()
    codes = [carrier for carrier, pattern in _PATTERNS if pattern.fullmatch(value)]
    return tuple(dict.fromkeys(codes))


def _numbers_in(run: str) -> list[Number]:
    """The numbers in a run of characters and blanks.

    Letters in front belong to what follows (`SF 1234 5678 90123`); blanks between digits are
    taken for a group separator only when no group means anything by itself.
    """
    whole = classify(run)
    parts = [part for part in (classify(word.strip("-")) for word in run.split()) if part.kinds]
    whole_wins = whole.kinds and (run[0].isalpha() or not parts)
    return [whole] if whole_wins else parts
