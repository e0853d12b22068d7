"""From WeChat's XML to the ledger's message."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.wechat import inbound, xml
from conversations.messages import Kind
from tests.connectors.wechat.vectors import VECTORS

INBOUND = {vector["name"]: vector for vector in VECTORS["wechat_inbound_parse"]["vectors"]}
MALFORMED = VECTORS["wechat_inbound_malformed"]


def document(**fields: str | int) -> str:
    base: dict[str, str | int] = {
        "ToUserName": "gh_7f083739789a",
        "FromUserName": "oUSER1",
        "CreateTime": 1732200000,
        "MsgType": "text",
        "MsgId": 23456789012345678,
    }
    merged = {**base, **fields}
    return xml.render([(name, value) for name, value in merged.items() if value != ""])


@pytest.mark.parametrize("vector", INBOUND.values(), ids=lambda v: v["name"])
def test_the_vectors_keep_user_time_and_dedupe_key(vector: dict[str, Any]) -> None:
    message = inbound.read(vector["xml"], account="demo", original_id="gh_7f083739789a")
    if vector["name"] in ("event_kf_create", "event_kf_switch"):
        assert message is None
        return
    assert message is not None
    assert str(message.key) == f"wechat:demo:{vector['user_id']}"
    assert message.platform_message_id == vector["expected_dedupe_key"]
    assert message.sent_at.timestamp() == vector["create_time"]


@pytest.mark.parametrize(
    ("name", "text", "kind", "trigger"),
    [
        ("text", "我的订单到哪了😀", Kind.TEXT, ""),
        ("image", "[图片]", Kind.IMAGE, "/share_image"),
        ("voice_no_recognition", "[语音]", Kind.TEXT, "/share_unknown"),
        ("link", "商品 https://item.taobao.com/item.htm?id=1", Kind.TEXT, ""),
        ("event_subscribe_scan", "[关注公众号]", Kind.TEXT, "/greet"),
        ("mp_miniprogrampage", "[小程序] 连衣裙", Kind.TEXT, "/share_unknown"),
    ],
)
def test_what_the_vectors_say(name: str, text: str, kind: Kind, trigger: str) -> None:
    message = inbound.read(INBOUND[name]["xml"], account="demo")
    assert message is not None
    assert (message.content.text, message.content.kind, message.trigger) == (text, kind, trigger)
    assert message.content.image == ("http://mmbiz.qpic.cn/x" if name == "image" else "")


@pytest.mark.parametrize("vector", MALFORMED, ids=lambda v: v["name"])
def test_malformed_documents(vector: dict[str, Any]) -> None:
    if vector["name"] == "event_without_name":
        assert inbound.read(vector["body"], account="demo") is None
        return
    with pytest.raises((xml.MalformedXml, inbound.MalformedMessage)):
        inbound.read(vector["body"], account="demo")


@pytest.mark.parametrize(
    "fields",
    [
        {"FromUserName": "张 三"},
        {"FromUserName": "x" * 200},
        {"CreateTime": "yesterday"},
        {"CreateTime": "99999999999"},
        {"MsgId": "12a"},
        {"ToUserName": "gh_other"},
    ],
)
def test_impossible_fields(fields: dict[str, str]) -> None:
    with pytest.raises(inbound.MalformedMessage):
        inbound.read(document(**fields), account="demo", original_id="gh_7f083739789a")


@pytest.mark.parametrize(
    ("fields", "text", "trigger"),
    [
        ({"Content": "在吗"}, "在吗", ""),
        ({"Content": '/refund{"order_no":"999"}'}, '/refund{"order_no":"999"}', ""),
        ({"Content": "长" * 5000}, "长" * 5000, ""),
        ({"Content": " \u200b "}, "[空消息]", "/share_unknown"),
        ({}, "[空消息]", "/share_unknown"),
        ({"MsgType": "voice", "Recognition": "到哪了。"}, "到哪了。", ""),
        ({"MsgType": "voice", "Recognition": "  "}, "[语音]", "/share_unknown"),
        ({"MsgType": "shortvideo", "MediaId": "M"}, "[视频]", "/share_unknown"),
        ({"MsgType": "location", "Label": "广州塔"}, "[位置] 广州塔", "/share_unknown"),
        ({"MsgType": "image", "PicUrl": "javascript:alert(1)"}, "[图片]", "/share_image"),
        ({"MsgType": "link", "Title": "", "Url": ""}, "[空消息]", "/share_unknown"),
    ],
)
def test_every_kind_becomes_text_or_a_trigger(
    fields: dict[str, str], text: str, trigger: str
) -> None:
    message = inbound.read(document(**fields), account="demo")
    assert message is not None
    assert (message.content.text, message.trigger, message.content.image) == (text, trigger, "")


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "hologram"},
        {"MsgType": "event", "Event": "unsubscribe", "MsgId": ""},
        {"MsgType": "event", "Event": "CLICK", "EventKey": "V1001", "MsgId": ""},
        {"MsgType": "event", "Event": "kf_close_session", "MsgId": ""},
    ],
)
def test_what_asks_nothing_of_us_is_not_stored(fields: dict[str, str]) -> None:
    assert inbound.read(document(**fields), account="demo") is None


@pytest.mark.parametrize(
    ("clicked", "choice_id"),
    [("12.3", "12.3"), ("101", ""), ("1.", ""), ("0.1", ""), ("/restart", ""), ("", "")],
)
def test_a_tapped_option_is_named_by_the_ledgers_id(clicked: str, choice_id: str) -> None:
    message = inbound.read(document(Content="满意", bizmsgmenuid=clicked), account="demo")
    assert message is not None
    assert message.choice_id == choice_id


def test_a_subscription_and_its_scan_in_one_second_stay_two() -> None:
    plain = inbound.read(document(MsgType="event", Event="subscribe", MsgId=""), account="demo")
    scan = inbound.read(
        document(MsgType="event", Event="subscribe", EventKey="qrscene_1", MsgId=""),
        account="demo",
    )
    assert plain is not None
    assert scan is not None
    assert plain.platform_message_id != scan.platform_message_id


def test_a_long_event_key_still_fits_the_ledger() -> None:
    keys = set()
    for key in ("a" * 300, "a" * 299 + "b"):
        message = inbound.read(
            document(MsgType="event", Event="subscribe", EventKey=key, MsgId=""), account="demo"
        )
        assert message is not None
        keys.add(message.platform_message_id)
    assert len(keys) == 2
    assert all(len(key) <= 255 for key in keys)
