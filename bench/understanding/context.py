"""What the context of a talk is worth: the conversation tests about it, with and without.

This module is also the pytest plugin that takes it away.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from actions.turn import OF_THE_TALK, Turn
from bench.training import ROOT, BenchFailed, child, python_env, tail

TALKS = Path("tests/actions/context")


@dataclass(frozen=True)
class ContextWorth:
    """How many conversation tests there are, and how many fail when nothing said before counts."""

    talks: int
    wrong_without: int

    def __str__(self) -> str:
        share = self.wrong_without / self.talks
        return (
            f"{self.talks} 段对话测试，不看刚才说过什么，{self.wrong_without} 段（{share:.0%}）答错"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Take the context away while these tests run."""
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    forget(patch)


def forget(patch: pytest.MonkeyPatch) -> None:
    """Have every message be read as if it were the first; an open form stays open."""
    read = Turn.from_tracker

    def forgetting(tracker: Any) -> Turn:
        turn = read(tracker)
        slots = {**turn.slots, **dict.fromkeys(OF_THE_TALK)}
        return replace(turn, slots=slots, transcript=turn.transcript[-1:])

    patch.setattr(Turn, "from_tracker", staticmethod(forgetting))


async def worth(work: Path) -> ContextWorth:
    """Run the tests twice.

    Args:
        work: a folder for reports and logs.

    Raises:
        BenchFailed: the tests did not run, or fail with the context too.
    """
    talks, wrong = await _run(work / "with", without=False)
    if wrong:
        raise BenchFailed(f"{TALKS} 里有 {wrong} 段看上下文也没过：先修好测试（make unit）")
    again, wrong_without = await _run(work / "without", without=True)
    if again != talks:
        raise BenchFailed(f"{TALKS} 两次跑的段数不一样：{talks} 和 {again}")
    return ContextWorth(talks, wrong_without)


async def _run(work: Path, *, without: bool) -> tuple[int, int]:
    """How many tests ran, and how many failed."""
    report, log = work.with_suffix(".xml"), work.with_suffix(".log")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [str(TALKS), f"--junitxml={report}"]
    if without:
        command += ["-p", __name__]
    async with child(*command, cwd=ROOT, env=python_env(), log=log) as process:
        await process.wait()
    if process.returncode not in (0, 1):  # passed, failed
        raise BenchFailed(f"{TALKS} 没跑起来：\n{tail(log)}")
    suite = ElementTree.parse(report).getroot()[0]  # noqa: S314 - written by the pytest we ran
    return int(suite.attrib["tests"]), int(suite.attrib["failures"]) + int(suite.attrib["errors"])
