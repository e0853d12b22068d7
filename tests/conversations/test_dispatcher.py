"""Dispatcher, sender and change feed as they run: real loops over a real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from conversations.bursts import QUIET
from conversations.changes import Changes, Doorbell, LocalDoorbell, RedisDoorbell
from conversations.database import Database
from conversations.dispatcher import Dispatcher
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import (
    BotReply,
    Content,
    HandoffRequest,
    Sender,
    StoredMessage,
    Unknown,
    UnknownReason,
)
from conversations.outbox import Outbox
from conversations.schema import conversations, messages
from conversations.sender import Delivery, DeliveryStatus
from conversations.sender import Sender as OutboxSender
from conversations.state import State
from conversations.turns import Turn, TurnQueue
from tests.conversations.conftest import says

WANG = Agent(id="xiaowang", name="小王")


class EchoBot:
    """Answers with what it heard; `转人工` hands over; `坏` fails."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.replies: dict[str, BotReply] = {}
        self.running = 0
        self.most_running = 0

    async def answer(self, turn: Turn) -> BotReply:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(0.02)
        self.running -= 1
        text = turn.content.text
        self.heard.append(text)
        if text == "坏":
            raise RuntimeError("the bot stumbles")
        if text == "转人工":
            wish = HandoffRequest(reason="asked", reason_text="要人工", summary=())
            return BotReply(contents=(Content(text="转接中"),), handoff=wish)
        return self.replies.get(text) or BotReply(contents=(Content(text=f"答{text}"),))


class House:
    """A dispatcher at work."""

    def __init__(self, database: Database) -> None:
        self.bot = EchoBot()
        self.ledger = Ledger(database=database)
        self.handoffs = Handoffs(database=database)
        self.dispatcher = Dispatcher(
            turns=TurnQueue(database=database),
            handoffs=self.handoffs,
            bot=self.bot,
            owner="me",
            on_change=self._changed,
            poll=0.05,
        )

    async def _changed(self) -> None:
        return

    async def hears(self, key: ConversationKey, text: str) -> None:
        await self.ledger.record_inbound(says(key, text), owner="me")
        self.dispatcher.notice(key)

    async def texts(self, key: ConversationKey) -> list[str]:
        return [m.content.text for m in await self.ledger.history(key)]

    @property
    def lines(self) -> list[str]:
        """What the bot heard, line by line, however many were read together."""
        return "，".join(self.bot.heard).split("，") if self.bot.heard else []

    async def state(self, key: ConversationKey) -> State:
        conversation = await self.ledger.conversation(key)
        assert conversation is not None
        return conversation.state


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for something asynchronous to come true."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(0.02)


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[House]:
    house = House(sqlite_database)
    serving = asyncio.create_task(house.dispatcher.run())
    yield house
    await house.dispatcher.close()
    await serving


async def test_every_message_of_a_burst_is_answered_in_its_order(
    house: House, key: ConversationKey
) -> None:
    for n in range(8):
        await house.hears(key, str(n))
    await until(lambda: len(house.lines) == 8)
    assert house.lines == [str(n) for n in range(8)]
    assert house.bot.most_running == 1, "one conversation is served by one turn at a time"


async def test_a_message_that_comes_as_the_last_turn_ends_is_not_forgotten(
    house: House, key: ConversationKey
) -> None:
    for n in range(30):
        await house.hears(key, str(n))
        await asyncio.sleep(0.02 + (n % 7) * 0.004)
    await until(lambda: len(house.lines) == 30, seconds=5)


async def test_an_unfinished_line_waits_for_the_rest(house: House, key: ConversationKey) -> None:
    for line in ("我昨天买的", "那个", "衬衫", "到哪了"):
        await house.hears(key, line)
        await asyncio.sleep(0.1)
    await until(lambda: house.bot.heard == ["我昨天买的，那个，衬衫，到哪了"])
    assert (await house.texts(key))[:4] == ["我昨天买的", "那个", "衬衫", "到哪了"]


async def test_an_unfinished_line_is_answered_although_nothing_follows(
    house: House, key: ConversationKey
) -> None:
    began = asyncio.get_running_loop().time()
    await house.hears(key, "我昨天买的")
    await until(lambda: house.bot.heard == ["我昨天买的"])
    assert asyncio.get_running_loop().time() - began >= QUIET.total_seconds()


async def test_what_another_process_records_meanwhile_is_read_together_too(
    house: House, key: ConversationKey
) -> None:
    await house.hears(key, "我昨天买的")
    await asyncio.sleep(0.2)
    await house.ledger.record_inbound(says(key, "到哪了"))
    await until(lambda: house.bot.heard == ["我昨天买的，到哪了"])


