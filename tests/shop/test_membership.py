"""Levels and points, by the shop's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.database import Database
from shop.gateway import Shop
from shop.membership import membership, read_membership
from shop.policies import load_policy
from shop.types import OrderState
from tests.shop.world import LINE, NOW, POLICIES, add_customer, add_order, order

RULES = load_policy(POLICIES).membership
BOUGHT = order(LINE, state=OrderState.FINISHED)


def test_what_is_kept_within_the_year_counts() -> None:
    old = replace(BOUGHT, created_at=NOW - timedelta(days=366))
    closed = replace(BOUGHT, state=OrderState.CLOSED)
    part = replace(BOUGHT, refunded=900)
    found = membership("silver", (BOUGHT, old, closed, part), RULES, now=NOW)
    assert found.spent == 2 * BOUGHT.paid - 900
    assert found.next_level is not None
    assert (found.next_level.tier, found.missing) == ("gold", 200000 - found.spent)
    assert found.points == BOUGHT.paid // 100 + (BOUGHT.paid - 900) // 100


def test_what_has_not_come_earns_no_points_yet() -> None:
    found = membership("normal", (replace(BOUGHT, state=OrderState.SHIPPED),), RULES, now=NOW)
    assert (found.points, found.spent) == (0, BOUGHT.paid)


def test_the_highest_level_misses_nothing() -> None:
    found = membership("vip", (), RULES, now=NOW)
    assert (found.next_level, found.missing) == (None, 0)


@given(paid=st.lists(st.integers(0, 1_000_000), max_size=6), tier=st.sampled_from(RULES.levels))
def test_what_is_missing_is_never_below_zero(paid: list[int], tier: Any) -> None:
    orders = [replace(BOUGHT, paid=one) for one in paid]
    found = membership(tier.tier, orders, RULES, now=NOW)
    assert found.missing >= 0
    if found.next_level is not None and found.missing:
        assert found.spent + found.missing == found.next_level.from_spent


@pytest.mark.parametrize(
    "amounts", [(100, 200), (0, 0), (0, 500, 400)], ids=["no lowest", "equal", "falling"]
)
def test_levels_that_make_no_sense_are_refused(amounts: tuple[int, ...]) -> None:
    levels = {
        f"t{at}": {"name": "x", "from_spent": amount, "benefits": []}
        for at, amount in enumerate(amounts)
    }
    data = {"levels": levels, "days": 1, "point_per": 1, "point_days": 1, "point_worth": 1}
    with pytest.raises(ValueError, match="levels"):
        read_membership(data)


async def test_it_is_read_from_the_customers_own_orders(database: Database, shop: Shop) -> None:
    await add_customer(database, "c-1")
    await add_customer(database, "c-2")
    await add_order(database, BOUGHT)
    mine = await shop.customers.membership("c-1")
    other = await shop.customers.membership("c-2")
    assert mine is not None
    assert other is not None
    assert (mine.spent, other.spent) == (BOUGHT.paid, 0)
    assert await shop.customers.membership("nobody") is None
