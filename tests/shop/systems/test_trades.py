"""What TOP tells of trades, as our orders and parcels."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from structlog.testing import capture_logs

from conversations.keys import ConversationKey
from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.fakes.top import FakeTop
from shop.taobao.buyers import Buyer, linked_buyers
from shop.taobao.parcels import TaobaoParcels
from shop.taobao.reading import fen, identity, moment
from shop.taobao.trades import OwnTrade, TaobaoOrders, order_from
from shop.types import Eta, Order, OrderState, Parcel, ParcelState, Product
from tests.shop.systems.support import Taobao, fake_top, served
from tests.shop.world import NOW, FakeClock, china

TID = "2412345678901234567"  # more than a double can hold
LINE: dict[str, Any] = {
    "oid": 2412345678901234568,
    "num_iid": 680012340101,
    "sku_id": "5012345678901",
    "outer_sku_id": "s-shirt-black-l",
    "title": "牛津纺长袖衬衫 男女同款",
    "sku_properties_name": "颜色分类:黑色;尺码:L",
    "num": 2,
    "payment": "169.00",
    "divide_order_fee": "150.05",
    "refund_status": "NO_REFUND",
    "logistics_company": "中通快递",
    "invoice_no": "75812340101001",
    "consign_time": "2026-11-16 18:00:00",
}
TRADE: dict[str, Any] = {
    "tid": int(TID),
    "status": "WAIT_BUYER_CONFIRM_GOODS",
    "payment": "160.05",
    "post_fee": "10.00",
    "created": "2026-11-16 09:00:01",
    "pay_time": "2026-11-16 09:01:00",
    "consign_time": "2026-11-16 18:00:00",
    "est_con_time": "2026-11-18 09:01:00",
    "has_yfx": True,
    "buyer_nick": "买**",
    "buyer_open_uid": "AAE-1",
    "buyer_message": "请发顺丰",
    "receiver_name": "~AbCdEf~",
    "receiver_mobile": "$138$kX9$1$",
    "receiver_state": "北京",
    "receiver_city": "北京市",
    "receiver_district": "海淀区",
    "receiver_address": "中关***号",
    "orders": {"order": [LINE]},
}


class NoCatalogue:
    """A catalogue that knows nothing."""

    async def product(self, product_id: str) -> Product | None:
        return None

    async def products(self) -> Sequence[Product]:
        return ()

    async def search(self, words: str, *, limit: int = 5) -> Sequence[Product]:
        return ()


class NoHistory:
    """Parcels of the past: none."""

    async def parcels(self, customer_id: str, order_id: str) -> Sequence[Parcel]:
        return ()

    async def by_waybill(self, customer_id: str, waybill: str) -> Parcel | None:
        return None

    async def eta(self, parcel: Parcel) -> Eta:
        return Eta(earliest=None, latest=None, stuck_hours=None, sample=0)


async def buyers(customer_id: str) -> Sequence[Buyer]:
    """c-1 is one buyer at one account, c-2 the same at both, everybody else none."""
    known = {"c-1": ("main",), "c-2": ("main", "outlet")}
    number = customer_id.removeprefix("c-")
    return [Buyer(account, f"AAE-{number}") for account in known.get(customer_id, ())]


@dataclass
class Doors:
    """Both doors over one fake."""

    orders: TaobaoOrders
    parcels: TaobaoParcels
    fake: FakeTop


@pytest.fixture
async def doors(clock: FakeClock) -> AsyncIterator[Doors]:
    fake = fake_top(clock)
    fake.accounts[0].trades.append(copy.deepcopy(TRADE))
    async with served(fake.app()) as url:
        taobao = Taobao(url, fake, clock=clock)
        orders = TaobaoOrders(client=taobao.client, buyers=buyers, catalogue=NoCatalogue())
        parcels = TaobaoParcels(client=taobao.client, orders=orders, history=NoHistory())
        yield Doors(orders=orders, parcels=parcels, fake=fake)
        await taobao.remote.close()


def read(**changes: Any) -> Order:
    fields = {**copy.deepcopy(TRADE), **changes}
    return order_from(OwnTrade(account="main", tid=TID, fields=fields), customer_id="c-1")


# Reading


def test_a_trade_becomes_our_order() -> None:
    order = read()
    assert (order.id, order.customer_id, order.state) == (TID, "c-1", OrderState.SHIPPED)
    assert (order.paid, order.shipping_fee, order.refunded) == (16005, 1000, 0)
    assert order.created_at == china(2026, 11, 16, 9, 0) + timedelta(seconds=1)
    assert order.paid_at == china(2026, 11, 16, 9, 1)
    assert order.shipped_at == china(2026, 11, 16, 18)
    assert order.ship_by == china(2026, 11, 18, 9, 1)
    assert order.signed_at is None
    assert (order.remark, order.freight_insurance) == ("请发顺丰", True)
    [line] = order.lines
    assert (line.id, line.product_id, line.sku_id) == (
        "2412345678901234568",
        "680012340101",
        "s-shirt-black-l",
    )
    assert (line.color, line.size, line.quantity, line.paid) == ("黑色", "L", 2, 15005)
    assert (line.shipped_at, line.signed_at) == (china(2026, 11, 16, 18), None)
    assert (line.parcel_id, line.parcel_state) == (f"{TID}-75812340101001", ParcelState.NO_TRACE)
    assert not line.returned


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("TRADE_NO_CREATE_PAY", OrderState.AWAITING_PAYMENT),
        ("WAIT_BUYER_PAY", OrderState.AWAITING_PAYMENT),
        ("PAY_PENDING", OrderState.AWAITING_PAYMENT),
        ("WAIT_PRE_AUTH_CONFIRM", OrderState.AWAITING_PAYMENT),
        ("WAIT_SELLER_SEND_GOODS", OrderState.PAID),
        ("PAID_FORBID_CONSIGN", OrderState.PAID),
        ("SELLER_CONSIGNED_PART", OrderState.PARTLY_SHIPPED),
        ("WAIT_BUYER_CONFIRM_GOODS", OrderState.SHIPPED),
        ("TRADE_BUYER_SIGNED", OrderState.SIGNED),
        ("TRADE_FINISHED", OrderState.FINISHED),
        ("TRADE_CLOSED", OrderState.CLOSED),
        ("TRADE_CLOSED_BY_TAOBAO", OrderState.CLOSED),
        ("SOMETHING_NEW", OrderState.SHIPPED),
    ],
)
def test_every_status_has_a_state(status: str, state: OrderState) -> None:
    assert read(status=status).state is state


def test_an_unknown_status_is_judged_by_the_times() -> None:
    assert read(status="NEW", consign_time="").state is OrderState.PAID
    assert read(status="NEW", consign_time="", pay_time=None).state is OrderState.AWAITING_PAYMENT


def test_only_a_finished_trade_has_a_day_of_signing() -> None:
    ended = china(2026, 11, 20, 12)
    assert read(status="TRADE_FINISHED", end_time="2026-11-20 12:00:00").signed_at == ended
    assert read(end_time="2026-11-20 12:00:00").signed_at is None
    assert read(status="TRADE_CLOSED", end_time="2026-11-20 12:00:00").signed_at is None


def test_what_is_encrypted_is_left_out_and_what_is_masked_stays() -> None:
    address = read().address
    assert address is not None
    assert (address.name, address.phone, address.street) == ("", "", "中关***号")
    assert (address.province, address.city, address.district) == ("北京", "北京市", "海淀区")
    assert read(receiver_city="", receiver_district="").address is None
    assert read(receiver_city="").address is not None  # 济源: a district without a city


def test_a_promise_in_words_is_no_time() -> None:
    assert read(est_con_time="付款后3天内").ship_by is None


@pytest.mark.parametrize(
    ("status", "returned", "refunded"),
    [
        ("NO_REFUND", False, 0),
        ("WAIT_SELLER_AGREE", True, 0),
        ("WAIT_BUYER_RETURN_GOODS", True, 15005),
        ("WAIT_SELLER_CONFIRM_GOODS", True, 15005),
        ("SUCCESS", True, 15005),
        ("SELLER_REFUSE_BUYER", False, 0),
        ("CLOSED", False, 0),
    ],
)
def test_a_refund_marks_its_line(status: str, returned: bool, refunded: int) -> None:
    order = read(orders={"order": [{**LINE, "refund_status": status}]})
    assert (order.lines[0].returned, order.refunded) == (returned, refunded)


@pytest.mark.parametrize(
    "change",
    [
        {"created": None},
        {"created": "18.11.2026"},
        {"payment": "1.005"},
        {"payment": "many"},
        {"orders": {"order": [{**LINE, "oid": 2.4e18}]}},
        {"orders": {"order": [{**LINE, "num": None}]}},
        {"orders": {"other": []}},
        {"orders": {"order": ["x"]}},
    ],
)
async def test_a_trade_that_cannot_be_read_is_unavailable(
    doors: Doors, change: dict[str, Any]
) -> None:
    doors.fake.accounts[0].trades[0] |= change
    with pytest.raises(ShopUnavailable, match=r"cannot be read \([A-Za-z]+\)") as unreadable:
        await doors.orders.order("c-1", TID)
    assert TID not in str(unreadable.value)


def test_ids_money_and_times() -> None:
    assert identity(int(TID)) == identity(TID) == TID
    for odd in (1.5, True, None, "", {}):
        with pytest.raises(ValueError):
            identity(odd)
    assert [fen(amount) for amount in ("200.07", "0.00", "5", None, "", 1.1)] == [
        *(20007, 0, 500, 0, 0, 110),
    ]
    assert moment("2026-11-18 15:30:00") == datetime(2026, 11, 18, 7, 30, tzinfo=timezone.utc)
    assert moment("") is None


# Whose it is


async def test_the_number_arrives_whole(doors: Doors) -> None:
    order = await doors.orders.order("c-1", TID)
    assert order is not None
    assert order.id == TID
    assert doors.fake.forms[0]["tid"] == TID


async def test_the_buyer_must_be_the_asking_one(doors: Doors) -> None:
    assert await doors.orders.order("c-2", TID) is None
    assert await doors.orders.order("c-9", TID) is None
    assert await doors.parcels.parcels("c-2", TID) == ()


async def test_a_trade_without_a_buyer_is_nobodys(doors: Doors) -> None:
    del doors.fake.accounts[0].trades[0]["buyer_open_uid"]
    assert await doors.orders.order("c-1", TID) is None


async def test_a_list_that_is_not_filtered_gives_away_nothing(doors: Doors) -> None:
    """In case TOP ignores `buyer_open_id`."""
    foreign = {**TRADE, "tid": 7, "buyer_open_uid": "AAE-2"}
    answer = {"trades_sold_get_response": {"trades": {"trade": [foreign, TRADE]}}}
    doors.fake.faults.append(Fault(body=json.dumps(answer)))
    with capture_logs() as logs:
        assert [order.id for order in await doors.orders.recent("c-1")] == [TID]
    assert logs[0]["event"] == "taobao.other_buyers_trades_listed"


async def test_a_buyer_of_two_accounts_has_the_orders_of_both(doors: Doors) -> None:
    mine = {**TRADE, "buyer_open_uid": "AAE-2", "tid": 5, "created": "2026-11-10 10:00:00"}
    there = {**TRADE, "buyer_open_uid": "AAE-2", "tid": 6, "created": "2026-11-12 10:00:00"}
    doors.fake.accounts[0].trades.append(mine)
    doors.fake.accounts[1].trades.append(there)
    assert [order.id for order in await doors.orders.recent("c-2")] == ["6", "5"]
    assert [order.id for order in await doors.orders.recent("c-2", limit=1)] == ["6"]
    for tid in ("5", "6"):
        found = await doors.orders.order("c-2", tid)
        assert found is not None
        assert found.id == tid


async def test_a_customer_who_never_came_from_taobao_costs_no_call(doors: Doors) -> None:
    assert await doors.orders.recent("c-9") == ()
    assert await doors.orders.order("c-9", TID) is None
    assert await doors.orders.order("c-1", "not a number") is None
    assert doors.fake.calls == []


async def test_trades_of_more_than_three_months_ago_are_not_listed(doors: Doors) -> None:
    old = {**TRADE, "tid": 3, "created": "2026-08-01 10:00:00"}
    doors.fake.accounts[0].trades.append(old)
    assert [order.id for order in await doors.orders.recent("c-1")] == [TID]


async def test_buyers_come_from_verified_conversations_at_known_accounts() -> None:
    async def keys_of(customer_id: str) -> Sequence[ConversationKey]:
        return [
            ConversationKey("wechat", "main", "o-1"),
            ConversationKey("taobao", "main", "AAE-1"),
            ConversationKey("taobao", "closed", "AAE-1"),
        ]

    found = await linked_buyers(keys_of, accounts=("main", "outlet"))("c-1")
    assert found == [Buyer("main", "AAE-1")]
    assert "AAE-1" not in repr(found)


# Parcels


def trace(*nodes: tuple[str, str, str], **more: str) -> dict[str, Any]:
    return {
        "out_sid": "75812340101001",
        "company_name": "中通快递",
        "status": "对方已签收",
        "trace_list": {
            "transit_step_info": [
                {"status_time": at, "status_desc": said, "action": action}
                for at, said, action in nodes
            ]
        },
        **more,
    }


async def test_signed_by_status_alone_is_not_signed(doors: Doors) -> None:
    """offline.send: TOP says 对方已签收 from the first moment on."""
    traces = doors.fake.accounts[0].traces
    traces["75812340101001"] = {"out_sid": "75812340101001", "status": "对方已签收"}
    [parcel] = await doors.parcels.parcels("c-1", TID)
    assert (parcel.state, parcel.signed) == (ParcelState.NO_TRACE, False)
    traces["75812340101001"] = trace(
        ("2026-11-16 20:00:00", "【杭州市】已揽收", "ACCEPT"),
        ("2026-11-16 20:00:01", "对方已签收", ""),
    )
    [parcel] = await doors.parcels.parcels("c-1", TID)
    assert (parcel.state, parcel.signed) == (ParcelState.COLLECTED, False)
    assert parcel.trace[0].city == "杭州"


async def test_signed_by_a_node_is_signed(doors: Doors) -> None:
    doors.fake.accounts[0].traces["75812340101001"] = trace(
        ("2026-11-18 12:00:00", "【北京市】已签收，签收人：本人", "SIGN"),
        ("2026-11-16 20:00:00", "【杭州市】已揽收", "ACCEPT"),
    )
    [parcel] = await doors.parcels.parcels("c-1", TID)
    assert parcel.signed_at == china(2026, 11, 18, 12)
    assert [node.state for node in parcel.trace] == [ParcelState.COLLECTED, ParcelState.SIGNED]


async def test_shipped_but_unknown_to_the_carrier_has_no_trace(doors: Doors) -> None:
    [parcel] = await doors.parcels.parcels("c-1", TID)
    assert (parcel.waybill, parcel.carrier_code, parcel.carrier) == (
        "75812340101001",
        "ZTO",
        "中通",
    )
    assert (parcel.state, parcel.shipped_at) == (ParcelState.NO_TRACE, china(2026, 11, 16, 18))
    assert (parcel.origin_city, parcel.destination_city) == ("", "北京")


async def test_another_refusal_of_a_trace_is_unavailable(doors: Doors) -> None:
    doors.fake.faults.extend([Fault(), Fault(code=11, sub_code="isv.permission-api-limit")])
    with pytest.raises(ShopUnavailable, match="permission package"):
        await doors.parcels.parcels("c-1", TID)


async def test_a_split_order_asks_for_each_parcel_by_its_lines(doors: Doors) -> None:
    second = {
        **LINE,
        "oid": 2412345678901234569,
        "logistics_company": "顺丰速运",
        "invoice_no": " sf1012340104002",
        "consign_time": "2026-11-17 10:00:00",
    }
    unsent = {**LINE, "oid": 1, "invoice_no": "", "consign_time": None}
    doors.fake.accounts[0].trades[0]["orders"] = {"order": [second, LINE, unsent]}
    doors.fake.accounts[0].traces["75812340101001"] = trace(
        ("2026-11-16 20:00:00", "已揽收", "ACCEPT")
    )
    doors.fake.accounts[0].traces[" sf1012340104002"] = trace(
        ("2026-11-17 20:00:00", "派送中", "DELIVERING"), out_sid="SF1012340104002"
    )
    parcels = await doors.parcels.parcels("c-1", TID)
    assert [(p.waybill, p.state) for p in parcels] == [
        ("75812340101001", ParcelState.COLLECTED),
        ("SF1012340104002", ParcelState.DELIVERING),
    ]
    asked = [form for form in doors.fake.forms if form["method"].endswith("trace.search")]
    assert {(form["is_split"], form["sub_tid"]) for form in asked} == {
        ("1", "2412345678901234568"),
        ("1", "2412345678901234569"),
    }
    order = await doors.orders.order("c-1", TID)
    assert order is not None
    assert {line.parcel_id for line in order.lines} == {"", *(p.id for p in parcels)}
    found = await doors.parcels.by_waybill("c-1", "sf1012 3401 04002")
    assert found is not None
    assert found.state is ParcelState.DELIVERING


async def test_the_newest_parcel_of_a_number_wins(doors: Doors) -> None:
    newer = {**copy.deepcopy(TRADE), "tid": 8, "created": "2026-11-17 09:00:00"}
    newer["orders"]["order"][0]["consign_time"] = "2026-11-17 18:00:00"
    doors.fake.accounts[0].trades.append(newer)
    found = await doors.parcels.by_waybill("c-1", "75812340101001")
    assert found is not None
    assert found.order_id == "8"
    assert found.shipped_at < NOW
