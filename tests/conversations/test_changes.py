"""Nobody who waits for a change misses it, however long its writer had to wait for the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from conversations import changes
from conversations.changes import Changes, LocalDoorbell
from conversations.database import Database
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import BotReply, Content, HandoffRequest
from conversations.outbox import Outbox
from conversations.schema import conversations
from conversations.turns import TurnQueue
from tests.conversations.conftest import FixedClock, says

WANG = Agent(id="xiaowang", name="小王")
LONG = 3.0
"""Seconds a writer waits: more than the overlap with which the feed looks back."""


class Desk:
    """A conversation that has come as far as a step needs, and the step itself."""

    def __init__(self, database: Database, clock: FixedClock, key: ConversationKey) -> None:
        self.key = key
        self.ledger = Ledger(database=database, clock=clock)
        self.turns = TurnQueue(database=database, clock=clock)
        self.handoffs = Handoffs(database=database, clock=clock)

    async def answer(self) -> Callable[[], Awaitable[object]]:
        await self.ledger.record_inbound(says(self.key, "在吗"), owner="me")
        turn = await self.turns.next(self.key, "me")
        assert turn is not None
        return lambda: self.turns.complete(turn, BotReply(contents=(Content(text="您好"),)))

    async def write(self) -> Callable[[], Awaitable[object]]:
        await self.ledger.record_inbound(says(self.key, "在吗"))
        return lambda: self.ledger.record_inbound(says(self.key, "还在吗"))

    async def queue(self) -> None:
        await self.ledger.record_inbound(says(self.key, "转人工"), owner="me")
        turn = await self.turns.next(self.key, "me")
        assert turn is not None
        wish = HandoffRequest(reason="asked", reason_text="要人工", summary=())
        await self.turns.complete(turn, BotReply(contents=(), handoff=wish))

    async def take(self) -> Callable[[], Awaitable[object]]:
        await self.queue()
        return lambda: self.handoffs.take(self.key, agent=WANG)

    async def cancel(self) -> Callable[[], Awaitable[object]]:
        await self.queue()
        return lambda: self.handoffs.cancel(self.key)

    async def leave_message(self) -> Callable[[], Awaitable[object]]:
        await self.queue()
        return lambda: self.handoffs.leave_message(self.key)

    async def reply(self) -> Callable[[], Awaitable[object]]:
        await self.queue()
        await self.handoffs.take(self.key, agent=WANG)
        words = Content(text="我来看看")
        return lambda: self.handoffs.reply(self.key, agent=WANG, content=words, client_id="1")

    async def note(self) -> Callable[[], Awaitable[object]]:
        await self.queue()
        return lambda: self.handoffs.note(self.key, agent=WANG, text="老客户", client_id="1")

    async def resolve(self) -> Callable[[], Awaitable[object]]:
        await self.queue()
        await self.handoffs.take(self.key, agent=WANG)
        return lambda: self.handoffs.resolve(self.key, agent=WANG)


async def _after_a_long_wait(
    database: Database,
    clock: FixedClock,
    key: ConversationKey,
    step: Callable[[], Awaitable[object]],
) -> None:
    """Do the step while another writer holds what it needs for LONG seconds."""
    async with database.write() as holder:
        await holder.execute(
            sa.select(conversations).where(conversations.c.id == str(key)).with_for_update()
        )
        waiting = asyncio.ensure_future(step())
        await asyncio.sleep(0.2)
        assert not waiting.done(), "the step waits for the writer"
        clock.advance(LONG)
    await waiting


@pytest.mark.parametrize(
    "name", ["write", "answer", "take", "reply", "note", "resolve", "cancel", "leave_message"]
)
async def test_a_change_bears_the_time_at_which_it_became_possible(
    database: Database, clock: FixedClock, key: ConversationKey, name: str
) -> None:
    desk = Desk(database, clock, key)
    step = await getattr(desk, name)()
    await _after_a_long_wait(database, clock, key, step)
    conversation = await desk.ledger.conversation(key)
    assert conversation is not None
    assert conversation.updated_at == clock.now


@pytest.fixture
async def feed(database: Database, clock: FixedClock) -> AsyncIterator[Changes]:
    feed = Changes(
        ledger=Ledger(database=database, clock=clock),
        doorbell=LocalDoorbell(),
        poll=0.02,
        clock=clock,
    )
    running = asyncio.create_task(feed.run())
    yield feed
    await feed.close()
    await running


async def test_who_begins_to_wait_while_the_answer_waits_for_the_database_is_told(
    database: Database, clock: FixedClock, key: ConversationKey, feed: Changes
) -> None:
    step = await Desk(database, clock, key).answer()
    with ExitStack() as subscribed:
        async with database.write() as holder:
            await holder.execute(
                sa.select(conversations).where(conversations.c.id == str(key)).with_for_update()
            )
            answering = asyncio.ensure_future(step())
            await asyncio.sleep(0.2)
            clock.advance(LONG)
            await asyncio.sleep(0.2)  # nobody waits yet: the feed only keeps up with the clock
            told = subscribed.enter_context(feed.subscription(key))
        await answering
        assert (await asyncio.wait_for(told.get(), 5)).key == key


async def test_a_crowd_that_changes_at_once_hides_nobody(
    database: Database, clock: FixedClock, feed: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PAGE", 3)
    ledger = Ledger(database=database, clock=clock)
    keys = [ConversationKey("web", "shop", f"u{n}") for n in range(8)]
    with feed.subscription() as told:
        for key in keys:
            clock.advance(0.01)
            await ledger.record_inbound(says(key, "在吗"))
        heard = set()
        while heard != set(keys):
            heard.add((await asyncio.wait_for(told.get(), 5)).key)


async def test_outgoing_messages_are_leased_for_their_whole_time(
    sqlite_database: Database, clock: FixedClock, key: ConversationKey
) -> None:
    step = await Desk(sqlite_database, clock, key).answer()
    await step()
    outbox = Outbox(database=sqlite_database, clock=clock)
    await _after_a_long_wait(sqlite_database, clock, key, lambda: outbox.claim("me", ["wechat"]))
    clock.advance(18)
    assert await outbox.claim("other", ["wechat"]) == []


async def test_conversations_are_leased_for_their_whole_time(
    sqlite_database: Database, clock: FixedClock, key: ConversationKey
) -> None:
    desk = Desk(sqlite_database, clock, key)
    await desk.ledger.record_inbound(says(key, "在吗"))
    await _after_a_long_wait(sqlite_database, clock, key, lambda: desk.turns.claim("me"))
    clock.advance(18)
    assert await desk.turns.claim("other") == []
