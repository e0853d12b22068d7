"""Who did what, to which conversation, when."""

from __future__ import annotations

from enum import Enum

import sqlalchemy as sa

from conversations.database import Clock, Database, utc_now
from desk.schema import audit


class Action(str, Enum):
    """What is put on record."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    TAKE = "take"
    REPLY = "reply"
    NOTE = "note"
    RESOLVE = "resolve"
    APPROVE = "approve"  # agreed to what the shop's rules leave to a person
    REFUSE = "refuse"
    REVEAL = "reveal"  # a shopper's phone and address were shown in full


class Audit:
    """Appends to the record; nothing here changes or deletes it."""

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def record(
        self,
        action: Action,
        *,
        staff: str,
        conversation: str = "",
        detail: str = "",
        address: str = "",
    ) -> None:
        """One line. `detail` never holds what was said, nor personal data."""
        async with self._database.write() as connection:
            await connection.execute(
                sa.insert(audit).values(
                    at=self._clock(),
                    staff=staff,
                    action=action.value,
                    conversation=conversation,
                    detail=detail,
                    address=address,
                )
            )
