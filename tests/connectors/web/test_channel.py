"""The web channel on a real Sanic server, with the real ledger and a bot that echoes."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yarl
from PIL import Image
from rasa.core.channels.channel import UserMessage
from sanic import Sanic

from connectors.body import BODY_LIMIT
from connectors.runtime import Runtime, check_agent
from connectors.web.channel import MOST_PENDING, MOST_PICTURES, TEXT_CHARACTERS, WebInput
from connectors.web.tokens import LIFETIME, WebTokens
from conversations import uploads
from conversations.database import utc_now
from conversations.errors import ConfigurationError
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.messages import Content
from tests.conftest import copied_sqlite
from tests.servers import free_port

NAMES = itertools.count()
SECRET = "a-secret-for-tests-only"
WANG = Agent(id="xiaowang", name="小王")


class EchoRasa:
    """Rasa's channel callback: says back what it heard; `慢` takes its time."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.go_on = asyncio.Event()

    async def on_new_message(self, message: UserMessage) -> None:
        self.heard.append(message.text)
        if message.text == "慢":
            await self.go_on.wait()
        if message.text.startswith("坏"):
            raise RuntimeError(message.text)
        if message.text == "图":
            await message.output_channel.send_image_url(
                message.sender_id, "/shop/images/care-labels.svg"
            )
            return
        if message.text == "选":
            buttons = [{"title": "甲", "payload": '/inform{"order_number": "1"}'}]
            await message.output_channel.send_text_with_buttons(
                message.sender_id, "选一个", buttons
            )
            return
        await message.output_channel.send_text_message(message.sender_id, f"听到：{message.text}")


class FakeAgent:
    """As much of Rasa's agent as the runtime looks at."""

    tracker_store = None

    model_server = None

    def __init__(self, *, ready: bool = True) -> None:
        self.ready = ready
        self.parsed: list[str] = []

    def is_ready(self) -> bool:
        return self.ready

    async def parse_message(self, text: str) -> dict[str, Any]:
        self.parsed.append(text)
        return {}


@dataclass
class Web:
    """A shop's web page talking to the channel."""

    url: str
    session: aiohttp.ClientSession
    rasa: EchoRasa
    runtime: Runtime
    app: Sanic

    async def call(
        self, method: str, path: str, *, token: str = "", kind: str = "", **kwargs: Any
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": kind} if kind else {}
        async with self.session.request(
            method, f"{self.url}/webhooks/web{path}", headers=headers, **kwargs
        ) as response:
            return response.status, await response.json(content_type=None)

    async def raw(self, request: str) -> bytes:
        """All that comes back, until the server hangs up, for bytes no client would send."""
        host, port = self.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request.encode())
        try:
            return await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()

    async def token(self) -> str:
        status, body = await self.call("POST", "/sessions", json={})
        assert status == 201
        return str(body["token"])

    async def say(self, token: str, text: Any, id: Any = "m1") -> tuple[int, Any]:
        return await self.call("POST", "/messages", token=token, json={"id": id, "text": text})

    async def show(self, token: str, data: Any, id: str = "p1") -> tuple[int, Any]:
        """Send a picture."""
        return await self.call("POST", f"/pictures?id={id}", token=token, data=data)

    async def messages(self, token: str, after: int = 0, wait: int = 5) -> list[dict[str, Any]]:
        status, body = await self.call("GET", f"/messages?after={after}&wait={wait}", token=token)
        assert status == 200
        return list(body["messages"])

    async def answer(self, token: str, after: int) -> list[dict[str, Any]]:
        """The messages after the shopper's own with number `after`."""
        return await self.messages(token, after=after, wait=20)


