"""Orders, parcels, returns and products as cards. Pure; labels come from `phrases.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from actions.formatting import clip, day, day_and_time, money, span
from actions.phrases import Phrases
from conversations.messages import Card
from shop.operations.types import DEAD_STATES, Receipt, ReceiptState
from shop.route_pictures import RoutePicture, Stop, shortened
from shop.types import (
    Eta,
    Order,
    OrderLine,
    OrderState,
    Parcel,
    Product,
    Return,
    ReturnState,
    TraceNode,
)

_TITLE = 40
_LINES_SHOWN = 3
_NODES_SHOWN = 12


def plain(card: Card) -> str:
    """The card as a text, for channels that show nothing else."""
    head = " ".join(part for part in (card.title, card.subtitle) if part)
    return "\n".join([head, *(f"{label}：{value}" for label, value in card.rows)])


def order_card(order: Order, phrases: Phrases, now: datetime) -> Card:
    """Number, goods, amount and dates of an order."""
    rows = [(phrases.label("card.order_number"), order.id)]
    rows += [(phrases.label("card.goods"), line_label(line)) for line in order.lines[:_LINES_SHOWN]]
    if len(order.lines) > _LINES_SHOWN:
        more = phrases.label("card.more_goods").format(count=len(order.lines))
        rows.append((phrases.label("card.goods"), more))
    unpaid = order.state is OrderState.AWAITING_PAYMENT
    amount = phrases.label("card.to_pay") if unpaid else phrases.label("card.paid")
    rows.append((amount, money(order.paid)))
    rows.append((phrases.label("card.ordered"), day_and_time(order.created_at, now)))
    if order.state is OrderState.PAID and order.ship_by is not None:
        rows.append((phrases.label("card.ship_by"), day_and_time(order.ship_by, now)))
    if order.shipped_at is not None:
        rows.append((phrases.label("card.shipped"), day_and_time(order.shipped_at, now)))
    if order.refunded:
        rows.append((phrases.label("card.refunded"), money(order.refunded)))
    return Card(
        title=phrases.label(f"order_state.{order.state.value}"),
        subtitle=clip(order.lines[0].label, _TITLE) if order.lines else "",
        rows=tuple(rows),
        image=next((line.image for line in order.lines if line.image), ""),
    )


def parcel_card(
    parcel: Parcel,
    lines: Sequence[OrderLine],
    eta: Eta,
    phrases: Phrases,
    now: datetime,
    *,
    picture: str = "",
) -> Card:
    """Carrier, waybill, newest node and expected arrival of a parcel, with its route's picture."""
    rows = [
        (phrases.label("card.carrier"), parcel.carrier),
        (phrases.label("card.waybill"), parcel.waybill),
    ]
    newest = parcel.newest
    if newest is not None:
        rows.append((phrases.label("card.newest"), f"{_where(newest)}{newest.text}"))
        rows.append((phrases.label("card.updated"), day_and_time(newest.at, now)))
    if not parcel.signed and eta.earliest is not None and eta.latest is not None:
        rows.append((phrases.label("card.eta"), span(eta.earliest, eta.latest, now)))
    return Card(
        title=phrases.label(f"parcel_state.{parcel.state.value}"),
        subtitle=clip("、".join(line_label(line) for line in lines), _TITLE),
        rows=tuple(rows),
        image=picture or next((line.image for line in lines if line.image), ""),
    )


def route_picture(parcel: Parcel, eta: Eta, phrases: Phrases, now: datetime) -> RoutePicture | None:
    """The parcel's way from place to place; None when it has been nowhere yet.

    Nodes of one place in a row are one stop, with the newest of them.
    """
    stops: list[Stop] = []
    for node in parcel.trace:
        if not node.city:
            continue
        if stops and stops[-1].place == node.city:
            stops.pop()
        note = phrases.label(f"parcel_state.{node.state.value}")
        stops.append(Stop(node.city, day_and_time(node.at, now), note, True))
    if not stops:
        return None
    footer = ""
    if not parcel.signed:
        if parcel.destination_city not in (stops[-1].place, ""):
            stops.append(Stop(parcel.destination_city, "", phrases.label("route.to"), False))
        if eta.earliest is not None and eta.latest is not None:
            when = span(eta.earliest, eta.latest, now)
            footer = phrases.label("route.eta").format(when=when)
    return RoutePicture(f"{parcel.carrier} {parcel.waybill}", shortened(stops), footer)


