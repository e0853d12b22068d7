"""The process that listens: what it hears is what every other process then answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from connectors.systems.listener import PUSHES, Listener
from conversations.database import Database
from shop import schema
from shop.configured import configured_shop
from shop.demo import load_demo
from shop.fakes.happenings import Happenings
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import FakeTop
from shop.fakes.worlds import as_copied, fill
from shop.gateway import Shop
from shop.kuaidi100.subscriptions import Subscriptions
from shop.policies import Policy, load_policy
from shop.settings import ShopSettings, System
from shop.sql import sql_shop
from shop.types import OrderState, Parcel
from tests.servers import free_port
from tests.shop.systems.standing import keys_of, system_settings
from tests.shop.systems.support import fake_kuaidi100, fake_top
from tests.shop.world import DATA_DIR, NOW, POLICIES, FakeClock

SHIRT, WAYBILL = "4218860012340101001", "75812340101001"  # c-lin's, under way
POLICY: Policy = load_policy(POLICIES)


@dataclass
class Ear:
    """A listener, the platforms it hears, and the gateway of another process."""

    listener: Listener
    url: str
    top: FakeTop
    kuaidi100: FakeKuaidi100
    happenings: Happenings
    shop: Shop
    database: Database
    clock: FakeClock

    async def parcel(self) -> Parcel:
        """The shirt's parcel as the other process answers."""
        [found] = await self.shop.logistics.parcels("c-lin", SHIRT)
        return found

    async def push(self, form: dict[str, str]) -> int:
        """Post it as Kuaidi100 does; the status of the answer."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}{PUSHES}", data=form) as answer,
        ):
            return answer.status

    async def health(self) -> dict[str, object]:
        """What the listener says of itself."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/health") as answer:
            body: dict[str, object] = await answer.json()
            return body


@asynccontextmanager
async def listening(
    folder: Path, *, orders: System = System.TAOBAO, parcels: System = System.KUAIDI100
) -> AsyncIterator[Ear]:
    """A listener that is not running yet, but whose application serves."""
    database_url, clock, port = f"sqlite:///{folder / 'shop.db'}", FakeClock(NOW), free_port()
    ours, theirs = Database.from_url(database_url), Database.from_url(database_url)
    async with ours.write() as connection:
        await connection.run_sync(schema.metadata.create_all)
    await load_demo(ours, data_dir=DATA_DIR, clock=clock, arrange=as_copied)
    top, kuaidi100 = fake_top(clock), fake_kuaidi100(clock)
    await fill(sql_shop(ours, policies=lambda: POLICY, clock=clock), top, kuaidi100, ["c-lin"])
    url = f"http://127.0.0.1:{port}"
    async with system_settings(top, kuaidi100, orders=orders, parcels=parcels) as env:
        env["ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL"] = f"{url}{PUSHES}"
        settings = ShopSettings.from_env(env)
        listener = listener_of(settings, ours, clock)
        gateway = configured_shop(
            settings, database=theirs, policies=lambda: POLICY, keys_of=keys_of, clock=clock
        )
        server = TestServer(listener.app(), port=port)
        await server.start_server()
        happenings = Happenings(top=top, kuaidi100=kuaidi100, clock=clock)
        try:
            yield Ear(listener, url, top, kuaidi100, happenings, gateway.shop, ours, clock)
        finally:
            await server.close()
            await listener.close()
            await gateway.close()
            await ours.close()
            await theirs.close()


def listener_of(settings: ShopSettings, database: Database, clock: FakeClock) -> Listener:
    """A listener that looks for messages often."""
    return Listener(
        settings,
        database=database,
        policies=lambda: POLICY,
        keys_of=keys_of,
        clock=clock,
        tmc_pause=0.05,
    )


@asynccontextmanager
async def run(listener: Listener) -> AsyncIterator[None]:
    """The listener runs meanwhile."""
    task = asyncio.create_task(listener.run())
    try:
        yield
    finally:
        listener.stop()
        await asyncio.wait_for(task, 5)


async def until(happened: Callable[[], object]) -> None:
    for _ in range(250):
        if happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within 5 s")


