"""What Kuaidi100 pushes to us: `POST`, a form of `sign` and `param`.

Kuaidi100 tries again after half an hour, three times, until it reads the acknowledgement. It is
given after what follows was committed. A push that is not signed with its number's salt is
refused with 403 and no reason.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from shop.carriers import from_kuaidi100
from shop.errors import ShopError, ShopUnavailable
from shop.kuaidi100.api import salt_of
from shop.kuaidi100.states import News, Push, trace_from

BODY_LIMIT = 256 * 1024
"""Bytes of a push; a trace of 200 nodes has 60 KiB."""
READ_SECONDS = 5.0
"""How long a push may take to arrive; Kuaidi100 itself gives up then."""

_ACCEPTED = {"result": True, "returnCode": "200", "message": "成功"}
_REFUSED = {"result": False, "returnCode": "500", "message": "失败"}

log = structlog.get_logger(__name__)


class PushRefused(ShopError):
    """Not a push of Kuaidi100 for the number it names. Why is nobody's business."""

    def __init__(self) -> None:
        super().__init__("a push that is not signed as Kuaidi100 signs for its number")


class PushSink(Protocol):
    """Where pushed news goes."""

    async def record(self, push: Push) -> bool:
        """Commit the news; False when it was known already.

        Raises:
            ShopUnavailable: it was not committed; Kuaidi100 will push again.
        """


def read_push(form: Mapping[str, str], *, secret: str) -> Push:
    """The push in a form.

    Args:
        form: `sign` and `param` as they came.
        secret: what the salts were derived from.

    Raises:
        PushRefused: the signature is missing or wrong, or it is not a push.
    """
    param, given = form.get("param", ""), form.get("sign", "")
    try:
        content = json.loads(param)
        result = content["lastResult"]
        number, com = result["nu"], result["com"]
        if not (isinstance(number, str) and isinstance(com, str) and number):
            raise PushRefused()
    except (ValueError, RecursionError, TypeError, KeyError):
        raise PushRefused() from None
    expected = sign_push(param, salt_of(number, secret=secret))
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode()):
        raise PushRefused()
    try:
        trace = trace_from(result)
    except ValueError:
        raise PushRefused() from None
    corrected = str(content.get("autoCheck", "")) == "1" and bool(content.get("comNew"))
    carrier = str(content["comNew"]) if corrected else com
    news = News(com=carrier.lower(), number=number, trace=trace, corrected=corrected)
    return Push(id=_push_id(com, number, result), news=news)


def sign_push(param: str, salt: str) -> str:
    """The signature of a push: over the very text of `param` as it came."""
    return hashlib.md5(f"{param}{salt}".encode(), usedforsecurity=False).hexdigest().upper()


def push_handler(
    *, secret: str, sink: PushSink, read_seconds: float = READ_SECONDS
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of the callback address, for any aiohttp application.

    Args:
        secret: what the salts were derived from.
        sink: where the news goes.
        read_seconds: how long a push may take to arrive.
    """

    async def handle(request: web.Request) -> web.Response:
        try:
            body = await asyncio.wait_for(_body(request), read_seconds)
        except asyncio.TimeoutError:
            return web.json_response(_REFUSED, status=408, headers={"Connection": "close"})
        if body is None:
            return web.json_response(_REFUSED, status=413, headers={"Connection": "close"})
        try:
            push = read_push(_form(body), secret=secret)
        except PushRefused:
            log.warning("kuaidi100.push_refused")
            return web.json_response(_REFUSED, status=403)
        try:
            fresh = await sink.record(push)
        except ShopUnavailable as error:
            log.warning("kuaidi100.push_not_recorded", reason=str(error))
            return web.json_response(_REFUSED, status=503)
        log.info("kuaidi100.pushed", carrier=from_kuaidi100(push.news.com), fresh=fresh)
        return web.json_response(_ACCEPTED)

    return handle


async def _body(request: web.Request) -> bytes | None:
    """The body, None when it is too large."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _form(body: bytes) -> dict[str, str]:
    """Each field once; nothing at all when a field comes twice or the body is no form."""
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=10, errors="strict")
    except ValueError:
        return {}
    form = dict(pairs)
    return form if len(form) == len(pairs) else {}


def _push_id(com: str, number: str, result: Mapping[str, Any]) -> str:
    """By carrier, number and content; the state counts, as it may change without a new node."""
    content = json.dumps([result.get("state"), result.get("data")], sort_keys=True)
    return f"{com[:32]}:{number[:32]}:{hashlib.sha256(content.encode()).hexdigest()}"
