"""Pictures that shoppers sent over a channel of our own, kept beside the ledger's messages."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from conversations.database import Database
from conversations.errors import NotFound
from conversations.keys import ConversationKey
from conversations.messages import Picture
from conversations.schema import pictures

ADDRESS = "/shopper/pictures/"
"""How the ledger's messages name them; every door puts its own path in its place."""

_ID = re.compile(r"[0-9a-f]{32}")


def address_of(picture: Picture) -> str:
    """What stands as `image` in the message that the picture came with."""
    return ADDRESS + picture.id


def served_at(address: str, path: str) -> str:
    """The address with `path` for ADDRESS; any other picture's address stays as it is."""
    return path + address.removeprefix(ADDRESS) if address.startswith(ADDRESS) else address


class ShopperPictures:
    """Reading them. `Ledger.record_inbound` stores them, with their message or not at all."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def load(self, key: ConversationKey, id: str) -> Picture:
        """The picture that was sent in this conversation, and in no other.

        Raises:
            NotFound: there is no such picture, or it is another conversation's.
        """
        query = sa.select(pictures).where(pictures.c.conversation == str(key), pictures.c.id == id)
        row = None
        if _ID.fullmatch(id):
            async with self._database.read() as connection:
                row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"conversation {key} has no such picture")
        return Picture(id=row.id, data=row.data, content_type=row.content_type)

    async def count(self, key: ConversationKey, *, since: datetime) -> int:
        """How many this conversation has sent after that moment."""
        query = (
            sa.select(sa.func.count())
            .select_from(pictures)
            .where(pictures.c.conversation == str(key), pictures.c.at > since)
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()
