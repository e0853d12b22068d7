"""How many messages a shopper's doings allow us (reference 1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

PER_MESSAGE = 5
MESSAGE_WINDOW = timedelta(hours=48)
PER_TAP = 3  # a tap on a menu, following the account
TAP_WINDOW = timedelta(minutes=1)

_OUTSIDE, _USED_UP = 45015, 45047


@dataclass
class _Grant:
    left: int
    until: datetime


class Window:
    """One shopper's grants. They do not add up: each doing fills its own to the brim again."""

    def __init__(self) -> None:
        self._grants: dict[str, _Grant] = {}

    def wrote(self, now: datetime) -> None:
        """The shopper sent a message."""
        self._grants["message"] = _Grant(left=PER_MESSAGE, until=now + MESSAGE_WINDOW)

    def tapped(self, now: datetime) -> None:
        """The shopper tapped a menu or followed the account."""
        self._grants["tap"] = _Grant(left=PER_TAP, until=now + TAP_WINDOW)

    def take(self, now: datetime) -> int:
        """Use one message up; the errcode when there is none."""
        grants = sorted(
            (grant for grant in self._grants.values() if now < grant.until),
            key=lambda grant: grant.until,
        )
        if not grants:
            return _OUTSIDE
        for grant in grants:
            if grant.left > 0:
                grant.left -= 1
                return 0
        return _USED_UP
