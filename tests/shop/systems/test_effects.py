"""What Taobao's messages change in our tables: what TOP says now, once, for what we hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from conversations.database import Database
from shop import schema
from shop.copies import Copies
from shop.demo import load_demo
from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.fakes.happenings import Happenings
from shop.fakes.top import MESSAGE_HIDDEN
from shop.fakes.worlds import as_copied
from shop.notices import NoticeBook
from shop.policies import Policy
from shop.settings import System
from shop.sql import sql_shop
from shop.taobao.buyers import linked_buyers
from shop.taobao.effects import CatchUp, followed
from shop.taobao.parcels import TaobaoParcels
from shop.taobao.tmc import TmcConsumer
from shop.taobao.trades import TaobaoOrders
from shop.types import Order, OrderState, ReturnReason, ReturnState
from tests.shop.systems.standing import Standing, keys_of, standing
from tests.shop.systems.support import OUTLET_SESSION
from tests.shop.world import DATA_DIR, FakeClock

R = ReturnState
SHIRT = "4218860012340101001"  # c-lin's, under way
SWEATER = "4218860012340101002"  # c-lin's, signed for


@dataclass
class Line:
    """A shop with copies of Taobao's orders, and what takes Taobao's messages."""

    world: Standing
    database: Database
    clock: FakeClock
    consumer: TmcConsumer
    happenings: Happenings

    async def order(self, order_id: str, customer: str = "c-lin") -> Order:
        """The order as our own tables have it."""
        found = await self.world.truth.orders.order(customer, order_id)
        assert found is not None
        return found

    async def open_return(self) -> str:
        """c-lin returns her sweater; the number."""
        order = await self.order(SWEATER)
        opened = await self.world.shop.after_sales.open_return(
            "c-lin",
            SWEATER,
            order.lines[0].id,
            ReturnReason.NO_LONGER_WANTED,
            idempotency_key="k",
        )
        return opened.number

    async def state(self) -> ReturnState:
        """Where c-lin's return stands, as she is told."""
        [back] = await self.world.shop.after_sales.returns("c-lin")
        return back.state

    def refund_on_taobao(self) -> str:
        """c-lin applies for a refund of her sweater there; its id."""
        self.happenings.change_trade(int(SWEATER), "refund")
        [refund] = self.happenings.refunds_of(int(SWEATER))
        return str(refund["refund_id"])

    def account(self) -> Any:
        """The seller's account."""
        return self.world.top.accounts[0]


@pytest.fixture
async def line(database: Database, clock: FakeClock, policy: Policy) -> AsyncIterator[Line]:
    await load_demo(database, data_dir=DATA_DIR, clock=clock, arrange=as_copied)
    async with standing(
        database, orders=System.TAOBAO, parcels=System.TAOBAO, clock=clock, policy=policy
    ) as world:
        client = world.configured.taobao
        assert client is not None
        own = sql_shop(database, policies=lambda: policy, clock=clock)
        buyers = linked_buyers(keys_of, accounts=client.accounts)
        orders = TaobaoOrders(client=client, buyers=buyers, catalogue=own.catalogue)
        handler = CatchUp(
            client=client,
            buyers=buyers,
            orders=orders,
            logistics=TaobaoParcels(client=client, orders=orders, history=own.logistics),
            copies=Copies(database=database),
            clock=clock,
        )
        yield Line(
            world=world,
            database=database,
            clock=clock,
            consumer=TmcConsumer(
                client=client,
                book=NoticeBook(database=database, clock=clock),
                handler=handler,
                pause=0.05,
            ),
            happenings=Happenings(top=world.top, kuaidi100=world.kuaidi100, clock=clock),
        )


# Orders


async def test_a_copied_order_follows_its_trade(line: Line) -> None:
    before = await line.order(SHIRT)
    line.happenings.move("75812340101001")
    line.happenings.change_trade(int(SHIRT), "confirm")
    assert await line.consumer.poll() == 1
    after = await line.order(SHIRT)
    assert (before.state, after.state) == (OrderState.SHIPPED, OrderState.FINISHED)
    [parcel] = await line.world.truth.logistics.parcels("c-lin", SHIRT)
    assert parcel.newest is not None
    assert parcel.newest.text == "快件已到达【北京市】营业点"
    assert [one.id for one in after.lines] == [one.id for one in before.lines]
    assert (after.lines[0].parcel_id, after.lines[0].product_id) == (parcel.id, "p-oxford-shirt")


