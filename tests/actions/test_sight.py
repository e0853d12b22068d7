"""Where pictures are, and the process that reads them: bounded, one at a time, not for ever."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from actions import sight
from actions.sight import MOST_WAITING, PictureReader, ShopperSight, Unread
from conversations.database import Database, utc_now
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import Content, InboundMessage, Kind, Picture
from conversations.pictures import ShopperPictures, address_of

WEB = ConversationKey("web", "shop", "a")
WECHAT = ConversationKey("wechat", "demo", "oLin")

ECHO = """
import json, sys, time
while length := int.from_bytes(sys.stdin.buffer.read(4), "big"):
    said = sys.stdin.buffer.read(length).decode()
    if said == "slow": time.sleep(30)
    if said == "brief": time.sleep(0.6)
    if said == "end": raise SystemExit(1)
    if said == "nonsense": print("{", flush=True); continue
    print(json.dumps([said]), flush=True)
"""

Make = Callable[..., PictureReader]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[PictureReader] = []

    def reader(**settings: float) -> PictureReader:
        made.append(PictureReader(command=(sys.executable, "-c", ECHO), **settings))
        return made[-1]

    yield reader
    for one in made:
        await one.close()


async def test_the_process_starts_with_the_first_picture_and_stays(make: Make) -> None:
    reader = make()
    assert not reader.running
    assert await reader.read(b"one") == ("one",)
    first = reader._process
    assert await reader.read(b"two") == ("two",)
    assert reader._process is first
    await reader.close()
    assert not reader.running


async def test_it_ends_when_no_picture_comes(make: Make) -> None:
    reader = make(idle=0.1)
    await reader.read(b"one")
    assert reader.running
    await asyncio.sleep(0.3)
    assert not reader.running
    assert await reader.read(b"two") == ("two",)


async def test_a_picture_that_takes_too_long_is_given_up_and_the_next_is_read(make: Make) -> None:
    reader = make(seconds=1.0)
    with pytest.raises(Unread, match="more than 1 s"):
        await reader.read(b"slow")
    assert await reader.read(b"next") == ("next",)


async def test_who_waits_too_long_is_not_read_and_disturbs_nobody(make: Make) -> None:
    reader = make(wait=0.2, seconds=2.0)
    await reader.read(b"one")
    process = reader._process
    first = asyncio.create_task(reader.read(b"brief"))
    await asyncio.sleep(0.05)
    with pytest.raises(Unread, match="before it"):
        await reader.read(b"two")
    assert await first == ("brief",)
    assert reader._process is process


@pytest.mark.parametrize("failure", [b"end", b"nonsense"])
async def test_a_process_that_fails_is_replaced(make: Make, failure: bytes) -> None:
    reader = make()
    with pytest.raises(Unread, match="failed"):
        await reader.read(failure)
    assert await reader.read(b"next") == ("next",)


async def test_a_program_that_is_not_there_reads_nothing() -> None:
    reader = PictureReader(command=("/nowhere/python",))
    with pytest.raises(Unread, match="FileNotFoundError"):
        await reader.read(b"one")


async def test_more_than_a_few_do_not_wait(make: Make) -> None:
    reader = make()
    first = asyncio.create_task(reader.read(b"brief"))
    await asyncio.sleep(0.05)
    asked = [asyncio.create_task(reader.read(b"one")) for _ in range(MOST_WAITING + 3)]
    outcomes = await asyncio.gather(first, *asked, return_exceptions=True)
    assert outcomes[: MOST_WAITING + 1] == [("brief",), *[("one",)] * MOST_WAITING]
    assert all(isinstance(one, Unread) for one in outcomes[MOST_WAITING + 1 :])
    assert len(outcomes) == MOST_WAITING + 4


class Seen(PictureReader):
    """Says what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[bytes] = []

    async def read(self, data: bytes) -> tuple[str, ...]:
        self.given.append(data)
        return (data.decode(),)


@pytest.fixture
def reader() -> Seen:
    return Seen()


