"""What the shoppers' phones show, kept in memory, and who is looking."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conversations.database import Clock

_KEPT = 500  # bubbles of one shopper
_LOGGED = 100


@dataclass(frozen=True)
class Bubble:
    """One thing on the screen.

    `side`: shopper, shop, or system. `kind`: text, image, menu, news, notice. `body` has the
    fields of the kind, as the page reads them.
    """

    id: int
    openid: str
    side: str
    kind: str
    body: Mapping[str, Any]
    at: datetime

    def to_json(self) -> dict[str, Any]:
        """The bubble for the page."""
        return {
            "id": self.id,
            "openid": self.openid,
            "side": self.side,
            "kind": self.kind,
            "at": self.at.isoformat(),
            **self.body,
        }


class Phones:
    """All the phones of the demonstration."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._chats: dict[str, deque[Bubble]] = {}
        self._log: deque[Mapping[str, Any]] = deque(maxlen=_LOGGED)
        self._watchers: set[asyncio.Queue[Mapping[str, Any]]] = set()

    def show(self, openid: str, *, side: str, kind: str, **body: Any) -> Bubble:
        """Put a bubble on this shopper's screen."""
        bubble = Bubble(
            id=next(self._numbers),
            openid=openid,
            side=side,
            kind=kind,
            body=body,
            at=self._clock(),
        )
        self._chats.setdefault(openid, deque(maxlen=_KEPT)).append(bubble)
        self._tell({"type": "bubble", "bubble": bubble.to_json()})
        return bubble

    def typing(self, openid: str, *, on: bool) -> None:
        """Show or hide that the shop is typing."""
        self._tell({"type": "typing", "openid": openid, "on": on})

    def note(self, what: str, result: str, *, ok: bool) -> None:
        """One line for the developer's drawer."""
        line = {"at": self._clock().isoformat(), "what": what, "result": result, "ok": ok}
        self._log.append(line)
        self._tell({"type": "log", "line": line})

    def history(self, openid: str) -> Sequence[Bubble]:
        """Everything on this shopper's screen, oldest first."""
        return list(self._chats.get(openid, ()))

    def log(self) -> Sequence[Mapping[str, Any]]:
        """The newest lines of the developer's drawer, oldest first."""
        return list(self._log)

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Mapping[str, Any]]]:
        """A queue of everything that happens while the block runs."""
        queue: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)

    def wake(self) -> None:
        """Let every watcher look up: the server is about to stop."""
        self._tell({"type": "wake"})

    def _tell(self, event: Mapping[str, Any]) -> None:
        for queue in self._watchers:
            queue.put_nowait(event)
