"""The shop's tables on SQLite, copied: what is told apart by database is in test_notices.py."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conversations.database import Database
from shop import schema
from shop.demo import load_demo
from tests.shop.world import DATA_DIR, NOW, FakeClock


async def make_tables(url: str, *, demo: bool) -> None:
    """All tables in an empty database, and the demo shop if wanted."""
    database = Database.from_url(url)
    async with database.write() as connection:
        await connection.run_sync(schema.metadata.create_all)
    if demo:
        await load_demo(database, data_dir=DATA_DIR, clock=FakeClock(NOW))
    await database.close()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "shop.db"
    asyncio.run(make_tables(f"sqlite:///{path}", demo=False))
    return path


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo shop, to be copied."""
    path = tmp_path_factory.mktemp("demo") / "shop.db"
    asyncio.run(make_tables(f"sqlite:///{path}", demo=True))
    return path


@pytest.fixture
def database_url(empty_file: Path, tmp_path: Path) -> str:
    """The empty tables."""
    return f"sqlite:///{shutil.copy(empty_file, tmp_path / 'shop.db')}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database of `database_url`."""
    opened = Database.from_url(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def demo(demo_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An open database with the demo shop."""
    opened = Database.from_url(f"sqlite:///{shutil.copy(demo_file, tmp_path / 'demo.db')}")
    yield opened
    await opened.close()
