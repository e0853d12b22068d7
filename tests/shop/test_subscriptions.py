"""Parcels under way are subscribed once, those that are refused seldom, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from conversations.database import Database
from shop import schema
from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.kuaidi100.api import salt_of
from shop.kuaidi100.subscriptions import BATCH, OLDEST, Subscriptions
from shop.remote import Remote
from shop.types import OrderState, Parcel, ParcelState
from tests.shop.systems.support import KEY, PUSH_SECRET, fake_kuaidi100, kuaidi100_of, served
from tests.shop.world import NOW, FakeClock, add_customer, add_order, order, parcel

CALLBACK = "https://shop.example.com/webhooks/kuaidi100"
P = ParcelState


@dataclass
class Desk:
    """Kuaidi100's counter, and who subscribes there."""

    fake: FakeKuaidi100
    database: Database
    clock: FakeClock
    remote: Remote
    subscriptions: Subscriptions
    made: Callable[..., Subscriptions]

    async def has(self, *parcels: Parcel) -> None:
        """The shop has these parcels, each in an order of its own."""
        for one in parcels:
            whole = order(id=f"o-{one.id}", state=OrderState.SHIPPED)
            await add_order(self.database, whole, parcels=(replace(one, order_id=whole.id),))

    @property
    def numbers(self) -> list[str]:
        """What is subscribed, in the order in which it was."""
        return list(self.fake.subscriptions)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    clock = FakeClock(NOW)
    fake = fake_kuaidi100(clock)
    await add_customer(database, "c-1")
    async with served(fake.app()) as url:
        client, remote = kuaidi100_of(url, clock=clock)

        def made(sender_phone: str = "13900000007") -> Subscriptions:
            return Subscriptions(
                database=database,
                kuaidi100=client,
                callback_url=CALLBACK,
                sender_phone=sender_phone,
                every=0.05,
                between=0.01,
                clock=clock,
            )

        yield Desk(fake, database, clock, remote, made(), made)
        await remote.close()


def under_way(number: int, **changes: object) -> Parcel:
    waybill = f"7581234010{number:04d}"
    return replace(parcel((1, P.IN_TRANSIT)), id=f"p-{number:04d}", waybill=waybill, **changes)


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


async def test_a_parcel_under_way_is_subscribed_once_for_ever(desk: Desk) -> None:
    one = under_way(1)
    await desk.has(one)
    assert not await desk.subscriptions.batch()
    [subscription] = desk.fake.subscriptions.values()
    assert subscription.callback_url == CALLBACK
    assert subscription.salt == salt_of(one.waybill, secret=PUSH_SECRET)
    desk.fake.subscriptions.clear()
    desk.clock.now += timedelta(days=3)
    await desk.made().batch()  # another process, later
    assert desk.numbers == []


async def test_what_has_arrived_or_is_lost_is_not_subscribed(desk: Desk) -> None:
    await desk.has(
        under_way(1, trace=parcel((1, P.SIGNED)).trace),
        under_way(2, trace=parcel((1, P.RETURNED)).trace),
        under_way(3, shipped_at=NOW - OLDEST - timedelta(seconds=1)),
        under_way(4, trace=()),
    )
    await desk.subscriptions.batch()
    assert desk.numbers == [under_way(4).waybill]


async def test_many_are_subscribed_in_batches_the_newest_first(desk: Desk) -> None:
    parcels = [under_way(n, shipped_at=hours_ago(n)) for n in range(1, BATCH + 4)]
    await desk.has(*parcels)
    assert await desk.subscriptions.batch()
    assert desk.numbers == [one.waybill for one in parcels[:BATCH]]
    assert not await desk.subscriptions.batch()
    assert len(desk.numbers) == BATCH + 3


async def test_a_crash_between_subscription_and_mark_does_no_harm(desk: Desk) -> None:
    await desk.has(under_way(1))
    await desk.subscriptions.batch()
    async with desk.database.write() as connection:
        await connection.execute(sa.update(schema.parcels).values(subscribed_at=None))
    assert not await desk.subscriptions.batch()  # 501: subscribed already
    async with desk.database.read() as connection:
        query = sa.select(schema.parcels.c.subscribed_at)
        assert (await connection.execute(query)).scalars().all() == [NOW]


