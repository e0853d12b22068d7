"""The webhook on a real Sanic server, with a ledger that only counts."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from sanic import Sanic
from sqlalchemy.exc import OperationalError

from connectors.simulator.pushes import Pusher
from connectors.wechat import channel as channel_module
from connectors.wechat import xml
from connectors.wechat.channel import WeChatInput
from connectors.wechat.crypto import MessageCipher, sign
from connectors.wechat.settings import WeChatSettings
from conversations.ledger import Receipt
from conversations.messages import InboundMessage
from tests.connectors.wechat.support import ACCOUNT, VirtualClock
from tests.connectors.wechat.vectors import VECTORS
from tests.servers import free_port

NAMES = itertools.count()
OVERSIZE = VECTORS["wechat_oversize"]
URL = VECTORS["wechat_url_verify_plain"]


class FakeRuntime:
    """Remembers what was received, once for each platform message id."""

    def __init__(self) -> None:
        self.received: list[InboundMessage] = []
        self.calls = 0
        self.error: Exception | None = None

    async def receive(self, message: InboundMessage) -> Receipt:
        self.calls += 1
        if self.error is not None:
            raise self.error
        known = [m.platform_message_id for m in self.received]
        if message.platform_message_id in known:
            return Receipt(seq=known.index(message.platform_message_id) + 1, duplicate=True)
        self.received.append(message)
        return Receipt(seq=len(self.received), duplicate=False)


@dataclass
class Door:
    """The running webhook, and WeChat's side of it."""

    url: str
    runtime: FakeRuntime
    clock: VirtualClock
    session: aiohttp.ClientSession
    cipher: MessageCipher = field(
        default_factory=lambda: MessageCipher(
            token=ACCOUNT.token, aes_key=ACCOUNT.aes_key, receive_id=ACCOUNT.app_id
        )
    )

    def document(self, **fields: str | int) -> str:
        base: dict[str, str | int] = {
            "ToUserName": ACCOUNT.original_id,
            "FromUserName": "oUSER1",
            "CreateTime": int(self.clock().timestamp()),
            "MsgType": "text",
            "Content": "在吗",
            "MsgId": 23456789012345678,
        }
        return xml.render({**base, **fields}.items())

    def sealed(self, document: str, *, nonce: str = "7") -> tuple[dict[str, str], bytes]:
        timestamp = str(int(self.clock().timestamp()))
        envelope = self.cipher.seal(document, timestamp=timestamp, nonce=nonce)
        query = {
            "signature": sign(ACCOUNT.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": "oUSER1",
            "encrypt_type": "aes",
            "msg_signature": envelope.signature,
        }
        body = xml.render([("ToUserName", ACCOUNT.original_id), ("Encrypt", envelope.encrypt)])
        return query, body.encode()

    async def post(
        self, query: Mapping[str, str], body: Any, *, account: str = "demo"
    ) -> tuple[int, str]:
        async with self.session.post(
            f"{self.url}/webhooks/wechat/{account}", params=query, data=body
        ) as response:
            return response.status, await response.text()

    async def push(self, document: str, *, nonce: str = "7") -> tuple[int, str]:
        return await self.post(*self.sealed(document, nonce=nonce))

    async def get(self, query: Mapping[str, str], *, account: str = "demo") -> tuple[int, str]:
        async with self.session.get(
            f"{self.url}/webhooks/wechat/{account}", params=query
        ) as response:
            return response.status, await response.text()


@pytest.fixture
async def door(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    runtime, clock = FakeRuntime(), VirtualClock()
    monkeypatch.setattr(channel_module, "attach", lambda *_: None)
    monkeypatch.setattr(Sanic, "test_mode", True)
    app = Sanic(f"wechat_{next(NAMES)}", configure_logging=False)
    app.ctx.zhanggui = runtime
    door_input = WeChatInput(settings=WeChatSettings(accounts={"demo": ACCOUNT}), clock=clock)
    app.blueprint(door_input.blueprint(_never), url_prefix=f"/webhooks/{WeChatInput.name()}")
    port = free_port()
    server = await app.create_server(
        host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False
    )
    assert server is not None
    await server.startup()
    await server.start_serving()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield Door(url=f"http://127.0.0.1:{port}", runtime=runtime, clock=clock, session=session)
    server.close()
    await server.wait_closed()


async def _never(message: object) -> None:
    raise AssertionError("Rasa is reached by the dispatcher, never by the webhook")


async def test_a_message_is_stored_and_acknowledged(door: Door) -> None:
    assert await door.push(door.document(Content="到哪了😀")) == (200, "success")
    (message,) = door.runtime.received
    assert str(message.key) == "wechat:demo:oUSER1"
    assert message.content.text == "到哪了😀"
    assert message.platform_message_id == "msg:gh_7f083739789a:23456789012345678"


async def test_a_tapped_option_keeps_its_id(door: Door) -> None:
    await door.push(door.document(Content="黑色", bizmsgmenuid="4.1"))
    assert door.runtime.received[0].choice_id == "4.1"


@pytest.mark.parametrize(
    ("text", "stored", "trigger"),
    [
        ("", "[空消息]", "/share_unknown"),
        ("长" * 5000, "长" * 5000, ""),
        ('/restart{"a":1}', '/restart{"a":1}', ""),
    ],
    ids=["empty", "5,000 characters", "leading slash"],
)
async def test_awkward_texts(door: Door, text: str, stored: str, trigger: str) -> None:
    assert await door.push(door.document(Content=text)) == (200, "success")
    (message,) = door.runtime.received
    assert (message.content.text, message.trigger) == (stored, trigger)


@pytest.mark.parametrize("kind", ["hologram", "event"])
async def test_what_we_do_not_know_is_acknowledged_and_not_stored(door: Door, kind: str) -> None:
    assert await door.push(door.document(MsgType=kind, Event="VIEW")) == (200, "success")
    assert door.runtime.received == []


async def test_three_deliveries_at_once_are_one_message(door: Door) -> None:
    pushes = [door.push(door.document(), nonce=str(number)) for number in range(3)]
    assert await asyncio.gather(*pushes) == [(200, "success")] * 3
    assert len(door.runtime.received) == 1


async def test_a_replay_is_acknowledged_without_touching_the_ledger(door: Door) -> None:
    query, body = door.sealed(door.document())
    await door.post(query, body)
    door.clock.pass_(seconds=10)
    assert await door.post(query, body) == (200, "success")
    assert door.runtime.calls == 1


async def test_a_late_replay_is_refused(door: Door) -> None:
    query, body = door.sealed(door.document())
    await door.post(query, body)
    door.clock.pass_(seconds=301)
    status, _ = await door.post(query, body)
    assert status == 403


async def test_a_push_from_the_future_is_refused(door: Door) -> None:
    query, body = door.sealed(door.document())
    door.clock.pass_(seconds=-301)
    assert (await door.post(query, body))[0] == 403


@pytest.mark.parametrize(
    "error", [OperationalError("insert", {}, Exception("away")), ConnectionRefusedError()]
)
async def test_a_message_that_was_not_stored_may_come_again(door: Door, error: Exception) -> None:
    query, body = door.sealed(door.document())
    door.runtime.error = error
    assert (await door.post(query, body))[0] == 503
    door.runtime.error = None
    assert await door.post(query, body) == (200, "success")
    assert len(door.runtime.received) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": "签名"},
        {"timestamp": ""},
        {"timestamp": "١٧٣٢"},
        {"timestamp": "9" * 30},
        {"nonce": "8"},
        {"encrypt_type": "raw"},
        {"encrypt_type": ""},
    ],
    ids=str,
)
async def test_a_wrong_query_is_refused(door: Door, changed: dict[str, str]) -> None:
    query, body = door.sealed(door.document())
    status, text = await door.post({**query, **changed}, body)
    assert status == 403
    assert "Traceback" not in text
    assert door.runtime.calls == 0


