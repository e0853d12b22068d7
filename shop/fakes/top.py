"""TOP's gateway: the checks of every call, trades, traces, refunds, and a message queue."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from conversations.database import Clock, utc_now
from shop.fakes.faults import Fault

CHINA = timezone(timedelta(hours=8))
WINDOW = timedelta(minutes=10)
MESSAGE_HIDDEN = timedelta(minutes=2)
"""How long a consumed message waits for its confirmation before it is delivered again."""

_MONTHS = timedelta(days=90)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DIGITS = re.compile(r"\d+")

Json = dict[str, Any]


@dataclass
class Message:
    """A message of the queue. `hidden_until` None: never delivered yet."""

    id: int
    topic: str
    content: Json
    hidden_until: datetime | None = None
    deliveries: int = 0


@dataclass
class Account:
    """A seller's account that authorised the application."""

    session: str
    seller: str = "掌柜演示店"
    trades: list[Json] = field(default_factory=list)
    traces: dict[str, Json] = field(default_factory=dict)  # by waybill
    refunds: list[Json] = field(default_factory=list)
    topics: str | None = None  # None: not permitted


class FakeTop:
    """TOP for one application.

    Args:
        app_key, app_secret: the application.
        clock: its time.
        calls_allowed: calls until code 7; None: without end.
        ban: seconds it then tells.
    """

    def __init__(
        self,
        *,
        app_key: str,
        app_secret: str,
        clock: Clock = utc_now,
        calls_allowed: int | None = None,
        ban: int = 1,
    ) -> None:
        self.accounts: list[Account] = []
        self.messages: list[Message] = []
        self.confirmed: list[int] = []
        self.faults: deque[Fault] = deque()
        self.calls: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.app_secret = app_secret
        self.calls_allowed = calls_allowed
        self.ban = ban
        self._app_key = app_key
        self._clock = clock
        self._banned_until: datetime | None = None
        self._next_id = 4_100_000_000_000_000_001
        self._methods: dict[str, Callable[[Account | None, dict[str, str]], Json]] = {
            "taobao.trades.sold.get": self._sold,
            "taobao.trade.fullinfo.get": self._full_info,
            "taobao.logistics.trace.search": self._trace,
            "taobao.refunds.receive.get": self._refunds,
            "taobao.refund.get": self._refund,
            "taobao.tmc.messages.consume": self._consume,
            "taobao.tmc.messages.confirm": self._confirm,
            "taobao.tmc.user.permit": self._permit,
        }

    def app(self) -> web.Application:
        """The application, on any port; it must not be reachable from elsewhere."""
        app = web.Application()
        self.join(app)
        return app

    def join(self, app: web.Application, *, prefix: str = "") -> None:
        """Answer in that application, under that path."""
        app.router.add_post(f"{prefix}/router/rest", self._rest)

    def put_message(self, topic: str, content: Json) -> Message:
        """Something happened: put its message into the queue."""
        message = Message(id=self._next_id, topic=topic, content=content)
        self._next_id += 1
        self.messages.append(message)
        return message

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        form = {name: value for name, value in posted.items() if isinstance(value, str)}
        self.calls.append(form.get("method", ""))
        self.forms.append(form)
        if self.faults:
            fault = self.faults.popleft()
            spoilt = await fault.act(request)
            if spoilt is not None:
                return spoilt
            if fault.code:
                return _answer(_error(fault.code, fault.sub_code, fault.sub_msg))
        try:
            return _answer(self._carry_out(form))
        except _Refused as refusal:
            return _answer(_error(refusal.code, refusal.sub_code, refusal.sub_msg))

    def _carry_out(self, form: dict[str, str]) -> Json:
        self._check_common(form)
        self._check_limit()
        method = form["method"]
        account = self._account(form)
        content = self._methods[method](account, form)
        content["request_id"] = "15ov9t6jl5q2y"
        return {f"{method.removeprefix('taobao.').replace('.', '_')}_response": content}

    def _check_common(self, form: Mapping[str, str]) -> None:
        """In TOP's order: what is missing, then what is wrong."""
        for name, missing in (
            ("method", 21),
            ("app_key", 28),
            ("timestamp", 30),
            ("v", 32),
            ("sign", 24),
        ):
            if not form.get(name):
                raise _Refused(missing)
        if form["method"] not in self._methods:
            raise _Refused(22)
        if form["app_key"] != self._app_key:
            raise _Refused(29)
        if form["v"] != "2.0":
            raise _Refused(33)
        if form.get("format", "xml") != "json":
            raise _Refused(23)
        if not _TIMESTAMP.fullmatch(form["timestamp"]):
            raise _Refused(31)
        sent = datetime.strptime(form["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
        if abs(self._clock() - sent) > WINDOW:
            raise _Refused(31)
        if not hmac.compare_digest(form["sign"], self._signature(form)):
            raise _Refused(25)

    def _signature(self, form: Mapping[str, str]) -> str:
        counted = sorted(
            (name, value) for name, value in form.items() if name != "sign" and value.strip()
        )
        content = "".join(name + value for name, value in counted).encode()
        secret, how = self.app_secret.encode(), form.get("sign_method", "")
        if how == "md5":
            return hashlib.md5(secret + content + secret, usedforsecurity=False).hexdigest().upper()
        if how == "hmac":
            return hmac.new(secret, content, hashlib.md5).hexdigest().upper()
        if how == "hmac-sha256":
            return hmac.new(secret, content, hashlib.sha256).hexdigest().upper()
        raise _Refused(25)

    def _check_limit(self) -> None:
        now = self._clock()
        if self._banned_until is not None and now >= self._banned_until:
            self._banned_until = None
            self.calls_allowed = None
        if self._banned_until is None and self.calls_allowed is not None:
            if self.calls_allowed > 0:
                self.calls_allowed -= 1
            else:
                self._banned_until = now + timedelta(seconds=self.ban)
        if self._banned_until is not None:
            left = max(1, round((self._banned_until - now).total_seconds()))
            raise _Refused(
                7,
                "accesscontrol.limited-by-app-access-count",
                f"This ban will last for {left} more seconds",
            )

    def _account(self, form: Mapping[str, str]) -> Account | None:
        if form["method"].startswith("taobao.tmc.messages."):
            return None
        session = form.get("session")
        if not session:
            raise _Refused(26)
        for account in self.accounts:
            if account.session == session:
                return account
        raise _Refused(27, "session-expired", "sessionkey is expired")

    def _sold(self, account: Account | None, form: dict[str, str]) -> Json:
        """Newest first, three months back, `buyer_open_id` as the filter."""
        wanted = _fields(form)
        page, size = _page(form)
        since = self._clock() - _MONTHS
        found = [
            trade
            for trade in _of(account).trades
            if _time(trade["created"]) >= since
            and form.get("buyer_open_id") in (None, trade["buyer_open_uid"])
        ]
        found.sort(key=lambda trade: str(trade["created"]), reverse=True)
        shown = found[(page - 1) * size : page * size]
        answer: Json = {"has_next": len(found) > page * size}
        if shown:
            answer["trades"] = {"trade": [_only(trade, wanted) for trade in shown]}
        return answer

    def _full_info(self, account: Account | None, form: dict[str, str]) -> Json:
        wanted = _fields(form)
        return {"trade": _only(_trade(_of(account), form), wanted)}

    def _trace(self, account: Account | None, form: dict[str, str]) -> Json:
        trade = _trade(_of(account), form)
        lines = trade["orders"]["order"]
        if form.get("is_split") == "1":
            subs = form.get("sub_tid", "").split(",")
            if not form.get("sub_tid"):
                raise _Refused(40, "isv.missing-parameter:sub_tid")
            if len(subs) > 50:
                raise _Refused(41, "isv.invalid-parameter:sub_tid")
            lines = [line for line in lines if str(line["oid"]) in subs]
        numbers = {line["invoice_no"] for line in lines if line.get("invoice_no")}
        if len(numbers) != 1:
            raise _Refused(15, "isv.logistics-order-not-exist", "没有找到物流订单")
        trace = _of(account).traces.get(numbers.pop())
        if trace is None:
            raise _Refused(15, "isv.logistics-order-not-exist", "没有找到物流订单")
        return {"tid": trade["tid"], **trace}

    def _refunds(self, account: Account | None, form: dict[str, str]) -> Json:
        wanted = _fields(form)
        page, size = _page(form)
        found = [
            refund
            for refund in _of(account).refunds
            if form.get("buyer_open_uid") in (None, refund["buyer_open_uid"])
        ]
        found.sort(key=lambda refund: str(refund["created"]), reverse=True)
        shown = found[(page - 1) * size : page * size]
        answer: Json = {"has_next": len(found) > page * size}
        if shown:
            answer["refunds"] = {"refund": [_only(refund, wanted) for refund in shown]}
        return answer

    def _refund(self, account: Account | None, form: dict[str, str]) -> Json:
        wanted = _fields(form)
        for refund in _of(account).refunds:
            if str(refund["refund_id"]) == form.get("refund_id"):
                return {"refund": _only(refund, wanted)}
        raise _Refused(15, "isv.refund-not-exist", "退款单不存在")

    def _permit(self, account: Account | None, form: dict[str, str]) -> Json:
        """What is permitted now replaces what was."""
        _of(account).topics = form.get("topics", "")
        return {"is_success": True}

    def _consume(self, account: Account | None, form: dict[str, str]) -> Json:
        quantity = form.get("quantity", "100")
        if not _DIGITS.fullmatch(quantity) or not 10 <= int(quantity) <= 200:
            raise _Refused(41, "isv.invalid-parameter:quantity")
        now = self._clock()
        ready = [
            message
            for message in self.messages
            if message.hidden_until is None or message.hidden_until <= now
        ][: int(quantity)]
        for message in ready:
            message.hidden_until = now + MESSAGE_HIDDEN
            message.deliveries += 1
        if not ready:
            return {}
        return {"messages": {"tmc_message": [_message(message, now) for message in ready]}}

    def _confirm(self, account: Account | None, form: dict[str, str]) -> Json:
        ids = form.get("s_message_ids", "").split(",")
        if not form.get("s_message_ids") or len(ids) > 200:
            raise _Refused(41, "isv.invalid-parameter:s_message_ids")
        self.confirmed += [message.id for message in self.messages if str(message.id) in ids]
        self.messages = [message for message in self.messages if str(message.id) not in ids]
        return {"is_success": True}


class _Refused(Exception):
    def __init__(self, code: int, sub_code: str = "", sub_msg: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.sub_code = sub_code
        self.sub_msg = sub_msg


_MESSAGES = {
    7: "App Call Limited",
    10: "Service Currently Unavailable",
    11: "Insufficient ISV Permissions",
    12: "Insufficient User Permissions",
    13: "Insufficient Partner Permissions",
    15: "Remote service error",
    21: "Missing Method",
    22: "Invalid Method",
    23: "Invalid Format",
    24: "Missing Signature",
    25: "Invalid signature",
    26: "Missing Session",
    27: "Invalid session",
    28: "Missing App Key",
    29: "Invalid App Key",
    30: "Missing Timestamp",
    31: "Invalid Timestamp",
    32: "Missing Version",
    33: "Invalid Version",
    40: "Missing required arguments",
    41: "Invalid arguments",
    42: "Forbidden Request",
    43: "Parameter Error",
}


def _error(code: int, sub_code: str, sub_msg: str) -> Json:
    error: Json = {"code": code, "msg": _MESSAGES.get(code, "Error"), "request_id": "10ulhz1q9y4"}
    if sub_code:
        error |= {"sub_code": sub_code, "sub_msg": sub_msg}
    return {"error_response": error}


def _answer(content: Json) -> web.Response:
    """Errors, too, come with HTTP 200."""
    return web.Response(
        text=json.dumps(content, ensure_ascii=False), content_type="text/javascript"
    )


def _of(account: Account | None) -> Account:
    if account is None:
        raise _Refused(26)
    return account


def _fields(form: Mapping[str, str]) -> set[str]:
    if not form.get("fields"):
        raise _Refused(40, "isv.missing-parameter:fields")
    wanted = set(form["fields"].split(","))
    if "buyer_nick" not in wanted:
        wanted.discard("buyer_open_uid")  # it comes with the nick only
    return wanted


def _page(form: Mapping[str, str]) -> tuple[int, int]:
    page, size = form.get("page_no", "1"), form.get("page_size", "40")
    if not _DIGITS.fullmatch(page) or not _DIGITS.fullmatch(size):
        raise _Refused(41, "isv.invalid-parameter:page_no")
    if int(page) < 1 or not 1 <= int(size) <= 100:
        raise _Refused(41, "isv.invalid-parameter:page_size")
    return int(page), int(size)


def _only(whole: Json, wanted: set[str]) -> Json:
    return {name: value for name, value in whole.items() if name in wanted}


def _trade(account: Account, form: Mapping[str, str]) -> Json:
    tid = form.get("tid", "")
    if not _DIGITS.fullmatch(tid):
        raise _Refused(41, "isv.invalid-parameter:tid")
    for trade in account.trades:
        if str(trade["tid"]) == tid:
            return trade
    raise _Refused(15, "isv.trade-not-exist", "交易订单不存在")


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)


def _message(message: Message, now: datetime) -> Json:
    return {
        "id": message.id,
        "topic": message.topic,
        "content": json.dumps(message.content, ensure_ascii=False),
        "user_id": 2_074_082_786,
        "user_nick": "掌柜演示店",
        "pub_time": now.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        "pub_app_key": "12497914",
    }
