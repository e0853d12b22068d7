"""Shoppers' pictures beside the ledger: with their message or not at all, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from conversations.database import Database, utc_now
from conversations.errors import NotFound
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import Content, InboundMessage, Kind, Picture
from conversations.pictures import ADDRESS, ShopperPictures, address_of, served_at
from conversations.schema import messages, pictures

MINE = ConversationKey("web", "shop", "a")
OTHER = ConversationKey("web", "shop", "b")
DATA = bytes(range(256)) * 40


def sent(id: str, *, key: ConversationKey = MINE, message: str = "m1") -> InboundMessage:
    picture = Picture(id=id, data=DATA, content_type="image/jpeg")
    return InboundMessage(
        key=key,
        platform_message_id=message,
        content=Content(text="[图片]", kind=Kind.IMAGE, image=address_of(picture)),
        sent_at=utc_now(),
        trigger="/share_image",
        picture=picture,
    )


async def test_it_comes_back_as_it_was(database: Database) -> None:
    await Ledger(database=database).record_inbound(sent("a" * 32))
    found = await ShopperPictures(database=database).load(MINE, "a" * 32)
    assert (found.data, found.content_type) == (DATA, "image/jpeg")
    (message,) = await Ledger(database=database).history(MINE)
    assert served_at(message.content.image, "/here/") == "/here/" + "a" * 32


async def test_the_same_message_again_keeps_no_second_picture(database: Database) -> None:
    ledger = Ledger(database=database)
    await ledger.record_inbound(sent("a" * 32))
    again = await ledger.record_inbound(sent("b" * 32))
    assert again.duplicate
    with pytest.raises(NotFound):
        await ShopperPictures(database=database).load(MINE, "b" * 32)


async def test_when_the_picture_cannot_be_stored_neither_is_the_message(
    database: Database,
) -> None:
    ledger = Ledger(database=database)
    await ledger.record_inbound(sent("a" * 32))
    with pytest.raises(sa.exc.IntegrityError):
        await ledger.record_inbound(sent("a" * 32, key=OTHER, message="m2"))
    async with database.read() as connection:
        for table in (messages, pictures):
            count = await connection.execute(sa.select(sa.func.count()).select_from(table))
            assert count.scalar_one() == 1


@pytest.mark.parametrize("id", ["a" * 32, "A" * 32, "a" * 31, "", "%", "' OR 1=1 --", "a" * 5000])
async def test_another_conversation_has_none(database: Database, id: str) -> None:
    await Ledger(database=database).record_inbound(sent("a" * 32))
    with pytest.raises(NotFound):
        await ShopperPictures(database=database).load(OTHER, id)


async def test_they_are_counted_by_conversation_and_time(database: Database) -> None:
    ledger, kept = Ledger(database=database), ShopperPictures(database=database)
    before = utc_now() - timedelta(seconds=1)
    await ledger.record_inbound(sent("a" * 32))
    await ledger.record_inbound(sent("b" * 32, message="m2"))
    await ledger.record_inbound(sent("c" * 32, key=OTHER, message="m3"))
    assert await kept.count(MINE, since=before) == 2
    assert await kept.count(OTHER, since=before) == 1
    assert await kept.count(MINE, since=utc_now() + timedelta(seconds=1)) == 0


def test_other_addresses_stay_as_they_are() -> None:
    for address in ("", "https://mmbiz.qpic.cn/x", "/shop/images/a.svg", ADDRESS.upper() + "1"):
        assert served_at(address, "/here/") == address


def test_a_picture_is_not_written_into_logs() -> None:
    assert "data" not in repr(Picture(id="a" * 32, data=DATA, content_type="image/jpeg"))
