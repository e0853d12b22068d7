"""After-sales of TOP's trades: refunds as our returns, eligibility by the shop's own rules.

TOP has no call by which a shop applies for the buyer: `open_return` says where to apply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone

import structlog

from conversations.database import Clock, utc_now
from shop import policies
from shop.errors import NotAllowed
from shop.gateway import Logistics
from shop.policies import Policy
from shop.shipped import line_of, with_parcels
from shop.taobao.buyers import Buyer, Buyers
from shop.taobao.client import NO_SUCH, TopClient, TopError
from shop.taobao.reading import Fields, fen, flag, identity, items, moment, readable, text
from shop.taobao.trades import PAGE, TaobaoOrders
from shop.types import Address, Eligibility, Return, ReturnReason, ReturnState

RECEIVED = "taobao.refunds.receive.get"
ONE = "taobao.refund.get"
_TOLD = "refund_id,tid,oid,status,refund_fee,created,buyer_nick,buyer_open_uid"
_LISTED = (
    "refund_id,tid,oid,status,good_status,has_good_return,refund_fee,reason,created,buyer_nick,"
    "buyer_open_uid"
)
_DETAILS = f"{_LISTED},refund_remind_timeout"
_STATES = {
    "WAIT_SELLER_AGREE": ReturnState.APPLIED,
    "EXCHANGE_TRANSFORM_TO_REFUND": ReturnState.APPLIED,
    "WAIT_BUYER_RETURN_GOODS": ReturnState.AWAITING_PARCEL,
    "WAIT_SELLER_CONFIRM_GOODS": ReturnState.IN_TRANSIT,
    "WAIT_SELLER_CONSIGN_GOODS": ReturnState.RECEIVED,
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": ReturnState.RECEIVED,
    "SELLER_REFUSE_BUYER": ReturnState.REFUSED,
    "CLOSED": ReturnState.CANCELLED,
    "SUCCESS": ReturnState.REFUNDED,
}
# What buyers choose in Taobao, by the words in it; the first that fits.
_REASONS = (
    ("不想要|不喜欢|拍错|多拍|七天无理由|7天无理由", ReturnReason.NO_LONGER_WANTED),
    ("尺码|尺寸|大小|不合适|码数", ReturnReason.WRONG_SIZE),
    ("破损|损坏|变形|污渍|少件", ReturnReason.DAMAGED),
    ("错发|发错|漏发", ReturnReason.WRONG_ITEM),
    ("描述不符|不符|色差|假冒", ReturnReason.NOT_AS_DESCRIBED),
    ("质量|做工|瑕疵|开线|故障|掉色|起球", ReturnReason.QUALITY),
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Refund:
    """What TOP says of a refund now. `state` None: a status that is not known; `fee` in fen."""

    buyer: Buyer
    tid: str
    oid: str
    state: ReturnState | None
    fee: int
    created_at: datetime


async def ask_refund(
    client: TopClient, refund_id: str, *, accounts: Iterable[str]
) -> Refund | None:
    """That refund, at whichever of these accounts of the shop it is; None when none has it.

    Raises:
        ShopUnavailable: TOP does not answer, or its answer cannot be read.
    """
    params = {"fields": _TOLD, "refund_id": refund_id}
    for account in accounts:
        try:
            answer = await client.call(ONE, params, account=account, deadline=client.deadline())
        except TopError as error:
            if error.code == NO_SUCH and error.sub_code.startswith("isv."):
                continue
            raise
        with readable(ONE):
            return _refund(answer["refund"], account)
    return None


class TaobaoAfterSales:
    """`shop.gateway.AfterSales` over TOP.

    Args:
        client: calls TOP.
        buyers: which buyers a customer is.
        orders: the customer's orders.
        logistics: their parcels, which tell when something was signed for.
        policies: the rules in force.
        clock: the present moment, with a zone.
    """

    def __init__(
        self,
        *,
        client: TopClient,
        buyers: Buyers,
        orders: TaobaoOrders,
        logistics: Logistics,
        policies: Callable[[], Policy],
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._buyers = buyers
        self._orders = orders
        self._logistics = logistics
        self._policies = policies
        self._clock = clock

    async def eligibility(
        self, customer_id: str, order_id: str, line_id: str, reason: ReturnReason | None
    ) -> Eligibility:
        """What the shop's rules say. Never `allowed` here: what they allow is applied for there."""
        judged = await self._judge(customer_id, order_id, line_id, reason)
        if not judged.allowed:
            return judged
        rule = judged.rule + self._policies().sentences["apply_on_taobao"]
        return replace(judged, allowed=False, rule=rule, other_reasons=())

    async def open_return(
        self,
        customer_id: str,
        order_id: str,
        line_id: str,
        reason: ReturnReason,
        *,
        idempotency_key: str,
    ) -> Return:
        """Always refused, with the rule that forbids it or the way to apply."""
        answer = await self.eligibility(customer_id, order_id, line_id, reason)
        raise NotAllowed(answer.rule)

    async def returns(self, customer_id: str) -> Sequence[Return]:
        """The customer's refunds, newest first, at most 100 for each account."""
        deadline = self._client.deadline()
        buyers = await self._buyers(customer_id)
        pages = await asyncio.gather(
            *(self._received(buyer, customer_id, deadline=deadline) for buyer in buyers)
        )
        found = [back for page in pages for back in page]
        return tuple(sorted(found, key=lambda back: back.created_at, reverse=True))

    async def return_address(self) -> Address:
        """Where returns go."""
        return self._policies().return_address

    async def _judge(
        self, customer_id: str, order_id: str, line_id: str, reason: ReturnReason | None
    ) -> Eligibility:
        order, _ = line_of(await self._orders.order(customer_id, order_id), line_id)
        parcels = await self._logistics.parcels(customer_id, order_id)
        order, line = line_of(with_parcels(order, parcels), line_id)
        return policies.eligibility(order, line, reason, self._policies(), self._clock())

    async def _received(self, buyer: Buyer, customer_id: str, *, deadline: float) -> list[Return]:
        params = {
            "fields": _LISTED,
            "buyer_open_uid": buyer.open_uid,
            "page_no": "1",
            "page_size": str(PAGE),
            "use_has_next": "true",
        }
        answer = await self._client.call(RECEIVED, params, account=buyer.account, deadline=deadline)
        with readable(RECEIVED):
            listed = [
                fields
                for fields in items(answer, "refunds", "refund")
                if fields.get("buyer_open_uid") == buyer.open_uid and _known(fields)
            ]
        detailed = await asyncio.gather(
            *(self._detailed(fields, buyer, deadline=deadline) for fields in listed)
        )
        with readable(RECEIVED):
            return [self._return(fields, customer_id) for fields in detailed]

    async def _detailed(self, fields: Fields, buyer: Buyer, *, deadline: float) -> Fields:
        """With the day by which the parcel must be sent, where that matters."""
        if _STATES[text(fields, "status")] is not ReturnState.AWAITING_PARCEL:
            return fields
        with readable(RECEIVED):
            params = {"fields": _DETAILS, "refund_id": identity(fields["refund_id"])}
        answer = await self._client.call(ONE, params, account=buyer.account, deadline=deadline)
        with readable(ONE):
            refund: Fields = answer["refund"]
            same = refund.get("buyer_open_uid") == buyer.open_uid and _known(refund)
            return refund if same else fields

    def _return(self, fields: Fields, customer_id: str) -> Return:
        policy = self._policies()
        created_at = moment(fields["created"])
        if created_at is None:
            raise ValueError("no time of creation")
        reason = reason_of(text(fields, "reason"))
        remind = fields.get("refund_remind_timeout") or {}
        timeout = moment(remind.get("timeout")) if flag(remind, "exist_timeout") else None
        return Return(
            number=identity(fields["refund_id"]),
            order_id=identity(fields["tid"]),
            line_id=identity(fields["oid"]),
            customer_id=customer_id,
            reason=reason,
            refund=fen(fields.get("refund_fee")),
            shipping_paid_by="shop" if reason in policy.shop_pays else "shopper",
            state=_STATES[text(fields, "status")],
            return_address=policy.return_address,
            created_at=created_at,
            send_by=timeout or _send_by(created_at, policy),
        )


def _refund(fields: Fields, account: str) -> Refund:
    created_at = moment(fields["created"])
    if created_at is None:
        raise ValueError("no time of creation")
    return Refund(
        buyer=Buyer(account=account, open_uid=text(fields, "buyer_open_uid")),
        tid=identity(fields["tid"]),
        oid=identity(fields["oid"]),
        state=_STATES[text(fields, "status")] if _known(fields) else None,
        fee=fen(fields.get("refund_fee")),
        created_at=created_at,
    )


def reason_of(words: str) -> ReturnReason:
    """The reason that a buyer chose in Taobao."""
    for known, reason in _REASONS:
        if any(word in words for word in known.split("|")):
            return reason
    return ReturnReason.OTHER


def _known(fields: Fields) -> bool:
    status = text(fields, "status")
    if status not in _STATES:
        log.warning("taobao.unknown_refund_status", status=status[:40])
    return status in _STATES


def _send_by(created_at: datetime, policy: Policy) -> datetime:
    last = created_at.astimezone(policy.zone).date() + timedelta(days=policy.send_within_days)
    return datetime.combine(last, time(23, 59, 59), policy.zone).astimezone(timezone.utc)
