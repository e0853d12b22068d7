"""Waiting that can be ended early."""

from __future__ import annotations

import asyncio


async def wait_until_set(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after `seconds`.

    Not `asyncio.wait_for`: in Python 3.10 it can swallow a cancellation that comes at the moment
    the event is set, and the loop that waits here would never end.
    """
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
