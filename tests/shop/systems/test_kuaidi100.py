"""Kuaidi100 asked: signature, phones, states, and how old an answer may be."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from shop.carriers import code_of_name, from_kuaidi100, name_of, to_kuaidi100
from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.fakes.kuaidi100 import FakeKuaidi100, Waybill
from shop.kuaidi100.api import (
    POSITIVE,
    Credentials,
    Kuaidi100,
    Tracking,
    salt_of,
    sign_query,
    tail_of,
)
from shop.kuaidi100.logistics import Kuaidi100Parcels
from shop.kuaidi100.states import state_of, trace_from
from shop.types import Address, Eta, Order, Parcel, ParcelState, TraceNode
from shop.waybills import CARRIERS
from tests.shop.systems.support import (
    KEY,
    KUAIDI_VECTORS,
    PUSH_SECRET,
    fake_kuaidi100,
    kuaidi100_of,
    served,
)
from tests.shop.world import NOW, ORDER, FakeClock, china, parcel

YTO = "YT9693083639795"
SF = "SF1012340104002"
PHONE = "19900001234"


def nodes(*entries: tuple[str, str, str]) -> list[dict[str, str]]:
    """(time, words, code), newest first."""
    return [
        {"time": at, "ftime": at, "context": said, "statusCode": code, "location": "深圳市"}
        for at, said, code in entries
    ]


DELIVERING = nodes(
    ("2026-11-18 09:00:00", "正在派送", "5"),
    ("2026-11-17 09:00:00", "已揽收", "1"),
)


@dataclass
class Road:
    """A client and the fake behind it."""

    client: Kuaidi100
    fake: FakeKuaidi100

    async def track(self, com: str = "yuantong", number: str = YTO, phone: str = "") -> Tracking:
        """Ask with a fresh deadline."""
        deadline = self.client.deadline()
        return await self.client.track(com, number, phone=phone, deadline=deadline)


@pytest.fixture
async def road(clock: FakeClock) -> AsyncIterator[Road]:
    fake = fake_kuaidi100(clock)
    fake.add(Waybill(com="yuantong", number=YTO, phone=PHONE, state="5", data=DELIVERING))
    fake.add(Waybill(com="shunfeng", number=SF, phone=PHONE, state="5", data=DELIVERING))
    async with served(fake.app()) as url:
        client, remote = kuaidi100_of(url, clock=clock, timeout=0.5)
        yield Road(client=client, fake=fake)
        await remote.close()


# Signature, states, carriers


@pytest.mark.parametrize(
    "vector", KUAIDI_VECTORS["query_sign"]["vectors"], ids=lambda vector: vector["name"]
)
def test_signatures_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    credentials = Credentials(customer=vector["customer"], key=vector["key"], secret="x")
    assert sign_query(vector["param"], credentials) == vector["expected_sign"]


_AS_OURS = {"FORWARDED": "IN_TRANSIT", "CUSTOMS": "IN_TRANSIT"}


@pytest.mark.parametrize("kind", ["basic", "advanced"])
def test_states_are_those_of_the_vectors(kind: str) -> None:
    for code, name in KUAIDI_VECTORS["states"][kind].items():
        assert state_of(code) is ParcelState[_AS_OURS.get(name, name)], code


@pytest.mark.parametrize("code", ["9", "15", "302", "9999", "", "x", "None", "-1", "３"])
def test_an_unknown_code_is_on_the_way(code: str) -> None:
    assert state_of(code) is None
    [node] = trace_from({"data": nodes(("2026-11-18 09:00:00", "……", code)), "state": code})
    assert node.state is ParcelState.IN_TRANSIT


def test_carriers_are_those_of_the_vectors() -> None:
    for carrier in KUAIDI_VECTORS["carriers"]:
        ours = from_kuaidi100(carrier["kuaidi100"])
        if ours:
            assert name_of(ours) == carrier["name"]
            assert code_of_name(carrier["name"]) == ours
    assert {code for code in CARRIERS if to_kuaidi100(code)} == set(CARRIERS)
    assert (from_kuaidi100("zhaijisong"), to_kuaidi100("X"), code_of_name("宅急送")) == ("", "", "")
    assert (code_of_name("邮政EMS"), code_of_name("顺丰速运")) == ("EMS", "SF")


def test_the_parcels_state_speaks_for_a_newest_node_without_a_code() -> None:
    data = [
        {"time": "2026-11-18 09:00:00", "context": "已签收"},
        {"time": "2026-11-17 09:00:00", "context": "已揽收"},
    ]
    states = [node.state for node in trace_from({"state": "3", "data": data})]
    assert states == [ParcelState.IN_TRANSIT, ParcelState.SIGNED]
    put = nodes(("2026-11-18 09:00:00", "已放入快递柜", "501"))
    [locker] = trace_from({"state": "3", "data": put})
    assert locker.state is ParcelState.PICKUP_READY  # its own code says more


def test_nodes_of_one_second_keep_their_order() -> None:
    at = "2026-11-18 09:00:00"
    trace = trace_from({"data": nodes((at, "b", "5"), (at, "a", "0"))})
    assert [node.text for node in trace] == ["a", "b"]
    assert trace[0].at == china(2026, 11, 18, 9)
    assert trace[0].city == "深圳"


@pytest.mark.parametrize(
    "result", [{"data": "x"}, {"data": [1]}, {"data": [{"context": "no time"}]}, {"data": {"a": 1}}]
)
def test_an_odd_answer_is_an_error(result: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        trace_from(result)
    assert trace_from({}) == trace_from({"data": None}) == ()


# Asking


async def test_a_number_is_asked_for(road: Road) -> None:
    tracking = await road.track()
    assert [node.state for node in tracking.trace] == [
        ParcelState.COLLECTED,
        ParcelState.DELIVERING,
    ]
    assert tracking.as_of == NOW
    [param] = road.fake.params
    assert param == {
        "com": "yuantong",
        "num": YTO,
        "resultv2": "4",
        "show": "0",
        "order": "desc",
    }  # no phone for a carrier that does not want one


@pytest.mark.parametrize("phone", [PHONE, "1234", "*******1234"])
async def test_sf_wants_the_tail_of_a_phone(road: Road, phone: str) -> None:
    assert (await road.track("shunfeng", SF, phone)).trace
    assert road.fake.params[0]["phone"] == "1234"


@pytest.mark.parametrize("phone", ["", "199****0000****", "~x~"])
async def test_without_a_phone_sf_is_not_asked(road: Road, phone: str) -> None:
    assert (await road.track("shunfeng", SF, phone)).trace == ()
    assert road.fake.queries == []
    assert (await road.track("shunfeng", SF, PHONE)).trace  # and that was not kept


async def test_a_wrong_phone_is_not_told_and_not_tried_again(road: Road) -> None:
    with capture_logs() as logs:
        assert (await road.track("shunfeng", SF, "19900009999")).trace == ()
        assert (await road.track("shunfeng", SF, "19900009999")).trace == ()
    assert road.fake.queries == [SF]
    assert [entry["event"] for entry in logs] == ["kuaidi100.phone_refused"]
    assert "9999" not in str(logs)


@pytest.mark.parametrize(("com", "number"), [("", YTO), ("yuantong", "12345"), ("ems", "9" * 33)])
async def test_what_kuaidi100_cannot_look_up_is_not_asked(
    road: Road, com: str, number: str
) -> None:
    assert (await road.track(com, number)).trace == ()
    assert road.fake.queries == []


def test_tails() -> None:
    assert [
        tail_of(phone) for phone in (" 19900001234 ", "01234", "123", "12*4", "", "１２３４")
    ] == [
        *("1234", "1234", "", "", "", ""),
    ]


# How old an answer may be


async def test_an_answer_holds_for_half_an_hour(road: Road, clock: FakeClock) -> None:
    first = await road.track()
    clock.now += timedelta(minutes=29, seconds=59)
    assert await road.track() == first
    assert first.as_of == NOW
    assert len(road.fake.queries) == 1
    clock.now += timedelta(seconds=1)
    assert (await road.track()).as_of == NOW + timedelta(minutes=30)
    assert len(road.fake.queries) == 2


async def test_nothing_holds_for_ten_minutes(road: Road, clock: FakeClock) -> None:
    number = "YT0000000000001"
    assert (await road.track(number=number)).trace == ()
    clock.now += timedelta(minutes=9, seconds=59)
    await road.track(number=number)
    assert len(road.fake.queries) == 1
    clock.now += timedelta(seconds=1)
    await road.track(number=number)
    assert len(road.fake.queries) == 2


async def test_a_locked_number_keeps_its_older_answer_and_its_age(
    road: Road, clock: FakeClock
) -> None:
    """Kuaidi100 locks for half an hour, also what it knew nothing of ten minutes ago."""
    first = await road.track()
    clock.now += timedelta(minutes=30)
    road.fake._asked_at[YTO] = clock.now  # somebody else asked just now
    with capture_logs() as logs:
        assert await road.track() == first
        assert await road.track() == first
    assert first.as_of == NOW
    assert len(road.fake.queries) == 2
    assert [(entry["event"], entry["code"]) for entry in logs] == [
        ("kuaidi100.number_refused", "600")
    ]
    clock.now += timedelta(minutes=30)
    assert (await road.track()).as_of == clock.now


async def test_a_number_that_is_locked_from_the_first_is_unavailable(
    road: Road, clock: FakeClock
) -> None:
    road.fake._asked_at[YTO] = clock.now
    with pytest.raises(ShopUnavailable, match="code 600"):
        await road.track()


async def test_a_clock_that_was_set_back_does_not_make_an_answer_last_for_ever(
    road: Road, clock: FakeClock
) -> None:
    await road.track()
    clock.now -= timedelta(hours=3)
    road.fake._asked_at.clear()
    assert (await road.track()).as_of == clock.now


async def test_many_who_ask_at_once_ask_once(road: Road) -> None:
    road.fake.faults.append(Fault(delay=0.1))
    answers = await asyncio.gather(*(road.track() for _ in range(20)))
    assert len(set(answers)) == 1
    assert road.fake.queries == [YTO]


async def test_one_who_goes_away_spoils_nothing_for_the_others(road: Road) -> None:
    road.fake.faults.append(Fault(delay=0.1))
    impatient = asyncio.create_task(road.track())
    patient = asyncio.create_task(road.track())
    await asyncio.sleep(0.02)
    impatient.cancel()
    assert (await patient).trace
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert road.fake.queries == [YTO]


async def test_a_failure_is_not_kept(road: Road, clock: FakeClock) -> None:
    road.fake.faults.append(Fault(status=500))
    with pytest.raises(ShopUnavailable, match="HTTP 500"):
        await road.track()
    assert (await road.track()).trace


# Refusals


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(code=503), "code 503; the signature is wrong"),
        (Fault(code=601), "code 601; the key has expired"),
        (Fault(code=400), "code 400$"),
        (Fault(body='{"result": false, "returnCode": "林先生", "message": "x"}'), "code unknown$"),
        (Fault(body='{"data": "x"}'), "Kuaidi100's answer cannot be read"),
        (Fault(body="[]"), "other than a JSON object"),
        (Fault(delay=2), "did not answer within 0.5 s"),
        (Fault(drop=True), "cannot be reached"),
    ],
)
async def test_a_refusal_is_unavailable(road: Road, fault: Fault, reason: str) -> None:
    road.fake.faults.append(fault)
    with pytest.raises(ShopUnavailable, match=reason) as refused:
        await road.track()
    for secret in (KEY, YTO, "127.0.0.1"):
        assert secret not in str(refused.value)


async def test_a_refusal_of_us_is_told_even_when_an_older_answer_is_known(
    road: Road, clock: FakeClock
) -> None:
    await road.track()
    clock.now += timedelta(minutes=30)
    road.fake.faults.append(Fault(code=601))
    with pytest.raises(ShopUnavailable, match="code 601"):
        await road.track()


async def test_a_wrong_key_is_refused_by_its_signature(road: Road, clock: FakeClock) -> None:
    async with served(road.fake.app()) as url:
        client, remote = kuaidi100_of(url, clock=clock, key="wrong")
        with pytest.raises(ShopUnavailable, match="code 503"):
            await client.track("yuantong", YTO, deadline=client.deadline())
        await remote.close()


# Subscribing


async def test_a_subscription_has_its_numbers_own_salt(road: Road) -> None:
    client = road.client
    for number, com, phone in ((YTO, "yuantong", ""), (SF, "shunfeng", PHONE)):
        await client.subscribe(
            com,
            number,
            callback_url="https://shop.example/push",
            phone=phone,
            deadline=client.deadline(),
        )
    salts = {number: one.salt for number, one in road.fake.subscriptions.items()}
    assert salts == {number: salt_of(number, secret=PUSH_SECRET) for number in (YTO, SF)}
    assert salts[YTO] != salts[SF]
    assert all(re.fullmatch(r"[0-9a-f]{32}", salt) for salt in salts.values())


async def test_subscribing_again_is_no_error(road: Road) -> None:
    for _ in range(2):
        await road.client.subscribe(
            "", YTO, callback_url="https://shop.example/push", deadline=road.client.deadline()
        )
    assert list(road.fake.subscriptions) == [YTO]


async def test_a_refused_subscription_is_unavailable(road: Road) -> None:
    road.fake.faults.append(Fault(code=601))
    with pytest.raises(ShopUnavailable, match="refused the subscription: code 601"):
        await road.client.subscribe(
            "yuantong", YTO, callback_url="https://x.example", deadline=road.client.deadline()
        )


def test_credentials_do_not_show_their_secrets() -> None:
    assert repr(Credentials(customer="c", key="k1", secret="s1")) == "Credentials(customer='c')"


# Another system's parcels


ADDRESS = Address(
    name="林", phone=PHONE, province="北京", city="北京市", district="海淀区", street="x"
)


class Base:
    """Orders and parcels of one customer."""

    def __init__(self, *parcels: Parcel, order: Order) -> None:
        self._parcels = parcels
        self._order = order

    async def recent(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        return (self._order,)

    async def order(self, customer_id: str, order_id: str) -> Order | None:
        return self._order

    async def parcels(self, customer_id: str, order_id: str) -> Sequence[Parcel]:
        return self._parcels

    async def by_waybill(self, customer_id: str, waybill: str) -> Parcel | None:
        return next((one for one in self._parcels if one.waybill == waybill), None)

    async def eta(self, parcel: Parcel) -> Eta:
        return Eta(earliest=NOW, latest=NOW, stuck_hours=None, sample=7)


def over(
    road: Road,
    *parcels: Parcel,
    phone: str = PHONE,
    sender: str = "",
    pushed: Tracking | None = None,
) -> Kuaidi100Parcels:
    order = replace(ORDER, address=replace(ADDRESS, phone=phone))
    base = Base(*parcels, order=order)

    async def told(parcel_id: str) -> Tracking | None:
        return pushed

    return Kuaidi100Parcels(
        base=base,
        orders=base,
        kuaidi100=road.client,
        told=told,
        history=base,
        sender_phone=sender,
    )


def sf(**changes: Any) -> Parcel:
    return parcel(carrier_code="SF", carrier="顺丰", waybill=SF, **changes)


async def test_parcels_get_their_traces_and_say_how_old_they_are(road: Road) -> None:
    gate = over(road, parcel(carrier_code="YTO", carrier="圆通", waybill=YTO), sf())
    one, two = await gate.parcels("c-1", ORDER.id)
    assert (one.state, one.as_of, one.carrier) == (ParcelState.DELIVERING, NOW, "圆通")
    assert (two.state, two.as_of, two.carrier) == (ParcelState.DELIVERING, NOW, "顺丰")
    assert (await gate.eta(one)).sample == 7
    found = await gate.by_waybill("c-1", SF)
    assert found == two
    assert await gate.by_waybill("c-1", "nothing") is None
    assert sorted(road.fake.queries) == [SF, YTO]


async def test_a_receiver_whose_number_is_hidden_leaves_the_senders(road: Road) -> None:
    [found] = await over(road, sf(), phone="199****").parcels("c-1", ORDER.id)
    assert (found.trace, found.as_of) == ((), None)
    [found] = await over(road, sf(), phone="199****", sender=PHONE).parcels("c-1", ORDER.id)
    assert found.state is ParcelState.DELIVERING


async def test_a_parcel_that_arrived_is_not_asked_for(road: Road) -> None:
    arrived = sf(trace=(TraceNode(at=NOW, state=ParcelState.SIGNED, city="", text="已签收"),))
    assert await over(road, arrived).parcels("c-1", ORDER.id) == (arrived,)
    assert road.fake.queries == []


async def test_the_newer_of_two_traces_is_told(road: Road) -> None:
    pushed = sf(
        trace=(TraceNode(at=NOW, state=ParcelState.PICKUP_READY, city="", text="已到驿站"),)
    )
    assert await over(road, pushed).parcels("c-1", ORDER.id) == (pushed,)


async def test_kuaidi100_knows_better_which_carrier_it_is(road: Road) -> None:
    road.fake.faults.append(
        Fault(body=json.dumps({"com": "jtexpress", "nu": YTO, "state": "5", "data": DELIVERING}))
    )
    wrong = parcel(carrier_code="YTO", carrier="圆通", waybill=YTO)
    [found] = await over(road, wrong).parcels("c-1", ORDER.id)
    assert (found.carrier_code, found.carrier) == ("JT", "极兔")


def told(at: datetime, *, asked: datetime) -> Tracking:
    node = TraceNode(at=at, state=ParcelState.PICKUP_READY, city="", text="已到驿站")
    return Tracking(trace=(node,), as_of=asked, com="shunfeng")


async def test_what_was_pushed_just_now_spares_the_question(road: Road) -> None:
    pushed = told(NOW - timedelta(days=9), asked=NOW - POSITIVE + timedelta(seconds=1))
    [found] = await over(road, sf(), pushed=pushed).parcels("c-1", ORDER.id)
    assert (found.trace, found.as_of) == (pushed.trace, pushed.as_of)
    assert road.fake.queries == []


async def test_what_was_pushed_long_ago_is_asked_for_and_the_newer_told(road: Road) -> None:
    old, new = (told(NOW + timedelta(days=days), asked=NOW - POSITIVE) for days in (-9, 9))
    [found] = await over(road, sf(), pushed=old).parcels("c-1", ORDER.id)
    assert found.state is ParcelState.DELIVERING
    [found] = await over(road, sf(), pushed=new).parcels("c-1", ORDER.id)
    assert found.trace == new.trace
    assert road.fake.queries == [SF]


async def test_a_push_that_tells_the_arrival_ends_the_questions(road: Road) -> None:
    node = TraceNode(at=NOW, state=ParcelState.SIGNED, city="", text="已签收")
    pushed = Tracking(trace=(node,), as_of=NOW - timedelta(days=3), com="shunfeng")
    [found] = await over(road, sf(), pushed=pushed).parcels("c-1", ORDER.id)
    assert (found.state, road.fake.queries) == (ParcelState.SIGNED, [])
