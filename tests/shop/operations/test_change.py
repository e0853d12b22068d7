"""Changing an order before it is sent: stock, money, remarks."""

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
from shop.operations.change import ChangeHandler, ChangeOrder, Wish, price_difference
from shop.operations.handler import Case
from shop.operations.types import ReceiptState
from shop.policies import Policy, load_policy
from shop.types import OrderState, Product, Sku
from tests.shop.world import (
    CHINA,
    LINE,
    NOW,
    POLICIES,
    SKU,
    add_customer,
    add_order,
    add_product,
    order,
    signed,
)

PAID = order(LINE, state=OrderState.PAID)
LINE_ID = PAID.lines[0].id
WHITE = replace(SKU, id="s-2", color="白色", price=15900, stock=1)
DEAR = replace(SKU, id="s-3", color="红色", price=17900)
GONE = replace(SKU, id="s-4", color="绿色", stock=0)
TO_WHITE = ChangeOrder(PAID.id, LINE_ID, wish=Wish.CHOICE, color="白色")
RULES = load_policy(POLICIES).operations["change_order"]


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")
    await add_customer(database, "c-2")
    await add_product(database, SKU, WHITE, DEAR, GONE)


async def stock(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(schema.skus.c.id, schema.skus.c.stock))
        return {row.id: row.stock for row in rows}


async def test_the_line_the_stock_and_the_money_change_together(
    database: Database, shop: Shop
) -> None:
    await add_order(database, PAID)
    verdict = await shop.operations.check("c-1", TO_WHITE)
    assert (verdict.allowed, verdict.refund) == (True, 1000)
    receipt = await shop.operations.carry_out("c-1", TO_WHITE, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 1000)
    assert receipt.due == NOW + timedelta(days=3)
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    line = after.lines[0]
    assert (line.sku_id, line.color, line.paid) == ("s-2", "白色", LINE.paid - 1000)
    assert after.refunded == 1000
    assert await stock(database) == {"s-1": 4, "s-2": 0, "s-3": 3, "s-4": 0}
    again = await shop.operations.carry_out("c-1", TO_WHITE, idempotency_key="k")
    assert again == receipt
    assert (await stock(database))["s-1"] == 4


async def test_the_last_piece_goes_to_one_of_two(database: Database, shop: Shop) -> None:
    other = replace(
        PAID, id="4218860012340101002", customer_id="c-2", lines=(replace(LINE, id="2"),)
    )
    await add_order(database, PAID)
    await add_order(database, other)
    found = await asyncio.gather(
        shop.operations.carry_out("c-1", TO_WHITE, idempotency_key="k"),
        shop.operations.carry_out(
            "c-2", replace(TO_WHITE, order_id=other.id, line_id="2"), idempotency_key="k"
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, NotAllowed) for one in found) == 1
    assert (await stock(database))["s-2"] == 0


async def test_after_it_the_line_gives_back_no_more_than_is_left(
    database: Database, shop: Shop
) -> None:
    both = order(LINE, LINE, state=OrderState.PAID, paid=2 * LINE.paid)
    await add_order(database, both)
    cheaper = replace(TO_WHITE, order_id=both.id, line_id=both.lines[0].id)
    await shop.operations.carry_out("c-1", cheaper, idempotency_key="k")
    after = await shop.orders.order("c-1", both.id)
    assert after is not None
    assert after.lines[0].paid + after.lines[1].paid + after.refunded == both.paid


async def test_a_remark_is_added_to_what_stands_there(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    for key, words in (("1", "别放驿站"), ("2", "先打电话")):
        asked = ChangeOrder(PAID.id, wish=Wish.REMARK, remark=words)
        receipt = await shop.operations.carry_out("c-1", asked, idempotency_key=key)
        assert words not in "".join(receipt.details.values())
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert after.remark == "别放驿站；先打电话"
    long = ChangeOrder(PAID.id, wish=Wish.REMARK, remark="长" * 200)
    assert not (await shop.operations.check("c-1", long)).allowed


@pytest.mark.parametrize(
    ("color", "size", "words"),
    [
        ("红色", "", "贵"),
        ("绿色", "", "没有货"),
        ("紫色", "", "没有「紫色」"),
        ("黑色", "L", "不用改"),
    ],
)
async def test_what_cannot_be_had_is_refused(
    database: Database, shop: Shop, color: str, size: str, words: str
) -> None:
    await add_order(database, PAID)
    asked = replace(TO_WHITE, color=color, size=size)
    assert words in (await shop.operations.check("c-1", asked)).rule
    with pytest.raises(NotAllowed):
        await shop.operations.carry_out("c-1", asked, idempotency_key="k")


@pytest.mark.parametrize("wish", list(Wish))
@pytest.mark.parametrize(
    "state",
    [OrderState.SHIPPED, OrderState.SIGNED, OrderState.FINISHED, OrderState.CLOSED],
)
async def test_nothing_changes_after_shipping(
    database: Database, shop: Shop, state: OrderState, wish: Wish
) -> None:
    await add_order(database, order(LINE, state=state))
    asked = replace(TO_WHITE, wish=wish, remark="备注")
    verdict = await shop.operations.check("c-1", asked)
    assert not verdict.allowed
    assert verdict.rule


async def test_only_the_line_that_waits_can_change(database: Database, shop: Shop) -> None:
    parts = order(signed(1), LINE, state=OrderState.PARTLY_SHIPPED, paid=2 * LINE.paid)
    await add_order(database, parts)
    waiting = replace(TO_WHITE, order_id=parts.id, line_id=parts.lines[1].id)
    assert (await shop.operations.check("c-1", waiting)).allowed


async def test_nothing_said_changes_nothing(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    for open_one in (ChangeOrder(PAID.id), ChangeOrder(PAID.id, LINE_ID, wish=Wish.CHOICE)):
        assert (await shop.operations.check("c-1", open_one)).allowed
        with pytest.raises(NotAllowed, match="还没有说清楚"):
            await shop.operations.carry_out("c-1", open_one, idempotency_key="k")


FEN = st.integers(0, 10**7)


@given(old=FEN, new=FEN, paid=FEN, refunded=FEN, quantity=st.integers(1, 5))
def test_no_change_gives_back_more_than_was_paid_or_costs_anything(
    old: int, new: int, paid: int, refunded: int, quantity: int
) -> None:
    line = replace(PAID.lines[0], paid=paid, quantity=quantity)
    skus = (replace(SKU, price=old), Sku("s-2", LINE.product_id, "白色", "L", new, 9))
    product = Product("p", "1", "t", "n", "c", (), (), "", skus)
    case = Case(
        order=replace(PAID, lines=(line,), paid=paid, refunded=refunded),
        line=line,
        product=product,
        tier="normal",
        earlier=(),
        rules=RULES,
        now=NOW,
        zone=CHINA,
    )
    verdict = ChangeHandler().judge(TO_WHITE, case)
    difference = price_difference(product, line, skus[1])
    assert verdict.allowed == (difference >= 0)
    assert verdict.fee == 0
    assert 0 <= verdict.refund <= max(0, min(difference, paid, paid - refunded))


def test_the_rules_of_the_shop_make_sense(policy: Policy) -> None:
    with pytest.raises(ValueError, match="remark_length"):
        ChangeHandler().check_settings({"refund_days": 3, "remark_length": 0})
