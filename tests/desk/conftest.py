"""The desk, really served, over a SQLite file of its own and a shop in memory."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

import conversations.schema
import desk.schema
from conversations.changes import LocalDoorbell
from conversations.database import Database
from desk.accounts import Accounts, Role
from desk.app import create_app
from desk.passwords import Passwords
from tests.desk.fakes import FakeShop, fake_shop
from tests.desk.scenes import HandClock, Scenes

PASSWORD = "zhanggui-2024"
STAFF = [
    ("xiaowang", "小王", Role.AGENT),
    ("xiaoli", "小李", Role.AGENT),
    ("laozhou", "老周", Role.TRAINER),
    ("zhanggui", "掌柜", Role.SUPERVISOR),
]

SignIn = Callable[[str], Awaitable[TestClient]]


def cheap_passwords() -> Passwords:
    """Argon2 as fast as it goes: tests hash a lot."""
    return Passwords(hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def create_tables(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(conversations.schema.metadata.create_all)
        await connection.run_sync(desk.schema.metadata.create_all)


async def hire(database: Database) -> None:
    accounts = Accounts(database=database, passwords=cheap_passwords())
    for id, name, role in STAFF:
        await accounts.ensure(id=id, name=name, role=role, password=PASSWORD)


@pytest.fixture(scope="session")
def desk_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables and the staff, to be copied."""
    path = tmp_path_factory.mktemp("desk") / "desk.db"

    async def build() -> None:
        database = Database.from_url(f"sqlite:///{path}")
        await create_tables(database)
        await hire(database)
        await database.close()

    asyncio.run(build())
    return path


@pytest.fixture
async def desk_database(desk_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "desk.db"
    shutil.copy(desk_template, path)
    database = Database.from_url(f"sqlite:///{path}")
    yield database
    await database.close()


@pytest.fixture
def scenes(desk_database: Database, clock: HandClock) -> Scenes:
    return Scenes(database=desk_database, clock=clock)


@pytest.fixture
def clock() -> HandClock:
    """The time of the desk and of its scenes: moved by tests about limits and sessions."""
    return HandClock(datetime.now(timezone.utc))


@pytest.fixture
def shop() -> FakeShop:
    return fake_shop()


@pytest.fixture
async def server(
    desk_database: Database, shop: FakeShop, clock: HandClock
) -> AsyncIterator[TestServer]:
    app = create_app(
        database=desk_database,
        shop=shop.bundle(),
        doorbell=LocalDoorbell(),
        passwords=cheap_passwords(),
        poll=0.05,
        heartbeat=0.2,
        clock=clock,
    )
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def visitor(server: TestServer) -> AsyncIterator[TestClient]:
    """Somebody who has not signed in."""
    client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
    yield client
    await client.close()  # the responses too; the server ends with the first


@pytest.fixture
async def signed_in(server: TestServer) -> AsyncIterator[SignIn]:
    """Sign in as one of the staff; gives a client with that session."""
    clients = []

    async def enter(name: str) -> TestClient:
        client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
        clients.append(client)
        answer = await client.post("/api/session", json={"name": name, "password": PASSWORD})
        assert answer.status == 201, await answer.text()
        return client

    yield enter
    for client in clients:
        await client.close()  # the responses too; the server ends with the first


@pytest.fixture
async def agent(signed_in: SignIn) -> TestClient:
    """小王, signed in."""
    return await signed_in("xiaowang")
