"""The difference when the price fell: what counts, once for each line, never more than paid."""

from __future__ import annotations

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
from shop.operations.price_protection import PriceProtection, PriceProtectionHandler
from shop.operations.types import ReceiptState
from shop.policies import load_policy
from shop.types import (
    Offer,
    OfferKind,
    Order,
    OrderState,
    ParcelState,
    PricePoint,
    Product,
    ReturnReason,
    Sku,
)
from tests.shop.world import (
    CHINA,
    LINE,
    NOW,
    POLICIES,
    SKU,
    FakeClock,
    add_customer,
    add_order,
    add_product,
    order,
    parcel,
    signed,
)

RULES = load_policy(POLICIES).operations["price_protection"]
BOUGHT = replace(
    order(signed(2, quantity=2, paid=2 * LINE.paid, parcel_id="parcel-1"), paid=2 * LINE.paid),
    signed_at=NOW - timedelta(days=2),
    created_at=NOW - timedelta(days=6),
)
OP = PriceProtection(BOUGHT.id, BOUGHT.lines[0].id)
CHEAPER = replace(SKU, price=LINE.paid - 3000)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")


async def sold(database: Database, sku: Sku = CHEAPER, bought: Order = BOUGHT) -> None:
    await add_product(database, sku)
    delivered = parcel((60, ParcelState.COLLECTED), (48, ParcelState.SIGNED), order_id=bought.id)
    await add_order(database, bought, parcels=(delivered,))


def product(sku: Sku) -> Product:
    return Product(
        *(LINE.product_id, "680012340101", LINE.title, LINE.short_name, LINE.category),
        aliases=(),
        attributes=(),
        care="",
        skus=(sku,),
    )


def case(
    bought: Order,
    sku: Sku,
    *,
    offers: tuple[Offer, ...] = (),
    prices: tuple[PricePoint, ...] = (),
) -> Case:
    return Case(
        order=bought,
        line=bought.lines[0],
        product=product(sku),
        tier="normal",
        earlier=(),
        rules=RULES,
        now=NOW,
        zone=CHINA,
        offers=offers,
        prices=prices,
    )


def judged(of: Case) -> int:
    verdict = PriceProtectionHandler().judge(OP, of)
    assert verdict.allowed is (verdict.refund > 0)
    return verdict.refund


async def test_the_difference_of_all_pieces_comes_back_once(database: Database, shop: Shop) -> None:
    await sold(database)
    receipt = await shop.operations.carry_out("c-1", OP, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 6000)
    after = await shop.orders.order("c-1", BOUGHT.id)
    assert after is not None
    assert (after.refunded, after.lines[0].paid) == (6000, BOUGHT.paid - 6000)
    with pytest.raises(NotAllowed, match="只保一次"):
        await shop.operations.carry_out("c-1", OP, idempotency_key="other")


async def test_a_return_afterwards_gives_back_what_is_left(database: Database, shop: Shop) -> None:
    await sold(database)
    await shop.operations.carry_out("c-1", OP, idempotency_key="k")
    back = await shop.after_sales.eligibility(
        "c-1", BOUGHT.id, BOUGHT.lines[0].id, ReturnReason.QUALITY
    )
    assert (back.allowed, back.refund) == (True, BOUGHT.paid - 6000)


async def test_a_line_on_its_way_back_has_no_difference(database: Database, shop: Shop) -> None:
    await sold(database)
    await shop.after_sales.open_return(
        "c-1", BOUGHT.id, BOUGHT.lines[0].id, ReturnReason.QUALITY, idempotency_key="k"
    )
    assert not (await shop.operations.check("c-1", OP)).allowed


@pytest.mark.parametrize(("days", "allowed"), [(5, True), (6, False)])
async def test_the_window_counts_days_after_signing(
    database: Database, shop: Shop, clock: FakeClock, days: int, allowed: bool
) -> None:
    await sold(database)
    clock.now = NOW + timedelta(days=days)
    assert (await shop.operations.check("c-1", OP)).allowed is allowed


