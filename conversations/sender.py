"""From the outbox to the platforms, by each channel's own rules."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from conversations.errors import where
from conversations.ledger import Ledger
from conversations.messages import StoredMessage
from conversations.outbox import Outbox, Outgoing
from conversations.timing import wait_until_set

log = structlog.get_logger(__name__)

_BACKOFF = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)  # seconds


class DeliveryStatus(Enum):
    """What became of one attempt."""

    SENT = "sent"
    RETRY = "retry"  # a passing fault: nothing reached the shopper
    PARK = "park"  # not before the shopper writes again
    FAILED = "failed"  # never, or nobody knows: not tried again


@dataclass(frozen=True)
class Delivery:
    """The outcome of one attempt. `retry_after` in seconds; 0: the sender's own back-off."""

    status: DeliveryStatus
    retry_after: float = 0
    error: str = ""


class Channel(Protocol):
    """The outgoing side of a platform that is pushed to."""

    name: str

    async def start(self) -> None:
        """Open sessions; called once inside the running event loop."""

    async def deliver(self, message: StoredMessage) -> Delivery:
        """Send one message; `message.key` tells the account and the user. Never raises."""

    async def close(self) -> None:
        """Give everything back."""


class Sender:
    """Delivers what is due, each conversation in order, conversations side by side."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        ledger: Ledger,
        owner: str,
        poll: float = 0.5,
    ) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._channels: dict[str, Channel] = {}
        self._owner = owner
        self._poll = poll
        self._poked = asyncio.Event()
        self._closing = False

    def add(self, channel: Channel) -> None:
        """Deliver for this channel too."""
        self._channels[channel.name] = channel

    def poke(self) -> None:
        """Something was put into the outbox: look now."""
        self._poked.set()

    def close(self) -> None:
        """Have `run` return after what it is sending."""
        self._closing = True
        self._poked.set()

    async def run(self) -> None:
        """Deliver, until closed. Agents' replies come from another process: found by polling."""
        while not self._closing:
            delivered = False
            try:
                items = await self._outbox.claim(self._owner, list(self._channels))
                await asyncio.gather(*(self._deliver(item) for item in items))
                delivered = bool(items)
            except SQLAlchemyError as error:
                log.error("sender.database_away", error=type(error).__name__)
            if not delivered:
                await wait_until_set(self._poked, self._poll)
                self._poked.clear()

    async def _deliver(self, item: Outgoing) -> None:
        message = await self._ledger.message(item.key, item.seq)
        try:
            outcome = await self._channels[item.key.channel].deliver(message)
        except Exception as error:
            # A channel that breaks its promise must not stop the others; whether the message
            # arrived nobody knows, so it is not sent again.
            log.error(
                "sender.channel_broke",
                channel=item.key.channel,
                error=type(error).__name__,
                where=where(error),
            )
            outcome = Delivery(status=DeliveryStatus.FAILED, error=type(error).__name__)
        if outcome.status is DeliveryStatus.SENT:
            await self._outbox.sent(item)
            return
        log.warning(
            "sender.not_delivered",
            channel=item.key.channel,
            status=outcome.status.value,
            error=outcome.error,
        )
        if outcome.status is DeliveryStatus.RETRY:
            after = outcome.retry_after or _BACKOFF[min(item.attempts, len(_BACKOFF) - 1)]
            await self._outbox.retry(item, after=after, error=outcome.error)
        elif outcome.status is DeliveryStatus.PARK:
            await self._outbox.park(item, error=outcome.error)
        else:
            await self._outbox.failed(item, error=outcome.error)
