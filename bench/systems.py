"""The two sides as running processes on loopback: an action server and a Rasa server each."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import aiohttp
import psutil
import sqlalchemy as sa

from bench.training import ROOT, BenchFailed, child, python_env, tail
from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.keys import ConversationKey
from deploy.database import upgrade
from shop import schema
from shop.demo import load_demo

START_SECONDS = 300
SENDERS = 20_000
"""How many conversations of stock Rasa are linked to a customer beforehand."""


class Side(Enum):
    """Who is measured. FLOOR is Rasa with one rule and one fixed answer, in memory."""

    STOCK = "stock"
    OURS = "ours"
    FLOOR = "floor"


@dataclass(frozen=True)
class System:
    """One side, ready to be started. `home` gets its database, logs and memory."""

    side: Side
    model: Path
    home: Path
    database: Path | None
    channel: str = "connectors.web.channel.WebInput"

    @property
    def durable_file(self) -> Path:
        """Where stock Rasa keeps its trackers."""
        return self.home / "trackers.db"


@dataclass(frozen=True)
class Running:
    """A started side. `processes` are named `rasa` and `actions`."""

    side: Side
    url: str
    processes: dict[str, psutil.Process]
    began: float

    def memory(self) -> dict[str, int]:
        """Resident bytes of each process, children included."""
        return {
            name: sum(one.memory_info().rss for one in _family(process))
            for name, process in self.processes.items()
        }

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each process has used so far, children included."""
        return {
            name: sum(sum(one.cpu_times()[:2]) for one in _family(process))
            for name, process in self.processes.items()
        }


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def sender(number: int) -> ConversationKey:
    """Who conversation `number` is towards stock Rasa, whose sender ids are taken on trust."""
    return ConversationKey("web", "shop", f"bench{number}")


@dataclass(frozen=True)
class Shop:
    """A prepared database, to be copied, and the customers in it that have orders."""

    database: Path
    customers: tuple[str, ...]


async def prepare_shop(folder: Path) -> Shop:
    """The demo shop in a database, and the stock side's sender ids linked to its customers."""
    path = folder / "shop.db"
    database = Database.from_url(f"sqlite:///{path}")
    try:
        await upgrade(database)
        summary = await load_demo(database, data_dir=ROOT / "data/shop")
        identities = CustomerIdentities(database=database)
        await identities.link(summary.identities)
        known = {customer for _, customer in summary.identities}
        async with database.read() as connection:
            rows = await connection.execute(sa.select(schema.orders.c.customer_id).distinct())
            customers = tuple(sorted(known.intersection(rows.scalars())))
        await identities.link([(sender(n), customers[n % len(customers)]) for n in range(SENDERS)])
    finally:
        await database.close()
    return Shop(database=path, customers=customers)


@asynccontextmanager
async def running(system: System) -> AsyncIterator[Running]:
    """Start both processes at once; serve while the block runs; end them whatever happens.

    The block begins as soon as Rasa's port answers.
    """
    system.home.mkdir(parents=True, exist_ok=True)
    rasa_port, actions_port = free_ports(2)
    url = f"http://127.0.0.1:{rasa_port}"
    env = python_env(
        ZHANGGUI_DEMO="1",
        ZHANGGUI_SECRET=secrets.token_hex(32),
        ZHANGGUI_ACTIONS_SECRET=secrets.token_hex(32),
        ZHANGGUI_ACTIONS_PORT=str(actions_port),
        ZHANGGUI_ACTIONS_URL=f"http://127.0.0.1:{actions_port}/webhook",
        ZHANGGUI_RASA_URL=url,
        DATABASE_URL=f"sqlite:///{_own_copy(system)}",
        BENCH_TRACKER_DB=str(system.durable_file),
        BENCH_STAGES=str(system.home / "stages.json"),
    )
    python = (sys.executable, "-W", "ignore", "-m")
    commands = {
        "rasa": (
            *python, "rasa", "run", "--interface", "127.0.0.1", "--port", str(rasa_port),
            "--model", str(system.model), *_settings(system),
        )
    }  # fmt: skip
    if system.database is not None:
        commands["actions"] = (*python, "actions.server")
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        started = {
            name: await stack.enter_async_context(
                child(*command, cwd=ROOT, env=env, log=system.home / f"{name}.log")
            )
            for name, command in commands.items()
        }
        await _ready(system, started["rasa"], f"{url}/webhooks/{_door(system)}/")
        yield Running(
            side=system.side,
            url=url,
            processes={name: psutil.Process(process.pid) for name, process in started.items()},
            began=began,
        )


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _own_copy(system: System) -> Path:
    """The side's own copy of the shop, fresh at each start."""
    copy = system.home / "zhanggui.db"
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    system.durable_file.unlink(missing_ok=True)
    if system.database is not None:
        shutil.copy(system.database, copy)
    return copy


def _settings(system: System) -> Sequence[str]:
    if system.side is Side.OURS:
        credentials = system.home / "credentials.yml"
        credentials.write_text(f"{system.channel}:\n  account: shop\n", encoding="utf-8")
        endpoints = ROOT / "endpoints.yml"
    else:
        credentials = ROOT / "bench" / system.side.value / "credentials.yml"
        endpoints = ROOT / "bench" / system.side.value / "endpoints.yml"
    return ("--credentials", str(credentials), "--endpoints", str(endpoints))


def _door(system: System) -> str:
    return "web" if system.side is Side.OURS else "rest"


async def _ready(system: System, process: asyncio.subprocess.Process, health: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    log = system.home / "rasa.log"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        while True:
            try:
                async with session.get(health) as response:
                    if response.status < 500:
                        return
            except (aiohttp.ClientError, asyncio.TimeoutError):
                pass
            if process.returncode is not None or time.monotonic() > deadline:
                raise BenchFailed(
                    f"{system.side.value}: Rasa 没有启动，日志最后几行：\n{tail(log)}"
                )
            await asyncio.sleep(0.1)
