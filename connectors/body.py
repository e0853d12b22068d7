"""Requests that cannot hurt: a body with one certain length, a limit, and a time to arrive."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic.compat import Header
from sanic.exceptions import InvalidUsage
from sanic.request import Request

BODY_LIMIT = 64 * 1024
READ_SECONDS = 5.0
"""How long a body may take; WeChat itself gives up then."""

_LENGTH_DIGITS = 15


class BodyTooLarge(Exception):
    """More bytes were announced or sent than the route takes."""


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


class CarefulRequest(Request):
    """A request whose end is certain; any other is refused (400) and its connection closed.

    Sanic 21.12 takes as length what `int()` takes. A negative one has it read for ever without
    letting anybody else run: one request would stop the process. Two lengths, or a length beside
    chunks, let a proxy and Sanic see different requests.
    """

    __slots__ = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not _certain_end(self.headers):
            raise InvalidUsage("Bad Request")


async def read_body(
    request: Request, *, limit: int = BODY_LIMIT, seconds: float | None = None
) -> bytes:
    """The body of a route declared with `stream=True`.

    Args:
        request: whose body.
        limit: bytes.
        seconds: how long it may take to arrive; READ_SECONDS unless given.

    Raises:
        BodyTooLarge: nothing past the limit is kept.
        BodyTooSlow: the connection is closed after the answer.
    """
    try:
        return await asyncio.wait_for(_read(request, limit), seconds or READ_SECONDS)
    except asyncio.TimeoutError:
        if request.stream is not None:  # otherwise Sanic would wait for the rest of it
            request.stream.request_body = None
            request.stream.keep_alive = False
        raise BodyTooSlow from None


async def _read(request: Request, limit: int) -> bytes:
    if int(request.headers.get("content-length", "0")) > limit:
        raise BodyTooLarge
    body = bytearray()
    stream = request.stream
    if stream is None:  # the request had no body
        return b""
    while True:
        chunk = await stream.read()
        if chunk is None:
            return bytes(body)
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge


def _certain_end(headers: Header) -> bool:
    lengths = headers.getall("content-length", [])
    codings = headers.getall("transfer-encoding", [])
    if codings:
        return not lengths and codings == ["chunked"]
    return all(
        len(lengths) == 1 and text.isascii() and text.isdigit() and len(text) <= _LENGTH_DIGITS
        for text in lengths
    )
