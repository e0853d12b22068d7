"""Whether a parcel was sent the wrong way: back to a city it had left, or off from its receiver.

Known by its trace alone, before it stands still long enough to count as stuck. Distances are
between the capitals of provinces: coarse, and enough to tell a mistake of sorting from a hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from shop.regions import CITIES, PROVINCE_OF
from shop.types import Parcel, ParcelState

_FARTHER = 500
"""Kilometres that a hub may lie farther from the receiver than the sender does."""

_EARTH = 6371  # radius, km
_UNDER_WAY = frozenset({ParcelState.COLLECTED, ParcelState.IN_TRANSIT, ParcelState.EXCEPTION})
# Its parts are served from whichever neighbour is near: its capital says nothing of them.
_TOO_WIDE = "内蒙古自治区"

# Degrees east and north of the capital.
_PLACES = {
    "北京市": (116.4, 39.9), "天津市": (117.2, 39.1), "上海市": (121.5, 31.2),
    "重庆市": (106.5, 29.6), "河北省": (114.5, 38.0), "山西省": (112.5, 37.9),
    "辽宁省": (123.4, 41.8), "吉林省": (125.3, 43.9), "黑龙江省": (126.6, 45.8),
    "江苏省": (118.8, 32.1), "浙江省": (120.2, 30.3), "安徽省": (117.3, 31.8),
    "福建省": (119.3, 26.1), "江西省": (115.9, 28.7), "山东省": (117.0, 36.7),
    "河南省": (113.7, 34.8), "湖北省": (114.3, 30.6), "湖南省": (113.0, 28.2),
    "广东省": (113.3, 23.1), "广西壮族自治区": (108.3, 22.8), "海南省": (110.3, 20.0),
    "四川省": (104.1, 30.7), "贵州省": (106.7, 26.6), "云南省": (102.7, 25.0),
    "西藏自治区": (91.1, 29.7), "陕西省": (108.9, 34.3), "甘肃省": (103.8, 36.1),
    "青海省": (101.8, 36.6), "宁夏回族自治区": (106.3, 38.5), "新疆维吾尔自治区": (87.6, 43.8),
}  # fmt: skip


@dataclass(frozen=True)
class Detour:
    """Where the parcel is, though its way does not lead there. `back`: it had left that city."""

    city: str
    back: bool


def detour_of(parcel: Parcel) -> Detour | None:
    """The wrong turn the parcel has taken; None when it is where it may be, or nothing is known.

    Only of a parcel under way, and only as long as it is off: one that found back is late at most.
    """
    if parcel.state not in _UNDER_WAY:
        return None
    places: list[str] = []
    for node in parcel.trace:
        city = _city(node.city)
        if city is not None and (not places or places[-1] != city):
            places.append(city)
    destination = _city(parcel.destination_city)
    if len(places) < 2 or destination is None or places[-1] == destination:
        return None
    here = places[-1]
    if here in places[:-1]:
        return Detour(_plain(here), back=True)
    origin = _city(parcel.origin_city) or places[0]
    whole, left = _kilometres(origin, destination), _kilometres(here, destination)
    if whole is None or left is None or left <= whole + _FARTHER:
        return None
    return Detour(_plain(here), back=False)


def _kilometres(one: str, other: str) -> int | None:
    """Between the capitals of two cities' provinces; None where that would mislead."""
    provinces = PROVINCE_OF[one], PROVINCE_OF[other]
    if _TOO_WIDE in provinces or not all(province in _PLACES for province in provinces):
        return None
    (east, north), (other_east, other_north) = (
        (radians(degrees[0]), radians(degrees[1]))
        for degrees in (_PLACES[province] for province in provinces)
    )
    chord = (
        sin((other_north - north) / 2) ** 2
        + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    )
    return round(2 * _EARTH * asin(sqrt(chord)))


def _city(name: str) -> str | None:
    """The city in full; a trace never means the province where both are called the same."""
    full = f"{name}市"
    return full if full in PROVINCE_OF else CITIES.get(name)


def _plain(city: str) -> str:
    return city.removesuffix("市")
