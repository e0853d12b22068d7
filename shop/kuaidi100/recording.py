"""Pushed news into the shop's own tables: answers and estimates then know it without asking."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.carriers import from_kuaidi100, name_of
from shop.kuaidi100.states import News, Push
from shop.notices import NoticeBook
from shop.schema import parcels, trace_nodes
from shop.types import ParcelState, TraceNode
from shop.waybills import canonical

SOURCE = "kuaidi100"
"""The name of these pushes in the notice book."""


class RecordedPushes:
    """`shop.kuaidi100.pushes.PushSink` over the tables of `shop.schema`.

    Args:
        book: knows the pushes that were recorded; its database is the one written to.
    """

    def __init__(self, *, book: NoticeBook) -> None:
        self._book = book

    async def record(self, push: Push) -> bool:
        """Write the news to the newest parcel of that number; False when it was known.

        A number that no parcel has changes nothing. Neither does a trace that is older than the
        recorded one: pushes that were tried again come late.
        """

        async def write(connection: AsyncConnection) -> None:
            await _write(connection, push.news)

        return await self._book.take(SOURCE, push.id, write)


async def _write(connection: AsyncConnection, news: News) -> None:
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
        .values(state=news.trace[-1].state.value, signed_at=signed[-1] if signed else None)
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
