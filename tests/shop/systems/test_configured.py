"""Shops of several systems, and after-sales in SQL for orders of Taobao."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from shop.configured import configured_shop
from shop.errors import NotAllowed, ShopUnavailable, UnknownOrder
from shop.fakes.faults import Fault
from shop.policies import Policy
from shop.remote import Phase
from shop.settings import ShopSettings, System
from shop.sql import SqlAfterSales, SqlLogistics, SqlOrders
from shop.types import Order, ReturnReason, ReturnState
from tests.shop.systems.standing import Standing, keys_of, standing
from tests.shop.world import FakeClock

WANTED = ReturnReason.NO_LONGER_WANTED


@pytest.fixture
async def world(demo: Database, clock: FakeClock, policy: Policy) -> AsyncIterator[Standing]:
    """Orders of Taobao, parcels of Kuaidi100, the rest SQL."""
    async with standing(
        demo, orders=System.TAOBAO, parcels=System.KUAIDI100, clock=clock, policy=policy
    ) as world:
        yield world


@pytest.fixture
async def sweater(world: Standing) -> Order:
    """c-lin's sweater, signed for and not confirmed, which may be returned."""
    return (await world.shop.orders.recent("c-lin"))[1]


async def test_without_settings_it_is_sql_alone(
    database: Database, clock: FakeClock, policy: Policy
) -> None:
    configured = configured_shop(
        ShopSettings(), database=database, policies=lambda: policy, keys_of=keys_of, clock=clock
    )
    shop = configured.shop
    assert isinstance(shop.orders, SqlOrders)
    assert isinstance(shop.logistics, SqlLogistics)
    assert isinstance(shop.after_sales, SqlAfterSales)
    assert (configured.remotes, list(configured.health())) == ((), [])
    assert configured.expired_accounts() == frozenset()
    await configured.close()


async def test_the_health_of_each_system_is_told(world: Standing) -> None:
    assert [(one.system, one.phase) for one in world.configured.health()] == [
        ("Taobao", Phase.CLOSED),
        ("Kuaidi100", Phase.CLOSED),
    ]


async def test_an_account_that_must_authorise_us_anew_is_told(world: Standing) -> None:
    assert world.configured.expired_accounts() == frozenset()
    world.top.accounts[0].session = "another"
    with pytest.raises(ShopUnavailable, match="authorise the application anew"):
        await world.shop.orders.recent("c-lin")
    assert world.configured.expired_accounts() == {"main"}


async def test_the_catalogue_prices_and_customers_stay_sql(world: Standing) -> None:
    world.top.faults.extend([Fault(status=500)] * 9)
    assert await world.shop.catalogue.product("p-wool-sweater") is not None
    assert await world.shop.prices.offers("c-lin")
    assert await world.shop.customers.customer("c-lin") is not None
    assert world.top.calls == world.kuaidi100.queries == []


async def test_kuaidi100_spares_taobao_the_question_for_traces(world: Standing) -> None:
    order = (await world.shop.orders.recent("c-lin"))[0]
    [parcel] = await world.shop.logistics.parcels("c-lin", order.id)
    assert parcel.as_of is not None
    assert "taobao.logistics.trace.search" not in world.top.calls


async def test_the_other_system_being_down_is_unavailable(world: Standing) -> None:
    order = (await world.shop.orders.recent("c-lin"))[0]
    world.kuaidi100.faults.append(Fault(status=500))
    with pytest.raises(ShopUnavailable, match="Kuaidi100 answered HTTP 500"):
        await world.shop.logistics.parcels("c-lin", order.id)
    assert await world.shop.orders.order("c-lin", order.id) is not None


# After-sales in SQL


