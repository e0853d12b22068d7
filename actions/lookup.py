"""Which order a shopper means: by number, by plain words, or by what was just talked about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from actions.formatting import ZONE
from actions.needs import SURE
from actions.turn import Turn
from shop import references
from shop.gateway import Shop
from shop.references import Match, Reference
from shop.types import Order, OrderLine, OrderState, Parcel, Product

UNPAID = frozenset({OrderState.AWAITING_PAYMENT})
UNSHIPPED = frozenset({OrderState.PAID, OrderState.PARTLY_SHIPPED})
UNDER_WAY = frozenset({OrderState.SHIPPED, OrderState.PARTLY_SHIPPED})
RECEIVED = frozenset({OrderState.SIGNED, OrderState.FINISHED})
OPEN = UNSHIPPED | UNDER_WAY

_RECENT = 20
_NO_THING = re.compile(r"手机(?:号码?|尾号)")  # holds the name of a thing, but is none
_NEWEST = re.compile(
    r"最(?:[近新](?:一次)?(?:[买拍订购]|下单)?|后(?:一次)?(?:[买拍订购]|下单))的?[那这]?一?[单笔件个双条](?![月周礼星])"
)
_BEFORE_ARRIVAL = frozenset(
    {
        "urge_delivery",
        "ask_delivery_time",
        "change_delivery_time",
        "change_address",
        "cancel_order",
    }
)


@dataclass(frozen=True)
class Found:
    """One order. `line` is known when one line was meant; `doubt` names a detail that was said
    and does not fit (color, size, amount, time); `guessed`: nothing was said, it was in talk or
    is the only one in question.
    """

    order: Order
    line: OrderLine | None = None
    doubt: str = ""
    guessed: bool = False


@dataclass(frozen=True)
class Several:
    """More than one fits equally well, newest first."""

    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Nothing:
    """None fits. `said`: the shopper named one, so it is not simply that there are no orders."""

    said: bool
    recent: tuple[Order, ...]


Outcome = Found | Several | Nothing


def lines_meant(outcome: Outcome) -> list[tuple[Order, OrderLine]]:
    """The lines that are meant, each with its order."""
    if isinstance(outcome, Several):
        return [(match.order, match.line) for match in outcome.matches]
    if isinstance(outcome, Found):
        lines = (outcome.line,) if outcome.line else outcome.order.lines
        return [(outcome.order, line) for line in lines]
    return []


async def find_order(
    shop: Shop,
    customer_id: str,
    turn: Turn,
    *,
    now: datetime,
    prefer: Sequence[frozenset[OrderState]],
    target: bool = False,
) -> Outcome:
    """The customer's order that a turn is about.

    Args:
        shop: the gateway; it only ever answers about this customer.
        customer_id: the verified asker.
        turn: the message and what was talked about before it.
        now: the moment of asking.
        prefer: when nothing is said: the states to look for, best first.
        target: colour and size are those wished for, not those bought.
    """
    if (exact := turn.first("order_line")) is not None:
        return await _exact_line(shop, customer_id, exact)
    orders = tuple(await shop.orders.recent(customer_id, limit=_RECENT))
    reference = _reference(turn, now)
    if target:
        reference = replace(reference, color="", size="")
    ahead = turn.intent in _BEFORE_ARRIVAL or reference.about != references.ORDERED
    if ahead and reference.end and reference.end > now:
        reference = replace(reference, start=None, end=None)  # 能不能今天发: not yet so
    if reference.order_number and len(reference.order_number) >= 16:
        own = await shop.orders.order(customer_id, reference.order_number)
        if own is None:
            return Nothing(said=True, recent=orders)
        line = await _line_named(shop, own, reference)
        return Found(own, line)
    if reference.waybill:
        return await _by_waybill(shop, customer_id, reference, orders)
    products = {product.id: product for product in await shop.catalogue.products()}
    foreign = bool(reference.category) and not _sold(reference.category, products.values())
    if foreign:
        reference = replace(reference, category="")
    if not _says_anything(reference, orders, products):
        if foreign and not turn.slot("current_order") and len(orders) > 1:
            return Several(tuple(Match(order, order.lines[0], None) for order in orders))
        return await _unsaid(shop, customer_id, turn, orders, prefer)
    found = references.find(reference, orders, products=products)
    if not found.matches:
        return Nothing(said=True, recent=orders)
    matches = _newest(_named_by_more(found.matches, turn.text), turn.text)
    return _outcome(matches, found.forgiven)


async def without_foreign(shop: Shop, turn: Turn) -> Turn:
    """The turn without kinds of goods that the shop does not sell: 充电线 names no order's line."""
    words = turn.all("category")
    products = await shop.catalogue.products() if words else ()
    foreign = {word for word in words if not _sold(word, products)}
    kept = (e for e in turn.entities if e.name != "category" or e.value not in foreign)
    return replace(turn, entities=tuple(kept)) if foreign else turn


def _sold(category: str, products: Iterable[Product]) -> bool:
    """Whether the catalogue has goods of that kind, by category, name or title."""
    word = category.casefold()
    return any(
        word in name.casefold() or name.casefold() in word
        for product in products
        for name in (product.category, product.short_name, *product.aliases)
        if name
    ) or any(word in product.title.casefold() for product in products)


