"""Messages of TOP (TMC) over HTTP: consume, act, commit, confirm.

A message is delivered at least once and in no certain order, and its content is a hint only:
whoever acts on it asks TOP anew. It is confirmed after what follows from it was committed, so a
crash in between has it delivered again, and the notice book then knows it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from conversations.errors import where
from shop.errors import ShopUnavailable
from shop.notices import NoticeBook, Write
from shop.taobao.client import Fault, TopClient, TopError
from shop.taobao.reading import Fields, identity, items, readable, text

CONSUME = "taobao.tmc.messages.consume"
CONFIRM = "taobao.tmc.messages.confirm"
PERMIT = "taobao.tmc.user.permit"
SOURCE = "tmc"
"""The name of these messages in the notice book."""

PAUSE = 3.0  # seconds after an empty answer
_LONGEST_PAUSE = 60.0
_MOST_CONFIRMED = 200
_LEAST, _MOST = 10, 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Hint:
    """That something happened to a trade or refund; what, TOP has to be asked.

    `tid`, `oid` and `refund_id` are empty when the message does not name them. `user_id` is the
    seller's.
    """

    id: str
    topic: str
    user_id: str
    tid: str
    oid: str
    refund_id: str


Handler = Callable[[Hint], Awaitable[Write | None]]
"""Asks TOP what happened and gives what is to be written, None for nothing.

What it writes is committed together with the mark. Until then it may be called again for the
same message, so it must not act on the world outside by itself.
"""


class TmcConsumer:
    """Takes messages until it is told to stop.

    Args:
        client: calls TOP; its accounts are permitted at the start.
        book: knows what was taken already.
        handler: see `Handler`.
        topics: the topics the accounts are permitted; a permission replaces the one before, so
            these are all. Empty: all that the application subscribed to.
        group: the consumer group; empty: the default one.
        quantity: messages for each call, 10 to 200.
        pause: seconds to wait after an empty answer.
    """

    def __init__(
        self,
        *,
        client: TopClient,
        book: NoticeBook,
        handler: Handler,
        topics: Sequence[str] = (),
        group: str = "",
        quantity: int = 100,
        pause: float = PAUSE,
    ) -> None:
        self._client = client
        self._book = book
        self._handler = handler
        self._topics = tuple(topics)
        self._group = group
        self._quantity = min(max(quantity, _LEAST), _MOST)
        self._pause = pause
        self._unpermitted = set(client.accounts)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask `run` to end. What it is handling is finished and confirmed first."""
        self._stopping.set()

    async def run(self) -> None:
        """Permit the accounts, then consume until `stop`."""
        pause = self._pause
        while not self._stopping.is_set():
            try:
                await self._permit()
                confirmed = await self.poll()
            except ShopUnavailable as error:
                banned = error.ban if isinstance(error, TopError) and error.code == 7 else 0.0
                pause = max(min(pause * 2, _LONGEST_PAUSE), banned)
                log.warning("tmc.waiting", seconds=pause, reason=str(error))
            else:
                pause = self._pause
                if confirmed:
                    continue
            await self._idle(pause)

    async def poll(self) -> int:
        """Take one answer's messages and confirm those that are done; their number.

        Raises:
            ShopUnavailable: TOP or the database does not answer. What was committed but not
                confirmed is delivered again and then known.
        """
        hints = await self._consume()
        if not hints:
            return 0
        known = await self._book.known(SOURCE, [hint.id for hint in hints])
        done = []
        for hint in hints:
            if self._stopping.is_set():
                break  # the rest is delivered again
            if hint.id in known or await self._handle(hint):
                done.append(hint.id)
        for start in range(0, len(done), _MOST_CONFIRMED):
            await self._confirm(done[start : start + _MOST_CONFIRMED])
        return len(done)

    async def _handle(self, hint: Hint) -> bool:
        """Whether it may be confirmed. One that fails stays with TOP and comes again."""
        try:
            write = await self._handler(hint)
            await self._book.take(SOURCE, hint.id, write)
        except ShopUnavailable as error:
            log.warning("tmc.not_handled", topic=hint.topic, reason=str(error))
        except Exception as error:
            cause = type(error).__name__
            log.error("tmc.handler_failed", topic=hint.topic, cause=cause, at=where(error))
        else:
            return True
        return False

    async def _consume(self) -> list[Hint]:
        params = {"group_name": self._group, "quantity": str(self._quantity)}
        answer = await self._call(CONSUME, params)
        with readable(CONSUME):
            return [_hint(message) for message in items(answer, "messages", "tmc_message")]

    async def _confirm(self, ids: Sequence[str]) -> None:
        await self._call(CONFIRM, {"group_name": self._group, "s_message_ids": ",".join(ids)})

    async def _permit(self) -> None:
        """One that TOP refuses keeps what it was permitted before, and holds up no other."""
        for account in sorted(self._unpermitted):
            try:
                await self._call(PERMIT, {"topics": ",".join(self._topics)}, account=account)
            except TopError as error:
                if error.fault not in (Fault.SESSION, Fault.REFUSED):
                    raise
                log.error("tmc.not_permitted", account=account, reason=str(error))
            self._unpermitted.discard(account)

    async def _call(
        self, method: str, params: Mapping[str, str], *, account: str | None = None
    ) -> dict[str, Any]:
        deadline = self._client.deadline()
        return await self._client.call(method, params, account=account, deadline=deadline)

    async def _idle(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except asyncio.TimeoutError:
            return


def _hint(message: Fields) -> Hint:
    content = _content(message.get("content"))
    return Hint(
        id=identity(message["id"]),
        topic=text(message, "topic"),
        user_id=text(message, "user_id"),
        tid=text(content, "tid"),
        oid=text(content, "oid"),
        refund_id=text(content, "refund_id"),
    )


def _content(value: object) -> Fields:
    """The content, which travels as JSON in a text; nothing when it is something else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}
