"""Kuaidi100: queries that lock a number asked for too often, subscriptions, pushes until read."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from conversations.database import Clock, utc_now
from shop.fakes.faults import Fault

APART = timedelta(minutes=30)
TRIES = 4  # the first push and three more
RETRY_SECONDS = 30 * 60.0
PUSH_TIMEOUT = 5.0
LOCKED = "600"
"""The real code for a locked number is not published."""

_NEED_PHONE = ("shunfeng", "shunfengkuaiyun", "zhongtong")

Json = dict[str, Any]


@dataclass
class Waybill:
    """A parcel at its carrier. `data` runs from newest to oldest, as Kuaidi100 answers."""

    com: str
    number: str
    phone: str
    state: str
    data: list[Json]


@dataclass(frozen=True)
class Subscription:
    """Where a number's news goes."""

    number: str
    callback_url: str
    salt: str


class FakeKuaidi100:
    """Kuaidi100 for one customer.

    Args:
        customer, key: the account.
        clock: its time.
        sleep: waits between the tries of a push.

    Attributes:
        tried: is told of each try of a push: the number, which try, whether it was acknowledged.
    """

    def __init__(
        self,
        *,
        customer: str,
        key: str,
        clock: Clock = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.waybills: dict[str, Waybill] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.faults: deque[Fault] = deque()
        self.queries: list[str] = []
        self.params: list[Json] = []
        self._customer = customer
        self._key = key
        self._clock = clock
        self._sleep = sleep
        self.tried: Callable[[str, int, bool], None] = lambda number, attempt, read: None
        self._asked_at: dict[str, datetime] = {}

    def app(self) -> web.Application:
        """The application, on any port; it must not be reachable from elsewhere."""
        app = web.Application()
        self.join(app)
        return app

    def join(self, app: web.Application, *, prefix: str = "") -> None:
        """Answer in that application, under that path."""
        app.router.add_post(f"{prefix}/poll/query.do", self._query)
        app.router.add_post(f"{prefix}/poll", self._subscribe)

    def add(self, waybill: Waybill) -> None:
        """The carrier has this parcel."""
        self.waybills[waybill.number] = waybill

    def push_param(self, number: str, *, status: str = "polling", com_new: str = "") -> str:
        """The text of a push about that number as it is now."""
        waybill = self.waybills[number]
        result = self._result(waybill)
        return json.dumps(
            {
                "status": status,
                "billstatus": "check" if waybill.state == "3" else "got",
                "message": "",
                "autoCheck": "1" if com_new else "0",
                "comOld": waybill.com if com_new else "",
                "comNew": com_new,
                "lastResult": result,
            },
            ensure_ascii=False,
        )

    async def push(self, number: str, *, status: str = "polling", com_new: str = "") -> int:
        """Push that number's news until it is acknowledged; the number of tries, 0: never read."""
        subscription = self.subscriptions[number]
        param = self.push_param(number, status=status, com_new=com_new)
        form = {"sign": _md5(param + subscription.salt), "param": param}
        timeout = aiohttp.ClientTimeout(total=PUSH_TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for attempt in range(1, TRIES + 1):
                read = await _read_by(session, subscription.callback_url, form)
                self.tried(number, attempt, read)
                if read:
                    return attempt
                if attempt < TRIES:
                    await self._sleep(RETRY_SECONDS)
        return 0

    async def _query(self, request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        spoilt = await self._spoilt(request)
        if spoilt is not None:
            return spoilt
        param, customer = str(posted.get("param", "")), str(posted.get("customer", ""))
        if customer != self._customer or posted.get("sign") != _md5(
            param + self._key + self._customer
        ):
            return _failed("503", "验证签名失败")
        try:
            asked = json.loads(param)
        except ValueError:
            return _failed("400", "提交的数据不完整，或者贵公司没授权")
        self.params.append(asked)
        com, number = str(asked.get("com", "")), str(asked.get("num", ""))
        self.queries.append(number)
        if not com or com != com.lower() or not 6 <= len(number) <= 32:
            return _failed("400", "找不到对应公司")
        last, now = self._asked_at.get(number), self._clock()
        if last is not None and now - last < APART:
            return _failed(LOCKED, "该单号查询过于频繁，已锁单")
        self._asked_at[number] = now
        waybill = self.waybills.get(number)
        if com in _NEED_PHONE:
            phone = str(asked.get("phone", ""))
            if not phone or (waybill is not None and phone[-4:] != waybill.phone[-4:]):
                return _failed("408", "验证码错误")
        if waybill is None or waybill.com != com or not waybill.data:
            return _failed("500", "查询无结果，请隔段时间再查")
        return web.json_response(self._result(waybill))

    async def _subscribe(self, request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        spoilt = await self._spoilt(request)
        if spoilt is not None:
            return spoilt
        try:
            asked = json.loads(str(posted.get("param", "")))
            parameters, number = asked["parameters"], asked["number"]
            callback_url, salt = parameters["callbackurl"], parameters.get("salt", "")
            company = asked.get("company", "")
        except (ValueError, KeyError, TypeError):
            return _failed("700", "订阅方的订阅数据存在错误")
        if posted.get("schema") != "json" or not 6 <= len(number) <= 32:
            return _failed("700", "订阅方的订阅数据存在错误")
        if asked.get("key") != self._key:
            return _failed("601", "POLL:KEY已过期")
        if not company and parameters.get("autoCom") != "1":
            return _failed("702", "POLL:识别不到该单号对应的快递公司")
        if company in _NEED_PHONE and not parameters.get("phone"):
            return _failed("408", "验证码错误")
        if number in self.subscriptions:
            return _failed("501", "POLL:重复订阅")
        self.subscriptions[number] = Subscription(
            number=number, callback_url=callback_url, salt=salt
        )
        return web.json_response({"result": True, "returnCode": "200", "message": "提交成功"})

    async def _spoilt(self, request: web.Request) -> web.StreamResponse | None:
        if not self.faults:
            return None
        fault = self.faults.popleft()
        spoilt = await fault.act(request)
        if spoilt is not None or not fault.code:
            return spoilt
        return _failed(str(fault.code), fault.sub_msg)

    def _result(self, waybill: Waybill) -> Json:
        return {
            "message": "ok",
            "state": waybill.state,
            "status": "200",
            "condition": "F00",
            "ischeck": "1" if waybill.state == "3" else "0",
            "com": waybill.com,
            "nu": waybill.number,
            "data": waybill.data,
        }


def _failed(code: str, message: str) -> web.Response:
    return web.json_response({"result": False, "returnCode": code, "message": message})


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


async def _read_by(session: aiohttp.ClientSession, url: str, form: dict[str, str]) -> bool:
    try:
        async with session.post(url, data=form) as response:
            answer = await response.json(content_type=None)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
        return False
    return isinstance(answer, dict) and answer.get("result") is True
