"""`make evaluate`: how well the trained model understands messages it has never seen."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bench import data
from bench.accuracy import Parser, parser
from bench.machine import this_machine
from bench.progress import say, ticking
from bench.training import ROOT, BenchFailed, stock_model, train
from bench.understanding import context, gold, measures, page
from bench.understanding.ablation import VARIANTS, Outcome, try_out
from bench.understanding.context import ContextWorth
from bench.understanding.disturb import DISTURBANCES
from bench.understanding.gold import Message
from bench.understanding.measures import Judged
from bench.understanding.page import Evaluation
from bench.understanding.variety import Variety, survey
from bot.nlu import lexicon
from bot.nlu.entities import EntityReader
from conversations.errors import ZhangguiError

FLOORS = ROOT / "tests/nlu/floors.yml"
VECTORS = ROOT / ".rasa/sentence_vectors.npz"
CHUNK = 50
STOCK_EXAMPLES = 4_000
SEED = 20_240_618
HELD_BACK, CONFUSABLES, NOISY = "留出的消息", "容易混的", "写得潦草的"
LATER = "后来另写的"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 1 when a figure lies under its floor."""
    options = _arguments(arguments)
    try:
        return asyncio.run(_run(options))
    except ZhangguiError as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\n已停止，没有写结果。")
        return 130


async def evaluate(model: Path, *, work: Path, command: str) -> Evaluation:
    """Have a model read everything in `tests/nlu`.

    Args:
        model: a model of `rasa train`.
        work: a folder for logs.
        command: what the report names as its source.

    Raises:
        BenchFailed: the model cannot be loaded.
        ConfigurationError: a file of `tests/nlu` cannot be read.
    """
    folder = ROOT / gold.FOLDER
    named = gold.read_named(folder / gold.ENTITIES)
    messages = gold.read_messages(folder / gold.MESSAGES)
    others = {
        CONFUSABLES: gold.read_messages(folder / gold.CONFUSABLES),
        NOISY: gold.read_messages(folder / gold.NOISY),
        LATER: gold.read_messages(folder / gold.LATER),
    }
    async with parser(model, work / "model.log") as reader:
        sets = {HELD_BACK: await _judge(reader, messages, title=f"读{HELD_BACK}")}
        for name, more in others.items():
            sets[name] = await _judge(reader, more, title=f"读{name}")
        disturbed = {}
        for name, disturb in DISTURBANCES.items():
            texts = [disturb(message.text) for message in messages]
            judged = await _judge(reader, messages, texts, title=f"读扰动过的：{name}")
            disturbed[name] = measures.accuracy(judged)
        parsed = await _parse(reader, [one.text for one in named], title="找实体")
    entities, errors = measures.entity_scores(named, [measures.mentions_of(p) for p in parsed])
    return Evaluation(
        machine=this_machine(),
        command=command,
        threshold=_threshold(),
        sets=sets,
        disturbed=disturbed,
        entities=entities,
        entity_errors=errors,
        variety=_variety(),
        floors=yaml.safe_load(FLOORS.read_text(encoding="utf-8")),
        values={
            "准确率": measures.accuracy(sets[HELD_BACK]),
            "宏 F1": measures.macro_f1(sets[HELD_BACK]),
            CONFUSABLES: measures.accuracy(sets[CONFUSABLES]),
            NOISY: measures.accuracy(sets[NOISY]),
            LATER: measures.accuracy(sets[LATER]),
            "扰动后最差": min(disturbed.values()),
            "实体 F1": entities[-1].f1,
        },
    )


