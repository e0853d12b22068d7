"""Why a coupon or 满减 does not take effect, and what would make it. Pure, in fen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from shop.pricing import Wanted, quote, reached
from shop.types import Coupon, Offer


class Obstacle(str, Enum):
    """What stands in the way."""

    USED = "used"
    EXPIRED = "expired"
    NOT_BEGUN = "not_begun"
    OTHER_GOODS = "other_goods"  # it counts for none of the goods
    THRESHOLD = "threshold"  # the goods do not come to enough
    ANOTHER = "another"  # another one of its kind takes more off, and only one counts
    FLOOR = "floor"  # the price would go below its lowest


@dataclass(frozen=True)
class Diagnosis:
    """`obstacle` None: it counts, and the goods come to `total`.

    `amount` is what the goods that it counts for come to, `more` what is missing to its threshold;
    `better` is what counts instead of it.
    """

    coupon: Coupon
    obstacle: Obstacle | None
    amount: int = 0
    more: int = 0
    total: int = 0
    better: Offer | None = None


def diagnose(
    coupon: Coupon, wanted: Sequence[Wanted], offers: Iterable[Offer], *, now: datetime
) -> Diagnosis:
    """Why it does not take effect for those goods.

    Args:
        coupon: the coupon or 满减 in question.
        wanted: the goods; nothing: only used up, too late and too early can be told.
        offers: those in force that this customer may use.
        now: the moment of asking.
    """
    offer = coupon.offer
    if coupon.used_at is not None:
        return Diagnosis(coupon, Obstacle.USED)
    if offer.until is not None and offer.until < now:
        return Diagnosis(coupon, Obstacle.EXPIRED)
    if offer.since is not None and now < offer.since:
        return Diagnosis(coupon, Obstacle.NOT_BEGUN)
    if not wanted:
        return Diagnosis(coupon, None)
    running = list(dict.fromkeys((*offers, offer)))
    amount = reached(offer, wanted, running)
    if amount == 0:
        return Diagnosis(coupon, Obstacle.OTHER_GOODS)
    if amount < offer.threshold:
        more = offer.threshold - amount
        return Diagnosis(coupon, Obstacle.THRESHOLD, amount=amount, more=more)
    made = quote(wanted, running)
    used = [saving.offer for saving in made.savings]
    if offer in used:
        return Diagnosis(coupon, None, amount=amount, total=made.total)
    better = next((one for one in used if one.kind is offer.kind), None)
    obstacle = Obstacle.FLOOR if better is None else Obstacle.ANOTHER
    return Diagnosis(coupon, obstacle, amount=amount, total=made.total, better=better)
