"""What all channels of a Rasa process share: ledger, dispatcher, sender, change feed."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from typing import Any

import structlog
from rasa.core.tracker_store import InMemoryTrackerStore
from sanic import Blueprint, Sanic

from connectors.body import CarefulRequest
from connectors.rasa_bot import OnNewMessage, RasaBot
from conversations.changes import Changes, LocalDoorbell, RedisDoorbell
from conversations.customers import CustomerIdentities
from conversations.database import DEFAULT_URL, Database
from conversations.dispatcher import Dispatcher
from conversations.errors import ConfigurationError
from conversations.handoffs import Handoffs
from conversations.ledger import PULL_CHANNELS, Ledger, Receipt
from conversations.messages import InboundMessage
from conversations.outbox import Outbox
from conversations.pictures import ShopperPictures
from conversations.sender import Channel, Sender
from conversations.turns import TurnQueue

log = structlog.get_logger(__name__)

STOP_SECONDS = 3.0
"""How long a stopping server waits for open long polls; they only ask again."""


class Runtime:
    """One per process, found by request handlers at `request.app.ctx.zhanggui`."""

    def __init__(self, *, database: Database, redis_url: str, on_new_message: OnNewMessage) -> None:
        owner = f"{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._database = database
        self._owner = owner
        self.ledger = Ledger(database=database)
        self.customers = CustomerIdentities(database=database)
        self.pictures = ShopperPictures(database=database)
        self._doorbell = RedisDoorbell(url=redis_url) if redis_url else LocalDoorbell()
        self.changes = Changes(ledger=self.ledger, doorbell=self._doorbell)
        self._outbox = Outbox(database=database)
        self._sender = Sender(outbox=self._outbox, ledger=self.ledger, owner=owner)
        self._dispatcher = Dispatcher(
            turns=TurnQueue(database=database),
            handoffs=Handoffs(database=database),
            bot=RasaBot(on_new_message=on_new_message),
            owner=owner,
            on_change=self._changed,
        )
        self._channels: list[Channel] = []
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def from_env(cls, on_new_message: OnNewMessage) -> Runtime:
        """The runtime of `DATABASE_URL` and `REDIS_URL`."""
        return cls(
            database=Database.from_url(os.environ.get("DATABASE_URL") or DEFAULT_URL),
            redis_url=os.environ.get("REDIS_URL", ""),
            on_new_message=on_new_message,
        )

    def add_channel(self, channel: Channel) -> None:
        """A push channel whose answers leave through the outbox."""
        self._channels.append(channel)
        self._sender.add(channel)

    async def start(self) -> None:
        """Open the channels and begin to serve; again: nothing happens."""
        if self._tasks:
            return
        self._tasks = [
            asyncio.create_task(work(), name=f"zhanggui {name}")
            for name, work in (
                ("changes", self.changes.run),
                ("dispatcher", self._dispatcher.run),
                ("sender", self._sender.run),
            )
        ]
        for channel in self._channels:
            await channel.start()
        log.info("runtime.started", owner=self._owner, channels=[c.name for c in self._channels])

    async def stop(self) -> None:
        """Stop serving; whatever is unfinished stays in the ledger."""
        tasks, self._tasks = self._tasks, []
        await self._dispatcher.close()
        self._sender.close()
        await self.changes.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        for channel in self._channels:
            await channel.close()
        if isinstance(self._doorbell, RedisDoorbell):
            await self._doorbell.close()
        await self._database.close()

    async def receive(self, message: InboundMessage) -> Receipt:
        """Record a verified message durably and wake up the dispatcher; then acknowledge it."""
        receipt = await self.ledger.record_inbound(message, owner=self._owner)
        if receipt.duplicate:
            return receipt
        if message.key.channel not in PULL_CHANNELS:
            await self._outbox.unpark(message.key)
        self._dispatcher.notice(message.key)
        await self.changes.ring()
        return receipt

    async def _changed(self) -> None:
        self._sender.poke()
        await self.changes.ring()


def attach(blueprint: Blueprint, on_new_message: OnNewMessage, channel: Channel | None) -> None:
    """Give a channel's blueprint the process's runtime; `channel` None: its shoppers pull.

    The first blueprint to start makes the runtime, the others join it.
    """

    async def join(app: Sanic, loop: Any) -> None:
        app.request_class = CarefulRequest
        app.config.GRACEFUL_SHUTDOWN_TIMEOUT = STOP_SECONDS
        if not hasattr(app.ctx, "zhanggui"):
            app.ctx.zhanggui = Runtime.from_env(on_new_message)
        if channel is not None:
            app.ctx.zhanggui.add_channel(channel)

    async def start(app: Sanic, loop: Any) -> None:
        await check_agent(app)
        await app.ctx.zhanggui.start()

    async def stop(app: Sanic, loop: Any) -> None:
        await app.ctx.zhanggui.stop()

    blueprint.listener("before_server_start")(join)
    blueprint.listener("after_server_start")(start)
    blueprint.listener("before_server_stop")(stop)


async def check_agent(app: Sanic) -> None:
    """Fail loudly where Rasa would go on quietly, and warm the model up.

    Rasa that cannot load its model serves without one: every message would end with a person.

    Raises:
        ConfigurationError: there is no tracker store of ours, or no model and no model server
            (`models` in endpoints.yml) that could still send one.
    """
    agent = app.ctx.agent
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if isinstance(store, InMemoryTrackerStore):
        raise ConfigurationError(
            "endpoints.yml: the tracker store could not be loaded and Rasa fell back to memory; "
            "expected type bot.tracker_store.LedgerTrackerStore with PYTHONPATH at the checkout"
        )
    if agent.is_ready():
        await agent.parse_message("你好")
    elif agent.model_server is None:
        raise ConfigurationError(
            "no model could be loaded (the reason stands above); make one with `make train`, and "
            "start Rasa with --model models"
        )
