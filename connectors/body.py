"""Request bodies that cannot hurt: a limit that holds before and while reading."""

from __future__ import annotations

from sanic.request import Request

BODY_LIMIT = 64 * 1024


class BodyTooLarge(Exception):
    """More than BODY_LIMIT bytes were announced or sent."""


async def read_body(request: Request) -> bytes:
    """The body of a route declared with `stream=True`.

    Raises:
        BodyTooLarge: nothing past the limit is kept.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > BODY_LIMIT:
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
        if len(body) > BODY_LIMIT:
            raise BodyTooLarge
