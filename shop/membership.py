"""Where a customer stands among the members, by the shop's rules. Pure, in fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shop.types import Order, OrderState

_BOUGHT = frozenset(
    {OrderState.PAID, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED}
    | {OrderState.SIGNED, OrderState.FINISHED}
)
_RECEIVED = frozenset({OrderState.SIGNED, OrderState.FINISHED})


@dataclass(frozen=True)
class Level:
    """One of the levels: `tier` as the customer's record has it, `from_spent` what it takes."""

    tier: str
    name: str
    from_spent: int
    benefits: tuple[str, ...]


@dataclass(frozen=True)
class MembershipRules:
    """`levels` from the lowest to the highest; `days` are those whose spending counts.

    One point for each `point_per` fen, kept for `point_days`; `point_worth` fen each at checkout.
    """

    levels: tuple[Level, ...]
    days: int
    point_per: int
    point_days: int
    point_worth: int

    def level(self, tier: str) -> Level:
        """The level of that tier; the lowest for one that is not among them."""
        return next((one for one in self.levels if one.tier == tier), self.levels[0])


@dataclass(frozen=True)
class Membership:
    """A customer's level, and what is missing to the next (None: it is the highest).

    `spent` is what was paid and kept within the days that count. `points` were earned with what
    was received and is not too old; what of them was spent the shop does not know.
    """

    level: Level
    spent: int
    next_level: Level | None
    missing: int
    points: int
    rules: MembershipRules


def membership(
    tier: str, orders: Iterable[Order], rules: MembershipRules, *, now: datetime
) -> Membership:
    """Where the customer of that tier with these orders stands."""
    level = rules.level(tier)
    orders = tuple(orders)
    counted = _since(orders, now - timedelta(days=rules.days), _BOUGHT)
    spent = sum(map(_kept, counted))
    higher = rules.levels[rules.levels.index(level) + 1 :]
    next_level = higher[0] if higher else None
    received = _since(orders, now - timedelta(days=rules.point_days), _RECEIVED)
    return Membership(
        level=level,
        spent=spent,
        next_level=next_level,
        missing=max(0, next_level.from_spent - spent) if next_level else 0,
        points=sum(_kept(order) // rules.point_per for order in received),
        rules=rules,
    )


def read_membership(data: Mapping[str, Any]) -> MembershipRules:
    """The part `membership` of the policies.

    Raises:
        KeyError, TypeError, ValueError: something is missing or makes no sense.
    """
    levels = tuple(
        Level(
            tier=tier,
            name=str(entry["name"]),
            from_spent=int(entry["from_spent"]),
            benefits=tuple(str(one) for one in entry["benefits"]),
        )
        for tier, entry in data["levels"].items()
    )
    amounts = [level.from_spent for level in levels]
    if not levels or amounts[0] != 0 or amounts != sorted(set(amounts)):
        raise ValueError("membership.levels: from 0 up, each takes more than the one before")
    numbers = {name: int(data[name]) for name in ("days", "point_per", "point_days", "point_worth")}
    if min(numbers.values()) < 1:
        raise ValueError("membership: days and points are at least 1")
    return MembershipRules(levels=levels, **numbers)


def _since(orders: Sequence[Order], begin: datetime, states: frozenset[OrderState]) -> list[Order]:
    return [order for order in orders if order.state in states and order.created_at >= begin]


def _kept(order: Order) -> int:
    return max(0, order.paid - order.refunded)