async def test_a_paid_and_shipped_order_gets_its_parcel(line: Line) -> None:
    [order] = await line.world.truth.orders.recent("c-unpaid")
    assert order.state is OrderState.AWAITING_PAYMENT
    line.happenings.change_trade(int(order.id), "pay")
    await line.consumer.poll()
    assert (await line.order(order.id, "c-unpaid")).state is OrderState.PAID
    line.clock.now += timedelta(minutes=1)
    line.happenings.change_trade(int(order.id), "ship")
    await line.consumer.poll()
    assert (await line.order(order.id, "c-unpaid")).state is OrderState.SHIPPED
    [parcel] = await line.world.truth.logistics.parcels("c-unpaid", order.id)
    assert (parcel.carrier, len(parcel.trace)) == ("圆通", 1)


async def test_an_order_that_is_not_copied_is_left_alone_and_not_asked_for(line: Line) -> None:
    async with line.database.write() as connection:
        await connection.execute(sa.delete(schema.order_lines).where(of(SHIRT)))
        await connection.execute(sa.delete(schema.trace_nodes))
        await connection.execute(
            sa.delete(schema.parcels).where(schema.parcels.c.order_id == SHIRT)
        )
        await connection.execute(sa.delete(schema.orders).where(schema.orders.c.id == SHIRT))
    line.happenings.change_trade(int(SHIRT), "confirm")
    line.world.top.put_message("taobao_trade_TradeClose", {"tid": 99})
    line.world.top.put_message("taobao_refund_RefundSuccess", {"tid": 99, "refund_id": 98})
    asked = len(line.world.top.calls)
    assert await line.consumer.poll() == 3
    assert line.world.top.calls[asked:] == [
        "taobao.tmc.messages.consume",
        "taobao.tmc.messages.confirm",
    ]
    assert await line.world.truth.orders.order("c-lin", SHIRT) is None


async def test_a_copy_whose_buyer_is_linked_to_nobody_any_more_stays(line: Line) -> None:
    async with line.database.write() as connection:
        await connection.execute(
            sa.update(schema.orders).where(schema.orders.c.id == SHIRT).values(customer_id="c-new")
        )
    line.happenings.change_trade(int(SHIRT), "confirm")
    assert await line.consumer.poll() == 1
    assert (await line.order(SHIRT, "c-new")).state is OrderState.SHIPPED


async def test_a_message_that_comes_twice_and_late_does_no_harm(line: Line) -> None:
    line.happenings.change_trade(int(SHIRT), "confirm")
    first = line.world.top.messages[0]
    assert await line.consumer.poll() == 1
    line.world.top.messages.append(replace(first, hidden_until=None))
    line.world.top.put_message("taobao_trade_TradeSellerShip", {"tid": int(SHIRT)})
    asked = line.world.top.calls.count("taobao.trade.fullinfo.get")
    assert await line.consumer.poll() == 2
    assert (await line.order(SHIRT)).state is OrderState.FINISHED
    # The one that is known is not asked for again; the other, older news, is.
    assert line.world.top.calls.count("taobao.trade.fullinfo.get") == asked + 2


async def test_a_crash_between_commit_and_confirmation_changes_nothing_twice(line: Line) -> None:
    line.happenings.change_trade(int(SHIRT), "confirm")
    *answered, cut = [Fault(), Fault(), Fault(), Fault(), Fault(drop=True)]
    line.world.top.faults.extend([*answered, cut])  # consume, order, parcels and trace, confirm
    with pytest.raises(ShopUnavailable):
        await line.consumer.poll()
    assert (await line.order(SHIRT)).state is OrderState.FINISHED
    assert line.world.top.confirmed == []
    line.clock.now += MESSAGE_HIDDEN
    asked = line.world.top.calls.count("taobao.trade.fullinfo.get")
    assert await line.consumer.poll() == 1
    assert line.world.top.calls.count("taobao.trade.fullinfo.get") == asked


