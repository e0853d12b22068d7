"""A database with the shop's tables only, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from conversations.database import Database
from shop import schema
from shop.gateway import Shop
from shop.policies import Policy, load_policy
from shop.sql import sql_shop
from tests.conftest import fresh_postgres
from tests.shop.world import NOW, POLICIES, FakeClock


@pytest.fixture(scope="session")
def shop_postgres_url(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database of this session's own, without tables."""
    with fresh_postgres(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    url: str = request.getfixturevalue("shop_postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database with the shop's tables."""
    database = Database.from_url(database_url)
    async with database.write() as connection:
        await connection.run_sync(schema.metadata.create_all)
    yield database
    async with database.write() as connection:
        await connection.run_sync(schema.metadata.drop_all)
    await database.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(POLICIES)


@pytest.fixture
def shop(database: Database, clock: FakeClock, policy: Policy) -> Shop:
    return sql_shop(database, policies=lambda: policy, clock=clock)
