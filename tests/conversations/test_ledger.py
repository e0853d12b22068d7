"""The ledger's contract, on SQLite and on PostgreSQL: nothing lost, nothing twice, in order."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.errors import ConfigurationError, NotFound, StateConflict
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import LEASE, Ledger
from conversations.memory import TrackerLog, collecting
from conversations.messages import BotReply, Choice, Content, HandoffRequest, Kind, Sender
from conversations.outbox import MAX_ATTEMPTS as MAX_DELIVERIES
from conversations.outbox import Outbox
from conversations.state import State
from conversations.turns import MAX_ATTEMPTS, Turn, TurnQueue
from tests.conversations.conftest import FixedClock, says

ME = "worker-1"
OTHER = "worker-2"
WANG = Agent(id="xiaowang", name="小王")
LI = Agent(id="xiaoli", name="小李")
WISH = HandoffRequest(
    reason="asked", reason_text="客户要人工", summary=("要退货", "订单 1"), package={"mood": -1}
)


class World:
    """All the doors of the ledger over one database and one clock."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.ledger = Ledger(database=database, clock=clock)
        self.turns = TurnQueue(database=database, clock=clock)
        self.handoffs = Handoffs(database=database, clock=clock)
        self.outbox = Outbox(database=database, clock=clock)

    async def turn(self, key: ConversationKey, text: str, **kwargs: str) -> Turn:
        await self.ledger.record_inbound(says(key, text, **kwargs), owner=ME)
        turn = await self.turns.next(key, ME)
        assert turn is not None
        return turn

    async def bot_says(self, key: ConversationKey, text: str, *contents: Content) -> None:
        turn = await self.turn(key, text)
        await self.turns.complete(turn, BotReply(contents=contents))

    async def hand_over(self, key: ConversationKey, *, priority: int = 0) -> None:
        turn = await self.turn(key, "转人工")
        wish = replace(WISH, priority=priority)
        reply = BotReply(contents=(Content(text="正在转接"),), handoff=wish)
        await self.turns.complete(turn, reply)

    async def state(self, key: ConversationKey) -> State:
        conversation = await self.ledger.conversation(key)
        assert conversation is not None
        return conversation.state

    async def texts(self, key: ConversationKey) -> list[tuple[str, str]]:
        return [(m.sender.value, m.content.text) for m in await self.ledger.history(key)]


@pytest.fixture
def world(database: Database, clock: FixedClock) -> World:
    return World(database, clock)


class TestInbound:
    async def test_a_message_is_stored_once_however_often_it_is_delivered(
        self, world: World, key: ConversationKey
    ) -> None:
        receipts = await asyncio.gather(
            *(world.ledger.record_inbound(says(key, "在吗", id="m1"), owner=ME) for _ in range(6))
        )
        assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 5
        assert {receipt.seq for receipt in receipts} == {1}
        assert await world.texts(key) == [("shopper", "在吗")]
        assert await world.ledger.pending(key) == 1

    async def test_numbers_count_up_without_gaps_under_concurrency(
        self, world: World, key: ConversationKey
    ) -> None:
        await asyncio.gather(
            *(world.ledger.record_inbound(says(key, str(n)), owner=ME) for n in range(12))
        )
        assert [m.seq for m in await world.ledger.history(key)] == list(range(1, 13))

    async def test_the_shoppers_own_words_are_given_as_written(
        self, world: World, key: ConversationKey
    ) -> None:
        text = "张三 13812345678 文三路259号"
        await world.bot_says(key, text, Content(text="收到"))
        other = ConversationKey(key.channel, key.account, "somebody-else")
        assert await world.ledger.words(key, [1, 2, 9]) == [text]
        assert await world.ledger.words(other, [1]) == []

    async def test_the_same_id_on_another_account_is_another_message(
        self, world: World, key: ConversationKey
    ) -> None:
        twin = ConversationKey(key.channel, "second", key.user)
        for one in (key, twin):
            receipt = await world.ledger.record_inbound(says(one, "在吗", id="m1"))
            assert not receipt.duplicate

    async def test_history_is_paged_by_number(self, world: World, key: ConversationKey) -> None:
        for n in range(5):
            await world.ledger.record_inbound(says(key, str(n)))
        assert [m.seq for m in await world.ledger.history(key, after=3)] == [4, 5]
        assert [m.seq for m in await world.ledger.history(key, limit=2)] == [4, 5]

    async def test_emoji_and_rare_characters_survive(
        self, world: World, key: ConversationKey
    ) -> None:
        text = "😡👨‍👩‍👧𠮷 ﾊﾝｶｸ \u200b"
        await world.ledger.record_inbound(says(key, text))
        assert await world.texts(key) == [("shopper", text)]


