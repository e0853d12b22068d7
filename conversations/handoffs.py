"""From bot to person and back: the steps an agent and a waiting shopper can take."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import privacy, texts
from conversations.database import Clock, Database, utc_now
from conversations.errors import NotFound, StateConflict
from conversations.keys import ConversationKey
from conversations.ledger import append, last_words
from conversations.memory import rows_of
from conversations.messages import Choice, Content, HandoffRequest, Kind, Sender
from conversations.schema import conversations, handoffs, messages, tracker_events
from conversations.state import State, Step, advance

CANCEL_PAYLOAD = "queue:cancel"
LEAVE_PAYLOAD = "queue:leave"

_OPEN = ("queued", "active", "left")


@dataclass(frozen=True)
class Handoff:
    """One request for a person, from asking to closing.

    `status`: queued, active, left (a message left), resolved, cancelled. `tool` names the inbox
    tool it went to. `package` is what the agent's right-hand panel shows.
    """

    id: str
    key: ConversationKey
    tool: str
    status: str
    reason: str
    reason_text: str
    summary: tuple[str, ...]
    package: Mapping[str, Any]
    priority: int
    assignee: str
    outcome: str
    requested_at: datetime
    taken_at: datetime | None
    first_reply_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Agent:
    """The member of staff who acts: `id` is the sign-in name, `name` what shoppers see."""

    id: str
    name: str


def new_id() -> str:
    """A fresh identifier of 32 hexadecimal digits."""
    return uuid.uuid4().hex


class Handoffs:
    """Every step takes the conversation's row, checks the state machine, and commits as one.

    Raises (all steps):
        NotFound: there is no such conversation.
        StateConflict: the step is not possible in the conversation's present state.
    """

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def latest(self, key: ConversationKey) -> Handoff | None:
        """The newest handoff of the conversation, open or closed."""
        query = (
            sa.select(handoffs)
            .where(handoffs.c.conversation == str(key))
            .order_by(handoffs.c.requested_at.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _handoff(row)

    async def take(self, key: ConversationKey, *, agent: Agent, version: int | None = None) -> None:
        """The agent serves from now on; taking what one already has changes nothing.

        Args:
            key: the conversation.
            agent: who takes it; from another agent too (the desk asks first).
            version: the version the agent saw; another one now is a StateConflict.
        """
        async with self._database.write() as connection:
            row, now = await self._begin(connection, key)
            if row.state == State.HUMAN.value and row.assignee == agent.id:
                return
            if version is not None and version != row.version:
                raise StateConflict("the conversation changed meanwhile; look again")
            state = advance(State(row.state), Step.TAKE)
            current = await _open_handoff(connection, key)
            if current is None:
                await _insert_handoff(
                    connection,
                    key,
                    HandoffRequest(
                        reason="agent_joined", reason_text=f"{agent.name}主动接入", summary=()
                    ),
                    now,
                    new_id,
                    status="active",
                    assignee=agent.id,
                    taken_at=now,
                )
            else:
                await connection.execute(
                    sa.update(handoffs)
                    .where(handoffs.c.id == current.id)
                    .values(status="active", assignee=agent.id, taken_at=current.taken_at or now)
                )
            notice = Content(text=texts.agent_joined(agent.name))
            await _move(connection, row, key, now, state=state, assignee=agent.id, notices=[notice])

    async def reply(
        self, key: ConversationKey, *, agent: Agent, content: Content, client_id: str
    ) -> int:
        """The agent's words to the shopper; returns their `seq`. Once per `client_id`.

        Raises:
            StateConflict: the conversation is not this agent's.
        """
        async with self._database.write() as connection:
            row, now = await self._begin(connection, key)
            known = await _by_client_id(connection, key, agent, client_id)
            if known is not None:
                return known
            if row.state != State.HUMAN.value or row.assignee != agent.id:
                raise StateConflict("take the conversation before replying: it is not yours now")
            return await _say(
                connection,
                row,
                key,
                now,
                agent=agent,
                content=content,
                message_id=_client_key(key, agent, client_id),
            )

    async def announce(
        self,
        connection: AsyncConnection,
        key: ConversationKey,
        *,
        agent: Agent,
        content: Content,
        beside: bool,
    ) -> int:
        """Tell the shopper what the agent has decided, whoever serves; returns the `seq`.

        Args:
            connection: of the transaction that decides, so that both happen or neither.
            key: the conversation.
            agent: who decided.
            content: what the shopper is told.
            beside: also while a colleague serves the conversation.

        Raises:
            StateConflict: a colleague serves it.
        """
        row, now = await self._begin(connection, key)
        if row.state == State.HUMAN.value and row.assignee != agent.id and not beside:
            raise StateConflict("a colleague has this conversation; take it over first")
        return await _say(connection, row, key, now, agent=agent, content=content)

    async def note(self, key: ConversationKey, *, agent: Agent, text: str, client_id: str) -> int:
        """A remark for colleagues which the shopper never sees; returns its `seq`."""
        async with self._database.write() as connection:
            row, now = await self._begin(connection, key)
            known = await _by_client_id(connection, key, agent, client_id)
            if known is not None:
                return known
            seq = row.last_seq + 1
            await append(
                connection,
                key,
                first_seq=seq,
                sender=Sender.NOTE,
                contents=[Content(text=text)],
                at=now,
                author=agent.name,
                platform_message_id=_client_key(key, agent, client_id),
            )
            await connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == str(key))
                .values(last_seq=seq, updated_at=now)
            )
        return seq

    async def resolve(self, key: ConversationKey, *, agent: Agent, outcome: str = "") -> None:
        """The agent is done: the bot serves again."""
        async with self._database.write() as connection:
            row, now = await self._begin(connection, key)
            if row.state == State.HUMAN.value and row.assignee != agent.id:
                raise StateConflict("a colleague has this conversation; take it over first")
            state = advance(State(row.state), Step.RESOLVE)
            await _close(connection, key, "resolved", now, outcome=outcome, assignee=agent.id)
            notice = Content(text=texts.agent_left())
            await _move(connection, row, key, now, state=state, assignee="", notices=[notice])

    async def cancel(self, key: ConversationKey) -> None:
        """The shopper leaves the queue."""
        async with self._database.write() as connection:
            row, now = await self._begin(connection, key)
            state = advance(State(row.state), Step.CANCEL)
            await _close(connection, key, "cancelled", now)
            notice = Content(text=texts.queue_cancelled())
            await _move(connection, row, key, now, state=state, assignee="", notices=[notice])

    async def leave_message(self, key: ConversationKey) -> None:
        """The shopper's request waits for a colleague; the bot answers meanwhile."""
        async with self._database.write() as connection:
            row, now = await self._begin(connection, key)
            state = advance(State(row.state), Step.NOBODY)
            await connection.execute(
                sa.update(handoffs)
                .where(handoffs.c.conversation == str(key), handoffs.c.status == "queued")
                .values(status="left")
            )
            notice = Content(text=texts.message_left())
            await _move(connection, row, key, now, state=state, assignee="", notices=[notice])

    async def _begin(
        self, connection: AsyncConnection, key: ConversationKey
    ) -> tuple[sa.engine.Row, datetime]:
        """The conversation's row, locked, and the time then: whoever reads changes by their
        time must not have passed it while this step waited for the lock."""
        row = await _locked(connection, key)
        return row, self._clock()


