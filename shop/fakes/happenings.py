"""What happens at the fake platforms while somebody tries the demo: each as its platform tells it.

A trade or refund that changes puts Taobao's message into the queue; a parcel that moves is pushed
by Kuaidi100 if its number was subscribed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from conversations.database import Clock, utc_now
from conversations.errors import NotFound, StateConflict
from shop.fakes.kuaidi100 import FakeKuaidi100, Waybill
from shop.fakes.top import Account, FakeTop

CHINA = timezone(timedelta(hours=8))

Json = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A node that a parcel may get next: both platforms' codes and the words."""

    code: str
    action: str
    words: str


_WAY = (
    Step("103", "ACCEPT", "快件已揽收"),
    Step("0", "TRANSPORT", "快件离开转运中心，发往【{city}】"),
    Step("0", "TRANSPORT", "快件已到达【{city}】营业点"),
    Step("5", "DELIVERING", "【{city}】快件正在派送，请保持电话畅通"),
    Step("301", "SIGN", "【{city}】快件已签收，签收人：本人"),
)
_ARRIVED = "已到达"
_BASIC = {"103": "1", "301": "3"}
_SHORT = ("揽收", "发往收件城市", "到达收件城市", "派送", "签收")


@dataclass(frozen=True)
class Change:
    """What a click does to a trade or refund: its next status, and the topic that tells it."""

    title: str
    status: str
    topic: str


TRADE_CHANGES = {
    "WAIT_BUYER_PAY": {
        "pay": Change("买家付款", "WAIT_SELLER_SEND_GOODS", "taobao_trade_TradeBuyerPay"),
        "close": Change("关闭交易", "TRADE_CLOSED_BY_TAOBAO", "taobao_trade_TradeClose"),
    },
    "WAIT_SELLER_SEND_GOODS": {
        "ship": Change("卖家发货", "WAIT_BUYER_CONFIRM_GOODS", "taobao_trade_TradeSellerShip"),
    },
    "WAIT_BUYER_CONFIRM_GOODS": {
        "confirm": Change("确认收货", "TRADE_FINISHED", "taobao_trade_TradeSuccess"),
    },
}
REFUND_CHANGES = {
    "WAIT_SELLER_AGREE": {
        "agree": Change(
            "卖家同意", "WAIT_BUYER_RETURN_GOODS", "taobao_refund_RefundSellerAgreeAgreement"
        ),
        "refuse": Change(
            "卖家拒绝", "SELLER_REFUSE_BUYER", "taobao_refund_RefundSellerRefuseAgreement"
        ),
    },
    "WAIT_BUYER_RETURN_GOODS": {
        "send": Change(
            "买家寄回", "WAIT_SELLER_CONFIRM_GOODS", "taobao_refund_RefundBuyerReturnGoods"
        ),
        "close": Change("买家撤销", "CLOSED", "taobao_refund_RefundClosed"),
    },
    "WAIT_SELLER_CONFIRM_GOODS": {
        "refund": Change("退款成功", "SUCCESS", "taobao_refund_RefundSuccess"),
    },
}
_REFUNDABLE = frozenset({"WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_FINISHED"})