async def test_a_person_who_takes_over_during_the_wait_gets_the_line(
    house: House, key: ConversationKey
) -> None:
    await house.hears(key, "我昨天买的")
    await asyncio.sleep(0.2)
    await house.handoffs.take(key, agent=WANG)

    async def done() -> bool:
        return await house.ledger.pending(key) == 0

    await until(done)
    assert house.bot.heard == []


async def test_conversations_are_served_side_by_side(house: House) -> None:
    keys = [ConversationKey("web", "shop", f"u{n}") for n in range(6)]
    for key in keys:
        await house.ledger.record_inbound(says(key, "在吗"), owner="me")
    for key in keys:
        house.dispatcher.notice(key)
    await until(lambda: len(house.bot.heard) == 6)
    assert house.bot.most_running > 1


async def test_what_another_process_recorded_is_found_without_notice(
    house: House, key: ConversationKey
) -> None:
    await house.ledger.record_inbound(says(key, "在吗"))
    await until(lambda: house.bot.heard == ["在吗"])


async def test_the_bot_is_silent_while_a_person_serves_and_speaks_after(
    house: House, key: ConversationKey
) -> None:
    await house.hears(key, "转人工")
    await until(lambda: house.bot.heard == ["转人工"])

    async def queued() -> bool:
        return await house.state(key) is State.QUEUED

    await until(queued)
    await house.handoffs.take(key, agent=WANG)
    await house.hears(key, "在吗")

    async def done() -> bool:
        return await house.ledger.pending(key) == 0

    await until(done)
    assert house.bot.heard == ["转人工"]
    await house.handoffs.resolve(key, agent=WANG)
    await house.hears(key, "再问一个")
    await until(lambda: house.bot.heard == ["转人工", "再问一个"])


async def test_the_shopper_leaves_the_queue_by_the_option_shown(
    house: House, key: ConversationKey
) -> None:
    await house.hears(key, "转人工")

    async def queued() -> bool:
        return len(await house.texts(key)) == 3 and await house.state(key) is State.QUEUED

    await until(queued)
    await house.hears(key, "不等了")

    async def back() -> bool:
        return await house.state(key) is State.BOT

    await until(back)
    await house.hears(key, "在吗")
    await until(lambda: house.bot.heard == ["转人工", "在吗"])


async def test_one_message_that_breaks_the_bot_does_not_stop_the_others(
    house: House, key: ConversationKey
) -> None:
    other = ConversationKey("web", "shop", "other")
    await house.hears(key, "坏")
    await house.hears(other, "在吗")
    await until(lambda: "在吗" in house.bot.heard)

    async def handed_over() -> bool:
        return await house.state(key) is State.QUEUED

    await until(handed_over, seconds=20)
    assert house.bot.heard.count("坏") == 3


@pytest.mark.parametrize(
    "reply",
    [
        BotReply(contents=(Content(text="half a character \ud800"),)),
        BotReply(
            contents=(Content(text="好"),),
            unknowns=(Unknown(reason=UnknownReason.MISS, text="?", confidence=float("nan")),),
        ),
    ],
    ids=["no text", "refused by the database"],
)
async def test_a_message_whose_answer_cannot_be_stored_goes_to_a_person(
    house: House, key: ConversationKey, reply: BotReply
) -> None:
    house.bot.replies["难"] = reply
    await house.hears(key, "难")

    async def handed_over() -> bool:
        return await house.state(key) is State.QUEUED

    await until(handed_over, seconds=20)
    assert house.bot.heard.count("难") == 3
    handoff = await house.handoffs.latest(key)
    assert handoff is not None
    assert handoff.reason == "bot_failed"


async def test_a_message_that_cannot_be_read_goes_to_a_person_and_holds_up_nobody(
    house: House, key: ConversationKey, sqlite_database: Database
) -> None:
    await house.ledger.record_inbound(says(key, "在吗"), owner="nobody")
    await house.ledger.record_inbound(says(key, "退货"), owner="nobody")
    async with sqlite_database.write() as connection:
        await connection.execute(
            sa.update(messages).where(messages.c.seq == 1).values(body="not what we write")
        )
        await connection.execute(sa.update(conversations).values(lease_owner="", lease_until=None))

    async def handed_over() -> bool:
        return await house.state(key) is State.QUEUED

    await until(handed_over, seconds=20)
    assert house.bot.heard == []


