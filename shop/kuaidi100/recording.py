"""Pushed news in the shop's own tables: answers and estimates then know it without asking."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from shop.carriers import from_kuaidi100, name_of, to_kuaidi100
from shop.kuaidi100.api import Tracking
from shop.kuaidi100.states import News, Push
from shop.notices import NoticeBook
from shop.rows import parcel_of, reading
from shop.schema import parcels, trace_nodes
from shop.types import ParcelState, TraceNode
from shop.waybills import canonical

SOURCE = "kuaidi100"
"""The name of these pushes in the notice book."""


class RecordedPushes:
    """`shop.kuaidi100.pushes.PushSink` over the tables of `shop.schema`.

    Args:
        book: knows the pushes that were recorded; its database is the one written to.
        clock: the present moment, with a zone.
    """

    def __init__(self, *, book: NoticeBook, clock: Clock = utc_now) -> None:
        self._book = book
        self._clock = clock

    async def record(self, push: Push) -> bool:
        """Write the news to the newest parcel of that number; False when it was known.

        A number that no parcel has changes nothing. Neither does a trace that is older than the
        recorded one: pushes that were tried again come late.
        """

        async def write(connection: AsyncConnection) -> None:
            await _write(connection, push.news, at=self._clock())

        return await self._book.take(SOURCE, push.id, write)


class RecordedTraces:
    """What Kuaidi100 last told of a parcel, to whichever process it was.

    Args:
        database: holds the tables of `shop.schema`.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def of(self, parcel_id: str) -> Tracking | None:
        """The trace of the shop's own parcel of that id; None when Kuaidi100 told none.

        Whose parcel it is, the caller has checked.

        Raises:
            ShopUnavailable: the database does not answer.
        """
        query = (
            sa.select(parcels, *(column.label(f"node_{column.name}") for column in trace_nodes.c))
            .select_from(parcels.join(trace_nodes))
            .where(parcels.c.id == parcel_id, parcels.c.told_at.is_not(None))
            .order_by(trace_nodes.c.seq)
        )
        async with reading(self._database) as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return None
        parcel = parcel_of(rows)
        com = to_kuaidi100(parcel.carrier_code)
        return Tracking(trace=parcel.trace, as_of=rows[0].told_at, com=com)


async def _write(connection: AsyncConnection, news: News, *, at: datetime) -> None:
    query = (
        sa.select(parcels.c.id)
        .where(parcels.c.waybill == canonical(news.number))
        .order_by(parcels.c.shipped_at.desc(), parcels.c.id)
        .limit(1)
        .with_for_update()
    )
    parcel_id = (await connection.execute(query)).scalar_one_or_none()
    if parcel_id is None:
        return
    this = parcels.c.id == parcel_id
    code = from_kuaidi100(news.com) if news.corrected else ""
    if code:
        await connection.execute(
            sa.update(parcels).where(this).values(carrier_code=code, carrier=name_of(code))
        )
    of_this = trace_nodes.c.parcel_id == parcel_id
    newest = sa.select(sa.func.max(trace_nodes.c.at)).where(of_this)
    recorded = (await connection.execute(newest)).scalar_one_or_none()
    if not news.trace or (recorded is not None and news.trace[-1].at < recorded):
        return
    await connection.execute(sa.delete(trace_nodes).where(of_this))
    await connection.execute(
        sa.insert(trace_nodes),
        [_row(parcel_id, seq, node) for seq, node in enumerate(news.trace)],
    )
    signed = [node.at for node in news.trace if node.state is ParcelState.SIGNED]
    await connection.execute(
        sa.update(parcels)
        .where(this)
        .values(
            state=news.trace[-1].state.value,
            signed_at=signed[-1] if signed else None,
            told_at=at,
        )
    )


def _row(parcel_id: str, seq: int, node: TraceNode) -> dict[str, object]:
    return {
        "parcel_id": parcel_id,
        "seq": seq,
        "at": node.at,
        "state": node.state.value,
        "city": node.city,
        "text": node.text,
    }
