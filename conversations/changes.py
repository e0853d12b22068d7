"""Who needs to know that a conversation changed: long polls, the desk's live list.

The database is the truth. A doorbell only says "look now"; without one, or when a ring is lost,
everybody looks every `poll` seconds anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

import redis.asyncio
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from conversations.database import Clock, utc_now
from conversations.keys import ConversationKey
from conversations.ledger import Conversation, Ledger
from conversations.timing import wait_until_set

log = structlog.get_logger(__name__)

PAGE = 500
"""How many changes are read at a time."""

_OVERLAP = timedelta(seconds=2)  # a transaction may commit after a younger one was already seen


class Doorbell(Protocol):
    """A wake-up across the processes of one shop."""

    async def ring(self) -> None:
        """Something was committed; never fails."""

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, or after `seconds`."""


class LocalDoorbell:
    """Wakes up this process only."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    async def ring(self) -> None:
        """See `Doorbell`."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """See `Doorbell`."""
        await wait_until_set(self._event, seconds)
        self._event.clear()


class RedisDoorbell:
    """Wakes up every process that shares `REDIS_URL`. Redis away: as good as `LocalDoorbell`."""

    CHANNEL = "zhanggui:changes"

    def __init__(self, *, url: str) -> None:
        self._redis = redis.asyncio.from_url(url)
        self._local = LocalDoorbell()
        self._listener: asyncio.Task[None] | None = None

    async def ring(self) -> None:
        """See `Doorbell`."""
        await self._local.ring()
        try:
            await self._redis.publish(self.CHANNEL, "")
        except RedisError as error:
            log.warning("doorbell.redis_away", error=str(error))

    async def wait(self, seconds: float) -> None:
        """See `Doorbell`."""
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        await self._local.wait(seconds)

    async def close(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        await self._redis.close(close_connection_pool=True)

    async def _listen(self) -> None:
        try:
            async with self._redis.pubsub() as subscription:
                await subscription.subscribe(self.CHANNEL)
                async for message in subscription.listen():
                    if message["type"] == "message":
                        await self._local.ring()
        except RedisError as error:
            log.warning("doorbell.redis_away", error=str(error))
            await asyncio.sleep(1)


class Changes:
    """One look at the database for all who wait in this process."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        doorbell: Doorbell,
        poll: float = 0.5,
        clock: Clock = utc_now,
    ) -> None:
        self._ledger = ledger
        self._doorbell = doorbell
        self._poll = poll
        self._clock = clock
        self._subscribers: dict[asyncio.Queue[Conversation], ConversationKey | None] = {}
        self._closing = False

    @contextmanager
    def subscription(
        self, key: ConversationKey | None = None
    ) -> Iterator[asyncio.Queue[Conversation]]:
        """A queue that gets every change while the block runs (of `key` only when given)."""
        queue: asyncio.Queue[Conversation] = asyncio.Queue()
        self._subscribers[queue] = key
        try:
            yield queue
        finally:
            del self._subscribers[queue]

    async def ring(self) -> None:
        """This process committed something: have everybody look now."""
        await self._doorbell.ring()

    async def close(self) -> None:
        """Have `run` return."""
        self._closing = True
        await self._doorbell.ring()

    async def run(self) -> None:
        """Look and tell, until closed. A database that is away is tried again."""
        since = self._clock()
        told: dict[ConversationKey, tuple[int, int]] = {}
        while not self._closing:
            await self._doorbell.wait(self._poll)
            if not self._subscribers:
                since = self._clock()
                told.clear()
                continue
            try:
                changed = await self._changed_since(since - _OVERLAP)
            except SQLAlchemyError as error:
                log.warning("changes.database_away", error=type(error).__name__)
                continue
            recent: dict[ConversationKey, tuple[int, int]] = {}
            for conversation in changed:
                mark = (conversation.version, conversation.last_seq)
                recent[conversation.key] = mark
                since = max(since, conversation.updated_at)
                if told.get(conversation.key) != mark:
                    self._tell(conversation)
            told = recent

    async def _changed_since(self, moment: datetime) -> Sequence[Conversation]:
        """All of them: the oldest ones alone would be found again and again."""
        found: list[Conversation] = []
        while True:
            page = await self._ledger.changed_since(moment, limit=PAGE)
            found += page
            if len(page) < PAGE:
                return found
            moment = page[-1].updated_at

    def _tell(self, conversation: Conversation) -> None:
        for queue, key in self._subscribers.items():
            if key is None or key == conversation.key:
                queue.put_nowait(conversation)
