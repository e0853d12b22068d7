"""What Kuaidi100 pushes: only what it signed, once, and acknowledged after the commit."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web
from structlog.testing import capture_logs

from conversations.database import Database
from shop import schema
from shop.errors import ShopUnavailable
from shop.fakes.kuaidi100 import RETRY_SECONDS, FakeKuaidi100, Subscription, Waybill
from shop.gateway import Shop
from shop.kuaidi100.api import salt_of
from shop.kuaidi100.pushes import (
    BODY_LIMIT,
    PushRefused,
    push_handler,
    read_push,
    sign_push,
)
from shop.kuaidi100.recording import SOURCE, RecordedPushes
from shop.kuaidi100.states import Push
from shop.notices import NoticeBook
from shop.schema import notices
from shop.types import Parcel, ParcelState
from tests.shop.systems.support import (
    KUAIDI_VECTORS,
    PUSH_SECRET,
    Ticks,
    fake_kuaidi100,
    served,
)
from tests.shop.systems.test_kuaidi100 import nodes
from tests.shop.world import FakeClock, add_customer, add_order, china, order, parcel

NUMBER = "YT9693083639795"
COLLECTED = nodes(("2026-11-17 09:00:00", "已揽收", "1"))
DELIVERING = nodes(("2026-11-18 09:00:00", "正在派送", "5")) + COLLECTED
SIGNED = nodes(("2026-11-18 14:00:00", "已签收", "301")) + DELIVERING


def form(param: str, *, number: str = NUMBER, secret: str = PUSH_SECRET) -> dict[str, str]:
    """A push signed as Kuaidi100 signs it."""
    return {"param": param, "sign": sign_push(param, salt_of(number, secret=secret))}


@dataclass
class Callback:
    """Our callback address, and a Kuaidi100 that pushes to it."""

    url: str
    fake: FakeKuaidi100
    ticks: Ticks
    shop: Shop
    database: Database

    async def post(self, body: bytes | dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=body) as response,
        ):
            return response.status, await response.json()

    async def push(self, data: list[dict[str, str]], state: str = "5", **more: str) -> int:
        """Kuaidi100 has this news; after how many tries it was read."""
        self.fake.add(Waybill(com="yuantong", number=NUMBER, phone="", state=state, data=data))
        return await self.fake.push(NUMBER, **more)

    async def parcel(self) -> Parcel:
        """The shop's own parcel of that number."""
        found = await self.shop.logistics.by_waybill("c-1", NUMBER)
        assert found is not None
        return found


@pytest.fixture
async def callback(database: Database, shop: Shop, clock: FakeClock) -> AsyncIterator[Callback]:
    book = NoticeBook(database=database, clock=clock)
    await book.forget_old()
    await add_customer(database, "c-1")
    old = parcel(id="old", waybill=NUMBER, shipped_at=china(2024, 1, 1))
    new = parcel(id="new", waybill=NUMBER, carrier_code="YTO", carrier="圆通")
    await add_order(database, order(id="1"), parcels=(old,))
    await add_order(database, order(id="2"), parcels=(new,))
    app = web.Application()
    app.router.add_post("/push", push_handler(secret=PUSH_SECRET, sink=RecordedPushes(book=book)))
    ticks = Ticks()
    fake = fake_kuaidi100(clock, sleep=ticks.sleep)
    async with served(app) as url:
        fake.subscriptions[NUMBER] = Subscription(
            number=NUMBER,
            callback_url=f"{url}/push",
            salt=salt_of(NUMBER, secret=PUSH_SECRET),
        )
        yield Callback(url=f"{url}/push", fake=fake, ticks=ticks, shop=shop, database=database)


async def marks(database: Database) -> int:
    async with database.read() as connection:
        query = sa.select(sa.func.count()).select_from(notices)
        return int((await connection.execute(query)).scalar_one())


# Reading


def test_the_vector_is_signed_as_we_sign() -> None:
    [vector] = KUAIDI_VECTORS["push_sign"]["vectors"]
    assert sign_push(vector["param"], vector["salt"]) == vector["expected_sign"]
    assert dict(parse_qsl(vector["form_body"]))["sign"] == vector["expected_sign"]


