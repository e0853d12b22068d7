"""The page of the fake platforms: what a person makes happen, the platforms tell by their rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from conversations.database import Database
from shop import schema
from shop.demo import load_demo
from shop.fakes.control import KUAIDI100, TAOBAO, Control, Person
from shop.fakes.kuaidi100 import FakeKuaidi100, Subscription
from shop.fakes.top import FakeTop
from shop.fakes.worlds import fill
from shop.kuaidi100.api import salt_of
from shop.kuaidi100.pushes import push_handler
from shop.kuaidi100.states import Push
from shop.policies import Policy
from shop.sql import sql_shop
from shop.types import ParcelState
from tests.shop.systems.support import PUSH_SECRET, Taobao, fake_kuaidi100, fake_top, served
from tests.shop.world import DATA_DIR, NOW, FakeClock

SHIRT, WAYBILL = "4218860012340101001", "75812340101001"  # c-lin's, under way
UNPAID = "c-unpaid"


@dataclass
class Heard:
    """A sink of pushes."""

    pushes: list[Push]

    async def record(self, push: Push) -> bool:
        self.pushes.append(push)
        return True


@dataclass
class Board:
    """The switchboard over the demo's orders, and who hears of it."""

    url: str
    callback: str
    top: FakeTop
    kuaidi100: FakeKuaidi100
    heard: Heard
    clock: FakeClock
    session: aiohttp.ClientSession

    async def click(self, path: str, *, status: int = 200, **headers: str) -> None:
        """Press a button of the page."""
        async with self.session.post(f"{self.url}/api{path}", json={}, headers=headers) as answer:
            assert answer.status == status, await answer.text()

    async def get(self, path: str) -> Any:
        """What the page reads."""
        async with self.session.get(f"{self.url}/api{path}") as answer:
            assert answer.status == 200
            return await answer.json()

    async def notes(self) -> str:
        """All that happened."""
        return "\n".join(note["text"] for note in (await self.get("/state"))["notes"])

    async def trade(self, person: str, number: int = 0) -> Any:
        """A trade as the page shows it, the newest first."""
        return (await self.get(f"/people/{person}"))["trades"][number]

    def subscribe(self, *, callback: str = "") -> None:
        """The shop subscribed the shirt's parcel."""
        salt = salt_of(WAYBILL, secret=PUSH_SECRET)
        address = callback or self.callback
        self.kuaidi100.subscriptions[WAYBILL] = Subscription(WAYBILL, address, salt)


@pytest.fixture
async def board(tmp_path: Path, policy: Policy) -> AsyncIterator[Board]:
    clock = FakeClock(NOW)
    database = Database.from_url(f"sqlite:///{tmp_path / 'demo.db'}")
    async with database.write() as connection:
        await connection.run_sync(schema.metadata.create_all)
    await load_demo(database, data_dir=DATA_DIR, clock=clock)
    never = asyncio.Event()

    async def for_ever(seconds: float) -> None:
        await never.wait()

    top, kuaidi100 = fake_top(clock), fake_kuaidi100(clock, sleep=for_ever)
    people = [Person("c-lin", "晓晓"), Person(UNPAID, "小明")]
    truth = sql_shop(database, policies=lambda: policy, clock=clock)
    await fill(truth, top, kuaidi100, [person.id for person in people])
    await database.close()
    control = Control(top=top, kuaidi100=kuaidi100, people=people, clock=clock)
    heard = Heard([])
    callback = web.Application()
    callback.router.add_post("/push", push_handler(secret=PUSH_SECRET, sink=heard))
    async with (
        served(control.app()) as url,
        served(callback) as address,
        aiohttp.ClientSession() as session,
    ):
        yield Board(url, f"{address}/push", top, kuaidi100, heard, clock, session)


async def until(happened: Callable[[], object]) -> None:
    for _ in range(250):
        if happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within 5 s")


async def test_a_parcel_goes_step_by_step_and_each_is_pushed(board: Board) -> None:
    board.subscribe()
    seen = []
    while (step := (await board.trade("c-lin"))["parcels"][0]["next"]) is not None:
        seen.append(step)
        board.clock.now = board.clock.now.replace(microsecond=len(seen))
        await board.click(f"/parcels/{WAYBILL}/next")
        await until(lambda: len(board.heard.pushes) == len(seen))
    assert seen == ["到达收件城市", "派送", "签收"]
    states = [push.news.trace[-1].state for push in board.heard.pushes]
    assert states == [ParcelState.IN_TRANSIT, ParcelState.DELIVERING, ParcelState.SIGNED]
    await board.click(f"/parcels/{WAYBILL}/next", status=409)
    assert "掌柜已收下（第 1 次）" in await board.notes()


