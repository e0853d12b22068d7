"""Honest arrival times, and noticing that a parcel stands still."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.eta import MIN_SAMPLE, estimate, stuck_hours
from shop.policies import load_policy
from shop.types import Eta, Parcel, ParcelState
from tests.shop.world import CHINA, NOW, POLICIES, parcel

POLICY = load_policy(POLICIES)
HOUR = timedelta(hours=1)


def ask(one: Parcel, *samples: list[int]) -> Eta:
    """The estimate from samples of hours."""
    hours = [[HOUR * count for count in sample] for sample in samples]
    return estimate(one, samples=hours, policy=POLICY, now=NOW)


def test_the_interval_is_the_20th_to_the_90th_percentile() -> None:
    fresh = parcel(shipped_at=NOW)
    eta = ask(fresh, list(range(10, 111, 10)))
    assert (eta.earliest, eta.latest) == (NOW + 30 * HOUR, NOW + 100 * HOUR)
    assert eta.sample == 11


def test_parcels_that_were_faster_say_nothing_about_one_still_under_way() -> None:
    eta = ask(
        parcel((50, ParcelState.COLLECTED), (10, ParcelState.IN_TRANSIT)), [*range(10, 111, 10)]
    )
    assert eta.earliest is not None
    assert eta.earliest > NOW


def test_a_small_sample_is_passed_over_for_a_wider_one() -> None:
    one = parcel((5, ParcelState.COLLECTED))
    assert ask(one, [50] * (MIN_SAMPLE - 1), [60] * MIN_SAMPLE, [70] * 99).sample == MIN_SAMPLE
    assert ask(one, [], [60], [70] * 99).sample == 99
    assert ask(one, [], [60], [70]) == Eta(None, None, None, 0)


def test_one_that_outlasted_nearly_all_gets_no_promise() -> None:
    eta = ask(parcel((90, ParcelState.COLLECTED), (10, ParcelState.IN_TRANSIT)), [40] * 30 + [200])
    assert (eta.earliest, eta.latest, eta.stuck_hours, eta.sample) == (None, None, None, 31)


@pytest.mark.parametrize(
    ("carrier", "hours", "stuck"),
    [("ZTO", 47, None), ("ZTO", 49, 49), ("SF", 29, None), ("SF", 31, 31), ("EMS", 71, None)],
)
def test_silence_longer_than_usual_is_stuck(carrier: str, hours: int, stuck: int | None) -> None:
    one = parcel((hours, ParcelState.IN_TRANSIT), carrier_code=carrier)
    eta = ask(one, [500] * 30)
    assert eta.stuck_hours == stuck
    assert (eta.earliest is None) == (stuck is not None)


def test_without_any_news_silence_counts_from_shipping() -> None:
    silent = parcel(shipped_at=NOW - 25 * HOUR)
    assert stuck_hours(silent, policy=POLICY, now=NOW) == 25


@pytest.mark.parametrize("state", [ParcelState.SIGNED, ParcelState.RETURNED])
def test_what_has_arrived_is_never_stuck(state: ParcelState) -> None:
    eta = ask(parcel((900, state)), [500] * 30)
    assert (eta.earliest, eta.stuck_hours) == (None, None)


def test_with_the_courier_it_comes_today() -> None:
    eta = ask(parcel((40, ParcelState.COLLECTED), (2, ParcelState.DELIVERING)), [*range(30, 90)])
    assert eta.latest is not None
    assert eta.latest.astimezone(CHINA).date() == NOW.astimezone(CHINA).date()
    assert eta.earliest is not None
    assert NOW < eta.earliest <= eta.latest


def test_after_the_last_round_the_sample_speaks_again() -> None:
    one = parcel((40, ParcelState.COLLECTED), (2, ParcelState.DELIVERING))
    late = NOW + 6 * HOUR
    eta = estimate(one, samples=[[60 * HOUR] * 30], policy=POLICY, now=late)
    assert eta.latest == one.shipped_at + 60 * HOUR


@given(
    st.lists(st.integers(1, 300), max_size=60),
    st.floats(0, 200),
    st.sampled_from(ParcelState),
)
def test_an_interval_is_ordered_and_never_in_the_past(
    sample: list[int], hours: float, state: ParcelState
) -> None:
    eta = ask(parcel((hours, state)), sample)
    assert (eta.earliest is None) == (eta.latest is None)
    if eta.earliest and eta.latest:
        assert NOW < eta.earliest <= eta.latest
        assert eta.stuck_hours is None
        assert eta.sample >= MIN_SAMPLE
