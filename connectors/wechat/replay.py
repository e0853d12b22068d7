"""Pushes that were accepted a moment ago: WeChat's retries, or somebody's replay of them."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

_MOST = 20_000


class ReplayCache:
    """Remembers signatures for as long as their timestamp would be accepted.

    A signature covers the whole encrypted body, so the same one is the same push and is answered
    without another look at it. The ledger would not store it twice either; this saves the work.
    """

    def __init__(self, *, keep: timedelta) -> None:
        self._keep = keep
        self._accepted: OrderedDict[tuple[str, str, str], datetime] = OrderedDict()

    def known(self, account: str, signature: str, nonce: str, *, now: datetime) -> bool:
        """Whether this push was accepted within the time we remember."""
        accepted = self._accepted.get((account, signature, nonce))
        return accepted is not None and now - accepted <= self._keep

    def accept(self, account: str, signature: str, nonce: str, *, now: datetime) -> None:
        """It is in the ledger, or asks nothing of us: once is enough."""
        self._accepted[account, signature, nonce] = now
        while self._accepted:
            oldest = next(iter(self._accepted))
            if len(self._accepted) <= _MOST and now - self._accepted[oldest] <= self._keep:
                return
            del self._accepted[oldest]
