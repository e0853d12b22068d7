"""The measure of handovers: its file, and its arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.handoff import Case, Score, Verdict, by_why, read_cases
from conversations.errors import ConfigurationError


def _verdict(wanted: bool, handed_over: bool, why: str = "fire") -> Verdict:
    case = Case(wanted, (), "着火了", why)
    return Verdict(case, handed_over, "", "quality_complaint", 0.9, 0)


def test_rows_are_read_with_the_talk_before(tmp_path: Path) -> None:
    path = tmp_path / "cases.tsv"
    path.write_text("# 说明\nyes\t顾: 在吗 / 店: 6月3日: 在\t人工\texplicit\n", encoding="utf-8")
    [case] = read_cases(path)
    assert case.wanted and case.before == (("user", "在吗"), ("bot", "6月3日: 在"))
    assert case.said == ("在吗", "人工")


@pytest.mark.parametrize("row", ["yes\t人工", "maybe\t\t人工\tx", "no\t谁: 在\t人工\tx"])
def test_a_bad_row_is_told(tmp_path: Path, row: str) -> None:
    path = tmp_path / "cases.tsv"
    path.write_text(row, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"cases\.tsv:1"):
        read_cases(path)


def test_recall_and_precision() -> None:
    score = Score((_verdict(True, True), _verdict(True, False), _verdict(False, True, "joke")))
    assert (score.recall, score.precision) == (0.5, 0.5)
    assert [one.case.why for one in score.wrong] == ["fire", "joke"]
    assert by_why(score).count("\n") == 3
