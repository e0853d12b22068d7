from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import accuracy, macro_f1, percentile


def test_percentiles_are_values_that_were_measured() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 0.5) == 3.0
    assert percentile(values, 0.95) == 5.0
    assert percentile(values, 0.2) == 1.0
    assert percentile([7.0], 0.01) == 7.0


def test_nothing_measured_is_no_number() -> None:
    assert math.isnan(percentile([], 0.5))
    assert math.isnan(accuracy([], []))
    assert math.isnan(macro_f1([], []))


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_enough_values_are_below_a_percentile(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_each_intent_counts_the_same_in_macro_f1() -> None:
    wanted = ["greet"] * 8 + ["thanks"] * 2
    given_ = ["greet"] * 10
    assert accuracy(wanted, given_) == pytest.approx(0.8)
    assert macro_f1(wanted, given_) == pytest.approx((2 * 8 / 18 + 0) / 2)


def test_a_guess_outside_the_wanted_intents_is_only_a_miss() -> None:
    assert macro_f1(["greet", "thanks"], ["greet", "nlu_fallback"]) == pytest.approx(0.5)