@pytest.fixture
async def web(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Web]:
    monkeypatch.setenv("DATABASE_URL", copied_sqlite(sqlite_template, tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setattr(Sanic, "test_mode", True)
    rasa = EchoRasa()
    app = Sanic(f"web_{next(NAMES)}", configure_logging=False)
    app.ctx.agent = FakeAgent()
    channel = WebInput(account="shop", tokens=WebTokens(secret=SECRET), demo=True)
    app.blueprint(channel.blueprint(rasa.on_new_message), url_prefix="/webhooks/web")
    port = free_port()
    server = await app.create_server(
        host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False
    )
    assert server is not None
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=40)) as session:
        yield Web(
            url=f"http://127.0.0.1:{port}",
            session=session,
            rasa=rasa,
            runtime=app.ctx.zhanggui,
            app=app,
        )
    rasa.go_on.set()
    await server.before_stop()
    server.close()
    await server.wait_closed()


async def test_without_a_model_the_server_does_not_start() -> None:
    app = Sanic(f"web_{next(NAMES)}", configure_logging=False)
    app.ctx.agent = FakeAgent(ready=False)
    with pytest.raises(ConfigurationError, match="make train"):
        await check_agent(app)


async def test_a_model_that_a_server_will_send_is_waited_for() -> None:
    app = Sanic(f"web_{next(NAMES)}", configure_logging=False)
    app.ctx.agent = FakeAgent(ready=False)
    app.ctx.agent.model_server = object()
    await check_agent(app)
    assert app.ctx.agent.parsed == []


async def test_a_message_is_answered(web: Web) -> None:
    token = await web.token()
    status, receipt = await web.say(token, "在吗")
    assert (status, receipt) == (202, {"seq": 1, "duplicate": False})
    (answer,) = await web.answer(token, after=1)
    assert (answer["seq"], answer["from"], answer["kind"]) == (2, "bot", "text")
    assert answer["text"] == "听到：在吗"
    assert set(answer) >= {"seq", "from", "kind", "text", "choices", "card", "at"}


async def test_a_picture_of_the_shop_can_be_fetched_where_the_message_says(web: Web) -> None:
    token = await web.token()
    await web.say(token, "图")
    (answer,) = await web.answer(token, after=1)
    assert answer["kind"] == "image"
    async with web.session.get(web.url + answer["image"]) as response:
        assert response.status == 200
        assert response.content_type == "image/svg+xml"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert (await response.read()).startswith(b"<svg")


@pytest.mark.parametrize(
    "name",
    [
        "nothing.svg",
        "..%2Fproducts.yml",
        "%2e%2e%2f%2e%2e%2fREADME.md",
        ".svg",
        "a.svg%00.png",
        "a",
    ],
)
async def test_nothing_beside_the_pictures_is_served(web: Web, name: str) -> None:
    url = yarl.URL(f"{web.url}/webhooks/web/images/{name}", encoded=True)
    async with web.session.get(url) as response:
        assert response.status == 404
        assert "Traceback" not in await response.text()


async def test_the_same_id_twice_is_one_message(web: Web) -> None:
    token = await web.token()
    replies = await asyncio.gather(*(web.say(token, "在吗", id="same") for _ in range(4)))
    assert {status for status, _ in replies} == {202}
    assert sorted(body["duplicate"] for _, body in replies) == [False, True, True, True]
    await web.answer(token, after=1)
    await asyncio.sleep(0.2)
    assert web.rasa.heard == ["在吗"]


async def test_the_same_id_of_two_shoppers_is_two_messages(web: Web) -> None:
    for token in (await web.token(), await web.token()):
        _, receipt = await web.say(token, "在吗", id="same")
        assert not receipt["duplicate"]


async def test_one_shopper_never_sees_anothers_messages(web: Web) -> None:
    mine, other = await web.token(), await web.token()
    await web.say(mine, "我的秘密")
    await web.answer(mine, after=1)
    assert await web.messages(other, wait=0) == []


async def test_a_poll_returns_as_soon_as_there_is_an_answer(web: Web) -> None:
    token = await web.token()
    await web.say(token, "慢")
    polling = asyncio.create_task(web.answer(token, after=1))
    await asyncio.sleep(0.3)
    assert not polling.done()
    began = asyncio.get_running_loop().time()
    web.rasa.go_on.set()
    assert (await polling)[0]["text"] == "听到：慢"
    assert asyncio.get_running_loop().time() - began < 3


