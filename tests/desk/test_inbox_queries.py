"""The list's queries mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from conversations.database import Database
from conversations.keys import ConversationKey
from conversations.messages import Content
from conversations.state import State
from desk.accounts import Accounts, Role
from desk.inbox import Counts, Inbox
from tests.desk.conftest import cheap_passwords, create_tables
from tests.desk.scenes import XIAOWANG, Scenes

A = ConversationKey("web", "main", "a")
B = ConversationKey("wechat", "main", "b")
C = ConversationKey("web", "main", "c")


async def test_lists_counts_and_details(database: Database) -> None:
    await create_tables(database)
    accounts = Accounts(database=database, passwords=cheap_passwords())
    await accounts.ensure(id="xiaowang", name="小王", role=Role.AGENT, password="long enough")
    scenes = Scenes(database=database)
    await scenes.queued(A)
    await scenes.queued(B)
    await scenes.handoffs.take(B, agent=XIAOWANG)
    await scenes.handoffs.reply(B, agent=XIAOWANG, content=Content(text="您好"), client_id="1")
    await scenes.with_bot(C)
    inbox = Inbox(database=database, clock=scenes.clock)

    assert [s.key for s in await inbox.list()] == [C, B, A]
    people = [State.QUEUED, State.HUMAN]
    assert [s.key for s in await inbox.list(states=people)] == [A, B]
    mine = await inbox.list(assignee="xiaowang")
    assert [(s.key, s.assignee_name) for s in mine] == [(B, "小王")]
    assert await inbox.counts(assignee="xiaowang") == Counts(
        queued=1, mine=1, mine_waiting=0, human=1, left_message=0, bot=1
    )
    assert [s.key for s in await inbox.summaries([C, A])] == [A, C]
    deliveries = await inbox.deliveries(B, first_seq=1)
    assert {d.status for d in deliveries.values()} == {"pending"}
    await scenes.handoffs.resolve(B, agent=XIAOWANG, outcome="好了")
    past = await inbox.past_handoffs(B)
    assert [(p.outcome, p.assignee_name) for p in past] == [("好了", "小王")]


async def test_quiet_conversations_of_the_bot_are_not_counted(database: Database) -> None:
    await create_tables(database)
    scenes = Scenes(database=database)
    await scenes.with_bot(A)
    inbox = Inbox(database=database, clock=scenes.clock)
    scenes.clock.move(hours=25)
    assert (await inbox.counts(assignee="x")).bot == 0
