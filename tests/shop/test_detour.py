"""Parcels that were sent the wrong way are told from those that pass a hub."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shop.detour import Detour, detour_of
from shop.types import Parcel, ParcelState
from tests.shop.world import parcel


def through(*cities: str, to: str = "北京", since: str = "杭州", **changes: object) -> Parcel:
    """A parcel that was in these cities, one after the other, an hour each."""
    count = len(cities)
    base = parcel(*((count - n, ParcelState.IN_TRANSIT) for n in range(count)))
    trace = tuple(replace(node, city=city) for node, city in zip(base.trace, cities, strict=True))
    return replace(base, origin_city=since, destination_city=to, trace=trace, **changes)


@pytest.mark.parametrize(
    ("cities", "to"),
    [
        (("杭州", "济南"), "北京"),
        (("杭州", "上海"), "南昌"),  # a hub may lie somewhat farther away
        (("深圳", "东莞", "武汉"), "北京"),
        (("杭州", "武汉", "成都"), "成都"),  # it has arrived
        (("广州",), "沈阳"),  # one place is no way
        (("北京", "沈阳"), "呼伦贝尔"),  # as near as its own capital
        (("杭州", "某地"), "北京"),
        (("杭州", "广州"), "纽约"),
    ],
)
def test_the_usual_way_is_none(cities: tuple[str, ...], to: str) -> None:
    assert detour_of(through(*cities, to=to, since=cities[0])) is None


@pytest.mark.parametrize(
    ("cities", "to", "found"),
    [
        (("杭州", "广州"), "沈阳", Detour("广州", back=False)),
        (("广州", "武汉"), "深圳", Detour("武汉", back=False)),
        (("杭州", "杭州市", "济南市", "杭州市"), "北京", Detour("杭州", back=True)),
        (("杭州", "济南", "石家庄", "济南"), "北京", Detour("济南", back=True)),
    ],
)
def test_a_wrong_turn_is_noticed(cities: tuple[str, ...], to: str, found: Detour) -> None:
    assert detour_of(through(*cities, to=to, since=cities[0])) == found


def test_one_that_found_back_is_no_detour_any_more() -> None:
    assert detour_of(through("杭州", "广州", "济南")) is None


@pytest.mark.parametrize(
    "state",
    [ParcelState.SIGNED, ParcelState.DELIVERING, ParcelState.RETURNING, ParcelState.RETURNED],
)
def test_only_a_parcel_under_way_can_be_off(state: ParcelState) -> None:
    wrong = through("杭州", "广州", to="沈阳")
    assert (
        detour_of(replace(wrong, trace=(*wrong.trace, replace(wrong.trace[-1], state=state))))
        is None
    )


def test_where_it_came_from_is_its_first_place_when_the_shop_does_not_say() -> None:
    assert detour_of(through("杭州", "广州", to="沈阳", since="")) == Detour("广州", back=False)
