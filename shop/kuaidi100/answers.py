"""What Kuaidi100 answered, shared by all processes over one database.

Kuaidi100 locks a number that is asked for too often, whoever of us asks: the desk after the bot,
the bot after its restart.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
import structlog

from conversations.database import Clock, Database, utc_now
from shop.errors import ShopUnavailable
from shop.kuaidi100.api import Kept, Tracking
from shop.rows import reading, writing
from shop.schema import tracked
from shop.types import ParcelState, TraceNode

KEPT = timedelta(days=1)
"""How long an answer stays: a number that is locked keeps its older one."""

log = structlog.get_logger(__name__)


class SharedAnswers:
    """`shop.kuaidi100.api.Answers` over the tables of `shop.schema`.

    Args:
        database: holds the tables.
        clock: the present moment, with a zone.
    """

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def get(self, number: str) -> Kept | None:
        """The last answer; None when nothing is known or the database does not answer."""
        query = sa.select(tracked).where(tracked.c.number == number)
        try:
            async with reading(self._database) as connection:
                row = (await connection.execute(query)).one_or_none()
        except ShopUnavailable:
            log.warning("kuaidi100.answers_not_read")
            return None
        if row is None:
            return None
        trace = tuple(_node(written) for written in row.trace)
        return Kept(Tracking(trace=trace, as_of=row.as_of, com=row.com), until=row.until)

    async def put(self, number: str, kept: Kept) -> None:
        """Write the answer over the last one, and forget those older than `KEPT`."""
        tracking = kept.tracking
        row = {
            "number": number,
            "com": tracking.com[:64],
            "trace": [_written(node) for node in tracking.trace],
            "as_of": tracking.as_of,
            "until": kept.until,
        }
        insert = self._database.insert(tracked).values(row)
        changed = {name: insert.excluded[name] for name in row if name != "number"}
        old = sa.delete(tracked).where(tracked.c.as_of < self._clock() - KEPT)
        try:
            async with writing(self._database) as connection:
                await connection.execute(old)
                await connection.execute(
                    insert.on_conflict_do_update(index_elements=["number"], set_=changed)
                )
        except ShopUnavailable:
            log.warning("kuaidi100.answers_not_written")


def _written(node: TraceNode) -> list[Any]:
    return [node.at.timestamp(), node.state.value, node.city, node.text]


def _node(written: list[Any]) -> TraceNode:
    at, state, city, text = written
    moment = datetime.fromtimestamp(at, timezone.utc)
    return TraceNode(at=moment, state=ParcelState(state), city=city, text=text)
