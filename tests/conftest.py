"""What tests of several rooms share: a real database of their own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from hypothesis import settings

from conversations.database import Database
from deploy.database import upgrade
from tests import servers

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the journeys of tests/e2e/talks/journeys are written down."""
    default = Path(__file__).parents[1] / "var/journeys"
    parser.addoption("--journeys", type=Path, default=default, help="folder of the transcripts")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis server."""
    with servers.redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "zhanggui.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables, to be copied."""
    with fresh_postgres(postgres_url) as url:
        _upgrade(url)
        yield url.rpartition("/")[2]


@contextmanager
def fresh_postgres(server: str, *, template: str = "template1") -> Iterator[str]:
    """The URL of a database of its own, dropped at the end."""
    name = f"zhanggui_test_{uuid.uuid4().hex[:12]}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The house's tables, on both kinds of database."""
    if request.param == "sqlite":
        yield copied_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
        return
    template = request.getfixturevalue("postgres_template")
    with fresh_postgres(request.getfixturevalue("postgres_url"), template=template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database of `database_url`."""
    opened = Database.from_url(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """The house's tables on SQLite, for tests that do not care which database it is."""
    opened = Database.from_url(copied_sqlite(sqlite_template, tmp_path))
    yield opened
    await opened.close()


def copied_sqlite(template: Path, folder: Path) -> str:
    """The URL of a copy of `template` in `folder`."""
    path = folder / "zhanggui.db"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


def _upgrade(url: str) -> None:
    async def run() -> None:
        database = Database.from_url(url)
        try:
            await upgrade(database)
        finally:
            await database.close()

    asyncio.run(run())


def _execute(server: str, statement: str) -> None:
    connection = psycopg2.connect(server)
    try:
        connection.autocommit = True
        connection.cursor().execute(statement)
    finally:
        connection.close()
