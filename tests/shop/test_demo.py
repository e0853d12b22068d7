"""The demo shop: what it must hold, and that it may be loaded again and again."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from conversations.database import Database
from conversations.errors import ConfigurationError
from shop import schema
from shop.demo import load_demo
from shop.demo_world import build_world
from shop.gateway import Shop
from shop.types import OrderState, ParcelState, ReturnReason
from shop.waybills import NumberKind, classify
from tests.shop.world import CHINA, DATA_DIR, NOW, FakeClock

TABLES = [table for table in schema.metadata.sorted_tables if table is not schema.demo_loads]


async def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the shop's tables."""
    found = {}
    async with database.read() as connection:
        for table in TABLES:
            result = await connection.execute(sa.select(table).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in result]
    return found


def test_the_demo_shop_is_rich_enough() -> None:
    world = build_world(DATA_DIR, anchor=NOW)
    assert len(world.products) >= 60
    assert len({product["category"] for product in world.products}) >= 6
    assert len(world.skus) >= 150
    assert any(sku["stock"] == 0 and sku["restock_at"] for sku in world.skus)
    assert len(world.customers) >= 60
    assert len(world.orders) >= 300
    assert len(world.parcels) >= 250
    assert len({parcel["carrier_code"] for parcel in world.parcels}) >= 6
    assert {order["state"] for order in world.orders} == {state.value for state in OrderState}
    assert {customer["tier"] for customer in world.customers} == {"normal", "silver", "gold", "vip"}
    for product in world.products:
        assert NumberKind.ITEM in classify(product["item_id"]).kinds
        assert product["aliases"]
        assert (DATA_DIR / "images" / Path(product["image"]).name).is_file()


def test_every_customer_has_a_wechat_and_some_a_taobao_identity() -> None:
    world = build_world(DATA_DIR, anchor=NOW)
    channels = Counter(key.channel for key, _ in world.identities)
    wechat = {customer for key, customer in world.identities if key.channel == "wechat"}
    assert wechat == {customer["id"] for customer in world.customers}
    assert channels["taobao"] >= 5
    assert all(key.account == "demo" for key, _ in world.identities)
    assert len({key for key, _ in world.identities}) == len(world.identities)


def test_numbers_look_like_what_they_are() -> None:
    world = build_world(DATA_DIR, anchor=NOW)
    for order in world.orders:
        assert classify(order["id"]).kinds == (NumberKind.ORDER,)
    for parcel in world.parcels:
        assert parcel["carrier_code"] in classify(parcel["waybill"]).carriers, parcel["waybill"]
    assert len({parcel["waybill"] for parcel in world.parcels}) == len(world.parcels)


def test_main_routes_have_a_sample() -> None:
    world = build_world(DATA_DIR, anchor=NOW)
    routes = Counter(
        (parcel["carrier_code"], parcel["origin_city"], parcel["destination_city"])
        for parcel in world.parcels
        if parcel["signed_at"] and not parcel["contested"]
    )
    assert sum(count >= 20 for count in routes.values()) >= 5


@pytest.mark.parametrize("hour", [0, 3, 7, 12, 18, 23])
def test_times_run_forward_at_any_hour_of_the_day(hour: int) -> None:
    anchor = datetime(2026, 3, 1, hour, 12, tzinfo=CHINA).astimezone(timezone.utc)
    world = build_world(DATA_DIR, anchor=anchor)
    parcels = {parcel["id"]: parcel for parcel in world.parcels}
    traces: dict[str, list[datetime]] = {}
    for node in world.nodes:
        traces.setdefault(node["parcel_id"], []).append(node["at"])
    for parcel_id, moments in traces.items():
        assert moments == sorted(moments), parcel_id
        assert moments[0] >= parcels[parcel_id]["shipped_at"], parcel_id
        assert moments[-1] <= anchor, parcel_id
    for order in world.orders:
        known = [order[name] for name in ("created_at", "paid_at", "shipped_at", "signed_at")]
        reached = [moment for moment in known if moment]
        assert reached == sorted(reached), order["id"]
        assert reached[-1] <= anchor


def test_money_adds_up() -> None:
    world = build_world(DATA_DIR, anchor=NOW)
    goods: Counter[str] = Counter()
    for line in world.lines:
        goods[line["order_id"]] += line["paid"]
    for order in world.orders:
        assert order["paid"] == goods[order["id"]] + order["shipping_fee"]


async def test_loading_twice_leaves_the_same_rows(database: Database) -> None:
    clock = FakeClock(NOW)
    first = await load_demo(database, data_dir=DATA_DIR, clock=clock)
    before = await rows(database)
    clock.now += timedelta(hours=5)
    second = await load_demo(database, data_dir=DATA_DIR, clock=clock)
    assert (first.written, second.written) == (True, False)
    assert await rows(database) == before
    assert second.anchored_at == first.anchored_at == NOW
    assert second.identities == first.identities
    assert first.orders == len(before["shop_orders"])
    assert first.parcels == len(before["shop_parcels"])


