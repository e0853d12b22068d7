"""Who is handed over by the trained model and the house of actions, on messages written blind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from bench.handoff import Case, Score, Verdict, measure, read_cases
from bench.understanding.__main__ import newest_model

FOLDER = Path(__file__).parents[1] / "actions"
OLDER = 4
"""Of the sets that rules and examples were made after, one case in so many is asked here; all of
them by `python -m bench.handoff`."""


def _blind(name: str) -> tuple[Case, ...]:
    return read_cases(FOLDER / f"handoff_blind{name}.tsv")


SETS = {
    "first to k": tuple(
        case for name in ("", *(f"_{letter}" for letter in "cdefghijk")) for case in _blind(name)
    )[::OLDER],
    **{name: _blind(f"_{name}") for name in "lmnopqrstuvw"},
    "talks": read_cases(FOLDER / "handoff_talks.tsv"),
    "code": read_cases(FOLDER / "handoff_code.tsv"),
}
# A bit below what was measured; docs/handoff.md has the figures of the first looks.
FLOORS = {
    "first to k": (0.92, 0.91),
    "l": (0.94, 0.90),
    "m": (0.93, 0.89),
    "n": (0.86, 0.92),
    "o": (0.90, 0.90),
    "p": (0.92, 0.91),
    "q": (0.93, 0.92),
    "r": (0.94, 0.90),
    "s": (0.80, 0.89),
    "t": (0.92, 0.88),
    "u": (0.90, 0.89),
    "v": (0.84, 0.86),
    "w": (0.91, 0.91),
    "talks": (0.68, 0.81),
}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Score]:
    cases: list[Case] = [case for some in SETS.values() for case in some]
    work = tmp_path_factory.mktemp("handoff")
    verdicts = iter(asyncio.run(measure(cases, model=newest_model(), work=work)).verdicts)
    return {name: Score(_next(verdicts, len(some))) for name, some in SETS.items()}


@pytest.mark.e2e
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FLOORS)
def test_who_needs_a_person_gets_one(scored: dict[str, Score], name: str) -> None:
    found, (recall, precision) = scored[name], FLOORS[name]
    assert found.recall >= recall, str(found)
    assert found.precision >= precision, str(found)


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_pasted_code_calls_nobody(scored: dict[str, Score]) -> None:
    wrong = [verdict.case.text for verdict in scored["code"].wrong]
    assert not wrong


def _next(verdicts: Iterator[Verdict], count: int) -> tuple[Verdict, ...]:
    return tuple(islice(verdicts, count))
