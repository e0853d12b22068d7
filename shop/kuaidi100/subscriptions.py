"""Has Kuaidi100 push the news of the parcels under way in the shop's own tables."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from conversations.database import Clock, Database, utc_now
from shop.carriers import to_kuaidi100
from shop.errors import ShopUnavailable
from shop.kuaidi100.api import Kuaidi100, NumberRefused, tail_of
from shop.rows import reading, writing
from shop.schema import UNSUBSCRIBED, orders, parcels
from shop.types import ParcelState

EVERY = 60.0  # seconds between two looks for new parcels
BATCH = 20
BETWEEN = 2.0  # seconds after a full batch: more are waiting
OLDEST = timedelta(days=60)
"""Parcels shipped before are not subscribed any more: they are lost, not under way."""

_LONGEST_PAUSE = 600.0
_FIRST_DELAY = timedelta(minutes=5)  # after a number was refused; doubled each time
_LONGEST_DELAY = timedelta(hours=12)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Parcel:
    """What a subscription says of it."""

    id: str
    carrier_code: str
    waybill: str
    phone: str
    tries: int


class Subscriptions:
    """Subscribes each parcel once, until it is told to stop.

    What Kuaidi100 agreed to is kept with the parcel. A crash in between has it asked again, which
    it takes for the same subscription.

    Args:
        database: holds the tables of `shop.schema`.
        kuaidi100: takes the subscriptions.
        callback_url: where `shop.kuaidi100.pushes` answers, as Kuaidi100 reaches it.
        sender_phone: the phone on the shop's own waybills, for receivers whose number is hidden.
        every: seconds between two looks.
        between: seconds after a full batch; doubled for each look that fails.
        clock: the present moment, with a zone.
    """

    def __init__(
        self,
        *,
        database: Database,
        kuaidi100: Kuaidi100,
        callback_url: str,
        sender_phone: str = "",
        every: float = EVERY,
        between: float = BETWEEN,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._kuaidi100 = kuaidi100
        self._callback_url = callback_url
        self._sender_phone = sender_phone
        self._every = every
        self._between = between
        self._clock = clock
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask `run` to end. The number it is asking for is finished first."""
        self._stopping.set()

    async def run(self) -> None:
        """Look for parcels and subscribe them until `stop`."""
        pause = self._between
        while not self._stopping.is_set():
            try:
                more = await self.batch()
            except ShopUnavailable as error:
                pause = min(pause * 2, _LONGEST_PAUSE)
                log.warning("kuaidi100.not_subscribing", seconds=pause, reason=str(error))
                await self._idle(pause)
            else:
                pause = self._between
                await self._idle(self._between if more else self._every)

    async def batch(self) -> bool:
        """Subscribe the newest parcels that are due; whether more may be waiting.

        Raises:
            ShopUnavailable: the database or Kuaidi100 does not answer, or Kuaidi100 refuses us.
        """
        due = await self._due()
        done = 0
        try:
            for parcel in due:
                if self._stopping.is_set():
                    break
                done += await self._subscribe(parcel)
        finally:
            if done:
                log.info("kuaidi100.subscribed", parcels=done)
        return len(due) == BATCH

    async def _due(self) -> list[_Parcel]:
        now = self._clock()
        query = (
            sa.select(
                parcels.c.id,
                parcels.c.carrier_code,
                parcels.c.waybill,
                orders.c.phone,
                parcels.c.subscription_tries.label("tries"),
            )
            .select_from(parcels.join(orders))
            .where(
                UNSUBSCRIBED,
                parcels.c.shipped_at >= now - OLDEST,
                parcels.c.state != ParcelState.RETURNED.value,
                sa.or_(parcels.c.subscription_due.is_(None), parcels.c.subscription_due <= now),
            )
            .order_by(parcels.c.shipped_at.desc())
            .limit(BATCH)
        )
        async with reading(self._database) as connection:
            return [_Parcel(**row._mapping) for row in await connection.execute(query)]

    async def _subscribe(self, parcel: _Parcel) -> bool:
        """Whether Kuaidi100 agreed. A number that it refuses is asked for again much later."""
        try:
            await self._kuaidi100.subscribe(
                to_kuaidi100(parcel.carrier_code),
                parcel.waybill,
                callback_url=self._callback_url,
                phone=parcel.phone if tail_of(parcel.phone) else self._sender_phone,
                deadline=self._kuaidi100.deadline(),
            )
        except NumberRefused as error:
            log.warning("kuaidi100.number_not_subscribed", reason=str(error))
            delay = min(_FIRST_DELAY * 2 ** min(parcel.tries, 10), _LONGEST_DELAY)
            await self._note(
                parcel,
                subscription_tries=parcel.tries + 1,
                subscription_due=self._clock() + delay,
            )
            return False
        await self._note(parcel, subscribed_at=self._clock())
        return True

    async def _note(self, parcel: _Parcel, **values: Any) -> None:
        this = parcels.c.id == parcel.id
        async with writing(self._database) as connection:
            await connection.execute(sa.update(parcels).where(this).values(values))

    async def _idle(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except asyncio.TimeoutError:
            return
