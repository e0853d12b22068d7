"""Urging, on real databases: once in so many hours, with the truth about our word."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from conversations.database import Database
from shop import schema
from shop.errors import NotAllowed
from shop.gateway import Shop
from shop.operations.handler import Case
from shop.operations.types import ReceiptState
from shop.operations.urge import UrgeDelivery, UrgeHandler, is_late
from shop.policies import load_policy
from shop.types import OrderState, ParcelState
from tests.shop.world import (
    CHINA,
    LINE,
    NOW,
    POLICIES,
    FakeClock,
    add_customer,
    add_order,
    order,
    parcel,
)

PAID = order(LINE, state=OrderState.PAID)
URGE = UrgeDelivery(PAID.id)
RULES = load_policy(POLICIES).operations["urge_delivery"]


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")


async def promise(database: Database, hours: float) -> None:
    async with database.write() as connection:
        at = NOW + timedelta(hours=hours)
        await connection.execute(sa.update(schema.orders).values(ship_by=at))


@pytest.mark.parametrize(
    ("hours", "words", "late"), [(5, "还没到时间", "no"), (-5, "没做到", "yes")]
)
async def test_the_promise_is_told_as_it_is(
    database: Database, shop: Shop, hours: float, words: str, late: str
) -> None:
    await add_order(database, PAID)
    await promise(database, hours)
    verdict = await shop.operations.check("c-1", URGE)
    assert verdict.allowed
    assert words in verdict.rule
    receipt = await shop.operations.carry_out("c-1", URGE, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 0)
    assert receipt.details["late"] == late
    assert receipt.due == NOW + timedelta(hours=24)


async def test_once_in_a_day_however_often_it_is_asked(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    await add_order(database, PAID)
    found = await asyncio.gather(
        *(shop.operations.carry_out("c-1", URGE, idempotency_key=str(n)) for n in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, NotAllowed) for one in found) == 2
    clock.now += timedelta(hours=23)
    assert "已经催过" in (await shop.operations.check("c-1", URGE)).rule
    clock.now += timedelta(hours=1)
    await shop.operations.carry_out("c-1", URGE, idempotency_key="next")
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert after.remark.count("【催发】") == 1


@pytest.mark.parametrize("state", list(ParcelState))
async def test_only_a_parcel_on_its_way_is_hurried_up(
    database: Database, shop: Shop, state: ParcelState
) -> None:
    sent = order(
        replace(LINE, parcel_id="parcel-1"),
        state=OrderState.SHIPPED,
        shipped_at=NOW - timedelta(hours=9),
    )
    await add_order(database, sent, parcels=(parcel((5, state)),))
    verdict = await shop.operations.check("c-1", UrgeDelivery(sent.id))
    early = state in (ParcelState.NO_TRACE, ParcelState.COLLECTED, ParcelState.IN_TRANSIT)
    assert verdict.allowed is early
    if early:
        receipt = await shop.operations.carry_out("c-1", UrgeDelivery(sent.id), idempotency_key="k")
        assert receipt.details["asked"] == "中通"


@pytest.mark.parametrize(
    "state",
    [
        OrderState.AWAITING_PAYMENT,
        OrderState.SIGNED,
        OrderState.FINISHED,
        OrderState.CLOSED,
    ],
)
async def test_what_is_not_coming_is_not_urged(
    database: Database, shop: Shop, state: OrderState
) -> None:
    await add_order(database, order(LINE, state=state))
    verdict = await shop.operations.check("c-1", URGE)
    assert not verdict.allowed
    assert verdict.rule


@given(st.floats(-1000, 1000), st.sampled_from(list(OrderState)))
def test_the_shop_never_says_it_is_in_time_when_it_is_late(hours: float, state: OrderState) -> None:
    at = replace(PAID, state=state, ship_by=NOW + timedelta(hours=hours))
    case = Case(at, None, None, "normal", (), RULES, NOW, CHINA)
    verdict = UrgeHandler().judge(URGE, case)
    if is_late(case):
        assert "没做到" in verdict.rule
    else:
        assert "没做到" not in verdict.rule


def test_urging_without_a_pause_is_no_rule() -> None:
    with pytest.raises(ValueError, match="again_hours"):
        UrgeHandler().check_settings({"again_hours": 0, "answer_hours": 1})
