"""The simulator's server: pushes to a stub of the shop's server, and the page's API."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.exc import OperationalError

from connectors.simulator.app import Simulator
from connectors.simulator.shoppers import FixedShoppers, Shopper
from connectors.wechat import xml
from connectors.wechat.crypto import Envelope, MessageCipher, verify
from tests.connectors.wechat.support import ACCOUNT, OPENID, SHOPPER, VirtualClock

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@dataclass
class Shop:
    """The shop's server: notes what is pushed, answers what it is told to."""

    answers: list[tuple[int, str, float]] = field(default_factory=list)
    pushed: list[dict[str, str]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        query = request.query
        verify(query["signature"], ACCOUNT.token, query["timestamp"], query["nonce"])
        outer = xml.parse(await request.read())
        cipher = MessageCipher(
            token=ACCOUNT.token, aes_key=ACCOUNT.aes_key, receive_id=ACCOUNT.app_id
        )
        document = cipher.open(
            Envelope(outer["Encrypt"], query["msg_signature"], query["timestamp"], query["nonce"])
        )
        assert query["encrypt_type"] == "aes"
        self.pushed.append(xml.parse(document))
        self.signatures.append(query["msg_signature"])
        status, text, delay = self.answers.pop(0) if self.answers else (200, "success", 0)
        await asyncio.sleep(delay)
        return web.Response(status=status, text=text)

    async def confirm(self, request: web.Request) -> web.Response:
        status, text, _ = self.answers.pop(0) if self.answers else (200, "", 0.0)
        return web.Response(status=status, text=text or request.query["echostr"])


@dataclass
class Stage:
    """The simulator between a browser and the shop."""

    url: str
    simulator: Simulator
    shop: Shop
    browser: aiohttp.ClientSession

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self.browser.request(method, self.url + path, **options) as response:
            return response.status, await response.json(content_type=None)

    async def settle(self) -> None:
        """Until every push has ended."""
        await asyncio.gather(*self.simulator._tasks)

    def screen(self) -> list[tuple[str, str]]:
        return [
            (bubble.side, bubble.body.get("text", bubble.kind))
            for bubble in self.simulator.phones.history(OPENID)
        ]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    shop = Shop()
    rasa = web.Application()
    rasa.router.add_post("/webhooks/wechat/demo", shop.receive)
    rasa.router.add_get("/webhooks/wechat/demo", shop.confirm)
    (tmp_path / "shirt.png").write_bytes(PNG)
    async with TestServer(rasa) as rasa_server:
        simulator = Simulator(
            account=ACCOUNT,
            rasa_url=f"http://{rasa_server.host}:{rasa_server.port}",
            shoppers=FixedShoppers(shoppers=[SHOPPER]),
            clock=VirtualClock(),
            images=tmp_path,
            push_timeout=1.5,
            push_pause=0,
        )
        async with TestServer(simulator.app()) as server, aiohttp.ClientSession() as browser:
            yield Stage(f"http://{server.host}:{server.port}", simulator, shop, browser)


async def test_a_text_is_pushed_as_wechat_does(stage: Stage) -> None:
    status, _ = await stage.call(
        "POST", f"/api/customers/{OPENID}/messages", json={"text": "到哪了]]>😀"}
    )
    await stage.settle()
    assert status == 202
    (pushed,) = stage.shop.pushed
    assert pushed["ToUserName"] == ACCOUNT.original_id
    assert pushed["FromUserName"] == OPENID
    assert pushed["MsgType"] == "text"
    assert pushed["Content"] == "到哪了]]>😀"
    assert re.fullmatch(r"\d{10,20}", pushed["MsgId"])
    assert stage.screen() == [("shopper", "到哪了]]>😀")]


async def test_a_tap_names_its_option(stage: Stage) -> None:
    await stage.call(
        "POST", f"/api/customers/{OPENID}/messages", json={"text": "黑色", "menu_id": "4.1"}
    )
    await stage.settle()
    assert stage.shop.pushed[0]["bizmsgmenuid"] == "4.1"


async def test_no_answer_in_time_is_pushed_three_times(stage: Stage) -> None:
    stage.shop.answers = [(200, "success", 2.5), (500, "no", 0), (200, "success", 0)]
    await (await stage.simulator.write(OPENID, "在吗"))
    assert len({pushed["MsgId"] for pushed in stage.shop.pushed}) == 1
    assert len(stage.shop.pushed) == 3
    assert len(set(stage.shop.signatures)) == 1
    assert stage.screen() == [("shopper", "在吗")]


@pytest.mark.parametrize("answer", ['{"ok":true}', "<html>"])
async def test_after_three_failures_the_shopper_is_told(stage: Stage, answer: str) -> None:
    stage.shop.answers = [(200, answer, 0)] * 3
    await (await stage.simulator.write(OPENID, "在吗"))
    assert stage.screen()[-1] == ("system", "该公众号暂时无法提供服务，请稍后再试")


async def test_a_redelivery_has_the_same_number_and_another_signature(stage: Stage) -> None:
    path = f"/api/customers/{OPENID}/redeliver"
    assert (await stage.call("POST", path, json={}))[0] == 409
    await (await stage.simulator.write(OPENID, "在吗"))
    assert (await stage.call("POST", path, json={}))[0] == 202
    await stage.settle()
    assert len({pushed["MsgId"] for pushed in stage.shop.pushed}) == 1
    assert len(set(stage.shop.signatures)) == 2
    assert len(stage.screen()) == 1


async def test_pictures_are_pushed_with_an_address_that_serves_them(stage: Stage) -> None:
    path = f"/api/customers/{OPENID}/images"
    assert (await stage.call("POST", path, json={}))[0] == 202
    own = {"data": PNG, "headers": {"Content-Type": "image/png"}}
    assert (await stage.call("POST", path, **own))[0] == 202
    await stage.settle()
    for pushed in stage.shop.pushed:
        async with stage.browser.get(pushed["PicUrl"]) as response:
            assert response.status == 200
            assert response.content_type == "image/png"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert len(stage.shop.pushed) == 2


async def test_following_pushes_an_event(stage: Stage) -> None:
    await stage.call("POST", f"/api/customers/{OPENID}/follow", json={})
    await stage.settle()
    assert stage.shop.pushed[0]["Event"] == "subscribe"
    assert "MsgId" not in stage.shop.pushed[0]


async def test_the_server_check_wants_its_question_back(stage: Stage) -> None:
    assert await stage.call("POST", "/api/verify", json={}) == (200, {"ok": True, "status": 200})
    stage.shop.answers = [(200, '"wrong"', 0)]
    assert await stage.call("POST", "/api/verify", json={}) == (200, {"ok": False, "status": 200})


async def test_a_shop_that_is_not_there(stage: Stage) -> None:
    simulator = Simulator(
        account=ACCOUNT,
        rasa_url="http://127.0.0.1:9",
        shoppers=FixedShoppers(shoppers=[SHOPPER]),
        push_pause=0,
    )
    async with TestServer(simulator.app()):
        await (await simulator.write(OPENID, "在吗"))
        assert not (await simulator.pusher.verify()).ok
    assert simulator.phones.history(OPENID)[-1].side == "system"
    assert simulator.phones.log()[-1]["ok"] is False


async def test_the_page_lists_shoppers_and_history(stage: Stage) -> None:
    assert (await stage.call("GET", "/api/customers"))[1] == [
        {
            "openid": OPENID,
            "name": "林小满",
            "tier": "VIP 会员",
            "city": "广州",
            "situation": "运输中",
            "ideas": ["到哪了"],
        }
    ]
    await (await stage.simulator.write(OPENID, "在吗"))
    _, history = await stage.call("GET", f"/api/customers/{OPENID}/messages")
    assert [bubble["text"] for bubble in history] == ["在吗"]
    assert (await stage.call("GET", "/api/log"))[1][0]["what"] == "推送 · 文字消息"


async def test_what_happens_is_streamed(stage: Stage) -> None:
    async with stage.browser.get(f"{stage.url}/api/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readline() == b": hello\n"
        await stage.simulator.write(OPENID, "在吗")
        lines = []
        while len(lines) < 1:
            line = (await stream.content.readline()).decode()
            if line.startswith("data: "):
                lines.append(json.loads(line.removeprefix("data: ")))
    assert lines[0]["bubble"]["text"] == "在吗"


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("/api/customers/oNOBODY/messages", {"json": {"text": "在吗"}}, 404),
        (f"/api/customers/{OPENID}/messages", {"json": {"text": "  "}}, 422),
        (f"/api/customers/{OPENID}/messages", {"json": {"text": "长" * 683}}, 422),
        (f"/api/customers/{OPENID}/messages", {"json": {"text": "好", "menu_id": 4}}, 422),
        (f"/api/customers/{OPENID}/messages", {"json": ["在吗"]}, 400),
        (f"/api/customers/{OPENID}/messages", {"data": {"text": "在吗"}}, 400),
        (f"/api/customers/{OPENID}/images", {"data": b"x"}, 415),
        (
            f"/api/customers/{OPENID}/images",
            {"data": b"<svg/>", "headers": {"Content-Type": "image/png"}},
            415,
        ),
        ("/api/verify", {"data": b"{}"}, 400),
        ("/api/verify", {"json": {}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ],
)
async def test_bad_requests_get_a_clear_error(
    stage: Stage, path: str, options: dict[str, Any], status: int
) -> None:
    answer = await stage.call("POST", path, **options)
    assert answer[0] == status
    assert answer[1]["error"]
    assert stage.shop.pushed == []


async def test_calls_of_the_api_that_are_no_json(stage: Stage) -> None:
    for path in ("message/custom/send", "message/custom/typing"):
        for data in (b"{", b"[" * 100_000):
            _, said = await stage.call("POST", f"/cgi-bin/{path}?access_token=x", data=data)
            assert said["errcode"] == 47001
    _, said = await stage.call("POST", "/cgi-bin/stable_token", data=b"[]")
    assert said["errcode"] == 40002


async def test_a_page_without_inline_scripts_under_a_strict_policy(stage: Stage) -> None:
    async with stage.browser.get(stage.url) as response:
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", page)
    assert not re.search(r"\son\w+=|\sstyle=|https?://(?!www\.w3\.org)", page)


@pytest.mark.parametrize("name", ["phone.js", "phone.css", "shop.svg", "sample.png"])
async def test_what_the_page_needs_is_served(stage: Stage, name: str) -> None:
    async with stage.browser.get(f"{stage.url}/static/{name}") as response:
        assert response.status == 200


async def test_the_shops_pictures_are_served(stage: Stage) -> None:
    async with stage.browser.get(f"{stage.url}/shop/images/shirt.png") as response:
        assert await response.read() == PNG
    async with stage.browser.get(f"{stage.url}/media/unknown") as response:
        assert response.status == 404


async def test_a_database_without_the_demo_says_what_to_do() -> None:
    class Nowhere:
        async def all(self) -> list[Shopper]:
            raise OperationalError("select", {}, Exception("no such table"))

    simulator = Simulator(account=ACCOUNT, rasa_url="http://127.0.0.1:9", shoppers=Nowhere())
    async with TestServer(simulator.app()) as server, aiohttp.ClientSession() as browser:
        url = f"http://{server.host}:{server.port}/api/customers"
        async with browser.get(url) as response:
            assert response.status == 503
            assert "make demo" in (await response.json())["error"]
