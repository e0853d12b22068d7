"""What the right-hand panel shows of a handoff's package.

The package is JSON that the bot's side wrote, perhaps in an older release: every part is optional,
and a part in another form is left out instead of failing.

    customer     {"nickname", "tier", "orders": number, "total_paid": fen}
    mood         {"label", "trend"} or a word
    risks        ["…"] or [{"text"}]
    tried        ["…"] or [{"text", "result"}]
    slots        {"label": "value"} or [["label", "value"]]
    intent       {"text" or "name", "confidence": 0…1}
    orders       [card], also parcels and after_sales; a card is
                 {"title", "subtitle", "rows": [[label, value]], "image", "link"}
    suggestions  ["…"] or [{"text"}], best first
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_MAX_ITEMS = 12


@dataclass(frozen=True)
class BriefCard:
    """An order, parcel or after-sales case as it was when the bot handed over."""

    title: str
    subtitle: str
    rows: tuple[tuple[str, str], ...]
    image: str
    link: str


@dataclass(frozen=True)
class Tried:
    """One thing the bot did before handing over, and what came of it."""

    text: str
    result: str


@dataclass(frozen=True)
class Briefing:
    """The package in the form the panel draws. Empty parts are not drawn."""

    nickname: str
    tier: str
    order_count: int | None
    total_paid: int | None
    mood: str
    mood_trend: str
    intent: str
    confidence: float | None
    risks: tuple[str, ...]
    tried: tuple[Tried, ...]
    slots: tuple[tuple[str, str], ...]
    orders: tuple[BriefCard, ...]
    parcels: tuple[BriefCard, ...]
    after_sales: tuple[BriefCard, ...]
    suggestions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return asdict(self)


def read_briefing(package: Mapping[str, Any]) -> Briefing:
    """The package as far as it is understood."""
    customer = _mapping(package.get("customer"))
    mood = package.get("mood")
    intent = package.get("intent")
    return Briefing(
        nickname=_text(customer.get("nickname")),
        tier=_text(customer.get("tier")),
        order_count=_whole(customer.get("orders")),
        total_paid=_whole(customer.get("total_paid")),
        mood=_text(mood) or _text(_mapping(mood).get("label")),
        mood_trend=_text(_mapping(mood).get("trend")),
        intent=_text(intent)
        or _text(_mapping(intent).get("text"))
        or _text(_mapping(intent).get("name")),
        confidence=_share(_mapping(intent).get("confidence")),
        risks=_texts(package.get("risks")),
        tried=tuple(
            Tried(text=_line(item), result=_text(_mapping(item).get("result")))
            for item in _items(package.get("tried"))
            if _line(item)
        ),
        slots=_pairs(package.get("slots")),
        orders=_cards(package.get("orders")),
        parcels=_cards(package.get("parcels")),
        after_sales=_cards(package.get("after_sales")),
        suggestions=_texts(package.get("suggestions"))[:3],
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> list[Any]:
    return list(value[:_MAX_ITEMS]) if isinstance(value, (list, tuple)) else []


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()


def _line(item: object) -> str:
    return _text(item) or _text(_mapping(item).get("text"))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(line for line in map(_line, _items(value)) if line)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        return None
    return float(value)


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if isinstance(value, Mapping):
        value = list(value.items())
    return tuple(
        (_text(item[0]), _text(item[1]))
        for item in _items(value)
        if isinstance(item, (list, tuple)) and len(item) == 2 and _text(item[1])
    )


def _cards(value: object) -> tuple[BriefCard, ...]:
    return tuple(
        BriefCard(
            title=_text(item.get("title")),
            subtitle=_text(item.get("subtitle")),
            rows=_pairs(item.get("rows")),
            image=_text(item.get("image")),
            link=_text(item.get("link")),
        )
        for item in map(_mapping, _items(value))
        if _text(item.get("title"))
    )
