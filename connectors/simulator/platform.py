"""The rules of WeChat's customer-service API for one account, the awkward ones included."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.simulator.phones import Phones
from connectors.simulator.quota import Window
from connectors.simulator.tokens import TokenOffice
from connectors.wechat.settings import Account
from conversations.database import Clock

TEXT_BYTES = 2048
MENU_OPTIONS = 10
MENU_HEAD_BYTES = 1024
MENU_TITLE_BYTES = 128
MEDIA_BYTES = 10 * 1024 * 1024
MEDIA_LIFE = timedelta(days=3)
TYPING_WINDOW = timedelta(seconds=30)

_MESSAGES = {
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40035: "invalid parameter",
    40125: "invalid appsecret",
    40200: "invalid account type",
    41001: "access_token missing",
    41005: "media data missing",
    42001: "access_token expired",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid typing command",
    45080: "typing needs a message of the user within 30 s",
    45081: "already typing",
    47001: "data format error",
}

Answer = dict[str, Any]


def answer(errcode: int) -> Answer:
    """WeChat's JSON for a code, with the `rid` it always appends."""
    rid = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    text = _MESSAGES.get(errcode, "system error")
    return {"errcode": errcode, "errmsg": text if errcode == 0 else f"{text} rid: {rid}"}


@dataclass(frozen=True)
class StoredMedia:
    """An uploaded picture."""

    data: bytes
    content_type: str
    until: datetime


