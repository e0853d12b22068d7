"""The bot's memory of a conversation: its tracker events, kept in the ledger's own database.

Within `collecting()` new events are held back, so that a turn commits them together with the
answer they led to (`TurnQueue.complete`): after a crash the turn is simply done again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from conversations.database import Database
from conversations.schema import tracker_events

SESSION_STARTED = "session_started"


@dataclass
class Collection:
    """The events of one turn in the making. `error`: the memory could not be read."""

    events: list[Mapping[str, Any]] = field(default_factory=list)
    error: SQLAlchemyError | None = None


_current: ContextVar[Collection | None] = ContextVar("zhanggui_turn", default=None)


@contextmanager
def collecting() -> Iterator[Collection]:
    """Hold back the events appended in this task while the block runs."""
    collection = Collection()
    token = _current.set(collection)
    try:
        yield collection
    finally:
        _current.reset(token)


class TrackerLog:
    """Append-only events per conversation, read back by session."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def load(
        self, conversation: str, *, all_sessions: bool = False
    ) -> Sequence[Mapping[str, Any]]:
        """The events of the latest session (or of all), oldest first; empty when there are none.

        Raises:
            SQLAlchemyError: the database is away. A collecting turn remembers it, because
                Rasa's fail-safe store would go on with an empty memory.
        """
        query = (
            sa.select(tracker_events.c.data)
            .where(tracker_events.c.conversation == conversation)
            .order_by(tracker_events.c.id)
        )
        if not all_sessions:
            session = (
                sa.select(sa.func.max(tracker_events.c.id))
                .where(
                    tracker_events.c.conversation == conversation,
                    tracker_events.c.type == SESSION_STARTED,
                )
                .scalar_subquery()
            )
            query = query.where(tracker_events.c.id >= sa.func.coalesce(session, 0))
        collection = _current.get()
        try:
            async with self._database.read() as connection:
                rows = (await connection.execute(query)).scalars().all()
        except SQLAlchemyError as error:
            if collection is not None:
                collection.error = error
            raise
        stored = [json.loads(row) for row in rows]
        return [*stored, *collection.events] if collection is not None else stored

    async def conversations(self) -> Sequence[str]:
        """Everybody who has a memory here."""
        query = sa.select(tracker_events.c.conversation).distinct()
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalars().all()

    async def append(self, conversation: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Add events: to the turn being collected, otherwise at once."""
        collection = _current.get()
        if collection is not None:
            collection.events.extend(events)
            return
        if not events:
            return
        async with self._database.write() as connection:
            await connection.execute(sa.insert(tracker_events), rows_of(conversation, events))


def rows_of(conversation: str, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `tracker_events` for these events."""
    return [
        {
            "conversation": conversation,
            "type": event["event"],
            "timestamp": event["timestamp"],
            "data": json.dumps(event, ensure_ascii=False, separators=(",", ":")),
        }
        for event in events
    ]
