"""An order's lines and parcels, from two systems."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shop.errors import UnknownOrder
from shop.shipped import line_of, with_parcels
from shop.types import ParcelState
from tests.shop.world import LINE, NOW, order, parcel

TWO = order(replace(LINE, parcel_id="p-1"), replace(LINE, parcel_id="p-2"), signed_at=None)
SIGNED = parcel((5, ParcelState.SIGNED), id="p-1")
ALSO_SIGNED = parcel((3, ParcelState.SIGNED), id="p-2")
UNDER_WAY = parcel((5, ParcelState.IN_TRANSIT), id="p-2")


def test_a_line_is_where_its_parcel_is() -> None:
    first, second = with_parcels(TWO, [SIGNED, UNDER_WAY]).lines
    assert (first.parcel_state, first.signed_at) == (ParcelState.SIGNED, SIGNED.signed_at)
    assert first.shipped_at == SIGNED.shipped_at
    assert (second.parcel_state, second.signed_at) == (ParcelState.IN_TRANSIT, None)


def test_an_order_is_signed_with_the_last_of_its_parcels() -> None:
    assert with_parcels(TWO, [SIGNED, UNDER_WAY]).signed_at is None
    assert with_parcels(TWO, [SIGNED]).signed_at is None
    whole = with_parcels(TWO, [SIGNED, ALSO_SIGNED])
    assert whole.signed_at == ALSO_SIGNED.signed_at


def test_what_the_order_says_itself_stays() -> None:
    confirmed = replace(TWO, signed_at=NOW - timedelta(days=1))
    assert with_parcels(confirmed, [UNDER_WAY]).signed_at == confirmed.signed_at
    assert with_parcels(confirmed, []) == confirmed


def test_a_line_is_found_or_unknown() -> None:
    assert line_of(TWO, TWO.lines[1].id) == (TWO, TWO.lines[1])
    for found, line in ((TWO, "0"), (None, "0")):
        with pytest.raises(UnknownOrder):
            line_of(found, line)
