"""The pages: language, headers, nothing inline, nothing foreign."""

from __future__ import annotations

import re

import pytest
from aiohttp.test_utils import TestClient

from conversations.errors import ConfigurationError
from conversations.keys import ConversationKey
from desk.settings import Settings
from tests.desk.scenes import Scenes

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&</script>"


async def test_a_visitor_is_led_to_the_sign_in_page(visitor: TestClient) -> None:
    answer = await visitor.get("/?lang=en", allow_redirects=False)
    assert answer.status == 302
    assert answer.headers["Location"] == "/sign-in?lang=en"
    page = await (await visitor.get("/sign-in")).text()
    assert '<html lang="zh-CN">' in page
    assert "客服台登录" in page


async def test_who_is_signed_in_gets_the_inbox(agent: TestClient) -> None:
    back = await agent.get("/sign-in", allow_redirects=False)
    assert back.headers["Location"] == "/"
    page = await (await agent.get("/")).text()
    assert "小王" in page
    assert "排队" in page
    english = await (await agent.get("/?lang=en")).text()
    assert '<html lang="en">' in english
    assert "Queue" in english


async def test_pages_carry_the_security_headers_and_no_inline_code(agent: TestClient) -> None:
    for path in ("/", "/sign-in", "/api/session", "/static/js/inbox.js", "/api/nothing"):
        answer = await agent.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = await (await agent.get("/")).text()
    for script in re.findall(r"<script\b[^>]*>", page):
        assert "src=" in script or 'type="application/json"' in script
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", page)
    assert not re.search(r"https?://", page)


async def test_names_of_staff_are_escaped(agent: TestClient, scenes: Scenes) -> None:
    await scenes.says(ConversationKey("web", "main", "x"), HOSTILE)
    answer = await agent.get("/api/conversations")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert HOSTILE in (await answer.json())["conversations"][0]["last_text"]
    page = await (await agent.get("/")).text()
    assert "<script>alert" not in page


async def test_scripts_are_served_as_modules(visitor: TestClient) -> None:
    answer = await visitor.get("/static/js/inbox.js")
    assert "javascript" in answer.headers["Content-Type"]
    assert (await visitor.get("/static/../schema.py")).status == 404
    assert (await visitor.get("/static/js/")).status == 403


async def test_the_shops_pictures_are_served_and_nothing_beside_them(visitor: TestClient) -> None:
    answer = await visitor.get("/shop/images/coat.svg")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    for path in ("", "nothing.svg", "..%2Fproducts.yml", "%2e%2e/products.yml"):
        answer = await visitor.get(f"/shop/images/{path}")
        assert answer.status in (403, 404)
    assert (await visitor.post("/shop/images/coat.svg")).status in (403, 405)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHANGGUI_DESK_PORT", "abc"),
        ("ZHANGGUI_DESK_PORT", "70000"),
        ("ZHANGGUI_DESK_PUBLIC_URL", "desk.example.com"),
        ("ZHANGGUI_DESK_IMAGE_SOURCES", "https:; script-src *"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_environment({name: value})


def test_settings_have_defaults_for_one_machine() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 5080)
    named = Settings.from_environment({"ZHANGGUI_DESK_PORT": "5081", "REDIS_URL": "redis://r"})
    assert (named.port, named.redis_url) == (5081, "redis://r")