def test_the_vector_is_read() -> None:
    [vector] = KUAIDI_VECTORS["push_sign"]["vectors"]
    push = read_push(form(vector["param"]), secret=PUSH_SECRET)
    assert (push.news.com, push.news.number, push.news.corrected) == ("yuantong", NUMBER, False)
    [node] = push.news.trace
    assert (node.state, node.text) == (ParcelState.DELIVERING, "【深圳市】快件正在派送")


def test_the_same_news_has_the_same_id_and_other_news_another() -> None:
    [vector] = KUAIDI_VECTORS["push_sign"]["vectors"]
    content = json.loads(vector["param"])

    def id_of(**changes: Any) -> str:
        changed = {**content, **{k: v for k, v in changes.items() if k in content}}
        changed["lastResult"] = {**content["lastResult"], **changes}
        param = json.dumps(changed)
        return read_push(form(param, number=changed["lastResult"]["nu"]), secret=PUSH_SECRET).id

    assert id_of() == id_of(message="again", status="shutdown")
    others = [id_of(com="ems"), id_of(nu="YT0000000000001"), id_of(data=[]), id_of(state="3")]
    assert len({id_of(), *others}) == 5
    assert len(id_of(com="c" * 99, nu="n" * 99)) <= 160


@pytest.mark.parametrize(
    "tampered",
    [
        {},
        {"param": "{}"},
        {"sign": "", "param": ""},
        {"param": "nonsense", "sign": "x"},
        {"param": "[" * 100_000, "sign": "x"},
        form(json.dumps({"lastResult": None})),
        form(json.dumps({"lastResult": {"nu": NUMBER}})),
        form(json.dumps({"lastResult": {"nu": 5, "com": "x"}})),
        form(json.dumps({"lastResult": {"nu": "", "com": "x"}}), number=""),
        form(json.dumps({"lastResult": {"nu": NUMBER, "com": "x", "data": "x"}})),
    ],
    ids=range(10),
)
def test_what_is_no_push_is_refused(tampered: dict[str, str]) -> None:
    with pytest.raises(PushRefused):
        read_push(tampered, secret=PUSH_SECRET)


# Coming in


async def test_news_is_recorded_and_acknowledged(callback: Callback) -> None:
    assert await callback.push(DELIVERING) == 1
    found = await callback.parcel()
    assert (found.id, found.state) == ("new", ParcelState.DELIVERING)
    assert [node.text for node in found.trace] == ["已揽收", "正在派送"]
    assert await callback.push(SIGNED, "3") == 1
    found = await callback.parcel()
    assert found.signed_at == china(2026, 11, 18, 14)
    async with callback.database.read() as connection:
        rows = await connection.execute(sa.select(schema.parcels.c.id, schema.parcels.c.state))
        assert {row.id: row.state for row in rows} == {"old": "no_trace", "new": "signed"}


async def test_the_acknowledgement_is_the_one_kuaidi100_reads(callback: Callback) -> None:
    callback.fake.add(Waybill("yuantong", NUMBER, "", "5", DELIVERING))
    answer = await callback.post(form(callback.fake.push_param(NUMBER)))
    assert answer == (200, KUAIDI_VECTORS["push_sign"]["ack"])


async def test_the_same_push_again_changes_nothing(callback: Callback) -> None:
    await callback.push(DELIVERING)
    before = await callback.parcel()
    with capture_logs() as logs:
        assert await callback.push(DELIVERING) == 1
    assert logs[-1] == {
        "event": "kuaidi100.pushed",
        "log_level": "info",
        "carrier": "YTO",
        "fresh": False,
    }
    assert await callback.parcel() == before
    assert await marks(callback.database) == 1


async def test_an_older_push_that_comes_late_changes_nothing(callback: Callback) -> None:
    await callback.push(SIGNED, "3")
    assert await callback.push(COLLECTED, "1") == 1
    assert (await callback.parcel()).state is ParcelState.SIGNED


async def test_a_corrected_carrier_is_kept(callback: Callback) -> None:
    assert await callback.push(COLLECTED, "1", com_new="jtexpress") == 1
    found = await callback.parcel()
    assert (found.carrier_code, found.carrier) == ("JT", "极兔")
    assert await callback.push(DELIVERING, com_new="zhaijisong") == 1  # none of ours
    assert (await callback.parcel()).carrier_code == "JT"


