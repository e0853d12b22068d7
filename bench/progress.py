"""What the screen shows while the bench works."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LOG_EVERY = 30  # seconds between lines where there is no terminal


def say(line: str = "") -> None:
    """A line of progress."""
    print(line, flush=True)


class Ticker:
    """The step in hand and the time it has taken so far."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.began

    def line(self) -> str:
        """How things stand."""
        minutes, seconds = divmod(int(self.seconds), 60)
        note = f"  {self.note}" if self.note else ""
        return f"  {self.title} {minutes:02d}:{seconds:02d}{note}"


@asynccontextmanager
async def ticking(title: str) -> AsyncIterator[Ticker]:
    """Show the elapsed time while the block runs: each second on a terminal, else a line a while.

    Set the ticker's `note` to tell what is being done.
    """
    ticker = Ticker(title)
    task = asyncio.create_task(_tick(ticker))
    try:
        yield ticker
    finally:
        task.cancel()
        if sys.stdout.isatty():
            print("\r\033[K", end="")
        say(ticker.line())


async def _tick(ticker: Ticker) -> None:
    while True:
        if sys.stdout.isatty():
            print(f"\r\033[K{ticker.line()}", end="", flush=True)
            await asyncio.sleep(1)
        else:
            await asyncio.sleep(_LOG_EVERY)
            say(ticker.line())
