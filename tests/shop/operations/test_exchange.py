"""Exchanges: the wish is held in the stock, in the same transaction."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conversations.database import Database
from shop.errors import NotAllowed, UnknownOrder
from shop.gateway import Shop
from shop.operations.exchange import ExchangeRequest
from shop.operations.types import ReceiptState
from shop.operations.undo import UndoRequest
from shop.types import OrderState, ReturnReason
from tests.shop.operations.goods import DEAR, GONE, MEDIUM, WHITE, received, stock_of
from tests.shop.world import LINE, SKU, add_customer, add_order, order

WRONG, QUALITY = ReturnReason.WRONG_SIZE, ReturnReason.QUALITY


def swap(order_id: str, sku: str = MEDIUM.id, reason: ReturnReason = WRONG) -> ExchangeRequest:
    return ExchangeRequest(order_id, f"{order_id}-1", reason=reason, sku_id=sku)


async def test_another_size_is_held_and_the_line_is_in_hand(database: Database, shop: Shop) -> None:
    bought = await received(database)
    verdict = await shop.operations.check("c-1", swap(bought.id))
    assert verdict.allowed
    assert dict(verdict.facts)["wanted"] == "黑色 M"
    receipt = await shop.operations.carry_out("c-1", swap(bought.id), idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 0)
    assert receipt.details["sku"] == MEDIUM.id
    assert "退货仓" in receipt.details["send_to"]
    assert await stock_of(database, MEDIUM.id) == MEDIUM.stock - 1
    again = await shop.operations.check("c-1", swap(bought.id, WHITE.id))
    assert not again.allowed
    back = await shop.after_sales.eligibility("c-1", bought.id, f"{bought.id}-1", WRONG)
    assert not back.allowed


async def test_the_same_key_holds_once(database: Database, shop: Shop) -> None:
    bought = await received(database)
    found = await asyncio.gather(
        *(shop.operations.carry_out("c-1", swap(bought.id), idempotency_key="k") for _ in range(3))
    )
    assert len({receipt.number for receipt in found}) == 1
    assert await stock_of(database, MEDIUM.id) == MEDIUM.stock - 1


async def test_the_last_piece_goes_to_one_of_two(database: Database, shop: Shop) -> None:
    last = replace(MEDIUM, stock=1)
    bought = await received(database, skus=(SKU, last))
    other = replace(bought, id="4218860012340102001", customer_id="c-2")
    other = replace(other, lines=(replace(other.lines[0], id=f"{other.id}-1", parcel_id=""),))
    await add_order(database, other)
    asked = [("c-1", bought.id), ("c-2", other.id)]
    found = await asyncio.gather(
        *(shop.operations.carry_out(who, swap(of), idempotency_key="k") for who, of in asked),
        return_exceptions=True,
    )
    assert sum(isinstance(one, NotAllowed) for one in found) == 1
    assert await stock_of(database, MEDIUM.id) == 0
    receipts = [await shop.operations.receipts(who) for who in ("c-1", "c-2")]
    assert sorted(map(len, receipts)) == [0, 1]


async def test_what_is_sold_out_is_refused_with_what_is_there(
    database: Database, shop: Shop
) -> None:
    bought = await received(database)
    verdict = await shop.operations.check("c-1", swap(bought.id, GONE.id))
    assert not verdict.allowed
    assert any("黑色 M" in text for text in verdict.alternatives)
    assert "return_request" in verdict.ways


async def test_another_price_or_the_very_same_is_no_exchange(
    database: Database, shop: Shop
) -> None:
    bought = await received(database)
    assert "价格" in (await shop.operations.check("c-1", swap(bought.id, DEAR.id))).rule
    same = await shop.operations.check("c-1", swap(bought.id, SKU.id))
    assert not same.allowed
    anew = await shop.operations.check("c-1", swap(bought.id, SKU.id, QUALITY))
    assert anew.allowed
    assert dict(anew.facts)["shipping"] == "来回都由我们出"


async def test_nothing_in_stock_leads_to_a_return(database: Database, shop: Shop) -> None:
    bought = await received(database, skus=(SKU, GONE))
    verdict = await shop.operations.check("c-1", swap(bought.id, GONE.id))
    assert (verdict.allowed, verdict.ways) == (False, ("return_request",))


@pytest.mark.parametrize(("days", "reason", "allowed"), [(8, WRONG, False), (8, QUALITY, True)])
async def test_the_window_is_that_of_returns(
    database: Database, shop: Shop, days: int, reason: ReturnReason, allowed: bool
) -> None:
    bought = await received(database, days=days)
    verdict = await shop.operations.check("c-1", swap(bought.id, reason=reason))
    assert verdict.allowed is allowed


async def test_before_shipping_the_order_is_changed(database: Database, shop: Shop) -> None:
    await add_customer(database, "c-1")
    paid = order(LINE, state=OrderState.PAID)
    await add_order(database, paid)
    verdict = await shop.operations.check("c-1", swap(paid.id))
    assert verdict.ways == ("change_order",)


async def test_somebody_else_exchanges_nothing(database: Database, shop: Shop) -> None:
    bought = await received(database)
    with pytest.raises(UnknownOrder):
        await shop.operations.carry_out("c-2", swap(bought.id), idempotency_key="k")
    whole = ExchangeRequest(bought.id, reason=WRONG, sku_id=MEDIUM.id)
    with pytest.raises(UnknownOrder):
        await shop.operations.carry_out("c-1", whole, idempotency_key="k")


async def test_taken_back_the_pieces_are_for_sale_again(database: Database, shop: Shop) -> None:
    bought = await received(database)
    receipt = await shop.operations.carry_out("c-1", swap(bought.id), idempotency_key="k")
    undo = UndoRequest(bought.id, number=receipt.number)
    await shop.operations.carry_out("c-1", undo, idempotency_key="u")
    assert await stock_of(database, MEDIUM.id) == MEDIUM.stock
    assert (await shop.operations.check("c-1", swap(bought.id, WHITE.id))).allowed