async def test_while_taobao_is_away_the_message_waits_there(line: Line) -> None:
    line.happenings.change_trade(int(SHIRT), "confirm")
    line.world.top.faults.extend([Fault(), Fault(status=500)])
    assert await line.consumer.poll() == 0
    assert (await line.order(SHIRT)).state is OrderState.SHIPPED
    line.clock.now += MESSAGE_HIDDEN
    assert await line.consumer.poll() == 1
    assert (await line.order(SHIRT)).state is OrderState.FINISHED


async def test_an_answer_that_came_in_between_is_not_undone(line: Line) -> None:
    """Another process asked later and wrote first."""
    line.happenings.change_trade(int(SHIRT), "confirm")
    line.world.top.faults.extend([Fault(), Fault(), Fault(delay=0.3)])
    slow = asyncio.create_task(line.consumer.poll())
    await asyncio.sleep(0.15)
    async with line.database.write() as connection:
        values = {"copied_at": line.clock.now + timedelta(seconds=1), "state": "closed"}
        await connection.execute(
            sa.update(schema.orders).where(schema.orders.c.id == SHIRT).values(values)
        )
    assert await slow == 1
    assert (await line.order(SHIRT)).state is OrderState.CLOSED


# Returns


async def test_a_return_of_ours_follows_the_refund_on_taobao(line: Line) -> None:
    await line.open_return()
    line.clock.now += timedelta(minutes=5)
    refund = line.refund_on_taobao()
    states = []
    for action in ("", "agree", "send", "refund"):
        if action:
            line.happenings.change_refund(refund, action)
        line.clock.now += timedelta(minutes=5)
        assert await line.consumer.poll() == 1
        states.append(await line.state())
    # The shop had agreed to it already when Taobao was still waiting for the shop.
    assert states == [R.AWAITING_PARCEL, R.AWAITING_PARCEL, R.IN_TRANSIT, R.REFUNDED]
    assert (await line.order(SWEATER)).state is OrderState.CLOSED


async def test_what_was_paid_back_is_what_the_shopper_is_told(line: Line) -> None:
    await line.open_return()
    line.clock.now += timedelta(minutes=5)
    refund = line.refund_on_taobao()
    line.account().refunds[-1]["refund_fee"] = "300.00"
    for action in ("agree", "send", "refund"):
        line.happenings.change_refund(refund, action)
    await line.consumer.poll()
    [back] = await line.world.shop.after_sales.returns("c-lin")
    assert (back.state, back.refund) == (R.REFUNDED, 30000)


async def test_a_refund_that_is_withdrawn_sets_the_line_free(line: Line) -> None:
    await line.open_return()
    line.clock.now += timedelta(minutes=5)
    refund = line.refund_on_taobao()
    line.happenings.change_refund(refund, "agree")
    line.happenings.change_refund(refund, "close")
    await line.consumer.poll()
    assert await line.state() is R.CANCELLED
    assert not (await line.order(SWEATER)).lines[0].returned


async def test_an_older_refund_that_ended_ends_no_return(line: Line) -> None:
    refund = line.refund_on_taobao()
    line.happenings.change_refund(refund, "refuse")
    line.clock.now += timedelta(days=1)
    await line.open_return()
    await line.consumer.poll()
    assert await line.state() is R.AWAITING_PARCEL


async def test_of_two_returns_of_a_line_the_live_one_follows(line: Line) -> None:
    await line.open_return()
    async with line.database.write() as connection:
        row = (await connection.execute(sa.select(schema.returns).where(of_lin()))).one()
        older = dict(row._mapping) | {
            "number": "RT-old",
            "idempotency_key": "old",
            "state": "cancelled",
            "created_at": line.clock.now + timedelta(minutes=1),
        }
        await connection.execute(sa.insert(schema.returns).values(older))
    line.clock.now += timedelta(minutes=5)
    refund = line.refund_on_taobao()
    line.happenings.change_refund(refund, "agree")
    line.happenings.change_refund(refund, "send")
    await line.consumer.poll()
    returns = await line.world.shop.after_sales.returns("c-lin")
    assert {back.number: back.state for back in returns if back.number == "RT-old"} == {
        "RT-old": R.CANCELLED
    }
    assert {back.state for back in returns if back.number != "RT-old"} == {R.IN_TRANSIT}


