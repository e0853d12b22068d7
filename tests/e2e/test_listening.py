"""The listening process itself: what it hears is answered elsewhere, and no end of it loses any."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from conversations.customers import CustomerIdentities
from conversations.database import Database, utc_now
from deploy.demo import prepare
from shop.configured import configured_shop
from shop.fakes.faults import Fault
from shop.fakes.happenings import Happenings
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import FakeTop
from shop.fakes.worlds import fill
from shop.gateway import Shop
from shop.policies import PolicyFile
from shop.settings import ShopSettings, System
from shop.sql import sql_shop
from shop.types import OrderState, ReturnState
from tests.servers import free_port
from tests.shop.systems.standing import system_settings
from tests.shop.systems.support import fake_kuaidi100, fake_top
from tests.shop.world import POLICIES, ROOT

pytestmark = pytest.mark.e2e

SHIRT, WAYBILL = "4218860012340101001", "75812340101001"  # c-lin's, under way
DRESS = "4218860012340111001"  # c-return's, on its way back


@dataclass
class Outside:
    """Two platforms, the process that listens to them, and a gateway that is not in it."""

    top: FakeTop
    kuaidi100: FakeKuaidi100
    happenings: Happenings
    shop: Shop
    truth: Shop
    database: Database
    url: str
    env: dict[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the process and wait until it serves."""
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "ignore", "-m", "connectors.systems"),
                cwd=ROOT,
                env=self.env,
                stdout=output,
                stderr=output,
            )
        await self.until(self._serves)

    async def end(self, number: signal.Signals) -> int:
        """Send it that signal; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 10)

    async def until(self, happened: Callable[[], object | Awaitable[object]]) -> None:
        """Wait until that is so."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = happened()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    async def returned(self) -> ReturnState:
        """Where c-return's dress is on its way back."""
        found = await self.shop.after_sales.returns("c-return")
        return next(back.state for back in found if back.order_id == DRESS)

    async def _serves(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.url}/health") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    database = Database.from_url(f"sqlite:///{tmp_path / 'zhanggui.db'}")
    await prepare(database, platforms=True)
    policies = PolicyFile(path=POLICIES)
    truth = sql_shop(database, policies=policies)
    top, kuaidi100 = fake_top(utc_now), fake_kuaidi100(utc_now)
    await fill(truth, top, kuaidi100, ["c-lin", "c-return"])
    url = f"http://127.0.0.1:{(port := free_port())}"
    async with system_settings(
        top, kuaidi100, orders=System.TAOBAO, parcels=System.KUAIDI100
    ) as settings:
        settings["ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL"] = f"{url}/webhooks/kuaidi100"
        gateway = configured_shop(
            ShopSettings.from_env(settings),
            database=database,
            policies=policies,
            keys_of=CustomerIdentities(database=database).keys_of,
        )
        standing = Outside(
            top=top,
            kuaidi100=kuaidi100,
            happenings=Happenings(top=top, kuaidi100=kuaidi100),
            shop=gateway.shop,
            truth=truth,
            database=database,
            url=url,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("ZHANGGUI_")},
                **settings,
                "ZHANGGUI_SYSTEMS_PORT": str(port),
                "DATABASE_URL": f"sqlite:///{tmp_path / 'zhanggui.db'}",
                "PYTHONPATH": str(ROOT),
                "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            },
            log=tmp_path / "systems.log",
        )
        await standing.start()
        try:
            yield standing
        finally:
            if standing.process is not None and standing.process.returncode is None:
                await standing.end(signal.SIGKILL)
            await gateway.close()
    await database.close()


async def test_a_push_changes_what_another_process_answers(outside: Outside) -> None:
    await outside.until(lambda: WAYBILL in outside.kuaidi100.subscriptions)
    [before] = await outside.shop.logistics.parcels("c-lin", SHIRT)
    assert outside.kuaidi100.queries == [WAYBILL]
    outside.happenings.move(WAYBILL)
    assert await outside.kuaidi100.push(WAYBILL) == 1
    [after] = await outside.shop.logistics.parcels("c-lin", SHIRT)
    assert before.newest is not None and after.newest is not None
    assert "营业点" in after.newest.text and after.newest != before.newest
    assert outside.kuaidi100.queries == [WAYBILL]
    assert await outside.end(signal.SIGTERM) == 0
    said = outside.log.read_text(encoding="utf-8")
    assert WAYBILL not in said and SHIRT not in said


async def test_a_message_brings_the_copied_order_up_to_date(outside: Outside) -> None:
    outside.happenings.change_trade(int(SHIRT), "confirm")
    await outside.until(lambda: outside.top.confirmed)
    order = await outside.truth.orders.order("c-lin", SHIRT)
    assert order is not None and order.state is OrderState.FINISHED


async def test_told_to_end_while_it_handles_a_message_it_finishes_and_confirms(
    outside: Outside,
) -> None:
    await outside.until(lambda: outside.top.accounts[0].topics is not None)
    refund = str(outside.happenings.refunds_of(int(DRESS))[0]["refund_id"])
    assert await outside.returned() is ReturnState.IN_TRANSIT
    asked = len(outside.top.calls)
    # Every call from now on takes a while: it is told to end in the middle of the first question.
    outside.top.faults.extend([Fault(delay=0.4)] * 20)
    outside.happenings.change_refund(refund, "refund")
    await outside.until(lambda: "taobao.refund.get" in outside.top.calls[asked:])
    assert outside.top.confirmed == []
    assert await outside.end(signal.SIGTERM) == 0
    assert len(outside.top.confirmed) == 1
    assert await outside.returned() is ReturnState.REFUNDED


async def test_killed_while_it_handles_a_message_the_next_one_handles_it(
    outside: Outside,
) -> None:
    await outside.until(lambda: outside.top.accounts[0].topics is not None)
    refund = str(outside.happenings.refunds_of(int(DRESS))[0]["refund_id"])
    asked = len(outside.top.calls)
    outside.top.faults.extend([Fault(delay=0.4)] * 20)
    outside.happenings.change_refund(refund, "refund")
    await outside.until(lambda: "taobao.refund.get" in outside.top.calls[asked:])
    await outside.end(signal.SIGKILL)
    assert await outside.returned() is ReturnState.IN_TRANSIT
    assert outside.top.confirmed == []
    outside.top.faults.clear()
    for message in outside.top.messages:
        message.hidden_until = None  # two minutes later
    await outside.start()
    await outside.until(lambda: outside.top.confirmed)
    assert await outside.returned() is ReturnState.REFUNDED


async def test_told_to_end_while_a_push_is_written_it_answers_first(outside: Outside) -> None:
    await outside.until(lambda: WAYBILL in outside.kuaidi100.subscriptions)
    # As long as somebody else writes, the push has to wait.
    async with outside.database.write():
        outside.happenings.move(WAYBILL)
        push = asyncio.create_task(outside.kuaidi100.push(WAYBILL))
        await asyncio.sleep(0.5)
        assert outside.process is not None
        outside.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        assert not push.done()
    assert await push == 1  # read at the first try
    assert await asyncio.wait_for(outside.process.wait(), 10) == 0
    [parcel] = await outside.truth.logistics.parcels("c-lin", SHIRT)
    assert parcel.newest is not None and "营业点" in parcel.newest.text
