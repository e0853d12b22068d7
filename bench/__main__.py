"""`python -m bench` (also `make bench`): stock Rasa and us, side by side on this machine."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from bench import accuracy, data, speed, stages, startup
from bench.machine import this_machine
from bench.progress import say
from bench.report import Results, comparison, floor_table, stages_table
from bench.systems import Side, System, prepare_shop
from bench.training import ROOT, Model, stock_model, train
from conversations.errors import ZhangguiError

HELD_BACK = 0.2
SEED = 20_240_618
QUICK_EPOCHS = 2
QUICK_MESSAGES = 100
PARTS = ("accuracy", "speed", "startup", "stages")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 0 when everything asked for was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="同一台机器、同一份数据，原版 Rasa（jieba + DIET + TED，SQLite）与掌柜对比。",
        epilog="第一次要训练原版 Rasa（十几分钟到一小时，存入 .cache/bench 供以后使用），"
        "之后全部跑完约 20 分钟。结果写入 bench/results/。只用 127.0.0.1 上的空闲端口。",
    )
    parser.add_argument("--quick", action="store_true", help="只试跑一遍：数字没有意义")
    parser.add_argument("--only", choices=PARTS, help="只测一项")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/results", help="结果放哪里")
    options = parser.parse_args(arguments)
    try:
        return asyncio.run(_until_signalled(options))
    except ZhangguiError as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1


async def _until_signalled(options: argparse.Namespace) -> int:
    """Run; SIGINT and SIGTERM cancel, so that every process is ended on the way out."""
    task = asyncio.ensure_future(_run(options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        say("\n已停止，没有写结果。")
        return 130
    return 0


async def _run(options: argparse.Namespace) -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zhanggui-bench-") as folder:
        results = await _measure(options, Path(folder))
    options.out.mkdir(parents=True, exist_ok=True)
    name = time.strftime("%Y-%m-%d-%H%M") + ("-quick" if options.quick else "")
    path = options.out / f"{name}.json"
    text = json.dumps(plain(results), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    say()
    say(comparison(results))
    if results.speed is not None:
        say(f"\n{floor_table(results.speed)}")
        say(
            f"\n两边答得一字不差的消息：{results.speed.same_answers:.0%}"
            f"（{results.speed.compared} 条）"
        )
    if results.stages is not None:
        say(f"\n{stages_table(results.stages)}")
    machine = results.machine
    say(
        f"\n{machine.processor}，{machine.cores} 核，{machine.memory_gb} GB，"
        f"Python {machine.python}；开始前一分钟负载 {machine.load}"
    )
    if options.quick:
        say("这是试跑：原版只训练了 2 轮，时间也太短，数字不能引用。")
    say(f"✓ 用时 {(time.monotonic() - began) / 60:.0f} 分钟，结果：{path}")


async def _measure(options: argparse.Namespace, folder: Path) -> Results:
    machine = this_machine()

    def wanted(part: str) -> bool:
        return options.only in (None, part)

    say("▸ 数据")
    examples = data.read_examples(ROOT / "data/nlu")
    parts = data.split(examples, share=HELD_BACK, seed=SEED)
    say(f"  {len(examples)} 条问法：{len(parts.train)} 条训练，{len(parts.test)} 条留作考试")
    say("▸ 训练（两边用同样的问法和规则）")
    models, edit_seconds = await _models(parts, folder, options)
    shop = await prepare_shop(folder / "shop")
    systems = {
        side: System(
            side=side,
            model=model.path,
            home=folder / "run" / side.value,
            database=None if side is Side.FLOOR else shop.database,
        )
        for side, model in models.items()
    }
    rivals = [systems[Side.STOCK], systems[Side.OURS]]
    found: dict[str, Any] = {}
    if wanted("accuracy"):
        say("▸ 理解")
        test = parts.test[:: max(1, len(parts.test) // QUICK_MESSAGES) if options.quick else 1]
        found["accuracy"] = await accuracy.compare(
            {system.side: system.model for system in rivals}, test, work=folder
        )
    if wanted("startup"):
        say("▸ 启动")
        rounds = 1 if options.quick else 3
        found["startup"] = await startup.measure(rivals, shop, rounds=rounds)
    if wanted("speed"):
        say("▸ 速度（每一级两边轮流）")
        effort = speed.QUICK if options.quick else speed.FULL
        found["speed"] = await speed.measure([*rivals, systems[Side.FLOOR]], shop, effort)
    if wanted("stages"):
        say("▸ 环节")
        timed = System(
            side=Side.OURS,
            model=systems[Side.OURS].model,
            home=folder / "run/stages",
            database=shop.database,
            channel=stages.CHANNEL,
        )
        seconds = 3 if options.quick else 20
        found["stages"] = await stages.measure(timed, shop, seconds=seconds)
    return Results(
        machine=machine,
        command=" ".join(["python -m bench", *sys.argv[1:]]),
        quick=options.quick,
        trained_on=len(parts.train),
        training=models,
        edit_seconds=edit_seconds,
        **{part: found.get(part) for part in PARTS},
    )


async def _models(
    parts: data.Split, folder: Path, options: argparse.Namespace
) -> tuple[dict[Side, Model], float | None]:
    data.write_stock(
        folder / "stock",
        root=ROOT,
        examples=parts.train,
        epochs=QUICK_EPOCHS if options.quick else None,
    )
    data.write_ours(folder / "ours", root=ROOT, examples=parts.train)
    if options.quick and (vectors := ROOT / ".rasa/sentence_vectors.npz").exists():
        (folder / "ours/.rasa").mkdir()
        shutil.copy(vectors, folder / "ours/.rasa")  # a trial need not start from nothing
    shutil.copytree(ROOT / "bench/floor", folder / "floor")
    models = {
        Side.STOCK: await stock_model(folder / "stock", quick=options.quick),
        Side.OURS: await train(folder / "ours", folder / "ours.tar.gz", title="训练掌柜"),
        Side.FLOOR: await train(folder / "floor", folder / "floor.tar.gz", title="训练空机器人"),
    }
    edit_seconds = None
    if options.only is None and not options.quick:
        # One more example, as a trainer adds it; what the first training cached may be used.
        added = data.Example(text="掌柜的，我那包裹走到哪儿啦", intent="track_logistics")
        data.write_nlu(folder / "ours/data/nlu/examples.yml", [*parts.train, added])
        edited = await train(folder / "ours", folder / "edited.tar.gz", title="改一条后再训练")
        edit_seconds = edited.seconds
    return models, edit_seconds


def plain(value: Any) -> Any:
    """Dataclasses, enums and paths as JSON has them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            key: plain(getattr(value, key)) for key in asdict(value) if not key.endswith("path")
        }
    if isinstance(value, dict):
        return {
            key.value if isinstance(key, Enum) else key: plain(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


if __name__ == "__main__":
    raise SystemExit(main())
