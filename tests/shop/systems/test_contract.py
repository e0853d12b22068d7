"""One contract for orders and parcels, whatever systems stand behind the gateway."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from conversations.database import Database
from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.gateway import Shop
from shop.policies import Policy
from shop.settings import System
from shop.sql import sql_shop
from shop.types import OrderState, ParcelState
from tests.conftest import fresh_postgres
from tests.shop.systems.conftest import make_tables
from tests.shop.systems.standing import PEOPLE, Standing, standing
from tests.shop.world import FakeClock

SYSTEMS = {
    "sql-sqlite": (System.SQL, System.SQL),
    "sql-postgresql": (System.SQL, System.SQL),
    "taobao": (System.TAOBAO, System.TAOBAO),
    "kuaidi100-over-sql": (System.SQL, System.KUAIDI100),
    "kuaidi100-over-taobao": (System.TAOBAO, System.KUAIDI100),
}


@pytest.fixture(params=SYSTEMS)
def systems(request: pytest.FixtureRequest) -> str:
    """Which systems stand behind the gateway."""
    return str(request.param)


@pytest.fixture(scope="module")
def demo_postgres(postgres_url: str) -> Iterator[str]:
    """The demo shop on PostgreSQL; nothing here changes it."""
    with fresh_postgres(postgres_url) as url:
        asyncio.run(make_tables(url, demo=True))
        yield url


@pytest.fixture
def database_url(systems: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The shop's own tables, with the demo shop; on PostgreSQL in one case only."""
    if systems == "sql-postgresql":
        return str(request.getfixturevalue("demo_postgres"))
    demo_file = request.getfixturevalue("demo_file")
    return f"sqlite:///{shutil.copy(demo_file, tmp_path / 'shop.db')}"


@pytest.fixture
async def world(
    systems: str, database: Database, clock: FakeClock, policy: Policy
) -> AsyncIterator[Standing]:
    """The demo shop with those systems."""
    orders, parcels = SYSTEMS[systems]
    async with standing(
        database, orders=orders, parcels=parcels, clock=clock, policy=policy
    ) as world:
        yield world


@pytest.fixture
def gate(world: Standing) -> Shop:
    """The gateway under test."""
    return world.shop


# Orders


async def test_recent_orders_come_newest_first_with_their_lines(gate: Shop) -> None:
    orders = await gate.orders.recent("c-lin")
    assert [o.lines[0].label for o in orders] == [
        "牛津纺衬衫 黑色 L",
        "羊毛圆领毛衣 燕麦色 M",
        "头戴降噪耳机 曜石黑",
    ]
    assert [o.created_at for o in orders] == sorted((o.created_at for o in orders), reverse=True)
    assert orders[0].state is OrderState.SHIPPED
    # Taobao waits for the buyer's confirmation: a signed order is a shipped one there.
    assert orders[1].state in (OrderState.SIGNED, OrderState.SHIPPED)
    assert orders[2].state is OrderState.FINISHED
    assert orders[0].lines[0].signed_at is None
    assert orders[1].address is not None
    assert orders[1].address.city == "北京市"
    assert [o.id for o in await gate.orders.recent("c-lin", limit=1)] == [orders[0].id]


async def test_a_customer_without_orders_has_none(gate: Shop) -> None:
    assert await gate.orders.recent("c-new") == ()
    assert await gate.orders.recent("nobody") == ()


async def test_an_order_is_what_the_shop_sold(world: Standing) -> None:
    sold = [order for person in PEOPLE for order in await world.truth.orders.recent(person)]
    assert {order.state for order in sold} >= {OrderState.AWAITING_PAYMENT, OrderState.FINISHED}
    for truth in sold:
        person = truth.customer_id
        found = await world.shop.orders.order(person, truth.id)
        assert found is not None
        assert (found.id, found.customer_id, found.paid, found.shipping_fee) == (
            truth.id,
            person,
            truth.paid,
            truth.shipping_fee,
        )
        assert (found.remark, found.freight_insurance) == (truth.remark, truth.freight_insurance)
        assert found.created_at.replace(microsecond=0) == truth.created_at.replace(microsecond=0)
        assert [
            (line.product_id, line.sku_id, line.label, line.category, line.quantity, line.paid)
            for line in found.lines
        ] == [
            (line.product_id, line.sku_id, line.label, line.category, line.quantity, line.paid)
            for line in truth.lines
        ]
        assert [line.returned for line in found.lines] == [line.returned for line in truth.lines]
        assert [line.shipped_at is None for line in found.lines] == [
            line.shipped_at is None for line in truth.lines
        ]


