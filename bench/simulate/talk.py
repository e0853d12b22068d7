"""One conversation over the web channel, and what the ledger says of it."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import Any

import aiohttp
import sqlalchemy as sa

from conversations import schema
from conversations.database import Database
from conversations.errors import ZhangguiError
from conversations.state import State

ANSWER_SECONDS = 90
_LOOK_AGAIN = 0.06  # seconds


class NoAnswer(ZhangguiError):
    """A message got no answer in time."""


@dataclass(frozen=True)
class Said:
    """A message of the conversation as a shopper sees it. `rows` are those of its card."""

    seq: int
    sender: str
    kind: str
    text: str
    options: tuple[str, ...] = ()
    card: str = ""
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> str:
        """All that can be read on it."""
        rows = (f"{name}：{value}" for name, value in self.rows)
        return "\n".join(part for part in (self.text, self.card, *rows) if part)


@dataclass(frozen=True)
class Handoff:
    """That a person was asked for: the reason's code and words."""

    reason: str
    text: str


class Talk:
    """A shopper's session."""

    def __init__(
        self, *, url: str, session: aiohttp.ClientSession, database: Database, token: str, key: str
    ) -> None:
        self._url = f"{url}/webhooks/web/messages"
        self._pictures = f"{url}/webhooks/web/pictures"
        self._session = session
        self._database = database
        self._headers = {"Authorization": f"Bearer {token}"}
        self._seen = 0
        self.key = key
        self.heard: list[Said] = []

    @classmethod
    async def open(
        cls, *, url: str, session: aiohttp.ClientSession, database: Database, customer: str
    ) -> Talk:
        """A new session of that customer."""
        body = {"demo_customer": customer}
        async with session.post(f"{url}/webhooks/web/sessions", json=body) as response:
            response.raise_for_status()
            answer = await response.json()
        return cls(
            url=url,
            session=session,
            database=database,
            token=answer["token"],
            key=answer["conversation"],
        )

    async def send(self, text: str, *, id: str = "") -> str:
        """Send; returns the message's id, with which it can be sent again."""
        id = id or uuid.uuid4().hex
        body = {"id": id, "text": text}
        async with self._session.post(self._url, json=body, headers=self._headers) as response:
            response.raise_for_status()
        return id

    async def show(self, picture: bytes) -> None:
        """Send a picture."""
        query = {"id": uuid.uuid4().hex}
        async with self._session.post(
            self._pictures, params=query, data=picture, headers=self._headers
        ) as response:
            response.raise_for_status()

    async def answers(self) -> tuple[Said, ...]:
        """What has come since the last time, once nothing of hers waits any more.

        Raises:
            NoAnswer: the house does not get through her messages.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        while await self._waiting():
            if time.monotonic() > deadline:
                raise NoAnswer(f"no answer within {ANSWER_SECONDS} s: {self.key}")
            await asyncio.sleep(_LOOK_AGAIN)
        query = {"after": str(self._seen), "wait": "0"}
        async with self._session.get(self._url, params=query, headers=self._headers) as response:
            response.raise_for_status()
            found = [_said(message) for message in (await response.json())["messages"]]
        self._seen = max((one.seq for one in found), default=self._seen)
        self.heard += found
        return tuple(one for one in found if one.sender != "shopper")

    async def state(self) -> State:
        """Who answers her next message."""
        query = sa.select(schema.conversations.c.state).where(schema.conversations.c.id == self.key)
        async with self._database.read() as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        return State(found) if found else State.BOT

    async def handoffs(self) -> tuple[Handoff, ...]:
        """The requests for a person, oldest first."""
        handoffs = schema.handoffs
        query = (
            sa.select(handoffs.c.reason, handoffs.c.reason_text)
            .where(handoffs.c.conversation == self.key)
            .order_by(handoffs.c.requested_at)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(Handoff(row.reason, row.reason_text) for row in rows)

    async def _waiting(self) -> bool:
        mine = (schema.inbox.c.conversation == self.key, schema.inbox.c.kept == 0)
        query = sa.select(sa.func.count()).where(*mine)
        async with self._database.read() as connection:
            return bool((await connection.execute(query)).scalar_one())


def _said(message: dict[str, Any]) -> Said:
    card = message.get("card") or {}
    return Said(
        seq=message["seq"],
        sender=message["from"],
        kind=message["kind"],
        text=message["text"],
        options=tuple(choice["title"] for choice in message["choices"]),
        card=" ".join(part for part in (card.get("title"), card.get("subtitle")) if part),
        rows=tuple((row[0], row[1]) for row in card.get("rows", ())),
    )
