"""Compensation: what the records show, once, within the day's caps, never instead of a right."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from shop.errors import NotAllowed
from shop.gateway import Shop
from shop.operations.compensation import Compensation, Mishap
from shop.operations.types import ReceiptState
from shop.operations.wrong_goods import GoodsTrouble, WrongOrMissing
from shop.policies import Policy, load_policy
from shop.solutions import Way
from shop.sql import sql_shop
from shop.types import Order, OrderState, ReturnReason
from tests.shop.operations.goods import received
from tests.shop.world import LINE, NOW, POLICIES, FakeClock, add_customer, add_order, order


async def late(database: Database, *, tier: str = "normal", count: int = 1) -> list[Order]:
    """Orders of c-1 that should have been sent yesterday."""
    await add_customer(database, "c-1", tier=tier)
    found = []
    for number in range(count):
        one = order(
            LINE,
            id=f"42188600123401020{number:02d}",
            state=OrderState.PAID,
            ship_by=NOW - timedelta(days=1),
        )
        await add_order(database, one)
        found.append(one)
    return found


@pytest.mark.parametrize(("tier", "amount"), [("normal", 500), ("vip", 2000)])
async def test_a_broken_promise_is_worth_a_coupon_by_tier(
    database: Database, shop: Shop, tier: str, amount: int
) -> None:
    (bought,) = await late(database, tier=tier)
    receipt = await shop.operations.carry_out("c-1", Compensation(bought.id), idempotency_key="k")
    assert receipt.state is ReceiptState.DONE
    assert receipt.details == {"case": "late_shipping", "amount": str(amount), "as": "coupon"}
    (coupon,) = await shop.prices.offers("c-1")
    assert (coupon.off, coupon.owned) == (amount, True)
    assert await shop.prices.offers("c-2") == ()
    after = await shop.orders.order("c-1", bought.id)
    assert after is not None
    assert after.refunded == 0


async def test_it_is_given_once_for_each_order_and_mishap(database: Database, shop: Shop) -> None:
    (bought,) = await late(database)
    op = Compensation(bought.id, mishap=Mishap.LATE_SHIPPING)
    await shop.operations.carry_out("c-1", op, idempotency_key="k")
    with pytest.raises(NotAllowed, match="已经补偿过"):
        await shop.operations.carry_out("c-1", op, idempotency_key="other")


async def test_nothing_in_the_records_is_no_case(database: Database, shop: Shop) -> None:
    bought = await received(database)
    verdict = await shop.operations.check("c-1", Compensation(bought.id))
    assert not verdict.allowed


async def test_asking_for_more_asks_a_person(database: Database, shop: Shop) -> None:
    (bought,) = await late(database)
    receipt = await shop.operations.carry_out(
        "c-1", Compensation(bought.id, amount=10000), idempotency_key="k"
    )
    assert receipt.state is ReceiptState.AWAITING_APPROVAL
    assert int(receipt.details["amount"]) == bought.paid * 30 // 100
    assert await shop.prices.offers("c-1") == ()


async def test_the_days_cap_of_a_customer_holds_at_the_same_time_too(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    bought = await late(database, tier="vip", count=3)
    receipts = await asyncio.gather(
        *(
            shop.operations.carry_out("c-1", Compensation(one.id), idempotency_key=one.id)
            for one in bought
        )
    )
    given = [one for one in receipts if one.state is ReceiptState.DONE]
    assert len(given) == 1  # 2,000 each, 3,000 a day
    clock.now = NOW + timedelta(days=1)
    another = replace(bought[0], id="4218860012340199999")
    another = replace(another, lines=(replace(another.lines[0], id="4218860012340199999-1"),))
    await add_order(database, another)
    receipt = await shop.operations.carry_out("c-1", Compensation(another.id), idempotency_key="n")
    assert receipt.state is ReceiptState.DONE


async def test_the_days_cap_of_the_shop_holds(database: Database, clock: FakeClock) -> None:
    policy = load_policy(POLICIES)
    rules = policy.operations["compensation"]
    tight = replace(rules, settings={**rules.settings, "daily_shop": 600})
    capped: Policy = replace(policy, operations={**policy.operations, "compensation": tight})
    shop = sql_shop(database, policies=lambda: capped, clock=clock)
    first, second = await late(database, count=2)
    await shop.operations.carry_out("c-1", Compensation(first.id), idempotency_key="1")
    receipt = await shop.operations.carry_out("c-1", Compensation(second.id), idempotency_key="2")
    assert receipt.state is ReceiptState.AWAITING_APPROVAL


async def test_a_wrong_thing_and_a_broken_one_are_cases_and_take_nothing_of_the_right(
    database: Database, shop: Shop
) -> None:
    bought = await received(database, line=replace(LINE, quantity=2, paid=30000))
    line = bought.lines[0].id
    op = WrongOrMissing(bought.id, line, trouble=GoodsTrouble.MISSING, count=1, solution=Way.RESHIP)
    await shop.operations.carry_out("c-1", op, idempotency_key="k")
    sorry = await shop.operations.carry_out("c-1", Compensation(bought.id), idempotency_key="c")
    assert (sorry.state, sorry.details["case"]) == (ReceiptState.UNDER_WAY, "wrong_item")
    back = await shop.after_sales.eligibility("c-1", bought.id, line, ReturnReason.QUALITY)
    assert back.refund == 30000
    await shop.after_sales.open_return(
        "c-1", bought.id, line, ReturnReason.DAMAGED, idempotency_key="r"
    )
    broken = await shop.operations.carry_out("c-1", Compensation(bought.id), idempotency_key="d")
    assert broken.details["case"] == "damaged"


async def test_the_coupon_is_in_the_shoppers_name_only(database: Database, shop: Shop) -> None:
    (bought,) = await late(database)
    await shop.operations.carry_out("c-1", Compensation(bought.id), idempotency_key="k")
    async with database.read() as connection:
        owners = await connection.execute(sa.select(schema.offers.c.customer_id))
    assert owners.scalars().all() == ["c-1"]
