"""The real processes over a shop of their own, on free ports and in a folder of their own."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bench.systems import free_ports
from bench.training import ROOT
from conversations.customers import CustomerIdentities
from conversations.database import Database
from deploy.database import upgrade
from deploy.demo import START_SECONDS, DemoSettings, environment, programs
from deploy.processes import Processes
from shop.demo import load_demo

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
_SERVING = ("actions", "rasa")
_OURS = ("ZHANGGUI_", "DATABASE_", "REDIS_")


@dataclass(frozen=True)
class House:
    """A running house: where its web channel is, and its database, to be looked at only."""

    url: str
    database: Database
    customers: tuple[str, ...]
    log: Path
    processes: Processes


@asynccontextmanager
async def house(
    folder: Path,
    *,
    files: Path,
    database_url: str | None = None,
    settings_of_shop: Mapping[str, str] | None = None,
) -> AsyncIterator[House]:
    """Prepare the shop, start bot and actions, stop both at the end.

    Args:
        folder: for database and logs.
        files: the shop's, as `data/shop` has them.
        database_url: an empty database; None: SQLite in the folder.
        settings_of_shop: `ZHANGGUI_SHOP_*`, where the shop's systems are not its own tables.

    Raises:
        ZhangguiError: a process did not come up; the text holds the end of its log.
    """
    rasa, actions, desk, simulator = free_ports(4)
    settings = DemoSettings(
        home=folder, rasa_port=rasa, actions_port=actions, desk_port=desk, simulator_port=simulator
    )
    own = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    url = database_url or settings.database_url
    given = {**own, **(settings_of_shop or {}), "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    env = environment(settings, given)
    database = Database.from_url(url)
    serving = [program for program in programs(settings) if program.name in _SERVING]
    processes = Processes(programs=serving, env=env, log_dir=folder / "log")
    try:
        await upgrade(database)
        summary = await load_demo(database, data_dir=files)
        await CustomerIdentities(database=database).link(summary.identities)
        await processes.start(seconds=START_SECONDS, told=lambda _: None)
        yield House(
            url=f"http://127.0.0.1:{rasa}",
            database=database,
            customers=tuple(dict.fromkeys(customer for _, customer in summary.identities)),
            log=folder / "log",
            processes=processes,
        )
    finally:
        await processes.stop()
        await database.close()


@asynccontextmanager
async def postgres(server: str) -> AsyncIterator[str]:
    """A new database on that PostgreSQL server, dropped at the end; gives its URL."""
    name = f"zhanggui_simulate_{secrets.token_hex(4)}"
    engine = create_async_engine(
        make_url(server).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT"
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            async with engine.connect() as connection:
                await connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        await engine.dispose()
