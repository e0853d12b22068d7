"""What Kuaidi100 answered one process, another does not ask for, on every database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from conversations.database import Database
from shop import schema
from shop.fakes.faults import Fault
from shop.fakes.kuaidi100 import APART, LOCKED, FakeKuaidi100, Waybill
from shop.kuaidi100.answers import KEPT, SharedAnswers
from shop.kuaidi100.api import Kept, Kuaidi100, Tracking
from shop.types import ParcelState, TraceNode
from tests.shop.systems.support import fake_kuaidi100, kuaidi100_of, served
from tests.shop.world import NOW, FakeClock

NUMBER = "YT9693083639795"
NODE = TraceNode(at=NOW, state=ParcelState.DELIVERING, city="北京", text="正在派送😀")


@dataclass
class House:
    """Two processes of one house, and Kuaidi100."""

    bot: Kuaidi100
    desk: Kuaidi100
    fake: FakeKuaidi100
    clock: FakeClock


async def ask(client: Kuaidi100) -> Tracking:
    return await client.track("yuantong", NUMBER, deadline=client.deadline())


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    clock = FakeClock(NOW)
    fake = fake_kuaidi100(clock)
    data = [
        {
            "time": "2026-11-18 15:00:00",
            "ftime": "2026-11-18 15:00:00",
            "context": "正在派送",
            "statusCode": "5",
        }
    ]
    fake.add(Waybill(com="yuantong", number=NUMBER, phone="", state="5", data=data))
    async with served(fake.app()) as url:
        answers = SharedAnswers(database=database, clock=clock)
        bot, first = kuaidi100_of(url, clock=clock, answers=answers)
        desk, second = kuaidi100_of(url, clock=clock, answers=answers)
        yield House(bot, desk, fake, clock)
        await first.close()
        await second.close()


async def test_the_desk_does_not_ask_what_the_bot_just_asked(house: House) -> None:
    told = await ask(house.bot)
    house.clock.now += timedelta(minutes=20)
    assert await ask(house.desk) == told
    assert house.fake.queries == [NUMBER]
    house.clock.now += APART
    assert (await ask(house.desk)).as_of == house.clock.now
    assert len(house.fake.queries) == 2
    assert (await ask(house.bot)).as_of == house.clock.now  # its own answer was older
    assert len(house.fake.queries) == 2


async def test_that_nothing_is_known_is_shared_too(house: House) -> None:
    house.fake.waybills.clear()
    assert (await ask(house.bot)).trace == (await ask(house.desk)).trace == ()
    assert len(house.fake.queries) == 1


async def test_a_number_that_is_locked_keeps_the_answer_of_the_other(house: House) -> None:
    told = await ask(house.bot)
    house.clock.now += timedelta(hours=1)
    house.fake.faults.append(Fault(code=int(LOCKED)))
    assert await ask(house.desk) == told


async def test_an_answer_is_read_as_it_was_written(database: Database) -> None:
    answers = SharedAnswers(database=database, clock=FakeClock(NOW))
    kept = Kept(Tracking(trace=(NODE,), as_of=NOW, com="yuantong"), until=NOW + APART)
    await answers.put(NUMBER, kept)
    assert await answers.get(NUMBER) == kept
    later = replace(kept, until=kept.until + APART)
    await answers.put(NUMBER, later)
    assert await answers.get(NUMBER) == later
    assert await answers.get("another") is None


async def test_old_answers_are_forgotten(database: Database) -> None:
    clock = FakeClock(NOW)
    answers = SharedAnswers(database=database, clock=clock)
    old = Kept(Tracking(trace=(NODE,), as_of=NOW, com="yuantong"), until=NOW + APART)
    await answers.put("old", old)
    clock.now += KEPT + timedelta(seconds=1)
    await answers.put("new", old)
    async with database.read() as connection:
        numbers = (await connection.execute(sa.select(schema.tracked.c.number))).scalars().all()
    assert numbers == ["new"]


async def test_without_the_database_kuaidi100_is_asked_all_the_same(house: House) -> None:
    gone = Database.from_url("postgresql://nobody@127.0.0.1:1/none")
    house.bot._answers = SharedAnswers(database=gone, clock=house.clock)
    with capture_logs() as logs:
        assert (await ask(house.bot)).trace[0].state is ParcelState.DELIVERING
    assert [entry["event"] for entry in logs] == [
        "kuaidi100.answers_not_read",
        "kuaidi100.answers_not_written",
    ]
    await gone.close()
