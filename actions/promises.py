"""Whether the shop is behind its word."""

from __future__ import annotations

from datetime import datetime

from actions.formatting import is_past
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.types import Order, OrderState

_NOT_SENT = frozenset({OrderState.PAID, OrderState.PARTLY_SHIPPED})
_ORDERS = 10


async def behind_our_word(shop: Shop, customer_id: str | None, now: datetime) -> bool:
    """Whether an order of that customer should have been sent by now and was not.

    False when nobody can tell: the shop does not answer, or the customer is unknown.
    """
    if customer_id is None:
        return False
    try:
        orders = await shop.orders.recent(customer_id, limit=_ORDERS)
    except ShopUnavailable:
        return False
    return any(is_late(order, now) for order in orders)


def is_late(order: Order, now: datetime) -> bool:
    """Whether that order should have been sent by now and was not."""
    due = order.ship_by
    return order.state in _NOT_SENT and due is not None and is_past(due, now)
