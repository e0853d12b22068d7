"""Why a coupon does not take effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.database import Database
from shop.coupons import Obstacle, diagnose
from shop.demo import load_demo
from shop.gateway import Shop
from shop.pricing import Wanted, quote
from shop.types import Coupon, Offer, OfferKind
from tests.shop.world import DATA_DIR, NOW

OFFER = Offer("full", OfferKind.COUPON, "满100减10", off=1000, threshold=10000)
GOODS = (Wanted("p", "衬衫", 12000),)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("coupon", "goods", "obstacle"),
    [
        (Coupon(OFFER), GOODS, None),
        (Coupon(OFFER, used_at=NOW - DAY), GOODS, Obstacle.USED),
        (Coupon(replace(OFFER, until=NOW - DAY)), GOODS, Obstacle.EXPIRED),
        (Coupon(replace(OFFER, since=NOW + DAY)), GOODS, Obstacle.NOT_BEGUN),
        (Coupon(replace(OFFER, categories=frozenset({"外套"}))), GOODS, Obstacle.OTHER_GOODS),
        (Coupon(OFFER), (Wanted("p", "衬衫", 9999),), Obstacle.THRESHOLD),
        (Coupon(OFFER), (Wanted("p", "衬衫", 12000, floor=11500),), Obstacle.FLOOR),
    ],
)
def test_the_first_obstacle_is_named(
    coupon: Coupon, goods: tuple[Wanted, ...], obstacle: Obstacle | None
) -> None:
    assert diagnose(coupon, goods, (), now=NOW).obstacle is obstacle


def test_a_better_one_is_named() -> None:
    better = replace(OFFER, id="better", off=2000)
    found = diagnose(Coupon(OFFER), GOODS, (better,), now=NOW)
    assert (found.obstacle, found.better, found.total) == (Obstacle.ANOTHER, better, 10000)


def test_the_threshold_is_measured_after_the_price_of_each_piece() -> None:
    reduced = Offer("week", OfferKind.PRICE, "直降", off=3000)
    found = diagnose(Coupon(OFFER), GOODS, (reduced,), now=NOW)
    assert (found.obstacle, found.amount, found.more) == (Obstacle.THRESHOLD, 9000, 1000)


@given(price=st.integers(0, 30_000), threshold=st.integers(0, 30_000), off=st.integers(1, 5_000))
def test_what_is_told_agrees_with_the_checkout(price: int, threshold: int, off: int) -> None:
    offer = replace(OFFER, threshold=threshold, off=off)
    goods = (Wanted("p", "衬衫", price),)
    found = diagnose(Coupon(offer), goods, (offer,), now=NOW)
    used = [saving.offer for saving in quote(goods, (offer,)).savings]
    assert (found.obstacle is None) == (offer in used)
    if found.obstacle is Obstacle.THRESHOLD:
        enough = (Wanted("p", "衬衫", price + found.more),)
        assert diagnose(Coupon(offer), enough, (offer,), now=NOW).obstacle is None


async def test_used_up_ones_are_known_and_no_longer_offered(database: Database, shop: Shop) -> None:
    await load_demo(database, data_dir=DATA_DIR, clock=lambda: NOW)
    known = {one.offer.id: one for one in await shop.prices.coupons("c-lin")}
    assert known["lin-new"].used_at is not None
    assert "autumn-150" in known
    offered = {one.id for one in await shop.prices.offers("c-lin")}
    assert not offered & {"lin-new", "autumn-150"}
    assert "lin-birthday" not in {one.offer.id for one in await shop.prices.coupons("c-vip")}
