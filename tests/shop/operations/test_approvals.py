"""What waits for a person: agreed to as if nobody had been asked, refused without a trace, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Database
from shop import schema
from shop.errors import CannotDecide, NotAllowed, Obstacle, UnknownReceipt
from shop.gateway import Shop
from shop.operations.compensation import Compensation
from shop.operations.payment import PaymentCheck, PaymentTrouble
from shop.operations.quality import QualityComplaint
from shop.operations.refund import RefundCause, RefundRequest, Share
from shop.operations.types import Ground, Operation, Receipt, ReceiptState, Ruling
from shop.operations.undo import UndoRequest
from shop.operations.wrong_goods import GoodsTrouble, WrongOrMissing
from shop.policies import Policy
from shop.rows import return_values
from shop.solutions import Way
from shop.sql import sql_shop
from shop.types import Address, Order, OrderState, ParcelState, Return, ReturnReason, ReturnState
from tests.shop.operations.goods import untold
from tests.shop.world import (
    LINE,
    NOW,
    SKU,
    FakeClock,
    add_customer,
    add_order,
    add_product,
    order,
    parcel,
    signed,
)

LIN = "c-1"
AGENT = Ruling(approve=True, by="xiaowang")
SENIOR = Ruling(approve=True, by="zhanggui", senior=True)
NO = Ruling(approve=False, by="zhanggui", senior=True, reason="照片里看不清问题。")
ADDRESS = Address("退货组", "1", "浙江省", "杭州市", "余杭区", "8 号库")
TWO = replace(LINE, quantity=2, paid=30000)


@dataclass
class Told:
    """What shoppers were told."""

    words: list[str] = field(default_factory=list)

    async def __call__(self, connection: AsyncConnection, words: str) -> None:
        self.words.append(words)


def with_settings(policy: Policy, changes: Mapping[str, Mapping[str, Any]]) -> Policy:
    rules = dict(policy.operations)
    for kind, settings in changes.items():
        rules[kind] = replace(rules[kind], settings={**rules[kind].settings, **settings})
    return replace(policy, operations=rules)


def all_by_person(policy: Policy) -> Policy:
    """Nothing goes by itself."""
    return with_settings(
        policy,
        {
            "refund_request": {"yearly": 0},
            "wrong_or_missing_item": {"limit": -1},
            "quality_complaint": {"limit": -1},
            "compensation": {"daily_shop": 0},
        },
    )


def all_by_itself(policy: Policy) -> Policy:
    """Nobody is asked."""
    most = 10**9
    return with_settings(
        policy,
        {
            "refund_request": {"yearly": most, "limits": {"normal": most}, "spoiled_limit": most},
            "wrong_or_missing_item": {"limit": most},
            "quality_complaint": {"limit": most},
            "compensation": {"daily_shop": most, "daily_customer": most},
        },
    )


@pytest.fixture
async def waits(database: Database, clock: FakeClock, policy: Policy) -> Shop:
    """A shop in which everything waits for a person; c-1 and c-2 buy there."""
    await add_customer(database, LIN)
    await add_customer(database, "c-2")
    await add_product(database, replace(SKU, stock=10))
    return sql_shop(database, policies=lambda: all_by_person(policy), clock=clock)


async def received(database: Database, number: int = 1, **changes: Any) -> Order:
    """An order of two shirts that came two days ago."""
    id = f"42188600123401030{number:02d}"
    here = signed(2, replace(TWO, **changes), parcel_id=f"p-{number}")
    arrived = NOW - timedelta(days=2)
    one = order(here, id=id, paid=here.paid, signed_at=arrived, shipped_at=here.shipped_at)
    way = parcel((68, ParcelState.IN_TRANSIT), (48, ParcelState.SIGNED), id=f"p-{number}")
    await add_order(database, one, parcels=(replace(way, order_id=id),))
    return one


async def lost(database: Database, number: int = 1) -> Order:
    """An order whose parcel has been silent for nine days."""
    id = f"42188600123401040{number:02d}"
    sent = NOW - timedelta(hours=230)
    line = replace(TWO, parcel_id=f"p-{number}", shipped_at=sent)
    one = order(line, id=id, paid=line.paid, state=OrderState.SHIPPED, shipped_at=sent)
    way = parcel((216, ParcelState.IN_TRANSIT), id=f"p-{number}", shipped_at=sent, order_id=id)
    await add_order(database, one, parcels=(way,))
    return one


async def late(database: Database, number: int = 1) -> Order:
    """An order that should have been sent yesterday."""
    id = f"42188600123401050{number:02d}"
    one = order(TWO, id=id, paid=TWO.paid, state=OrderState.PAID, ship_by=NOW - timedelta(days=1))
    await add_order(database, one)
    return one


def spoiled(of: Order) -> Operation:
    return RefundRequest(of.id, of.lines[0].id, cause=RefundCause.SPOILED, share=Share.HALF)


def whole(of: Order) -> Operation:
    return RefundRequest(of.id, cause=RefundCause.LOST)


def lacking(way: Way, trouble: GoodsTrouble = GoodsTrouble.MISSING) -> Callable[[Order], Operation]:
    return lambda of: WrongOrMissing(of.id, of.lines[0].id, trouble=trouble, count=1, solution=way)


def kept(of: Order) -> Operation:
    return QualityComplaint(of.id, of.lines[0].id, solution=Way.PARTIAL_REFUND)


def sorry(of: Order) -> Operation:
    return Compensation(of.id)


Stage = Callable[[Database, int], Any]
KINDS: Mapping[str, tuple[Stage, Callable[[Order], Operation]]] = {
    "spoiled": (received, spoiled),
    "lost": (lost, whole),
    "reship": (received, lacking(Way.RESHIP)),
    "exchange": (received, lacking(Way.EXCHANGE, GoodsTrouble.WRONG)),
    "missing": (received, lacking(Way.REFUND)),
    "kept": (received, kept),
    "coupon": (late, sorry),
}


async def stock_and_coupons(database: Database) -> tuple[int, int]:
    async with database.read() as connection:
        left = await connection.execute(sa.select(schema.skus.c.stock))
        given = await connection.execute(sa.select(sa.func.count()).select_from(schema.offers))
        return left.scalar_one(), given.scalar_one()


async def picture(database: Database, shop: Shop, of: Order, receipt: Receipt) -> list[Any]:
    """All that a receipt has led to, apart from names and numbers."""
    after = await shop.orders.order(LIN, of.id)
    assert after is not None
    own = {name: text for name, text in receipt.details.items() if name not in ("grounds", "limit")}
    return [
        (receipt.state, receipt.refund, receipt.due, own),
        (after.state, after.refunded, [line.returned for line in after.lines]),
        [line.paid for line in after.lines],
    ]


async def ask(shop: Shop, operation: Operation, key: str = "k") -> Receipt:
    return await shop.operations.carry_out(LIN, operation, idempotency_key=key)


@pytest.mark.parametrize("kind", KINDS)
async def test_agreeing_does_what_would_have_been_done_without_a_person(
    database: Database, waits: Shop, clock: FakeClock, policy: Policy, kind: str
) -> None:
    stage, wish = KINDS[kind]
    itself = sql_shop(database, policies=lambda: all_by_itself(policy), clock=clock)
    stock, coupons = await stock_and_coupons(database)
    first = await stage(database, 1)
    by_itself = await ask(itself, wish(first), "itself")
    assert by_itself.state in (ReceiptState.DONE, ReceiptState.UNDER_WAY)
    first_stock, first_coupons = await stock_and_coupons(database)

    second = await stage(database, 2)
    waiting = await ask(waits, wish(second))
    assert waiting.state is ReceiptState.AWAITING_APPROVAL
    clock.now += timedelta(hours=5)
    told = Told()
    decided = await waits.operations.decide(LIN, waiting.number, SENIOR, tell=told)
    assert decided.fresh
    later = timedelta(0) if by_itself.due is None else timedelta(hours=5)
    same = replace(by_itself, due=by_itself.due + later if by_itself.due else None)
    assert await picture(database, waits, second, decided.receipt) == await picture(
        database, itself, first, same
    )
    assert await stock_and_coupons(database) == (
        first_stock + first_stock - stock,
        first_coupons + first_coupons - coupons,
    )
    assert len(told.words) == 1
    assert waiting.number in told.words[0]
    (kept_receipt,) = await waits.operations.receipts(LIN, order_id=second.id)
    assert kept_receipt == decided.receipt
    assert await waits.operations.pending(LIN) == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_refusing_gives_back_all_that_was_held(
    database: Database, waits: Shop, kind: str
) -> None:
    stage, wish = KINDS[kind]
    before = await stock_and_coupons(database)
    one = await stage(database, 1)
    was = await waits.orders.order(LIN, one.id)
    waiting = await ask(waits, wish(one))
    told = Told()
    decided = await waits.operations.decide(LIN, waiting.number, NO, tell=told)
    assert decided.receipt.state is ReceiptState.REFUSED
    assert decided.receipt.due is None
    assert await waits.orders.order(LIN, one.id) == was
    assert await stock_and_coupons(database) == before
    assert "原因：照片里看不清问题。" in told.words[0]
    assert "。。" not in told.words[0]
    if kind == "coupon":  # decided is decided
        assert not (await waits.operations.check(LIN, wish(one))).allowed
    else:
        assert (await ask(waits, wish(one), "again")).state is ReceiptState.AWAITING_APPROVAL


async def test_deciding_again_gives_the_first_decision_and_tells_nothing(
    database: Database, waits: Shop, clock: FakeClock
) -> None:
    waiting = await ask(waits, spoiled(await received(database)))
    told = Told()
    first = await waits.operations.decide(LIN, waiting.number, AGENT, tell=told)
    clock.now += timedelta(hours=1)
    again = await waits.operations.decide(LIN, waiting.number, NO, tell=told)
    assert (again.fresh, again.receipt) == (False, first.receipt)
    assert first.receipt.decision is not None
    assert (first.receipt.decision.by, first.receipt.decision.at) == ("xiaowang", NOW)
    assert len(told.words) == 1


async def test_of_many_at_once_one_decides(database: Database, waits: Shop) -> None:
    waiting = await ask(waits, sorry(await late(database)))
    told = Told()
    rulings = [replace(SENIOR, by=f"s{number}", approve=number % 2 == 0) for number in range(6)]
    found = await asyncio.gather(
        *(waits.operations.decide(LIN, waiting.number, one, tell=told) for one in rulings)
    )
    assert [one.fresh for one in found].count(True) == 1
    decisions = {one.receipt.decision for one in found}
    assert len(decisions) == 1
    (decision,) = decisions
    assert decision is not None
    assert len(told.words) == 1
    assert (await stock_and_coupons(database))[1] == int(decision.approved)


async def test_the_shopper_takes_it_back_at_the_same_time(database: Database, waits: Shop) -> None:
    one = await received(database)
    waiting = await ask(waits, lacking(Way.RESHIP)(one))
    undo = UndoRequest(one.id, number=waiting.number)
    results = await asyncio.gather(
        waits.operations.carry_out(LIN, undo, idempotency_key="u"),
        waits.operations.decide(LIN, waiting.number, NO, tell=untold),
        return_exceptions=True,
    )
    assert sum(isinstance(one, (CannotDecide, NotAllowed)) for one in results) == 1
    assert (await stock_and_coupons(database))[0] == 10  # given back once, not twice


async def test_what_was_taken_back_is_not_decided(database: Database, waits: Shop) -> None:
    one = await received(database)
    waiting = await ask(waits, spoiled(one))
    undo = UndoRequest(one.id, number=waiting.number)
    await waits.operations.carry_out(LIN, undo, idempotency_key="u")
    told = Told()
    with pytest.raises(CannotDecide) as refused:
        await waits.operations.decide(LIN, waiting.number, SENIOR, tell=told)
    assert refused.value.obstacle is Obstacle.WITHDRAWN
    assert told.words == []


async def test_what_went_by_itself_is_not_decided(
    database: Database, waits: Shop, clock: FakeClock, policy: Policy
) -> None:
    itself = sql_shop(database, policies=lambda: all_by_itself(policy), clock=clock)
    receipt = await ask(itself, spoiled(await received(database)))
    with pytest.raises(CannotDecide) as refused:
        await waits.operations.decide(LIN, receipt.number, SENIOR, tell=untold)
    assert refused.value.obstacle is Obstacle.NOT_WAITING


async def test_other_peoples_receipts_are_unknown(database: Database, waits: Shop) -> None:
    waiting = await ask(waits, spoiled(await received(database)))
    for customer, number in (("c-2", waiting.number), (LIN, "OP000000XXXXXX"), ("", "")):
        with pytest.raises(UnknownReceipt):
            await waits.operations.decide(customer, number, SENIOR, tell=untold)
    assert await waits.operations.pending("c-2") == ()
    assert len(await waits.operations.pending(LIN)) == 1


async def change(database: Database, one: Order, obstacle: Obstacle) -> None:
    """What may happen to an order while something waits."""
    async with database.write() as connection:
        mine = sa.update(schema.orders).where(schema.orders.c.id == one.id)
        if obstacle is Obstacle.TOO_MUCH:
            await connection.execute(mine.values(paid=1000))
        elif obstacle is Obstacle.CLOSED:
            await connection.execute(mine.values(state=OrderState.CLOSED.value))
        else:
            sent_back = Return(
                number="RT1",
                order_id=one.id,
                line_id=one.lines[0].id,
                customer_id=LIN,
                reason=ReturnReason.QUALITY,
                refund=1,
                shipping_paid_by="shop",
                state=ReturnState.APPLIED,
                return_address=ADDRESS,
                created_at=NOW,
                send_by=NOW,
            )
            values = return_values(sent_back) | {"idempotency_key": "r"}
            await connection.execute(sa.insert(schema.returns).values(**values))


@pytest.mark.parametrize(
    ("kind", "obstacle"),
    [
        ("spoiled", Obstacle.TOO_MUCH),
        ("lost", Obstacle.TOO_MUCH),
        ("missing", Obstacle.TOO_MUCH),
        ("kept", Obstacle.TOO_MUCH),
        ("spoiled", Obstacle.LINE_GONE),
        ("exchange", Obstacle.LINE_GONE),
        ("reship", Obstacle.CLOSED),
        ("coupon", Obstacle.CLOSED),
    ],
)
async def test_what_changed_meanwhile_is_not_agreed_to_but_may_be_refused(
    database: Database, waits: Shop, kind: str, obstacle: Obstacle
) -> None:
    stage, wish = KINDS[kind]
    one = await stage(database, 1)
    waiting = await ask(waits, wish(one))
    await change(database, one, obstacle)
    before = await stock_and_coupons(database)
    told = Told()
    with pytest.raises(CannotDecide) as refused:
        await waits.operations.decide(LIN, waiting.number, SENIOR, tell=told)
    assert refused.value.obstacle is obstacle
    assert (told.words, await stock_and_coupons(database)) == ([], before)
    assert [one.receipt for one in await waits.operations.pending(LIN)] == [waiting]
    assert (await waits.operations.decide(LIN, waiting.number, NO, tell=told)).fresh


async def test_no_more_compensation_than_the_rules_allow_by_then(
    database: Database, waits: Shop
) -> None:
    one = await late(database)
    waiting = await ask(waits, Compensation(one.id, amount=9000))
    await change(database, one, Obstacle.TOO_MUCH)
    with pytest.raises(CannotDecide) as refused:
        await waits.operations.decide(LIN, waiting.number, SENIOR, tell=untold)
    assert refused.value.obstacle is Obstacle.TOO_MUCH


async def test_an_order_closed_for_another_reason_stays_closed_when_a_refund_is_refused(
    database: Database, waits: Shop
) -> None:
    one = await lost(database)
    waiting = await ask(waits, whole(one))
    await change(database, one, Obstacle.CLOSED)
    await waits.operations.decide(LIN, waiting.number, NO, tell=untold)
    after = await waits.orders.order(LIN, one.id)
    assert after is not None
    assert after.state is OrderState.CLOSED


async def test_above_the_agents_limit_a_senior_decides(
    database: Database, waits: Shop, policy: Policy
) -> None:
    limit = policy.approvals.agent_limit
    small = await ask(waits, lacking(Way.RESHIP)(await received(database, 1, paid=limit * 2)), "a")
    dear = await ask(
        waits, lacking(Way.RESHIP)(await received(database, 2, paid=limit * 2 + 2)), "b"
    )
    found = {one.receipt.number: one for one in await waits.operations.pending(LIN)}
    assert (found[small.number].amount, found[small.number].senior_only) == (limit, False)
    assert (found[dear.number].amount, found[dear.number].senior_only) == (limit + 1, True)
    for ruling in (AGENT, replace(AGENT, approve=False)):
        with pytest.raises(CannotDecide) as refused:
            await waits.operations.decide(LIN, dear.number, ruling, tell=untold)
        assert refused.value.obstacle is Obstacle.SENIOR_ONLY
    assert (await waits.operations.decide(LIN, small.number, AGENT, tell=untold)).fresh
    assert (await waits.operations.decide(LIN, dear.number, SENIOR, tell=untold)).fresh


async def test_a_shopper_who_cannot_be_told_means_no_decision(
    database: Database, waits: Shop
) -> None:
    waiting = await ask(waits, sorry(await late(database)))

    async def fails(connection: AsyncConnection, words: str) -> None:
        raise RuntimeError("the ledger is full")

    with pytest.raises(RuntimeError):
        await waits.operations.decide(LIN, waiting.number, SENIOR, tell=fails)
    assert await stock_and_coupons(database) == (10, 0)
    assert [one.receipt for one in await waits.operations.pending(LIN)] == [waiting]


async def test_why_it_waits_is_known(
    database: Database, waits: Shop, clock: FakeClock, policy: Policy
) -> None:
    usual = sql_shop(database, policies=lambda: policy, clock=clock)
    dear = await received(database, 1, paid=80000)
    await ask(usual, RefundRequest(dear.id, dear.lines[0].id, RefundCause.SPOILED, Share.MOST), "a")
    clock.now += timedelta(minutes=1)
    await ask(usual, Compensation((await late(database, 2)).id, amount=5000), "b")
    first, second = await usual.operations.pending(LIN)
    assert (first.grounds, first.limit) == ((Ground.OVER_LIMIT,), 5000)
    assert (first.label, first.amount) == (TWO.label, 72000)
    assert (second.grounds, second.limit) == (
        (Ground.MORE_ASKED, Ground.CUSTOMER_DAY),
        500,
    )


async def test_a_payment_that_was_found_goes_back(database: Database, waits: Shop) -> None:
    one = await late(database)
    check = PaymentCheck(one.id, trouble=PaymentTrouble.DOUBLE)
    waiting = await ask(waits, check)
    (found,) = await waits.operations.pending(LIN)
    assert (found.grounds, found.amount) == ((Ground.PAYMENTS,), one.paid)
    told = Told()
    decided = await waits.operations.decide(LIN, waiting.number, SENIOR, tell=told)
    assert decided.receipt.state is ReceiptState.UNDER_WAY
    assert decided.receipt.due == NOW + timedelta(days=3)
    assert "¥300" in told.words[0]
    after = await waits.orders.order(LIN, one.id)
    assert after is not None
    assert after.refunded == 0  # it was never this order's money
    verdict = await waits.operations.check(LIN, check)
    assert (verdict.allowed, waiting.number in verdict.rule) == (False, True)


async def test_a_claim_that_was_refused_is_no_reason_for_compensation(
    database: Database, waits: Shop
) -> None:
    one = await received(database)
    claim = await ask(waits, lacking(Way.EXCHANGE, GoodsTrouble.WRONG)(one))
    assert (await waits.operations.check(LIN, sorry(one))).allowed
    await waits.operations.decide(LIN, claim.number, NO, tell=untold)
    assert not (await waits.operations.check(LIN, sorry(one))).allowed


@pytest.mark.parametrize(
    ("ruling", "said"),
    [
        (None, "在等同事批"),
        (SENIOR, "已经补偿过了"),
        (NO, "没有通过，单号 {number}。原因：照片里看不清问题。"),
        (replace(NO, reason=""), "没有通过，单号 {number}。"),
    ],
)
async def test_asked_again_for_compensation_it_is_told_what_became_of_it(
    database: Database, waits: Shop, ruling: Ruling | None, said: str
) -> None:
    one = await late(database)
    waiting = await ask(waits, sorry(one))
    if ruling is not None:
        await waits.operations.decide(LIN, waiting.number, ruling, tell=untold)
    verdict = await waits.operations.check(LIN, sorry(one))
    assert not verdict.allowed
    assert said.format(number=waiting.number) in verdict.rule
    assert waiting.number in verdict.rule


async def test_refused_refunds_are_no_refunds(
    database: Database, waits: Shop, clock: FakeClock, policy: Policy
) -> None:
    usual = sql_shop(database, policies=lambda: policy, clock=clock)
    one = await received(database, paid=9000)
    for number in range(4):
        refused = await ask(waits, spoiled(one), f"k{number}")
        await waits.operations.decide(LIN, refused.number, NO, tell=untold)
    assert not (await usual.operations.check(LIN, spoiled(one))).by_person
