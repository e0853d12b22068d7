"""The figures of one evaluation as a page with pictures, and as text for the terminal."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from bench.machine import Machine
from bench.stats import percentile
from bench.table import figure, table
from bench.understanding import measures
from bench.understanding.ablation import Outcome
from bench.understanding.context import ContextWorth
from bench.understanding.measures import EntityScore, Judged
from bench.understanding.variety import Variety

_INK, _MUTED, _BAD = "#1f5fbf", "#b9c3d0", "#c8443a"
_NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}


@dataclass(frozen=True)
class Evaluation:
    """Everything one run of `make evaluate` found.

    Attributes:
        machine: where.
        command: what was run.
        threshold: the fallback threshold in config.yml.
        sets: name → judged messages; the first is the held-back set itself.
        disturbed: name → accuracy of the held-back set when disturbed that way.
        entities: scores by kind, the total last.
        entity_errors: text and what went wrong.
        outcomes: the ablation of the classifier, empty when not asked for.
        context_worth: the ablation of the context, likewise.
        rivals: name → the held-back set as another model judged it.
        variety: of the training examples.
        floors: name → least value.
        values: the same names, and others → the values found.
    """

    machine: Machine
    command: str
    threshold: float
    sets: Mapping[str, Sequence[Judged]]
    disturbed: Mapping[str, float]
    entities: Sequence[EntityScore]
    entity_errors: Sequence[tuple[str, str]]
    variety: Variety
    floors: Mapping[str, float]
    values: Mapping[str, float]
    outcomes: Sequence[Outcome] = ()
    context_worth: ContextWorth | None = None
    rivals: Mapping[str, Sequence[Judged]] = field(default_factory=dict)

    @property
    def main(self) -> Sequence[Judged]:
        """The held-back set as judged."""
        return next(iter(self.sets.values()))

    @property
    def below(self) -> dict[str, tuple[float, float]]:
        """What lies under its floor: value and floor."""
        return {
            name: (self.values[name], floor)
            for name, floor in self.floors.items()
            if not self.values[name] >= floor
        }


def summary(found: Evaluation) -> str:
    """The tables for the terminal; Markdown."""
    parts = [_sets_table(found)]
    parts.append(
        table(
            ("扰动后", "准确率", "比原句"),
            [
                (name, figure(value), f"{value - measures.accuracy(found.main):+.3f}")
                for name, value in found.disturbed.items()
            ],
        )
    )
    rows = measures.thresholds(found.main)
    best = measures.best_threshold(rows)
    bands = measures.reliability(found.main)
    parts.append(
        table(
            ("信心", "条数", "平均信心", "答对"),
            [
                (
                    f"{b.low:.1f}–{b.high:.1f}",
                    str(b.messages),
                    figure(b.confidence),
                    figure(b.accuracy),
                )
                for b in bands
            ],
        )
        + f"\n\n校准误差 ECE {measures.calibration_error(bands):.3f}；门槛现在 {found.threshold}，"
        f"按代价最低是 {best.value}（请顾客再选 {best.refused:.1%}，其中本来能答对 "
        f"{best.right_among_refused:.0%}；其余答对 {best.right_among_kept:.1%}）"
    )
    parts.append(
        table(
            ("意图", "条数", "准", "全", "F1"),
            [
                (r.intent, str(r.messages), figure(r.precision), figure(r.recall), figure(r.f1))
                for r in sorted(measures.by_intent(found.main), key=lambda r: r.f1)
            ],
        )
    )
    parts.append(
        table(
            ("应为", "错认作", "次数", "例子"),
            [
                (c.wanted, c.given, str(c.count), " / ".join(c.examples[:3]))
                for c in measures.confusions(found.main)[:15]
            ],
        )
    )
    parts.append(
        table(
            ("实体", "条数", "准", "全", "F1"),
            [
                (s.name, str(s.wanted), figure(s.precision), figure(s.recall), figure(s.f1))
                for s in found.entities
            ],
        )
    )
    if found.outcomes:
        parts.append(_ablation_table(found.outcomes))
    if found.context_worth:
        parts.append(f"上下文：{found.context_worth}")
    variety = found.variety
    parts.append(
        f"训练问法 {variety.examples} 条；近似重复 {variety.near_share:.1%}，"
        f"模板套出来的 {variety.template_share:.1%}"
    )
    return "\n\n".join(parts)


def write(found: Evaluation, path: Path) -> None:
    """The page, one file with everything in it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
    )
    rows = measures.thresholds(found.main)
    html = environment.get_template("page.html.j2").render(
        found=found,
        m=measures,
        rows=rows,
        best=measures.best_threshold(rows),
        bands=measures.reliability(found.main),
        intents=sorted(measures.by_intent(found.main), key=lambda row: row.f1),
        confusions=measures.confusions(found.main, examples=6),
        pictures=_pictures(found),
        figure=figure,
        percentile=percentile,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")


def _sets_table(found: Evaluation) -> str:
    rows = [
        (
            name,
            str(len(judged)),
            figure(measures.accuracy(judged)),
            figure(measures.exact_accuracy(judged)),
            figure(measures.macro_f1(judged)),
            figure(percentile([one.milliseconds for one in judged], 0.5)),
            figure(percentile([one.milliseconds for one in judged], 0.95)),
        )
        for name, judged in {**found.sets, **found.rivals}.items()
    ]
    head = ("没见过的消息", "条数", "准确率", "只认首选", "宏 F1", "p50 ms", "p95 ms")
    return table(head, rows)


def _ablation_table(outcomes: Sequence[Outcome]) -> str:
    return table(
        ("分类器看到的", "准确率", "宏 F1", "同音错字", "p50 ms", "p95 ms", "训练 秒"),
        [
            (
                o.variant.title,
                figure(o.accuracy),
                figure(o.macro_f1),
                figure(o.misheard),
                figure(o.p50),
                figure(o.p95),
                figure(o.training_seconds),
            )
            for o in outcomes
        ],
    )


def _pictures(found: Evaluation) -> dict[str, str]:
    """Each as SVG, its letters as outlines: no font is needed to look at them."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    def draw(paint: Callable[[Any], None], *, size: tuple[float, float]) -> str:
        shape, axes = plt.subplots(figsize=size, layout="constrained")
        paint(axes)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        written = io.StringIO()
        shape.savefig(written, format="svg", metadata=_NO_METADATA)
        plt.close(shape)
        return written.getvalue()[written.getvalue().index("<svg") :]

    intents = sorted(measures.by_intent(found.main), key=lambda row: row.f1)
    bands = measures.reliability(found.main)
    rows = measures.thresholds(found.main)

    def reliability(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=_MUTED, linestyle="--", linewidth=1)
        axes.plot([b.confidence for b in bands], [b.accuracy for b in bands], "o-", color=_INK)
        axes.axvline(found.threshold, color=_BAD, linewidth=1)
        axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.02))

    def confidence(axes: Any) -> None:
        right = [one.confidence for one in found.main if one.right]
        wrong = [one.confidence for one in found.main if not one.right]
        axes.hist([right, wrong], bins=20, range=(0, 1), stacked=True, color=[_INK, _BAD])
        axes.set(xlabel="confidence (blue: right, red: wrong)", ylabel="messages")

    def cost(axes: Any) -> None:
        axes.plot([r.value for r in rows], [r.cost for r in rows], "o-", color=_INK)
        axes.axvline(found.threshold, color=_BAD, linewidth=1)
        axes.set(xlabel="fallback threshold", ylabel="cost per message")

    def f1(axes: Any) -> None:
        axes.barh([r.intent for r in intents[::-1]], [r.f1 for r in intents[::-1]], color=_INK)
        axes.set(xlabel="F1", xlim=(0, 1))
        axes.margins(y=0.01)

    def confused(axes: Any) -> None:
        pairs = measures.confusions(found.main)[:20][::-1]
        axes.barh([f"{c.wanted} → {c.given}" for c in pairs], [c.count for c in pairs], color=_BAD)
        axes.set(xlabel="messages")

    return {
        "reliability": draw(reliability, size=(5, 4)),
        "confidence": draw(confidence, size=(5, 4)),
        "cost": draw(cost, size=(5, 4)),
        "f1": draw(f1, size=(8, 11)),
        "confused": draw(confused, size=(8, 6)),
    }