async def request(
    connection: AsyncConnection,
    key: ConversationKey,
    wish: HandoffRequest,
    now: datetime,
    ids: Callable[[], str] = new_id,
) -> Content:
    """Put the conversation in the queue, inside a turn's transaction.

    Returns the notice with the shopper's place in the queue; the caller appends it and sets the
    conversation's state. A request left open (a message left) is queued again, not doubled.
    """
    current = await _open_handoff(connection, key)
    # As the inbox sorts its queue: by priority, then by the time of asking.
    since = now if current is None else current.requested_at
    before = sa.or_(
        handoffs.c.priority > wish.priority,
        sa.and_(handoffs.c.priority == wish.priority, handoffs.c.requested_at <= since),
    )
    ahead = await connection.execute(
        sa.select(sa.func.count())
        .select_from(handoffs)
        .where(handoffs.c.status == "queued", handoffs.c.conversation != str(key), before)
    )
    if current is None:
        await _insert_handoff(connection, key, wish, now, ids, status="queued")
    else:
        await connection.execute(
            sa.update(handoffs)
            .where(handoffs.c.id == current.id)
            .values(status="queued", **_wish_columns(wish))
        )
    return Content(
        text=texts.queue_position(ahead.scalar_one()),
        kind=Kind.CHOICES,
        choices=(
            Choice(title=texts.QUEUE_CANCEL, payload=CANCEL_PAYLOAD),
            Choice(title=texts.QUEUE_LEAVE, payload=LEAVE_PAYLOAD),
        ),
    )


async def _locked(connection: AsyncConnection, key: ConversationKey) -> sa.engine.Row:
    query = sa.select(conversations).where(conversations.c.id == str(key)).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound(f"there is no conversation {key}")
    return row


async def _open_handoff(connection: AsyncConnection, key: ConversationKey) -> sa.engine.Row | None:
    query = sa.select(handoffs).where(
        handoffs.c.conversation == str(key), handoffs.c.status.in_(_OPEN)
    )
    return (await connection.execute(query)).one_or_none()


