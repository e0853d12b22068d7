"""From the ledger to whoever serves: the bot, or nobody but the inbox while a person does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from conversations.database import Clock, utc_now
from conversations.handoffs import CANCEL_PAYLOAD, LEAVE_PAYLOAD, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import LEASE
from conversations.messages import BotReply
from conversations.state import State
from conversations.timing import wait_until_set
from conversations.turns import Turn, TurnQueue

log = structlog.get_logger(__name__)

TURN_SECONDS = 30
"""A bot turn that takes longer has failed."""

CLOSING_SECONDS = 5
"""How long a closing dispatcher waits for the turns in hand."""


class Bot(Protocol):
    """Whatever answers shoppers."""

    async def answer(self, turn: Turn) -> BotReply:
        """The answer to one message. Raises whatever goes wrong; the turn is then tried again."""


class Dispatcher:
    """Serves waiting conversations, each in order, many at once.

    `notice` is the fast way in; a poll each second finds what a crash or another process left.
    """

    def __init__(
        self,
        *,
        turns: TurnQueue,
        handoffs: Handoffs,
        bot: Bot,
        owner: str,
        on_change: Callable[[], Awaitable[None]],
        poll: float = 1.0,
        clock: Clock = utc_now,
    ) -> None:
        self._turns = turns
        self._handoffs = handoffs
        self._bot = bot
        self._owner = owner
        self._on_change = on_change
        self._poll = poll
        self._clock = clock
        self._serving: dict[ConversationKey, asyncio.Task[None]] = {}
        self._again: set[ConversationKey] = set()
        self._arrivals: dict[ConversationKey, asyncio.Event] = {}
        self._closing = asyncio.Event()

    def notice(self, key: ConversationKey) -> None:
        """A message of this conversation was just recorded under this worker's lease."""
        if key in self._serving:
            self._again.add(key)  # it may have come too late for the task that is finishing
            self._arrivals[key].set()
            return
        self._arrivals[key] = asyncio.Event()
        task = asyncio.create_task(self._serve(key), name=f"serve {key.channel}")
        self._serving[key] = task
        task.add_done_callback(lambda _: self._served(key))

    async def run(self) -> None:
        """Look for work that nobody noticed, and keep the leases of work in hand, until closed."""
        seconds_to_renewal = LEASE.total_seconds() / 3
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while not self._closing.is_set():
            try:
                for key in await self._turns.claim(self._owner):
                    self.notice(key)
                if loop.time() - renewed >= seconds_to_renewal:
                    renewed = loop.time()
                    await self._turns.renew(self._owner, list(self._serving))
            except SQLAlchemyError as error:
                log.error("dispatcher.database_away", error=type(error).__name__)
            await wait_until_set(self._closing, self._poll)

    async def close(self) -> None:
        """Have `run` return, and finish the turns in hand; the rest stays in the queue."""
        self._closing.set()
        if self._serving:
            _, late = await asyncio.wait(self._serving.values(), timeout=CLOSING_SECONDS)
            for task in late:
                task.cancel()

    def _served(self, key: ConversationKey) -> None:
        del self._serving[key], self._arrivals[key]
        if key in self._again and not self._closing.is_set():
            self._again.discard(key)
            self.notice(key)

    async def _serve(self, key: ConversationKey) -> None:
        try:
            turn = await self._first(key)
            while turn is not None and not self._closing.is_set():
                turn = await self._attempt(turn)
                await self._on_change()
        except Exception as error:
            # The lease runs out and the message is claimed again.
            event = "database_away" if _is_away(error) else "serving_failed"
            log.error(f"dispatcher.{event}", error=type(error).__name__)

    async def _first(self, key: ConversationKey) -> Turn | None:
        try:
            return await self._turns.next(key, self._owner)
        except Exception as error:
            if _is_away(error):
                raise
            log.error("dispatcher.unreadable", error=type(error).__name__)
            turn = await self._turns.unread(key, self._owner)
            if turn is not None:
                await self._turns.fail(turn)
                await self._on_change()
            return None

    async def _attempt(self, turn: Turn) -> Turn | None:
        """The next turn after this one; a turn that cannot be finished counts as failed."""
        try:
            whole = await self._whole(turn)
            if whole is None:
                return None
            turn = whole
            return await self._step(turn)
        except Exception as error:
            if _is_away(error):
                raise
            log.error("dispatcher.turn_failed", error=type(error).__name__, attempt=turn.attempts)
            await self._turns.fail(turn)
            return None

    async def _whole(self, turn: Turn) -> Turn | None:
        """The turn once its burst is over; None when the conversation is no longer ours."""
        arrived = self._arrivals[turn.key]
        current: Turn | None = turn
        while current is not None and current.more_until is not None:
            left = (current.more_until - self._clock()).total_seconds()
            if left <= 0:
                break
            await wait_until_set(arrived, left)
            arrived.clear()
            current = await self._turns.next(turn.key, self._owner)
        return current

    async def _step(self, turn: Turn) -> Turn | None:
        if turn.state is State.QUEUED:
            await self._wait(turn)
            return await self._turns.complete(turn, BotReply(contents=()))
        if turn.state is State.HUMAN:
            return await self._turns.complete(turn, BotReply(contents=()))
        try:
            reply = await asyncio.wait_for(self._bot.answer(turn), TURN_SECONDS)
        except Exception as error:
            if isinstance(error, SQLAlchemyError) and _is_away(error):
                raise
            # Whatever the bot stumbles over must not stop the other conversations.
            log.error("dispatcher.bot_failed", error=type(error).__name__, attempt=turn.attempts)
            await self._turns.fail(turn)
            return None
        return await self._turns.complete(turn, reply)

    async def _wait(self, turn: Turn) -> None:
        """What a shopper may decide while waiting for a person."""
        payload = turn.choice.payload if turn.choice else ""
        if payload == CANCEL_PAYLOAD:
            await self._handoffs.cancel(turn.key)
        elif payload == LEAVE_PAYLOAD:
            await self._handoffs.leave_message(turn.key)


def _is_away(error: Exception) -> bool:
    """Whether the database could not be reached or was busy: the turn is as good as before.

    What it refused to store, it will refuse again. asyncpg lets the operating system's errors
    through when it cannot connect.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    lost = (OperationalError, InterfaceError, PoolTimeout, OSError, asyncio.TimeoutError)
    return isinstance(error, lost)