@pytest.fixture
def eyes(sqlite_database: Database, reader: Seen) -> ShopperSight:
    return ShopperSight(
        ledger=Ledger(database=sqlite_database),
        pictures=ShopperPictures(database=sqlite_database),
        reader=reader,
    )


@pytest.fixture
def record(sqlite_database: Database) -> Callable[..., Awaitable[int]]:
    async def message(key: ConversationKey, image: str = "", picture: Picture | None = None) -> int:
        receipt = await Ledger(database=sqlite_database).record_inbound(
            InboundMessage(
                key=key,
                platform_message_id=image or "m",
                content=Content(text="[图片]", kind=Kind.IMAGE, image=image),
                sent_at=utc_now(),
                trigger="/share_image",
                picture=picture,
            )
        )
        return receipt.seq

    return message


async def test_our_own_copy_is_read_once(eyes: ShopperSight, record, reader: Seen) -> None:
    picture = Picture(id="a" * 32, data=b"own", content_type="image/jpeg")
    seq = await record(WEB, address_of(picture), picture)
    assert [await eyes.lines(WEB, seq) for _ in range(3)] == [("own",)] * 3
    assert reader.given == [b"own"]


async def test_another_conversation_s_picture_is_never_read(
    eyes: ShopperSight, record, reader: Seen
) -> None:
    picture = Picture(id="a" * 32, data=b"own", content_type="image/jpeg")
    await record(WEB, address_of(picture), picture)
    other = ConversationKey("web", "shop", "b")
    seq = await record(other, address_of(picture))
    assert await eyes.lines(other, seq) == ()
    assert reader.given == []


@pytest.fixture
async def shelf() -> AsyncIterator[TestServer]:
    """Where WeChat keeps pictures."""

    async def get(request: web.Request) -> web.StreamResponse:
        what = request.match_info["what"]
        if what == "moved":
            raise web.HTTPFound("/picture")
        if what == "large":
            return web.Response(body=bytes(2000))
        if what == "slow":
            await asyncio.sleep(5)
        return web.Response(body=b"theirs", status=404 if what == "gone" else 200)

    app = web.Application()
    app.router.add_get("/{what}", get)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


async def test_wechat_s_picture_is_fetched_where_the_push_says(
    eyes: ShopperSight, record, shelf: TestServer
) -> None:
    seq = await record(WECHAT, str(shelf.make_url("/picture")))
    assert await eyes.lines(WECHAT, seq) == ("theirs",)


@pytest.mark.parametrize("what", ["gone", "moved", "large", "slow"])
async def test_what_cannot_be_fetched_is_not_read(
    eyes: ShopperSight, record, reader: Seen, shelf: TestServer, what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sight.uploads, "LIMIT", 1000)
    monkeypatch.setattr(sight, "_DOWNLOAD", sight.aiohttp.ClientTimeout(total=0.3))
    seq = await record(WECHAT, str(shelf.make_url(f"/{what}")))
    assert await eyes.lines(WECHAT, seq) == ()
    assert reader.given == []


@pytest.mark.parametrize("image", ["file:///etc/passwd", "/shop/images/a.svg", ""])
async def test_no_other_address_is_read(
    eyes: ShopperSight, record, reader: Seen, image: str
) -> None:
    for key in (WEB, WECHAT):
        seq = await record(key, image)
        assert await eyes.lines(key, seq) == ()
    assert reader.given == []


async def test_no_other_channel_s_address_is_fetched(
    eyes: ShopperSight, record, reader: Seen, shelf: TestServer
) -> None:
    seq = await record(WEB, str(shelf.make_url("/picture")))
    assert await eyes.lines(WEB, seq) == ()
    assert reader.given == []


async def test_a_message_that_is_not_there_has_no_lines(eyes: ShopperSight) -> None:
    assert await eyes.lines(WEB, 9) == ()


async def test_the_real_process_reads_a_real_picture(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "#777").save(out, "PNG")
    reader = PictureReader(seconds=60)
    try:
        assert await reader.read(out.getvalue()) == ()
        assert await reader.read(b"no picture") == ()
        assert reader.running
    finally:
        await reader.close()
