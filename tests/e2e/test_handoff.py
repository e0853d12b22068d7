"""Who is handed over by the trained model and the house of actions, on messages written blind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.handoff import Score, Verdict, measure, read_cases
from bench.understanding.__main__ import newest_model

FOLDER = Path(__file__).parents[1] / "actions"
FIRST, SECOND, THIRD = "handoff_blind.tsv", "handoff_blind_c.tsv", "handoff_blind_d.tsv"
# A bit below what was measured; docs/handoff.md has the figures. The odd half of the first set was
# never looked at, the third set only after it had been scored.
FLOORS = {
    (FIRST, "even"): (0.95, 0.90),
    (FIRST, "odd"): (0.79, 0.82),
    (SECOND, "all"): (0.87, 0.90),
    (THIRD, "all"): (0.89, 0.90),
}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Score]:
    work = tmp_path_factory.mktemp("handoff")
    return {
        name: asyncio.run(measure(read_cases(FOLDER / name), model=newest_model(), work=work))
        for name in (FIRST, SECOND, THIRD)
    }


@pytest.mark.e2e
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "rows"), FLOORS)
def test_who_needs_a_person_gets_one(scored: dict[str, Score], name: str, rows: str) -> None:
    found = Score(_rows(scored[name].verdicts, rows))
    recall, precision = FLOORS[name, rows]
    assert found.recall >= recall, str(found)
    assert found.precision >= precision, str(found)


def _rows(verdicts: tuple[Verdict, ...], rows: str) -> tuple[Verdict, ...]:
    return {"even": verdicts[1::2], "odd": verdicts[0::2], "all": verdicts}[rows]
