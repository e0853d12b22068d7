"""What all outside systems of a shop share: one HTTP session, limits, and a circuit breaker.

Whatever goes wrong is `ShopUnavailable`. Its text names the system and what was seen, never an
address, a parameter or an answer: those hold secrets and personal data.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import aiohttp
import structlog

from shop.errors import ShopUnavailable

TIMEOUT = 3.0
"""Seconds for one question to the gateway, all calls and retries behind it together."""
SIZE_LIMIT = 1024 * 1024  # bytes of an answer
FAILURES = 5  # in a row open the breaker
REST = 30.0  # seconds it then stays open

_KEEP_ALIVE = 4.0  # shorter than front ends keep an idle connection
_CONNECTIONS = 50

Ticks = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


class Phase(str, Enum):
    """What a breaker lets through."""

    CLOSED = "closed"  # everything
    OPEN = "open"  # nothing
    HALF_OPEN = "half_open"  # one call at a time, to see whether the system is back


@dataclass(frozen=True)
class Health:
    """The state of one system, as a metric reads it.

    `failures` are those in a row; `opened` counts how often the breaker opened since the start;
    `retry_in` are the seconds until the system is asked again, 0 when it may be asked now.
    """

    system: str
    phase: Phase
    failures: int
    opened: int
    retry_in: float


class Breaker:
    """Stops asking a system that fails, and asks again with one call after a rest.

    Args:
        system: its name, for texts and metrics.
        limit: failures in a row that open it.
        rest: seconds it stays open.
        ticks: seconds that only go forward.
    """

    def __init__(
        self,
        *,
        system: str,
        limit: int = FAILURES,
        rest: float = REST,
        ticks: Ticks = time.monotonic,
    ) -> None:
        self._system = system
        self._limit = limit
        self._rest = rest
        self._ticks = ticks
        self._failures = 0
        self._opened = 0
        self._open_until: float | None = None
        self._trying = False

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one call: `ShopUnavailable` inside counts as a failure, any other end does not.

        A cancelled call tells nothing.

        Raises:
            ShopUnavailable: the breaker is open, or half open and another call is trying.
        """
        trial = self._open_until is not None
        if trial:
            self._admit_trial()
        try:
            yield
        except ShopUnavailable:
            self._failed()
            raise
        except Exception:
            self._answered()
            raise
        else:
            self._answered()
        finally:
            if trial:
                self._trying = False

    def health(self) -> Health:
        """The present state."""
        wait = 0.0 if self._open_until is None else max(0.0, self._open_until - self._ticks())
        if self._open_until is None:
            phase = Phase.CLOSED
        else:
            phase = Phase.OPEN if wait else Phase.HALF_OPEN
        return Health(
            system=self._system,
            phase=phase,
            failures=self._failures,
            opened=self._opened,
            retry_in=wait,
        )

    def _admit_trial(self) -> None:
        wait = self.health().retry_in
        if wait or self._trying:
            until = f"for another {wait:.0f} s" if wait else "while one call tries it"
            raise ShopUnavailable(
                f"{self._system} failed {self._failures} times in a row and is not asked {until}"
            )
        self._trying = True

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= self._limit:
            if self._open_until is None:
                self._opened += 1
                log.error("shop.system_down", system=self._system, failures=self._failures)
            self._open_until = self._ticks() + self._rest

    def _answered(self) -> None:
        if self._open_until is not None:
            log.info("shop.system_back", system=self._system)
        self._failures = 0
        self._open_until = None


class Remote:
    """One outside system over HTTP. The session opens with the first call; `close()` ends it.

    Args:
        system: its name, e.g. `Taobao`.
        timeout: seconds for one question to the gateway, see `deadline`.
        size_limit: bytes of an answer, unpacked.
        breaker: by default one with the limits of this module.
        ticks: seconds that only go forward.
        sleep: waits between retries.
    """

    def __init__(
        self,
        *,
        system: str,
        timeout: float = TIMEOUT,
        size_limit: int = SIZE_LIMIT,
        breaker: Breaker | None = None,
        ticks: Ticks = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.system = system
        self.breaker = breaker or Breaker(system=system, ticks=ticks)
        self.ticks = ticks
        self._timeout = timeout
        self._size_limit = size_limit
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def deadline(self) -> float:
        """Until when a question that is asked now must be answered, in `ticks`."""
        return self.ticks() + self._timeout

    async def pause(self, seconds: float, *, deadline: float) -> bool:
        """Wait before another try; False, without waiting, when the deadline would pass."""
        if self.ticks() + seconds >= deadline:
            return False
        await self._sleep(seconds)
        return True

    async def post(self, url: str, form: Mapping[str, str], *, deadline: float) -> dict[str, Any]:
        """The JSON object that answers this form. Inside `breaker.attempt()`.

        Raises:
            ShopUnavailable: no connection, no answer in time, a status other than 200, more bytes
                than allowed, or something other than a JSON object.
        """
        left = deadline - self.ticks()
        if left <= 0:
            raise self._unavailable("had no time left to be asked")
        try:
            async with self._opened().post(
                url,
                data=dict(form),
                timeout=aiohttp.ClientTimeout(total=left),
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    raise self._unavailable(f"answered HTTP {response.status}")
                body = await self._read(response)
        except asyncio.TimeoutError:
            raise self._unavailable(f"did not answer within {self._timeout:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The error's own text may hold the address and what was sent.
            raise self._unavailable(f"cannot be reached ({type(error).__name__})") from None
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._unavailable("answered something other than a JSON object")
        return answer

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(64 * 1024):
            body += chunk
            if len(body) > self._size_limit:
                response.close()
                raise self._unavailable(f"sent more than {self._size_limit} bytes")
        return bytes(body)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _unavailable(self, what: str) -> ShopUnavailable:
        return ShopUnavailable(f"{self.system} {what}")