async def test_plain_text_beside_a_good_signature_is_refused(door: Door) -> None:
    query, _ = door.sealed(door.document())
    del query["encrypt_type"], query["msg_signature"]
    assert (await door.post(query, door.document().encode()))[0] == 403


async def test_fields_beside_the_ciphertext_are_not_believed(door: Door) -> None:
    query, body = door.sealed(door.document())
    hostile = body.replace(b"<Encrypt>", b"<FromUserName>oVICTIM</FromUserName><Encrypt>")
    assert await door.post(query, hostile) == (200, "success")
    assert door.runtime.received[0].key.user == "oUSER1"


@pytest.mark.parametrize(
    "body",
    ["", "<xml><MsgType>text", "<!DOCTYPE a [<!ENTITY b 'c'>]><xml>&b;</xml>", "<a/>", "{}"],
)
async def test_a_malformed_envelope(door: Door, body: str) -> None:
    query, _ = door.sealed(door.document())
    assert (await door.post(query, body.encode()))[0] == 400


@pytest.mark.parametrize("vector", VECTORS["wechat_inbound_malformed"], ids=lambda v: v["name"])
async def test_a_malformed_document_inside(door: Door, vector: dict[str, str]) -> None:
    expected = 200 if vector["name"] == "event_without_name" else 400
    document = vector["body"].replace(">g<", f">{ACCOUNT.original_id}<")
    assert (await door.push(document))[0] == expected
    assert door.runtime.calls == 0


