"""The notice book, and news written with its mark, on every database they run on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Database
from shop.errors import ShopUnavailable
from shop.kuaidi100.recording import RecordedPushes
from shop.kuaidi100.states import News, Push
from shop.notices import KEPT, NoticeBook
from shop.policies import Policy
from shop.schema import notices
from shop.sql import SqlLogistics
from shop.types import ParcelState, TraceNode
from tests.shop.world import NOW, FakeClock, add_customer, add_order, order, parcel


@pytest.fixture
def book(database: Database, clock: FakeClock) -> NoticeBook:
    return NoticeBook(database=database, clock=clock)


async def marks(database: Database) -> set[tuple[str, str]]:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(notices.c.source, notices.c.id))
        return {(row.source, row.id) for row in rows}


async def test_a_notice_is_taken_once(book: NoticeBook, database: Database) -> None:
    assert await book.take("a", "1", None)
    assert not await book.take("a", "1", None)
    assert await book.take("b", "1", None)
    assert await book.known("a", ["1", "2"]) == {"1"}
    assert await book.known("a", []) == frozenset()
    await book.forget_old()  # again: no change
    assert await marks(database) == {("a", "1"), ("b", "1")}


async def test_of_many_at_once_one_writes(book: NoticeBook, database: Database) -> None:
    written: list[int] = []

    async def take(number: int) -> bool:
        async def write(connection: AsyncConnection) -> None:
            await asyncio.sleep(0.05)
            written.append(number)

        return await book.take("a", "1", write)

    assert sorted(await asyncio.gather(*(take(number) for number in range(5)))) == [
        *(False, False, False, False, True),
    ]
    assert len(written) == 1


async def test_a_write_that_fails_leaves_no_mark(book: NoticeBook, database: Database) -> None:
    async def fail(connection: AsyncConnection) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await book.take("a", "1", fail)
    assert await marks(database) == set()


async def test_old_notices_are_forgotten(
    book: NoticeBook, database: Database, clock: FakeClock
) -> None:
    await book.take("a", "1", None)
    clock.now += KEPT + timedelta(seconds=1)
    await book.take("a", "2", None)
    await book.forget_old()
    assert await marks(database) == {("a", "2")}


async def test_a_database_that_is_gone_is_unavailable(clock: FakeClock) -> None:
    gone = Database.from_url("postgresql://nobody@127.0.0.1:1/none")
    book = NoticeBook(database=gone, clock=clock)
    for question in (book.forget_old(), book.known("x", ["1"]), book.take("x", "1", None)):
        with pytest.raises(ShopUnavailable, match="does not answer"):
            await question
    await gone.close()


async def test_news_is_written_with_its_mark(
    book: NoticeBook, database: Database, clock: FakeClock, policy: Policy
) -> None:
    await add_customer(database, "c-1")
    await add_order(database, order(id="1"), parcels=(parcel(id="p", waybill="SF1012340104002"),))
    trace = (
        TraceNode(at=NOW - timedelta(hours=2), state=ParcelState.COLLECTED, city="杭州", text="收"),
        TraceNode(at=NOW, state=ParcelState.SIGNED, city="北京", text="已签收"),
    )
    news = News(com="shunfeng", number="SF1012340104002", trace=trace, corrected=True)
    sink = RecordedPushes(book=book)
    push = Push(id="1", news=news)
    assert await sink.record(push)
    assert not await sink.record(push)
    logistics = SqlLogistics(database=database, policies=lambda: policy, clock=clock)
    found = await logistics.by_waybill("c-1", "SF1012340104002")
    assert found is not None
    assert (found.trace, found.signed_at, found.carrier) == (trace, NOW, "顺丰")
    assert await marks(database) == {("kuaidi100", "1")}
