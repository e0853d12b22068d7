"""A house whose orders and parcels are in other people's systems, which can be made to fail."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from conversations.customers import CustomerIdentities
from conversations.database import utc_now
from conversations.keys import ConversationKey
from shop.fakes.faults import Fault
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import FakeTop
from shop.fakes.worlds import fill, open_uid
from shop.remote import FAILURES as BREAKER_LIMIT
from shop.settings import System
from shop.sql import sql_shop
from tests.e2e.talks.stage import Stage, staged
from tests.shop.systems.standing import system_settings
from tests.shop.systems.support import fake_kuaidi100, fake_top

COPIES = 20
_FOR_EVER = 500


@dataclass
class Outside:
    """A stage whose orders Taobao has, and whose parcels Kuaidi100 knows."""

    stage: Stage
    top: FakeTop
    kuaidi100: FakeKuaidi100

    @property
    def taobao(self) -> deque[Fault]:
        """What the next calls to Taobao will meet."""
        return self.top.faults

    @property
    def parcels(self) -> deque[Fault]:
        """What the next calls to Kuaidi100 will meet."""
        return self.kuaidi100.faults

    def break_down(self, faults: deque[Fault], fault: Fault) -> None:
        """From now on every call there meets that fault."""
        faults.extend([fault] * _FOR_EVER)

    async def come_back(self) -> None:
        """From now on every call is answered, and the actions have forgotten the failures."""
        met = [_FOR_EVER - len(faults) for faults in (self.taobao, self.parcels) if faults]
        for faults in (self.taobao, self.parcels):
            faults.clear()
        if any(count >= BREAKER_LIMIT for count in met):
            await self.stage.restart("actions")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _outside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    top, kuaidi100 = fake_top(utc_now), fake_kuaidi100(utc_now)
    folder = tmp_path_factory.mktemp("outside")
    settings = system_settings(top, kuaidi100, orders=System.TAOBAO, parcels=System.KUAIDI100)
    async with settings as env, staged(folder, settings_of_shop=env, copies=COPIES) as stage:
        database = stage.house.database
        people = [customer for copies in stage.cast.values() for customer in copies]
        truth = sql_shop(database, policies=stage.books.policies)
        await fill(truth, top, kuaidi100, people)
        await CustomerIdentities(database=database).link(
            [(ConversationKey("taobao", "main", open_uid(one)), one) for one in people]
        )
        yield Outside(stage, top, kuaidi100)


@pytest_asyncio.fixture(loop_scope="session")
async def outside(_outside: Outside) -> AsyncIterator[Outside]:
    """The house with outside systems, whole again afterwards."""
    yield _outside
    await _outside.come_back()