@pytest.mark.parametrize("case", OVERSIZE["cases"][:2], ids=lambda c: c["len"])
async def test_the_size_limit_holds_to_the_byte(door: Door, case: dict[str, Any]) -> None:
    query, _ = door.sealed(door.document())
    status, _ = await door.post(query, b"x" * case["len"])
    assert status == (413 if case["len"] > OVERSIZE["limit_bytes"] else 400)


async def test_a_body_of_unknown_size_is_not_read_to_its_end(door: Door) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b"x" * 65536

    query, _ = door.sealed(door.document())
    try:
        status, _ = await door.post(query, chunks())
    except aiohttp.ClientOSError:
        return  # the server hung up, which is as good
    assert status == 413


async def test_an_unknown_account(door: Door) -> None:
    query, body = door.sealed(door.document())
    assert (await door.post(query, body, account="other"))[0] == 404
    assert (await door.get({}, account="other"))[0] == 404


@pytest.mark.parametrize("vector", URL["positive"] + URL["negative"], ids=lambda v: v["nonce"])
async def test_the_server_check(door: Door, vector: dict[str, Any]) -> None:
    door.clock.now = door.clock.now.fromtimestamp(
        int(vector["timestamp"]), tz=door.clock.now.tzinfo
    )
    query = {name: vector[name] for name in ("signature", "timestamp", "nonce", "echostr")}
    status, body = await door.get(query)
    assert status == vector["expect_status"]
    if status == 200:
        assert body == vector["expect_body"]


async def test_an_old_server_check_is_refused(door: Door) -> None:
    vector = URL["positive"][0]
    query = {name: vector[name] for name in ("signature", "timestamp", "nonce", "echostr")}
    assert (await door.get(query))[0] == 403


async def test_the_simulators_pushes_pass(door: Door) -> None:
    pusher = Pusher(
        account=ACCOUNT, url=f"{door.url}/webhooks/wechat/demo", clock=door.clock, pause=0
    )
    await pusher.start()
    try:
        assert (await pusher.verify()).ok
        message = pusher.message("oUSER1", "text", [("Content", "a]]>b 😀")])
        assert [(await pusher.push(message)).ok for _ in range(2)] == [True, True]
        assert (await pusher.push(pusher.event("oUSER1", "subscribe"))).ok
    finally:
        await pusher.close()
    assert [m.content.text for m in door.runtime.received] == ["a]]>b 😀", "[关注公众号]"]
    assert door.runtime.calls == 3


def test_the_channel_is_made_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHANGGUI_WECHAT_ACCOUNTS", "")
    made = WeChatInput.from_credentials({})
    assert made.name() == "wechat"
    assert made.get_output_channel() is None


def test_the_package_needs_no_rasa_outside_the_channel() -> None:
    code = (
        "import sys, json\n"
        "import connectors.wechat.outgoing, connectors.wechat.inbound\n"
        "print(json.dumps([m for m in sys.modules if m.split('.')[0] in ('rasa', 'sanic')]))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(output.stdout) == []
