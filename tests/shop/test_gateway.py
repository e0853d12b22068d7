"""The gateway over the shop's own tables, on every database it runs on.

What holds for orders and parcels of every system is in `systems/test_contract.py`.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from shop.demo import load_demo
from shop.errors import NotAllowed, ShopUnavailable, UnknownOrder
from shop.gateway import Shop
from shop.policies import Policy
from shop.sql import SqlAfterSales, SqlCatalogue, sql_shop
from shop.types import ParcelState, ReturnReason, ReturnState
from tests.shop.world import (
    DATA_DIR,
    LINE,
    NOW,
    ORDER,
    FakeClock,
    add_customer,
    add_order,
    order,
    parcel,
)

WANTED = ReturnReason.NO_LONGER_WANTED


@pytest.fixture
async def demo(database: Database, shop: Shop, clock: FakeClock) -> Shop:
    """The gateway over the demo shop."""
    await load_demo(database, data_dir=DATA_DIR, clock=clock)
    return shop


@pytest.fixture
async def lin(demo: Shop) -> tuple[str, str]:
    """Order and line of c-lin's sweater, which may be returned."""
    orders = await demo.orders.recent("c-lin")
    return orders[1].id, orders[1].lines[0].id


# Catalogue


async def test_a_product_is_found_by_its_id_and_by_its_item_id(demo: Shop) -> None:
    product = await demo.catalogue.product("p-wool-sweater")
    assert product is not None
    assert await demo.catalogue.product(product.item_id) == product
    assert await demo.catalogue.product("nothing") is None


async def test_a_product_has_its_facts_sizes_and_choices(demo: Shop) -> None:
    product = await demo.catalogue.product("p-wool-sweater")
    assert product is not None
    wool = product.attribute("含羊毛量")
    assert wool is not None
    assert (wool.name, wool.value, wool.unit) == ("羊毛含量", "70", "%")
    assert [row.size for row in product.size_chart] == ["S", "M", "L", "XL"]
    assert product.size_chart[1].measures[0] == ("胸围", "97cm")
    assert "缩水" in product.care
    sold_out = next(sku for sku in product.skus if sku.label == "酒红 S")
    assert sold_out.stock == 0
    assert sold_out.restock_at == NOW + timedelta(days=6)
    assert all(sku.product_id == product.id for sku in product.skus)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("那件羊毛衫会不会缩水", "p-wool-sweater"),
        ("牛津", "p-oxford-shirt"),
        ("https://item.example/item.htm?id=680012340902&x=1", "p-rice-cooker"),
        ("Ｘ３０ Pro 防水吗", "p-phone-x30"),
    ],
)
async def test_search_finds_the_best_first(demo: Shop, words: str, first: str) -> None:
    found = await demo.catalogue.search(words)
    assert found[0].id == first


async def test_search_keeps_to_its_limit_and_finds_nothing_in_nonsense(demo: Shop) -> None:
    assert len(await demo.catalogue.search("耳机", limit=2)) == 2
    assert await demo.catalogue.search("随便看看") == ()


async def test_the_catalogue_is_read_again_when_it_is_old(
    demo: Shop, database: Database, clock: FakeClock
) -> None:
    catalogue = SqlCatalogue(database=database, clock=clock)
    before = await catalogue.product("p-kettle")
    assert before is not None
    async with database.write() as connection:
        await connection.execute(
            sa.update(schema.skus).where(schema.skus.c.product_id == "p-kettle").values(stock=999)
        )
    assert await catalogue.product("p-kettle") == before
    clock.now += timedelta(seconds=31)
    after = await catalogue.product("p-kettle")
    assert after is not None
    assert {sku.stock for sku in after.skus} == {999}


# Customers and orders


async def test_a_customer_has_counts_of_what_was_really_paid(demo: Shop) -> None:
    customer = await demo.customers.customer("c-lin")
    assert customer is not None
    assert (customer.nickname, customer.tier) == ("晓晓", "silver")
    assert (customer.order_count, customer.total_paid) == (3, 16900 + 32900 + 59900)
    unpaid = await demo.customers.customer("c-unpaid")
    assert unpaid is not None
    assert (unpaid.order_count, unpaid.total_paid) == (0, 0)
    assert await demo.customers.customer("nobody") is None


