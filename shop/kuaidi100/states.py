"""Kuaidi100's traces as ours. Pure.

The basic codes are those of its Java SDK; of the advanced ones (`resultv2=4`) only examples are
known. A code that is not known never fails: the node counts as in transit, its words are shown
anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from shop.types import ParcelState, TraceNode

CHINA = timezone(timedelta(hours=8))

# Forwarded (7) and customs (8, 10 to 12) are on the way to a shopper.
_BASIC = {
    "0": ParcelState.IN_TRANSIT,
    "1": ParcelState.COLLECTED,
    "2": ParcelState.EXCEPTION,
    "3": ParcelState.SIGNED,
    "4": ParcelState.RETURNED,
    "5": ParcelState.DELIVERING,
    "6": ParcelState.RETURNING,
    "7": ParcelState.IN_TRANSIT,
    "8": ParcelState.IN_TRANSIT,
    "10": ParcelState.IN_TRANSIT,
    "11": ParcelState.IN_TRANSIT,
    "12": ParcelState.IN_TRANSIT,
    "13": ParcelState.EXCEPTION,
    "14": ParcelState.REJECTED,
}
_ADVANCED = {
    "101": ParcelState.NO_TRACE,
    "102": ParcelState.NO_TRACE,
    "103": ParcelState.COLLECTED,
    "1001": ParcelState.IN_TRANSIT,
    "501": ParcelState.PICKUP_READY,
    "301": ParcelState.SIGNED,
    "304": ParcelState.SIGNED,
    "201": ParcelState.EXCEPTION,
    "203": ParcelState.REJECTED,
    "205": ParcelState.EXCEPTION,
}
_KNOWN = _BASIC | _ADVANCED


@dataclass(frozen=True)
class News:
    """What Kuaidi100 knows of a number: `com` is its code of the carrier, lower case.

    `corrected` is True when Kuaidi100 found that another carrier than the one told has it.
    """

    com: str
    number: str
    trace: tuple[TraceNode, ...]
    corrected: bool = False


@dataclass(frozen=True)
class Push:
    """Verified news that was pushed. `id` is the same for the same news of the same number."""

    id: str
    news: News


def state_of(code: str) -> ParcelState | None:
    """The state of a basic or advanced code, None for an unknown one."""
    return _KNOWN.get(code.strip())


def trace_from(result: Mapping[str, Any]) -> tuple[TraceNode, ...]:
    """The nodes of an answer or of a push's `lastResult`, oldest first.

    The parcel's own `state` speaks for the newest node when that has no code that is known.

    Raises:
        ValueError: `data` is not a list of objects, or a time is none.
    """
    data = result.get("data") or []
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise ValueError("data is not a list of objects")
    entries = sorted(((_at(entry), entry) for entry in reversed(data)), key=lambda pair: pair[0])
    nodes = [_node(at, entry) for at, entry in entries]
    if nodes and _code(entries[-1][1]) is None:
        whole = state_of(str(result.get("state", "")))
        newest = nodes[-1]
        if whole is not None:
            nodes[-1] = TraceNode(at=newest.at, state=whole, city=newest.city, text=newest.text)
    return tuple(nodes)


def is_newer(trace: Sequence[TraceNode], than: Sequence[TraceNode]) -> bool:
    """Whether a trace tells at least as much: its newest node is not older."""
    return bool(trace) and (not than or trace[-1].at >= than[-1].at)


def _node(at: datetime, entry: Mapping[str, Any]) -> TraceNode:
    # areaName is province,city,district; location is a place by itself.
    place = str(entry.get("areaName") or entry.get("location") or "").split(",")
    return TraceNode(
        at=at,
        state=_code(entry) or ParcelState.IN_TRANSIT,
        city=place[min(1, len(place) - 1)].strip().removesuffix("市"),
        text=str(entry.get("context") or ""),
    )


def _code(entry: Mapping[str, Any]) -> ParcelState | None:
    return state_of(str(entry.get("statusCode", "")))


def _at(entry: Mapping[str, Any]) -> datetime:
    written = str(entry.get("ftime") or entry.get("time"))
    local = datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    return local.astimezone(timezone.utc)
