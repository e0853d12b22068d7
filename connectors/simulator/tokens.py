"""`stable_token` as WeChat keeps it (reference 1.7)."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.database import Clock

LIFE = timedelta(seconds=7200)
RENEWAL = timedelta(minutes=5)
FORCED_PER_DAY = 20
FORCED_APART = timedelta(seconds=30)

_MISSING, _INVALID, _EXPIRED, _QUOTA = 41001, 40001, 42001, 45009


@dataclass(frozen=True)
class Issue:
    """A token and for how many seconds it holds; with `errcode` other than 0 there is none."""

    value: str = ""
    expires_in: int = 0
    errcode: int = 0


class TokenOffice:
    """The tokens of one account.

    Asked again, it gives the same token. In the last five minutes it gives the next one, and
    both are good until the old one ends. A forced refresh ends the old one at once, at most
    twenty times a day and not within thirty seconds.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._current = ""
        self._ends: dict[str, datetime] = {}
        self._revoked: set[str] = set()
        self._forced: deque[datetime] = deque()
        self.issued = 0

    def issue(self, *, force: bool) -> Issue:
        """The token to use from now on."""
        now = self._clock()
        if force:
            while self._forced and now - self._forced[0] > timedelta(days=1):
                self._forced.popleft()
            if len(self._forced) >= FORCED_PER_DAY or (
                self._forced and now - self._forced[-1] < FORCED_APART
            ):
                return Issue(errcode=_QUOTA)
            self._forced.append(now)
            self.revoke()
        if not self._current or self._ends[self._current] - now <= RENEWAL:
            self._current = secrets.token_urlsafe(96)
            self._ends[self._current] = now + LIFE
            self.issued += 1
        return Issue(
            value=self._current,
            expires_in=int((self._ends[self._current] - now).total_seconds()),
        )

    def revoke(self) -> None:
        """End the present token at once, as after a leak."""
        if self._current:
            self._revoked.add(self._current)
            self._current = ""

    def check(self, value: str) -> int:
        """The errcode for a call with this token: 0 when it is good."""
        if not value:
            return _MISSING
        ends = self._ends.get(value)
        if ends is None or value in self._revoked:
            return _INVALID
        return 0 if self._clock() < ends else _EXPIRED