async def _line_named(shop: Shop, order: Order, reference: Reference) -> OrderLine | None:
    """The one line of the order that is named with its number, if one is."""
    if not (reference.products or reference.category):
        return None
    products = {product.id: product for product in await shop.catalogue.products()}
    named = Reference(products=reference.products, category=reference.category)
    found = references.find(named, [order], products=products).matches
    return found[0].line if len(found) == 1 else None


def _says_anything(
    reference: Reference, orders: Sequence[Order], products: Mapping[str, Product]
) -> bool:
    """Whether the message tells the customer's lines apart by more than their state."""
    details = replace(reference, text="", states=frozenset())
    if details != Reference(about=reference.about):
        return True
    named = references.find(Reference(text=reference.text), orders, products=products)
    return len(named.matches) < sum(len(order.lines) for order in orders)


def _named_by_more(matches: tuple[Match, ...], text: str) -> tuple[Match, ...]:
    """Those whose names share most with the text that others have not: 免烫那件衬衫 of four."""
    names = [match.line.short_name.casefold() for match in matches]
    plain = text.casefold()
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
    own = {pair for pair in pairs if any(pair in name for name in names)}
    shared = [sum(pair in name for pair in own) for name in names]
    most = max(shared, default=0)
    return tuple(match for match, count in zip(matches, shared, strict=True) if count == most)


def _newest(matches: tuple[Match, ...], text: str) -> tuple[Match, ...]:
    """Those of the newest order where the text means it: 最近买的那件, 最新一单."""
    if not _NEWEST.search(text):
        return matches
    last = max(match.order.created_at for match in matches)
    return tuple(match for match in matches if match.order.created_at == last)


def _outcome(matches: tuple[Match, ...], doubt: str) -> Outcome:
    if len(matches) == 1:
        return Found(matches[0].order, matches[0].line, doubt)
    if len({match.order.id for match in matches}) == 1 and not doubt:
        return Found(matches[0].order)
    return Several(matches)


async def _exact_line(shop: Shop, customer_id: str, value: str) -> Outcome:
    order_id, _, line_id = value.partition("/")
    order = await shop.orders.order(customer_id, order_id)
    line = next((line for line in order.lines if line.id == line_id), None) if order else None
    if order is None or line is None:
        return Nothing(said=True, recent=())
    return Found(order, line)


async def _by_waybill(
    shop: Shop, customer_id: str, reference: Reference, orders: tuple[Order, ...]
) -> Outcome:
    parcel = await shop.logistics.by_waybill(customer_id, reference.waybill)
    if parcel is not None:
        order = await shop.orders.order(customer_id, parcel.order_id)
        if order is not None:
            return Found(order, _only_line(order, parcel))
    parcels: list[Parcel] = []
    for order in orders:
        if order.shipped_at is not None:
            parcels += await shop.logistics.parcels(customer_id, order.id)
    found = references.find(replace(reference, text=""), orders, parcels=parcels)
    if not found.matches:
        return Nothing(said=True, recent=orders)
    return _outcome(found.matches, found.forgiven)


def _only_line(order: Order, parcel: Parcel) -> OrderLine | None:
    lines = [line for line in order.lines if line.parcel_id == parcel.id]
    return lines[0] if len(lines) == 1 and len(order.lines) > 1 else None


async def _unsaid(
    shop: Shop,
    customer_id: str,
    turn: Turn,
    orders: tuple[Order, ...],
    prefer: Sequence[frozenset[OrderState]],
) -> Outcome:
    if current := turn.slot("current_order"):
        order = await shop.orders.order(customer_id, current)
        if order is not None and not _too_late(order, orders, turn):
            return Found(order, _line_in_talk(order, turn), guessed=True)
    for states in prefer:
        fitting = [order for order in orders if order.state in states]
        if len(fitting) == 1:
            return Found(fitting[0], guessed=True)
        if fitting:
            return Several(tuple(Match(order, order.lines[0], None) for order in fitting))
    if len(orders) == 1:
        return Found(orders[0], guessed=True)
    return Nothing(said=False, recent=orders)


def _too_late(order: Order, orders: Sequence[Order], turn: Turn) -> bool:
    """Whether the wish can only be about another order: this one has arrived, that one has not."""
    coming = any(other.state in OPEN | UNPAID for other in orders)
    sure = turn.intent in _BEFORE_ARRIVAL and turn.confidence >= SURE
    return sure and order.state not in OPEN | UNPAID and coming


def _line_in_talk(order: Order, turn: Turn) -> OrderLine | None:
    product = turn.slot("current_product")
    lines = [line for line in order.lines if line.product_id == product]
    return lines[0] if len(lines) == 1 and len(order.lines) > 1 else None


def _reference(turn: Turn, now: datetime) -> Reference:
    """What the text says, and what its entities or a button add."""
    read = references.read(turn.text, now=now, zone=ZONE)
    return replace(
        read,
        text=_NO_THING.sub("", read.text),
        products=turn.all("product"),
        category=turn.first("category") or "",
        color=read.color or turn.first("color") or "",
        size=read.size or turn.first("size") or "",
        order_number=read.order_number or turn.first("order_number") or "",
        waybill=read.waybill or turn.first("waybill") or "",
    )
