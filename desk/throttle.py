"""How often something may be tried: a sliding window per key, in this process."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from conversations.database import Clock, utc_now

_MANY_KEYS = 10_000


class Throttle:
    """At most `limit` tries per key within `window`.

    A try is counted when it begins, so that many at once cannot slip through together; one that
    turned out well is given back.
    """

    def __init__(self, *, limit: int, window: timedelta, clock: Clock = utc_now) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._tries: dict[str, deque[datetime]] = {}

    def attempt(self, key: str) -> int:
        """Count one try. Returns 0, or the seconds to wait when it may not be made now."""
        now = self._clock()
        if len(self._tries) > _MANY_KEYS:
            self._forget_old(now)
        tries = self._tries.setdefault(key, deque())
        while tries and tries[0] <= now - self._window:
            tries.popleft()
        if len(tries) >= self._limit:
            return max(1, int((tries[0] + self._window - now).total_seconds()))
        tries.append(now)
        return 0

    def give_back(self, key: str) -> None:
        """The last try of this key went well: it does not count."""
        tries = self._tries.get(key)
        if tries:
            tries.pop()

    def _forget_old(self, now: datetime) -> None:
        for key in [k for k, t in self._tries.items() if not t or t[-1] <= now - self._window]:
            del self._tries[key]
