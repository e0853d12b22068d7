"""Wrong, missing and bad goods, repairs: what is sent, what is paid, who looks first."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from conversations.database import Database
from shop import schema
from shop.gateway import Shop
from shop.operations.quality import QualityComplaint
from shop.operations.repair import Transport, WarrantyRepair
from shop.operations.types import Photo, ReceiptState
from shop.operations.wrong_goods import GoodsTrouble, WrongOrMissing
from shop.solutions import Way
from shop.types import Order, ReturnReason
from tests.shop.operations.goods import received, stock_of, under_way
from tests.shop.world import LINE, SKU

TWO = replace(LINE, quantity=2, paid=30000)
PHONE = replace(LINE, category="手机", paid=90000)
MISSING, WRONG = GoodsTrouble.MISSING, GoodsTrouble.WRONG


def lacks(of: Order, solution: Way | None, trouble: GoodsTrouble = MISSING) -> WrongOrMissing:
    return WrongOrMissing(of.id, of.lines[0].id, trouble=trouble, count=1, solution=solution)


async def test_a_missing_piece_is_sent_once(database: Database, shop: Shop) -> None:
    bought = await received(database, line=TWO)
    receipt = await shop.operations.carry_out("c-1", lacks(bought, Way.RESHIP), idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 0)
    assert await stock_of(database, SKU.id) == SKU.stock - 1
    assert not (await shop.operations.check("c-1", lacks(bought, Way.REFUND))).allowed


async def test_a_missing_piece_is_paid_by_its_part(database: Database, shop: Shop) -> None:
    bought = await received(database, line=TWO)
    receipt = await shop.operations.carry_out("c-1", lacks(bought, Way.REFUND), idempotency_key="k")
    assert receipt.refund == 15000
    assert await stock_of(database, SKU.id) == SKU.stock
    line = bought.lines[0].id
    back = await shop.after_sales.eligibility("c-1", bought.id, line, ReturnReason.QUALITY)
    assert not back.allowed


async def test_a_wrong_thing_is_swapped_with_a_photo_and_the_line_is_held(
    database: Database, shop: Shop
) -> None:
    bought = await received(database)
    verdict = await shop.operations.check("c-1", lacks(bought, Way.EXCHANGE, WRONG))
    assert verdict.photo is Photo.REQUIRED
    assert verdict.proposals[0].way is Way.EXCHANGE
    receipt = await shop.operations.carry_out(
        "c-1", lacks(bought, Way.EXCHANGE, WRONG), idempotency_key="k"
    )
    assert "退货仓" in receipt.details["send_to"]
    after = await shop.orders.order("c-1", bought.id)
    assert after is not None
    assert after.lines[0].returned


async def test_what_is_dear_waits_for_a_person(database: Database, shop: Shop) -> None:
    bought = await received(database, line=replace(TWO, paid=80000))
    receipt = await shop.operations.carry_out("c-1", lacks(bought, Way.RESHIP), idempotency_key="k")
    assert receipt.state is ReceiptState.AWAITING_APPROVAL


async def test_what_is_out_of_stock_is_paid_not_sent(database: Database, shop: Shop) -> None:
    bought = await received(database, line=TWO, skus=(replace(SKU, stock=0),))
    verdict = await shop.operations.check("c-1", lacks(bought, None))
    assert [one.way for one in verdict.proposals] == [Way.REFUND, Way.PERSON]
    assert not (await shop.operations.check("c-1", lacks(bought, Way.RESHIP))).allowed


async def test_what_has_not_arrived_is_not_missing(database: Database, shop: Shop) -> None:
    sent = await under_way(database, silent_hours=5)
    assert (await shop.operations.check("c-1", lacks(sent, None))).ways == ("track_logistics",)


async def test_no_more_is_missing_than_was_bought(database: Database, shop: Shop) -> None:
    bought = await received(database, line=TWO)
    many = replace(lacks(bought, Way.REFUND), count=3)
    assert not (await shop.operations.check("c-1", many)).allowed


async def test_bad_goods_may_be_kept_for_a_part(database: Database, shop: Shop) -> None:
    bought = await received(database)
    op = QualityComplaint(bought.id, bought.lines[0].id, solution=Way.PARTIAL_REFUND)
    verdict = await shop.operations.check("c-1", op)
    assert (verdict.refund, verdict.by_person) == (3380, False)
    ways = [one.way for one in verdict.proposals]
    assert ways == [Way.EXCHANGE, Way.RETURN, Way.PARTIAL_REFUND, Way.PERSON]
    await shop.operations.carry_out("c-1", op, idempotency_key="k")
    assert not (await shop.operations.check("c-1", op)).allowed


async def test_after_the_window_only_the_warranty_is_left(database: Database, shop: Shop) -> None:
    bought = await received(database, line=PHONE, days=40)
    verdict = await shop.operations.check("c-1", QualityComplaint(bought.id, bought.lines[0].id))
    assert [one.way for one in verdict.proposals] == [Way.REPAIR, Way.PERSON]


async def test_clothes_after_the_window_are_a_matter_of_people(
    database: Database, shop: Shop
) -> None:
    bought = await received(database, days=40)
    verdict = await shop.operations.check("c-1", QualityComplaint(bought.id, bought.lines[0].id))
    assert not verdict.allowed


@pytest.mark.parametrize(
    ("days", "own", "price"),
    [
        (40, False, "免费"),
        (40, True, "检测后报价，您同意了再修"),
        (400, False, "检测后报价，您同意了再修"),
    ],
)
async def test_a_repair_is_free_within_the_warranty(
    database: Database, shop: Shop, days: int, own: bool, price: str
) -> None:
    bought = await received(database, line=PHONE, days=days)
    op = WarrantyRepair(bought.id, bought.lines[0].id, fault="不开机", own_damage=own)
    verdict = await shop.operations.check("c-1", op)
    assert dict(verdict.facts)["repair_price"] == price
    receipt = await shop.operations.carry_out("c-1", op, idempotency_key="k")
    assert receipt.details["fault"] == "不开机"
    again = await shop.operations.check("c-1", op)
    assert receipt.number in again.rule


async def test_what_is_never_repaired_may_come_back(database: Database, shop: Shop) -> None:
    bought = await received(database)
    verdict = await shop.operations.check("c-1", WarrantyRepair(bought.id, bought.lines[0].id))
    assert (verdict.allowed, verdict.ways) == (False, ("return_request",))


async def test_cheap_things_are_not_fetched(database: Database, shop: Shop) -> None:
    bought = await received(database, line=replace(PHONE, paid=9900))
    op = WarrantyRepair(bought.id, bought.lines[0].id, transport=Transport.PICKUP)
    assert not (await shop.operations.check("c-1", op)).allowed


async def test_the_longer_warranty_of_the_product_page_counts(
    database: Database, shop: Shop
) -> None:
    bought = await received(database, line=PHONE, days=400)
    async with database.write() as connection:
        facts = [["质保", "2", "年", []]]
        await connection.execute(sa.update(schema.products).values(attributes=facts))
    verdict = await shop.operations.check("c-1", WarrantyRepair(bought.id, bought.lines[0].id))
    assert dict(verdict.facts)["repair_price"] == "免费"
