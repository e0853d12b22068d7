"""The connection to an outside system: limits, and the breaker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.remote import Breaker, Phase, Remote
from tests.shop.systems.support import Taobao, Ticks, fake_top, served
from tests.shop.world import FakeClock


@pytest.fixture
async def taobao(clock: FakeClock, request: pytest.FixtureRequest) -> AsyncIterator[Taobao]:
    """With a parameter: how many seconds it may take."""
    timeout = getattr(request, "param", 10.0)
    fake = fake_top(clock)
    async with served(fake.app()) as url:
        taobao = Taobao(url, fake, clock=clock, timeout=timeout, size_limit=200_000)
        yield taobao
        await taobao.remote.close()


# One call


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=502), "Taobao answered HTTP 502"),
        (Fault(status=302), "Taobao answered HTTP 302"),
        (Fault(drop=True), r"Taobao cannot be reached \(ServerDisconnectedError\)"),
        (Fault(huge=3_000_000), "Taobao sent more than 200000 bytes"),
        (Fault(body="<html>"), "Taobao answered something other than a JSON object"),
        (Fault(body="[1]"), "Taobao answered something other than a JSON object"),
        (Fault(body="[" * 100_000), "Taobao answered something other than a JSON object"),
        (Fault(body="{}"), "Taobao's answer to taobao.trade.fullinfo.get has no "),
    ],
    ids=["status", "redirect", "cut", "huge", "html", "array", "deep", "empty"],
)
async def test_whatever_goes_wrong_the_shop_is_unavailable(
    taobao: Taobao, fault: Fault, reason: str
) -> None:
    taobao.fake.faults.append(fault)
    with pytest.raises(ShopUnavailable, match=reason):
        await taobao.full_info()
    assert taobao.fake.calls == ["taobao.trade.fullinfo.get"]  # none of these is tried again


@pytest.mark.parametrize("taobao", [0.4], indirect=True)
async def test_who_does_not_answer_in_time_is_unavailable(taobao: Taobao) -> None:
    taobao.fake.faults.append(Fault(delay=10.0))
    began = time.monotonic()
    with pytest.raises(ShopUnavailable, match=r"Taobao did not answer within 0\.4 s"):
        await taobao.full_info()
    assert time.monotonic() - began < 5
    assert taobao.fake.calls == ["taobao.trade.fullinfo.get"]  # it is not tried again


async def test_nobody_there_is_unavailable_too() -> None:
    remote = Remote(system="Nobody")
    with pytest.raises(ShopUnavailable, match=r"Nobody cannot be reached \(ClientConnector"):
        await remote.post("http://127.0.0.1:1/", {"secret": "x"}, deadline=remote.deadline())
    await remote.close()


async def test_no_time_left_asks_nobody(taobao: Taobao) -> None:
    deadline = taobao.client.deadline()
    taobao.ticks.now += 60
    with pytest.raises(ShopUnavailable, match="had no time left"):
        await taobao.remote.post("http://127.0.0.1:1/", {}, deadline=deadline)


async def test_a_pause_that_would_pass_the_deadline_is_not_made() -> None:
    ticks = Ticks()
    remote = Remote(system="X", timeout=1.0, ticks=ticks, sleep=ticks.sleep)
    deadline = remote.deadline()
    assert await remote.pause(0.4, deadline=deadline)
    assert not await remote.pause(0.6, deadline=deadline)
    assert ticks.slept == [0.4]


# The breaker


def breaker_of(ticks: Ticks) -> Breaker:
    return Breaker(system="X", limit=3, rest=30, ticks=ticks)


def fail(breaker: Breaker) -> None:
    with pytest.raises(ShopUnavailable), breaker.attempt():
        raise ShopUnavailable("it failed")


def succeed(breaker: Breaker) -> None:
    with breaker.attempt():
        pass


def test_failures_in_a_row_open_it() -> None:
    breaker = breaker_of(Ticks())
    fail(breaker)
    fail(breaker)
    succeed(breaker)
    fail(breaker)
    fail(breaker)
    assert breaker.health().phase is Phase.CLOSED
    fail(breaker)
    health = breaker.health()
    assert (health.phase, health.failures, health.opened, health.retry_in) == (
        Phase.OPEN,
        3,
        1,
        30,
    )


def test_while_open_nothing_gets_through() -> None:
    ticks = Ticks()
    breaker = breaker_of(ticks)
    for _ in range(3):
        fail(breaker)
    ticks.now += 29
    reached = False
    with pytest.raises(ShopUnavailable, match="X failed 3 times in a row"), breaker.attempt():
        reached = True
    assert not reached


def test_after_the_rest_one_call_tries_and_closes_it() -> None:
    ticks = Ticks()
    breaker = breaker_of(ticks)
    for _ in range(3):
        fail(breaker)
    ticks.now += 30
    assert breaker.health().phase is Phase.HALF_OPEN
    busy = pytest.raises(ShopUnavailable, match="not asked while one call tries it")
    with breaker.attempt(), busy:
        succeed(breaker)
    assert breaker.health().phase is Phase.CLOSED
    succeed(breaker)


def test_a_failing_trial_opens_it_again() -> None:
    ticks = Ticks()
    breaker = breaker_of(ticks)
    for _ in range(3):
        fail(breaker)
    ticks.now += 30
    fail(breaker)
    health = breaker.health()
    assert (health.phase, health.retry_in, health.opened) == (Phase.OPEN, 30, 1)


def test_a_cancelled_trial_makes_room_for_the_next() -> None:
    ticks = Ticks()
    breaker = breaker_of(ticks)
    for _ in range(3):
        fail(breaker)
    ticks.now += 30
    with pytest.raises(asyncio.CancelledError), breaker.attempt():
        raise asyncio.CancelledError
    assert breaker.health().phase is Phase.HALF_OPEN
    succeed(breaker)
    assert breaker.health().phase is Phase.CLOSED


def test_an_error_of_our_own_is_no_failure_of_theirs() -> None:
    breaker = breaker_of(Ticks())
    for _ in range(5):
        with pytest.raises(KeyError), breaker.attempt():
            raise KeyError
    assert breaker.health().phase is Phase.CLOSED


async def test_a_system_that_is_down_is_soon_not_asked_any_more(taobao: Taobao) -> None:
    taobao.fake.faults.extend([Fault(status=503)] * 50)
    for _ in range(7):
        with pytest.raises(ShopUnavailable):
            await taobao.full_info()
    assert len(taobao.fake.calls) == 5
    began = time.monotonic()
    with pytest.raises(ShopUnavailable, match="failed 5 times in a row"):
        await taobao.full_info()
    assert time.monotonic() - began < 0.1
    taobao.fake.faults.clear()
    taobao.ticks.now += 31
    with pytest.raises(ShopUnavailable, match=r"isv\.trade-not-exist"):
        await taobao.full_info()
    assert taobao.remote.breaker.health().phase is Phase.CLOSED
