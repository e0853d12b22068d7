from __future__ import annotations

import math

from bench.table import figure, table, times, width


def test_columns_line_up_although_chinese_is_twice_as_wide() -> None:
    lines = table(("指标", "a"), [("准确率", "1"), ("p95", "12,345")]).splitlines()
    assert len({width(line) for line in lines}) == 1
    assert lines[0] == "| 指标   |      a |"
    assert lines[1] == "|--------|-------:|"


def test_figures_keep_three_digits_that_mean_something() -> None:
    assert figure(0.8312) == "0.831"
    assert figure(7.3456, "ms") == "7.35 ms"
    assert figure(73.456, "ms") == "73.5 ms"
    assert figure(1234.5, "MB") == "1,234 MB"


def test_what_was_not_measured_is_a_dash() -> None:
    assert figure(math.nan, "ms") == "–"
    assert times(math.nan) == "–"


def test_ratios_read_as_times() -> None:
    assert times(10.42) == "10 ×"
    assert times(2.54) == "2.5 ×"
    assert times(0.093) == "0.09 ×"
