"""Short lines sent in a burst are read together, and nothing gets lost or mixed up by that."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.bursts import (
    LONGEST,
    MOST_LINES,
    QUIET,
    TOGETHER,
    settled_at,
    together,
    unfinished,
)
from conversations.database import Database
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import LEASE, Ledger
from conversations.messages import (
    BotReply,
    Choice,
    Content,
    HandoffRequest,
    InboundMessage,
    Kind,
    Sender,
    StoredMessage,
)
from conversations.state import State
from conversations.text import MAX_NLU_TEXT
from conversations.turns import MAX_ATTEMPTS, Turn, TurnQueue
from tests.conftest import copied_sqlite
from tests.conversations.conftest import FixedClock, says

ME, OTHER = "worker-1", "worker-2"
WANG = Agent(id="xiaowang", name="小王")
NOW = datetime(2026, 11, 11, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "lines",
    [
        ["我昨天买的"],
        ["上周下单的"],
        ["那个"],
        ["我昨天拍的那件"],
        ["我想问一下"],
        ["我想说"],
        ["我的意思是"],
        ["换个说法"],
        ["请问"],
        ["就是"],
        ["还有"],
        ["我买了一件衬衫，"],
        ["我昨天买的", "那个"],
        ["我昨天买的", "那个", "衬衫"],
        ["我昨天买的", "黑色"],
        ["密码是"],
        ["我的支付密码是"],
        ["验证码是"],
        ["手机号"],
        ["手机号是"],
        ["我电话"],
        ["那个", "密码是"],
        ["我电话", "138"],
        ["我电话", "138", "0013"],
        ["138 0013"],
    ],
)
def test_a_line_that_says_nothing_yet_is_unfinished(lines: list[str]) -> None:
    assert unfinished(lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["在吗"],
        ["你好"],
        ["好的"],
        ["是的"],
        ["真的"],
        ["黑色的"],
        ["衬衫"],
        ["退货"],
        ["转人工"],
        ["1"],
        ["第二个"],
        ["要这个"],
        ["就这个"],
        ["不是那个"],
        ["4218860012340101001"],
        ["我昨天买的衬衫到哪了"],
        ["我昨天买的什么时候发货"],
        ["我昨天买的？"],
        ["我昨天买的", "到哪了"],
        ["我昨天买的", "退货"],
        ["在吗", "衬衫"],
        ["😡😡😡"],
        ["。。。"],
        [""],
        ["我电话", "138", "0013", "8000"],
        ["13800138000"],
        ["怎么改密码"],
        ["忘记密码了"],
        ["收不到验证码"],
        ["密码是多少"],
        ["42"],
        ["那件我上周在你们店里买的羊毛衫洗了一次就缩水了我要退货，"],
    ],
)
def test_what_can_be_answered_is_finished(lines: list[str]) -> None:
    assert not unfinished(lines)


@given(lines=st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_reading_lines_never_fails(lines: list[str]) -> None:
    unfinished(lines)
    together(lines)


def test_a_wait_ends_after_a_quiet_moment_and_soon_after_the_first_line() -> None:
    first = NOW
    assert settled_at(["我昨天买的"], first_at=first, last_at=first) == first + QUIET
    late = first + timedelta(seconds=1.5)
    lines = ["我昨天买的", "那个"]
    assert settled_at(lines, first_at=first, last_at=late) == first + LONGEST
    assert settled_at(["我昨天买的", "到哪了"], first_at=first, last_at=late) is None
    assert settled_at(["那个"] * MOST_LINES, first_at=first, last_at=first) is None


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["我昨天买的", "那个", "衬衫"], "我昨天买的，那个，衬衫"),
        (["在吗？", "退货"], "在吗？退货"),
        (["我要退货", "？？"], "我要退货？？"),
        (["1", "2"], "1，2"),
        (["在吗", "在吗", "退货"], "在吗，退货"),
        ([" 一 ", "", "二"], "一，二"),
    ],
)
def test_lines_are_joined_as_a_person_would_have_written_them(lines: list[str], text: str) -> None:
    assert together(lines) == text


class Talk:
    """A shopper's lines at set times, and a worker."""

    def __init__(self, database: Database, clock: FixedClock, key: ConversationKey) -> None:
        self.clock = clock
        self.key = key
        self.ledger = Ledger(database=database, clock=clock)
        self.turns = TurnQueue(database=database, clock=clock)
        self.handoffs = Handoffs(database=database, clock=clock)

    async def hear(self, *lines: str, gap: float = 0.5) -> None:
        for line in lines:
            await self.ledger.record_inbound(says(self.key, line), owner=ME)
            self.clock.advance(gap)

    async def next(self) -> Turn:
        turn = await self.turns.next(self.key, ME)
        assert turn is not None
        return turn