class Happenings:
    """Changes at the platforms.

    Args:
        top, kuaidi100: the platforms.
        clock: their time.
    """

    def __init__(self, *, top: FakeTop, kuaidi100: FakeKuaidi100, clock: Clock = utc_now) -> None:
        self._top = top
        self._kuaidi100 = kuaidi100
        self._clock = clock

    def trades_of(self, open_uid: str) -> list[Json]:
        """A buyer's trades, newest first."""
        found = [
            trade
            for account in self._top.accounts
            for trade in account.trades
            if trade["buyer_open_uid"] == open_uid
        ]
        return sorted(found, key=lambda trade: str(trade["created"]), reverse=True)

    def refunds_of(self, tid: int) -> list[Json]:
        """A trade's refunds."""
        return [
            refund
            for account in self._top.accounts
            for refund in account.refunds
            if refund["tid"] == tid
        ]

    def may_be_refunded(self, trade: Json) -> bool:
        """Whether the buyer can apply for a refund of some line."""
        return trade["status"] in _REFUNDABLE and any(map(_whole, trade["orders"]["order"]))

    def move(self, number: str) -> None:
        """Put a parcel one node further.

        Raises:
            NotFound: there is no such parcel. StateConflict: it has arrived or goes back.
        """
        waybill = self._kuaidi100.waybills.get(number)
        if waybill is None:
            raise NotFound("没有这个包裹")
        step = next_step(waybill)
        if step is None:
            raise StateConflict("这个包裹不再往前走了")
        account, trade = self._carrying(number)
        city, now = str(trade.get("receiver_city", "")), self._now()
        words = _WAY[step].words.format(city=city)
        code = _WAY[step].code
        waybill.data.insert(
            0,
            {
                "time": now,
                "ftime": now,
                "context": words,
                "location": city if step > 1 else "",
                "status": _SHORT[step],
                "statusCode": code,
            },
        )
        waybill.state = _BASIC.get(code, code)
        trace = account.traces.setdefault(number, {"out_sid": number})
        steps = trace.setdefault("trace_list", {"transit_step_info": []})["transit_step_info"]
        steps.append({"status_time": now, "status_desc": words, "action": _WAY[step].action})

    def change_trade(self, tid: int, action: str) -> None:
        """Change a trade and tell of it; `refund`: its buyer applies for one.

        Raises:
            NotFound: there is no such trade. StateConflict: it is not in a state for that.
        """
        account, trade = self._trade(tid)
        if action == "refund":
            self._apply(account, trade)
            return
        change = TRADE_CHANGES.get(trade["status"], {}).get(action)
        if change is None:
            raise StateConflict("这笔交易现在不能这样改")
        trade["status"] = change.status
        if action == "pay":
            trade["pay_time"] = self._now()
        elif action == "ship":
            self._ship(account, trade)
        else:
            trade["end_time"] = self._now()
        self._top.put_message(change.topic, {"tid": tid})

    def change_refund(self, refund_id: str, action: str) -> None:
        """Change a refund, and its line and trade, and tell of it.

        Raises:
            NotFound: there is no such refund. StateConflict: it is not in a state for that.
        """
        for account in self._top.accounts:
            for refund in account.refunds:
                if refund["refund_id"] == refund_id:
                    self._change(refund, action)
                    return
        raise NotFound("没有这笔退款")

    def _change(self, refund: Json, action: str) -> None:
        change = REFUND_CHANGES.get(refund["status"], {}).get(action)
        if change is None:
            raise StateConflict("这笔退款现在不能这样改")
        refund["status"] = change.status
        _, trade = self._trade(refund["tid"])
        lines = trade["orders"]["order"]
        for line in lines:
            if line["oid"] == refund["oid"]:
                line["refund_status"] = change.status
        if all(line["refund_status"] == "SUCCESS" for line in lines):
            trade |= {"status": "TRADE_CLOSED", "end_time": self._now()}
        self._tell_refund(refund, change.topic)

    def _apply(self, account: Account, trade: Json) -> None:
        if not self.may_be_refunded(trade):
            raise StateConflict("这笔交易没有可以退的商品了")
        line = next(filter(_whole, trade["orders"]["order"]))
        line["refund_status"] = "WAIT_SELLER_AGREE"
        refund = {
            "refund_id": str(line["oid"] + 5_000_000 + len(account.refunds)),
            "tid": trade["tid"],
            "oid": line["oid"],
            "status": "WAIT_SELLER_AGREE",
            "good_status": "BUYER_RECEIVED",
            "has_good_return": True,
            "refund_fee": line["payment"],
            "reason": "不喜欢/不想要",
            "created": self._now(),
            "buyer_nick": trade["buyer_nick"],
            "buyer_open_uid": trade["buyer_open_uid"],
        }
        account.refunds.append(refund)
        self._tell_refund(refund, "taobao_refund_RefundCreated")

    def _tell_refund(self, refund: Json, topic: str) -> None:
        content = {name: refund[name] for name in ("tid", "oid", "refund_id")}
        self._top.put_message(topic, content)

    def _ship(self, account: Account, trade: Json) -> None:
        """All lines in one parcel, which the carrier has collected."""
        number, now = f"YT8{str(trade['tid'])[-12:]}", self._now()
        trade["consign_time"] = now
        for line in trade["orders"]["order"]:
            line |= {"consign_time": now, "logistics_company": "圆通速递", "invoice_no": number}
        account.traces[number] = {"out_sid": number, "company_name": "圆通速递"}
        self._kuaidi100.add(Waybill(com="yuantong", number=number, phone="", state="0", data=[]))
        self.move(number)

    def _trade(self, tid: int) -> tuple[Account, Json]:
        for account, trade in self._all():
            if trade["tid"] == tid:
                return account, trade
        raise NotFound("没有这笔交易")

    def _carrying(self, number: str) -> tuple[Account, Json]:
        for account, trade in self._all():
            if any(line.get("invoice_no") == number for line in trade["orders"]["order"]):
                return account, trade
        raise NotFound("没有交易寄出过这个包裹")

    def _all(self) -> Iterator[tuple[Account, Json]]:
        for account in self._top.accounts:
            for trade in account.trades:
                yield account, trade

    def _now(self) -> str:
        return _local(self._clock())


def next_step(waybill: Waybill) -> int | None:
    """The place on the way of the node that comes next, None at its end."""
    if not waybill.data:
        return 0
    newest = waybill.data[0]
    code, words = str(newest["statusCode"]), str(newest["context"])
    if code == "103":
        return 1
    if code in ("0", "2"):
        return 3 if _ARRIVED in words else 2
    return 4 if code in ("5", "501") else None


def title_of(step: int) -> str:
    """What a step is called on a button."""
    return _SHORT[step]


def _whole(line: Json) -> bool:
    return line["refund_status"] in ("NO_REFUND", "CLOSED", "SELLER_REFUSE_BUYER")


def _local(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
