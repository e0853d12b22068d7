"""Messages of TOP: at least once in, once into account, whenever we crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from conversations.database import Database
from shop.errors import ShopUnavailable
from shop.fakes.faults import Fault
from shop.fakes.top import MESSAGE_HIDDEN, FakeTop
from shop.notices import NoticeBook, Write
from shop.taobao.client import TopClient
from shop.taobao.tmc import Hint, TmcConsumer
from tests.shop.systems.support import Taobao, fake_top, served
from tests.shop.world import FakeClock

PAID = "taobao_trade_TradeBuyerPay"
seen = sa.Table("test_seen", sa.MetaData(), sa.Column("tid", sa.String(32)))


@dataclass
class Line:
    """A queue, and everything that takes from it."""

    fake: FakeTop
    client: TopClient
    taobao: Taobao
    book: NoticeBook
    database: Database
    handled: list[Hint] = field(default_factory=list)

    async def write(self, hint: Hint) -> Write:
        """A handler: what follows from a message is one row."""
        self.handled.append(hint)

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(sa.insert(seen).values(tid=hint.tid))

        return write

    def consumer(
        self, handler: Callable[[Hint], Awaitable[Write | None]] | None = None, **more: Any
    ) -> TmcConsumer:
        """A consumer; as many as a crashing process leaves behind."""
        return TmcConsumer(
            client=self.client, book=self.book, handler=handler or self.write, pause=0.05, **more
        )

    async def rows(self) -> list[str]:
        """What was written."""
        async with self.database.read() as connection:
            return list((await connection.execute(sa.select(seen.c.tid))).scalars())


@pytest.fixture
async def line(database: Database, clock: FakeClock) -> AsyncIterator[Line]:
    fake = fake_top(clock)
    async with database.write() as connection:
        await connection.run_sync(seen.metadata.create_all)
    book = NoticeBook(database=database, clock=clock)
    await book.forget_old()
    async with served(fake.app()) as url:
        taobao = Taobao(url, fake, clock=clock)
        yield Line(fake=fake, client=taobao.client, taobao=taobao, book=book, database=database)
        await taobao.remote.close()


async def test_a_message_is_handled_committed_and_confirmed(line: Line) -> None:
    message = line.fake.put_message(PAID, {"tid": 2412345678901234567, "oid": 5, "payment": "1"})
    assert await line.consumer().poll() == 1
    [hint] = line.handled
    assert hint == Hint(
        id=str(message.id),
        topic=PAID,
        user_id="2074082786",
        tid="2412345678901234567",
        oid="5",
        refund_id="",
    )
    assert await line.rows() == ["2412345678901234567"]
    assert line.fake.confirmed == [message.id]
    assert line.fake.messages == []


async def test_a_crash_before_the_commit_leaves_everything_to_the_next(
    line: Line, clock: FakeClock
) -> None:
    line.fake.put_message(PAID, {"tid": 1})

    async def crash(hint: Hint) -> Write:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(sa.insert(seen).values(tid=hint.tid))
            raise asyncio.CancelledError

        return write

    with pytest.raises(asyncio.CancelledError):
        await line.consumer(crash).poll()
    assert await line.rows() == []
    assert line.fake.confirmed == []
    clock.now += MESSAGE_HIDDEN
    assert await line.consumer().poll() == 1
    assert await line.rows() == ["1"]


async def test_a_crash_between_commit_and_confirmation_doubles_nothing(
    line: Line, clock: FakeClock
) -> None:
    message = line.fake.put_message(PAID, {"tid": 1})
    line.fake.faults.extend([Fault(), Fault(drop=True)])  # consume works, confirm does not
    with pytest.raises(ShopUnavailable):
        await line.consumer().poll()
    assert (await line.rows(), line.fake.confirmed) == (["1"], [])
    clock.now += MESSAGE_HIDDEN
    assert await line.consumer().poll() == 1
    assert message.deliveries == 2
    assert await line.rows() == ["1"]
    assert len(line.handled) == 1
    assert line.fake.confirmed == [message.id]


async def test_two_consumers_with_one_message_write_once(line: Line) -> None:
    message = line.fake.put_message(PAID, {"tid": 1})
    first_is_in = asyncio.Event()

    async def slow(hint: Hint) -> Write:
        first_is_in.set()
        await asyncio.sleep(0.1)
        return await line.write(hint)

    one = asyncio.create_task(line.consumer(slow).poll())
    await first_is_in.wait()
    message.hidden_until = None  # TOP delivers it again while it is being handled
    assert await line.consumer().poll() == 1
    await one
    assert await line.rows() == ["1"]


async def test_one_that_fails_comes_again_and_holds_up_no_other(
    line: Line, clock: FakeClock
) -> None:
    for tid in (1, 2, 3):
        line.fake.put_message(PAID, {"tid": tid})

    async def unlucky(hint: Hint) -> Write | None:
        if hint.tid == "1":
            raise KeyError("林先生 13800000000")
        if hint.tid == "2":
            raise ShopUnavailable("Taobao did not answer within 3 s")
        return await line.write(hint)

    with capture_logs() as logs:
        assert await line.consumer(unlucky).poll() == 1
    assert await line.rows() == ["3"]
    assert len(line.fake.messages) == 2
    assert {entry["event"] for entry in logs} == {"tmc.handler_failed", "tmc.not_handled"}
    assert "13800000000" not in str(logs)
    clock.now += MESSAGE_HIDDEN
    assert await line.consumer().poll() == 2
    assert sorted(await line.rows()) == ["1", "2", "3"]


async def test_a_message_without_a_trade_or_sense_is_only_a_hint(line: Line) -> None:
    message = line.fake.put_message("taobao_refund_RefundCreated", {"refund_id": 7})
    odd = line.fake.put_message("other", {})
    nothing: list[Hint] = []

    async def ignore(hint: Hint) -> None:
        nothing.append(hint)

    assert await line.consumer(ignore).poll() == 2
    assert [(hint.tid, hint.refund_id) for hint in nothing] == [("", "7"), ("", "")]
    assert line.fake.confirmed == [message.id, odd.id]


@pytest.mark.parametrize(
    "content",
    ["nonsense", "[1]", "[" * 100_000, None, 5, {"tid": 1}],
    ids=["nonsense", "array", "deep", "nothing", "number", "object"],
)
async def test_odd_content_is_no_reason_to_stop(line: Line, content: object) -> None:
    line.fake._methods["taobao.tmc.messages.consume"] = lambda account, form: {
        "messages": {"tmc_message": [{"id": 1, "topic": PAID, "content": content}]}
    }
    assert await line.consumer().poll() == 1


async def test_more_than_two_hundred_are_confirmed_in_parts(line: Line) -> None:
    for tid in range(200):
        line.fake.put_message(PAID, {"tid": tid})
    assert await line.consumer(quantity=1000).poll() == 200
    assert line.fake.forms[0]["quantity"] == "200"
    assert line.fake.messages == []
    assert await line.consumer(quantity=1).poll() == 0
    assert line.fake.forms[-1]["quantity"] == "10"


# Running


async def running(consumer: TmcConsumer, until: Callable[[], bool]) -> None:
    task = asyncio.create_task(consumer.run())
    for _ in range(200):
        if until():
            break
        await asyncio.sleep(0.02)
    consumer.stop()
    await asyncio.wait_for(task, 5)
    assert until()


async def test_it_permits_every_account_with_all_topics_and_waits_when_there_is_nothing(
    line: Line,
) -> None:
    consumer = line.consumer(topics=(PAID, "taobao_trade_TradeClose"))
    task = asyncio.create_task(consumer.run())
    await asyncio.sleep(0.5)  # ten pauses
    consumer.stop()
    await asyncio.wait_for(task, 5)
    assert [account.topics for account in line.fake.accounts] == [
        f"{PAID},taobao_trade_TradeClose"
    ] * 2
    assert 2 <= line.fake.calls.count("taobao.tmc.messages.consume") <= 11


async def test_it_goes_on_after_trouble(line: Line) -> None:
    line.fake.faults.extend([Fault(status=500), Fault(), Fault(), Fault(code=10)])
    line.fake.put_message(PAID, {"tid": 1})
    with capture_logs() as logs:
        await running(line.consumer(), lambda: bool(line.fake.confirmed))
    assert await line.rows() == ["1"]
    assert "tmc.waiting" in {entry["event"] for entry in logs}


async def test_told_to_stop_it_finishes_what_it_began(line: Line) -> None:
    message = line.fake.put_message(PAID, {"tid": 1})
    begun = asyncio.Event()

    async def slow(hint: Hint) -> Write:
        begun.set()
        await asyncio.sleep(0.2)
        return await line.write(hint)

    consumer = line.consumer(slow)
    task = asyncio.create_task(consumer.run())
    await begun.wait()
    consumer.stop()
    await asyncio.wait_for(task, 5)
    assert line.fake.confirmed == [message.id]
    assert await line.rows() == ["1"]


async def test_told_to_stop_it_does_not_wait_out_a_pause(line: Line) -> None:
    consumer = TmcConsumer(client=line.client, book=line.book, handler=line.write, pause=60)
    await running(consumer, lambda: "taobao.tmc.messages.consume" in line.fake.calls)


async def test_told_to_stop_it_leaves_the_rest_of_the_batch_to_the_next(line: Line) -> None:
    first = line.fake.put_message(PAID, {"tid": 1})
    line.fake.put_message(PAID, {"tid": 2})

    async def last(hint: Hint) -> Write:
        consumer.stop()
        return await line.write(hint)

    consumer = line.consumer(last)
    await asyncio.wait_for(consumer.run(), 5)
    assert line.fake.confirmed == [first.id]
    assert await line.rows() == ["1"]


async def test_an_account_that_must_authorise_us_anew_holds_up_no_other(line: Line) -> None:
    line.fake.accounts[0].session = "another"
    line.fake.put_message(PAID, {"tid": 1})
    with capture_logs() as logs:
        await running(line.consumer(), lambda: bool(line.fake.confirmed))
    assert [account.topics for account in line.fake.accounts] == [None, ""]
    events = [entry["event"] for entry in logs]
    assert events.count("tmc.not_permitted") == 1
