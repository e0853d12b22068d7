"""Houses whose orders or parcels are in somebody else's system, which can be made to fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from conversations.customers import CustomerIdentities
from conversations.database import utc_now
from conversations.keys import ConversationKey
from shop.fakes.faults import Fault
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import FakeTop
from shop.settings import System
from shop.sql import sql_shop
from tests.e2e.talks.stage import Stage, staged
from tests.shop.systems.standing import fill, open_uid, system_settings
from tests.shop.systems.support import fake_kuaidi100, fake_top

COPIES = 8


@dataclass
class Outside:
    """A stage, and the systems behind its shop."""

    stage: Stage
    top: FakeTop
    kuaidi100: FakeKuaidi100

    def break_down(self, fault: Fault) -> None:
        """From now on every call meets that fault."""
        for fake in (self.top, self.kuaidi100):
            fake.faults.extend([fault] * 500)

    def once(self, fault: Fault) -> None:
        """The next call meets that fault."""
        for fake in (self.top, self.kuaidi100):
            fake.faults.append(fault)

    async def come_back(self) -> None:
        """From now on every call is answered, and new actions remember no failure."""
        for fake in (self.top, self.kuaidi100):
            fake.faults.clear()
        await self.stage.restart("actions")


@asynccontextmanager
async def _outside(folder: Path, *, orders: System, parcels: System) -> AsyncIterator[Outside]:
    top, kuaidi100 = fake_top(utc_now), fake_kuaidi100(utc_now)
    settings = system_settings(top, kuaidi100, orders=orders, parcels=parcels)
    async with settings as env, staged(folder, settings_of_shop=env, copies=COPIES) as stage:
        database = stage.house.database
        people = [customer for copies in stage.cast.values() for customer in copies]
        truth = sql_shop(database, policies=stage.books.policies)
        await fill(truth, top, kuaidi100, people)
        await CustomerIdentities(database=database).link(
            [(ConversationKey("taobao", "main", open_uid(one)), one) for one in people]
        )
        yield Outside(stage, top, kuaidi100)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def with_kuaidi100(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    """Own orders, parcels of Kuaidi100."""
    folder = tmp_path_factory.mktemp("kuaidi100")
    async with _outside(folder, orders=System.SQL, parcels=System.KUAIDI100) as outside:
        yield outside


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def with_taobao(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    """Orders and parcels of Taobao."""
    folder = tmp_path_factory.mktemp("taobao")
    async with _outside(folder, orders=System.TAOBAO, parcels=System.TAOBAO) as outside:
        yield outside


@pytest_asyncio.fixture(loop_scope="session")
async def parcels_outside(with_kuaidi100: Outside) -> AsyncIterator[Outside]:
    """`with_kuaidi100`, whole again afterwards."""
    yield with_kuaidi100
    await with_kuaidi100.come_back()


@pytest_asyncio.fixture(loop_scope="session")
async def orders_outside(with_taobao: Outside) -> AsyncIterator[Outside]:
    """`with_taobao`, whole again afterwards."""
    yield with_taobao
    await with_taobao.come_back()
