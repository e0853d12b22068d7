"""From the decrypted XML of a push to the message the ledger stores (reference 1.3, 1.4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timezone

from connectors.wechat import xml
from conversations.errors import ZhangguiError
from conversations.keys import ConversationKey, InvalidKey
from conversations.messages import Content, InboundMessage, Kind
from conversations.text import normalize

CHANNEL = "wechat"

SHARE_IMAGE = "/share_image"
SHARE_UNKNOWN = "/share_unknown"
GREET = "/greet"

_MAX_MESSAGE_ID = 255  # the ledger's column
_TIME = re.compile(r"[0-9]{1,10}")
_MESSAGE_ID = re.compile(r"[0-9]{1,20}")  # 64 bits: a string for us, never a number
_CHOICE_ID = re.compile(r"[1-9][0-9]{0,9}\.[1-9][0-9]{0,2}")  # as the ledger numbers them

# What people see of the kinds that the bot cannot read.
_UNREADABLE = {
    "voice": "[语音]",
    "video": "[视频]",
    "shortvideo": "[视频]",
    "location": "[位置]",
    "miniprogrampage": "[小程序]",
}


class MalformedMessage(ZhangguiError):
    """A field that every push has is missing or impossible."""


def read(document: str, *, account: str, original_id: str = "") -> InboundMessage | None:
    """The shopper's message in a decrypted push, or None for one that asks nothing of us.

    Text, recognised voice and links become text. Pictures and what the bot cannot read carry a
    trigger instead. Of the events only `subscribe` counts; unknown types are None.

    Args:
        document: the decrypted XML.
        account: our name of the account.
        original_id: the account's own user name, checked unless empty.

    Raises:
        connectors.wechat.xml.MalformedXml: not the XML that WeChat sends.
        MalformedMessage: a needed field is missing or impossible.
    """
    fields = xml.parse(document)
    kind = _required(fields, "MsgType").lower()
    receiver = _required(fields, "ToUserName")
    if original_id and receiver != original_id:
        raise MalformedMessage(
            f"the push is for another user name than ORIGINAL_ID of account {account!r}: "
            "correct the setting, or the server address at WeChat"
        )
    try:
        key = ConversationKey(CHANNEL, account, _required(fields, "FromUserName"))
    except InvalidKey:
        raise MalformedMessage("FromUserName is not an openid") from None
    created = _required(fields, "CreateTime")
    if not _TIME.fullmatch(created):
        raise MalformedMessage("CreateTime is not a number of seconds")
    told = _event(fields) if kind == "event" else _told(kind, fields)
    if told is None:
        return None
    content, trigger = told
    clicked = fields.get("bizmsgmenuid", "")
    return InboundMessage(
        key=key,
        platform_message_id=_dedupe_key(fields, receiver, key.user, created),
        content=content,
        sent_at=datetime.fromtimestamp(int(created), timezone.utc),
        choice_id=clicked if _CHOICE_ID.fullmatch(clicked) else "",
        trigger=trigger,
    )


def _told(kind: str, fields: Mapping[str, str]) -> tuple[Content, str] | None:
    if kind == "text":
        return _text(fields.get("Content", ""))
    if kind == "voice" and normalize(fields.get("Recognition", "")):
        return _text(fields["Recognition"])
    if kind == "link":
        return _text(" ".join(filter(None, (fields.get("Title"), fields.get("Url")))))
    if kind == "image":
        url = fields.get("PicUrl", "")
        image = url if url.startswith(("https://", "http://")) else ""
        return Content(text="[图片]", kind=Kind.IMAGE, image=image), SHARE_IMAGE
    if kind in _UNREADABLE:
        detail = fields.get("Label", "") or fields.get("Title", "")
        return Content(text=f"{_UNREADABLE[kind]} {detail}".strip()), SHARE_UNKNOWN
    return None


def _text(text: str) -> tuple[Content, str]:
    if not normalize(text):
        return Content(text="[空消息]"), SHARE_UNKNOWN
    return Content(text=text), ""


def _event(fields: Mapping[str, str]) -> tuple[Content, str] | None:
    if fields.get("Event", "").lower() == "subscribe":
        return Content(text="[关注公众号]"), GREET
    return None


def _dedupe_key(fields: Mapping[str, str], receiver: str, user: str, created: str) -> str:
    number = fields.get("MsgId", "")
    if number:
        if not _MESSAGE_ID.fullmatch(number):
            raise MalformedMessage("MsgId is not a 64-bit number")
        return f"msg:{receiver}:{number}"
    # WeChat's own rule is user and second; a subscription and its scan may share both.
    event, event_key = fields.get("Event", "").lower(), fields.get("EventKey", "")
    key = f"evt:{receiver}:{user}:{created}:{event}:{event_key}"
    if len(key) > _MAX_MESSAGE_ID:
        return "evt:sha256:" + hashlib.sha256(key.encode()).hexdigest()
    return key


def _required(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise MalformedMessage(f"{name} is missing")
    return value
