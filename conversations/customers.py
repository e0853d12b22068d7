"""One customer, several channels: which conversation belongs to whom."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from conversations.database import Clock, Database, utc_now
from conversations.keys import ConversationKey
from conversations.schema import identities


class CustomerIdentities:
    """The verified links between conversation keys and the shop's customers.

    A link is written only by code that knows it for sure: a connector whose platform vouches for
    the user, a web session opened by the shop's own page, the demo loader.
    """

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def customer_of(self, key: ConversationKey) -> str | None:
        """The customer's id, or None when nobody has vouched for this user."""
        query = sa.select(identities.c.customer_id).where(identities.c.conversation == str(key))
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def keys_of(self, customer_id: str) -> Sequence[ConversationKey]:
        """All the channels on which this customer talks with the shop."""
        query = (
            sa.select(identities.c.conversation)
            .where(identities.c.customer_id == customer_id)
            .order_by(identities.c.conversation)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [ConversationKey.parse(row) for row in rows]

    async def link(self, links: Sequence[tuple[ConversationKey, str]]) -> None:
        """Remember that these conversations belong to these customers (again: no change)."""
        if not links:
            return
        now = self._clock()
        insert = self._database.insert(identities)
        statement = insert.on_conflict_do_update(
            index_elements=[identities.c.conversation],
            set_={"customer_id": insert.excluded.customer_id},
        )
        rows = [
            {"conversation": str(key), "customer_id": customer_id, "linked_at": now}
            for key, customer_id in links
        ]
        async with self._database.write() as connection:
            await connection.execute(statement, rows)
