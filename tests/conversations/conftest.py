"""A small world for the ledger: a clock that stands still, messages, a shopper."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import count

import pytest

from conversations.keys import ConversationKey
from conversations.messages import Content, InboundMessage


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 11, 12, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def key() -> ConversationKey:
    return ConversationKey("wechat", "demo", "oUser1")


_ids = count(1)


def says(key: ConversationKey, text: str, *, id: str = "", choice_id: str = "") -> InboundMessage:
    """A shopper's message; without `id` a new one each time."""
    return InboundMessage(
        key=key,
        platform_message_id=id or f"msg-{next(_ids)}",
        content=Content(text=text),
        sent_at=datetime(2026, 11, 11, 12, 0, tzinfo=timezone.utc),
        choice_id=choice_id,
    )