async def test_a_return_of_a_taobao_order_is_opened_in_sql(
    world: Standing, sweater: Order, demo: Database
) -> None:
    """Also for orders that the shop's own tables have never seen."""
    async with demo.write() as connection:
        for table in (
            schema.returns,
            schema.trace_nodes,
            schema.parcels,
            schema.order_lines,
            schema.orders,
            schema.customers,
        ):
            await connection.execute(sa.delete(table))
    line = sweater.lines[0].id
    after_sales = world.shop.after_sales
    answer = await after_sales.eligibility("c-lin", sweater.id, line, None)
    assert (answer.allowed, answer.refund) == (True, 32900)
    opened = await after_sales.open_return("c-lin", sweater.id, line, WANTED, idempotency_key="k")
    assert (opened.order_id, opened.line_id, opened.state) == (
        sweater.id,
        line,
        ReturnState.AWAITING_PARCEL,
    )
    again = await after_sales.open_return("c-lin", sweater.id, line, WANTED, idempotency_key="k")
    assert again == opened
    assert await after_sales.returns("c-lin") == (opened,)
    assert (await after_sales.eligibility("c-lin", sweater.id, line, None)).allowed is False
    customer = await world.shop.customers.customer("c-lin")
    assert customer is not None
    assert await after_sales.return_address() == opened.return_address


async def test_the_copy_follows_the_order(
    world: Standing, sweater: Order, clock: FakeClock
) -> None:
    line = sweater.lines[0].id
    assert (await world.shop.after_sales.eligibility("c-lin", sweater.id, line, None)).allowed
    trade = next(t for t in world.top.accounts[0].trades if t["tid_str"] == sweater.id)
    trade["status"] = "TRADE_CLOSED"
    answer = await world.shop.after_sales.eligibility("c-lin", sweater.id, line, None)
    assert "已经关闭" in answer.rule
    trade["status"] = "WAIT_BUYER_CONFIRM_GOODS"
    clock.now += timedelta(days=30)
    world.kuaidi100._asked_at.clear()
    answer = await world.shop.after_sales.eligibility("c-lin", sweater.id, line, None)
    assert (answer.allowed, "无理由退货到" in answer.rule) == (False, True)


async def test_what_comes_back_in_taobao_already_is_not_opened_here(
    world: Standing, sweater: Order
) -> None:
    trade = next(t for t in world.top.accounts[0].trades if t["tid_str"] == sweater.id)
    line = sweater.lines[0].id
    opened = await world.shop.after_sales.open_return(
        "c-lin", sweater.id, line, WANTED, idempotency_key="k"
    )
    trade["orders"]["order"][0]["refund_status"] = "WAIT_SELLER_AGREE"
    again = await world.shop.after_sales.open_return(
        "c-lin", sweater.id, line, WANTED, idempotency_key="k"
    )
    assert again == opened  # whatever happened in between
    split = (await world.shop.orders.recent("c-split"))[0]
    theirs = next(t for t in world.top.accounts[0].trades if t["tid_str"] == split.id)
    theirs["orders"]["order"][0]["refund_status"] = "SUCCESS"
    with pytest.raises(NotAllowed, match="已经有一笔退货"):
        await world.shop.after_sales.open_return(
            "c-split", split.id, split.lines[0].id, WANTED, idempotency_key="k"
        )
    answer = await world.shop.after_sales.eligibility(
        "c-split", split.id, split.lines[0].id, WANTED
    )
    assert "已经有一笔退货" in answer.rule


async def test_other_peoples_orders_are_not_copied(world: Standing, sweater: Order) -> None:
    for customer, line in (("c-vip", sweater.lines[0].id), ("c-lin", "0")):
        with pytest.raises(UnknownOrder):
            await world.shop.after_sales.eligibility(customer, sweater.id, line, None)
        with pytest.raises(UnknownOrder):
            await world.shop.after_sales.open_return(
                customer, sweater.id, line, WANTED, idempotency_key="k"
            )


async def test_taobaos_own_after_sales_can_be_chosen(
    demo: Database, clock: FakeClock, policy: Policy
) -> None:
    async with standing(
        demo,
        orders=System.TAOBAO,
        parcels=System.TAOBAO,
        after_sales=System.TAOBAO,
        clock=clock,
        policy=policy,
    ) as world:
        sweater = (await world.shop.orders.recent("c-lin"))[1]
        answer = await world.shop.after_sales.eligibility(
            "c-lin", sweater.id, sweater.lines[0].id, None
        )
        assert "我的淘宝" in answer.rule
        theirs = await world.shop.after_sales.returns("c-return")
        ours = await world.truth.after_sales.returns("c-return")
        assert theirs
        assert [(back.state, back.refund) for back in theirs] == [
            (back.state, back.refund) for back in ours
        ]
