"""`make simulate`: simulated shoppers talk to the running house, and their effects are checked."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from bench.progress import say, ticking
from bench.simulate.bank import Bank
from bench.simulate.books import Books
from bench.simulate.house import POSTGRES, house, postgres
from bench.simulate.manners import MANNERS
from bench.simulate.oracle import Outcome, untouched
from bench.simulate.plan import AIMS, Part, manners, plan, possible_aims, scenes
from bench.simulate.play import Players
from bench.simulate.report import Report, printed, write_page
from bench.simulate.scenery import enlarge
from bench.training import ROOT
from conversations.errors import ZhangguiError
from shop.policies import PolicyFile

COUNT = 520
SEED = 20_261_128
WORKERS = 4
_A_SHOP_SERVES = 70  # conversations, before its orders run short


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 0 when no effect was wrong and the floor was reached."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.simulate",
        description="模拟的顾客在网页渠道上和真实的进程对话，办完核对店铺的数据库。",
        epilog="goal: " + " ".join(aim.name for aim in AIMS)
        + "；persona: " + " ".join(manner.name for manner in MANNERS),
    )  # fmt: skip
    parser.add_argument("--count", type=int, default=COUNT, help=f"几段对话（{COUNT}）")
    parser.add_argument("--seed", type=int, default=SEED, help="同一个数，同一批顾客")
    parser.add_argument("--workers", type=int, default=WORKERS, help=f"同时几位（{WORKERS}）")
    parser.add_argument("--goal", action="append", default=[], help="只演这些目标，可以重复")
    parser.add_argument("--persona", action="append", default=[], help="只演这些性格，可以重复")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "bench/results/simulate.html", help="网页放哪里"
    )
    parser.add_argument(
        "--postgres", nargs="?", const=POSTGRES, help="在这台 PostgreSQL 上建一个临时库，用完删掉"
    )
    options = parser.parse_args(arguments)
    for name, wanted, known in (
        ("--goal", options.goal, {aim.name for aim in AIMS}),
        ("--persona", options.persona, {manner.name for manner in MANNERS}),
    ):
        if odd := set(wanted) - known:
            parser.error(f"{name} 没有 {'、'.join(sorted(odd))}")
    if options.count < 1 or options.workers < 1:
        parser.error("--count 和 --workers 至少是 1")
    try:
        report = asyncio.run(_run(options))
    except ZhangguiError as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1
    if not report.played:
        say("\n一段对话也没有演完。")
        return 1
    say("\n" + printed(report))
    write_page(report, options.out)
    say(f"\n没办成的对话逐字在 {options.out}")
    return 0 if report.good else 1


async def _run(options: argparse.Namespace) -> Report:
    began = time.monotonic()
    policies = PolicyFile(path=ROOT / "data/knowledge/policies.yml")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhanggui-simulate-")))
        url = (
            await stack.enter_async_context(postgres(options.postgres))
            if options.postgres
            else None
        )
        times = 1 + options.count // _A_SHOP_SERVES
        async with ticking("启动") as ticker:
            files = enlarge(ROOT / "data/shop", folder / "shop", times=times)
            running = await stack.enter_async_context(house(folder, files=files, database_url=url))
            ticker.note = f"{len(running.customers)} 位顾客"
        books = Books(database=running.database, policies=policies)
        found = await scenes(books, running.customers)
        parts = plan(
            found,
            aims=possible_aims(options.goal),
            manners=manners(options.persona),
            count=options.count,
            seed=options.seed,
        )
        strangers = {customer: scene.strangers for customer, scene in found.items()}
        players = Players(
            house=running, books=books, bank=Bank.load(), seed=options.seed, strangers=strangers
        )
        before = await players.everything()
        await _until_signalled(players, parts, options.workers)
        played = {one.part.customer for one in players.played}
        strange = untouched(before, await players.everything(), played)
        return Report(
            played=players.played,
            skipped=len(players.skipped),
            strange=tuple(strange),
            seconds=time.monotonic() - began,
            command=" ".join(["python -m bench.simulate", *sys.argv[1:]]),
        )


async def _until_signalled(players: Players, parts: Sequence[Part], workers: int) -> None:
    """Play; SIGINT and SIGTERM end it, and what was played is kept."""
    async with ticking("对话") as ticker:

        def told() -> None:
            failed = sum(one.verdict.outcome is Outcome.FAILED for one in players.played)
            wrong = sum(bool(p.verdict.wrong or p.verdict.doubled) for p in players.played)
            ticker.note = f"{len(players.played)}/{len(parts)}，失败 {failed}，办错 {wrong}"

        task = asyncio.ensure_future(players.play(parts, workers=workers, told=told))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


if __name__ == "__main__":
    raise SystemExit(main())
