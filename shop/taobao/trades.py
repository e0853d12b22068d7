"""Orders from TOP: `taobao.trades.sold.get` lists a buyer's, `taobao.trade.fullinfo.get` has one.

A trade is a customer's when its `buyer_open_uid` is that of a buyer the customer verifiably is.
TOP gives `buyer_open_uid` only when `buyer_nick` is among the fields asked for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from shop.gateway import Catalogue
from shop.taobao.buyers import Buyer, Buyers
from shop.taobao.client import UNKNOWN_TRADE, TopClient, TopError
from shop.taobao.reading import Fields, fen, flag, identity, items, moment, readable, text
from shop.types import Address, Order, OrderLine, OrderState, ParcelState, Product
from shop.waybills import canonical

SOLD = "taobao.trades.sold.get"
FULL_INFO = "taobao.trade.fullinfo.get"
PAGE = 100
"""The most that one page of a list holds."""

_LISTED = (
    "tid,status,payment,post_fee,created,pay_time,consign_time,end_time,est_con_time,has_yfx,"
    "buyer_nick,buyer_open_uid,receiver_name,receiver_mobile,receiver_state,receiver_city,"
    "receiver_district,receiver_address,orders"
)
_FULL = f"{_LISTED},buyer_message"
_TID = re.compile(r"[0-9]{1,20}")
# Both forms of encrypted fields begin and end with one of these marks.
_ENCRYPTED = re.compile(r"[~$#].*[~$#]")

_STATES = {
    "TRADE_NO_CREATE_PAY": OrderState.AWAITING_PAYMENT,
    "WAIT_BUYER_PAY": OrderState.AWAITING_PAYMENT,
    "PAY_PENDING": OrderState.AWAITING_PAYMENT,
    "WAIT_PRE_AUTH_CONFIRM": OrderState.AWAITING_PAYMENT,
    "WAIT_SELLER_SEND_GOODS": OrderState.PAID,
    "PAID_FORBID_CONSIGN": OrderState.PAID,
    "SELLER_CONSIGNED_PART": OrderState.PARTLY_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": OrderState.SHIPPED,
    "TRADE_BUYER_SIGNED": OrderState.SIGNED,
    "TRADE_FINISHED": OrderState.FINISHED,
    "TRADE_CLOSED": OrderState.CLOSED,
    "TRADE_CLOSED_BY_TAOBAO": OrderState.CLOSED,
}
_AGREED = frozenset({"WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS", "SUCCESS"})
_UNDER_RETURN = _AGREED | {
    "WAIT_SELLER_AGREE",
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS",
    "WAIT_SELLER_CONSIGN_GOODS",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class OwnTrade:
    """A trade that was found to be the asking customer's, as TOP gave it."""

    account: str
    tid: str
    fields: Fields


