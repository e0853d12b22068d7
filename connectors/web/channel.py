"""The web channel: sessions, messages in and out (by long poll), pictures; `/webhooks/web/…`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import uuid
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import wraps
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import raw as raw_response

from connectors.body import BodyTooLarge, BodyTooSlow, read_body
from connectors.rasa_bot import OnNewMessage
from connectors.runtime import Runtime, attach
from connectors.web.pictures import HEADERS, SENT_HEADERS, reachable
from connectors.web.tokens import InvalidToken, WebTokens
from conversations import uploads
from conversations.database import utc_now
from conversations.errors import ConfigurationError, NotFound
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import Content, InboundMessage, Kind, Picture
from conversations.pictures import address_of
from conversations.uploads import NotAPicture, TooManyPixels, Uploads
from shop.pictures import NoSuchPicture, ShopPictures

TEXT_CHARACTERS = 8_000
ID_CHARACTERS = 100
LONGEST_WAIT = 25  # seconds
LOOK_AGAIN = 1.5  # seconds; the change feed wakes a poll up at once, this is for what it misses
MOST_PENDING = 30  # unanswered messages of one shopper
MOST_PICTURES = 20  # of one shopper within PICTURES_TIME; a case needs nine at most
PICTURES_TIME = timedelta(hours=1)
MOST_UPLOADS = 16  # at the same time: each may hold `uploads.LIMIT` bytes

_SHARE_IMAGE = "/share_image"


class WebError(Exception):
    """An answer other than success: HTTP status, code for programs, sentence for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]


