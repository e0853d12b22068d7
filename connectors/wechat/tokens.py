"""The access token of one account: cached, fetched by one at a time, replaced at most once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from conversations.database import Clock

_RENEWAL = 240  # seconds; WeChat hands out the next token five minutes before the old one ends


@dataclass(frozen=True)
class Issued:
    """What `stable_token` answers."""

    value: str = field(repr=False)
    expires_in: float


@dataclass(frozen=True, eq=False)
class Token:
    """One fetched token. Compared by identity: fetching again may give the same value."""

    value: str = field(repr=False)
    fresh_until: datetime


class AccessTokens:
    """Single-flight cache. `stable_token` gives every process the same token, so each may cache."""

    def __init__(self, *, fetch: Callable[[], Awaitable[Issued]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token: Token | None = None
        self._flight: asyncio.Task[Token] | None = None

    async def get(self) -> Token:
        """A token that is fresh by our clock. Raises what `fetch` raises."""
        if self._token is not None and self._clock() < self._token.fresh_until:
            return self._token
        return await self._refresh()

    async def replace(self, failed: Token) -> Token:
        """A token other than the one that WeChat just refused.

        Of many callers with the same failed token one fetches and all get the result.
        """
        if self._token is not None and self._token is not failed:
            return self._token
        return await self._refresh()

    async def _refresh(self) -> Token:
        if self._flight is None:
            self._flight = asyncio.create_task(self._take_off())
            self._flight.add_done_callback(_look_at_error)
        return await asyncio.shield(self._flight)

    async def _take_off(self) -> Token:
        try:
            issued = await self._fetch()
            seconds = max(issued.expires_in - _RENEWAL, issued.expires_in / 2)
            self._token = Token(
                value=issued.value, fresh_until=self._clock() + timedelta(seconds=seconds)
            )
            return self._token
        finally:
            self._flight = None


def _look_at_error(flight: asyncio.Task[Token]) -> None:
    # All who waited may have been cancelled meanwhile; asyncio complains about unseen errors.
    if not flight.cancelled():
        flight.exception()