async def test_orders_of_the_same_moment_keep_their_lines_apart(
    shop: Shop, database: Database
) -> None:
    await add_customer(database, "c-1")
    for number in ("1", "2", "3"):
        await add_order(database, order(LINE, LINE, id=number))
    orders = await shop.orders.recent("c-1")
    assert [(o.id, len(o.lines)) for o in orders] == [("1", 2), ("2", 2), ("3", 2)]


async def test_other_peoples_things_do_not_exist(demo: Shop, lin: tuple[str, str]) -> None:
    order_id, line_id = lin
    [mine] = await demo.logistics.parcels("c-lin", order_id)
    assert await demo.orders.order("c-vip", order_id) is None
    assert await demo.logistics.parcels("c-vip", order_id) == ()
    assert await demo.logistics.by_waybill("c-vip", mine.waybill) is None
    with pytest.raises(UnknownOrder) as theirs:
        await demo.after_sales.eligibility("c-vip", order_id, line_id, None)
    with pytest.raises(UnknownOrder) as nobodys:
        await demo.after_sales.eligibility("c-vip", "0", "0", None)
    assert str(theirs.value) == str(nobodys.value)
    with pytest.raises(UnknownOrder):
        await demo.after_sales.open_return("c-vip", order_id, line_id, WANTED, idempotency_key="k")
    assert await demo.after_sales.returns("c-vip") == ()
    assert await demo.after_sales.returns("c-lin") == ()


# Logistics


async def test_the_newest_parcel_wins_when_a_carrier_reuses_a_waybill(
    shop: Shop, database: Database
) -> None:
    await add_customer(database, "c-1")
    old = parcel(id="old", shipped_at=NOW - timedelta(days=900))
    await add_order(database, order(id="1"), parcels=(old,))
    await add_order(database, order(id="2"), parcels=(parcel(id="new"),))
    found = await shop.logistics.by_waybill("c-1", old.waybill)
    assert found is not None
    assert found.id == "new"
    assert found.state is ParcelState.NO_TRACE


async def test_an_eta_rests_on_the_route(demo: Shop) -> None:
    newest = (await demo.orders.recent("c-lin"))[0]
    [under_way] = await demo.logistics.parcels("c-lin", newest.id)
    eta = await demo.logistics.eta(under_way)
    assert eta.sample >= 20
    assert eta.stuck_hours is None
    assert eta.earliest is not None
    assert eta.latest is not None
    assert NOW < eta.earliest < eta.latest < NOW + timedelta(days=4)


async def test_an_unknown_route_falls_back_to_the_carrier_and_to_all(demo: Shop) -> None:
    new_route = parcel((5, ParcelState.COLLECTED), destination_city="拉萨")
    carrier = await demo.logistics.eta(new_route)
    everything = await demo.logistics.eta(replace(new_route, carrier_code="NEW"))
    assert 90 <= carrier.sample <= 200
    assert everything.sample == 200


async def test_without_any_past_there_is_no_eta(shop: Shop) -> None:
    eta = await shop.logistics.eta(parcel((5, ParcelState.COLLECTED)))
    assert (eta.earliest, eta.latest, eta.sample) == (None, None, 0)


async def test_contested_parcels_teach_nothing(shop: Shop, database: Database) -> None:
    await add_customer(database, "c-1")
    for number in range(12):
        finished = parcel((5, ParcelState.SIGNED), id=f"p{number}", contested=True)
        await add_order(database, order(id=str(number)), parcels=(finished,))
    assert (await shop.logistics.eta(parcel((5, ParcelState.COLLECTED)))).sample == 0


# After-sales


async def test_a_return_is_opened_and_read_back(
    demo: Shop, lin: tuple[str, str], policy: Policy
) -> None:
    opened = await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k-1")
    assert re.fullmatch(r"RT261118[2-9A-HJ-NP-Z]{6}", opened.number)
    assert (opened.refund, opened.shipping_paid_by) == (32900, "shopper")
    assert opened.state is ReturnState.AWAITING_PARCEL
    assert opened.return_address == await demo.after_sales.return_address()
    assert opened.send_by.astimezone(policy.zone).date() == date(2026, 11, 25)
    assert await demo.after_sales.returns("c-lin") == (opened,)
    changed = await demo.orders.order("c-lin", lin[0])
    assert changed is not None
    assert changed.lines[0].returned
    assert changed.refunded == 32900


