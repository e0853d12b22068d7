"""What the inbox shows, read straight from the ledger's tables: one query for a whole list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from conversations.database import Clock, Database, utc_now
from conversations.keys import ConversationKey
from conversations.schema import conversations, handoffs, identities, outbox
from conversations.state import State
from desk.schema import staff

RECENT = timedelta(hours=24)
"""Conversations that the bot serves are counted when something was said within this time."""

_OPEN_HANDOFF = ("queued", "active", "left")
_WITH_PEOPLE = (State.QUEUED.value, State.HUMAN.value, State.LEFT_MESSAGE.value)


@dataclass(frozen=True)
class Summary:
    """One row of the list.

    `last_sender` and `last_text` skip the house's own notices.
    `waiting_since` is the time of the oldest shopper message that nobody has answered yet;
    `reason_text`, `priority` and `queued_at` belong to the open handoff, if there is one.
    """

    key: ConversationKey
    state: State
    version: int
    assignee: str
    assignee_name: str
    customer_id: str | None
    last_seq: int
    last_sender: str
    last_text: str
    waiting_since: datetime | None
    updated_at: datetime
    reason: str
    reason_text: str
    priority: int
    queued_at: datetime | None


@dataclass(frozen=True)
class Counts:
    """How many conversations each tab holds (`bot`: of the last 24 hours).

    `mine_waiting` are those of mine whose shopper waits for an answer.
    """

    queued: int
    mine: int
    mine_waiting: int
    human: int
    left_message: int
    bot: int


@dataclass(frozen=True)
class PastHandoff:
    """A handoff of the same shopper that is over."""

    id: str
    status: str
    reason_text: str
    assignee_name: str
    outcome: str
    requested_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Delivery:
    """What became of a message on its way to the platform: pending, sent, parked or failed."""

    status: str
    error: str


class Inbox:
    """The read side of the desk. Writing goes through `conversations.handoffs`."""

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def list(
        self, *, states: Sequence[State] = (), assignee: str = "", limit: int = 100
    ) -> Sequence[Summary]:
        """Conversations in these states (all when empty).

        Where the bot may serve, the latest change comes first. Otherwise the most urgent: those
        in the queue by priority and time of asking, then those where a shopper waits for a
        person's answer, longest wait first, then the rest.
        """
        queued = conversations.c.state == State.QUEUED.value
        waiting = sa.and_(
            conversations.c.state.in_(_WITH_PEOPLE), conversations.c.waiting_since.is_not(None)
        )
        query = _summaries()
        if states:
            query = query.where(conversations.c.state.in_([state.value for state in states]))
        if assignee:
            query = query.where(
                conversations.c.state == State.HUMAN.value, conversations.c.assignee == assignee
            )
        if not assignee and (not states or State.BOT in states):
            query = query.order_by(conversations.c.updated_at.desc())
        else:
            query = query.order_by(
                sa.case((queued, 0), (waiting, 1), else_=2),
                sa.case((queued, handoffs.c.priority), else_=0).desc(),
                sa.case(
                    (queued, handoffs.c.requested_at), (waiting, conversations.c.waiting_since)
                ),
                conversations.c.updated_at.desc(),
            )
        async with self._database.read() as connection:
            return [_summary(row) for row in await connection.execute(query.limit(limit))]

    async def counts(self, *, assignee: str) -> Counts:
        """How many conversations wait, are served, are this agent's."""
        mine = conversations.c.assignee == assignee
        mine_waiting = sa.and_(mine, conversations.c.waiting_since.is_not(None))
        with_people = (
            sa.select(
                conversations.c.state,
                sa.func.count().label("number"),
                sa.func.sum(sa.case((mine, 1), else_=0)).label("mine"),
                sa.func.sum(sa.case((mine_waiting, 1), else_=0)).label("mine_waiting"),
            )
            .where(conversations.c.state.in_(_WITH_PEOPLE))
            .group_by(conversations.c.state)
        )
        with_bot = sa.select(
            sa.literal(State.BOT.value).label("state"),
            sa.func.count().label("number"),
            sa.literal(0).label("mine"),
            sa.literal(0).label("mine_waiting"),
        ).where(
            conversations.c.state == State.BOT.value,
            conversations.c.updated_at > self._clock() - RECENT,
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(sa.union_all(with_people, with_bot))).all()
        number = {row.state: row.number for row in rows}
        return Counts(
            queued=number.get(State.QUEUED.value, 0),
            mine=sum(row.mine for row in rows if row.state == State.HUMAN.value),
            mine_waiting=sum(row.mine_waiting for row in rows if row.state == State.HUMAN.value),
            human=number.get(State.HUMAN.value, 0),
            left_message=number.get(State.LEFT_MESSAGE.value, 0),
            bot=number.get(State.BOT.value, 0),
        )

    async def summaries(self, keys: Sequence[ConversationKey]) -> Sequence[Summary]:
        """These conversations, oldest change first; unknown keys are left out."""
        query = (
            _summaries()
            .where(conversations.c.id.in_([str(key) for key in keys]))
            .order_by(conversations.c.updated_at)
        )
        async with self._database.read() as connection:
            return [_summary(row) for row in await connection.execute(query)]

    async def past_handoffs(self, key: ConversationKey, *, limit: int = 5) -> Sequence[PastHandoff]:
        """The conversation's closed handoffs, newest first."""
        query = (
            sa.select(handoffs, sa.func.coalesce(staff.c.name, "").label("assignee_name"))
            .select_from(handoffs.outerjoin(staff, staff.c.id == handoffs.c.assignee))
            .where(handoffs.c.conversation == str(key), handoffs.c.status.not_in(_OPEN_HANDOFF))
            .order_by(handoffs.c.requested_at.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [
                PastHandoff(
                    id=row.id,
                    status=row.status,
                    reason_text=row.reason_text,
                    assignee_name=row.assignee_name or row.assignee,
                    outcome=row.outcome,
                    requested_at=row.requested_at,
                    closed_at=row.closed_at,
                )
                for row in await connection.execute(query)
            ]

    async def deliveries(self, key: ConversationKey, *, first_seq: int) -> Mapping[int, Delivery]:
        """What became of our messages from `first_seq` on (nothing on channels that fetch)."""
        query = sa.select(outbox.c.seq, outbox.c.status, outbox.c.error).where(
            outbox.c.conversation == str(key), outbox.c.seq >= first_seq
        )
        async with self._database.read() as connection:
            return {
                row.seq: Delivery(status=row.status, error=row.error)
                for row in await connection.execute(query)
            }


def _summaries() -> sa.sql.Select:
    open_handoff = sa.and_(
        handoffs.c.conversation == conversations.c.id, handoffs.c.status.in_(_OPEN_HANDOFF)
    )
    return sa.select(
        conversations.c.id,
        conversations.c.state,
        conversations.c.version,
        conversations.c.assignee,
        conversations.c.last_seq,
        conversations.c.last_sender,
        conversations.c.last_text,
        conversations.c.waiting_since,
        conversations.c.updated_at,
        identities.c.customer_id,
        staff.c.name.label("assignee_name"),
        handoffs.c.reason,
        handoffs.c.reason_text,
        handoffs.c.priority,
        handoffs.c.requested_at,
    ).select_from(
        conversations.outerjoin(identities, identities.c.conversation == conversations.c.id)
        .outerjoin(handoffs, open_handoff)
        .outerjoin(staff, staff.c.id == conversations.c.assignee)
    )


def _summary(row: sa.engine.Row) -> Summary:
    return Summary(
        key=ConversationKey.parse(row.id),
        state=State(row.state),
        version=row.version,
        assignee=row.assignee,
        assignee_name=row.assignee_name or row.assignee,
        customer_id=row.customer_id,
        last_seq=row.last_seq,
        last_sender=row.last_sender,
        last_text=row.last_text,
        waiting_since=row.waiting_since,
        updated_at=row.updated_at,
        reason=row.reason or "",
        reason_text=row.reason_text or "",
        priority=row.priority or 0,
        queued_at=row.requested_at,
    )