async def test_an_unknown_id_is_nothing(gate: Shop) -> None:
    for nothing in ("", "0", "x", "-1", "1e18", "１２３", "4218860012340101001; --", "9" * 40):
        assert await gate.orders.order("c-lin", nothing) is None
        assert await gate.logistics.parcels("c-lin", nothing) == ()
        assert await gate.logistics.by_waybill("c-lin", nothing) is None


async def test_other_peoples_things_do_not_exist(world: Standing) -> None:
    gate = world.shop
    order = (await gate.orders.recent("c-lin"))[0]
    [mine] = await gate.logistics.parcels("c-lin", order.id)
    assert await gate.logistics.by_waybill("c-lin", mine.waybill) is not None
    for other in ("c-vip", "c-new", "nobody", ""):
        assert await gate.orders.order(other, order.id) is None
        assert await gate.logistics.parcels(other, order.id) == ()
        assert await gate.logistics.by_waybill(other, mine.waybill) is None


async def test_every_id_is_a_text(gate: Shop) -> None:
    for person in PEOPLE:
        for order in await gate.orders.recent(person):
            parcels = await gate.logistics.parcels(person, order.id)
            ids = [order.id, *(p.id for p in parcels), *(p.order_id for p in parcels)]
            ids += [id for line in order.lines for id in (line.id, line.product_id, line.sku_id)]
            assert all(type(id) is str for id in ids)


# Parcels


async def test_several_parcels_come_oldest_first_with_their_traces(gate: Shop) -> None:
    [split] = await gate.orders.recent("c-split")
    parcels = await gate.logistics.parcels("c-split", split.id)
    assert [p.carrier for p in parcels] == ["顺丰", "中通"]
    assert [p.signed for p in parcels] == [True, False]
    for one in parcels:
        moments = [node.at for node in one.trace]
        assert moments == sorted(moments)
    assert {line.parcel_id for line in split.lines} == {p.id for p in parcels}


async def test_a_parcel_is_where_the_carrier_says(world: Standing) -> None:
    for order in [one for person in PEOPLE for one in await world.truth.orders.recent(person)]:
        person = order.customer_id
        truth = await world.truth.logistics.parcels(person, order.id)
        found = await world.shop.logistics.parcels(person, order.id)
        assert [(p.waybill, p.carrier_code, p.carrier, p.order_id) for p in found] == [
            (p.waybill, p.carrier_code, p.carrier, p.order_id) for p in truth
        ]
        for ours, theirs in zip(found, truth, strict=True):
            assert [node.at.replace(microsecond=0) for node in ours.trace] == [
                node.at.replace(microsecond=0) for node in theirs.trace
            ]
            assert [node.state for node in ours.trace] == [node.state for node in theirs.trace]
            assert (ours.state, ours.signed) == (theirs.state, theirs.signed)
            assert ours.destination_city == theirs.destination_city


async def test_a_waybill_is_found_however_it_is_typed(gate: Shop) -> None:
    found = await gate.logistics.by_waybill("c-split", " ｓｆ1012 3401 04002 ")
    assert found is not None
    assert found.waybill == "SF1012340104002"
    assert found.state is ParcelState.SIGNED


async def test_an_estimate_rests_on_the_shops_own_past(gate: Shop) -> None:
    newest = (await gate.orders.recent("c-lin"))[0]
    [under_way] = await gate.logistics.parcels("c-lin", newest.id)
    eta = await gate.logistics.eta(under_way)
    assert eta.sample >= 20
    assert eta.earliest is not None


# When it is down


async def test_a_system_that_hangs_is_named_unavailable_within_three_seconds(
    world: Standing, systems: str, policy: Policy, clock: FakeClock
) -> None:
    order = (await world.truth.orders.recent("c-lin"))[0]
    [parcel] = await world.truth.logistics.parcels("c-lin", order.id)
    shop = world.shop
    gone: Database | None = None
    if systems.startswith("sql"):
        gone = Database.from_url("postgresql://nobody@127.0.0.1:1/none")
        shop = sql_shop(gone, policies=lambda: policy, clock=clock)
    hanging = [Fault(delay=30)] * 20
    world.top.faults.extend(hanging)
    world.kuaidi100.faults.extend(hanging)
    questions = [
        shop.logistics.parcels("c-lin", order.id),
        shop.logistics.by_waybill("c-lin", parcel.waybill),
    ]
    if systems != "kuaidi100-over-sql":  # there the orders are SQL's
        questions += [shop.orders.recent("c-lin"), shop.orders.order("c-lin", order.id)]
    began = time.monotonic()
    answers = await asyncio.gather(*questions, return_exceptions=True)
    assert time.monotonic() - began < 3.5
    assert [type(answer) for answer in answers] == [ShopUnavailable] * len(questions)
    for answer in answers:
        for secret in (order.id, parcel.waybill, "13800"):
            assert secret not in str(answer)
    if gone is not None:
        await gone.close()
