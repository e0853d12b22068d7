"""Another address, on real databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.database import Database
from shop.errors import NotAllowed, UnknownOrder
from shop.gateway import Shop
from shop.operations.address import AddressHandler, ChangeAddress
from shop.operations.types import ReceiptState
from shop.types import Address, OrderState, ParcelState
from tests.shop.world import LINE, NOW, add_customer, add_order, order, parcel

NEW = Address("张三", "13812345678", "浙江省", "杭州市", "西湖区", "文三路259号3幢1502室")
PAID = order(LINE, state=OrderState.PAID)
CHANGE = ChangeAddress(PAID.id, address=NEW)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")
    await add_customer(database, "c-2")


async def sent(database: Database, *states: ParcelState) -> ChangeAddress:
    lines = [replace(LINE, parcel_id=f"p{n}") for n, _ in enumerate(states)]
    travelling = order(*lines, state=OrderState.SHIPPED, shipped_at=NOW - timedelta(hours=9))
    parcels = tuple(
        parcel((5, state), id=f"p{n}", waybill=f"7581234010100{n}")
        for n, state in enumerate(states)
    )
    await add_order(database, travelling, parcels=parcels)
    return replace(CHANGE, order_id=travelling.id)


@pytest.mark.parametrize(
    "state", [OrderState.AWAITING_PAYMENT, OrderState.PAID, OrderState.PARTLY_SHIPPED]
)
async def test_what_waits_goes_to_the_new_address(
    database: Database, shop: Shop, state: OrderState
) -> None:
    await add_order(database, replace(PAID, state=state))
    verdict = await shop.operations.check("c-1", CHANGE)
    assert (verdict.allowed, verdict.fee) == (True, 0)
    receipt = await shop.operations.carry_out("c-1", CHANGE, idempotency_key="k")
    assert receipt.state is ReceiptState.DONE
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert after.address == NEW
    other = replace(CHANGE, address=replace(NEW, name="李四"))
    assert await shop.operations.carry_out("c-1", other, idempotency_key="k") == receipt
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert after.address == NEW


async def test_neither_summary_nor_receipt_nor_repr_tells_the_address(
    database: Database, shop: Shop
) -> None:
    await add_order(database, PAID)
    verdict = await shop.operations.check("c-1", CHANGE)
    receipt = await shop.operations.carry_out("c-1", CHANGE, idempotency_key="k")
    told = json.dumps([verdict.facts, dict(receipt.details)], ensure_ascii=False) + repr(CHANGE)
    for secret in ("张三", "13812345678", "259", "1502"):
        assert secret not in told


@pytest.mark.parametrize("state", list(ParcelState))
async def test_a_parcel_is_turned_round_only_on_its_way(
    database: Database, shop: Shop, state: ParcelState
) -> None:
    change = await sent(database, state)
    verdict = await shop.operations.check("c-1", change)
    early = state in (ParcelState.NO_TRACE, ParcelState.COLLECTED, ParcelState.IN_TRANSIT)
    assert verdict.allowed is early
    if not early:
        assert verdict.alternatives
        return
    assert verdict.fee == 1000
    receipt = await shop.operations.carry_out("c-1", change, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 0)
    assert receipt.due == NOW + timedelta(hours=24)
    assert receipt.number in (await shop.operations.check("c-1", change)).rule


async def test_of_two_parcels_both_must_still_travel(database: Database, shop: Shop) -> None:
    change = await sent(database, ParcelState.IN_TRANSIT, ParcelState.DELIVERING)
    assert not (await shop.operations.check("c-1", change)).allowed


@pytest.mark.parametrize("state", [OrderState.SIGNED, OrderState.FINISHED, OrderState.CLOSED])
async def test_what_has_arrived_stays(database: Database, shop: Shop, state: OrderState) -> None:
    await add_order(database, order(LINE, state=state))
    assert not (await shop.operations.check("c-1", CHANGE)).allowed


async def test_the_same_address_is_no_change(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    await shop.operations.carry_out("c-1", CHANGE, idempotency_key="k")
    assert "一样" in (await shop.operations.check("c-1", CHANGE)).rule


@pytest.mark.parametrize("address", [None, replace(NEW, street=""), replace(NEW, phone="")])
async def test_half_an_address_is_never_written(
    database: Database, shop: Shop, address: Address | None
) -> None:
    await add_order(database, PAID)
    half = replace(CHANGE, address=address)
    with pytest.raises(NotAllowed, match="没有读到"):
        await shop.operations.carry_out("c-1", half, idempotency_key="k")
    after = await shop.orders.order("c-1", PAID.id)
    assert after is not None
    assert after.address is None


async def test_nobody_elses_order_is_sent_elsewhere(database: Database, shop: Shop) -> None:
    await add_order(database, PAID)
    with pytest.raises(UnknownOrder):
        await shop.operations.carry_out("c-2", CHANGE, idempotency_key="k")


def test_a_state_that_no_parcel_has_is_no_rule() -> None:
    with pytest.raises(ValueError, match="flying"):
        AddressHandler().check_settings(
            {"intercept_states": ["flying"], "intercept_fee": 1, "answer_hours": 1}
        )
