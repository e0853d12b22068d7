"""Invoices: tax numbers, one standing at a time, windows by the shop's days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.database import Database
from shop.errors import NotAllowed
from shop.gateway import Shop
from shop.operations.invoice import Buyer, IssueInvoice
from shop.operations.tax_numbers import tax_number
from shop.operations.types import ReceiptState
from shop.operations.working_days import after_working_days
from shop.types import OrderState
from tests.shop.world import (
    CHINA,
    LINE,
    NOW,
    FakeClock,
    add_customer,
    add_order,
    china,
    order,
    parcel,
    signed,
)

NUMBER = "91350100M000100Y43"  # the example of GB 32100-2015
RECEIVED = replace(order(signed(3)), signed_at=NOW - timedelta(days=3))
PERSONAL = IssueInvoice(RECEIVED.id, buyer=Buyer.PERSONAL, title="陈静", number="")
COMPANY = IssueInvoice(
    RECEIVED.id, buyer=Buyer.COMPANY, title="杭州云山文化有限公司", number=NUMBER, email="a@b.cn"
)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await add_customer(database, "c-1")


@pytest.mark.parametrize("written", [NUMBER, NUMBER.lower(), "91350100 M000100Y 43"])
def test_a_code_is_read_however_it_is_written(written: str) -> None:
    assert tax_number(written) == NUMBER


@pytest.mark.parametrize(
    "written",
    [
        *("", "91350100M000100Y4", NUMBER + "1", "9135O100M000100Y43", "123456"),
        *("202611280000000008", "771012340108003"),  # an order's, a waybill's
    ],
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert tax_number(written) is None


def test_an_old_number_has_15_characters() -> None:
    assert tax_number("440301192440377") == "440301192440377"


@given(place=st.integers(0, 17), letter=st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_is_always_noticed(place: int, letter: str) -> None:
    changed = NUMBER[:place] + letter + NUMBER[place + 1 :]
    assert (tax_number(changed) is None) == (changed != NUMBER)


def test_working_days_leave_out_the_weekend() -> None:
    friday = china(2026, 11, 20, 10)
    assert after_working_days(friday, 1, CHINA) == china(2026, 11, 23, 18)
    assert after_working_days(NOW, 3, CHINA) == china(2026, 11, 23, 18)


async def test_it_is_over_what_was_paid_and_due_within_working_days(
    database: Database, shop: Shop
) -> None:
    await add_order(database, RECEIVED)
    receipt = await shop.operations.carry_out("c-1", COMPANY, idempotency_key="k")
    assert (receipt.state, receipt.refund) == (ReceiptState.UNDER_WAY, 0)
    assert receipt.details == {
        "buyer": "company",
        "title": COMPANY.title,
        "tax_number": NUMBER,
        "email": "a@b.cn",
        "amount": str(RECEIVED.paid),
    }
    assert receipt.due == china(2026, 11, 23, 18)
    after = await shop.orders.order("c-1", RECEIVED.id)
    assert after is not None
    assert after.refunded == 0


async def test_the_same_is_not_issued_twice(database: Database, shop: Shop) -> None:
    await add_order(database, RECEIVED)
    await shop.operations.carry_out("c-1", PERSONAL, idempotency_key="k")
    with pytest.raises(NotAllowed, match="已经申请过"):
        await shop.operations.carry_out("c-1", PERSONAL, idempotency_key="other")


async def test_another_replaces_it_twice_and_not_a_third_time(
    database: Database, shop: Shop
) -> None:
    await add_order(database, RECEIVED)
    for key in ("a", "b", "c"):
        wanted = replace(PERSONAL, title=f"陈静{key}")
        await shop.operations.carry_out("c-1", wanted, idempotency_key=key)
    standing = [
        one for one in await shop.operations.receipts("c-1") if one.state is ReceiptState.UNDER_WAY
    ]
    assert [one.details["title"] for one in standing] == ["陈静c"]
    assert not (await shop.operations.check("c-1", PERSONAL)).allowed


async def test_it_is_not_replaced_after_the_window(
    database: Database, shop: Shop, clock: FakeClock
) -> None:
    await add_order(database, RECEIVED)
    await shop.operations.carry_out("c-1", PERSONAL, idempotency_key="k")
    clock.now = NOW + timedelta(days=180)
    assert (await shop.operations.check("c-1", COMPANY)).allowed
    clock.now = NOW + timedelta(days=181)
    assert not (await shop.operations.check("c-1", COMPANY)).allowed


@pytest.mark.parametrize(("days", "allowed"), [(362, True), (363, False)])
async def test_the_window_begins_with_receiving(
    database: Database, shop: Shop, clock: FakeClock, days: int, allowed: bool
) -> None:
    await add_order(database, RECEIVED)
    clock.now = NOW + timedelta(days=days)
    assert (await shop.operations.check("c-1", PERSONAL)).allowed is allowed


@pytest.mark.parametrize(
    "state", [OrderState.AWAITING_PAYMENT, OrderState.PAID, OrderState.SHIPPED, OrderState.CLOSED]
)
async def test_what_is_not_received_has_none(
    database: Database, shop: Shop, state: OrderState
) -> None:
    await add_order(database, order(LINE, state=state), parcels=(parcel(),))
    verdict = await shop.operations.check("c-1", PERSONAL)
    assert not verdict.allowed
    assert verdict.rule


@pytest.mark.parametrize("number", ["", NUMBER[:-1] + "8"])
async def test_a_company_has_a_right_number(database: Database, shop: Shop, number: str) -> None:
    await add_order(database, RECEIVED)
    with pytest.raises(NotAllowed, match="税号"):
        await shop.operations.carry_out("c-1", replace(COMPANY, number=number), idempotency_key="k")


async def test_nothing_is_issued_before_all_is_told(database: Database, shop: Shop) -> None:
    await add_order(database, RECEIVED)
    open_yet = IssueInvoice(RECEIVED.id)
    assert (await shop.operations.check("c-1", open_yet)).allowed
    with pytest.raises(NotAllowed):
        await shop.operations.carry_out("c-1", open_yet, idempotency_key="k")
