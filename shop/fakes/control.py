"""The fake platforms on one port, and a page with which a person makes things happen there."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from conversations.database import Clock, utc_now
from conversations.errors import NotFound, StateConflict
from shop.fakes.happenings import (
    CHINA,
    REFUND_CHANGES,
    TRADE_CHANGES,
    Change,
    Happenings,
    Json,
    next_step,
    title_of,
)
from shop.fakes.kuaidi100 import TRIES, FakeKuaidi100
from shop.fakes.top import FakeTop
from shop.fakes.worlds import open_uid

TAOBAO = "/taobao"
KUAIDI100 = "/kuaidi100"
"""The paths under which the two platforms are."""

_STATIC = Path(__file__).parent / "static"
_LIMITED_SECONDS = 60
_NOTES = 50
_BODY_LIMIT = 64 * 1024
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_PLATFORMS = {"taobao": "淘宝", "kuaidi100": "快递100"}
_TRADES = {
    "WAIT_BUYER_PAY": "待付款",
    "WAIT_SELLER_SEND_GOODS": "待发货",
    "SELLER_CONSIGNED_PART": "部分发货",
    "WAIT_BUYER_CONFIRM_GOODS": "已发货，等买家确认",
    "TRADE_FINISHED": "交易成功",
    "TRADE_CLOSED": "已退款，交易关闭",
    "TRADE_CLOSED_BY_TAOBAO": "交易关闭",
}
_REFUNDS = {
    "WAIT_SELLER_AGREE": "等卖家同意",
    "WAIT_BUYER_RETURN_GOODS": "等买家寄回",
    "WAIT_SELLER_CONFIRM_GOODS": "等卖家收货",
    "SUCCESS": "退款成功",
    "SELLER_REFUSE_BUYER": "卖家已拒绝",
    "CLOSED": "已撤销",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Person:
    """A customer of the demo."""

    id: str
    name: str


@dataclass(frozen=True)
class Note:
    """Something that happened, for the page: `at` is the time of day in China."""

    at: str
    text: str
    ok: bool


class Control:
    """The platforms and their switchboard.

    Args:
        top: fake Taobao, filled.
        kuaidi100: fake Kuaidi100, filled; it tells this of its pushes.
        people: whose orders the page shows.
        clock: the platforms' time.
    """

    def __init__(
        self,
        *,
        top: FakeTop,
        kuaidi100: FakeKuaidi100,
        people: Sequence[Person],
        clock: Clock = utc_now,
    ) -> None:
        self._top = top
        self._kuaidi100 = kuaidi100
        self._people = tuple(people)
        self._clock = clock
        self._happenings = Happenings(top=top, kuaidi100=kuaidi100, clock=clock)
        self._on = dict.fromkeys(_PLATFORMS, True)
        self._notes: deque[Note] = deque(maxlen=_NOTES)
        self._unpushed: set[str] = set()
        self._pushes: set[asyncio.Task[int]] = set()
        kuaidi100.tried = self._tried

    def app(self) -> web.Application:
        """The application, on any port; it must not be reachable from elsewhere."""
        app = web.Application(client_max_size=_BODY_LIMIT, middlewares=[self._guard])
        app.cleanup_ctx.append(self._pushing)
        self._top.join(app, prefix=TAOBAO)
        self._kuaidi100.join(app, prefix=KUAIDI100)
        app.router.add_get("/", self._page)
        app.router.add_get("/health", self._health)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/people/{id}", self._person)
        app.router.add_post("/api/platforms/{name}/{what}", self._switch)
        app.router.add_post("/api/parcels/{number}/next", self._next)
        app.router.add_post("/api/trades/{tid}/{action}", self._trade)
        app.router.add_post("/api/refunds/{id}/{action}", self._refund)
        app.router.add_static("/static", _STATIC)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A platform that is off answers 503; no other site's page makes anything happen."""
        for name in _PLATFORMS:
            if request.path.startswith(f"/{name}/") and not self._on[name]:
                return web.Response(status=503, text="<html>gateway</html>")
        foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
        if request.path.startswith("/api/") and request.method != "GET":
            if foreign or request.content_type != "application/json":
                return _problem(403, "只接受这个页面自己的请求")
            try:
                return await handler(request)
            except NotFound as error:
                return _problem(404, str(error))
            except StateConflict as error:
                return _problem(409, str(error))
        return await handler(request)

    async def _pushing(self, app: web.Application) -> AsyncIterator[None]:
        yield
        for push in self._pushes:
            push.cancel()
        await asyncio.gather(*self._pushes, return_exceptions=True)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(_STATIC / "index.html", headers=_HEADERS)

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "platforms": [
                    {"id": name, "title": title, "on": self._on[name], "figures": figures}
                    for (name, title), figures in zip(
                        _PLATFORMS.items(), self._figures(), strict=True
                    )
                ],
                "people": [asdict(person) for person in self._people],
                "notes": [asdict(note) for note in self._notes],
            }
        )

    def _figures(self) -> tuple[str, str]:
        return (
            f"被问 {len(self._top.calls)} 次 · 消息 {len(self._top.messages)} 条没确认，"
            f"{len(self._top.confirmed)} 条已确认",
            f"被查 {len(self._kuaidi100.queries)} 次 · "
            f"{len(self._kuaidi100.subscriptions)} 个单号已订阅",
        )

    async def _person(self, request: web.Request) -> web.Response:
        trades = self._happenings.trades_of(open_uid(request.match_info["id"]))
        return web.json_response({"trades": [self._shown(trade) for trade in trades]})

    def _shown(self, trade: Json) -> Json:
        lines = trade["orders"]["order"]
        actions = _buttons(TRADE_CHANGES.get(trade["status"], {}))
        if self._happenings.may_be_refunded(trade):
            actions.append({"id": "refund", "title": "买家申请退款"})
        numbers = dict.fromkeys(line["invoice_no"] for line in lines if line.get("invoice_no"))
        return {
            "id": str(trade["tid"]),
            "status": _TRADES.get(trade["status"], trade["status"]),
            "goods": [f"{line['title']} ×{line['num']}" for line in lines],
            "actions": actions,
            "parcels": [
                self._shown_parcel(number)
                for number in numbers
                if number in self._kuaidi100.waybills
            ],
            "refunds": [
                {
                    "id": refund["refund_id"],
                    "status": _REFUNDS.get(refund["status"], refund["status"]),
                    "actions": _buttons(REFUND_CHANGES.get(refund["status"], {})),
                }
                for refund in self._happenings.refunds_of(trade["tid"])
            ],
        }

    def _shown_parcel(self, number: str) -> Json:
        waybill = self._kuaidi100.waybills[number]
        step = next_step(waybill)
        return {
            "number": number,
            "newest": waybill.data[0]["context"] if waybill.data else "还没有轨迹",
            "at": waybill.data[0]["ftime"] if waybill.data else "",
            "next": None if step is None else title_of(step),
            "subscribed": number in self._kuaidi100.subscriptions,
        }

    async def _switch(self, request: web.Request) -> web.Response:
        name, what = request.match_info["name"], request.match_info["what"]
        if name not in _PLATFORMS or what not in ("on", "off", "limit"):
            raise NotFound("没有这个开关")
        if what == "limit":
            if name != "taobao":
                raise NotFound("只有淘宝限流")
            self._top.ban, self._top.calls_allowed = _LIMITED_SECONDS, 0
            self._note(f"淘宝：下一次调用起限流 {_LIMITED_SECONDS} 秒", ok=False)
            return web.json_response({})
        self._on[name] = what == "on"
        self._note(f"{_PLATFORMS[name]}：{'恢复了' if what == 'on' else '停了'}", ok=what == "on")
        if self._on["kuaidi100"]:
            for number in sorted(self._unpushed):
                self._push(number)
            self._unpushed.clear()
        return web.json_response({})

    async def _next(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        self._happenings.move(number)
        newest = self._kuaidi100.waybills[number].data[0]["context"]
        self._note(f"包裹 {number}：{newest}", ok=True)
        self._moved(number)
        return web.json_response({})

    def _moved(self, number: str) -> None:
        if number not in self._kuaidi100.subscriptions:
            self._note(f"包裹 {number} 没有订阅：不推送，等掌柜来查", ok=True)
        elif not self._on["kuaidi100"]:
            self._unpushed.add(number)
            self._note(f"快递100 停着：包裹 {number} 等它恢复再推送", ok=False)
        else:
            self._push(number)

    def _push(self, number: str) -> None:
        signed = self._kuaidi100.waybills[number].state == "3"
        status = "shutdown" if signed else "polling"
        push = asyncio.create_task(self._kuaidi100.push(number, status=status))
        self._pushes.add(push)
        push.add_done_callback(self._pushes.discard)

    def _tried(self, number: str, attempt: int, read: bool) -> None:
        if read:
            self._note(f"推送 {number}：掌柜已收下（第 {attempt} 次）", ok=True)
        elif attempt < TRIES:
            self._note(f"推送 {number}：第 {attempt} 次没收下，半小时后再推", ok=False)
        else:
            self._note(f"推送 {number}：推了 {attempt} 次都没收下，放弃", ok=False)

    async def _trade(self, request: web.Request) -> web.Response:
        tid = request.match_info["tid"]
        if not tid.isdecimal():
            raise NotFound("没有这笔交易")
        self._happenings.change_trade(int(tid), request.match_info["action"])
        self._told(f"交易 {tid}")
        return web.json_response({})

    async def _refund(self, request: web.Request) -> web.Response:
        refund_id = request.match_info["id"]
        self._happenings.change_refund(refund_id, request.match_info["action"])
        self._told(f"退款 {refund_id}")
        return web.json_response({})

    def _told(self, what: str) -> None:
        self._note(f"{what}：消息 {self._top.messages[-1].topic} 在等掌柜来取", ok=True)

    def _note(self, text: str, *, ok: bool) -> None:
        at = self._clock().astimezone(CHINA).strftime("%H:%M:%S")
        self._notes.appendleft(Note(at=at, text=text, ok=ok))


def _buttons(changes: Mapping[str, Change]) -> list[dict[str, Any]]:
    return [{"id": action, "title": change.title} for action, change in changes.items()]


def _problem(status: int, message: str) -> web.Response:
    return web.json_response(
        {"error": message},
        status=status,
        dumps=lambda body: json.dumps(body, ensure_ascii=False),
    )
