"""What follows from a message of TOP in the shop's own tables: copies and returns catch up.

A message says only that something happened. TOP is asked what holds now, so that messages may
come twice and in any order.
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, utc_now
from shop.copies import Copies
from shop.gateway import Logistics
from shop.notices import Write
from shop.schema import DEAD_RETURN_STATES, returns
from shop.taobao.buyers import Buyers
from shop.taobao.client import TopClient
from shop.taobao.refunds import Refund, ask_refund
from shop.taobao.tmc import Hint
from shop.taobao.trades import TaobaoOrders
from shop.types import ReturnState

_DEAD = frozenset(ReturnState(state) for state in DEAD_RETURN_STATES)
_WAY = (
    ReturnState.APPLIED,
    ReturnState.AWAITING_PARCEL,
    ReturnState.IN_TRANSIT,
    ReturnState.RECEIVED,
    ReturnState.REFUNDED,
)

log = structlog.get_logger(__name__)


class CatchUp:
    """`shop.taobao.tmc.Handler`: orders that were copied, and the returns opened for them.

    An order that was never copied is nobody's business here: its next question goes to TOP.

    Args:
        client: calls TOP.
        buyers: which buyers a customer is; another buyer's refund changes nothing.
        orders: finds the customer's own trades.
        logistics: their parcels.
        copies: the copied orders.
        clock: the present moment, with a zone.
    """

    def __init__(
        self,
        *,
        client: TopClient,
        buyers: Buyers,
        orders: TaobaoOrders,
        logistics: Logistics,
        copies: Copies,
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._buyers = buyers
        self._orders = orders
        self._logistics = logistics
        self._copies = copies
        self._clock = clock

    async def __call__(self, hint: Hint) -> Write | None:
        """What is to be written, None for nothing.

        Raises:
            ShopUnavailable: TOP or the database does not answer.
        """
        customer_id = await self._copies.customer_of(hint.tid)
        if hint.tid and customer_id is None:
            return None
        asked_at = self._clock()
        refund = await self._refund(hint, customer_id) if hint.refund_id else None
        tid = refund.tid if refund is not None else hint.tid
        customer_id = await self._copies.customer_of(tid)
        if customer_id is None:
            return None
        if refund is not None and refund.buyer not in await self._buyers(customer_id):
            log.error("tmc.refund_of_another_buyer", topic=hint.topic)
            return None
        order = await self._orders.order(customer_id, tid)  # None once it is three months old
        parcels = await self._logistics.parcels(customer_id, tid)

        async def write(connection: AsyncConnection) -> None:
            if order is not None and order.lines:
                await self._copies.write(connection, order, parcels, asked_at=asked_at)
            if refund is not None:
                await _follow(connection, refund)

        return write

    async def _refund(self, hint: Hint, customer_id: str | None) -> Refund | None:
        """Asked for where the customer buys; at every account when the message names no trade."""
        accounts = self._client.accounts
        if customer_id is not None:
            bought_at = {buyer.account for buyer in await self._buyers(customer_id)}
            accounts = tuple(account for account in accounts if account in bought_at)
        return await ask_refund(self._client, hint.refund_id, accounts=accounts)


def followed(current: ReturnState, told: ReturnState, *, newer: bool) -> ReturnState:
    """The state of a return of ours after Taobao told the state of a refund for the same line.

    Nothing goes back on its way, for the shop may have agreed to it or received it before Taobao
    knew; paid back is the end. `newer` tells that the refund was applied for after the return was
    opened: only such a one can end it, or open it again.
    """
    if current is ReturnState.REFUNDED or told is ReturnState.REFUNDED:
        return ReturnState.REFUNDED
    if told in _DEAD or current in _DEAD:
        return told if newer else current
    return max(current, told, key=_WAY.index)


async def _follow(connection: AsyncConnection, refund: Refund) -> None:
    """Write the state to the line's return: the live one, or else the newest."""
    if refund.state is None:
        return
    query = (
        sa.select(returns.c.number, returns.c.state, returns.c.created_at)
        .where(returns.c.order_id == refund.tid, returns.c.line_id == refund.oid)
        .order_by(returns.c.state.in_(DEAD_RETURN_STATES), returns.c.created_at.desc())
        .limit(1)
        .with_for_update()
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return
    newer = refund.created_at >= row.created_at
    state = followed(ReturnState(row.state), refund.state, newer=newer)
    values: dict[str, object] = {"state": state.value}
    if refund.state is ReturnState.REFUNDED and refund.fee:
        values["refund"] = refund.fee  # what was paid back in the end
    this = returns.c.number == row.number
    await connection.execute(sa.update(returns).where(this).values(values))
    if state.value != row.state:
        log.info("tmc.return_followed", state=state.value)