async def test_while_the_database_is_away_no_attempt_is_counted(
    sqlite_database: Database, key: ConversationKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(sqlite_database)
    await house.ledger.record_inbound(says(key, "在吗"), owner="me")
    turns = TurnQueue(database=sqlite_database)

    async def away(self: TurnQueue, turn: Turn, reply: BotReply) -> Turn | None:
        raise OperationalError("insert", {}, Exception("the disk is gone"))

    monkeypatch.setattr(TurnQueue, "complete", away)
    house.dispatcher.notice(key)
    await until(lambda: house.bot.heard == ["在吗"])
    await house.dispatcher.close()
    turn = await turns.next(key, "me")
    assert turn is not None
    assert turn.attempts == 0


class ListChannel:
    """A platform that follows a script of outcomes, then accepts everything."""

    name = "wechat"

    def __init__(self, *script: Delivery | Exception) -> None:
        self.script = list(script)
        self.arrived: list[str] = []

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def deliver(self, message: StoredMessage) -> Delivery:
        if self.script:
            outcome = self.script.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        self.arrived.append(message.content.text)
        return Delivery(status=DeliveryStatus.SENT)


async def _answered(database: Database, key: ConversationKey, *texts: str) -> None:
    ledger, turns = Ledger(database=database), TurnQueue(database=database)
    await ledger.record_inbound(says(key, "在吗"), owner="w")
    turn = await turns.next(key, "w")
    assert turn is not None
    await turns.complete(turn, BotReply(contents=tuple(Content(text=t) for t in texts)))


@contextlib.asynccontextmanager
async def sending(database: Database, channel: ListChannel) -> AsyncIterator[None]:
    sender = OutboxSender(
        outbox=Outbox(database=database), ledger=Ledger(database=database), owner="s", poll=0.05
    )
    sender.add(channel)
    running = asyncio.create_task(sender.run())
    yield
    sender.close()
    await running


async def test_messages_arrive_in_order_although_the_platform_hiccups(
    sqlite_database: Database, key: ConversationKey
) -> None:
    channel = ListChannel(Delivery(status=DeliveryStatus.RETRY, retry_after=0.1))
    await _answered(sqlite_database, key, "一", "二", "三")
    async with sending(sqlite_database, channel):
        await until(lambda: channel.arrived == ["一", "二", "三"])


async def test_a_channel_that_breaks_its_promise_does_not_stop_the_sender(
    sqlite_database: Database, key: ConversationKey
) -> None:
    channel = ListChannel(RuntimeError("a bug"))
    await _answered(sqlite_database, key, "一", "二")
    async with sending(sqlite_database, channel):
        await until(lambda: channel.arrived == ["二"])


async def test_what_is_parked_leaves_when_the_shopper_writes_again(
    sqlite_database: Database, key: ConversationKey
) -> None:
    channel = ListChannel(Delivery(status=DeliveryStatus.PARK, error="45047"))
    await _answered(sqlite_database, key, "一", "二")
    async with sending(sqlite_database, channel):
        await asyncio.sleep(0.3)
        assert channel.arrived == []
        await Outbox(database=sqlite_database).unpark(key)
        await until(lambda: channel.arrived == ["一", "二"])


@pytest.fixture(params=["local", "redis"])
async def doorbells(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Doorbell, Doorbell]]:
    """The bell to ring and the bell that is heard: the same one, or two over Redis."""
    if request.param == "local":
        bell = LocalDoorbell()
        yield bell, bell
        return
    url = request.getfixturevalue("redis_url")
    here, there = RedisDoorbell(url=url), RedisDoorbell(url=url)
    yield here, there
    await here.close()
    await there.close()


async def test_a_ring_is_heard_at_once(doorbells: tuple[Doorbell, Doorbell]) -> None:
    here, there = doorbells
    loop = asyncio.get_running_loop()
    await there.wait(0.3)  # subscribes
    waiting = asyncio.create_task(there.wait(10))
    await asyncio.sleep(0.05)
    began = loop.time()
    await here.ring()
    await waiting
    assert loop.time() - began < 2


async def test_without_redis_the_bell_still_works_in_its_own_process() -> None:
    bell = RedisDoorbell(url="redis://127.0.0.1:1/0")
    await bell.ring()
    await asyncio.wait_for(bell.wait(5), 1)
    await bell.close()


async def test_subscribers_hear_of_changes_of_their_conversation_only(
    database: Database, key: ConversationKey
) -> None:
    ledger = Ledger(database=database)
    changes = Changes(ledger=ledger, doorbell=LocalDoorbell(), poll=0.05)
    other = ConversationKey("web", "shop", "other")
    running = asyncio.create_task(changes.run())
    with changes.subscription(key) as mine, changes.subscription() as all_:
        for one in (other, key, other):
            await ledger.record_inbound(says(one, "在吗"))
        heard = await asyncio.wait_for(mine.get(), 5)
        assert (heard.key, heard.last_sender) == (key, Sender.SHOPPER.value)
        seen = set()
        while seen != {key, other}:
            seen.add((await asyncio.wait_for(all_.get(), 5)).key)
        await asyncio.sleep(0.2)
        assert mine.empty(), "an unchanged conversation is not told twice"
    await changes.close()
    await running
