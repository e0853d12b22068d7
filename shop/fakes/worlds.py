"""Our orders, parcels and returns as the platforms would tell them: what the fakes are filled with.

The cities a trace passes and the times are kept to the second, as the platforms tell them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from shop.demo_world import World
from shop.fakes.kuaidi100 import FakeKuaidi100, Waybill
from shop.fakes.top import FakeTop
from shop.gateway import Shop
from shop.types import Order, OrderLine, OrderState, Parcel, ParcelState, Return, ReturnState

CHINA = timezone(timedelta(hours=8))
OFFLINE_SIGNED = "对方已签收"
"""What TOP says of every parcel sent with `offline.send`, from the first moment on."""

_ORDERS = 200  # of one customer
_APART = 10**12  # between the numbers of a trade's lines: no other trade's are that far away

Json = dict[str, Any]

_TRADE = {
    OrderState.AWAITING_PAYMENT: "WAIT_BUYER_PAY",
    OrderState.PAID: "WAIT_SELLER_SEND_GOODS",
    OrderState.PARTLY_SHIPPED: "SELLER_CONSIGNED_PART",
    OrderState.SHIPPED: "WAIT_BUYER_CONFIRM_GOODS",
    OrderState.SIGNED: "WAIT_BUYER_CONFIRM_GOODS",  # Taobao waits for the buyer's confirmation
    OrderState.FINISHED: "TRADE_FINISHED",
    OrderState.CLOSED: "TRADE_CLOSED_BY_TAOBAO",
}
_REFUND = {
    ReturnState.APPLIED: "WAIT_SELLER_AGREE",
    ReturnState.AWAITING_PARCEL: "WAIT_BUYER_RETURN_GOODS",
    ReturnState.IN_TRANSIT: "WAIT_SELLER_CONFIRM_GOODS",
    ReturnState.RECEIVED: "WAIT_SELLER_CONFIRM_GOODS",
    ReturnState.REFUNDED: "SUCCESS",
    ReturnState.REFUSED: "SELLER_REFUSE_BUYER",
    ReturnState.CANCELLED: "CLOSED",
}
_ACTION = {
    ParcelState.COLLECTED: "ACCEPT",
    ParcelState.IN_TRANSIT: "TRANSPORT",
    ParcelState.DELIVERING: "DELIVERING",
    ParcelState.PICKUP_READY: "AGENT_SIGN",
    ParcelState.SIGNED: "SIGN",
    ParcelState.EXCEPTION: "FAILED",
    ParcelState.REJECTED: "REFUSE",
    ParcelState.RETURNING: "REVERSE_RETURN",
}
_CODE = {
    ParcelState.NO_TRACE: "101",
    ParcelState.COLLECTED: "103",
    ParcelState.IN_TRANSIT: "0",
    ParcelState.DELIVERING: "5",
    ParcelState.PICKUP_READY: "501",
    ParcelState.SIGNED: "301",
    ParcelState.EXCEPTION: "2",
    ParcelState.REJECTED: "14",
    ParcelState.RETURNING: "6",
    ParcelState.RETURNED: "4",
}
_COMPANY = {
    "SF": ("顺丰速运", "shunfeng"),
    "YTO": ("圆通速递", "yuantong"),
    "ZTO": ("中通快递", "zhongtong"),
    "STO": ("申通快递", "shentong"),
    "YD": ("韵达快递", "yunda"),
    "JT": ("极兔速递", "jtexpress"),
    "JD": ("京东快递", "jd"),
    "EMS": ("EMS", "ems"),
    "YZPY": ("邮政快递包裹", "youzhengguonei"),
    "DBL": ("德邦快递", "debangkuaidi"),
}


def open_uid(customer_id: str) -> str:
    """The Taobao buyer that a customer of the demo is."""
    return f"AAE-{customer_id}"


async def fill(truth: Shop, top: FakeTop, kuaidi100: FakeKuaidi100, people: Iterable[str]) -> None:
    """Tell the fakes what that shop knows of these customers: all at the first account."""
    item_ids = {product.id: product.item_id for product in await truth.catalogue.products()}
    account = top.accounts[0]
    for person in people:
        uid = open_uid(person)
        returns = {back.line_id: back for back in await truth.after_sales.returns(person)}
        for order in await truth.orders.recent(person, limit=_ORDERS):
            parcels = await truth.logistics.parcels(person, order.id)
            account.trades.append(trade_of(order, parcels, open_uid=uid, item_ids=item_ids))
            account.refunds += [
                refund_of(returns[line.id], order, open_uid=uid)
                for line in order.lines
                if line.id in returns
            ]
            for parcel in parcels:
                account.traces[parcel.waybill] = trace_of(parcel)
                phone = order.address.phone if order.address else ""
                kuaidi100.add(waybill_of(parcel, phone=phone))


def as_copied(world: World) -> World:
    """The demo shop as it would stand in its own tables had all of it been copied from Taobao.

    Its lines and parcels bear the ids that they have in the trades made of it.
    """
    lines = {row["id"]: str(_oid(row["order_id"], row["position"])) for row in world.lines}
    parcels = {row["id"]: f"{row['order_id']}-{row['waybill']}" for row in world.parcels}
    return replace(
        world,
        lines=[
            row | {"id": lines[row["id"]], "parcel_id": parcels.get(row["parcel_id"], "")}
            for row in world.lines
        ],
        parcels=[row | {"id": parcels[row["id"]]} for row in world.parcels],
        nodes=[row | {"parcel_id": parcels[row["parcel_id"]]} for row in world.nodes],
        returns=[row | {"line_id": lines[row["line_id"]]} for row in world.returns],
    )


def trade_of(
    order: Order, parcels: Sequence[Parcel], *, open_uid: str, item_ids: Mapping[str, str]
) -> Json:
    """A trade as `taobao.trade.fullinfo.get` tells it, for a buyer of that open uid.

    Args:
        order: its line ids become numbers by their place.
        parcels: the order's parcels.
        open_uid: the buyer.
        item_ids: Taobao's number for each of our product ids.
    """
    by_id = {parcel.id: parcel for parcel in parcels}
    tid = int(order.id)
    address = order.address
    trade: Json = {
        "tid": tid,
        "tid_str": order.id,
        "status": _TRADE[order.state],
        "payment": _yuan(order.paid),
        "post_fee": _yuan(order.shipping_fee),
        "created": _local(order.created_at),
        "buyer_nick": "买**",
        "buyer_open_uid": open_uid,
        "has_yfx": order.freight_insurance,
        "buyer_message": order.remark,
        "orders": {
            "order": [
                _line(line, oid_of(order, line), by_id.get(line.parcel_id), item_ids)
                for line in order.lines
            ]
        },
    }
    for name, at in (
        ("pay_time", order.paid_at),
        ("consign_time", order.shipped_at),
        ("est_con_time", order.ship_by),
    ):
        if at is not None:
            trade[name] = _local(at)
    if order.state in (OrderState.FINISHED, OrderState.CLOSED):
        trade["end_time"] = _local(order.signed_at or order.created_at + timedelta(days=1))
    if address is not None:
        trade |= {
            "receiver_name": "林**",
            "receiver_mobile": f"*******{address.phone[-4:]}",
            "receiver_state": address.province,
            "receiver_city": address.city,
            "receiver_district": address.district,
            "receiver_address": "~Wl1k8vJ3n~",
        }
    return trade


def oid_of(order: Order, line: OrderLine) -> int:
    """Taobao's number of a line: the trade's own for the first, as for a trade of one line."""
    return _oid(order.id, order.lines.index(line))


def _oid(order_id: str, position: int) -> int:
    return int(order_id) + position * _APART


def trace_of(parcel: Parcel, *, status: str = OFFLINE_SIGNED) -> Json:
    """A parcel as `taobao.logistics.trace.search` tells it."""
    company, _ = _COMPANY[parcel.carrier_code]
    trace: Json = {"out_sid": parcel.waybill, "company_name": company, "status": status}
    if parcel.trace:
        trace["trace_list"] = {
            "transit_step_info": [
                {
                    "status_time": _local(node.at),
                    "status_desc": f"【{node.city}市】{node.text}" if node.city else node.text,
                    "action": _ACTION.get(node.state, "OTHER"),
                }
                for node in parcel.trace
            ]
        }
    return trace


def refund_of(back: Return, order: Order, *, open_uid: str) -> Json:
    """A return as `taobao.refund.get` tells it."""
    line = next(line for line in order.lines if line.id == back.line_id)
    return {
        "refund_id": str(oid_of(order, line) + 5_000_000),
        "tid": int(order.id),
        "oid": oid_of(order, line),
        "status": _REFUND[back.state],
        "good_status": "BUYER_RECEIVED",
        "has_good_return": True,
        "refund_fee": _yuan(back.refund),
        "reason": "质量问题" if back.reason.value == "quality" else "不喜欢/不想要",
        "created": _local(back.created_at),
        "buyer_nick": "买**",
        "buyer_open_uid": open_uid,
        "refund_remind_timeout": {"exist_timeout": True, "timeout": _local(back.send_by)},
    }


def waybill_of(parcel: Parcel, *, phone: str) -> Waybill:
    """A parcel as Kuaidi100 knows it."""
    _, com = _COMPANY[parcel.carrier_code]
    data = [
        {
            "time": _local(node.at),
            "ftime": _local(node.at),
            "context": node.text,
            "location": node.city,
            "areaName": f"某省,{node.city}市" if node.city else "",
            "status": node.state.value,
            "statusCode": _CODE[node.state],
        }
        for node in reversed(parcel.trace)
    ]
    state = _CODE[parcel.state] if parcel.trace else "0"
    basic = {"501": "5", "301": "3", "103": "1", "101": "0"}.get(state, state)
    return Waybill(com=com, number=parcel.waybill, phone=phone, state=basic, data=data)


def _line(line: OrderLine, oid: int, parcel: Parcel | None, item_ids: Mapping[str, str]) -> Json:
    sold: Json = {
        "oid": oid,
        "oid_str": str(oid),
        "num_iid": int(item_ids.get(line.product_id, "680000000000")),
        "sku_id": "5012345678901",
        "outer_sku_id": line.sku_id,
        "title": line.title,
        "sku_properties_name": f"颜色分类:{line.color};尺码:{line.size}",
        "num": line.quantity,
        "payment": _yuan(line.paid),
        "divide_order_fee": _yuan(line.paid),
        "pic_path": line.image,
        "refund_status": "WAIT_BUYER_RETURN_GOODS" if line.returned else "NO_REFUND",
    }
    if parcel is not None:
        company, _ = _COMPANY[parcel.carrier_code]
        sold |= {
            "consign_time": _local(parcel.shipped_at),
            "logistics_company": company,
            "invoice_no": parcel.waybill,
        }
    return sold


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _local(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