async def _insert_handoff(
    connection: AsyncConnection,
    key: ConversationKey,
    wish: HandoffRequest,
    now: datetime,
    ids: Callable[[], str],
    **columns: Any,
) -> None:
    await connection.execute(
        sa.insert(handoffs).values(
            id=ids(),
            conversation=str(key),
            tool="desk",
            requested_at=now,
            **_wish_columns(wish),
            **columns,
        )
    )


def _wish_columns(wish: HandoffRequest) -> dict[str, Any]:
    return {
        "reason": wish.reason,
        "reason_text": wish.reason_text,
        "summary": json.dumps(list(wish.summary), ensure_ascii=False),
        "package": json.dumps(wish.package, ensure_ascii=False),
        "priority": wish.priority,
    }


async def _close(
    connection: AsyncConnection, key: ConversationKey, status: str, now: datetime, **columns: Any
) -> None:
    await connection.execute(
        sa.update(handoffs)
        .where(handoffs.c.conversation == str(key), handoffs.c.status.in_(_OPEN))
        .values(status=status, closed_at=now, **columns)
    )


async def _say(
    connection: AsyncConnection,
    row: sa.engine.Row,
    key: ConversationKey,
    now: datetime,
    *,
    agent: Agent,
    content: Content,
    message_id: str | None = None,
) -> int:
    """Staff's words to the shopper, in the bot's memory too; returns their `seq`.

    They answer whoever waits when they come from the agent who serves.
    """
    seq: int = row.last_seq + 1
    await append(
        connection,
        key,
        first_seq=seq,
        sender=Sender.AGENT,
        contents=[content],
        at=now,
        author=agent.name,
        platform_message_id=message_id,
    )
    await connection.execute(
        sa.insert(tracker_events), rows_of(str(key), [_agent_event(agent, content, now)])
    )
    changes: dict[str, Any] = {
        "last_seq": seq,
        "updated_at": now,
        **last_words(Sender.AGENT, [content]),
    }
    if row.state == State.HUMAN.value and row.assignee == agent.id:
        changes["waiting_since"] = None
        await connection.execute(
            sa.update(handoffs)
            .where(
                handoffs.c.conversation == str(key),
                handoffs.c.status == "active",
                handoffs.c.first_reply_at.is_(None),
            )
            .values(first_reply_at=now)
        )
    await connection.execute(
        sa.update(conversations).where(conversations.c.id == str(key)).values(changes)
    )
    return seq


async def _move(
    connection: AsyncConnection,
    row: sa.engine.Row,
    key: ConversationKey,
    now: datetime,
    *,
    state: State,
    assignee: str,
    notices: Sequence[Content],
) -> None:
    await append(
        connection,
        key,
        first_seq=row.last_seq + 1,
        sender=Sender.SYSTEM,
        contents=notices,
        at=now,
    )
    changes: dict[str, Any] = {
        "state": state.value,
        "assignee": assignee,
        "version": row.version + 1,
        "last_seq": row.last_seq + len(notices),
        "updated_at": now,
    }
    if state.bot_serves:
        changes["waiting_since"] = None
    await connection.execute(
        sa.update(conversations).where(conversations.c.id == str(key)).values(changes)
    )


async def _by_client_id(
    connection: AsyncConnection, key: ConversationKey, agent: Agent, client_id: str
) -> int | None:
    query = sa.select(messages.c.seq).where(
        messages.c.channel == key.channel,
        messages.c.account == key.account,
        messages.c.platform_message_id == _client_key(key, agent, client_id),
    )
    return (await connection.execute(query)).scalar_one_or_none()


def _client_key(key: ConversationKey, agent: Agent, client_id: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"staff|{key}|{agent.id}|{client_id}").hex


def _agent_event(agent: Agent, content: Content, at: datetime) -> dict[str, Any]:
    """Rasa's `AgentUttered` as its tracker stores it (rasa.shared.core.events)."""
    return {
        "event": "agent",
        "timestamp": at.timestamp(),
        "metadata": {"agent": agent.id},
        "text": privacy.mask(content.text),
        "data": None,
    }


def _handoff(row: sa.engine.Row) -> Handoff:
    return Handoff(
        id=row.id,
        key=ConversationKey.parse(row.conversation),
        tool=row.tool,
        status=row.status,
        reason=row.reason,
        reason_text=row.reason_text,
        summary=tuple(json.loads(row.summary)),
        package=json.loads(row.package),
        priority=row.priority,
        assignee=row.assignee,
        outcome=row.outcome,
        requested_at=row.requested_at,
        taken_at=row.taken_at,
        first_reply_at=row.first_reply_at,
        closed_at=row.closed_at,
    )
