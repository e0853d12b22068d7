"""What concerns a Taobao order is never carried out in the shop's own tables."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conversations.database import Database
from shop.errors import NotAllowed, UnknownOrder, UnknownReceipt
from shop.operations.types import Operation, Ruling
from shop.policies import Policy
from shop.settings import System
from shop.types import ReturnReason
from tests.shop.operations.goods import untold
from tests.shop.systems.standing import Standing, standing
from tests.shop.world import FakeClock


@pytest.fixture
async def world(demo: Database, clock: FakeClock, policy: Policy) -> AsyncIterator[Standing]:
    """Orders and parcels of Taobao."""
    async with standing(
        demo, orders=System.TAOBAO, parcels=System.TAOBAO, clock=clock, policy=policy
    ) as world:
        yield world


async def test_an_operation_is_left_to_people_even_when_the_order_was_copied(
    world: Standing,
) -> None:
    order = (await world.shop.orders.recent("c-lin"))[1]
    line = order.lines[0].id
    await world.shop.after_sales.eligibility("c-lin", order.id, line, ReturnReason.QUALITY)
    for operation in (Operation(order_id=order.id), Operation(order_id=order.id, line_id=line)):
        verdict = await world.shop.operations.check("c-lin", operation)
        assert not verdict.allowed
        assert "淘宝" in verdict.rule
        with pytest.raises(NotAllowed, match="淘宝"):
            await world.shop.operations.carry_out("c-lin", operation, idempotency_key="k")
    assert await world.shop.operations.receipts("c-lin") == ()


async def test_nothing_waits_for_a_decision_here(world: Standing) -> None:
    assert await world.shop.operations.pending("c-lin") == ()
    ruling = Ruling(approve=True, by="zhanggui", senior=True)
    with pytest.raises(UnknownReceipt):
        await world.shop.operations.decide("c-lin", "OP261118K7M2QX", ruling, tell=untold)


async def test_other_peoples_orders_are_unknown(world: Standing) -> None:
    order = (await world.shop.orders.recent("c-lin"))[1]
    for customer, line in (("c-vip", ""), ("nobody", ""), ("c-lin", "0")):
        with pytest.raises(UnknownOrder):
            await world.shop.operations.check(customer, Operation(order_id=order.id, line_id=line))