async def test_a_poll_without_news_comes_back_empty_in_time(web: Web) -> None:
    token = await web.token()
    assert await web.messages(token, wait=1) == []


async def test_an_agents_reply_from_another_process_ends_the_poll(web: Web) -> None:
    token = await web.token()
    await web.say(token, "在吗")
    await web.answer(token, after=1)
    (conversation,) = await web.runtime.ledger.conversations()
    polling = asyncio.create_task(web.answer(token, after=3))
    await asyncio.sleep(0.1)
    handoffs = Handoffs(database=web.runtime._database)
    await handoffs.take(conversation.key, agent=WANG)
    await handoffs.reply(
        conversation.key, agent=WANG, content=Content(text="我是小王"), client_id="1"
    )
    (message,) = await polling
    assert (message["from"], message["author"], message["text"]) == ("agent", "小王", "我是小王")


async def test_a_poll_finds_the_answer_although_the_change_feed_is_dead(web: Web) -> None:
    token = await web.token()
    await web.say(token, "慢")
    polling = asyncio.create_task(web.answer(token, after=1))
    await asyncio.sleep(0.1)
    await web.runtime.changes.close()
    began = asyncio.get_running_loop().time()
    web.rasa.go_on.set()
    assert (await polling)[0]["text"] == "听到：慢"
    assert asyncio.get_running_loop().time() - began < 5


async def test_a_chosen_option_reaches_the_bot_as_its_payload(web: Web) -> None:
    token = await web.token()
    await web.say(token, "选")
    (question,) = await web.answer(token, after=1)
    assert question["kind"] == "choices"
    assert question["choices"] == [{"id": "2.1", "title": "甲"}]
    await web.say(token, "甲", id="m2")
    await web.answer(token, after=3)
    assert web.rasa.heard[-1] == '/inform{"order_number": "1"}'


@pytest.mark.parametrize(
    "text", ['/inform{"order_number": "9"}', "／restart", " \u200b/ /restart", "//affirm"]
)
async def test_a_typed_command_is_only_words(web: Web, text: str) -> None:
    token = await web.token()
    status, _ = await web.say(token, text)
    assert status == 202
    await web.answer(token, after=1)
    assert not web.rasa.heard[0].startswith("/")