async def test_the_same_key_gives_the_same_return(
    demo: Shop, lin: tuple[str, str], clock: FakeClock
) -> None:
    first = await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k")
    clock.now += timedelta(days=30)  # the window has closed meanwhile
    again = await demo.after_sales.open_return(
        "c-lin", *lin, ReturnReason.QUALITY, idempotency_key="k"
    )
    assert again == first


async def test_a_key_is_the_customers_own(demo: Shop, lin: tuple[str, str]) -> None:
    await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k")
    [theirs] = await demo.orders.recent("c-insured")
    other = await demo.after_sales.open_return(
        "c-insured", theirs.id, theirs.lines[0].id, WANTED, idempotency_key="k"
    )
    assert other.customer_id == "c-insured"
    assert other.shipping_paid_by == "insurance"


async def test_a_line_has_one_live_return_only(demo: Shop, lin: tuple[str, str]) -> None:
    await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k-1")
    with pytest.raises(NotAllowed, match="已经有一笔退货"):
        await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k-2")


async def test_a_cancelled_return_lets_the_line_be_returned_anew(
    demo: Shop, lin: tuple[str, str], database: Database
) -> None:
    first = await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k-1")
    async with database.write() as connection:
        await connection.execute(
            sa.update(schema.returns)
            .where(schema.returns.c.number == first.number)
            .values(state=ReturnState.CANCELLED.value)
        )
    second = await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k-2")
    assert second.number != first.number
    assert second.refund == 32900


async def test_two_at_once_with_one_key_make_one_return(demo: Shop, lin: tuple[str, str]) -> None:
    both = await asyncio.gather(
        *(
            demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k")
            for _ in range(4)
        )
    )
    assert len({opened.number for opened in both}) == 1
    assert len(await demo.after_sales.returns("c-lin")) == 1


async def test_two_at_once_with_two_keys_make_one_return(demo: Shop, lin: tuple[str, str]) -> None:
    outcomes = await asyncio.gather(
        *(
            demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key=key)
            for key in ("k-1", "k-2", "k-3")
        ),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, NotAllowed)]
    assert len(refused) == 2
    assert len(await demo.after_sales.returns("c-lin")) == 1


async def test_one_key_for_two_orders_at_once_makes_one_return(demo: Shop) -> None:
    orders = await demo.orders.recent("c-phone")
    outcomes = await asyncio.gather(
        *(
            demo.after_sales.open_return(
                "c-phone", o.id, o.lines[0].id, ReturnReason.QUALITY, idempotency_key="k"
            )
            for o in orders
        )
    )
    assert len({opened.number for opened in outcomes}) == 1
    assert len(await demo.after_sales.returns("c-phone")) == 1


async def test_a_number_that_is_taken_is_drawn_again(
    demo: Shop, database: Database, clock: FakeClock, policy: Policy
) -> None:
    numbers = iter(["RT-1", "RT-1", "RT-2"])
    after_sales = SqlAfterSales(
        database=database, policies=lambda: policy, clock=clock, numbers=lambda day: next(numbers)
    )
    [fresh] = await demo.orders.recent("c-fresh")
    opened = [
        await after_sales.open_return(
            "c-fresh", fresh.id, line.id, ReturnReason.QUALITY, idempotency_key=line.id
        )
        for line in fresh.lines[:2]
    ]
    assert [one.number for one in opened] == ["RT-1", "RT-2"]


async def test_numbers_that_are_always_taken_end_in_a_clear_error(
    demo: Shop, database: Database, clock: FakeClock, policy: Policy
) -> None:
    after_sales = SqlAfterSales(
        database=database, policies=lambda: policy, clock=clock, numbers=lambda day: "RT-1"
    )
    [fresh] = await demo.orders.recent("c-fresh")
    keys = [(line.id, ReturnReason.QUALITY) for line in fresh.lines[:2]]
    await after_sales.open_return("c-fresh", fresh.id, *keys[0], idempotency_key="1")
    with pytest.raises(ShopUnavailable, match="taken"):
        await after_sales.open_return("c-fresh", fresh.id, *keys[1], idempotency_key="2")