class WebInput(InputChannel):
    """Rasa's door for the web.

    `demo` lets a session name the demo customer it plays; `pictures` are the shop's own,
    which messages name and `/webhooks/web/images` serves.
    """

    def __init__(
        self, *, account: str, tokens: WebTokens, demo: bool, pictures: ShopPictures | None = None
    ) -> None:
        self._account = account
        self._tokens = tokens
        self._demo = demo
        self._pictures = pictures or ShopPictures()
        self._uploads = Uploads()
        self._uploading = 0

    @classmethod
    def name(cls) -> str:
        """The channel's part of the URL and of conversation keys."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebInput:
        """The channel of credentials.yml.

        Args:
            credentials: `account` (default `shop`); the secret comes from `ZHANGGUI_SECRET`,
                demo sessions from `ZHANGGUI_DEMO=1`.

        Raises:
            ConfigurationError: `ZHANGGUI_SECRET` is missing or short.
        """
        secret = os.environ.get("ZHANGGUI_SECRET")
        if not secret:
            raise ConfigurationError(
                "ZHANGGUI_SECRET is missing; set it to a random text, e.g. the output of: "
                "openssl rand -hex 32"
            )
        return cls(
            account=(credentials or {}).get("account", "shop"),
            tokens=WebTokens(secret=secret),
            demo=os.environ.get("ZHANGGUI_DEMO") == "1",
            pictures=ShopPictures(secret=secret),
        )

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes below `/webhooks/web`."""
        blueprint = Blueprint("zhanggui_web")
        attach(blueprint, on_new_message, None)
        blueprint.add_route(
            _errors(self._health), "/", methods=["GET"], name="health", ignore_body=True
        )
        blueprint.add_route(
            _errors(self._open), "/sessions", methods=["POST"], stream=True, name="sessions"
        )
        blueprint.add_route(
            _errors(self._post), "/messages", methods=["POST"], stream=True, name="post"
        )
        blueprint.add_route(
            _errors(self._poll), "/messages", methods=["GET"], name="poll", ignore_body=True
        )
        blueprint.add_route(
            _errors(self._upload), "/pictures", methods=["POST"], stream=True, name="upload"
        )
        blueprint.add_route(
            _errors(self._sent_picture),
            "/pictures/<name>",
            methods=["GET"],
            name="pictures",
            ignore_body=True,
        )
        blueprint.add_route(
            _errors(self._picture),
            "/images/<name>",
            methods=["GET"],
            name="images",
            ignore_body=True,
        )
        return blueprint

    async def _picture(self, request: Request, name: str) -> HTTPResponse:
        try:
            picture = await asyncio.to_thread(self._pictures.load, name)
        except NoSuchPicture:
            raise WebError(404, "no_picture", "没有这张图片") from None
        return raw_response(picture.data, content_type=picture.content_type, headers=HEADERS)

    async def _health(self, request: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    async def _open(self, request: Request) -> HTTPResponse:
        body = await _json_object(request)
        customer_id = body.get("demo_customer")
        key = ConversationKey("web", self._account, secrets.token_hex(12))
        if customer_id is not None:
            await self._play(request, key, customer_id)
        answer = {"token": self._tokens.issue(key), "conversation": str(key)}
        return json_response(answer, status=201)

    async def _play(self, request: Request, key: ConversationKey, customer_id: object) -> None:
        """Let this session be a demo customer: one whom the demo loader has linked already."""
        if not self._demo:
            raise WebError(403, "demo_only", "只有演示环境才能指定顾客")
        runtime: Runtime = request.app.ctx.zhanggui
        known = (
            isinstance(customer_id, str)
            and customer_id == _storable(customer_id)
            and await runtime.customers.keys_of(customer_id)
        )
        if not known:
            raise WebError(404, "unknown_customer", "演示数据里没有这位顾客")
        await runtime.customers.link([(key, str(customer_id))])

    async def _post(self, request: Request) -> HTTPResponse:
        key = self._caller(request)
        body = await _json_object(request)
        client_id, text = _client_id(body.get("id")), body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise WebError(422, "empty_text", "消息是空的，写点什么再发")
        if len(text) > TEXT_CHARACTERS:
            raise WebError(422, "text_too_long", f"一条消息最多 {TEXT_CHARACTERS} 个字，请分几条发")
        runtime: Runtime = request.app.ctx.zhanggui
        await _not_too_fast(runtime, key)
        receipt = await runtime.receive(
            InboundMessage(
                key=key,
                platform_message_id=f"{key.user}:{client_id}",
                content=Content(text=_storable(text)),
                sent_at=utc_now(),
            )
        )
        return json_response({"seq": receipt.seq, "duplicate": receipt.duplicate}, status=202)

    async def _upload(self, request: Request) -> HTTPResponse:
        key = self._caller(request)
        client_id = _client_id(request.args.get("id"))
        runtime: Runtime = request.app.ctx.zhanggui
        await _not_too_fast(runtime, key)
        sent = await runtime.pictures.count(key, since=utc_now() - PICTURES_TIME)
        if sent >= MOST_PICTURES:
            raise WebError(429, "too_many_pictures", "图片发得有点多，过一会儿再发")
        picture = Picture(
            id=uuid.uuid4().hex, data=await self._prepared(request), content_type="image/jpeg"
        )
        receipt = await runtime.receive(
            InboundMessage(
                key=key,
                platform_message_id=f"{key.user}:{client_id}",
                content=Content(text="[图片]", kind=Kind.IMAGE, image=address_of(picture)),
                sent_at=utc_now(),
                trigger=_SHARE_IMAGE,
                picture=picture,
            )
        )
        return json_response({"seq": receipt.seq, "duplicate": receipt.duplicate}, status=202)

    async def _prepared(self, request: Request) -> bytes:
        if self._uploading >= MOST_UPLOADS:
            raise WebError(429, "busy", "这会儿发图片的人多，等几秒再发")
        self._uploading += 1
        try:
            body = await read_body(request, limit=uploads.LIMIT, seconds=uploads.READ_SECONDS)
            return await self._uploads.prepare(body)
        except BodyTooLarge:
            most = uploads.LIMIT // 1024 // 1024
            raise WebError(413, "picture_too_large", f"图片最大 {most} MB，压缩一下再发") from None
        except TooManyPixels:
            raise WebError(422, "too_many_pixels", "图片尺寸太大，截取要看的部分再发") from None
        except NotAPicture:
            raise WebError(
                415, "not_a_picture", "只能发 JPEG、PNG、WebP、GIF 图片，这张打不开"
            ) from None
        finally:
            self._uploading -= 1

    async def _sent_picture(self, request: Request, name: str) -> HTTPResponse:
        key = self._caller(request)
        runtime: Runtime = request.app.ctx.zhanggui
        try:
            picture = await runtime.pictures.load(key, name)
        except NotFound:
            raise WebError(404, "no_picture", "没有这张图片") from None
        return raw_response(picture.data, content_type=picture.content_type, headers=SENT_HEADERS)

    async def _poll(self, request: Request) -> HTTPResponse:
        key = self._caller(request)
        after = _number(request, "after", default=0, highest=2**31 - 1)
        wait = _number(request, "wait", default=0, highest=LONGEST_WAIT)
        runtime: Runtime = request.app.ctx.zhanggui
        with runtime.changes.subscription(key) as changed:
            found = await _messages(runtime.ledger, key, after)
            deadline = asyncio.get_running_loop().time() + wait
            while not found:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    break
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(changed.get(), min(left, LOOK_AGAIN))
                found = await _messages(runtime.ledger, key, after)
        return json_response({"messages": found})

    def _caller(self, request: Request) -> ConversationKey:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise WebError(401, "no_token", "先用 POST /webhooks/web/sessions 取得 token")
        try:
            key = self._tokens.read(token.strip())
        except InvalidToken:
            raise WebError(401, "bad_token", "会话已失效，请重新打开页面") from None
        if (key.channel, key.account) != ("web", self._account):
            raise WebError(401, "bad_token", "会话已失效，请重新打开页面")
        return key


async def _messages(ledger: Ledger, key: ConversationKey, after: int) -> list[dict[str, Any]]:
    return [reachable(message.public()) for message in await ledger.history(key, after=after)]


async def _not_too_fast(runtime: Runtime, key: ConversationKey) -> None:
    if await runtime.ledger.pending(key) >= MOST_PENDING:
        raise WebError(429, "too_fast", "消息太快了，等我回完前面的再发")


def _client_id(given: object) -> str:
    """The sender's own name of a message, by which its second sending is known.

    Raises:
        WebError: it is none.
    """
    if (
        not isinstance(given, str)
        or not 0 < len(given) <= ID_CHARACTERS
        or given != _storable(given)
    ):
        raise WebError(422, "bad_id", f"id 要是 1 到 {ID_CHARACTERS} 个字符的文本，重发时不变")
    return given


def _storable(text: str) -> str:
    """The text without what no database keeps: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _number(request: Request, name: str, *, default: int, highest: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > highest:
        raise WebError(422, f"bad_{name}", f"{name} 要是 0 到 {highest} 的整数")
    return int(text)


async def _json_object(request: Request) -> dict[str, Any]:
    raw = await read_body(request)
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise WebError(400, "bad_json", "请求体不是 JSON") from None
    if not isinstance(body, dict):
        raise WebError(400, "bad_json", "请求体要是一个 JSON 对象")
    return body


def _errors(handler: Handler) -> Handler:
    """Errors as the channel's contract says, never a stack trace."""

    @wraps(handler)
    async def answer(request: Request, **parts: Any) -> HTTPResponse:
        try:
            return await handler(request, **parts)
        except BodyTooLarge:
            error = WebError(413, "too_large", "请求太大，最多 64 KiB")
        except BodyTooSlow:
            error = WebError(408, "too_slow", "请求没有及时传完，请重发")
        except WebError as known:
            error = known
        if request.stream is not None and request.stream.request_body:
            # Whether the rest of the body still comes is up to the sender: the next request must
            # not be taken for it.
            request.stream.keep_alive = False
        body = {"error": {"code": error.code, "message": error.message}}
        return json_response(body, status=error.status)

    return answer
