"""Which of the customer's orders a screenshot shows. What is on it is not theirs until it is found.

The numbers on it are looked up at the gateway, which knows the asker's orders only; a title counts
where the page is one of an order, and one order alone has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from shop.gateway import Shop
from shop.types import Order, OrderLine
from shop.waybills import Number, NumberKind, find_numbers

_MOST_NUMBERS = 4  # of each kind: an order's page has one, each costs a call to the shop
_RECENT = 20
_OF_AN_ORDER = re.compile(r"订单|运单|物流|快递|实付|签收|发货|收货|交易|退款|待付款")
_SHORTEST_TITLE = 6  # characters
_OF_THE_LINE = 0.85  # of what was read stands in the title: part of it may be cut off
_OF_THE_TITLE = 0.5


@dataclass(frozen=True)
class ShownOrder:
    """The customer's order on a picture; `line` is its only one, or the one whose title is on it.

    `name` and `value` are the entity that stands for it: its number, or a parcel's waybill.
    """

    order: Order
    line: OrderLine | None
    name: str
    value: str


async def order_on(lines: Sequence[str], customer_id: str, shop: Shop) -> ShownOrder | None:
    """The one order of this customer that the lines of text name; None: none, or several.

    Raises:
        shop.errors.ShopUnavailable: a system that knows it does not answer.
    """
    found = await _numbered(lines, customer_id, shop) or await _titled(lines, customer_id, shop)
    if found is None:
        return None
    order, name, value = found
    bought = [line for line in order.lines if not line.gift]
    titled = [line for _, line in _lines_titled(lines, [order])]
    line = next((some[0] for some in (bought, titled) if len(some) == 1), None)
    return ShownOrder(order, line, name, value)


async def _numbered(
    lines: Sequence[str], customer_id: str, shop: Shop
) -> tuple[Order, str, str] | None:
    numbers = find_numbers("\n".join(lines))
    orders: dict[str, tuple[Order, str, str]] = {}
    for number in _of(NumberKind.ORDER, numbers):
        if (order := await shop.orders.order(customer_id, number)) is not None:
            orders[order.id] = (order, "order_number", order.id)
    for number in _of(NumberKind.WAYBILL, numbers) if not orders else ():
        parcel = await shop.logistics.by_waybill(customer_id, number)
        order = await shop.orders.order(customer_id, parcel.order_id) if parcel else None
        if order is not None:
            orders[order.id] = (order, "waybill", number)
    return next(iter(orders.values())) if len(orders) == 1 else None


def _of(kind: NumberKind, numbers: Iterable[Number]) -> list[str]:
    return [one.value for one in numbers if one.kinds[0] is kind][:_MOST_NUMBERS]


async def _titled(
    lines: Sequence[str], customer_id: str, shop: Shop
) -> tuple[Order, str, str] | None:
    if not any(_OF_AN_ORDER.search(line) for line in lines):
        return None
    orders = await shop.orders.recent(customer_id, limit=_RECENT)
    named = {order.id: order for order, _ in _lines_titled(lines, orders)}
    if len(named) != 1:
        return None
    (order,) = named.values()
    return order, "order_number", order.id


def _lines_titled(lines: Sequence[str], orders: Sequence[Order]) -> list[tuple[Order, OrderLine]]:
    """The lines of the orders whose titles are told best."""
    read = [plain for line in lines if len(plain := _plain(line)) >= _SHORTEST_TITLE]
    best = 0
    found: list[tuple[Order, OrderLine]] = []
    for order in orders:
        for line in order.lines:
            told = max((_told(words, _plain(line.title)) for words in read), default=0)
            if told > best:
                best, found = told, []
            if told and told == best:
                found.append((order, line))
    return found


def _told(words: str, title: str) -> int:
    """How many characters of the title the words are; 0 when they are something else."""
    if len(set(words) & set(title)) < _SHORTEST_TITLE - 1:
        return 0
    blocks = SequenceMatcher(None, words, title, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    fits = same >= len(words) * _OF_THE_LINE and same >= len(title) * _OF_THE_TITLE
    return same if fits and same >= _SHORTEST_TITLE else 0


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
