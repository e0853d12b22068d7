"""Whether the shop is behind its word."""

from __future__ import annotations

from datetime import datetime

from actions.formatting import is_past
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.types import OrderState

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
    return any(
        order.state in _NOT_SENT and order.ship_by is not None and is_past(order.ship_by, now)
        for order in orders
    )