class TaobaoOrders:
    """`shop.gateway.Orders` over TOP.

    Args:
        client: calls TOP.
        buyers: which buyers a customer is.
        catalogue: gives the short name, category and rules of what was sold; what it does not
            know keeps TOP's title.
    """

    def __init__(self, *, client: TopClient, buyers: Buyers, catalogue: Catalogue) -> None:
        self._client = client
        self._buyers = buyers
        self._catalogue = catalogue

    async def recent(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        """The customer's orders of the last three months, newest first, at most 100.

        `remark` is empty: only `order` has it.
        """
        trades = await self.own_trades(customer_id, limit=limit, deadline=self._client.deadline())
        orders = [await self.read(customer_id, trade, method=SOLD) for trade in trades]
        orders.sort(key=lambda order: order.created_at, reverse=True)
        return tuple(orders[:limit])

    async def order(self, customer_id: str, order_id: str) -> Order | None:
        """That order if it is the customer's."""
        trade = await self.own_trade(customer_id, order_id, deadline=self._client.deadline())
        return None if trade is None else await self.read(customer_id, trade, method=FULL_INFO)

    async def own_trades(
        self, customer_id: str, *, limit: int, deadline: float
    ) -> Sequence[OwnTrade]:
        """The newest trades of the customer at every account, in no certain order."""
        buyers = await self._buyers(customer_id)
        pages = await asyncio.gather(
            *(self._sold(buyer, limit=limit, deadline=deadline) for buyer in buyers)
        )
        return [trade for page in pages for trade in page]

    async def own_trade(
        self, customer_id: str, order_id: str, *, deadline: float
    ) -> OwnTrade | None:
        """That trade if it is the customer's."""
        if not _TID.fullmatch(order_id):
            return None
        buyers = await self._buyers(customer_id)
        found = await asyncio.gather(
            *(self._full_info(buyer, order_id, deadline=deadline) for buyer in buyers)
        )
        return next((trade for trade in found if trade is not None), None)

    async def read(self, customer_id: str, trade: OwnTrade, *, method: str) -> Order:
        """Our order from a trade.

        Raises:
            ShopUnavailable: the trade cannot be read.
        """
        with readable(method):
            order = order_from(trade, customer_id=customer_id)
        products = [await self._catalogue.product(line.product_id) for line in order.lines]
        lines = (
            line if product is None else _completed(line, product)
            for line, product in zip(order.lines, products, strict=True)
        )
        return replace(order, lines=tuple(lines))

    async def _sold(self, buyer: Buyer, *, limit: int, deadline: float) -> list[OwnTrade]:
        params = {
            "fields": _LISTED,
            "buyer_open_id": buyer.open_uid,
            "page_no": "1",
            "page_size": str(min(max(limit, 1), PAGE)),
            "use_has_next": "true",
        }
        answer = await self._client.call(SOLD, params, account=buyer.account, deadline=deadline)
        with readable(SOLD):
            trades = [_own(fields, buyer) for fields in items(answer, "trades", "trade")]
        if None in trades:
            log.error("taobao.other_buyers_trades_listed", account=buyer.account)
        return [trade for trade in trades if trade is not None]

    async def _full_info(self, buyer: Buyer, tid: str, *, deadline: float) -> OwnTrade | None:
        params = {"fields": _FULL, "tid": tid}
        try:
            answer = await self._client.call(
                FULL_INFO, params, account=buyer.account, deadline=deadline
            )
        except TopError as error:
            if error.sub_code == UNKNOWN_TRADE:
                return None
            raise
        with readable(FULL_INFO):
            trade = _own(answer["trade"], buyer)
            return trade if trade is not None and trade.tid == tid else None


def order_from(trade: OwnTrade, *, customer_id: str) -> Order:
    """The order, with what TOP alone knows. Pure.

    Nothing here says that a parcel was signed for: lines have no `signed_at`, and the order has
    one only once the buyer confirmed it or it ran out (`end_time`).

    Raises:
        KeyError, TypeError, ValueError, DecimalException: a field is missing or odd.
    """
    fields = trade.fields
    created_at = moment(fields["created"])
    if created_at is None:
        raise ValueError("no time of creation")
    shipped_at = moment(fields.get("consign_time"))
    sold = [(one, _line(one, trade.tid, shipped_at)) for one in items(fields, "orders", "order")]
    state = _state(fields)
    ended = state in (OrderState.SIGNED, OrderState.FINISHED)
    return Order(
        id=trade.tid,
        customer_id=customer_id,
        state=state,
        lines=tuple(line for _, line in sold),
        paid=fen(fields.get("payment")),
        shipping_fee=fen(fields.get("post_fee")),
        created_at=created_at,
        paid_at=moment(fields.get("pay_time")),
        shipped_at=shipped_at,
        signed_at=moment(fields.get("end_time")) if ended else None,
        ship_by=_promise(fields.get("est_con_time")),
        address=_address(fields),
        remark=text(fields, "buyer_message"),
        freight_insurance=flag(fields, "has_yfx"),
        refunded=sum(line.paid for one, line in sold if text(one, "refund_status") in _AGREED),
    )


def parcel_id(tid: str, waybill: str) -> str:
    """The id of a trade's parcel."""
    return f"{tid}-{waybill}"


def _own(fields: Fields, buyer: Buyer) -> OwnTrade | None:
    """None when TOP does not say that it is this buyer's."""
    if fields.get("buyer_open_uid") != buyer.open_uid:
        return None
    tid = identity(fields.get("tid_str") or fields["tid"])
    return OwnTrade(account=buyer.account, tid=tid, fields=fields)


def _state(fields: Fields) -> OrderState:
    status = text(fields, "status")
    known = _STATES.get(status)
    if known is not None:
        return known
    log.warning("taobao.unknown_trade_status", status=status[:40])
    if fields.get("consign_time"):
        return OrderState.SHIPPED
    return OrderState.PAID if fields.get("pay_time") else OrderState.AWAITING_PAYMENT


def _line(fields: Fields, tid: str, trade_shipped: datetime | None) -> OrderLine:
    color, size = _choice(text(fields, "sku_properties_name"))
    waybill = canonical(text(fields, "invoice_no"))
    shipped_at = moment(fields.get("consign_time"))
    if shipped_at is None and waybill:
        shipped_at = trade_shipped
    title = text(fields, "title")
    paid = fields.get("divide_order_fee") or fields.get("payment")
    return OrderLine(
        id=identity(fields.get("oid_str") or fields["oid"]),
        product_id=identity(fields["num_iid"]),
        sku_id=text(fields, "outer_sku_id") or text(fields, "sku_id"),
        title=title,
        short_name=title,
        category="",
        color=color,
        size=size,
        quantity=int(fields["num"]),
        paid=fen(paid),
        parcel_id=parcel_id(tid, waybill) if waybill else "",
        returned=text(fields, "refund_status") in _UNDER_RETURN,
        image=text(fields, "pic_path"),
        shipped_at=shipped_at,
        parcel_state=ParcelState.NO_TRACE if shipped_at else None,
    )


def _choice(properties: str) -> tuple[str, str]:
    """Colour and the rest of `颜色分类:黑色;尺码:L`."""
    color, others = "", []
    for pair in properties.split(";"):
        name, _, value = pair.partition(":")
        if "颜色" in name and not color:
            color = value.strip()
        elif value.strip():
            others.append(value.strip())
    return color, " ".join(others)


def _completed(line: OrderLine, product: Product) -> OrderLine:
    return replace(
        line,
        product_id=product.id,
        short_name=product.short_name,
        category=product.category,
        image=line.image or product.image,
        returnable=product.returnable,
    )


def _promise(value: object) -> datetime | None:
    """Shops also write words here, such as 付款后3天内: those are no time."""
    try:
        return moment(value)
    except ValueError:
        return None


def _address(fields: Fields) -> Address | None:
    """The address without what TOP encrypts; None when it gives none."""
    city = text(fields, "receiver_city") or text(fields, "receiver_district")
    if not city:
        return None
    return Address(
        name=_plain(fields, "receiver_name"),
        phone=_plain(fields, "receiver_mobile"),
        province=text(fields, "receiver_state"),
        city=city,
        district=text(fields, "receiver_district"),
        street=_plain(fields, "receiver_address"),
    )


def _plain(fields: Fields, name: str) -> str:
    value = text(fields, name)
    return "" if _ENCRYPTED.fullmatch(value) else value
