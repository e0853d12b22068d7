"""Calls to TOP: its checks, and what each line of the error table asks of us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.fakes.top import FakeTop
from shop.remote import Phase
from shop.taobao.client import Fault as Asks
from shop.taobao.client import TopError, fault_of
from shop.taobao.signing import SignMethod
from tests.shop.systems.support import (
    APP_SECRET,
    SESSION,
    TOP_VECTORS,
    Taobao,
    fake_top,
    served,
)
from tests.shop.world import NOW, FakeClock

TRADE = {
    "tid": 2412345678901234567,
    "status": "TRADE_FINISHED",
    "buyer_open_uid": "AAE-1",
    "created": "2026-11-10 10:00:00",
}


@pytest.fixture
async def taobao(clock: FakeClock) -> AsyncIterator[Taobao]:
    fake = fake_top(clock)
    fake.accounts[0].trades.append(TRADE)
    async with served(fake.app()) as url:
        taobao = Taobao(url, fake, clock=clock)
        yield taobao
        await taobao.remote.close()


async def ask(taobao: Taobao) -> dict[str, object]:
    return await taobao.full_info(str(TRADE["tid"]))


# What is sent


@pytest.mark.parametrize("method", list(SignMethod))
async def test_every_sign_method_is_accepted(clock: FakeClock, method: SignMethod) -> None:
    fake = fake_top(clock)
    fake.accounts[0].trades.append(TRADE)
    async with served(fake.app()) as url:
        taobao = Taobao(url, fake, clock=clock, method=method)
        answer = await ask(taobao)
        await taobao.remote.close()
    assert answer["trade"] == {"tid": TRADE["tid"], "status": "TRADE_FINISHED"}


async def test_blank_parameters_are_left_out_and_the_time_is_chinas(taobao: Taobao) -> None:
    await taobao.call(
        "taobao.trade.fullinfo.get", fields="tid", tid=str(TRADE["tid"]), include_oaid=" "
    )
    [form] = taobao.fake.forms
    assert "include_oaid" not in form
    assert form["timestamp"] == "2026-11-18 15:30:00"
    assert (form["session"], form["v"], form["format"]) == (SESSION, "2.0", "json")


async def test_each_account_has_its_own_session(taobao: Taobao) -> None:
    with pytest.raises(TopError, match=r"isv\.trade-not-exist"):
        await taobao.call(
            "taobao.trade.fullinfo.get", "outlet", fields="tid", tid=str(TRADE["tid"])
        )


async def test_calls_of_the_application_carry_no_session(taobao: Taobao) -> None:
    await taobao.call("taobao.tmc.messages.consume", None, quantity="10")
    assert "session" not in taobao.fake.forms[0]


def test_the_fake_signs_as_the_vectors_do() -> None:
    for vector in TOP_VECTORS["top_sign"]:
        if vector["body"] is None:
            fake = FakeTop(app_key="x", app_secret=vector["secret"])
            assert fake._signature(vector["params"]) == vector["expected_sign"]


# The clock


@pytest.mark.parametrize("minutes", [-10, -9.9, 9.9, 10])
async def test_ten_minutes_of_difference_are_allowed(
    taobao: Taobao, clock: FakeClock, minutes: float
) -> None:
    ours = FakeClock(NOW + timedelta(minutes=minutes))
    skewed = Taobao(taobao.url, taobao.fake, clock=clock, client_clock=ours)
    await ask(skewed)
    await skewed.remote.close()


@pytest.mark.parametrize("minutes", [-10.1, 10.1, 480])
async def test_a_wrong_clock_is_named_as_such(
    taobao: Taobao, clock: FakeClock, minutes: float
) -> None:
    ours = FakeClock(NOW + timedelta(minutes=minutes))
    skewed = Taobao(taobao.url, taobao.fake, clock=clock, client_clock=ours)
    with pytest.raises(TopError, match="code 31; the clocks differ by more than ten minutes"):
        await ask(skewed)
    assert len(taobao.fake.calls) == 1
    await skewed.remote.close()


# The table


@pytest.mark.parametrize(
    ("code", "sub_code", "asks"),
    [
        (7, "accesscontrol.limited-by-app-access-count", Asks.LIMITED),
        (7, "", Asks.LIMITED),
        (10, "", Asks.PASSING),
        (10, "isp.service-unavailable", Asks.PASSING),
        (15, "isp.top-remote-connection-timeout", Asks.PASSING),
        (15, "isp.remote-service-error", Asks.PASSING),
        (15, "isv.trade-not-exist", Asks.REFUSED),
        (15, "", Asks.REFUSED),
        (10, "isv.something", Asks.REFUSED),
        (26, "", Asks.SESSION),
        (27, "session-expired", Asks.SESSION),
        *((code, "", Asks.REFUSED) for code in (3, 5, 6, 9, 11, 12, 13)),
        *((code, "", Asks.REFUSED) for code in (21, 22, 23, 24, 25, 28, 29, 30, 31, 32, 33, 34)),
        *((code, "isv.invalid-parameter", Asks.REFUSED) for code in (40, 41, 42, 43)),
        (-1, "", Asks.REFUSED),
        (900, "", Asks.REFUSED),
    ],
)
def test_each_error_asks_for_one_thing(code: int, sub_code: str, asks: Asks) -> None:
    assert fault_of(code, sub_code) is asks


@pytest.mark.parametrize(
    "fault",
    [Fault(code=10), Fault(code=15, sub_code="isp.top-remote-connection-timeout", sub_msg="x")],
)
async def test_passing_trouble_is_tried_again_a_little_later(taobao: Taobao, fault: Fault) -> None:
    taobao.fake.faults.extend([fault, fault])
    assert (await ask(taobao))["trade"] == {"tid": TRADE["tid"], "status": "TRADE_FINISHED"}
    assert taobao.ticks.slept == [0.2, 0.4]


async def test_passing_trouble_that_stays_is_given_up(taobao: Taobao) -> None:
    taobao.fake.faults.extend([Fault(code=10)] * 3)
    with pytest.raises(TopError, match="code 10"):
        await ask(taobao)
    assert len(taobao.fake.calls) == 3
    assert taobao.remote.breaker.health().failures == 3


async def test_no_try_begins_after_the_deadline(taobao: Taobao) -> None:
    taobao.fake.faults.extend([Fault(code=10)] * 3)
    deadline = taobao.ticks.now + 0.5
    with pytest.raises(TopError, match="code 10"):
        await taobao.client.call(
            "taobao.trade.fullinfo.get",
            {"fields": "tid", "tid": "1"},
            account="main",
            deadline=deadline,
        )
    assert taobao.ticks.slept == [0.2]  # the next, of 0.4 s, would have come too late


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [
        (11, "isv.permission-api-package-limit"),
        (12, ""),
        (13, ""),
        (15, "isv.trade-not-exist"),
        (21, ""),
        (25, ""),
        (29, ""),
        (40, "isv.missing-parameter:fields"),
        (41, "isv.invalid-parameter:tid"),
        (42, ""),
        (43, ""),
    ],
)
async def test_what_is_refused_is_asked_once(taobao: Taobao, code: int, sub_code: str) -> None:
    taobao.fake.faults.append(Fault(code=code, sub_code=sub_code, sub_msg="林先生 13800000000"))
    with capture_logs() as logs, pytest.raises(TopError) as refused:
        await ask(taobao)
    assert len(taobao.fake.calls) == 1
    assert (refused.value.code, refused.value.sub_code) == (code, sub_code)
    assert "13800000000" not in str(refused.value) + str(logs)
    assert taobao.remote.breaker.health().failures == 0  # it did answer


async def test_a_sub_code_with_more_than_a_code_in_it_is_not_told(taobao: Taobao) -> None:
    taobao.fake.faults.append(Fault(code=41, sub_code="isv.bad: 林先生"))
    with pytest.raises(TopError) as refused:
        await ask(taobao)
    assert str(refused.value) == "Taobao refused taobao.trade.fullinfo.get: code 41"
    assert refused.value.fault is Asks.REFUSED


async def test_a_wrong_secret_says_where_to_look(taobao: Taobao, clock: FakeClock) -> None:
    wrong = Taobao(taobao.url, taobao.fake, clock=clock, secret="wrong")
    with pytest.raises(TopError, match="check ZHANGGUI_SHOP_TAOBAO_APP_SECRET") as refused:
        await ask(wrong)
    assert "wrong" not in str(refused.value).replace("is wrong", "")
    await wrong.remote.close()


# Too many calls


async def test_a_ban_is_waited_out_without_asking(taobao: Taobao, clock: FakeClock) -> None:
    taobao.fake.calls_allowed, taobao.fake.ban = 1, 71
    await ask(taobao)
    with pytest.raises(TopError, match="code 7"):
        await ask(taobao)
    taobao.ticks.now += 70
    with pytest.raises(ShopUnavailable, match="allows no more calls"):
        await ask(taobao)
    assert len(taobao.fake.calls) == 2
    taobao.ticks.now += 2
    clock.now += timedelta(seconds=72)
    await ask(taobao)


async def test_a_ban_without_seconds_lasts_a_minute(taobao: Taobao) -> None:
    taobao.fake.faults.append(Fault(code=7))
    with pytest.raises(TopError):
        await ask(taobao)
    taobao.ticks.now += 59
    with pytest.raises(ShopUnavailable, match="another 1 s"):
        await ask(taobao)
    taobao.ticks.now += 1
    await ask(taobao)


async def test_a_ban_of_one_method_leaves_the_others(taobao: Taobao) -> None:
    taobao.fake.faults.append(
        Fault(
            code=7,
            sub_code="accesscontrol.limited-by-app-api-access-count",
            sub_msg="This ban will last for 2 more seconds",
        )
    )
    with pytest.raises(TopError):
        await ask(taobao)
    await taobao.call("taobao.trades.sold.get", fields="tid")
    with pytest.raises(ShopUnavailable, match="another 2 s"):
        await ask(taobao)
    taobao.ticks.now += 2
    await ask(taobao)


# Sessions


async def test_an_expired_session_raises_one_alarm_until_it_is_taken_again(
    taobao: Taobao,
) -> None:
    taobao.fake.accounts[0].session = "renewed"
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(TopError, match="authorise the application anew"):
                await ask(taobao)
    alarms = [entry for entry in logs if entry["event"] == "taobao.session_expired"]
    assert [(entry["log_level"], entry["account"]) for entry in alarms] == [("error", "main")]
    assert SESSION not in str(logs)
    assert taobao.client.expired_accounts == {"main"}
    assert taobao.remote.breaker.health().phase is Phase.CLOSED
    taobao.fake.accounts[0].session = SESSION
    await ask(taobao)
    assert taobao.client.expired_accounts == frozenset()


# Nothing leaks


async def test_no_error_or_log_holds_a_secret_or_what_was_asked(taobao: Taobao) -> None:
    faults = [
        Fault(status=500),
        Fault(drop=True),
        Fault(body="nonsense"),
        Fault(code=25),
        Fault(code=27),
        Fault(code=7, sub_msg="ban"),
    ]
    texts = []
    with capture_logs() as logs:
        for fault in faults:
            taobao.fake.faults.append(fault)
            with pytest.raises(ShopUnavailable) as error:
                await ask(taobao)
            texts.append(str(error.value) + repr(error.value.__cause__))
    everything = "".join(texts) + str(logs) + repr(taobao.client._app)
    for secret in (APP_SECRET, SESSION, str(TRADE["tid"]), "127.0.0.1"):
        assert secret not in everything


def test_the_application_does_not_show_its_secrets(taobao: Taobao) -> None:
    shown = repr(replace(taobao.client._app, key="k"))
    assert "secret=" not in shown and "sessions=" not in shown