class Platform:
    """One account at WeChat. `menus` False plays an account that may not send msgmenu."""

    def __init__(
        self, *, account: Account, phones: Phones, clock: Clock, menus: bool = True
    ) -> None:
        self.tokens = TokenOffice(clock=clock)
        self.menus = menus
        self._account = account
        self._phones = phones
        self._clock = clock
        self._windows: dict[str, Window] = {}
        self._wrote_at: dict[str, datetime] = {}
        self._typing_until: dict[str, datetime] = {}
        self._media: dict[str, StoredMedia] = {}

    def meet(self, openid: str) -> None:
        """This person exists."""
        self._windows.setdefault(openid, Window())

    def knows(self, openid: str) -> bool:
        """Whether this person exists."""
        return openid in self._windows

    def wrote(self, openid: str) -> None:
        """The shopper sent a message: five answers within 48 hours."""
        self.meet(openid)
        self._windows[openid].wrote(self._clock())
        self._wrote_at[openid] = self._clock()

    def tapped(self, openid: str) -> None:
        """The shopper tapped a menu option or followed: three answers within a minute."""
        self.meet(openid)
        self._windows[openid].tapped(self._clock())
        self._wrote_at[openid] = self._clock()

    def stable_token(self, body: Mapping[str, Any]) -> Answer:
        """`POST /cgi-bin/stable_token`."""
        if body.get("grant_type") != "client_credential":
            return answer(40002)
        if body.get("appid") != self._account.app_id:
            return answer(40013)
        if body.get("secret") != self._account.secret:
            return answer(40125)
        issue = self.tokens.issue(force=body.get("force_refresh") is True)
        if issue.errcode:
            return answer(issue.errcode)
        return {"access_token": issue.value, "expires_in": issue.expires_in}

    def send(self, token: str, body: Mapping[str, Any]) -> Answer:
        """`POST /cgi-bin/message/custom/send`: checked, counted, shown on the phone."""
        code = self.tokens.check(token)
        if code:
            return answer(code)
        openid = body.get("touser")
        if not isinstance(openid, str) or openid not in self._windows:
            return answer(40003)
        kind = body.get("msgtype")
        content = body.get(kind) if isinstance(kind, str) else None
        if not isinstance(content, Mapping):
            return answer(40008)
        code, shown_kind, shown = self._read(str(kind), content)
        code = code or self._windows[openid].take(self._clock())
        if code:
            return answer(code)
        self._typing_until.pop(openid, None)
        self._phones.typing(openid, on=False)
        self._phones.show(openid, side="shop", kind=shown_kind, **shown)
        return answer(0)

    def typing(self, token: str, body: Mapping[str, Any]) -> Answer:
        """`POST /cgi-bin/message/custom/typing`."""
        code = self.tokens.check(token)
        if code:
            return answer(code)
        openid, command, now = body.get("touser"), body.get("command"), self._clock()
        if not isinstance(openid, str) or openid not in self._windows:
            return answer(40003)
        if command not in ("Typing", "CancelTyping"):
            return answer(45072)
        wrote_at = self._wrote_at.get(openid)
        if wrote_at is None or now - wrote_at > TYPING_WINDOW:
            return answer(45080)
        if command == "CancelTyping":
            self._typing_until.pop(openid, None)
        elif self._typing_until.get(openid, now) > now:
            return answer(45081)
        else:
            self._typing_until[openid] = now + timedelta(seconds=15)
        self._phones.typing(openid, on=command == "Typing")
        return answer(0)

    def upload(self, token: str, kind: str, data: bytes | None) -> Answer:
        """`POST /cgi-bin/media/upload`: pictures only."""
        code = self.tokens.check(token)
        if code:
            return answer(code)
        if kind != "image":
            return answer(40004)
        if data is None:
            return answer(41005)
        content_type = image_type(data)
        if content_type is None:
            return answer(40004)
        if len(data) > MEDIA_BYTES:
            return answer(40006)
        media_id = self.keep(data, content_type)
        return {
            "type": "image",
            "media_id": media_id,
            "created_at": int(self._clock().timestamp()),
        }

    def keep(self, data: bytes, content_type: str) -> str:
        """Keep a picture for three days; its media id."""
        media_id = secrets.token_urlsafe(24)
        self._media[media_id] = StoredMedia(
            data=data, content_type=content_type, until=self._clock() + MEDIA_LIFE
        )
        return media_id

    def media(self, media_id: str) -> StoredMedia | None:
        """A kept picture, None when unknown or too old."""
        media = self._media.get(media_id)
        return media if media is not None and self._clock() < media.until else None

    def _read(self, kind: str, content: Mapping[str, Any]) -> tuple[int, str, dict[str, Any]]:
        """The errcode, and what the phone shows when it is 0."""
        if kind == "text":
            text = content.get("content")
            if not isinstance(text, str) or not text:
                return 40035, "", {}
            too_long = len(text.encode("utf-8", "replace")) > TEXT_BYTES
            return (45002 if too_long else 0), "text", {"text": text}
        if kind == "image":
            media_id = content.get("media_id")
            known = isinstance(media_id, str) and self.media(media_id) is not None
            return (0 if known else 40007), "image", {"image": f"/media/{media_id}"}
        if kind == "msgmenu":
            return self._read_menu(content)
        if kind == "news":
            return _read_news(content)
        return 40008, "", {}

    def _read_menu(self, content: Mapping[str, Any]) -> tuple[int, str, dict[str, Any]]:
        if not self.menus:
            return 40200, "", {}
        head, tail, options = (
            content.get("head_content", ""),
            content.get("tail_content", ""),
            content.get("list"),
        )
        if (
            not isinstance(head, str)
            or not isinstance(tail, str)
            or not isinstance(options, list)
            or not 1 <= len(options) <= MENU_OPTIONS
        ):
            return 40035, "", {}
        shown = []
        for option in options:
            number, title = (option.get("id"), option.get("content")) if option else (None, None)
            if not isinstance(number, str) or not isinstance(title, str) or not title:
                return 40035, "", {}
            if len(title.encode()) > MENU_TITLE_BYTES:
                return 45002, "", {}
            shown.append({"id": number, "title": title})
        if len(head.encode()) > MENU_HEAD_BYTES:
            return 45002, "", {}
        return 0, "menu", {"text": head, "options": shown, "tail": tail}


def _read_news(content: Mapping[str, Any]) -> tuple[int, str, dict[str, Any]]:
    articles = content.get("articles")
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        return 45008, "", {}
    article = articles[0]
    names = ("title", "description", "url", "picurl")
    if not all(isinstance(article.get(name, ""), str) for name in names):
        return 40035, "", {}
    return (
        0,
        "news",
        {
            "title": article.get("title", ""),
            "text": article.get("description", ""),
            "link": article.get("url", ""),
            "image": article.get("picurl", ""),
        },
    )


def image_type(data: bytes) -> str | None:
    """The type of a picture by its first bytes; None when it is not one that WeChat takes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/gif" if data.startswith((b"GIF87a", b"GIF89a")) else None
