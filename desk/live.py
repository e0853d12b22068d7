"""The live list: every change of a conversation, told to every open page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from conversations.changes import Changes
from conversations.database import Clock, utc_now
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from desk.customers import CustomerDirectory
from desk.inbox import Inbox
from desk.views import summary_json

log = structlog.get_logger(__name__)

_SLOW_READER = 1_000  # events a page may lag behind before it has to reconnect and resume
_RETRY = 1.0  # seconds
_OVERLAP = timedelta(seconds=2)  # a transaction may commit after a younger one was already told
_OLDEST = timedelta(days=1)  # who was away for longer loads the lists anew anyway
_PAGE = 500


@dataclass(frozen=True)
class Event:
    """One change: the moment to resume from, and the conversation's summary as JSON text."""

    at: datetime
    data: str


class Live:
    """One reader of `Changes` for all pages of this process."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        changes: Changes,
        inbox: Inbox,
        directory: CustomerDirectory,
        clock: Clock = utc_now,
    ) -> None:
        self._ledger = ledger
        self._changes = changes
        self._inbox = inbox
        self._directory = directory
        self._clock = clock
        self._pages: set[asyncio.Queue[Event | None]] = set()
        self._closed = asyncio.Event()

    @contextmanager
    def page(self) -> Iterator[asyncio.Queue[Event | None]]:
        """The events from now on while the block runs. None: the stream is over, reconnect."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._pages.add(queue)
        try:
            yield queue
        finally:
            self._pages.discard(queue)

    async def missed(self, since: datetime) -> AsyncIterator[Event]:
        """What changed after `since`, oldest first; some of it may have been told already."""
        since = max(since - _OVERLAP, self._clock() - _OLDEST)
        while True:
            changed = await self._ledger.changed_since(since, limit=_PAGE)
            for event in await self._events([conversation.key for conversation in changed]):
                yield event
            if len(changed) < _PAGE or changed[-1].updated_at <= since:
                return
            since = changed[-1].updated_at

    async def run(self) -> None:
        """Tell the pages, until closed. A database that is away is tried again."""
        closed = asyncio.create_task(self._closed.wait())
        with self._changes.subscription() as changes:
            while True:
                change = asyncio.create_task(changes.get())
                await asyncio.wait({change, closed}, return_when=asyncio.FIRST_COMPLETED)
                if not change.done():
                    change.cancel()
                    return
                keys = {change.result().key}
                while not changes.empty():
                    keys.add(changes.get_nowait().key)
                if self._pages:
                    await self._tell(list(keys))

    async def _tell(self, keys: Sequence[ConversationKey]) -> None:
        events: list[Event] | None = None
        while events is None and not self._closed.is_set():
            events = await self._events_if_possible(keys)
        for page in list(self._pages):
            for event in events or ():
                page.put_nowait(event)
            if page.qsize() > _SLOW_READER:
                self._end(page)

    def close(self) -> None:
        """Have `run` return and end all streams (pages reconnect to whoever serves next)."""
        self._closed.set()
        for page in list(self._pages):
            self._end(page)

    def _end(self, page: asyncio.Queue[Event | None]) -> None:
        self._pages.discard(page)
        page.put_nowait(None)

    async def _events_if_possible(self, keys: Sequence[ConversationKey]) -> list[Event] | None:
        try:
            return await self._events(keys)
        except SQLAlchemyError as error:
            log.warning("desk.database_away", error=type(error).__name__)
            await asyncio.sleep(_RETRY)
            return None

    async def _events(self, keys: Sequence[ConversationKey]) -> list[Event]:
        if not keys:
            return []
        summaries = await self._inbox.summaries(keys)
        customers = await self._directory.named(s.customer_id for s in summaries)
        return [
            Event(
                at=summary.updated_at,
                data=json.dumps(
                    summary_json(summary, customers), ensure_ascii=False, separators=(",", ":")
                ),
            )
            for summary in summaries
        ]
