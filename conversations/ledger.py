"""The ledger: every conversation and message, whatever the channel and whoever speaks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from conversations.errors import NotFound
from conversations.keys import ConversationKey
from conversations.messages import Choice, Content, InboundMessage, Kind, Sender, StoredMessage
from conversations.schema import (
    conversations,
    identities,
    inbox,
    messages,
    outbox,
    pictures,
)
from conversations.state import State

PULL_CHANNELS = frozenset({"web"})
"""Channels whose shoppers fetch the ledger themselves: nothing is pushed through the outbox."""

LEASE = timedelta(seconds=20)
"""How long a worker may be silent about a conversation before another one takes over."""

_PREVIEW_CHARACTERS = 80


@dataclass(frozen=True)
class Conversation:
    """A conversation as lists show it.

    `waiting_since` is the time of the oldest shopper message that nobody has answered yet while
    a person is expected to; `version` rises with each change of state or assignee.
    """

    key: ConversationKey
    state: State
    version: int
    assignee: str
    customer_id: str | None
    last_seq: int
    last_sender: str
    last_text: str
    waiting_since: datetime | None
    updated_at: datetime


@dataclass(frozen=True)
class Receipt:
    """What became of an inbound message: its number, or that it was here before."""

    seq: int
    duplicate: bool


class Ledger:
    """Reading and recording. State changes live in `handoffs`, bot turns in `turns`."""

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def record_inbound(self, message: InboundMessage, *, owner: str = "") -> Receipt:
        """Store a shopper's message and queue it for an answer: one transaction, once for ever.

        Args:
            message: what the channel verified and decoded.
            owner: a worker of this process; when given and nobody else works on the
                conversation, it is leased to that worker in the same transaction.
        """
        async with self._database.write() as connection:
            row = await open_conversation(connection, self._database, message.key, self._clock)
            now = self._clock()
            known = await connection.execute(
                sa.select(messages.c.seq).where(
                    messages.c.channel == message.key.channel,
                    messages.c.account == message.key.account,
                    messages.c.platform_message_id == message.platform_message_id,
                )
            )
            seq = known.scalar_one_or_none()
            if seq is not None:
                return Receipt(seq=seq, duplicate=True)
            seq = row.last_seq + 1
            await connection.execute(
                sa.insert(messages).values(
                    conversation=str(message.key),
                    seq=seq,
                    channel=message.key.channel,
                    account=message.key.account,
                    platform_message_id=message.platform_message_id,
                    sender=Sender.SHOPPER.value,
                    body=_dump(message.content),
                    at=now,
                )
            )
            await connection.execute(
                sa.insert(inbox).values(
                    conversation=str(message.key),
                    seq=seq,
                    choice_id=message.choice_id,
                    trigger=message.trigger,
                    received_at=now,
                )
            )
            if message.picture is not None:
                await connection.execute(
                    sa.insert(pictures).values(
                        id=message.picture.id,
                        conversation=str(message.key),
                        content_type=message.picture.content_type,
                        data=message.picture.data,
                        at=now,
                    )
                )
            changes: dict[str, object] = {
                "last_seq": seq,
                "last_sender": Sender.SHOPPER.value,
                "last_text": _preview(message.content),
                "updated_at": now,
            }
            if row.waiting_since is None:
                changes["waiting_since"] = now
            if owner and (row.lease_until is None or row.lease_until <= now):
                changes["lease_owner"] = owner
                changes["lease_until"] = now + LEASE
            await connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == str(message.key))
                .values(changes)
            )
        return Receipt(seq=seq, duplicate=False)

    async def pending(self, key: ConversationKey) -> int:
        """How many messages of this shopper still wait for the bot's first answer."""
        query = (
            sa.select(sa.func.count())
            .select_from(inbox)
            .where(inbox.c.conversation == str(key), inbox.c.kept == 0)
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    async def conversation(self, key: ConversationKey) -> Conversation | None:
        """The conversation, or None when this shopper never wrote."""
        async with self._database.read() as connection:
            rows = await connection.execute(_summaries().where(conversations.c.id == str(key)))
            row = rows.one_or_none()
        return None if row is None else _conversation(row)

    async def conversations(
        self, *, states: Sequence[State] = (), limit: int = 100
    ) -> Sequence[Conversation]:
        """Conversations in these states (all when empty), the latest changed first."""
        query = _summaries().order_by(conversations.c.updated_at.desc()).limit(limit)
        if states:
            query = query.where(conversations.c.state.in_([s.value for s in states]))
        async with self._database.read() as connection:
            return [_conversation(row) for row in await connection.execute(query)]

    async def changed_since(self, moment: datetime, *, limit: int = 500) -> Sequence[Conversation]:
        """Conversations with a message or state change after `moment`, oldest change first."""
        query = (
            _summaries()
            .where(conversations.c.updated_at > moment)
            .order_by(conversations.c.updated_at)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [_conversation(row) for row in await connection.execute(query)]

    async def history(
        self,
        key: ConversationKey,
        *,
        after: int | None = None,
        limit: int = 200,
        notes: bool = False,
    ) -> Sequence[StoredMessage]:
        """Messages with `seq > after`, oldest first; staff notes only when `notes`.

        Without `after` the newest `limit` messages are given, still oldest first.
        """
        query = sa.select(messages).where(
            messages.c.conversation == str(key), messages.c.seq > (after or 0)
        )
        if not notes:
            query = query.where(messages.c.sender != Sender.NOTE.value)
        order = messages.c.seq.desc() if after is None else messages.c.seq
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(order).limit(limit))).all()
        return sorted((_stored(key, row) for row in rows), key=lambda stored: stored.seq)

    async def message(self, key: ConversationKey, seq: int) -> StoredMessage:
        """One message.

        Raises:
            NotFound: the conversation has no message of that number.
        """
        query = sa.select(messages).where(
            messages.c.conversation == str(key), messages.c.seq == seq
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"conversation {key} has no message {seq}")
        return _stored(key, row)

    async def words(self, key: ConversationKey, seqs: Sequence[int]) -> Sequence[str]:
        """What the shopper wrote in those messages of theirs, as it was written, oldest first.

        Unmasked: for what must be passed on to the letter (an address) and be kept nowhere else.
        """
        query = (
            sa.select(messages.c.body)
            .where(
                messages.c.conversation == str(key),
                messages.c.seq.in_(seqs),
                messages.c.sender == Sender.SHOPPER.value,
            )
            .order_by(messages.c.seq)
        )
        async with self._database.read() as connection:
            bodies = (await connection.execute(query)).scalars().all()
        return [Content.from_json(json.loads(body)).text for body in bodies]


