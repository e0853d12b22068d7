"""What a purchase comes to: the best lawful combination of the offers in force. Pure, in fen.

The order of a Chinese shop's checkout: first the price of each piece (promotion or member price,
whichever is lower), then at most one 满减, then at most one coupon, then shipping. 满减 and
coupon are both measured by the goods after the first step. Nothing goes below the floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from shop.types import Offer, OfferKind

_OF_A_PIECE = frozenset({OfferKind.PRICE, OfferKind.MEMBER})


@dataclass(frozen=True)
class Wanted:
    """So many pieces of one choice; `price` and `floor` are those of one piece."""

    product_id: str
    category: str
    price: int
    floor: int = 0
    quantity: int = 1


@dataclass(frozen=True)
class Saving:
    """What one offer takes off the purchase."""

    offer: Offer
    off: int


@dataclass(frozen=True)
class Quote:
    """A purchase: `goods` at list prices, what is taken off, and what shipping adds."""

    goods: int
    savings: tuple[Saving, ...]
    shipping: int

    @property
    def total(self) -> int:
        """What the goods come to, without shipping."""
        return self.goods - sum(saving.off for saving in self.savings)


@dataclass(frozen=True)
class Missing:
    """An offer that would count if the goods came to so much more."""

    offer: Offer
    more: int


def quote(wanted: Sequence[Wanted], offers: Iterable[Offer]) -> Quote:
    """The cheapest combination; among equals the one with fewer offers.

    Args:
        wanted: what is bought, at least one piece.
        offers: those in force that this customer may use.
    """
    offers = tuple(offers)
    goods = sum(line.price * line.quantity for line in wanted)
    floor = sum(line.floor * line.quantity for line in wanted)
    of_pieces = _piece_savings(wanted, offers)
    prices = [line.price - (saving.off if saving else 0) for line, saving in of_pieces]
    after = goods - sum(s.off * line.quantity for line, s in of_pieces if s)
    best: tuple[Saving, ...] = ()
    for chosen in product(*(_once(kind, wanted, prices, offers) for kind in _ONCE)):
        used = tuple(saving for saving in chosen if saving is not None)
        total = after - sum(saving.off for saving in used)
        lowest = after - sum(saving.off for saving in best)
        if total >= floor and (total, len(used)) < (lowest, len(best)):
            best = used
    return Quote(
        goods=goods,
        savings=_merged(of_pieces) + best,
        shipping=_shipping(after - sum(saving.off for saving in best), wanted, offers),
    )


def within_reach(wanted: Sequence[Wanted], offers: Iterable[Offer], *, most: int) -> Missing | None:
    """The 满减 or coupon not yet reached for which least is missing, at most `most` fen."""
    offers = tuple(offers)
    pieces = _piece_savings(wanted, offers)
    prices = [line.price - (saving.off if saving else 0) for line, saving in pieces]
    missing = [
        Missing(offer, offer.threshold - amount)
        for offer in offers
        if offer.kind in _ONCE
        and 0 < (amount := _amount(offer, wanted, prices)) < offer.threshold <= amount + most
    ]
    return min(missing, key=lambda one: one.more, default=None)


def reached(offer: Offer, wanted: Sequence[Wanted], offers: Iterable[Offer]) -> int:
    """What the goods that `offer` covers come to, measured as its threshold is."""
    pieces = _piece_savings(wanted, tuple(offers))
    prices = [line.price - (saving.off if saving else 0) for line, saving in pieces]
    return _amount(offer, wanted, prices)


_ONCE = (OfferKind.FULL, OfferKind.COUPON)


def _piece_savings(
    wanted: Sequence[Wanted], offers: Sequence[Offer]
) -> list[tuple[Wanted, Saving | None]]:
    """For each line the best price of one piece, never below its floor."""
    found: list[tuple[Wanted, Saving | None]] = []
    for line in wanted:
        savings = [
            Saving(offer, line.price - max(_reduced(line.price, offer), line.floor))
            for offer in offers
            if offer.kind in _OF_A_PIECE and offer.covers(line.product_id, line.category)
        ]
        best = max(savings, key=lambda saving: saving.off, default=None)
        found.append((line, best if best and best.off > 0 else None))
    return found


def _reduced(price: int, offer: Offer) -> int:
    return max(price * offer.percent // 100 - offer.off, 0)


def _merged(of_pieces: Sequence[tuple[Wanted, Saving | None]]) -> tuple[Saving, ...]:
    """One saving for each offer, whole lines."""
    by_offer: dict[Offer, int] = {}
    for line, saving in of_pieces:
        if saving is not None:
            by_offer[saving.offer] = by_offer.get(saving.offer, 0) + saving.off * line.quantity
    return tuple(Saving(offer, off) for offer, off in by_offer.items())


def _once(
    kind: OfferKind, wanted: Sequence[Wanted], prices: Sequence[int], offers: Sequence[Offer]
) -> list[Saving | None]:
    """None, and each offer of that kind whose threshold is reached."""
    found: list[Saving | None] = [None]
    for offer in offers:
        amount = _amount(offer, wanted, prices)
        if offer.kind is kind and amount > 0 and amount >= offer.threshold:
            times = amount // offer.threshold if offer.each and offer.threshold else 1
            off = amount - amount * offer.percent // 100 + offer.off * times
            found.append(Saving(offer, min(off, amount)))
    return found


def _amount(offer: Offer, wanted: Sequence[Wanted], prices: Sequence[int]) -> int:
    """What the goods that the offer covers come to."""
    return sum(
        price * line.quantity
        for line, price in zip(wanted, prices, strict=True)
        if offer.covers(line.product_id, line.category)
    )


def _shipping(total: int, wanted: Sequence[Wanted], offers: Sequence[Offer]) -> int:
    fees = [
        0 if total >= offer.threshold else offer.off
        for offer in offers
        if offer.kind is OfferKind.SHIPPING
        and all(offer.covers(line.product_id, line.category) for line in wanted)
    ]
    return min(fees, default=0)