async def test_the_rule_is_judged_at_the_moment_of_writing(
    demo: Shop, lin: tuple[str, str], clock: FakeClock
) -> None:
    allowed = await demo.after_sales.eligibility("c-lin", *lin, WANTED)
    assert allowed.allowed
    clock.now += timedelta(days=5)
    with pytest.raises(NotAllowed, match="7 天无理由退货到"):
        await demo.after_sales.open_return("c-lin", *lin, WANTED, idempotency_key="k")
    assert await demo.after_sales.returns("c-lin") == ()


async def test_returns_of_one_order_never_exceed_what_was_paid_for_it(
    shop: Shop, database: Database
) -> None:
    await add_customer(database, "c-1")
    lines = (replace(LINE, paid=8000, parcel_id="parcel-1"),) * 2
    whole = order(*lines, paid=10000)  # a voucher of 60 for the whole order
    await add_order(database, whole, parcels=(parcel((30, ParcelState.SIGNED)),))
    refunds = [
        (
            await shop.after_sales.open_return(
                "c-1", whole.id, line.id, WANTED, idempotency_key=line.id
            )
        ).refund
        for line in whole.lines
    ]
    assert refunds == [8000, 2000]


async def test_a_database_that_is_gone_is_named_unavailable(
    policy: Policy, clock: FakeClock
) -> None:
    gone = Database.from_url("postgresql://nobody@127.0.0.1:1/none")
    shop = sql_shop(gone, policies=lambda: policy, clock=clock)
    with pytest.raises(ShopUnavailable, match="does not answer"):
        await shop.orders.recent("c-1")
    with pytest.raises(ShopUnavailable, match="does not answer"):
        await shop.after_sales.open_return("c-1", ORDER.id, LINE.id, WANTED, idempotency_key="k")
    await gone.close()


async def test_calls_keep_to_few_statements(demo: Shop, database: Database) -> None:
    statements: list[str] = []

    def count(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    try:
        newest = (await demo.orders.recent("c-shirts"))[0]
        [under_way] = await demo.logistics.parcels("c-shirts", newest.id)
        await demo.logistics.eta(under_way)
        await demo.customers.customer("c-shirts")
        await demo.after_sales.eligibility("c-shirts", newest.id, newest.lines[0].id, None)
    finally:
        sa.event.remove(database.engine.sync_engine, "before_cursor_execute", count)
    queries = [s for s in statements if s.lstrip().upper().startswith("SELECT")]
    assert len(queries) == 5


# Prices


async def test_offers_are_those_in_force_for_this_customer(demo: Shop, clock: FakeClock) -> None:
    async def ids(customer: str | None) -> set[str]:
        return {offer.id for offer in await demo.prices.offers(customer)}

    everybody = await ids(None)
    assert {"shipping", "wool-week", "shop-99"} <= everybody
    assert not everybody & {"down-next", "member-vip", "lin-birthday"}
    assert await ids("c-vip") - everybody == {"member-vip"}
    assert await ids("c-lin") - everybody == {"lin-birthday"}
    clock.now += timedelta(days=7)
    assert "wool-week" not in await ids(None)
    assert "down-next" in await ids(None)


async def test_a_coupon_of_ones_own_is_known_as_such(demo: Shop) -> None:
    owned = [offer.id for offer in await demo.prices.offers("c-lin") if offer.owned]
    assert owned == ["lin-birthday"]


async def test_yes_or_no_questions_rest_on_the_products_own_data(demo: Shop) -> None:
    product = await demo.catalogue.product("p-oxford-shirt")
    assert product is not None
    cotton = next(claim for claim in product.claims if "纯棉" in claim.ask)
    assert (cotton.holds, cotton.fact, cotton.verdict) == (False, "棉含量", "不是纯棉")
    assert {"通勤", "爸爸"} <= product.tags
    assert all(0 < sku.floor < sku.price for sku in product.skus)