@pytest.fixture
def talk(database: Database, clock: FixedClock, key: ConversationKey) -> Talk:
    return Talk(database, clock, key)


async def test_lines_already_waiting_are_one_turn_and_keep_their_rows(talk: Talk) -> None:
    await talk.hear("我要退货", "昨天买的衬衫", "尺码不对")
    turn = await talk.next()
    assert (turn.seqs, turn.content.text) == ((1, 2, 3), "我要退货，昨天买的衬衫，尺码不对")
    assert await talk.turns.complete(turn, BotReply(contents=(Content(text="好"),))) is None
    history = await talk.ledger.history(talk.key)
    texts = ["我要退货", "昨天买的衬衫", "尺码不对", "好"]
    assert [(m.seq, m.content.text) for m in history] == list(enumerate(texts, start=1))
    assert await talk.ledger.pending(talk.key) == 0


@pytest.mark.parametrize("line", ["在吗", "我的快递到哪了", "退货", "黑色", "衬衫", "好的"])
async def test_an_ordinary_message_is_not_held_up(talk: Talk, line: str) -> None:
    await talk.hear(line)
    assert (await talk.next()).more_until is None


async def test_an_unfinished_line_gives_the_shopper_a_moment(talk: Talk) -> None:
    began = talk.clock.now
    await talk.hear("我昨天买的", gap=1)
    assert (await talk.next()).more_until == began + QUIET
    await talk.hear("那个", gap=0)
    assert (await talk.next()).more_until == began + LONGEST


async def test_a_line_that_comes_later_is_a_message_of_its_own(talk: Talk) -> None:
    await talk.hear("我要退货", gap=2.5)
    await talk.hear("还有一件要换")
    assert (await talk.next()).seqs == (1,)


async def test_a_line_that_comes_while_the_bot_thinks_is_answered_after(talk: Talk) -> None:
    await talk.hear("我要退货")
    turn = await talk.next()
    await talk.hear("衬衫")
    following = await talk.turns.complete(turn, BotReply(contents=()))
    assert following is not None
    assert (following.seqs, following.content.text) == ((2,), "衬衫")


async def test_a_click_a_picture_and_an_event_stand_alone(talk: Talk) -> None:
    picture = Content(text="", kind=Kind.IMAGE, image="https://example.com/a.jpg")
    others = (
        InboundMessage(talk.key, "p", picture, NOW, trigger="/share_image"),
        InboundMessage(talk.key, "e", Content(text="关注"), NOW, trigger="/greet"),
        InboundMessage(talk.key, "c", Content(text="确认"), NOW, choice_id="1.1"),
    )
    await talk.hear("一")
    for other in others:
        await talk.ledger.record_inbound(other, owner=ME)
        await talk.hear("二", "三", gap=0.1)
    heard = []
    turn: Turn | None = await talk.next()
    while turn is not None:
        heard.append(turn.seqs)
        turn = await talk.turns.complete(turn, BotReply(contents=()))
    assert heard == [(1,), (2,), (3, 4), (5,), (6, 7), (8,), (9, 10)]


async def test_a_line_that_names_an_option_stands_alone(talk: Talk) -> None:
    question = Content(text="哪件？", kind=Kind.CHOICES, choices=(Choice("黑色", "/inform_a"),))
    await talk.hear("退货")
    await talk.turns.complete(await talk.next(), BotReply(contents=(question,)))
    await talk.hear("我想想", "黑色", "谢谢")
    turn = await talk.next()
    assert turn.seqs == (3,)
    following = await talk.turns.complete(turn, BotReply(contents=()))
    assert following is not None
    assert following.choice is not None
    assert following.seqs == (4,)


async def test_no_more_is_read_together_than_the_bot_can_read(talk: Talk) -> None:
    await talk.hear("长" * (MAX_NLU_TEXT - 10), "短", "长" * 20, gap=0.1)
    assert (await talk.next()).seqs == (1, 2)


async def test_lines_that_fail_together_are_tried_again_together_and_go_to_a_person_together(
    talk: Talk,
) -> None:
    await talk.hear("坏的", "也坏的")
    for _ in range(MAX_ATTEMPTS - 1):
        turn = await talk.next()
        assert turn.seqs == (1, 2)
        await talk.turns.fail(turn)
        await talk.hear("后来的", gap=0)
        talk.clock.advance(3)
        assert list(await talk.turns.claim(ME)) == [talk.key]
    turn = await talk.next()
    assert (turn.seqs, turn.attempts) == ((1, 2), MAX_ATTEMPTS - 1)
    await talk.turns.fail(turn)
    handoff = await talk.handoffs.latest(talk.key)
    assert handoff is not None
    assert handoff.reason == "bot_failed"
    assert await talk.ledger.pending(talk.key) == MAX_ATTEMPTS - 1, "those that came later wait"