@pytest.mark.parametrize("orders", [System.SQL, System.TAOBAO])
async def test_a_push_is_what_another_process_answers_without_asking(
    tmp_path: Path, orders: System
) -> None:
    async with listening(tmp_path, orders=orders) as ear, run(ear.listener):
        await until(lambda: WAYBILL in ear.kuaidi100.subscriptions)
        before = await ear.parcel()
        assert ear.kuaidi100.queries == [WAYBILL]  # nobody had told; it is in the cache now
        ear.clock.now = ear.clock.now.replace(microsecond=0)
        ear.happenings.move(WAYBILL)
        assert await ear.kuaidi100.push(WAYBILL) == 1
        after = await ear.parcel()
    assert before.newest is not None and after.newest is not None
    assert after.newest.text == "快件已到达【北京市】营业点"
    assert before.newest.text != after.newest.text
    assert (after.as_of, ear.kuaidi100.queries) == (ear.clock.now, [WAYBILL])


async def test_what_was_pushed_is_answered_by_a_process_that_never_asked(tmp_path: Path) -> None:
    async with listening(tmp_path) as ear, run(ear.listener):
        await until(lambda: WAYBILL in ear.kuaidi100.subscriptions)
        ear.happenings.move(WAYBILL)
        await ear.kuaidi100.push(WAYBILL)
        parcel = await ear.parcel()
        assert parcel.newest is not None
        assert "营业点" in parcel.newest.text
        assert ear.kuaidi100.queries == []


async def test_messages_and_pushes_are_heard_side_by_side(tmp_path: Path) -> None:
    async with listening(tmp_path) as ear, run(ear.listener):
        ear.happenings.change_trade(int(SHIRT), "confirm")
        await until(lambda: ear.top.confirmed)
        await until(lambda: WAYBILL in ear.kuaidi100.subscriptions)
        own = sql_shop(
            Database.from_url(f"sqlite:///{tmp_path / 'shop.db'}"), policies=lambda: POLICY
        )
        order = await own.orders.order("c-lin", SHIRT)
        assert order is not None and order.state is OrderState.FINISHED
        assert await ear.health() == {
            "status": "ok",
            "systems": {"Taobao": "closed", "Kuaidi100": "closed"},
            "expired_accounts": [],
        }
    assert ear.top.accounts[0].topics == ""  # all that the application subscribed to


async def test_taobao_alone_has_no_address_for_pushes(tmp_path: Path) -> None:
    async with listening(tmp_path, parcels=System.TAOBAO) as ear:
        assert await ear.push({"sign": "", "param": ""}) == 404


async def test_an_unsigned_push_is_refused(tmp_path: Path) -> None:
    async with listening(tmp_path) as ear:
        form = {"sign": "0" * 32, "param": ear.kuaidi100.push_param(WAYBILL)}
        assert await ear.push(form) == 403


async def test_without_a_callback_address_nothing_is_subscribed_and_it_says_so_once(
    tmp_path: Path,
) -> None:
    clock = FakeClock(NOW)
    database = Database.from_url(f"sqlite:///{tmp_path / 'shop.db'}")
    async with database.write() as connection:
        await connection.run_sync(schema.metadata.create_all)
    top, kuaidi100 = fake_top(clock), fake_kuaidi100(clock)
    async with system_settings(top, kuaidi100, orders=System.SQL, parcels=System.KUAIDI100) as env:
        listener = listener_of(ShopSettings.from_env(env), database, clock)
        with capture_logs() as logs:
            async with run(listener):
                await asyncio.sleep(0.2)
        await listener.close()
    await database.close()
    said = [entry["reason"] for entry in logs if entry["event"] == "systems.not_subscribing"]
    assert len(said) == 1 and "ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL" in said[0]


async def test_a_fault_of_ours_ends_it_instead_of_leaving_half_of_it_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(subscriptions: Subscriptions) -> None:
        raise KeyError

    monkeypatch.setattr(Subscriptions, "run", broken)
    async with listening(tmp_path) as ear:
        with pytest.raises(KeyError):
            await asyncio.wait_for(ear.listener.run(), 5)
