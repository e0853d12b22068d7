"""A database with the shop's tables only, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Database
from shop import schema
from shop.gateway import Shop
from shop.policies import Policy, load_policy
from shop.sql import sql_shop
from tests.conftest import fresh_postgres
from tests.shop.world import NOW, POLICIES, FakeClock


@pytest.fixture(scope="session")
def shop_postgres_url(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database of this session's own, with the shop's tables."""
    with fresh_postgres(postgres_url) as url:
        _at_once(url, _with_tables)
        yield url


@pytest.fixture(scope="session")
def shop_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the shop's tables, to be copied."""
    path = tmp_path_factory.mktemp("shop") / "empty.db"
    _at_once(f"sqlite:///{path}", _with_tables)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database of either kind with empty tables is."""
    if request.param == "sqlite":
        path = tmp_path / "shop.db"
        shutil.copy(request.getfixturevalue("shop_sqlite_file"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("shop_postgres_url")
    _at_once(url, _emptied)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the shop's tables, empty."""
    database = Database.from_url(database_url)
    yield database
    await database.close()


def _at_once(url: str, work: Callable[[AsyncConnection], Awaitable[object]]) -> None:
    """Do something with a database outside of any event loop."""

    async def do() -> None:
        database = Database.from_url(url)
        try:
            async with database.write() as connection:
                await work(connection)
        finally:
            await database.close()

    asyncio.run(do())


async def _with_tables(connection: AsyncConnection) -> None:
    await connection.run_sync(schema.metadata.create_all)


async def _emptied(connection: AsyncConnection) -> None:
    names = ", ".join(table.name for table in schema.metadata.sorted_tables)
    await connection.execute(sa.text(f"TRUNCATE {names} CASCADE"))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(POLICIES)


@pytest.fixture
def shop(database: Database, clock: FakeClock, policy: Policy) -> Shop:
    return sql_shop(database, policies=lambda: policy, clock=clock)
