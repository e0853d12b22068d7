"""What would settle a trouble with goods, best first: by the goods, the shop's means, the history.

Pure. The flows offer it to shoppers, the handoff package to agents; both get the same list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

OFTEN = 3
"""Troubles of one customer within `History.cases` from which on a person looks first."""


class Trouble(str, Enum):
    """What is wrong."""

    QUALITY = "quality"
    DAMAGED = "damaged"
    WRONG = "wrong"
    MISSING = "missing"
    NOT_RECEIVED = "not_received"


class Way(str, Enum):
    """How it can be settled."""

    EXCHANGE = "exchange"  # the same thing anew, the bad or wrong one comes back
    RETURN = "return"  # back, and the money too
    REPAIR = "repair"
    PARTIAL_REFUND = "partial_refund"  # the goods are kept
    RESHIP = "reship"  # what is missing is sent
    REFUND = "refund"  # the money for what never came
    PERSON = "person"


@dataclass(frozen=True)
class Means:
    """What the shop can do for the line today. Money in fen, 0: not possible.

    `in_stock`: the same thing can be sent; `back` what a return would pay, `partial` what is paid
    for keeping it, `missing` the worth of what never came. `warranty_until` None: no free repair.
    `sent_back`: it makes sense to send such goods back (opened food does not).
    """

    in_stock: bool
    back: int = 0
    partial: int = 0
    missing: int = 0
    warranty_until: date | None = None
    sent_back: bool = True


@dataclass(frozen=True)
class History:
    """What was done for the customer before.

    `tried` are the ways taken for this very line; `cases` counts the customer's troubles of the
    last months, this one left out.
    """

    tier: str = "normal"
    tried: frozenset[Way] = frozenset()
    cases: int = 0


@dataclass(frozen=True)
class Proposal:
    """One way, and why it stands where it stands.

    `reason` names a label under `solution_why` of `phrases.yml`; `amount` is money to the shopper
    in fen, `until` a last day that the reason speaks of.
    """

    way: Way
    reason: str
    amount: int = 0
    until: date | None = None


_USUAL: Mapping[Trouble, Mapping[Way, int]] = {
    Trouble.QUALITY: {Way.EXCHANGE: 60, Way.RETURN: 55, Way.REPAIR: 45, Way.PARTIAL_REFUND: 40},
    Trouble.DAMAGED: {Way.EXCHANGE: 60, Way.RETURN: 55, Way.PARTIAL_REFUND: 45, Way.REPAIR: 20},
    Trouble.WRONG: {Way.EXCHANGE: 70, Way.RETURN: 55, Way.PARTIAL_REFUND: 30},
    Trouble.MISSING: {Way.RESHIP: 70, Way.REFUND: 60},
    Trouble.NOT_RECEIVED: {Way.REFUND: 65, Way.RESHIP: 60},
}
_MONEY = frozenset({Way.PARTIAL_REFUND, Way.REFUND})  # without anything coming back
_GOOD_TIERS = frozenset({"gold", "vip"})
_TRIED, _KEEPS, _OFTEN, _TIER = -40, 35, -30, 8
_PERSON = 10


def proposals(trouble: Trouble, means: Means, history: History) -> tuple[Proposal, ...]:
    """The ways that are open, best first; a person always stands last.

    A way that has been tried for this line counts less, keeping and being paid counts more for
    what cannot be sent back, and money without goods counts less for who asks for it often.
    """
    ranked = []
    for way, points in _USUAL[trouble].items():
        found = _open(way, means)
        if found is None:
            continue
        if way in history.tried:
            points, found = points + _TRIED, Proposal(way, "again", found.amount, found.until)
        if way is Way.PARTIAL_REFUND and not means.sent_back:
            points, found = points + _KEEPS, Proposal(way, "keep", found.amount)
        if way in _MONEY and history.cases >= OFTEN:
            points += _OFTEN
        elif way in _MONEY | {Way.RETURN} and history.tier in _GOOD_TIERS:
            points += _TIER
        ranked.append((points, found))
    often = history.cases >= OFTEN
    ranked.append((_PERSON, Proposal(Way.PERSON, "often" if often else "unsure")))
    ranked.sort(key=lambda pair: pair[0], reverse=True)
    return tuple(proposal for _, proposal in ranked)


def _open(way: Way, means: Means) -> Proposal | None:
    """That way with its usual reason, None when it is closed."""
    if way is Way.EXCHANGE and means.in_stock and means.back and means.sent_back:
        return Proposal(way, "in_stock")
    if way is Way.RESHIP and means.in_stock:
        return Proposal(way, "in_stock")
    if way is Way.RETURN and means.back and means.sent_back:
        return Proposal(way, "window" if means.in_stock else "sold_out", means.back)
    if way is Way.REPAIR and means.warranty_until is not None:
        return Proposal(way, "warranty", until=means.warranty_until)
    if way is Way.PARTIAL_REFUND and means.partial:
        return Proposal(way, "quick", means.partial)
    if way is Way.REFUND and means.missing:
        return Proposal(way, "not_sent", means.missing)
    return None
