"""What leaves the outbox, against a real server that plays WeChat's rules."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from connectors.simulator.app import Fault
from connectors.wechat.outgoing import WeChatChannel
from connectors.wechat.settings import WeChatSettings
from conversations.keys import ConversationKey
from conversations.messages import Card, Choice, Content, Kind, Sender, StoredMessage
from conversations.sender import DeliveryStatus
from tests.connectors.wechat.support import ACCOUNT, KEY, OPENID, World, world

SEND = "/message/custom/send"
TOKEN = "/stable_token"
UPLOAD = "/media/upload"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
MENU = Content(
    text="哪一个？",
    kind=Kind.CHOICES,
    choices=(Choice("黑色", "/a", "4.1"), Choice("白色", "/b", "4.2")),
)


@pytest.fixture
async def wechat() -> AsyncIterator[World]:
    async with world() as running:
        yield running


async def test_a_text_arrives(wechat: World) -> None:
    outcome = await wechat.channel.deliver(wechat.text("到广州了😀"))
    assert outcome.status is DeliveryStatus.SENT
    assert [bubble["text"] for bubble in wechat.shown()] == ["到广州了😀"]


async def test_fifty_at_once_fetch_one_token(wechat: World) -> None:
    for number in range(50):
        wechat.simulator.platform.wrote(f"o{number}")
    outcomes = await asyncio.gather(
        *(wechat.channel.deliver(wechat.text("在", f"o{number}")) for number in range(50))
    )
    assert {outcome.status for outcome in outcomes} == {DeliveryStatus.SENT}
    assert wechat.count(TOKEN) == 1


async def test_fifty_with_a_revoked_token_replace_it_once(wechat: World) -> None:
    await wechat.channel.deliver(wechat.text("第一条"))
    wechat.simulator.platform.tokens.revoke()
    for number in range(50):
        wechat.simulator.platform.wrote(f"o{number}")
    outcomes = await asyncio.gather(
        *(wechat.channel.deliver(wechat.text("在", f"o{number}")) for number in range(50))
    )
    assert {outcome.status for outcome in outcomes} == {DeliveryStatus.SENT}
    assert wechat.count(TOKEN) == 2


async def test_a_token_is_renewed_before_it_ends(wechat: World) -> None:
    await wechat.channel.deliver(wechat.text("一"))
    wechat.clock.pass_(seconds=7200 - 240)
    await wechat.channel.deliver(wechat.text("二"))
    assert wechat.simulator.platform.tokens.issued == 2
    assert wechat.count(SEND) == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_token_that_is_always_refused_costs_two_calls(errcode: int) -> None:
    async with world() as wechat:
        await wechat.channel.deliver(wechat.text("好"))
        wechat.simulator.faults.extend(
            [Fault(errcode=errcode), Fault(), Fault(errcode=errcode), Fault(errcode=errcode)]
        )
        wechat.simulator.calls.clear()
        outcome = await wechat.channel.deliver(wechat.text("不好"))
        again = await wechat.channel.deliver(wechat.text("还是不好"))
        assert outcome.status is again.status is DeliveryStatus.RETRY
        assert outcome.retry_after == 300
        assert wechat.count(SEND) == 2
        assert wechat.count(TOKEN) == 1


async def test_the_sixth_message_waits_for_the_shopper(wechat: World) -> None:
    for number in range(5):
        await wechat.channel.deliver(wechat.text(str(number)))
    sixth = wechat.text("六")
    outcome = await wechat.channel.deliver(sixth)
    assert outcome.status is DeliveryStatus.PARK
    wechat.simulator.platform.wrote(OPENID)
    assert (await wechat.channel.deliver(sixth)).status is DeliveryStatus.SENT


async def test_a_long_answer_goes_on_where_it_was_parked(wechat: World) -> None:
    text = "".join(f"{number:03}" + "字" * 650 + "。" for number in range(7))
    message = wechat.text(text)
    assert (await wechat.channel.deliver(message)).status is DeliveryStatus.PARK
    wechat.simulator.platform.wrote(OPENID)
    assert (await wechat.channel.deliver(message)).status is DeliveryStatus.SENT
    assert "".join(bubble["text"] for bubble in wechat.shown()) == text
    assert len(wechat.shown()) == 7


async def test_after_48_hours_it_is_never_sent(wechat: World) -> None:
    wechat.clock.pass_(hours=48)
    outcome = await wechat.channel.deliver(wechat.text("晚了"))
    assert outcome.status is DeliveryStatus.FAILED
    assert "45015" in outcome.error


async def test_an_unknown_openid_is_never_sent_and_never_logged(wechat: World) -> None:
    with capture_logs() as logs:
        outcome = await wechat.channel.deliver(wechat.text("谁", "oNOBODY"))
    assert outcome.status is DeliveryStatus.FAILED
    assert "oNOBODY" not in outcome.error + str(logs)


async def test_choices_arrive_as_a_menu(wechat: World) -> None:
    await wechat.channel.deliver(wechat.message(MENU))
    (bubble,) = wechat.shown()
    assert bubble["kind"] == "menu"
    assert bubble["options"] == [{"id": "4.1", "title": "黑色"}, {"id": "4.2", "title": "白色"}]


async def test_an_account_without_menus_is_asked_once() -> None:
    async with world(menus=False) as wechat:
        first = await wechat.channel.deliver(wechat.message(MENU))
        second = await wechat.channel.deliver(wechat.message(MENU))
        assert first.status is second.status is DeliveryStatus.SENT
        assert wechat.count(SEND) == 3
        assert {bubble["text"] for bubble in wechat.shown()} == {
            "哪一个？\n1. 黑色\n2. 白色\n（回复 1/2 选择）"
        }


async def test_a_lower_limit_than_ours_makes_smaller_pieces(wechat: World) -> None:
    wechat.simulator.faults.extend([Fault(), Fault(errcode=45002)])
    text = "一" * 300 + "。" + "二" * 300
    assert (await wechat.channel.deliver(wechat.text(text))).status is DeliveryStatus.SENT
    assert "".join(bubble["text"] for bubble in wechat.shown()) == text
    assert len(wechat.shown()) > 1


async def test_too_long_although_short_is_given_up(wechat: World) -> None:
    wechat.simulator.faults.extend([Fault(), Fault(errcode=45002)])
    assert (await wechat.channel.deliver(wechat.text("短"))).status is DeliveryStatus.FAILED


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(errcode=-1), DeliveryStatus.RETRY),
        (Fault(status=500), DeliveryStatus.RETRY),
        (Fault(status=503), DeliveryStatus.RETRY),
        (Fault(status=504), DeliveryStatus.FAILED),
        (Fault(drop=True), DeliveryStatus.FAILED),
        (Fault(errcode=45015), DeliveryStatus.FAILED),
        (Fault(errcode=45047), DeliveryStatus.PARK),
        (Fault(errcode=48001), DeliveryStatus.FAILED),
        (Fault(errcode=99999), DeliveryStatus.FAILED),
    ],
)
async def test_outcomes_of_faults(fault: Fault, status: DeliveryStatus) -> None:
    async with world() as wechat:
        wechat.simulator.faults.extend([Fault(), fault])
        assert (await wechat.channel.deliver(wechat.text("好"))).status is status
        assert wechat.count(SEND) == 1


@pytest.mark.parametrize(
    ("errcode", "seconds"), [(45009, 11 * 3600 + 59 * 60 + 30), (45011, 30), (40164, 300)]
)
async def test_a_paused_account_is_left_alone_and_then_used_again(
    errcode: int, seconds: float
) -> None:
    async with world() as wechat:  # it is 12:00:30 in Shanghai
        wechat.simulator.faults.extend([Fault(), Fault(errcode=errcode)])
        message = wechat.text("好")
        outcome = await wechat.channel.deliver(message)
        assert (outcome.status, outcome.retry_after) == (DeliveryStatus.RETRY, seconds)
        calls = len(wechat.simulator.calls)
        wechat.clock.pass_(seconds=seconds - 1)
        outcome = await wechat.channel.deliver(message)
        assert (outcome.status, outcome.retry_after) == (DeliveryStatus.RETRY, 1)
        assert len(wechat.simulator.calls) == calls
        wechat.clock.pass_(seconds=1)
        assert (await wechat.channel.deliver(message)).status is DeliveryStatus.SENT
        assert len(wechat.shown()) == 1


async def test_a_wrong_secret_pauses_the_account(wechat: World) -> None:
    wechat.simulator.faults.append(Fault(errcode=40125))
    outcome = await wechat.channel.deliver(wechat.text("好"))
    assert outcome.status is DeliveryStatus.RETRY
    assert wechat.count(SEND) == 0


async def test_a_token_server_that_drops_the_call_is_asked_again(wechat: World) -> None:
    wechat.simulator.faults.append(Fault(drop=True))
    message = wechat.text("好")
    assert (await wechat.channel.deliver(message)).status is DeliveryStatus.RETRY
    assert (await wechat.channel.deliver(message)).status is DeliveryStatus.SENT


async def test_nobody_listening_is_tried_again() -> None:
    channel = WeChatChannel(
        settings=WeChatSettings(accounts={"demo": ACCOUNT}, api="http://127.0.0.1:9")
    )
    await channel.start()
    async with world() as wechat:
        outcome = await channel.deliver(wechat.text("好"))
    await channel.close()
    assert outcome.status is DeliveryStatus.RETRY


@pytest.mark.parametrize("body", ["<html>", "[]", ""])
async def test_an_answer_that_is_no_json_leaves_the_outcome_unknown(body: str) -> None:
    async def token(_: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "expires_in": 7200})

    async def send(_: web.Request) -> web.Response:
        return web.Response(text=body)

    app = web.Application()
    app.router.add_post("/cgi-bin/stable_token", token)
    app.router.add_post("/cgi-bin/message/custom/send", send)
    async with TestServer(app) as server, world() as wechat:
        url = f"http://{server.host}:{server.port}"
        channel = WeChatChannel(settings=WeChatSettings(accounts={"demo": ACCOUNT}, api=url))
        await channel.start()
        outcome = await channel.deliver(wechat.text("好"))
        await channel.close()
    assert outcome.status is DeliveryStatus.FAILED


async def test_another_account_is_not_ours() -> None:
    async with world() as wechat:
        message = StoredMessage(
            key=ConversationKey("wechat", "gone", OPENID),
            seq=1,
            sender=Sender.BOT,
            content=Content(text="好"),
            at=wechat.clock(),
        )
        outcome = await wechat.channel.deliver(message)
    assert outcome.status is DeliveryStatus.FAILED
    assert "ZHANGGUI_WECHAT_ACCOUNTS" in outcome.error


async def test_a_card_with_picture_and_link_is_news() -> None:
    async with world(public_url="https://bot.example") as wechat:
        card = Card(title="衬衫", image="/shop/images/shirt.png", link="https://shop.example/1")
        await wechat.channel.deliver(
            wechat.message(Content(text="看看这件", kind=Kind.CARD, card=card))
        )
        (bubble,) = wechat.shown()
        assert bubble["kind"] == "news"
        assert bubble["image"] == "https://bot.example/shop/images/shirt.png"


@pytest.mark.parametrize("address", ["size.png", "/shop/images/size.png", "../x/size.png"])
async def test_a_picture_of_the_shop_is_uploaded_once(tmp_path: Path, address: str) -> None:
    (tmp_path / "size.png").write_bytes(PNG)
    picture = Content(text="尺码表", kind=Kind.IMAGE, image=address)
    async with world(image_root=tmp_path) as wechat:
        await wechat.channel.deliver(wechat.message(picture))
        await wechat.channel.deliver(wechat.message(picture))
        assert [bubble["kind"] for bubble in wechat.shown()] == ["text", "image"] * 2
        assert wechat.count(UPLOAD) == 1
        wechat.clock.pass_(days=2, hours=13)
        wechat.simulator.platform.wrote(OPENID)
        await wechat.channel.deliver(wechat.message(picture))
        assert wechat.count(UPLOAD) == 2


async def test_of_a_drawing_the_picture_beside_it_is_shown(tmp_path: Path) -> None:
    (tmp_path / "foot.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "foot.png").write_bytes(PNG)
    picture = Content(text="图示", kind=Kind.IMAGE, image="/shop/images/foot.svg")
    async with world(image_root=tmp_path) as wechat:
        await wechat.channel.deliver(wechat.message(picture))
        assert [bubble["kind"] for bubble in wechat.shown()] == ["text", "image"]


async def test_a_picture_on_the_web_is_fetched(wechat: World) -> None:
    media_id = wechat.simulator.platform.keep(PNG, "image/png")
    picture = Content(text="", kind=Kind.IMAGE, image=f"{wechat.url}/media/{media_id}")
    await wechat.channel.deliver(wechat.message(picture))
    assert [bubble["kind"] for bubble in wechat.shown()] == ["image"]


@pytest.mark.parametrize("path", ["/", "/media/unknown"])
async def test_a_picture_that_is_none_becomes_its_link(wechat: World, path: str) -> None:
    picture = Content(text="尺码表", kind=Kind.IMAGE, image=wechat.url + path)
    outcome = await wechat.channel.deliver(wechat.message(picture))
    assert outcome.status is DeliveryStatus.SENT
    assert [bubble["text"] for bubble in wechat.shown()] == ["尺码表", f"图片：{wechat.url}{path}"]


async def test_a_missing_file_leaves_the_caption(wechat: World) -> None:
    picture = Content(text="尺码表", kind=Kind.IMAGE, image="gone.png")
    assert (await wechat.channel.deliver(wechat.message(picture))).status is DeliveryStatus.SENT
    assert [bubble["text"] for bubble in wechat.shown()] == ["尺码表"]


async def test_a_quota_met_while_uploading_parks_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "size.png").write_bytes(PNG)
    picture = Content(text="尺码表", kind=Kind.IMAGE, image="size.png")
    async with world(image_root=tmp_path) as wechat:
        wechat.simulator.faults.extend([Fault(), Fault(), Fault(errcode=45009)])
        message = wechat.message(picture)
        assert (await wechat.channel.deliver(message)).status is DeliveryStatus.RETRY
        wechat.clock.pass_(hours=12)
        assert (await wechat.channel.deliver(message)).status is DeliveryStatus.SENT
        assert [bubble["kind"] for bubble in wechat.shown()] == ["text", "image"]


async def test_typing_is_shown_and_its_refusals_are_ignored(wechat: World) -> None:
    with wechat.simulator.phones.watch() as events:
        await wechat.channel.typing(KEY)
        await wechat.channel.typing(KEY)  # 45081
        wechat.clock.pass_(minutes=1)
        await wechat.channel.typing(KEY)  # 45080
        await wechat.channel.typing(ConversationKey("wechat", "gone", OPENID))
        seen = [events.get_nowait() for _ in range(events.qsize())]
    assert [event for event in seen if event["type"] == "typing"] == [
        {"type": "typing", "openid": OPENID, "on": True}
    ]


async def test_logs_of_a_bad_day_hold_no_secret(wechat: World) -> None:
    tokens = wechat.simulator.platform.tokens
    with capture_logs() as logs:
        await wechat.channel.deliver(wechat.text("好"))
        token = tokens.issue(force=False).value
        tokens.revoke()
        await wechat.channel.deliver(wechat.text("好"))
        wechat.simulator.faults.append(Fault(errcode=40164))
        outcome = await wechat.channel.deliver(wechat.text("好"))
    written = json.dumps(logs, default=str) + outcome.error
    assert "wechat.token_refused" in written
    for secret in (token, ACCOUNT.secret, OPENID):
        assert secret not in written