async def test_a_message_that_names_only_the_refund_is_enough(line: Line) -> None:
    await line.open_return()
    line.clock.now += timedelta(minutes=5)
    refund = line.refund_on_taobao()
    for action in ("agree", "send", "refund"):
        line.happenings.change_refund(refund, action)
    line.world.top.messages.clear()
    line.world.top.put_message("taobao_refund_RefundSuccess", {"refund_id": refund})
    assert await line.consumer.poll() == 1
    assert await line.state() is R.REFUNDED


async def test_a_refund_that_no_account_has_changes_nothing(line: Line) -> None:
    await line.open_return()
    line.world.top.put_message("taobao_refund_RefundSuccess", {"refund_id": "1", "tid": SWEATER})
    assert await line.consumer.poll() == 1
    assert await line.state() is R.AWAITING_PARCEL


async def test_another_buyers_refund_of_that_trade_changes_nothing(line: Line) -> None:
    await line.open_return()
    line.clock.now += timedelta(minutes=5)
    refund = line.refund_on_taobao()
    line.account().refunds[-1] |= {"buyer_open_uid": "AAE-somebody", "status": "SUCCESS"}
    line.world.top.messages.clear()
    line.world.top.put_message(
        "taobao_refund_RefundSuccess", {"refund_id": refund, "tid": int(SWEATER)}
    )
    with capture_logs() as logs:
        assert await line.consumer.poll() == 1
    assert await line.state() is R.AWAITING_PARCEL
    assert "tmc.refund_of_another_buyer" in {entry["event"] for entry in logs}
    assert SWEATER not in str(logs)


async def test_a_refund_status_that_is_not_known_leaves_the_return(line: Line) -> None:
    await line.open_return()
    line.clock.now += timedelta(minutes=5)
    line.refund_on_taobao()
    line.account().refunds[-1]["status"] = "SOMETHING_NEW"
    assert await line.consumer.poll() == 1
    assert await line.state() is R.AWAITING_PARCEL


@pytest.mark.parametrize(
    ("current", "told", "newer", "then"),
    [
        (R.AWAITING_PARCEL, R.APPLIED, True, R.AWAITING_PARCEL),
        (R.AWAITING_PARCEL, R.IN_TRANSIT, False, R.IN_TRANSIT),
        (R.RECEIVED, R.IN_TRANSIT, True, R.RECEIVED),
        (R.IN_TRANSIT, R.REFUSED, True, R.REFUSED),
        (R.IN_TRANSIT, R.REFUSED, False, R.IN_TRANSIT),
        (R.REFUSED, R.APPLIED, True, R.APPLIED),
        (R.CANCELLED, R.IN_TRANSIT, False, R.CANCELLED),
        (R.CANCELLED, R.REFUNDED, False, R.REFUNDED),
        (R.REFUNDED, R.CANCELLED, True, R.REFUNDED),
        (R.REFUNDED, R.APPLIED, True, R.REFUNDED),
    ],
)
def test_a_state_follows_what_is_told(current: R, told: R, newer: bool, then: R) -> None:
    assert followed(current, told, newer=newer) is then


def of(order_id: str) -> Any:
    return schema.order_lines.c.order_id == order_id


def of_lin() -> Any:
    return schema.returns.c.customer_id == "c-lin"


async def test_an_account_where_she_buys_nothing_is_not_asked_for_her_refund(line: Line) -> None:
    await line.open_return()
    line.world.top.accounts[1].session = "another"  # outlet's has expired
    line.clock.now += timedelta(minutes=5)
    line.refund_on_taobao()
    assert await line.consumer.poll() == 1
    outlet = [form for form in line.world.top.forms if form.get("session") == OUTLET_SESSION]
    assert outlet == []


async def test_a_trade_without_lines_takes_no_line_from_the_copy(line: Line) -> None:
    trade = next(one for one in line.account().trades if one["tid"] == int(SHIRT))
    trade["orders"] = {"order": []}
    line.world.top.put_message("taobao_trade_TradeSuccess", {"tid": int(SHIRT)})
    assert await line.consumer.poll() == 1
    assert len((await line.order(SHIRT)).lines) == 1