async def test_news_of_a_strangers_number_changes_nothing(callback: Callback) -> None:
    callback.fake.add(Waybill("ems", "EE123456785CN", "", "5", DELIVERING))
    param = callback.fake.push_param("EE123456785CN")
    status, _ = await callback.post(form(param, number="EE123456785CN"))
    assert status == 200
    assert (await callback.parcel()).trace == ()


async def test_the_end_of_a_subscription_without_nodes_changes_nothing(
    callback: Callback,
) -> None:
    await callback.push(DELIVERING)
    assert await callback.push([], "0", status="abort") == 1
    assert (await callback.parcel()).state is ParcelState.DELIVERING


# Tampered with


async def refused(callback: Callback, body: bytes | dict[str, str], status: int = 403) -> None:
    with capture_logs() as logs:
        answer = await callback.post(body)
    assert answer == (status, {"result": False, "returnCode": "500", "message": "失败"})
    assert NUMBER not in str(logs)
    assert (await callback.parcel()).trace == ()
    assert await marks(callback.database) == 0


async def test_a_tampered_push_is_refused_without_detail(callback: Callback) -> None:
    callback.fake.add(Waybill("yuantong", NUMBER, "", "3", SIGNED))
    param = callback.fake.push_param(NUMBER)
    good = form(param)
    await refused(callback, {**good, "param": param.replace("派送", "丢失")})
    await refused(callback, {**good, "param": param + " "})
    await refused(callback, {**good, "sign": good["sign"].lower()})
    await refused(callback, {**good, "sign": ""})
    await refused(callback, {**good, "sign": "签"})
    await refused(callback, {"param": param})
    await refused(callback, {})
    await refused(callback, form(param, secret="another shop's"))
    await refused(callback, form(param, number="YT0000000000001"))  # another number's salt
    await refused(callback, urlencode([*good.items(), ("param", param)]).encode())
    await refused(callback, b"\xff\xfe=1")
    await refused(callback, json.dumps(good).encode())


async def test_a_push_without_end_is_cut_off(callback: Callback) -> None:
    await refused(callback, b"param=" + b"x" * (BODY_LIMIT + 1), status=413)


async def test_a_push_that_does_not_end_is_given_up(callback: Callback) -> None:
    app = web.Application()
    sink = RecordedPushes(book=NoticeBook(database=callback.database))
    app.router.add_post("/push", push_handler(secret=PUSH_SECRET, sink=sink, read_seconds=0.1))

    async def drip() -> AsyncIterator[bytes]:
        yield b"param="
        await asyncio.sleep(5)
        yield b"x"

    async with served(app) as url, aiohttp.ClientSession() as session:
        began = time.monotonic()
        async with session.post(f"{url}/push", data=drip()) as response:
            assert response.status == 408
    assert time.monotonic() - began < 3


# When we are down


async def test_what_was_not_committed_is_pushed_again(callback: Callback) -> None:
    failures = 2

    class Moody:
        async def record(self, push: Push) -> bool:
            nonlocal failures
            if failures:
                failures -= 1
                raise ShopUnavailable("the shop's database does not answer")
            return True

    app = web.Application()
    app.router.add_post("/push", push_handler(secret=PUSH_SECRET, sink=Moody()))
    async with served(app) as url:
        callback.fake.subscriptions[NUMBER] = Subscription(
            NUMBER, f"{url}/push", salt_of(NUMBER, secret=PUSH_SECRET)
        )
        assert await callback.push(DELIVERING) == 3
        assert callback.ticks.slept == [RETRY_SECONDS] * 2
        failures = 9
        assert await callback.push(SIGNED, "3") == 0  # given up after four


async def test_marks_and_news_are_one_transaction(callback: Callback) -> None:
    assert SOURCE == "kuaidi100"
    await callback.push(DELIVERING)
    async with callback.database.read() as connection:
        [row] = (await connection.execute(sa.select(notices))).all()
    assert row.source == SOURCE
    assert row.id.startswith(f"yuantong:{NUMBER}:")