async def open_conversation(
    connection: AsyncConnection, database: Database, key: ConversationKey, clock: Clock
) -> sa.engine.Row:
    """The conversation's row, made if missing and locked until the transaction ends.

    Take the time of a change after this: readers of changes by their time must not have passed
    it while the transaction waited for the lock.
    """
    query = sa.select(conversations).where(conversations.c.id == str(key)).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        now = clock()
        await connection.execute(
            database.insert(conversations)
            .values(
                id=str(key),
                channel=key.channel,
                account=key.account,
                state=State.BOT.value,
                version=1,
                last_seq=0,
                created_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing()
        )
        row = (await connection.execute(query)).one()
    return row


async def append(
    connection: AsyncConnection,
    key: ConversationKey,
    *,
    first_seq: int,
    sender: Sender,
    contents: Sequence[Content],
    at: datetime,
    author: str = "",
    platform_message_id: str | None = None,
) -> None:
    """Add our side's messages from `first_seq` on, and queue them for delivery.

    The caller holds the conversation's row and updates its `last_seq`.
    """
    if not contents:
        return
    rows = []
    for offset, content in enumerate(contents):
        seq = first_seq + offset
        rows.append(
            {
                "conversation": str(key),
                "seq": seq,
                "channel": key.channel,
                "account": key.account,
                "platform_message_id": platform_message_id if offset == 0 else None,
                "sender": sender.value,
                "author": author,
                "body": _dump(with_choice_ids(content, seq)),
                "at": at,
            }
        )
    await connection.execute(sa.insert(messages), rows)
    if sender is not Sender.NOTE and key.channel not in PULL_CHANNELS:
        await connection.execute(
            sa.insert(outbox),
            [
                {
                    "conversation": str(key),
                    "seq": row["seq"],
                    "channel": key.channel,
                    "status": "pending",
                    "next_at": at,
                }
                for row in rows
            ],
        )


def last_words(sender: Sender, contents: Sequence[Content]) -> dict[str, object]:
    """What lists show of a conversation after these words; the house's notices do not count."""
    if not contents:
        return {}
    return {"last_sender": sender.value, "last_text": _preview(contents[-1])}


def with_choice_ids(content: Content, seq: int) -> Content:
    """The content with its choices numbered `<seq>.<n>`, unique within the conversation."""
    if not content.choices:
        return content
    numbered = tuple(
        Choice(title=choice.title, payload=choice.payload, id=f"{seq}.{number}")
        for number, choice in enumerate(content.choices, start=1)
    )
    return Content(
        text=content.text,
        kind=content.kind,
        choices=numbered,
        card=content.card,
        image=content.image,
    )


def _dump(content: Content) -> str:
    return json.dumps(content.to_json(), ensure_ascii=False, separators=(",", ":"))


def _preview(content: Content) -> str:
    text = content.text or ("[图片]" if content.kind is Kind.IMAGE else "")
    return text[:_PREVIEW_CHARACTERS]


def _summaries() -> sa.sql.Select:
    return sa.select(conversations, identities.c.customer_id).select_from(
        conversations.outerjoin(identities, identities.c.conversation == conversations.c.id)
    )


def _conversation(row: sa.engine.Row) -> Conversation:
    return Conversation(
        key=ConversationKey.parse(row.id),
        state=State(row.state),
        version=row.version,
        assignee=row.assignee,
        customer_id=row.customer_id,
        last_seq=row.last_seq,
        last_sender=row.last_sender,
        last_text=row.last_text,
        waiting_since=row.waiting_since,
        updated_at=row.updated_at,
    )


def _stored(key: ConversationKey, row: sa.engine.Row) -> StoredMessage:
    return StoredMessage(
        key=key,
        seq=row.seq,
        sender=Sender(row.sender),
        content=Content.from_json(json.loads(row.body)),
        at=row.at,
        author=row.author,
    )
