"""An order's lines and parcels, whatever systems the two come from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shop.errors import UnknownOrder
from shop.types import Order, OrderLine, Parcel


def with_parcels(order: Order, parcels: Sequence[Parcel]) -> Order:
    """The order whose lines know where their parcels are.

    The order counts as signed once all its parcels are; what it says itself stays.
    """
    by_id = {parcel.id: parcel for parcel in parcels}
    lines = tuple(_line(line, by_id.get(line.parcel_id)) for line in order.lines)
    signed = [line.signed_at for line in lines]
    whole = max((at for at in signed if at is not None), default=None) if all(signed) else None
    return replace(order, lines=lines, signed_at=order.signed_at or whole)


def line_of(order: Order | None, line_id: str) -> tuple[Order, OrderLine]:
    """The order and that line of it.

    Raises:
        UnknownOrder: there is no such order or line; which of the two is not told.
    """
    for line in order.lines if order else ():
        if order and line.id == line_id:
            return order, line
    raise UnknownOrder("no such order line among the customer's own; ask which one is meant")


def _line(line: OrderLine, parcel: Parcel | None) -> OrderLine:
    if parcel is None:
        return line
    return replace(
        line,
        shipped_at=parcel.shipped_at,
        signed_at=parcel.signed_at,
        parcel_state=parcel.state,
    )