def newest_model() -> Path:
    """The model that `make train` made last.

    Raises:
        BenchFailed: there is none.
    """
    models = sorted((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise BenchFailed("models/ 里还没有模型：先运行 make train")
    return models[-1]


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(
        prog="python -m bench.understanding",
        description="用 tests/nlu 里训练时没见过的消息，量一量模型听懂了多少。",
        epilog="结果打印在屏幕上，并写成带图的网页。低于 tests/nlu/floors.yml 的底线时返回 1。",
    )
    options.add_argument("--model", type=Path, help="哪个模型（默认：models/ 里最新的）")
    options.add_argument(
        "--ablation", action="store_true", help="再看分类器每一部分和上下文值多少（约 5 分钟）"
    )
    options.add_argument(
        "--stock",
        type=int,
        nargs="?",
        const=STOCK_EXAMPLES,
        metavar="N",
        help=f"再与原版 Rasa 比：两边都只用同样的 N 条问法训练（默认 {STOCK_EXAMPLES}）；"
        "原版要训练十几分钟到一小时，存入 .cache/bench 供以后使用",
    )
    options.add_argument(
        "--out", type=Path, default=ROOT / "bench/results/understanding.html", help="网页写到哪里"
    )
    return options.parse_args(arguments)


async def _run(options: argparse.Namespace) -> int:
    model = options.model or newest_model()
    command = " ".join(["python -m bench.understanding", *sys.argv[1:]])
    with tempfile.TemporaryDirectory(prefix="zhanggui-evaluate-") as folder:
        work = Path(folder)
        say(f"▸ 模型 {model.name}")
        found = await evaluate(model, work=work, command=command)
        if options.ablation:
            found = replace(
                found, outcomes=await _ablation(), context_worth=await _context_worth(work)
            )
        if options.stock:
            found = replace(found, rivals=await _beside_stock(options.stock, work))
    page.write(found, options.out)
    say()
    say(page.summary(found))
    say()
    for name, (value, floor) in found.below.items():
        say(f"✗ {name} {value:.3f}，低于底线 {floor}")
    say(f"{'✗' if found.below else '✓'} 网页：{options.out}")
    return 1 if found.below else 0


async def _parse(reader: Parser, texts: Sequence[str], *, title: str) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = []
    async with ticking(f"{title} {len(texts)} 条") as ticker:
        for start in range(0, len(texts), CHUNK):
            ticker.note = f"{start}/{len(texts)}"
            parsed += await reader.parse(texts[start : start + CHUNK])
        ticker.note = ""
    return parsed


async def _judge(
    reader: Parser,
    messages: Sequence[Message],
    texts: Sequence[str] | None = None,
    *,
    title: str,
) -> list[Judged]:
    """The messages as the model reads them; `texts` are what is read in their place."""
    if texts is None:
        texts = [message.text for message in messages]
    parsed = await _parse(reader, texts, title=title)
    return [
        Judged(message, told["best"], told["confidence"], told["ms"])
        for message, told in zip(messages, parsed, strict=True)
    ]


async def _ablation() -> list[Outcome]:
    examples = data.read_examples(ROOT / "data/nlu")
    messages = gold.read_messages(ROOT / gold.FOLDER / gold.MESSAGES)
    outcomes = []
    for variant in VARIANTS:
        async with ticking(f"只用{variant.title}"):
            outcome = await asyncio.to_thread(try_out, variant, examples, messages, vectors=VECTORS)
        outcomes.append(outcome)
    return outcomes


async def _context_worth(work: Path) -> ContextWorth:
    async with ticking("对话测试，看上下文和不看"):
        return await context.worth(work)


async def _beside_stock(count: int, work: Path) -> dict[str, list[Judged]]:
    """Stock Rasa and ours, both trained on the same share of the examples."""
    examples = data.read_examples(ROOT / "data/nlu")
    share = min(1.0, count / len(examples))
    learnt = data.split(examples, share=share, seed=SEED).test
    data.write_stock(work / "stock", root=ROOT, examples=learnt, epochs=None)
    data.write_ours(work / "ours", root=ROOT, examples=learnt)
    for side in ("stock", "ours"):
        shutil.rmtree(work / side / "data/stories")  # only understanding is asked for
    models = {
        "原版 Rasa": await stock_model(work / "stock", quick=False),
        "掌柜": await train(work / "ours", work / "ours.tar.gz", title="训练掌柜"),
    }
    messages = gold.read_messages(ROOT / gold.FOLDER / gold.MESSAGES)
    found = {}
    for name, model in models.items():
        async with parser(model.path, work / f"{name}.log") as reader:
            title = f"{name}，同样的 {len(learnt)} 条训练"
            found[title] = await _judge(reader, messages, title=title)
    return found


def _threshold() -> float:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    pipeline = {component["name"]: component for component in config["pipeline"]}
    return float(pipeline["FallbackClassifier"]["threshold"])


def _variety() -> Variety:
    reader = EntityReader.build(lexicon.read(ROOT / "data/shop"))
    return survey(data.read_examples(ROOT / "data/nlu"), blanked=reader.blanked)


if __name__ == "__main__":
    raise SystemExit(main())
