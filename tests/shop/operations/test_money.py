"""Whatever is asked for in whatever order: never more than was paid, never twice for one line."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.database import Database
from shop import schema
from shop.errors import CannotDecide, NotAllowed
from shop.gateway import Shop
from shop.operations.cancel import CancelOrder
from shop.operations.compensation import Compensation
from shop.operations.quality import QualityComplaint
from shop.operations.refund import RefundCause, RefundRequest, Share
from shop.operations.types import DEAD_STATES, Operation, Ruling
from shop.operations.wrong_goods import GoodsTrouble, WrongOrMissing
from shop.policies import load_policy
from shop.solutions import Way
from shop.sql import sql_shop
from shop.types import Order, OrderState, ParcelState, ReturnReason
from tests.shop.operations.goods import untold
from tests.shop.world import (
    LINE,
    NOW,
    POLICIES,
    SKU,
    FakeClock,
    add_customer,
    add_order,
    add_product,
    order,
    parcel,
    signed,
)

POLICY = load_policy(POLICIES)
ID = "4218860012340101001"
LINES = (f"{ID}-1", f"{ID}-2", "")

Wish: TypeAlias = Operation | tuple[str, ReturnReason] | bool

asked = st.one_of(
    st.builds(
        RefundRequest,
        st.just(ID),
        st.sampled_from(LINES),
        cause=st.sampled_from(RefundCause),
        share=st.sampled_from(Share),
    ),
    st.builds(
        WrongOrMissing,
        st.just(ID),
        st.sampled_from(LINES[:2]),
        trouble=st.sampled_from(GoodsTrouble),
        count=st.integers(1, 3),
        solution=st.sampled_from([Way.REFUND, Way.RESHIP, Way.EXCHANGE]),
    ),
    st.builds(
        QualityComplaint,
        st.just(ID),
        st.sampled_from(LINES[:2]),
        solution=st.just(Way.PARTIAL_REFUND),
    ),
    st.builds(CancelOrder, st.just(ID), st.sampled_from(LINES)),
    st.builds(Compensation, st.just(ID), amount=st.integers(0, 100000)),
    st.sampled_from([(line, reason) for line in LINES[:2] for reason in ReturnReason]),
    st.booleans(),  # what a person decides about the oldest that waits
)


@settings(max_examples=40)
@given(
    wishes=st.lists(asked, min_size=1, max_size=8),
    paid=st.tuples(st.integers(0, 60000), st.integers(1, 60000)),
    quantity=st.integers(1, 3),
    days=st.integers(0, 20),
    off=st.integers(0, 5000),
    hours=st.integers(1, 60),
)
def test_never_more_than_paid_and_never_twice_for_a_line(
    wishes: list[Wish],
    paid: tuple[int, int],
    quantity: int,
    days: int,
    off: int,
    hours: int,
) -> None:
    bought = order(
        *(signed(days, replace(LINE, paid=one, quantity=quantity), parcel_id="p") for one in paid),
        id=ID,
        paid=max(0, sum(paid) - off),
        signed_at=NOW - timedelta(days=days),
        shipped_at=NOW - timedelta(days=days + 2),
        state=OrderState.SIGNED,
        ship_by=NOW - timedelta(days=days + 3),
    )
    with TemporaryDirectory() as folder:
        asyncio.run(_ask(Path(folder), bought, wishes, hours=hours, days=days))


async def _ask(
    folder: Path,
    bought: Order,
    wishes: Sequence[Wish],
    *,
    hours: int,
    days: int,
) -> None:
    database = Database.from_url(f"sqlite:///{folder}/shop.db")
    clock = FakeClock(NOW)
    shop = sql_shop(database, policies=lambda: POLICY, clock=clock)
    try:
        async with database.write() as connection:
            await connection.run_sync(schema.metadata.create_all)
        await add_customer(database, "c-1")
        await add_product(database, replace(SKU, stock=100))
        way = parcel((days * 24.0, ParcelState.SIGNED), id="p", order_id=ID)
        await add_order(database, bought, parcels=(way,))
        for at, wish in enumerate(wishes):
            with suppress(NotAllowed, CannotDecide):
                if isinstance(wish, bool):
                    for one in (await shop.operations.pending("c-1"))[:1]:
                        ruling = Ruling(approve=wish, by="zhanggui", senior=True)
                        number = one.receipt.number
                        await shop.operations.decide("c-1", number, ruling, tell=untold)
                elif isinstance(wish, tuple):
                    await shop.after_sales.open_return(
                        "c-1", ID, wish[0], wish[1], idempotency_key=str(at)
                    )
                else:
                    await shop.operations.carry_out("c-1", wish, idempotency_key=str(at))
            clock.now += timedelta(hours=hours)
        await _looks_right(shop, bought)
    finally:
        await database.close()


async def _looks_right(shop: Shop, bought: Order) -> None:
    after = await shop.orders.order("c-1", ID)
    assert after is not None
    receipts = await shop.operations.receipts("c-1")
    returns = await shop.after_sales.returns("c-1")
    paying = [
        (one.line_id, one.refund) for one in receipts if one.refund and one.state not in DEAD_STATES
    ]
    paying += [(one.line_id, one.refund) for one in returns]
    assert after.refunded == sum(refund for _, refund in paying) <= bought.paid
    times = Counter(line for line, _ in paying if line)
    assert not times or max(times.values()) == 1
    for line in bought.lines:
        assert sum(refund for of, refund in paying if of == line.id) <= line.paid