@pytest.mark.parametrize("text", ["😡😡😡", "？？？", "\u200b", "1" * 5000, "a\x00b", "\ud800"])
async def test_strange_texts_are_taken_and_answered(web: Web, text: str) -> None:
    token = await web.token()
    status, _ = await web.say(token, text)
    if text == "\u200b":
        assert status in (202, 422)
        return
    assert status == 202
    assert (await web.answer(token, after=1))[0]["from"] == "bot"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"id": "m1", "text": ""}, 422, "empty_text"),
        ({"id": "m1", "text": "  \n"}, 422, "empty_text"),
        ({"id": "m1", "text": None}, 422, "empty_text"),
        ({"id": "m1", "text": ["a"]}, 422, "empty_text"),
        ({"id": "m1", "text": "长" * (TEXT_CHARACTERS + 1)}, 422, "text_too_long"),
        ({"text": "在吗"}, 422, "bad_id"),
        ({"id": "", "text": "在吗"}, 422, "bad_id"),
        ({"id": 7, "text": "在吗"}, 422, "bad_id"),
        ({"id": "x" * 101, "text": "在吗"}, 422, "bad_id"),
        ({"id": "\ud800", "text": "在吗"}, 422, "bad_id"),
        ({"id": "a\x00b", "text": "在吗"}, 422, "bad_id"),
        ([], 400, "bad_json"),
    ],
)
async def test_a_malformed_message_is_refused_with_a_reason(
    web: Web, body: Any, status: int, code: str
) -> None:
    token = await web.token()
    got, answer = await web.call("POST", "/messages", token=token, json=body)
    assert (got, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"]
    assert await web.messages(token, wait=0) == []


async def test_what_is_not_json_is_refused(web: Web) -> None:
    token = await web.token()
    for data in (b"{", b"\xff\xfe", b"[" * 50_000):
        status, answer = await web.call("POST", "/messages", token=token, data=data)
        assert (status, answer["error"]["code"]) == (400, "bad_json")


async def test_too_large_a_body_is_refused_announced_or_not(web: Web) -> None:
    token = await web.token()
    large = json.dumps({"id": "m1", "text": "x" * BODY_LIMIT}).encode()

    async def in_chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 8192):
            yield large[start : start + 8192]

    for data in (large, in_chunks()):
        status, answer = await web.call("POST", "/messages", token=token, data=data)
        assert (status, answer["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: 1_0",
        "Content-Length: x",
        "Content-Length: ²",
        f"Content-Length: {'9' * 5000}",
        "Content-Length: 2\r\nContent-Length: 7",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ],
)
@pytest.mark.parametrize(
    "line", ["POST /webhooks/web/sessions", "GET /webhooks/web/", "GET /nowhere"]
)
async def test_a_body_whose_end_is_doubtful_is_refused_and_the_line_closed(
    web: Web, line: str, framing: str
) -> None:
    answer = await web.raw(f"{line} HTTP/1.1\r\nHost: shop\r\n{framing}\r\n\r\n{{}}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert (await web.call("GET", "/"))[0] == 200


async def test_a_body_that_dribbles_in_is_given_up(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.body.READ_SECONDS", 0.2)
    answer = await web.raw(
        "POST /webhooks/web/sessions HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\n{"
    )
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_read_does_not_take_in_a_body(web: Web) -> None:
    token = await web.token()
    large = b"x" * (BODY_LIMIT + 1)
    for path in ("/", "/messages?after=0"):
        assert (await web.call("GET", path, token=token, data=large))[0] == 200


@pytest.mark.parametrize("token", ["", "x", "a.b", "é.ü", "." * 50])
async def test_without_a_token_of_ours_nothing_is_shown_or_stored(web: Web, token: str) -> None:
    quoted = token.encode("ascii", "ignore").decode()
    for method, path in (
        ("POST", "/messages"),
        ("GET", "/messages?after=0"),
        ("POST", "/pictures?id=1"),
        ("GET", f"/pictures/{'0' * 32}"),
    ):
        status, answer = await web.call(method, path, token=quoted, json={"id": "1", "text": "a"})
        assert status == 401
        assert answer["error"]["code"] in ("no_token", "bad_token")


def photo(colour: str = "red") -> bytes:
    """A small PNG, such as a browser sends."""
    out = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(out, "PNG")
    return out.getvalue()


async def test_a_picture_reaches_the_bot_as_one_and_is_shown_to_its_sender(web: Web) -> None:
    token = await web.token()
    assert await web.show(token, photo()) == (202, {"seq": 1, "duplicate": False})
    (answer,) = await web.answer(token, after=1)
    assert answer["from"] == "bot"
    assert web.rasa.heard == ["/share_image"]
    (sent, _) = await web.messages(token)
    assert (sent["from"], sent["kind"], sent["text"]) == ("shopper", "image", "[图片]")
    headers = {"Authorization": f"Bearer {token}"}
    async with web.session.get(web.url + sent["image"], headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "image/jpeg"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["Cache-Control"].startswith("private")
        assert Image.open(io.BytesIO(await response.read())).size == (30, 20)


async def test_the_header_says_nothing_of_what_the_bytes_are(web: Web) -> None:
    token = await web.token()
    for number, kind in enumerate(("text/html", "image/svg+xml", "application/json", "x")):
        status, _ = await web.call(
            "POST", f"/pictures?id={number}", token=token, data=photo(), kind=kind
        )
        assert status == 202
    status, answer = await web.call(
        "POST", "/pictures?id=svg", token=token, data=b"<svg/>", kind="image/png"
    )
    assert (status, answer["error"]["code"]) == (415, "not_a_picture")


async def test_only_its_sender_sees_a_picture(web: Web) -> None:
    mine, other = await web.token(), await web.token()
    await web.show(mine, photo())
    (sent, *_) = await web.messages(mine)
    path = sent["image"].removeprefix("/webhooks/web")
    for token, status in ((mine, 200), (other, 404), ("", 401), (mine + "x", 401)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with web.session.get(f"{web.url}/webhooks/web{path}", headers=headers) as response:
            assert response.status == status
    for name in ("x", "0" * 32, "..%2F..%2Fmodels", "%00"):
        assert (await web.call("GET", f"/pictures/{name}", token=mine))[0] == 404


async def test_a_picture_sent_twice_is_one_message_and_one_picture(web: Web) -> None:
    token = await web.token()
    replies = await asyncio.gather(*(web.show(token, photo(), id="same") for _ in range(4)))
    assert {status for status, _ in replies} == {202}
    assert sorted(body["duplicate"] for _, body in replies) == [False, True, True, True]
    await web.answer(token, after=1)
    (conversation,) = await web.runtime.ledger.conversations()
    since = utc_now() - timedelta(hours=1)
    assert await web.runtime.pictures.count(conversation.key, since=since) == 1
    assert web.rasa.heard == ["/share_image"]


async def test_a_picture_may_be_larger_than_any_message(web: Web) -> None:
    token = await web.token()
    out = io.BytesIO()
    Image.effect_noise((1500, 1500), 90).save(out, "PNG")
    assert 10 * BODY_LIMIT < len(out.getvalue()) < uploads.LIMIT
    assert (await web.show(token, io.BytesIO(out.getvalue())))[0] == 202


async def test_too_large_a_picture_is_refused_announced_or_not(web: Web) -> None:
    token = await web.token()
    large = photo() + bytes(uploads.LIMIT)

    async def in_chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 256 * 1024):
            yield large[start : start + 256 * 1024]

    for data in (io.BytesIO(large), in_chunks()):
        status, answer = await web.show(token, data)
        assert (status, answer["error"]["code"]) == (413, "picture_too_large")
    assert await web.messages(token, wait=0) == []


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 415, "not_a_picture"),
        (b"GIF89a", 415, "not_a_picture"),
        (b"<html><script>", 415, "not_a_picture"),
        (photo()[:40], 415, "not_a_picture"),
    ],
)
async def test_what_is_no_picture_is_refused_with_a_reason(
    web: Web, data: bytes, status: int, code: str
) -> None:
    token = await web.token()
    got, answer = await web.show(token, data)
    assert (got, answer["error"]["code"]) == (status, code)
    assert await web.messages(token, wait=0) == []


