"""Refunds of TOP as our returns, and what the rules say of a Taobao order."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from shop.errors import NotAllowed, ShopUnavailable, UnknownOrder
from shop.fakes.faults import Fault
from shop.fakes.top import FakeTop
from shop.policies import Policy
from shop.taobao.parcels import TaobaoParcels
from shop.taobao.refunds import TaobaoAfterSales, reason_of
from shop.taobao.trades import TaobaoOrders
from shop.types import ReturnReason, ReturnState
from tests.shop.systems.support import Taobao, fake_top, served
from tests.shop.systems.test_trades import (
    TID,
    TRADE,
    NoCatalogue,
    NoHistory,
    buyers,
    trace,
)
from tests.shop.world import FakeClock, china

OID = "2412345678901234568"
REFUND: dict[str, Any] = {
    "refund_id": "2212345678901234567",
    "tid": int(TID),
    "oid": int(OID),
    "status": "WAIT_BUYER_RETURN_GOODS",
    "refund_fee": "150.05",
    "reason": "质量问题",
    "created": "2026-11-17 10:00:00",
    "buyer_nick": "买**",
    "buyer_open_uid": "AAE-1",
    "refund_remind_timeout": {"exist_timeout": True, "timeout": "2026-11-24 10:00:00"},
}


@dataclass
class Desk:
    """After-sales over one fake."""

    after_sales: TaobaoAfterSales
    fake: FakeTop


@pytest.fixture
async def desk(clock: FakeClock, policy: Policy) -> AsyncIterator[Desk]:
    fake = fake_top(clock)
    fake.accounts[0].trades.append(copy.deepcopy(TRADE))
    fake.accounts[0].refunds.append(copy.deepcopy(REFUND))
    async with served(fake.app()) as url:
        taobao = Taobao(url, fake, clock=clock)
        orders = TaobaoOrders(client=taobao.client, buyers=buyers, catalogue=NoCatalogue())
        parcels = TaobaoParcels(client=taobao.client, orders=orders, history=NoHistory())
        yield Desk(
            after_sales=TaobaoAfterSales(
                client=taobao.client,
                buyers=buyers,
                orders=orders,
                logistics=parcels,
                policies=lambda: policy,
                clock=clock,
            ),
            fake=fake,
        )
        await taobao.remote.close()


async def test_a_refund_becomes_our_return(desk: Desk, policy: Policy) -> None:
    [back] = await desk.after_sales.returns("c-1")
    assert (back.number, back.order_id, back.line_id) == ("2212345678901234567", TID, OID)
    assert (back.customer_id, back.refund) == ("c-1", 15005)
    assert back.state is ReturnState.AWAITING_PARCEL
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.QUALITY, "shop")
    assert back.created_at == china(2026, 11, 17, 10)
    assert back.send_by == china(2026, 11, 24, 10)
    assert back.return_address == policy.return_address
    assert await desk.after_sales.return_address() == policy.return_address


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("WAIT_SELLER_AGREE", ReturnState.APPLIED),
        ("WAIT_BUYER_RETURN_GOODS", ReturnState.AWAITING_PARCEL),
        ("WAIT_SELLER_CONFIRM_GOODS", ReturnState.IN_TRANSIT),
        ("WAIT_SELLER_CONSIGN_GOODS", ReturnState.RECEIVED),
        ("WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS", ReturnState.RECEIVED),
        ("EXCHANGE_TRANSFORM_TO_REFUND", ReturnState.APPLIED),
        ("SELLER_REFUSE_BUYER", ReturnState.REFUSED),
        ("CLOSED", ReturnState.CANCELLED),
        ("SUCCESS", ReturnState.REFUNDED),
    ],
)
async def test_every_status_has_a_state(desk: Desk, status: str, state: ReturnState) -> None:
    desk.fake.accounts[0].refunds[0]["status"] = status
    [back] = await desk.after_sales.returns("c-1")
    assert back.state is state
    details = [call for call in desk.fake.calls if call == "taobao.refund.get"]
    assert len(details) == (state is ReturnState.AWAITING_PARCEL)


async def test_a_status_that_is_not_known_is_left_out(desk: Desk) -> None:
    desk.fake.accounts[0].refunds[0]["status"] = "SOMETHING_NEW"
    assert await desk.after_sales.returns("c-1") == ()


async def test_without_a_timeout_the_shops_own_rule_says_when_to_send(desk: Desk) -> None:
    desk.fake.accounts[0].refunds[0]["refund_remind_timeout"] = {"exist_timeout": False}
    [back] = await desk.after_sales.returns("c-1")
    assert back.send_by.astimezone(china(2026, 1, 1).tzinfo).date().isoformat() == "2026-11-24"


async def test_returns_come_newest_first(desk: Desk) -> None:
    desk.fake.accounts[0].refunds.append(
        {**REFUND, "refund_id": "9", "status": "SUCCESS", "created": "2026-11-18 10:00:00"}
    )
    assert [back.number for back in await desk.after_sales.returns("c-1")] == [
        "9",
        "2212345678901234567",
    ]


async def test_other_peoples_refunds_do_not_exist(desk: Desk) -> None:
    assert await desk.after_sales.returns("c-2") == ()
    assert await desk.after_sales.returns("c-9") == ()
    desk.fake._methods["taobao.refunds.receive.get"] = lambda account, form: {
        "refunds": {"refund": [REFUND, {**REFUND, "buyer_open_uid": None}]}
    }
    assert await desk.after_sales.returns("c-2") == ()  # even if the filter is ignored


async def test_an_odd_refund_is_unavailable(desk: Desk) -> None:
    desk.fake.accounts[0].refunds[0]["refund_fee"] = "many"
    with pytest.raises(ShopUnavailable, match="cannot be read"):
        await desk.after_sales.returns("c-1")
    desk.fake.faults.append(Fault(status=500))
    with pytest.raises(ShopUnavailable, match="HTTP 500"):
        await desk.after_sales.returns("c-1")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("不喜欢/不想要", ReturnReason.NO_LONGER_WANTED),
        ("7天无理由退换货", ReturnReason.NO_LONGER_WANTED),
        ("尺码拍错/不喜欢/效果差", ReturnReason.NO_LONGER_WANTED),
        ("大小/尺寸与商品描述不符", ReturnReason.WRONG_SIZE),
        ("质量问题", ReturnReason.QUALITY),
        ("做工粗糙/有瑕疵", ReturnReason.QUALITY),
        ("收到商品少件/破损/污渍", ReturnReason.DAMAGED),
        ("卖家发错货", ReturnReason.WRONG_ITEM),
        ("颜色/款式/图案描述不符", ReturnReason.NOT_AS_DESCRIBED),
        ("其他", ReturnReason.OTHER),
        ("", ReturnReason.OTHER),
    ],
)
def test_reasons_are_known_by_their_words(words: str, reason: ReturnReason) -> None:
    assert reason_of(words) is reason


# The rules


async def test_what_the_rules_allow_is_applied_for_in_taobao(desk: Desk) -> None:
    desk.fake.accounts[0].traces["75812340101001"] = trace(
        ("2026-11-17 12:00:00", "已签收", "SIGN")
    )
    answer = await desk.after_sales.eligibility("c-1", TID, OID, None)
    assert not answer.allowed
    assert answer.rule.startswith("可以退的")
    assert "我的淘宝" in answer.rule
    assert (answer.refund, answer.other_reasons) == (15005, ())
    with pytest.raises(NotAllowed, match="我的淘宝"):
        await desk.after_sales.open_return(
            "c-1", TID, OID, ReturnReason.QUALITY, idempotency_key="k"
        )


async def test_what_the_rules_forbid_says_the_rule_only(desk: Desk) -> None:
    answer = await desk.after_sales.eligibility("c-1", TID, OID, None)
    assert (answer.allowed, "还在路上" in answer.rule) == (False, True)
    assert "我的淘宝" not in answer.rule


async def test_a_line_that_comes_back_already_is_not_applied_for_again(desk: Desk) -> None:
    desk.fake.accounts[0].trades[0]["orders"]["order"][0]["refund_status"] = "WAIT_SELLER_AGREE"
    answer = await desk.after_sales.eligibility("c-1", TID, OID, None)
    assert "已经有一笔退货" in answer.rule


@pytest.mark.parametrize(
    ("customer", "tid", "line"), [("c-2", TID, OID), ("c-1", "5", OID), ("c-1", TID, "5")]
)
async def test_what_is_not_the_customers_is_unknown(
    desk: Desk, customer: str, tid: str, line: str
) -> None:
    with pytest.raises(UnknownOrder) as unknown:
        await desk.after_sales.eligibility(customer, tid, line, None)
    assert str(unknown.value).startswith("no such order line")