class TestTurns:
    async def test_an_answer_is_recorded_and_queued_for_delivery(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.bot_says(key, "在吗", Content(text="您好"), Content(text="想问什么？"))
        assert await world.texts(key) == [
            ("shopper", "在吗"),
            ("bot", "您好"),
            ("bot", "想问什么？"),
        ]
        assert await world.ledger.pending(key) == 0
        first = await world.outbox.claim(ME, ["wechat"])
        assert [item.seq for item in first] == [2], "one at a time, in order"
        await world.outbox.sent(first[0])
        assert [item.seq for item in await world.outbox.claim(ME, ["wechat"])] == [3]

    async def test_a_web_shopper_fetches_and_nothing_is_pushed(self, world: World) -> None:
        key = ConversationKey("web", "shop", "abc")
        await world.bot_says(key, "在吗", Content(text="您好"))
        assert await world.outbox.claim(ME, ["web"]) == []

    async def test_messages_are_answered_in_order_under_one_lease(
        self, world: World, key: ConversationKey
    ) -> None:
        first = await world.turn(key, "一")
        await world.ledger.record_inbound(says(key, "二"), owner=ME)
        second = await world.turns.complete(first, BotReply(contents=(Content(text="答一"),)))
        assert second is not None
        assert second.content.text == "二"
        assert await world.turns.complete(second, BotReply(contents=())) is None

    async def test_nobody_else_gets_a_leased_conversation(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.turn(key, "在吗")
        assert await world.turns.claim(OTHER) == []
        assert await world.turns.next(key, OTHER) is None

    async def test_after_a_crash_another_worker_answers_and_the_first_comes_too_late(
        self, world: World, key: ConversationKey
    ) -> None:
        lost = await world.turn(key, "在吗")
        world.clock.advance(LEASE.total_seconds() + 1)
        assert list(await world.turns.claim(OTHER)) == [key]
        turn = await world.turns.next(key, OTHER)
        assert turn is not None
        await world.turns.complete(turn, BotReply(contents=(Content(text="您好"),)))
        await world.turns.complete(lost, BotReply(contents=(Content(text="您好"),)))
        assert await world.texts(key) == [("shopper", "在吗"), ("bot", "您好")]

    async def test_a_renewed_lease_is_kept(self, world: World, key: ConversationKey) -> None:
        await world.turn(key, "在吗")
        world.clock.advance(LEASE.total_seconds() - 1)
        await world.turns.renew(ME, [key])
        world.clock.advance(2)
        assert await world.turns.claim(OTHER) == []

    async def test_a_failing_message_is_tried_again_and_then_given_to_a_person(
        self, world: World, key: ConversationKey
    ) -> None:
        turn = await world.turn(key, "会让机器人出错的话")
        for _ in range(MAX_ATTEMPTS - 1):
            await world.turns.fail(turn)
            assert await world.turns.claim(ME) == [], "not at once"
            world.clock.advance(3)
            assert list(await world.turns.claim(ME)) == [key]
            again = await world.turns.next(key, ME)
            assert again is not None
            turn = again
        await world.turns.fail(turn)
        assert await world.state(key) is State.QUEUED
        handoff = await world.handoffs.latest(key)
        assert handoff is not None
        assert handoff.reason == "bot_failed"
        assert await world.ledger.pending(key) == 0

    async def test_the_bots_memory_commits_with_its_answer(
        self, world: World, key: ConversationKey
    ) -> None:
        memory = TrackerLog(database=world.database)
        turn = await world.turn(key, "在吗")
        with collecting() as collection:
            await memory.append(str(key), [{"event": "user", "timestamp": 1.0, "text": "在吗"}])
            assert len(await memory.load(str(key))) == 1, "seen within the turn"
        assert await memory.load(str(key)) == []
        reply = BotReply(contents=(), tracker_events=tuple(collection.events))
        await world.turns.complete(turn, reply)
        assert [event["text"] for event in await memory.load(str(key))] == ["在吗"]

    async def test_only_the_latest_session_is_remembered(
        self, world: World, key: ConversationKey
    ) -> None:
        memory = TrackerLog(database=world.database)
        for n in (1, 2):
            await memory.append(
                str(key),
                [
                    {"event": "session_started", "timestamp": n},
                    {"event": "user", "timestamp": n, "text": str(n)},
                ],
            )
        assert [e.get("text") for e in await memory.load(str(key))] == [None, "2"]
        assert len(await memory.load(str(key), all_sessions=True)) == 4


QUESTION = Content(
    text="哪一件？",
    kind=Kind.CHOICES,
    choices=(Choice("黑色 L", "/inform_a"), Choice("白色 L", "/inform_b")),
)


async def test_what_was_written_before_our_latest_words_is_early(
    world: World, key: ConversationKey
) -> None:
    first = await world.turn(key, "取消这单")
    await world.ledger.record_inbound(says(key, "确认", choice_id="none"))
    second = await world.turns.complete(first, BotReply(contents=(Content(text="请核对"),)))
    assert second is not None
    assert (first.early, second.early) == (False, True)


class TestChoices:
    @pytest.mark.parametrize("said", ["2", "白色 L", "第二个"])
    async def test_an_option_is_recognised_however_it_is_named(
        self, world: World, key: ConversationKey, said: str
    ) -> None:
        await world.bot_says(key, "退货", QUESTION)
        turn = await world.turn(key, said)
        assert turn.choice is not None
        assert turn.choice.payload == "/inform_b"

    async def test_a_click_is_recognised_by_its_id(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.bot_says(key, "退货", QUESTION)
        turn = await world.turn(key, "随便什么字", choice_id="2.1")
        assert turn.choice is not None
        assert turn.choice.payload == "/inform_a"

    async def test_a_click_on_an_older_question_is_no_command(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.bot_says(key, "退货", QUESTION)
        newer = Content(text="确认？", kind=Kind.CHOICES, choices=(Choice("确认", "/affirm"),))
        await world.bot_says(key, "1", newer)
        turn = await world.turn(key, "黑色 L", choice_id="2.1")
        assert turn.choice is None

    @pytest.mark.parametrize("said", ["黑色 L", "确认"])
    async def test_both_questions_of_one_answer_can_be_answered_in_words(
        self, world: World, key: ConversationKey, said: str
    ) -> None:
        newer = Content(text="确认？", kind=Kind.CHOICES, choices=(Choice("确认", "/affirm"),))
        await world.bot_says(key, "退货", QUESTION, newer)
        turn = await world.turn(key, said)
        assert turn.choice is not None
        assert turn.choice.title == said

    async def test_an_old_button_never_presses_a_new_one_of_the_same_name(
        self, world: World, key: ConversationKey
    ) -> None:
        for flow in ("old", "new"):
            confirm = Choice("确认退货", f'/affirm{{"return_flow": "{flow}"}}')
            question = Content(text="确认？", kind=Kind.CHOICES, choices=(confirm,))
            await world.bot_says(key, "退货", question)
        turn = await world.turn(key, "确认退货", choice_id="2.1")
        assert turn.choice is None

    async def test_payloads_are_never_shown(self, world: World, key: ConversationKey) -> None:
        await world.bot_says(key, "退货", QUESTION)
        shown = (await world.ledger.history(key))[-1].public()
        assert shown["choices"] == [
            {"id": "2.1", "title": "黑色 L"},
            {"id": "2.2", "title": "白色 L"},
        ]


class TestHandoff:
    async def test_the_whole_way_to_a_person_and_back(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        assert await world.state(key) is State.QUEUED
        handoff = await world.handoffs.latest(key)
        assert handoff is not None
        assert (handoff.reason, handoff.summary) == ("asked", ("要退货", "订单 1"))
        assert handoff.package == {"mood": -1}

        await world.handoffs.take(key, agent=WANG)
        await world.handoffs.reply(key, agent=WANG, content=Content(text="我是小王"), client_id="1")
        await world.handoffs.resolve(key, agent=WANG, outcome="已解决")
        assert await world.state(key) is State.BOT
        closed = await world.handoffs.latest(key)
        assert closed is not None
        assert (closed.status, closed.outcome) == ("resolved", "已解决")
        assert closed.first_reply_at is not None
        senders = [sender for sender, _ in await world.texts(key)]
        assert senders == ["shopper", "bot", "system", "system", "agent", "system"]

    async def test_an_agents_reply_is_sent_once_and_remembered_by_the_bot(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        await world.handoffs.take(key, agent=WANG)
        numbers = [
            await world.handoffs.reply(
                key, agent=WANG, content=Content(text="您好"), client_id="same"
            )
            for _ in range(2)
        ]
        assert numbers[0] == numbers[1]
        assert (await world.texts(key)).count(("agent", "您好")) == 1
        events = await TrackerLog(database=world.database).load(str(key))
        assert [(e["event"], e["text"]) for e in events] == [("agent", "您好")]

    async def test_personal_data_reaches_the_shopper_but_not_the_bots_memory(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        await world.handoffs.take(key, agent=WANG)
        words = Content(text="快递员的电话13812348000")
        await world.handoffs.reply(key, agent=WANG, content=words, client_id="1")
        assert ("agent", words.text) in await world.texts(key)
        (event,) = await TrackerLog(database=world.database).load(str(key))
        assert event["text"] == "快递员的电话138****8000"

    async def test_two_agents_who_take_at_once_do_not_both_get_it(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        seen = await world.ledger.conversation(key)
        assert seen is not None
        results = await asyncio.gather(
            *(world.handoffs.take(key, agent=agent, version=seen.version) for agent in (WANG, LI)),
            return_exceptions=True,
        )
        assert [type(result) for result in results].count(StateConflict) == 1

    async def test_only_the_one_who_has_it_may_reply_or_resolve(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        with pytest.raises(StateConflict):
            await world.handoffs.reply(key, agent=LI, content=Content(text="x"), client_id="1")
        await world.handoffs.take(key, agent=WANG)
        with pytest.raises(StateConflict):
            await world.handoffs.reply(key, agent=LI, content=Content(text="x"), client_id="1")
        with pytest.raises(StateConflict):
            await world.handoffs.resolve(key, agent=LI)

    async def test_the_bot_says_nothing_once_a_person_took_over_while_it_was_thinking(
        self, world: World, key: ConversationKey
    ) -> None:
        turn = await world.turn(key, "在吗")
        await world.handoffs.take(key, agent=WANG)
        await world.turns.complete(turn, BotReply(contents=(Content(text="机器人的话"),)))
        assert ("bot", "机器人的话") not in await world.texts(key)
        assert await world.ledger.pending(key) == 0

    async def test_the_shopper_may_leave_the_queue_or_a_message(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        await world.handoffs.cancel(key)
        assert await world.state(key) is State.BOT
        await world.hand_over(key)
        await world.handoffs.leave_message(key)
        assert await world.state(key) is State.LEFT_MESSAGE
        await world.hand_over(key)
        handoff = await world.handoffs.latest(key)
        assert handoff is not None
        assert handoff.status == "queued"

    async def test_the_shopper_hears_how_many_are_before_him(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(ConversationKey("wechat", "demo", "first"))
        await world.hand_over(key)
        assert "前面还有 1 位" in (await world.texts(key))[-1][1]

    async def test_who_is_more_urgent_is_told_a_place_before_the_others(
        self, world: World, key: ConversationKey
    ) -> None:
        for name, priority in (("calm", 0), ("calm2", 0), ("angry", 2)):
            await world.hand_over(ConversationKey("web", "demo", name), priority=priority)
            world.clock.advance(1)
        await world.hand_over(key, priority=2)
        assert "前面还有 1 位" in (await world.texts(key))[-1][1]
        urgent = ConversationKey("web", "demo", "urgent")
        await world.hand_over(urgent, priority=3)
        assert "您是下一位" in (await world.texts(urgent))[-1][1]
        late = ConversationKey("web", "demo", "late")
        await world.hand_over(late)
        assert "前面还有 5 位" in (await world.texts(late))[-1][1]

    async def test_who_left_a_message_keeps_the_place_when_asking_again(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        await world.handoffs.leave_message(key)
        world.clock.advance(1)
        await world.hand_over(ConversationKey("web", "demo", "later"))
        world.clock.advance(1)
        await world.hand_over(key)
        assert "您是下一位" in (await world.texts(key))[-1][1]

    async def test_notes_stay_among_staff(self, world: World, key: ConversationKey) -> None:
        await world.hand_over(key)
        await world.handoffs.note(key, agent=WANG, text="客户很急", client_id="1")
        assert "客户很急" not in [text for _, text in await world.texts(key)]
        with_notes = await world.ledger.history(key, notes=True)
        assert with_notes[-1].sender is Sender.NOTE
        due = await world.outbox.claim(ME, ["wechat"])
        assert with_notes[-1].seq not in [item.seq for item in due]

    async def test_an_unknown_conversation_is_not_found(self, world: World) -> None:
        with pytest.raises(NotFound):
            await world.handoffs.take(ConversationKey("web", "shop", "nobody"), agent=WANG)

    async def test_waiting_time_starts_with_the_first_unanswered_message(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.hand_over(key)
        await world.handoffs.take(key, agent=WANG)
        await world.handoffs.reply(key, agent=WANG, content=Content(text="在"), client_id="1")
        world.clock.advance(10)
        asked = world.clock.now
        for text in ("好的", "那怎么退"):
            turn = await world.turn(key, text)
            await world.turns.complete(turn, BotReply(contents=()))
            world.clock.advance(10)
        conversation = await world.ledger.conversation(key)
        assert conversation is not None
        assert conversation.waiting_since == asked


class TestOutbox:
    async def test_what_failed_for_a_moment_is_tried_later_and_holds_back_the_rest(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.bot_says(key, "在吗", Content(text="一"), Content(text="二"))
        (item,) = await world.outbox.claim(ME, ["wechat"])
        await world.outbox.retry(item, after=5, error="-1")
        assert await world.outbox.claim(ME, ["wechat"]) == []
        world.clock.advance(6)
        (again,) = await world.outbox.claim(ME, ["wechat"])
        assert (again.seq, again.attempts) == (item.seq, 1)

    async def test_what_keeps_failing_is_given_up(self, world: World, key: ConversationKey) -> None:
        await world.bot_says(key, "在吗", Content(text="一"))
        for _ in range(MAX_DELIVERIES):
            (item,) = await world.outbox.claim(ME, ["wechat"])
            await world.outbox.retry(item, after=1, error="-1")
            world.clock.advance(2)
        assert await world.outbox.claim(ME, ["wechat"]) == []

    async def test_what_is_over_the_quota_waits_for_the_shopper(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.bot_says(key, "在吗", Content(text="一"))
        (item,) = await world.outbox.claim(ME, ["wechat"])
        await world.outbox.park(item, error="45047")
        world.clock.advance(10_000)
        assert await world.outbox.claim(ME, ["wechat"]) == []
        await world.outbox.unpark(key)
        assert [i.seq for i in await world.outbox.claim(ME, ["wechat"])] == [item.seq]

    async def test_two_senders_never_hold_the_same_message(
        self, world: World, key: ConversationKey
    ) -> None:
        await world.bot_says(key, "在吗", Content(text="一"))
        claims = await asyncio.gather(
            *(world.outbox.claim(owner, ["wechat"]) for owner in (ME, OTHER))
        )
        assert sorted(len(claim) for claim in claims) == [0, 1]


class TestIdentities:
    async def test_one_customer_on_two_channels(self, world: World, key: ConversationKey) -> None:
        identities = CustomerIdentities(database=world.database)
        web = ConversationKey("web", "shop", "abc")
        await identities.link([(key, "c-1"), (web, "c-1")])
        await identities.link([(web, "c-1")])
        assert await identities.customer_of(web) == "c-1"
        assert list(await identities.keys_of("c-1")) == [web, key]
        assert await identities.customer_of(ConversationKey("web", "shop", "x")) is None


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u@h/d"])
def test_a_database_that_cannot_serve_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        Database.from_url(url)


async def test_a_database_error_tells_no_values(database: Database) -> None:
    secret = "13812348000"
    with pytest.raises(SQLAlchemyError) as caught:
        async with database.write() as connection:
            await connection.execute(sa.text("INSERT INTO nowhere VALUES (:x)"), {"x": secret})
    assert secret not in str(caught.value)
