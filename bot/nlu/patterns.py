"""What is recognised by its form: numbers, money, sizes, times, heights and weights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from shop import when
from shop.waybills import NumberKind, find_numbers


class Span(NamedTuple):
    """`text[start:end]` is of kind `label` and means `value`."""

    label: str
    start: int
    end: int
    value: str


# Only where an expression of time stands is asked here, not when it was.
_ANY_TIME = datetime(2025, 6, 15, tzinfo=timezone.utc)

_ORDER = re.compile(
    r"订单(?:编号|号码|号)?(?:是|为|:)?\s*(?P<number>(?<![A-Za-z0-9])[A-Za-z]{0,2}\d{8,19})(?!\d)"
)
_BARE_ORDER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]?20[23]\d[01]\d[0-3]\d\d{2,9}(?!\d)")
_TAIL = re.compile(
    r"(?:尾号|末尾|尾数|最?后[三四五六3-6]位)(?:数字?)?(?:是|为|:)?\s*(?P<tail>\d{3,6})(?!\d)"
)
_DIGITS = "零〇一二两三四五六七八九"
_CHINESE = rf"[{_DIGITS}十百千万]+"
_NUMBER = r"\d{1,6}(?:\.\d{1,2})?"
_AMOUNTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[¥￥]\s?(?P<n>{_NUMBER})",
        rf"(?<![\d.])(?P<n>{_NUMBER})\s?(?:元|块钱|块(?!屏)|rmb|RMB)",
        r"(?<![\d.])(?P<n>\d{1,6})块(?P<tenth>\d)(?!\d)",
        rf"(?P<n>{_CHINESE})(?:元|块钱|(?<!一)块(?![儿屏发寄]))",
        rf"(?P<n>{_CHINESE}|(?<![\d.]){_NUMBER})(?=(?:以内|以下|左右|上下|之内)(?!斤|天))",
        rf"预算(?:是|在|大概|大约|就|只有)?(?P<n>{_NUMBER}|{_CHINESE})",
        rf"(?<!\d)(?P<n>{_NUMBER})(?=(?:卖不卖|包邮行|行不行))",
    )
)
_SIZES = (
    re.compile(
        r"(?<![A-Za-z0-9.])(?P<n>[2-6]XL|X{1,4}[SL]|[SML])(?:号?码|号)?(?![A-Za-z0-9])",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d.])(?P<n>[1-2]\d{2}|[2-5]\d(?:\.5)?)码"),
    re.compile(r"(?P<n>(?:加大|[大中小均])码|(?:加大|[大中小])号(?!楼|线))"),
    re.compile(
        r"(?<![A-Za-z0-9.])(?P<n>(?:\d{1,2}\s?GB?\s?\+\s?)?(?:16|32|64|128|256|512)\s?GB?|[1-4]\s?TB?)"
        r"(?![A-Za-z0-9])",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d.])(?P<n>\d{1,2}\s?\+\s?(?:64|128|256|512))(?![\d.])"),
)
# What shop.when leaves out, for it only looks back.
_LATER = re.compile(
    r"下下?个?(?:周|星期|礼拜)[一二三四五六日天末]?|下个?月(?:[初中底]|\d{1,2}[号日])?|月底|月初|年底|年前|年后"
    r"|春节|过年|中秋|端午|七夕|元宵|清明|圣诞|情人节|母亲节|父亲节|儿童节|教师节"
)
_HEIGHTS = (
    re.compile(r"(?<![\d.])(?P<cm>1[3-9]\d|20\d)\s?(?:cm|CM|厘米|公分)"),
    re.compile(r"(?<![\d.])(?P<m>1\.\d{1,2})\s?(?:米|m(?![a-z]))"),
    re.compile(rf"(?P<m1>[一1])米(?P<m2>[{_DIGITS}\d](?:[{_DIGITS}\d](?!斤))?)"),
    re.compile(r"(?:身高|高)(?:是|有)?\s?(?P<cm>1[3-9]\d|20\d)(?!\d)"),
    re.compile(rf"身高(?:是)?(?P<han>一[百]?[{_DIGITS}十]{{2,4}})"),
)
_WEIGHTS = (
    re.compile(r"(?<![\d.])(?P<n>\d{2,3}(?:\.\d)?)\s?(?P<unit>kg|KG|Kg|公斤|千克|斤)"),
    re.compile(
        rf"(?P<n>一百[{_DIGITS}十]{{0,4}}|[{_DIGITS}]?十[{_DIGITS}]?|[{_DIGITS}]百[{_DIGITS}十]*)"
        r"(?P<unit>公斤|千克|斤)"
    ),
    re.compile(r"(?:体重|重)(?:是|有)?\s?(?P<n>\d{2,3}(?:\.\d)?)(?P<unit>)(?![\d克gG])"),
    re.compile(
        rf"体重(?:是)?(?P<n>一百[{_DIGITS}十]{{0,4}}|[{_DIGITS}]十[{_DIGITS}]?)(?P<unit>)(?!斤)"
    ),
)
# 165/50kg, 163,98, 170 130斤, 178/75
_BOTH = re.compile(
    r"(?<![\d.])(?P<height>1[4-9]\d|20\d)\s?(?:cm|CM)?\s?[/,、; ]\s?(?P<weight>\d{2,3}(?:\.\d)?)"
    r"\s?(?P<unit>kg|KG|Kg|公斤|千克|斤)?(?![\d.])"
)


def find(text: str) -> list[Span]:
    """Everything of a known form in a normalised text; spans may overlap."""
    return [*_numbers(text), *_amounts(text), *_sizes(text), *_times(text), *_body(text)]


def _numbers(text: str) -> Iterator[Span]:
    for match in _TAIL.finditer(text):
        yield Span("phone_tail", match.start("tail"), match.end("tail"), match["tail"])
    named = [match.span("number") for match in _ORDER.finditer(text)]
    named += [match.span() for match in _BARE_ORDER.finditer(text)]
    for start, end in named:
        yield Span("order_number", start, end, text[start:end].upper())
    for number in find_numbers(text):
        label = {
            NumberKind.ORDER: "order_number",
            NumberKind.WAYBILL: "waybill",
            NumberKind.ITEM: "item_id",
        }.get(number.kinds[0])
        spelled = re.compile(r"\s*".join(map(re.escape, number.value)), re.IGNORECASE)
        for match in spelled.finditer(text):
            if label and match.span() not in named:
                yield Span(label, *match.span(), number.value)


def _amounts(text: str) -> Iterator[Span]:
    for pattern in _AMOUNTS:
        for match in pattern.finditer(text):
            yuan = _value(match["n"])
            if yuan and (tenth := match.groupdict().get("tenth")):
                yuan += Decimal(tenth) / 10
            if yuan:
                yield Span("amount", *match.span(), _plain(yuan))


def _sizes(text: str) -> Iterator[Span]:
    for pattern in _SIZES:
        for match in pattern.finditer(text):
            yield Span("size", *match.span(), match["n"].upper().replace(" ", ""))


def _times(text: str) -> Iterator[Span]:
    for interval in when.find(text, now=_ANY_TIME, zone=timezone.utc):
        end = interval.position + len(interval.words)
        yield Span("time", interval.position, end, interval.words)
    for match in _LATER.finditer(text):
        yield Span("time", *match.span(), match[0])


def _body(text: str) -> Iterator[Span]:
    """Heights as cm ("170"), weights as kg ("65kg")."""
    for match in _BOTH.finditer(text):
        height, weight = int(match["height"]), float(match["weight"])
        kilograms = _kilograms(weight, match["unit"] or "", height)
        if kilograms is not None:
            end = match.end("unit") if match["unit"] else match.end("weight")
            yield Span("height", *match.span("height"), str(height))
            yield Span("weight", match.start("weight"), end, kilograms)
    for pattern in _HEIGHTS:
        for match in pattern.finditer(text):
            if (tall := _height(match.groupdict())) is not None:
                yield Span("height", *match.span(), str(tall))
    for pattern in _WEIGHTS:
        for match in pattern.finditer(text):
            number = _value(match["n"])
            if number and (kg := _kilograms(float(number), match["unit"])) is not None:
                yield Span("weight", match.start("n"), match.end(), kg)


def _height(groups: dict[str, str | None]) -> int | None:
    if groups.get("cm"):
        return int(groups["cm"] or 0)
    if groups.get("m"):
        return round(float(groups["m"] or 0) * 100)
    if groups.get("han"):
        return _spoken_height(groups["han"] or "")
    digits = "".join(_digit(char) for char in groups.get("m2") or "")
    return 100 + int(digits.ljust(2, "0")) if digits else None


def _spoken_height(words: str) -> int | None:
    """一六零, 一百六十五"""
    if "百" in words or "十" in words:
        number = _value(words)
        height = int(number) if number else 0
    else:
        height = int("".join(_digit(char) for char in words))
    return height if 130 <= height <= 210 else None


def _kilograms(weight: float, unit: str, height: int | None = None) -> str | None:
    """The weight in kg; without a unit by what a person of that height can weigh.

    People say 斤 (half a kilogram). 163 and 98 are 49 kg: with 98 kg the body mass index would be
    37. Without a height, above 90 it is 斤.
    """
    if unit == "斤":
        weight /= 2
    elif not unit:
        index = weight / (height / 100) ** 2 if height else None
        if (index > 33) if index is not None else weight > 90:
            weight /= 2
    return f"{weight:g}kg" if 2 <= weight <= 200 else None


def _digit(char: str) -> str:
    if char.isdigit() and char.isascii():
        return char
    return str({"零": 0, "〇": 0, "两": 2}.get(char, "〇一二三四五六七八九".find(char)))


def _value(words: str) -> Decimal | None:
    """A number in digits or Chinese (三十五, 一百二, 两千, 千); None for what is none."""
    if words[0].isdigit() and words[0].isascii():
        try:
            return Decimal(words)
        except InvalidOperation:
            return None
    total, section, digit, unit = 0, 0, -1, 1
    for char in words:
        if (power := {"十": 10, "百": 100, "千": 1000}.get(char)) is not None:
            section += (1 if digit < 0 else digit) * power
            digit, unit = -1, power
        elif char == "万":
            total = (total + section + max(digit, 0) or 1) * 10_000
            section, digit, unit = 0, -1, 10_000
        else:
            if digit >= 0 and unit == 1 and char not in "零〇":
                return None  # 一二三 is no amount
            digit = int(_digit(char))
            if char in "零〇":
                unit, digit = 1, -1
    rest = max(digit, 0)
    # 一百二 is 120, 一百零二 is 102
    total += section + (rest * unit // 10 if unit >= 100 else rest)
    return Decimal(total)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
