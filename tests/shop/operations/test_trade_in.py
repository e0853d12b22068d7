"""Trading in: the table of estimates, and no promise of money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.database import Database
from shop.errors import NotAllowed
from shop.gateway import Shop
from shop.operations.trade_in import Age, Condition, TradeIn, estimate
from shop.operations.types import ReceiptState
from shop.policies import load_policy
from shop.types import OrderState
from tests.shop.world import LINE, POLICIES, add_customer, add_order, order

SETTINGS = load_policy(POLICIES).operations["trade_in"].settings
NEW = order(replace(LINE, category="手机"), state=OrderState.PAID)
OLD = TradeIn(NEW.id, old="phone", model="vivo X60", age=Age.TO_2, condition=Condition.WORN)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")


async def test_it_is_noted_and_promises_no_money(database: Database, shop: Shop) -> None:
    await add_order(database, NEW)
    receipt = await shop.operations.carry_out("c-1", OLD, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 0)
    assert (receipt.details["low"], receipt.details["high"]) == ("37000", "82000")
    with pytest.raises(NotAllowed, match="已经登记"):
        await shop.operations.carry_out("c-1", OLD, idempotency_key="other")


async def test_called_off_another_one_may_be_noted(database: Database, shop: Shop) -> None:
    await add_order(database, NEW)
    off = TradeIn(NEW.id, cancel=True)
    assert not (await shop.operations.check("c-1", off)).allowed
    await shop.operations.carry_out("c-1", OLD, idempotency_key="a")
    await shop.operations.carry_out("c-1", off, idempotency_key="b")
    assert not (await shop.operations.check("c-1", off)).allowed
    assert (await shop.operations.check("c-1", OLD)).allowed


@pytest.mark.parametrize(
    "changes",
    [
        {"state": OrderState.AWAITING_PAYMENT},
        {"state": OrderState.CLOSED},
        {"state": OrderState.SIGNED},
        {"lines": order(LINE).lines},
    ],
)
async def test_only_with_something_new_that_is_coming(
    database: Database, shop: Shop, changes: dict[str, Any]
) -> None:
    await add_order(database, replace(NEW, **changes))
    verdict = await shop.operations.check("c-1", OLD)
    assert not verdict.allowed
    assert verdict.rule


async def test_nothing_is_noted_before_all_is_told(database: Database, shop: Shop) -> None:
    await add_order(database, NEW)
    half = replace(OLD, condition=None)
    assert (await shop.operations.check("c-1", half)).allowed
    with pytest.raises(NotAllowed):
        await shop.operations.carry_out("c-1", half, idempotency_key="k")


@given(
    old=st.sampled_from(sorted(SETTINGS["values"])),
    model=st.text(max_size=12),
    age=st.sampled_from(Age),
    condition=st.sampled_from(Condition),
)
def test_an_estimate_is_a_range_that_falls_with_the_condition(
    old: str, model: str, age: Age, condition: Condition
) -> None:
    operation = TradeIn("1", old=old, model=model, age=age, condition=condition)
    low, high = estimate(operation, SETTINGS)
    assert SETTINGS["least"] <= low <= high
    assert low % 1000 == high % 1000 == 0
    best = estimate(replace(operation, condition=Condition.GOOD), SETTINGS)
    assert (low, high) <= best