async def test_a_change_of_price_is_noted_by_itself(database: Database) -> None:
    await add_product(database, SKU)
    async with database.write() as connection:
        changed = sa.update(schema.skus).where(schema.skus.c.id == SKU.id)
        await connection.execute(changed.values(price=100))
        await connection.execute(changed.values(stock=1))
    async with database.read() as connection:
        rows = await connection.execute(
            sa.select(schema.price_history.c.price).order_by(schema.price_history.c.since)
        )
        assert [row.price for row in rows] == [SKU.price, 100]


@pytest.mark.parametrize("state", [OrderState.AWAITING_PAYMENT, OrderState.CLOSED])
async def test_what_was_not_bought_has_no_difference(
    database: Database, shop: Shop, state: OrderState
) -> None:
    await sold(database, bought=replace(BOUGHT, state=state))
    assert not (await shop.operations.check("c-1", OP)).allowed


def test_before_it_comes_it_counts_too() -> None:
    sent = replace(BOUGHT, state=OrderState.SHIPPED, signed_at=None, lines=order(LINE).lines)
    assert judged(case(replace(sent, paid=LINE.paid), CHEAPER)) == 3000


def test_a_campaign_counts_and_a_coupon_does_not() -> None:
    campaign = Offer("week", OfferKind.PRICE, "直降", off=1000)
    coupon = Offer("coupon", OfferKind.COUPON, "券", off=500)
    assert judged(case(BOUGHT, SKU, offers=(campaign, coupon))) == 2000
    only = PriceProtectionHandler().judge(OP, case(BOUGHT, SKU, offers=(coupon,)))
    assert not only.allowed
    assert "券" in only.rule


def test_an_excluded_campaign_does_not_count() -> None:
    flash = Offer("flash", OfferKind.PRICE, "秒杀", off=1000)
    of = case(BOUGHT, SKU, offers=(flash,))
    rules = replace(of.rules, settings={**of.rules.settings, "not_offers": ["flash"]})
    assert judged(replace(of, rules=rules)) == 0


def test_the_price_of_yesterday_still_counts_and_an_older_one_does_not() -> None:
    low, high = PricePoint(NOW - timedelta(days=3), 10000), SKU.price
    risen = PricePoint(NOW - timedelta(hours=20), high)
    assert judged(case(BOUGHT, SKU, prices=(low, risen))) == 2 * (high - 10000)
    long_risen = PricePoint(NOW - timedelta(days=2, hours=20), high)
    assert judged(case(BOUGHT, SKU, prices=(low, long_risen))) == 0


def test_what_it_cost_before_buying_does_not_count() -> None:
    before = PricePoint(BOUGHT.created_at - timedelta(days=9), 5000)
    risen = PricePoint(BOUGHT.created_at - timedelta(days=1), SKU.price)
    assert judged(case(BOUGHT, SKU, prices=(before, risen))) == 0


def test_a_gift_and_what_is_no_longer_sold_have_no_difference() -> None:
    gift = replace(BOUGHT, lines=(replace(BOUGHT.lines[0], gift=True, paid=0),))
    assert judged(case(gift, CHEAPER)) == 0
    assert judged(case(BOUGHT, replace(CHEAPER, id="s-9"))) == 0


MONEY = st.integers(0, 500_000)


@given(
    paid=MONEY,
    quantity=st.integers(1, 5),
    price=MONEY,
    floor=MONEY,
    refunded=MONEY,
    off=MONEY,
    points=st.lists(st.tuples(st.integers(-20, 0), MONEY), max_size=4),
)
def test_never_more_than_was_paid_nor_twice(
    paid: int,
    quantity: int,
    price: int,
    floor: int,
    refunded: int,
    off: int,
    points: list[tuple[int, int]],
) -> None:
    line = replace(BOUGHT.lines[0], paid=paid, quantity=quantity)
    bought = replace(BOUGHT, lines=(line,), paid=paid, refunded=refunded)
    history = tuple(PricePoint(NOW + timedelta(days=days), cost) for days, cost in sorted(points))
    running = (Offer("week", OfferKind.PRICE, "直降", off=off),)
    of = case(bought, replace(SKU, price=price, floor=floor), offers=running, prices=history)
    refund = judged(of)
    assert 0 <= refund <= max(0, min(paid, paid - refunded))
    once = replace(line, paid=paid - refund)
    again = replace(of, order=replace(bought, lines=(once,), refunded=refunded + refund), line=once)
    assert judged(again) == 0 or refund == paid - refunded
