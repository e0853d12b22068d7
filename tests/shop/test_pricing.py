"""What a purchase comes to: examples by hand, and what holds for every combination."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop.pricing import Wanted, quote, within_reach
from shop.types import Offer, OfferKind

CREAM = Wanted("p-cream", "护肤", 18900, floor=11340)
PRICE = Offer("price", OfferKind.PRICE, "直降", off=3000, products=frozenset({"p-cream"}))
MEMBER = Offer("member", OfferKind.MEMBER, "会员价", percent=95)
FULL = Offer("full", OfferKind.FULL, "满150减20", off=2000, threshold=15000)
COUPON = Offer("coupon", OfferKind.COUPON, "满100减5", off=500, threshold=10000)
SHIPPING = Offer("shipping", OfferKind.SHIPPING, "运费", off=600, threshold=5900)


def names(wanted: Wanted, *offers: Offer) -> list[str]:
    return [saving.offer.id for saving in quote([wanted], offers).savings]


def test_the_lower_of_promotion_and_member_price_counts_once() -> None:
    assert names(CREAM, PRICE, MEMBER) == ["price"]
    assert quote([CREAM], [PRICE, MEMBER]).total == 15900


def test_a_reduction_and_a_coupon_go_together_and_are_measured_alike() -> None:
    # 满减 and coupon look at 159, not at what the other left.
    made = quote([CREAM], [PRICE, FULL, COUPON])
    assert [saving.off for saving in made.savings] == [3000, 2000, 500]
    assert made.total == 13400


def test_only_the_best_coupon_is_used() -> None:
    better = Offer("better", OfferKind.COUPON, "满150减12", off=1200, threshold=15000)
    assert names(CREAM, COUPON, better) == ["better"]


def test_a_threshold_that_the_lower_price_misses_does_not_count() -> None:
    high = Offer("high", OfferKind.FULL, "满160减50", off=5000, threshold=16000)
    assert names(CREAM, PRICE, high) == ["price"]


def test_every_full_amount_counts_where_it_should() -> None:
    each = Offer("each", OfferKind.FULL, "每满100减10", off=1000, threshold=10000, each=True)
    three = Wanted("p-cream", "护肤", 18900, quantity=3)
    assert quote([three], [each]).total == 3 * 18900 - 5 * 1000


def test_an_offer_counts_only_for_its_goods() -> None:
    shirt = Wanted("p-shirt", "衬衫", 16900)
    skin = Offer(
        "skin",
        OfferKind.FULL,
        "护肤满300减30",
        off=3000,
        threshold=30000,
        categories=frozenset({"护肤"}),
    )
    assert quote([CREAM, shirt], [skin]).total == CREAM.price + shirt.price


def test_what_would_go_below_the_floor_is_left_out() -> None:
    huge = Offer("huge", OfferKind.COUPON, "减150", off=15000)
    assert names(CREAM, huge, COUPON) == ["coupon"]


def test_shipping_is_free_from_its_threshold_on() -> None:
    towel = Wanted("p-towel", "家居", 3500)
    assert quote([towel], [SHIPPING]).shipping == 600
    assert quote([Wanted("p-towel", "家居", 3500, quantity=2)], [SHIPPING]).shipping == 0


def test_the_nearest_offer_not_yet_reached_is_named() -> None:
    towels = [Wanted("p-towel", "家居", 3500, quantity=2)]
    near = within_reach(towels, [FULL, COUPON], most=3000)
    assert near is not None
    assert (near.offer.id, near.more) == ("coupon", 3000)
    assert within_reach(towels, [FULL, COUPON], most=2999) is None


CATEGORIES = ("护肤", "家居")
lines = st.lists(
    st.builds(
        lambda price, share, quantity, category: Wanted(
            f"p-{price}", category, price, price * share // 100, quantity
        ),
        st.integers(1, 500_000),
        st.integers(0, 100),
        st.integers(1, 20),
        st.sampled_from(CATEGORIES),
    ),
    min_size=1,
    max_size=4,
)
offers = st.lists(
    st.builds(
        Offer,
        id=st.uuids().map(str),
        kind=st.sampled_from(OfferKind),
        title=st.just("优惠"),
        off=st.integers(0, 600_000),
        percent=st.integers(1, 100),
        threshold=st.integers(0, 600_000),
        each=st.booleans(),
        categories=st.sets(st.sampled_from(CATEGORIES)).map(frozenset),
    ),
    max_size=6,
)


@given(lines, offers)
def test_a_total_is_whole_fen_between_the_floor_and_the_list_price(
    wanted: list[Wanted], running: list[Offer]
) -> None:
    made = quote(wanted, running)
    floor = sum(line.floor * line.quantity for line in wanted)
    assert isinstance(made.total, int)
    assert 0 <= floor <= made.total <= made.goods
    assert made.shipping >= 0
    assert all(isinstance(saving.off, int) and saving.off >= 0 for saving in made.savings)


@given(lines, offers)
def test_at_most_one_reduction_and_one_coupon(wanted: list[Wanted], running: list[Offer]) -> None:
    kinds = [saving.offer.kind for saving in quote(wanted, running).savings]
    assert kinds.count(OfferKind.FULL) <= 1
    assert kinds.count(OfferKind.COUPON) <= 1


@given(lines, offers, offers)
def test_one_more_coupon_never_makes_it_dearer(
    wanted: list[Wanted], running: list[Offer], more: list[Offer]
) -> None:
    coupons = [offer for offer in more if offer.kind is OfferKind.COUPON]
    assert quote(wanted, [*running, *coupons]).total <= quote(wanted, running).total
