"""A question that no system could answer: kept and asked again, or given to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from conversations.database import Database
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import BotReply, Content, Sender
from conversations.schema import tracker_events
from conversations.state import State
from conversations.turns import KEPT_FOR, Turn, TurnQueue
from tests.conversations.conftest import FixedClock, says

AWAY = BotReply(
    contents=(Content(text="系统没有回应，我记下了"),),
    tracker_events=({"event": "user", "timestamp": 1.0},),
    keep_question=True,
)
QUESTION = "我的快递到哪了"
ANSWER = "在北京，明天到"


@dataclass
class World:
    """A conversation whose turns the test takes."""

    database: Database
    clock: FixedClock
    key: ConversationKey

    def __post_init__(self) -> None:
        self.ledger = Ledger(database=self.database, clock=self.clock)
        self.turns = TurnQueue(database=self.database, clock=self.clock)
        self.handoffs = Handoffs(database=self.database, clock=self.clock)

    async def hears(self, text: str) -> None:
        await self.ledger.record_inbound(says(self.key, text))

    async def turn(self) -> Turn | None:
        """The turn that a worker finds now."""
        if self.key not in await self.turns.claim("me"):
            return None
        return await self.turns.next(self.key, "me")

    async def answers(self, reply: BotReply) -> Turn:
        turn = await self.turn()
        assert turn is not None
        await self.turns.complete(turn, reply)
        return turn

    async def said(self) -> list[str]:
        return [
            m.content.text for m in await self.ledger.history(self.key) if m.sender is Sender.BOT
        ]

    async def memories(self) -> int:
        async with self.database.read() as connection:
            return len((await connection.execute(tracker_events.select())).all())

    async def waits(self, tries: Sequence[BotReply]) -> None:
        """So many tries, each as soon as it is due."""
        for number, reply in enumerate(tries):
            self.clock.advance(KEPT_FOR[number].total_seconds() + 1)
            await self.answers(reply)


@pytest.fixture
async def world(database: Database, clock: FixedClock, key: ConversationKey) -> World:
    return World(database, clock, key)


async def test_it_is_asked_again_and_the_answer_says_to_what(world: World) -> None:
    await world.hears(QUESTION)
    await world.answers(AWAY)
    assert await world.turn() is None
    world.clock.advance(KEPT_FOR[0].total_seconds() + 1)
    turn = await world.answers(BotReply(contents=(Content(text=ANSWER),)))
    assert (turn.content.text, turn.kept) == (QUESTION, 1)
    first, announced, answer = await world.said()
    assert first == AWAY.contents[0].text
    assert QUESTION in announced
    assert answer == ANSWER
    world.clock.advance(3600)
    assert await world.turn() is None


async def test_while_it_stays_away_nothing_is_said_or_remembered(world: World) -> None:
    await world.hears(QUESTION)
    await world.answers(AWAY)
    await world.waits([AWAY] * 3)
    assert len(await world.said()) == 1
    assert await world.memories() == 1


async def test_in_the_end_a_person_gets_it(world: World) -> None:
    await world.hears(QUESTION)
    await world.answers(AWAY)
    await world.waits([AWAY] * len(KEPT_FOR))
    conversation = await world.ledger.conversation(world.key)
    assert conversation is not None
    assert conversation.state is State.QUEUED
    assert QUESTION in (await world.said())[-1]
    waiting = await world.handoffs.latest(world.key)
    assert waiting is not None
    assert waiting.reason == "system_down"


async def test_other_questions_are_answered_meanwhile(world: World) -> None:
    await world.hears(QUESTION)
    await world.answers(AWAY)
    await world.hears("包邮吗")
    turn = await world.answers(BotReply(contents=(Content(text="满 59 包邮"),)))
    assert (turn.content.text, turn.kept) == ("包邮吗", 0)
    await world.waits([BotReply(contents=(Content(text=ANSWER),))])
    assert (await world.said())[-1] == ANSWER


async def test_what_was_answered_meanwhile_is_not_answered_again(world: World) -> None:
    answered = BotReply(contents=(Content(text=ANSWER),))
    await world.hears(QUESTION)
    await world.answers(AWAY)
    await world.hears("到哪儿了呀")
    await world.answers(answered)
    await world.waits([BotReply(contents=(Content(text=f"和刚才说的一样：{ANSWER}"),))])
    assert await world.said() == [AWAY.contents[0].text, ANSWER]
    assert await world.turn() is None


async def test_a_person_who_has_taken_over_answers_it_herself(world: World) -> None:
    await world.hears(QUESTION)
    await world.answers(AWAY)
    await world.handoffs.take(world.key, agent=Agent(id="xiaowang", name="小王"))
    world.clock.advance(KEPT_FOR[0].total_seconds() + 1)
    await world.answers(BotReply(contents=()))
    assert await world.said() == [AWAY.contents[0].text]
    world.clock.advance(3600)
    assert await world.turn() is None


async def test_a_kept_question_does_not_count_as_waiting(world: World) -> None:
    await world.hears(QUESTION)
    assert await world.ledger.pending(world.key) == 1
    await world.answers(AWAY)
    assert await world.ledger.pending(world.key) == 0


async def test_personal_data_in_a_kept_question_is_masked_when_it_is_quoted(world: World) -> None:
    await world.hears("13812345678 这个号的快递到哪了")
    await world.answers(AWAY)
    await world.waits([BotReply(contents=(Content(text=ANSWER),))])
    assert "13812345678" not in (await world.said())[1]