async def test_a_number_that_is_refused_waits_longer_each_time_and_stops_no_other(
    desk: Desk,
) -> None:
    await desk.has(under_way(1, shipped_at=hours_ago(1)), under_way(2, shipped_at=hours_ago(2)))
    desk.fake.faults.append(Fault(code=702, sub_msg="POLL:识别不到该单号对应的快递公司"))
    await desk.subscriptions.batch()
    assert desk.numbers == [under_way(2).waybill]
    for minutes in (5, 10, 20):
        desk.fake.faults.append(Fault(code=702))
        desk.clock.now += timedelta(minutes=minutes) - timedelta(seconds=1)
        await desk.made().batch()
        assert desk.fake.faults  # not asked yet
        desk.clock.now += timedelta(seconds=1)
        await desk.made().batch()
        assert not desk.fake.faults
    desk.clock.now += timedelta(minutes=40)
    await desk.subscriptions.batch()
    assert len(desk.numbers) == 2


async def test_the_carriers_that_want_a_phone_get_the_receivers_or_ours(desk: Desk) -> None:
    """The orders of these tests have no phone."""
    await desk.has(under_way(1, carrier_code="SF", carrier="顺丰"), under_way(2))  # and ZTO
    await desk.made(sender_phone="").batch()
    assert desk.numbers == []
    desk.clock.now += timedelta(hours=1)
    await desk.subscriptions.batch()
    assert len(desk.numbers) == 2


async def test_refusing_us_ends_the_look_and_marks_nothing(desk: Desk) -> None:
    await desk.has(under_way(1), under_way(2))
    desk.fake.faults.append(Fault(code=601, sub_msg="POLL:KEY已过期"))
    with pytest.raises(ShopUnavailable, match="key has expired"):
        await desk.subscriptions.batch()
    assert desk.numbers == []
    await desk.subscriptions.batch()
    assert len(desk.numbers) == 2


async def test_running_it_finds_new_parcels_and_bears_trouble(desk: Desk) -> None:
    await desk.has(under_way(1))
    desk.fake.faults.append(Fault(status=500))
    with capture_logs() as logs:
        task = asyncio.create_task(desk.subscriptions.run())
        await until(lambda: len(desk.numbers) == 1)
        await desk.has(under_way(2))
        await until(lambda: len(desk.numbers) == 2)
        desk.subscriptions.stop()
        await asyncio.wait_for(task, 5)
    events = [entry["event"] for entry in logs]
    assert events.count("kuaidi100.not_subscribing") == 1
    assert KEY not in str(logs) and under_way(1).waybill not in str(logs)


async def test_told_to_stop_it_finishes_the_number_it_is_asking_for(desk: Desk) -> None:
    await desk.has(under_way(1), under_way(2))
    desk.fake.faults.append(Fault(delay=0.3))
    task = asyncio.create_task(desk.subscriptions.run())
    await until(lambda: not desk.fake.faults)
    desk.subscriptions.stop()
    await asyncio.wait_for(task, 5)
    assert len(desk.numbers) == 1
    async with desk.database.read() as connection:
        marked = sa.select(sa.func.count()).where(schema.parcels.c.subscribed_at.is_not(None))
        assert (await connection.execute(marked)).scalar_one() == 1


# PostgreSQL scans a table that is as small as this one.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_look_uses_its_index(desk: Desk) -> None:
    statements: list[str] = []

    def listen(conn: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    sa.event.listen(desk.database.engine.sync_engine, "before_cursor_execute", listen)
    await desk.subscriptions.batch()
    look = next(s for s in statements if "subscription_due" in s)
    async with desk.database.read() as connection:
        plan = await connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {look}", (0.0, "returned", 0.0, 20, 0)
        )
        assert "ix_shop_parcels_unsubscribed" in str(plan.all())


async def until(happened: Callable[[], bool]) -> None:
    for _ in range(250):
        if happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within 5 s")
