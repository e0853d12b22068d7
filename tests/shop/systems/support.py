"""What the tests of outside systems share: fakes on real sockets, and a clock that sleeps."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from conversations.database import Clock
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import Account, FakeTop
from shop.kuaidi100.api import Answers, Credentials, Kuaidi100
from shop.remote import Breaker, Remote
from shop.taobao.client import App, TopClient
from shop.taobao.signing import SignMethod
from tests.shop.world import ROOT, FakeClock

APP_KEY = "23450001"
APP_SECRET = "s3cr3t-shop"
SESSION = "6100e0test"
OUTLET_SESSION = "6100e0outlet"
CUSTOMER = "1A2B3C4D5E6F7890"
KEY = "TestKey0123456789"
PUSH_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

TOP_VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors/top.json").read_text("utf-8"))
KUAIDI_VECTORS: dict[str, Any] = json.loads(
    (ROOT / "tests/vectors/kuaidi100.json").read_text("utf-8")
)


class Ticks:
    """Seconds that go on when somebody sleeps, and are written down."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Sleep without waiting."""
        self.slept.append(seconds)
        self.now += seconds


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The application on a port of the loopback interface; its address."""
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


class Taobao:
    """A client of a fake TOP with two accounts, `main` and `outlet`."""

    def __init__(
        self,
        url: str,
        fake: FakeTop,
        *,
        clock: FakeClock,
        timeout: float = 3.0,
        size_limit: int = 1024 * 1024,
        secret: str = APP_SECRET,
        method: SignMethod = SignMethod.HMAC_SHA256,
        client_clock: FakeClock | None = None,
    ) -> None:
        self.url = url
        self.fake = fake
        self.ticks = Ticks()
        self.remote = Remote(
            system="Taobao",
            timeout=timeout,
            size_limit=size_limit,
            breaker=Breaker(system="Taobao", limit=5, rest=30, ticks=self.ticks),
            ticks=self.ticks,
            sleep=self.ticks.sleep,
        )
        self.client = TopClient(
            app=App(
                key=APP_KEY,
                secret=secret,
                sessions={"main": SESSION, "outlet": OUTLET_SESSION},
                sign_method=method,
            ),
            remote=self.remote,
            url=f"{url}/router/rest",
            clock=client_clock or clock,
        )

    async def call(
        self, method: str, account: str | None = "main", **params: str
    ) -> dict[str, Any]:
        """A call with a fresh deadline."""
        deadline = self.client.deadline()
        return await self.client.call(method, params, account=account, deadline=deadline)

    async def full_info(self, tid: str = "1") -> dict[str, Any]:
        """Some call."""
        return await self.call("taobao.trade.fullinfo.get", fields="tid,status", tid=tid)


def fake_top(clock: Clock, **kwargs: Any) -> FakeTop:
    """A TOP that knows our application and the accounts `main` and `outlet`."""
    fake = FakeTop(app_key=APP_KEY, app_secret=APP_SECRET, clock=clock, **kwargs)
    fake.accounts = [Account(session=SESSION), Account(session=OUTLET_SESSION)]
    return fake


def kuaidi100_of(
    url: str,
    *,
    clock: FakeClock,
    timeout: float = 3.0,
    key: str = KEY,
    answers: Answers | None = None,
) -> tuple[Kuaidi100, Remote]:
    """A client of a fake Kuaidi100, and its connection, to be closed."""
    remote = Remote(system="Kuaidi100", timeout=timeout)
    client = Kuaidi100(
        credentials=Credentials(customer=CUSTOMER, key=key, secret=PUSH_SECRET),
        remote=remote,
        query_url=f"{url}/poll/query.do",
        subscribe_url=f"{url}/poll",
        answers=answers,
        clock=clock,
    )
    return client, remote


def fake_kuaidi100(clock: Clock, **kwargs: Any) -> FakeKuaidi100:
    """A Kuaidi100 that knows our account."""
    return FakeKuaidi100(customer=CUSTOMER, key=KEY, clock=clock, **kwargs)
