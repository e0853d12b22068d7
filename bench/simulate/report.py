"""What came out: figures by goal and by manner, printed, and as one page with the failed talks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from ruamel.yaml import YAML

from bench.simulate.oracle import Outcome
from bench.simulate.play import Played
from bench.table import table

HEAD = ("", "次数", "没转人工办成", "该转人工", "失败", "轮数", "办错", "重复问", "重复说")
_FLOOR = Path(__file__).with_name("floor.yml")


@dataclass(frozen=True)
class Figures:
    """Of a group of conversations. `turns`: the median of the shopper's messages."""

    title: str
    count: int
    reached: int
    with_person: int
    failed: int
    turns: float
    wrong: int
    asked_twice: int
    said_twice: int

    @property
    def row(self) -> tuple[str, ...]:
        """The cells under `HEAD`."""
        return (
            self.title,
            str(self.count),
            f"{self.reached}（{self.reached / self.count:.0%}）",
            str(self.with_person or "–"),
            str(self.failed or "–"),
            f"{self.turns:g}",
            str(self.wrong or "–"),
            str(self.asked_twice or "–"),
            str(self.said_twice or "–"),
        )


@dataclass(frozen=True)
class Report:
    """A run. `strange` are changes of customers who never spoke."""

    played: Sequence[Played]
    skipped: int
    strange: tuple[str, ...]
    seconds: float
    command: str

    @property
    def after_sales(self) -> Sequence[Played]:
        """Those about after-sales; who changed her mind did not come for an end without effect."""
        return [one for one in self.played if one.goal.after_sales]

    @property
    def share(self) -> float:
        """Of the after-sales conversations, those that reached their goal without a person."""
        found = self.after_sales
        good = sum(one.verdict.outcome is Outcome.REACHED for one in found)
        return good / len(found) if found else 1.0

    @property
    def wrong(self) -> tuple[str, ...]:
        """All wrong and doubled effects."""
        of_talks = [
            f"#{one.part.number} {one.goal.title}：{text}"
            for one in self.played
            for text in (*one.verdict.wrong, *one.verdict.doubled)
        ]
        return (*of_talks, *self.strange)

    @property
    def good(self) -> bool:
        """No wrong effect, and no fewer after-sales goals than the floor asks for."""
        return not self.wrong and self.share >= floor()


def floor() -> float:
    """The share of after-sales goals that must be reached without a person."""
    read = YAML(typ="safe").load(_FLOOR.read_text(encoding="utf-8"))
    return float(read["after_sales_without_a_person"])


def figures(title: str, played: Sequence[Played]) -> Figures:
    """The figures of these."""
    outcomes = Counter(one.verdict.outcome for one in played)
    return Figures(
        title=title,
        count=len(played),
        reached=outcomes[Outcome.REACHED],
        with_person=outcomes[Outcome.WITH_PERSON],
        failed=outcomes[Outcome.FAILED],
        turns=median(one.course.turns for one in played),
        wrong=sum(len(one.verdict.wrong) + len(one.verdict.doubled) for one in played),
        asked_twice=sum(len(one.verdict.asked_twice) for one in played),
        said_twice=sum(len(one.verdict.said_twice) for one in played),
    )


def grouped(played: Sequence[Played], by: Callable[[Played], str]) -> list[Figures]:
    """The figures of each group, the largest first."""
    groups: dict[str, list[Played]] = {}
    for one in played:
        groups.setdefault(by(one), []).append(one)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return [figures(title, members) for title, members in ordered]


def printed(report: Report) -> str:
    """The report for a terminal."""
    played = report.played
    after_sales = [figures("售后合计", report.after_sales)] if report.after_sales else []
    totals = [figures("全部", played), *after_sales]
    parts = [
        table(("目标", *HEAD[1:]), [one.row for one in [*_by_goal(played), *totals]]),
        table(("怎么说话", *HEAD[1:]), [one.row for one in _by_manner(played)]),
        *(f"✗ {text}" for text in report.wrong),
        _summary(report),
    ]
    return "\n\n".join(parts)


def _by_goal(played: Sequence[Played]) -> list[Figures]:
    return grouped(played, lambda one: one.goal.title)


def _by_manner(played: Sequence[Played]) -> list[Figures]:
    return grouped(played, lambda one: one.part.manner.title)


def _summary(report: Report) -> str:
    played = report.played
    refusals = [v.refusal_right for v in (p.verdict for p in played) if v.refusal_right is not None]
    handoffs = [v.handoff_right for v in (p.verdict for p in played) if v.handoff_right is not None]
    sides = [one for one in played if one.course.side is not None]
    missed = sum(one.verdict.side_missed for one in sides)
    lines = [
        f"售后目标没转人工办成 {report.share:.1%}（下限 {floor():.0%}），"
        f"办错或办重 {len(report.wrong)} 处",
        f"拒绝说对 {sum(refusals)}/{len(refusals)}，转人工转对 {sum(handoffs)}/{len(handoffs)}，"
        f"顺带的问题当场答上 {len(sides) - missed}/{len(sides)}",
        f"{len(played)} 段对话，{report.seconds:.0f} 秒；{report.skipped} 段轮到时已经不能演了",
    ]
    return "\n".join(lines)


def write_page(report: Report, path: Path) -> None:
    """The report as one HTML page, every failed talk word for word."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    failed = [
        one
        for one in report.played
        if one.verdict.outcome is Outcome.FAILED
        or one.verdict.asked_twice
        or one.verdict.said_twice
    ]
    failed.sort(key=lambda one: (one.verdict.outcome is not Outcome.FAILED, one.goal.title))
    page = environment.get_template("page.html").render(
        head=HEAD[1:],
        goals=_by_goal(report.played),
        manners=_by_manner(report.played),
        summary=_summary(report).splitlines(),
        command=report.command,
        wrong=report.wrong,
        failed=failed,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
