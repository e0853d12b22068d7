"""The simulator keeps WeChat's awkward rules: otherwise passing against it would mean nothing."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulator.phones import Phones
from connectors.simulator.platform import Platform
from connectors.simulator.quota import Window
from connectors.simulator.tokens import TokenOffice
from tests.connectors.wechat.support import ACCOUNT, OPENID, VirtualClock

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
CREDENTIALS = {
    "grant_type": "client_credential",
    "appid": ACCOUNT.app_id,
    "secret": ACCOUNT.secret,
    "force_refresh": False,
}


class Rules:
    """A platform with a shopper who has just written, and a good token."""

    def __init__(self, *, menus: bool = True) -> None:
        self.clock = VirtualClock()
        self.phones = Phones(clock=self.clock)
        self.platform = Platform(account=ACCOUNT, phones=self.phones, clock=self.clock, menus=menus)
        self.platform.wrote(OPENID)

    @property
    def token(self) -> str:
        return self.platform.tokens.issue(force=False).value

    def send(self, kind: str, content: Any, openid: Any = OPENID, token: str = "") -> int:
        body = {"touser": openid, "msgtype": kind, kind: content}
        return int(self.platform.send(token or self.token, body)["errcode"])

    def text(self, text: str = "好", openid: Any = OPENID) -> int:
        return self.send("text", {"content": text}, openid)


def test_the_same_token_is_given_until_its_last_five_minutes() -> None:
    clock = VirtualClock()
    office = TokenOffice(clock=clock)
    first = office.issue(force=False)
    clock.pass_(seconds=6899)
    assert office.issue(force=False).value == first.value
    clock.pass_(seconds=1)
    second = office.issue(force=False)
    assert second.value != first.value
    assert [office.check(first.value), office.check(second.value)] == [0, 0]
    clock.pass_(seconds=300)
    assert [office.check(first.value), office.check(second.value)] == [42001, 0]


def test_a_forced_token_ends_the_old_one_at_once() -> None:
    clock = VirtualClock()
    office = TokenOffice(clock=clock)
    first = office.issue(force=False)
    forced = office.issue(force=True)
    assert [office.check(first.value), office.check(forced.value)] == [40001, 0]
    assert office.issue(force=True).errcode == 45009  # within 30 s
    for _ in range(19):
        clock.pass_(seconds=30)
        assert office.issue(force=True).errcode == 0
    clock.pass_(seconds=30)
    assert office.issue(force=True).errcode == 45009  # the 21st of the day
    clock.pass_(days=1)
    assert office.issue(force=True).errcode == 0


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [({"grant_type": "x"}, 40002), ({"appid": "x"}, 40013), ({"secret": "x"}, 40125)],
)
def test_wrong_credentials(changed: dict[str, str], errcode: int) -> None:
    assert Rules().platform.stable_token({**CREDENTIALS, **changed})["errcode"] == errcode


@pytest.mark.parametrize(("token", "errcode"), [("", 41001), ("made up", 40001)])
def test_a_wrong_token(token: str, errcode: int) -> None:
    rules = Rules()
    assert rules.platform.send(token, {})["errcode"] == errcode
    assert rules.platform.typing(token, {})["errcode"] == errcode
    assert rules.platform.upload(token, "image", PNG)["errcode"] == errcode


def test_five_answers_to_a_message_and_none_after_48_hours() -> None:
    rules = Rules()
    assert [rules.text() for _ in range(6)] == [0] * 5 + [45047]
    rules.platform.wrote(OPENID)
    rules.clock.pass_(hours=47)
    assert rules.text() == 0
    rules.clock.pass_(hours=1)
    assert rules.text() == 45015


def test_a_tap_gives_three_answers_within_a_minute() -> None:
    clock = VirtualClock()
    window = Window()
    assert window.take(clock()) == 45015
    window.tapped(clock())
    assert [window.take(clock()) for _ in range(4)] == [0, 0, 0, 45047]
    window.tapped(clock())
    clock.pass_(minutes=1)
    assert window.take(clock()) == 45015


def test_a_tap_does_not_fill_the_quota_of_messages() -> None:
    clock = VirtualClock()
    window = Window()
    window.wrote(clock())
    assert [window.take(clock()) for _ in range(5)] == [0] * 5
    window.tapped(clock())
    assert [window.take(clock()) for _ in range(4)] == [0, 0, 0, 45047]


def test_a_refused_message_costs_nothing() -> None:
    rules = Rules()
    assert rules.text("长" * 683) == 45002
    assert [rules.text() for _ in range(5)] == [0] * 5


@pytest.mark.parametrize(
    ("kind", "content", "errcode"),
    [
        ("text", {"content": "a" * 2048}, 0),
        ("text", {"content": "a" * 2049}, 45002),
        ("text", {"content": ""}, 40035),
        ("text", "好", 40008),
        ("mpnews", {"media_id": "M"}, 40008),
        ("image", {"media_id": "unknown"}, 40007),
        ("msgmenu", {"head_content": "?", "list": []}, 40035),
        ("msgmenu", {"head_content": "?", "list": [{"id": "1"}]}, 40035),
        ("msgmenu", {"head_content": "?", "list": [{"id": "1", "content": "x" * 129}]}, 45002),
        ("msgmenu", {"head_content": "?" * 1025, "list": [{"id": "1", "content": "x"}]}, 45002),
        ("msgmenu", {"head_content": "?", "list": [{"id": "1", "content": "x"}] * 11}, 40035),
        ("msgmenu", {"head_content": "?", "list": [{"id": "1", "content": "x"}] * 10}, 0),
        ("news", {"articles": [{"title": "衬衫", "url": "https://a", "picurl": ""}]}, 0),
        ("news", {"articles": []}, 45008),
        ("news", {"articles": [{"title": 1}]}, 40035),
    ],
)
def test_what_a_message_may_hold(kind: str, content: Any, errcode: int) -> None:
    assert Rules().send(kind, content) == errcode


@pytest.mark.parametrize("openid", ["oNOBODY", None, 7])
def test_unknown_people_get_nothing(openid: Any) -> None:
    assert Rules().text(openid=openid) == 40003


def test_an_account_without_menus() -> None:
    menu = {"head_content": "?", "list": [{"id": "1", "content": "x"}]}
    assert Rules(menus=False).send("msgmenu", menu) == 40200


def test_typing_needs_a_message_of_the_last_30_seconds() -> None:
    rules = Rules()

    def typing(command: str, openid: Any = OPENID) -> int:
        body = {"touser": openid, "command": command}
        return int(rules.platform.typing(rules.token, body)["errcode"])

    assert typing("Dance") == 45072
    assert typing("Typing", "oNOBODY") == 40003
    assert [typing("Typing"), typing("Typing")] == [0, 45081]
    assert [typing("CancelTyping"), typing("Typing")] == [0, 0]
    rules.clock.pass_(seconds=31)
    assert typing("Typing") == 45080


def test_pictures_are_kept_three_days() -> None:
    rules = Rules()

    def upload(kind: str, data: bytes | None) -> dict[str, Any]:
        return rules.platform.upload(rules.token, kind, data)

    assert upload("voice", PNG)["errcode"] == 40004
    assert upload("image", None)["errcode"] == 41005
    assert upload("image", b"<svg/>")["errcode"] == 40004
    assert upload("image", PNG + b"\0" * 10 * 1024 * 1024)["errcode"] == 40006
    media_id = upload("image", b"\xff\xd8\xff\xe0")["media_id"]
    assert rules.send("image", {"media_id": media_id}) == 0
    rules.clock.pass_(days=3)
    assert rules.platform.media(media_id) is None