async def test_after_a_crash_the_burst_is_answered_once_by_another_worker(talk: Talk) -> None:
    await talk.hear("一", "二")
    lost = await talk.next()
    talk.clock.advance(LEASE.total_seconds() + 1)
    assert list(await talk.turns.claim(OTHER)) == [talk.key]
    turn = await talk.turns.next(talk.key, OTHER)
    assert turn is not None
    assert turn.seqs == lost.seqs
    for one in (turn, lost):
        await talk.turns.complete(one, BotReply(contents=(Content(text="答"),)))
    assert [m.content.text for m in await talk.ledger.history(talk.key)] == ["一", "二", "答"]


async def test_a_burst_never_reaches_across_a_persons_visit(talk: Talk) -> None:
    await talk.hear("一", gap=0)
    await talk.handoffs.take(talk.key, agent=WANG)
    await talk.handoffs.resolve(talk.key, agent=WANG)
    await talk.hear("二", gap=0)
    assert (await talk.next()).content.text == "一"


async def test_while_a_person_serves_each_line_is_a_turn(talk: Talk) -> None:
    await talk.hear("一", "二", gap=0)
    await talk.handoffs.take(talk.key, agent=WANG)
    turn = await talk.next()
    assert (turn.state, turn.seqs, turn.more_until) == (State.HUMAN, (1,), None)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(["退货", "我昨天买的", "到哪了？", "1", "那个"])),
        st.tuples(st.just("click"), st.just("")),
        st.tuples(st.just("pause"), st.sampled_from([0.1, 0.9, 1.9, 2.1, 30.0])),
        st.tuples(
            st.sampled_from(["serve", "crash", "fail", "take", "resolve", "hand"]), st.none()
        ),
    ),
    min_size=4,
    max_size=30,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_happens_every_message_is_answered_for_once_and_in_order(
    sqlite_template: Path, steps: Sequence[tuple[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_live(copied_sqlite(sqlite_template, Path(folder)), steps))


async def _live(url: str, steps: Sequence[tuple[str, object]]) -> None:
    database = Database.from_url(url)
    clock, key = FixedClock(), ConversationKey("wechat", "demo", "oUser1")
    talk = Talk(database, clock, key)
    served: list[Turn] = []
    clicks = 0

    async def serve(what: str) -> None:
        clock.advance(0.05)
        await talk.turns.claim(ME)
        turn = await talk.turns.next(key, ME)
        if turn is None:
            return
        if what == "crash":
            clock.advance(LEASE.total_seconds() + 1)
            return
        if what == "fail" and turn.attempts < MAX_ATTEMPTS - 1 and turn.state.bot_serves:
            await talk.turns.fail(turn)
            clock.advance(3)
            return
        wish = HandoffRequest(reason="asked", reason_text="", summary=())
        contents = (Content(text="答"),) if turn.state.bot_serves else ()
        hand = wish if what == "hand" and turn.state.bot_serves else None
        served.append(turn)
        await talk.turns.complete(turn, BotReply(contents=contents, handoff=hand))

    try:
        for what, value in steps:
            if what == "say":
                await talk.hear(str(value), gap=0)
            elif what == "click":
                clicks += 1
                click = InboundMessage(key, f"c{clicks}", Content(text="甲"), NOW, choice_id="1.1")
                await talk.ledger.record_inbound(click, owner=ME)
            elif what == "pause":
                clock.advance(float(str(value)))
            elif what in ("take", "resolve"):
                conversation = await talk.ledger.conversation(key)
                if conversation is None:
                    continue
                if what == "take":
                    await talk.handoffs.take(key, agent=WANG)
                elif conversation.state in (State.HUMAN, State.QUEUED):
                    await talk.handoffs.resolve(key, agent=WANG)
            else:
                await serve(what)
        while await talk.ledger.pending(key):
            clock.advance(30)
            await serve("serve")
        history = {m.seq: m for m in await talk.ledger.history(key)}
        asked = [seq for seq, m in history.items() if m.sender is Sender.SHOPPER]
        assert [seq for turn in served for seq in turn.seqs] == asked
        for turn in served:
            _check(turn, [history[seq] for seq in range(turn.seqs[0], turn.seq + 1)])
    finally:
        await database.close()


def _check(turn: Turn, between: Sequence[StoredMessage]) -> None:
    """A burst: plain lines, close together, nobody else's words of a takeover among them."""
    if len(turn.seqs) == 1:
        return
    assert {m.sender for m in between} <= {Sender.SHOPPER, Sender.BOT}, "across a takeover"
    assert turn.state.bot_serves
    assert turn.choice is None
    assert len(turn.seqs) <= MOST_LINES
    assert "甲" not in turn.content.text
    lines = [m for m in between if m.seq in turn.seqs]
    assert all(later.at - earlier.at <= TOGETHER for earlier, later in pairwise(lines))