async def test_old_dates_move_and_shoppers_returns_stay(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    await load_demo(database, data_dir=DATA_DIR, clock=clock)
    before = await shop.orders.recent("c-lin")
    sweater = before[1]
    mine = await shop.after_sales.open_return(
        "c-lin",
        sweater.id,
        sweater.lines[0].id,
        ReturnReason.NO_LONGER_WANTED,
        idempotency_key="demo-chat:7",
    )
    clock.now += timedelta(days=3)
    again = await load_demo(database, data_dir=DATA_DIR, clock=clock)
    after = await shop.orders.recent("c-lin")
    assert again.written
    assert [o.id for o in after] == [o.id for o in before]
    assert after[0].created_at == before[0].created_at + timedelta(days=3)
    assert await shop.after_sales.returns("c-lin") == (mine,)
    assert len(await shop.after_sales.returns("c-return")) == 2


async def test_changed_files_are_loaded_at_once(
    database: Database, shop: Shop, clock: FakeClock, tmp_path: Path
) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(DATA_DIR, copy)
    await load_demo(database, data_dir=copy, clock=clock)
    products = copy / "products.yml"
    text = products.read_text(encoding="utf-8")
    products.write_text(text.replace("colors: [白色, 黑色, 浅蓝]", "colors: [黑色, 浅蓝]"), "utf-8")
    assert (await load_demo(database, data_dir=copy, clock=clock)).written
    shirt = await shop.catalogue.product("p-oxford-shirt")
    assert shirt is not None
    assert {sku.color for sku in shirt.skus} == {"黑色", "浅蓝"}


async def test_files_that_make_no_sense_change_nothing(
    database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(DATA_DIR, copy)
    await load_demo(database, data_dir=copy, clock=clock)
    before = await rows(database)
    stars = copy / "stars.yml"
    stars.write_text(stars.read_text("utf-8").replace('"1d 10:24"', "gestern"), "utf-8")
    with pytest.raises(ConfigurationError, match="gestern"):
        await load_demo(database, data_dir=copy, clock=clock)
    stars.unlink()
    with pytest.raises(ConfigurationError, match=r"stars\.yml"):
        await load_demo(database, data_dir=copy, clock=clock)
    assert await rows(database) == before


# What the hand-written customers are for


@pytest.fixture
async def demo(database: Database, shop: Shop, clock: FakeClock) -> Shop:
    await load_demo(database, data_dir=DATA_DIR, clock=clock)
    return shop


async def test_lin_has_a_shirt_under_way_a_sweater_and_old_headphones(demo: Shop) -> None:
    shirt, sweater, headphones = await demo.orders.recent("c-lin")
    yesterday = (NOW - timedelta(days=1)).astimezone(CHINA).date()
    assert shirt.created_at.astimezone(CHINA).date() == yesterday
    assert shirt.lines[0].label == "牛津纺衬衫 黑色 L"
    [parcel] = await demo.logistics.parcels("c-lin", shirt.id)
    assert parcel.state is ParcelState.IN_TRANSIT
    assert parcel.newest is not None
    assert parcel.newest.city == "济南"
    ask = demo.after_sales.eligibility
    wool = await ask("c-lin", sweater.id, sweater.lines[0].id, None)
    assert (wool.allowed, wool.days_left) == (True, 4)
    old = await ask("c-lin", headphones.id, headphones.lines[0].id, None)
    assert not old.allowed
    assert old.other_reasons == (ReturnReason.QUALITY,)


async def test_each_star_shows_its_case(demo: Shop) -> None:
    async def only_parcel(customer_id: str) -> tuple[ParcelState, bool, int | None]:
        newest = (await demo.orders.recent(customer_id))[0]
        [parcel] = await demo.logistics.parcels(customer_id, newest.id)
        eta = await demo.logistics.eta(parcel)
        return parcel.state, parcel.contested, eta.stuck_hours

    assert await demo.orders.recent("c-new") == ()
    assert await only_parcel("c-stuck") == (ParcelState.IN_TRANSIT, False, 99)
    assert await only_parcel("c-contested") == (ParcelState.SIGNED, True, None)
    assert await only_parcel("c-vip") == (ParcelState.DELIVERING, False, None)
    assert await only_parcel("c-pickup") == (ParcelState.PICKUP_READY, False, None)
    assert await only_parcel("c-refused") == (ParcelState.RETURNING, False, None)
    [unpaid] = await demo.orders.recent("c-unpaid")
    assert unpaid.state is OrderState.AWAITING_PAYMENT
    [late] = await demo.orders.recent("c-late")
    assert late.state is OrderState.PAID
    assert late.ship_by is not None
    assert late.ship_by < NOW
    shirts = [
        line.label
        for order in await demo.orders.recent("c-shirts")
        for line in order.lines
        if line.category == "衬衫" and line.color == "黑色"
    ]
    assert len(shirts) == 3


def _claim(product: str, word: str) -> tuple[bool | None, str]:
    rows = build_world(DATA_DIR, anchor=NOW).products
    claims = next(row["claims"] for row in rows if row["short_name"] == product)
    return next((holds, verdict) for ask, verdict, holds, _ in claims if word in ask)


@pytest.mark.parametrize(
    ("product", "word", "holds"),
    [
        ("IH电饭煲", "涂层", False),
        ("可视空气炸锅", "涂层", True),
        ("神经酰胺修护面霜", "香精", False),
        ("骨传导运动耳机", "入耳", False),
        ("真无线降噪耳机S9", "入耳", True),
        ("真无线降噪耳机S9", "无线充", True),
        ("直筒牛仔裤", "弹力", True),
        ("收腰连衣裙", "弹力", False),
    ],
)
def test_a_claim_that_the_data_deny_is_a_no(product: str, word: str, holds: bool) -> None:
    assert _claim(product, word)[0] is holds


def test_no_yes_rests_on_a_word_that_the_data_deny() -> None:
    """All rules against all products: 无, 不含, 没有, 不可 before what is asked is never a yes."""
    wrong = []
    for row in build_world(DATA_DIR, anchor=NOW).products:
        facts = {name: f"{value} {unit}" for name, value, unit, _ in row["attributes"]}
        for ask, verdict, holds, fact in row["claims"]:
            text = facts.get(fact, row["care"])
            denied = [
                word
                for word in ask
                if any(no + word in text for no in ("无", "不含", "没有", "不可"))
            ]
            if holds and denied:
                wrong.append((row["short_name"], verdict, text))
    assert not wrong
