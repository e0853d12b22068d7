"""The simulator's web server: WeChat's API, the phone page, and the page's own API."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError

from connectors.simulator.phones import Phones
from connectors.simulator.platform import Answer, Platform, answer, image_type
from connectors.simulator.pushes import Push, Pusher
from connectors.simulator.shoppers import Shoppers
from connectors.wechat.settings import Account
from conversations.database import Clock, utc_now
from shop.errors import ShopUnavailable

log = structlog.get_logger(__name__)

_STATIC = Path(__file__).parent / "static"
_SAMPLE = _STATIC / "sample.png"
_TEXT_BYTES = 2048  # what the phone lets a shopper send at once
_BODY_LIMIT = 11 * 1024 * 1024
_HEARTBEAT = 15.0  # seconds
_UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' http: https: data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next call: an `errcode`, an HTTP `status`, or `drop`.

    With `drop` the call is carried out and the connection is cut before the answer.
    """

    errcode: int = 0
    status: int = 0
    drop: bool = False


class Simulator:
    """WeChat for one account, and the phones of its followers.

    Args:
        account: the keys it shares with the shop's server.
        rasa_url: where the shop's server is, e.g. `http://127.0.0.1:5005`.
        shoppers: who has a phone.
        clock: its time; a virtual one makes 48 hours pass at once.
        images: the folder served at `/shop/images`, when there is one.
        menus: False plays an account that may not send msgmenu (40200).
        push_timeout, push_pause: seconds for and between the attempts of a push.
    """

    def __init__(
        self,
        *,
        account: Account,
        rasa_url: str,
        shoppers: Shoppers,
        clock: Clock = utc_now,
        images: Path | None = None,
        menus: bool = True,
        push_timeout: float = 5.0,
        push_pause: float = 1.0,
    ) -> None:
        self.phones = Phones(clock=clock)
        self.platform = Platform(account=account, phones=self.phones, clock=clock, menus=menus)
        self.pusher = Pusher(
            account=account,
            url=f"{rasa_url}/webhooks/wechat/{account.name}",
            clock=clock,
            timeout=push_timeout,
            pause=push_pause,
        )
        self.faults: deque[Fault] = deque()
        self.calls: list[str] = []
        self._shoppers = shoppers
        self._images = images
        self._last: dict[str, Push] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def app(self) -> web.Application:
        """The application, on any port; it must not be reachable from elsewhere."""
        app = web.Application(client_max_size=_BODY_LIMIT, middlewares=[_guard])
        app.cleanup_ctx.append(self._running)
        # aiohttp 3.9 declares the signal's own type where its callback's belongs.
        app.on_shutdown.append(self._stop_events)  # type: ignore[arg-type]
        app.router.add_post("/cgi-bin/stable_token", self._stable_token)
        app.router.add_post("/cgi-bin/message/custom/send", self._send)
        app.router.add_post("/cgi-bin/message/custom/typing", self._typing)
        app.router.add_post("/cgi-bin/media/upload", self._upload)
        app.router.add_get("/", self._page)
        app.router.add_get("/api/customers", self._list)
        app.router.add_get("/api/customers/{openid}/messages", self._history)
        app.router.add_post("/api/customers/{openid}/messages", self._write)
        app.router.add_post("/api/customers/{openid}/images", self._picture)
        app.router.add_post("/api/customers/{openid}/follow", self._follow)
        app.router.add_post("/api/customers/{openid}/redeliver", self._redeliver)
        app.router.add_post("/api/verify", self._verify)
        app.router.add_get("/api/log", self._log)
        app.router.add_get("/api/events", self._events)
        app.router.add_get("/media/{media_id}", self._media)
        app.router.add_static("/static", _STATIC)
        if self._images is not None and self._images.is_dir():
            app.router.add_static("/shop/images", self._images)
        return app

    async def write(self, openid: str, text: str, *, menu_id: str = "") -> asyncio.Task[None]:
        """The shopper sends a text, or taps the menu option `menu_id`; the task is the push."""
        fields = [("Content", text), *([("bizmsgmenuid", menu_id)] if menu_id else [])]
        if menu_id:
            self.platform.tapped(openid)
        else:
            self.platform.wrote(openid)
        self.phones.show(openid, side="shopper", kind="text", text=text)
        return self._deliver(self.pusher.message(openid, "text", fields), "文字消息")

    async def send_picture(
        self, openid: str, data: bytes, content_type: str, *, base_url: str
    ) -> asyncio.Task[None]:
        """The shopper sends a picture."""
        media_id = self.platform.keep(data, content_type)
        self.platform.wrote(openid)
        self.phones.show(openid, side="shopper", kind="image", image=f"/media/{media_id}")
        fields = [("PicUrl", f"{base_url}/media/{media_id}"), ("MediaId", media_id)]
        return self._deliver(self.pusher.message(openid, "image", fields), "图片消息")

    async def follow(self, openid: str) -> asyncio.Task[None]:
        """The shopper follows the account."""
        self.platform.tapped(openid)
        self.phones.show(openid, side="system", kind="notice", text="你关注了这个公众号")
        return self._deliver(self.pusher.event(openid, "subscribe", [("EventKey", "")]), "关注事件")

    def redeliver(self, openid: str) -> asyncio.Task[None] | None:
        """Push the shopper's last message once more, the same MsgId; None without any."""
        last = self._last.get(openid)
        return None if last is None else self._deliver(last, "重复投递")

    def _deliver(self, push: Push, what: str) -> asyncio.Task[None]:
        self._last[push.openid] = push
        task = asyncio.create_task(self._push(push, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _push(self, push: Push, what: str) -> None:
        outcome = await self.pusher.push(push)
        status = str(outcome.status) if outcome.status else "没有回应"
        tries = "" if outcome.attempts == 1 else f"，第 {outcome.attempts} 次"
        self.phones.note(f"推送 · {what}", f"{status}{tries}", ok=outcome.ok)
        if not outcome.ok:
            self.phones.show(push.openid, side="system", kind="notice", text=_UNAVAILABLE)

    async def _running(self, app: web.Application) -> AsyncIterator[None]:
        await self.pusher.start()
        yield
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pusher.close()

    # WeChat's API

    async def _stable_token(self, request: web.Request) -> web.StreamResponse:
        body = await _wechat_json(request)
        return self._answer(request, "获取 token", lambda: self.platform.stable_token(body or {}))

    async def _send(self, request: web.Request) -> web.StreamResponse:
        body = await _wechat_json(request)
        kind = str((body or {}).get("msgtype", "?"))
        return self._answer(
            request, f"发消息 · {kind}", lambda: self._checked(request, body, self.platform.send)
        )

    async def _typing(self, request: web.Request) -> web.StreamResponse:
        body = await _wechat_json(request)
        return self._answer(
            request, "正在输入", lambda: self._checked(request, body, self.platform.typing)
        )

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        data: bytes | None = None
        if request.content_type == "multipart/form-data":
            media = (await request.post()).get("media")
            if isinstance(media, web.FileField):
                data = media.file.read()
                media.file.close()
        token, kind = request.query.get("access_token", ""), request.query.get("type", "")
        return self._answer(request, "上传图片", lambda: self.platform.upload(token, kind, data))

    @staticmethod
    def _checked(
        request: web.Request,
        body: Mapping[str, Any] | None,
        call: Callable[[str, Mapping[str, Any]], Answer],
    ) -> Answer:
        if body is None:
            return answer(47001)
        return call(request.query.get("access_token", ""), body)

    def _answer(
        self, request: web.Request, what: str, call: Callable[[], Answer]
    ) -> web.StreamResponse:
        self.calls.append(request.path)
        fault = self.faults.popleft() if self.faults else Fault()
        if fault.status:
            self.phones.note(f"接口 · {what}", f"HTTP {fault.status}", ok=False)
            return web.Response(status=fault.status, text="bad gateway")
        said = answer(fault.errcode) if fault.errcode else call()
        code = said.get("errcode", 0)
        self.phones.note(f"接口 · {what}", f"errcode {code}", ok=code == 0)
        if fault.drop and request.transport is not None:
            request.transport.abort()
        # WeChat labels its JSON as plain text.
        return web.Response(
            text=json.dumps(said, ensure_ascii=False), content_type="text/plain", charset="utf-8"
        )

    # The page and its API

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(_STATIC / "index.html", headers=_HEADERS)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        try:
            shoppers = await self._shoppers.all()
        except (SQLAlchemyError, ShopUnavailable) as error:
            log.error("simulator.database_away", error=type(error).__name__)
            raise _problem(
                web.HTTPServiceUnavailable, "演示数据还没有载入：先运行 make demo"
            ) from None
        for shopper in shoppers:
            self.platform.meet(shopper.openid)
        return web.json_response([asdict(shopper) for shopper in shoppers])

    async def _history(self, request: web.Request) -> web.StreamResponse:
        openid = await self._openid(request)
        return web.json_response([bubble.to_json() for bubble in self.phones.history(openid)])

    async def _write(self, request: web.Request) -> web.StreamResponse:
        openid = await self._openid(request)
        body = await _page_json(request)
        text, menu_id = body.get("text"), body.get("menu_id", "")
        if not isinstance(text, str) or not text.strip() or not isinstance(menu_id, str):
            raise _problem(web.HTTPUnprocessableEntity, "不能发送空白消息")
        if len(text.encode("utf-8", "replace")) > _TEXT_BYTES:
            raise _problem(web.HTTPUnprocessableEntity, "这条消息太长了，分几条发吧")
        await self.write(openid, text, menu_id=menu_id)
        return web.json_response({}, status=202)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        openid = await self._openid(request)
        if request.content_type == "application/json":
            await _page_json(request)
            data = await asyncio.get_running_loop().run_in_executor(None, _SAMPLE.read_bytes)
        elif request.content_type.startswith("image/"):
            data = await request.read()
        else:
            raise _problem(web.HTTPUnsupportedMediaType, "只能发 PNG、JPEG 或 GIF 图片")
        content_type = image_type(data)
        if content_type is None:
            raise _problem(web.HTTPUnsupportedMediaType, "只能发 PNG、JPEG 或 GIF 图片")
        await self.send_picture(openid, data, content_type, base_url=f"http://{request.host}")
        return web.json_response({}, status=202)

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        openid = await self._openid(request)
        await _page_json(request)
        await self.follow(openid)
        return web.json_response({}, status=202)

    async def _redeliver(self, request: web.Request) -> web.StreamResponse:
        openid = await self._openid(request)
        await _page_json(request)
        if self.redeliver(openid) is None:
            raise _problem(web.HTTPConflict, "还没有可以重复投递的消息")
        return web.json_response({}, status=202)

    async def _verify(self, request: web.Request) -> web.StreamResponse:
        await _page_json(request)
        outcome = await self.pusher.verify()
        result = f"HTTP {outcome.status}" if outcome.status else "没有回应"
        self.phones.note("验证服务器地址", result, ok=outcome.ok)
        return web.json_response({"ok": outcome.ok, "status": outcome.status})

    async def _log(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(list(self.phones.log()))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**_HEADERS, hdrs.CONTENT_TYPE: "text/event-stream"})
        await response.prepare(request)
        with self.phones.watch() as queue, contextlib.suppress(ConnectionResetError):
            await response.write(b": hello\n\n")
            while not self._stopping:
                event = await _next(queue)
                await response.write(event.encode())
        return response

    async def _stop_events(self, app: web.Application) -> None:
        self._stopping = True
        self.phones.wake()

    async def _media(self, request: web.Request) -> web.StreamResponse:
        media = self.platform.media(request.match_info["media_id"])
        if media is None:
            raise _problem(web.HTTPNotFound, "图片不存在或已过期")
        age = int(timedelta(days=1).total_seconds())
        return web.Response(
            body=media.data,
            content_type=media.content_type,
            headers={
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": f"private, max-age={age}",
            },
        )

    async def _openid(self, request: web.Request) -> str:
        openid = request.match_info["openid"]
        if not self.platform.knows(openid):
            await self._list(request)
        if not self.platform.knows(openid):
            raise _problem(web.HTTPNotFound, "没有这位顾客")
        return openid


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors in the page's language; nothing a foreign page's form could send gets through."""
    foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    if foreign and request.method != "GET":
        raise _problem(web.HTTPForbidden, "只接受这个页面自己的请求")
    return await handler(request)


def _problem(kind: type[web.HTTPError], message: str) -> web.HTTPError:
    return kind(
        text=json.dumps({"error": message}, ensure_ascii=False), content_type="application/json"
    )


async def _next(queue: asyncio.Queue[Mapping[str, Any]]) -> str:
    """The next event as server-sent text; a comment when nothing happens for a while."""
    try:
        event = await asyncio.wait_for(queue.get(), _HEARTBEAT)
    except asyncio.TimeoutError:
        return ": still here\n\n"
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"


async def _page_json(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of a request; its content type keeps forms of other sites out."""
    body = None
    if request.content_type == "application/json":
        body = _object(await request.text())
    if body is None:
        raise _problem(web.HTTPBadRequest, "请求要是一个 JSON 对象")
    return body


async def _wechat_json(request: web.Request) -> Mapping[str, Any] | None:
    return _object((await request.read()).decode("utf-8", "replace"))


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
