"""What goes wrong with the next call to a fake."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Fault:
    """One call's trouble; the first of these that is set happens.

    Attributes:
        delay: seconds before the answer.
        status: an HTTP status without a useful body.
        drop: the connection is cut without an answer.
        huge: bytes of a body without end.
        body: this text instead of an answer.
        code, sub_code, sub_msg: an error as the platform words it.
    """

    delay: float = 0.0
    status: int = 0
    drop: bool = False
    huge: int = 0
    body: str = ""
    code: int = 0
    sub_code: str = ""
    sub_msg: str = ""

    async def act(self, request: web.Request) -> web.StreamResponse | None:
        """The spoilt answer, None when the fault is an error of the platform or only a delay."""
        await asyncio.sleep(self.delay)
        if self.status:
            return web.Response(status=self.status, text="<html>gateway</html>")
        if self.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if self.huge:
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(self.huge // _CHUNK + 1):
                await response.write(b" " * _CHUNK)
            return response
        if self.body:
            return web.Response(text=self.body, content_type="application/json")
        return None