def timeline(parcel: Parcel, phrases: Phrases, now: datetime) -> str:
    """What the carrier wrote, newest first, with what is left out counted."""
    shown = parcel.trace[: -_NODES_SHOWN - 1 : -1]
    rows = [f"{day_and_time(node.at, now)} {_where(node)}{node.text}" for node in shown]
    if len(parcel.trace) > len(shown):
        left_out = len(parcel.trace) - len(shown)
        rows.append(phrases.label("route.more").format(count=left_out))
    return "\n".join([f"{parcel.carrier} {parcel.waybill}", *rows])


def _where(node: TraceNode) -> str:
    return f"【{node.city}】" if node.city and node.city not in node.text else ""


def return_card(back: Return, label: str, phrases: Phrases, now: datetime) -> Card:
    """Number, state, amount and dates of a return."""
    rows = [
        (phrases.label("card.return_number"), back.number),
        (phrases.label("card.reason"), phrases.label(f"reason.{back.reason.value}")),
        (phrases.label("card.refund"), money(back.refund)),
        (phrases.label("card.opened"), day_and_time(back.created_at, now)),
    ]
    if back.state is ReturnState.AWAITING_PARCEL:
        rows.append((phrases.label("card.send_to"), return_address(back)))
        rows.append((phrases.label("card.send_by"), day(back.send_by, now)))
    return Card(
        title=phrases.label(f"return_state.{back.state.value}"),
        subtitle=clip(label, _TITLE),
        rows=tuple(rows),
    )


def receipt_card(receipt: Receipt, label: str, phrases: Phrases, now: datetime) -> Card:
    """Number, what was asked for, where it stands and by when."""
    rows = [
        (phrases.label("card.receipt_number"), receipt.number),
        (phrases.label("card.opened"), day_and_time(receipt.created_at, now)),
    ]
    if receipt.refund:
        rows.append((phrases.label("card.refund"), money(receipt.refund)))
    for name in ("wanted", "send_to"):
        if receipt.details.get(name):
            rows.append((phrases.label(f"card.{name}"), receipt.details[name]))
    if receipt.state is ReceiptState.REFUSED and receipt.decision and receipt.decision.reason:
        rows.append((phrases.label("card.reason"), receipt.decision.reason))
    if receipt.due is not None and receipt.state not in DEAD_STATES:
        rows.append((phrases.label("card.due"), day_and_time(receipt.due, now)))
    what = phrases.label(f"receipt.{receipt.kind}")
    approved = receipt.state is ReceiptState.UNDER_WAY and receipt.decision is not None
    state = phrases.label(f"receipt_state.{'approved' if approved else receipt.state.value}")
    return Card(title=f"{what}：{state}", subtitle=clip(label, _TITLE), rows=tuple(rows))


def return_address(back: Return) -> str:
    """Where the parcel goes, with the name and phone that carriers ask for."""
    to = back.return_address
    return f"{to.province}{to.city}{to.district}{to.street} {to.name} {to.phone}"


def product_card(product: Product, phrases: Phrases) -> Card:
    """Price, choices and main facts of a product."""
    rows = [(phrases.label("card.price"), price_range(product))]
    rows += [(a.name, f"{a.value}{a.unit}") for a in product.attributes[:_LINES_SHOWN]]
    return Card(
        title=product.short_name,
        subtitle=clip(product.title, _TITLE),
        rows=tuple(rows),
        image=product.image,
    )


def price_range(product: Product) -> str:
    """¥129, or ¥129–¥159 when the choices differ."""
    prices = sorted({sku.price for sku in product.skus})
    if not prices:
        return "—"
    low, high = money(prices[0]), money(prices[-1])
    return low if low == high else f"{low}–{high}"


def line_label(line: OrderLine) -> str:
    """A line with how many of it were bought, when more than one: 保温杯 薄荷绿 ×2."""
    return clip(line.label, _TITLE) + (f" ×{line.quantity}" if line.quantity > 1 else "")