@pytest.mark.parametrize("query", ["", "?id=", f"?id={'x' * 101}", "?id=a%00b", "?name=1"])
async def test_a_picture_without_an_id_is_refused(web: Web, query: str) -> None:
    token = await web.token()
    status, answer = await web.call("POST", f"/pictures{query}", token=token, data=photo())
    assert (status, answer["error"]["code"]) == (422, "bad_id")


async def test_a_bomb_is_refused(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIXELS", 599)  # 30 × 20 is one more
    token = await web.token()
    status, answer = await web.show(token, photo())
    assert (status, answer["error"]["code"]) == (422, "too_many_pixels")
    assert await web.messages(token, wait=0) == []


async def test_a_picture_that_dribbles_in_is_given_up(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "READ_SECONDS", 0.2)
    token = await web.token()
    answer = await web.raw(
        "POST /webhooks/web/pictures?id=1 HTTP/1.1\r\nHost: shop\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n{{"
    )
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert (await web.show(token, photo()))[0] == 202


async def test_a_flood_of_pictures_is_slowed_down(web: Web) -> None:
    token = await web.token()
    statuses = [
        (await web.show(token, photo(), id=f"p{number}"))[0] for number in range(MOST_PICTURES + 2)
    ]
    assert statuses == [202] * MOST_PICTURES + [429] * 2
    assert (await web.show(await web.token(), photo()))[0] == 202


async def test_too_many_uploads_at_once_are_put_off(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.web.channel.MOST_UPLOADS", 1)
    token = await web.token()
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield photo()[:9]
        await go_on.wait()
        yield photo()[9:]

    first = asyncio.create_task(web.show(token, slowly(), id="first"))
    await asyncio.sleep(0.3)
    status, answer = await web.show(token, photo(), id="second")
    assert (status, answer["error"]["code"]) == (429, "busy")
    go_on.set()
    assert (await first)[0] == 202
    assert (await web.show(token, photo(), id="second"))[0] == 202


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=٣", "wait=26", "wait=1.5", f"after={'9' * 5000}"],
)
async def test_a_malformed_poll_is_refused(web: Web, query: str) -> None:
    status, answer = await web.call("GET", f"/messages?{query}", token=await web.token())
    assert status == 422
    assert answer["error"]["code"].startswith("bad_")


async def test_a_flood_is_slowed_down_and_nothing_accepted_is_lost(web: Web) -> None:
    token = await web.token()
    await web.say(token, "慢", id="first")
    statuses = [(await web.say(token, f"{n}", id=f"f{n}"))[0] for n in range(MOST_PENDING + 3)]
    assert statuses.count(429) >= 3
    accepted = statuses.count(202) + 1
    web.rasa.go_on.set()
    said = ["慢", *(f"{n}" for n in range(accepted - 1))]
    for _ in range(100):
        heard = ",".join(web.rasa.heard).split(",")  # a flood is read several lines at a time
        if len(heard) == accepted:
            break
        await asyncio.sleep(0.1)
    assert heard == said


async def test_no_log_line_holds_what_a_shopper_said(
    web: Web, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await web.token()
    await web.say(token, "紫色独角兽 13812348000", id="1")
    await web.answer(token, after=1)
    await web.say(token, "坏的紫色独角兽", id="2")
    await web.messages(token, after=3, wait=20)
    written = caplog.text + "".join(capfd.readouterr())
    assert "bot_failed" in written
    assert "独角兽" not in written
    assert "12348000" not in written


async def test_a_demo_session_plays_a_known_customer_only(web: Web) -> None:
    await web.runtime.customers.link([(ConversationKey("wechat", "demo", "oLin"), "c-lin")])
    status, body = await web.call("POST", "/sessions", json={"demo_customer": "c-lin"})
    assert status == 201
    key = ConversationKey.parse(body["conversation"])
    assert await web.runtime.customers.customer_of(key) == "c-lin"
    for unknown in ("c-nobody", 7, "' OR 1=1", [], {}, "\ud800", "\x00"):
        status, answer = await web.call("POST", "/sessions", json={"demo_customer": unknown})
        assert (status, answer["error"]["code"]) == (404, "unknown_customer")


async def test_outside_the_demo_nobody_can_play_a_customer(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHANGGUI_SECRET", SECRET)
    monkeypatch.delenv("ZHANGGUI_DEMO", raising=False)
    channel = WebInput.from_credentials(None)
    assert channel._demo is False


def test_a_missing_or_short_secret_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHANGGUI_SECRET", raising=False)
    with pytest.raises(ConfigurationError, match="ZHANGGUI_SECRET"):
        WebInput.from_credentials(None)
    with pytest.raises(ConfigurationError, match="16 characters"):
        WebTokens(secret="short")


def test_a_token_ends_and_cannot_be_changed() -> None:
    now = utc_now()
    key = ConversationKey("web", "shop", "abc")
    token = WebTokens(secret=SECRET, clock=lambda: now).issue(key)
    assert WebTokens(secret=SECRET).read(token) == key
    later = WebTokens(secret=SECRET, clock=lambda: now + LIFETIME + timedelta(seconds=2))
    payload, signature = token.split(".")
    forged = WebTokens(secret="another-secret-entirely").issue(key)
    for tokens, text in (
        (later, token),
        (WebTokens(secret=SECRET), forged),
        (WebTokens(secret=SECRET), f"{payload}A.{signature}"),
        (WebTokens(secret=SECRET), payload),
    ):
        with pytest.raises(Exception, match="token"):
            tokens.read(text)
