"""What the bot could not answer is kept with all that one needs to teach it, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conversations.database import Database
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import LEASE, Ledger
from conversations.messages import BotReply, Content, Sender, Unknown, UnknownReason
from conversations.turns import MAX_ATTEMPTS, Turn, TurnQueue
from conversations.unknowns import Said, Unknowns
from tests.conversations.conftest import FixedClock, says

WANG = Agent(id="xiaowang", name="小王")
MISS = Unknown(
    reason=UnknownReason.MISS,
    text="能不能刻字",
    intent="gift_packaging",
    confidence=0.31,
    ranking=(("gift_packaging", 0.31), ("product_attribute", 0.2)),
)


class World:
    """A shopper, a bot that announces what it does not know, and those who read it later."""

    def __init__(self, database: Database, clock: FixedClock, key: ConversationKey) -> None:
        self.clock, self.key, self.began = clock, key, clock.now
        self.ledger = Ledger(database=database, clock=clock)
        self.turns = TurnQueue(database=database, clock=clock)
        self.handoffs = Handoffs(database=database, clock=clock)
        self.unknowns = Unknowns(database=database)

    async def hear(self, *lines: str) -> Turn:
        for line in lines:
            await self.ledger.record_inbound(says(self.key, line), owner="me")
        turn = await self.turns.next(self.key, "me")
        assert turn is not None
        return turn

    async def talk(self, text: str, answer: str, *unknowns: Unknown) -> None:
        turn = await self.hear(text)
        contents = (Content(text=answer),)
        await self.turns.complete(turn, BotReply(contents=contents, unknowns=unknowns))
        self.clock.advance(10)


@pytest.fixture
def world(database: Database, clock: FixedClock, key: ConversationKey) -> World:
    return World(database, clock, key)


def texts(said: Sequence[Said]) -> list[str]:
    return [one.text for one in said]


async def test_a_question_is_kept_with_what_was_said_before_and_after(world: World) -> None:
    await world.talk("你好", "您好")
    await world.talk("杯子能不能刻字", "这个我还不知道", MISS)
    await world.talk("那算了", "好的")
    await world.talk("帮我查快递", "在路上")
    (question,) = await world.unknowns.recent(since=world.began)
    assert (question.key, question.seq, question.unknown) == (world.key, 3, MISS)
    assert question.answer == "这个我还不知道"
    assert texts(question.before) == ["你好", "您好"]
    assert texts(question.after) == ["那算了", "帮我查快递"]
    assert {said.sender for said in question.after} == {Sender.SHOPPER}


async def test_without_a_text_of_its_own_it_is_about_all_that_was_heard(world: World) -> None:
    turn = await world.hear("杯子", "能不能刻字")
    unknown = Unknown(reason=UnknownReason.NO_ANSWER)
    await world.turns.complete(turn, BotReply(contents=(), unknowns=(unknown,)))
    (question,) = await world.unknowns.recent(since=world.began)
    assert (question.unknown.text, question.seq) == ("杯子，能不能刻字", 2)


async def test_personal_data_is_masked_wherever_it_stood(world: World) -> None:
    phone = "13812348000"
    await world.talk(f"我是{phone}", "好的")
    unknown = Unknown(reason=UnknownReason.MISS, text=f"改成{phone}")
    await world.talk(f"改成{phone}", f"您说的是{phone}？", unknown)
    await world.talk(f"对{phone}", "好的")
    (question,) = await world.unknowns.recent(since=world.began)
    assert phone not in repr(question)
    assert question.unknown.text == "改成138****8000"


async def test_what_is_spelled_oddly_is_masked_as_the_bot_hears_it(world: World) -> None:
    odd = "密碼是abc123，手機138\u200b1234\u200b8000"
    await world.talk(odd, "好的")
    turn = await world.hear(odd)
    unknown = Unknown(reason=UnknownReason.NO_ANSWER)
    await world.turns.complete(turn, BotReply(contents=(), unknowns=(unknown,)))
    (question,) = await world.unknowns.recent(since=world.began)
    masked = "密码是******,手机138****8000"
    assert (question.unknown.text, question.before[0].text) == (masked, masked)


async def test_the_summary_for_a_person_hides_what_is_spelled_oddly(world: World) -> None:
    await world.hear("密碼是abc123")
    for _ in range(MAX_ATTEMPTS):
        turn = await world.turns.next(world.key, "me")
        assert turn is not None
        await world.turns.fail(turn)
        world.clock.advance(5)
        await world.turns.claim("me")
    handoff = await world.handoffs.latest(world.key)
    assert handoff is not None
    assert handoff.summary[0] == "客户说：密码是******"


async def test_they_are_found_by_time_and_reason_newest_first(world: World) -> None:
    other = Unknown(reason=UnknownReason.DISLIKED, text="答非所问")
    await world.talk("一", "答", MISS, other)
    middle = world.clock.now
    await world.talk("二", "答", other)
    recent = world.unknowns.recent
    assert [q.seq for q in await recent(since=world.began)] == [3, 1, 1]
    assert [q.seq for q in await recent(since=world.began, limit=1)] == [3]
    assert [q.seq for q in await recent(since=middle)] == [3]
    disliked = await recent(since=world.began, reason=UnknownReason.DISLIKED)
    assert [q.seq for q in disliked] == [3, 1]
    assert await recent(since=world.began, reason=UnknownReason.FOREIGN) == []


async def test_a_turn_done_again_after_a_crash_keeps_its_question_once(world: World) -> None:
    lost = await world.hear("能不能刻字")
    world.clock.advance(LEASE.total_seconds() + 1)
    await world.turns.claim("other")
    turn = await world.turns.next(world.key, "other")
    assert turn is not None
    for one in (turn, lost):
        await world.turns.complete(one, BotReply(contents=(), unknowns=(MISS,)))
    assert len(await world.unknowns.recent(since=world.began)) == 1


async def test_words_that_were_dropped_for_a_person_are_no_answer(world: World) -> None:
    turn = await world.hear("能不能刻字")
    await world.handoffs.take(world.key, agent=WANG)
    reply = BotReply(contents=(Content(text="这个我还不知道"),), unknowns=(MISS,))
    await world.turns.complete(turn, reply)
    (question,) = await world.unknowns.recent(since=world.began)
    assert question.answer == ""


async def test_what_staff_remark_among_themselves_is_no_part_of_it(world: World) -> None:
    await world.talk("你好", "您好")
    await world.handoffs.note(world.key, agent=WANG, text="客户很急", client_id="1")
    await world.talk("能不能刻字", "这个我还不知道", MISS)
    (question,) = await world.unknowns.recent(since=world.began)
    assert texts(question.before) == ["你好", "您好"]
