"""The run's figures side by side, with the design's targets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from bench.accuracy import Understanding
from bench.machine import Machine
from bench.speed import Pace, Speed
from bench.stages import TITLES, Stages
from bench.startup import Start
from bench.systems import Side
from bench.table import figure, table, times
from bench.training import Model

HEAD = ("指标", "原版 Rasa", "掌柜", "掌柜 ÷ 原版", "目标", "达到")
_MB = 2**20


@dataclass(frozen=True)
class Results:
    """All that one run found out; what was not asked for is None."""

    machine: Machine
    command: str
    quick: bool
    trained_on: int
    training: Mapping[Side, Model]
    edit_seconds: float | None
    accuracy: Mapping[Side, Understanding] | None
    startup: Mapping[Side, Start] | None
    speed: Speed | None
    stages: Stages | None


Row = tuple[str, ...]


def comparison(results: Results) -> str:
    """The table of the contest."""
    rows: list[Row] = []
    if results.accuracy:
        rows += _accuracy(results.accuracy)
    if results.speed:
        rows += _speed(results.speed)
    if results.startup:
        rows += _startup(results.startup)
    stock, ours = (results.training[side].seconds for side in (Side.STOCK, Side.OURS))
    if results.training[Side.STOCK].reused:
        # Trained under another load of the machine: a ratio would pretend too much.
        rows.append(
            ("训练，从零开始（原版：先前一次）", *_row("", stock, ours, "秒")[1:3], "–", "", "")
        )
    else:
        rows.append(_row("训练，从零开始", stock, ours, "秒"))
    if results.edit_seconds is not None:
        edit = results.edit_seconds
        rows.append(
            ("改一条问法后重新训练", "同上", figure(edit, "秒"), "–", "≤ 20 秒", _mark(edit <= 20))
        )
    return table(HEAD, rows)


def stages_table(stages: Stages) -> str:
    """Where the time of one message goes."""
    rows = [
        (
            f"{TITLES.get(stage.name, '')} `{stage.name}`".strip(),
            figure(stage.milliseconds, "ms"),
            figure(stage.calls, digits=2),
        )
        for stage in stages.stages
    ]
    rows.append(("从发出到收到回答（顾客看到的）", figure(stages.answer, "ms"), "1"))
    return table(("环节", "每条消息", "次数"), rows)


def floor_table(speed: Speed) -> str:
    """Ours beside the least that Rasa can do."""
    rows = [
        (
            f"{floor.shoppers} 位顾客",
            figure(floor.per_second, "条/秒"),
            figure(ours.per_second, "条/秒"),
            times(ours.per_second / floor.per_second),
        )
        for floor, ours in zip(speed.paces[Side.FLOOR], speed.paces[Side.OURS], strict=True)
    ]
    return table(("同时在线", "Rasa 空机器人（内存，不落盘）", "掌柜", "掌柜 ÷ 空机器人"), rows)


def _accuracy(found: Mapping[Side, Understanding]) -> list[Row]:
    stock, ours = found[Side.STOCK], found[Side.OURS]
    return [
        _row(f"意图准确率（{ours.messages} 条没见过的问法）", stock.accuracy, ours.accuracy),
        _row("宏平均 F1", stock.macro_f1, ours.macro_f1),
        _row("听对且有把握去办", stock.acted, ours.acted),
        _row("没把握、不办", stock.refused, ours.refused),
        _row("理解一条 p50", stock.p50, ours.p50, "ms"),
        _row("理解一条 p95", stock.p95, ours.p95, "ms"),
    ]


def _speed(speed: Speed) -> list[Row]:
    rows: list[Row] = []
    for stock, ours in zip(speed.paces[Side.STOCK], speed.paces[Side.OURS], strict=True):
        rows += _pace(stock, ours)
    failures = [sum(p.failures for p in speed.paces[side]) for side in (Side.STOCK, Side.OURS)]
    counts = [sum(p.messages for p in speed.paces[side]) for side in (Side.STOCK, Side.OURS)]
    rows.append(
        (
            "没有回答的消息",
            f"{failures[0]} / {counts[0]}",
            f"{failures[1]} / {counts[1]}",
            "",
            "0",
            _mark(failures[1] == 0),
        )
    )
    before, after = (speed.memory[side] for side in (Side.STOCK, Side.OURS))
    rows.append(
        _row(
            "内存：Rasa 进程（压测后）",
            before["rasa"] / _MB,
            after["rasa"] / _MB,
            "MB",
            "≤ 0.45 ×",
            after["rasa"] <= 0.45 * before["rasa"],
        )
    )
    total_before, total_after = sum(before.values()) / _MB, sum(after.values()) / _MB
    rows.append(_row("内存：Rasa + 动作服务", total_before, total_after, "MB"))
    return rows


def _pace(stock: Pace, ours: Pace) -> list[Row]:
    who = f"{ours.shoppers} 位顾客"
    many, fast = ours.shoppers == 8, ours.shoppers == 20
    quick_enough = ours.p95 <= stock.p95 / 10
    return [
        _row(
            f"{who}：落盘的消息",
            stock.per_second,
            ours.per_second,
            "条/秒",
            "≥ 10 ×" if many else "",
            ours.per_second >= 10 * stock.per_second if many else None,
        ),
        _row(f"{who}：回答 p50", stock.p50, ours.p50, "ms"),
        _row(
            f"{who}：回答 p95",
            stock.p95,
            ours.p95,
            "ms",
            "≤ 0.1 ×" if fast else "",
            quick_enough if fast else None,
        ),
        _row(f"{who}：最慢的回答", stock.slowest, ours.slowest, "ms"),
        _row(f"{who}：每条消息的 CPU", stock.cpu_ms, ours.cpu_ms, "ms"),
    ]


def _startup(found: Mapping[Side, Start]) -> list[Row]:
    stock, ours = (median(found[side].seconds) for side in (Side.STOCK, Side.OURS))
    return [
        _row("启动到第一条回答", stock, ours, "秒", "≤ 0.25 ×", ours <= 0.25 * stock),
        _row(
            "内存：Rasa 进程（刚启动）",
            found[Side.STOCK].memory["rasa"] / _MB,
            found[Side.OURS].memory["rasa"] / _MB,
            "MB",
        ),
    ]


def _row(
    what: str,
    stock: float,
    ours: float,
    unit: str = "",
    target: str = "",
    reached: bool | None = None,
) -> Row:
    ratio = ours / stock if stock else math.nan
    mark = "" if reached is None else _mark(reached)
    return (what, figure(stock, unit), figure(ours, unit), times(ratio), target, mark)


def _mark(reached: bool) -> str:
    return "✓" if reached else "✗"