async def test_a_parcel_that_nobody_subscribed_is_not_pushed(board: Board) -> None:
    await board.click(f"/parcels/{WAYBILL}/next")
    assert "没有订阅" in await board.notes()
    await board.click("/parcels/75899999999999/next", status=404)


async def test_a_push_that_is_not_read_is_tried_again_half_an_hour_later(board: Board) -> None:
    board.subscribe(callback="http://127.0.0.1:1/push")
    await board.click(f"/parcels/{WAYBILL}/next")
    for _ in range(100):
        if "第 1 次没收下，半小时后再推" in await board.notes():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(await board.notes())


async def test_a_platform_that_is_off_answers_nobody_until_it_is_on(board: Board) -> None:
    taobao = Taobao(f"{board.url}{TAOBAO}", board.top, clock=board.clock)
    assert (await taobao.full_info(SHIRT))["trade"]["tid"] == int(SHIRT)
    await board.click("/platforms/taobao/off")
    async with board.session.post(f"{board.url}{TAOBAO}/router/rest") as answer:
        assert answer.status == 503
    async with board.session.post(f"{board.url}{KUAIDI100}/poll") as answer:
        assert answer.status == 200
    assert [one["on"] for one in (await board.get("/state"))["platforms"]] == [False, True]
    await board.click("/platforms/taobao/on")
    assert (await taobao.full_info(SHIRT))["trade"]["tid"] == int(SHIRT)
    await taobao.remote.close()
    await board.click("/platforms/jd/off", status=404)
    await board.click("/platforms/taobao/burn", status=404)


async def test_what_moved_while_kuaidi100_was_off_is_pushed_when_it_is_back(board: Board) -> None:
    board.subscribe()
    await board.click("/platforms/kuaidi100/off")
    await board.click(f"/parcels/{WAYBILL}/next")
    assert "等它恢复再推送" in await board.notes()
    assert board.heard.pushes == []
    await board.click("/platforms/kuaidi100/on")
    await until(lambda: board.heard.pushes)


async def test_a_limited_taobao_says_how_long(board: Board) -> None:
    taobao = Taobao(f"{board.url}{TAOBAO}", board.top, clock=board.clock)
    await board.click("/platforms/taobao/limit")
    with pytest.raises(Exception, match="code 7"):
        await taobao.full_info(SHIRT)
    await taobao.remote.close()
    await board.click("/platforms/kuaidi100/limit", status=404)


async def test_a_trade_from_payment_to_the_money_back_puts_its_messages(board: Board) -> None:
    tid = (await board.trade(UNPAID))["id"]
    for action in ("pay", "ship", "confirm", "refund"):
        shown = await board.trade(UNPAID)
        assert action in [button["id"] for button in shown["actions"]]
        await board.click(f"/trades/{tid}/{action}")
    [refund] = (await board.trade(UNPAID))["refunds"]
    for action in ("agree", "send", "refund"):
        await board.click(f"/refunds/{refund['id']}/{action}")
    assert [message.topic.rpartition("_")[2] for message in board.top.messages] == [
        "TradeBuyerPay",
        "TradeSellerShip",
        "TradeSuccess",
        "RefundCreated",
        "RefundSellerAgreeAgreement",
        "RefundBuyerReturnGoods",
        "RefundSuccess",
    ]
    shown = await board.trade(UNPAID)
    assert len(shown["parcels"]) == 1
    assert shown["refunds"][0]["status"] == "退款成功"
    await board.click(f"/trades/{tid}/pay", status=409)
    await board.click(f"/refunds/{refund['id']}/agree", status=409)
    await board.click("/trades/9/pay", status=404)
    await board.click("/trades/x/pay", status=404)
    await board.click("/refunds/9/agree", status=404)


async def test_no_other_sites_page_makes_anything_happen(board: Board) -> None:
    await board.click("/platforms/taobao/off", status=403, **{"Sec-Fetch-Site": "cross-site"})
    form = board.session.post(f"{board.url}/api/platforms/taobao/off", data={"a": "b"})
    async with form as answer:
        assert answer.status == 403
    assert [one["on"] for one in (await board.get("/state"))["platforms"]] == [True, True]


async def test_the_page_and_what_it_needs_are_served(board: Board) -> None:
    for path, words in (
        ("/", "假平台"),
        ("/static/control.js", "EVERY"),
        ("/static/control.css", "--ground"),
        ("/health", "ok"),
    ):
        async with board.session.get(f"{board.url}{path}") as answer:
            assert answer.status == 200
            assert words in await answer.text()
