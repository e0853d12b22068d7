"""Notices that outside systems deliver at least once, each taken into account once.

The mark that a notice is known and what follows from it are one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from shop.errors import ShopUnavailable
from shop.schema import notices

KEPT = timedelta(days=30)
"""How long a notice is remembered; far longer than any system delivers one again."""

Write = Callable[[AsyncConnection], Awaitable[None]]
"""What follows from a notice, written inside the transaction that marks it."""


class NoticeBook:
    """Which notices are known.

    Args:
        database: holds the tables of `shop.schema`.
        clock: the present moment, with a zone.
    """

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def forget_old(self) -> None:
        """Forget what is older than `KEPT`.

        Raises:
            ShopUnavailable: the database does not answer.
        """
        old = sa.delete(notices).where(notices.c.at < self._clock() - KEPT)
        try:
            async with self._database.write() as connection:
                await connection.execute(old)
        except (OperationalError, InterfaceError, TimeoutError, OSError) as error:
            raise _unavailable(error) from error

    async def known(self, source: str, ids: Collection[str]) -> frozenset[str]:
        """Those of these notices that were taken into account already.

        Raises:
            ShopUnavailable: the database does not answer.
        """
        query = sa.select(notices.c.id).where(
            notices.c.source == source, notices.c.id.in_(list(ids))
        )
        try:
            async with self._database.read() as connection:
                return frozenset((await connection.execute(query)).scalars())
        except (OperationalError, InterfaceError, TimeoutError, OSError) as error:
            raise _unavailable(error) from error

    async def take(self, source: str, id: str, write: Write | None) -> bool:
        """Mark the notice and write what follows from it; False when it was known: no change.

        Raises:
            ShopUnavailable: the database does not answer. Nothing was marked or written.
        """
        mark = (
            self._database.insert(notices)
            .values(source=source, id=id, at=self._clock())
            .on_conflict_do_nothing()
        )
        try:
            async with self._database.write() as connection:
                if not (await connection.execute(mark)).rowcount:
                    return False
                if write is not None:
                    await write(connection)
                return True
        except (OperationalError, InterfaceError, TimeoutError, OSError) as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> ShopUnavailable:
    return ShopUnavailable(f"the shop's database does not answer: {type(error).__name__}")
