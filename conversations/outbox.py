"""The queue towards the platforms: what must still reach a shopper, in order per conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from conversations.database import Clock, Database, utc_now
from conversations.keys import ConversationKey
from conversations.ledger import LEASE
from conversations.schema import outbox

MAX_ATTEMPTS = 8


@dataclass(frozen=True)
class Outgoing:
    """One message of ours on its way out, leased to a sender."""

    id: int
    key: ConversationKey
    seq: int
    attempts: int


class Outbox:
    """Pending messages leave in order; a failing one holds back those behind it."""

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def claim(
        self, owner: str, channels: Sequence[str], *, limit: int = 50
    ) -> Sequence[Outgoing]:
        """Lease the messages due now, at most the first unsent one of each conversation."""
        async with self._database.read() as connection:
            if (await connection.execute(_due(channels, self._clock(), limit=1))).first() is None:
                return []
        async with self._database.write() as connection:
            now = self._clock()
            due = _due(channels, now, limit=limit).with_for_update(skip_locked=True, of=outbox)
            rows = (await connection.execute(due)).all()
            if rows:
                await connection.execute(
                    sa.update(outbox)
                    .where(outbox.c.id.in_([row.id for row in rows]))
                    .values(lease_owner=owner, lease_until=now + LEASE)
                )
        return [
            Outgoing(
                id=row.id,
                key=ConversationKey.parse(row.conversation),
                seq=row.seq,
                attempts=row.attempts,
            )
            for row in rows
        ]

    async def sent(self, item: Outgoing) -> None:
        """The platform accepted it."""
        await self._update(item, status="sent", error="")

    async def retry(self, item: Outgoing, *, after: float, error: str) -> None:
        """Try again in `after` seconds; after MAX_ATTEMPTS it has failed."""
        if item.attempts + 1 >= MAX_ATTEMPTS:
            await self.failed(item, error=error)
            return
        await self._update(
            item,
            next_at=self._clock() + timedelta(seconds=after),
            attempts=item.attempts + 1,
            error=error,
        )

    async def park(self, item: Outgoing, *, error: str) -> None:
        """Keep it until the shopper writes again (the platform's quota is used up)."""
        await self._update(item, status="parked", error=error)

    async def failed(self, item: Outgoing, *, error: str) -> None:
        """It will never arrive, or may have arrived: it is not sent again."""
        await self._update(item, status="failed", error=error)

    async def unpark(self, key: ConversationKey) -> None:
        """The shopper wrote: what was parked may leave now."""
        parked = sa.select(outbox.c.id).where(
            outbox.c.conversation == str(key), outbox.c.status == "parked"
        )
        async with self._database.read() as connection:
            if (await connection.execute(parked.limit(1))).first() is None:
                return
        async with self._database.write() as connection:
            await connection.execute(
                sa.update(outbox)
                .where(outbox.c.conversation == str(key), outbox.c.status == "parked")
                .values(status="pending", next_at=self._clock())
            )

    async def _update(self, item: Outgoing, **columns: object) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                sa.update(outbox)
                .where(outbox.c.id == item.id)
                .values(lease_owner="", lease_until=None, **columns)
            )


def _due(channels: Sequence[str], now: datetime, *, limit: int) -> sa.sql.Select:
    """The messages to send now: of each conversation at most the first that is unsent."""
    earlier = outbox.alias("earlier")
    return (
        sa.select(outbox.c.id, outbox.c.conversation, outbox.c.seq, outbox.c.attempts)
        .where(
            outbox.c.status == "pending",
            outbox.c.channel.in_(channels),
            outbox.c.next_at <= now,
            sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
            ~sa.exists().where(
                earlier.c.conversation == outbox.c.conversation,
                earlier.c.status.in_(("pending", "parked")),
                earlier.c.seq < outbox.c.seq,
            ),
        )
        .order_by(outbox.c.id)
        .limit(limit)
    )
