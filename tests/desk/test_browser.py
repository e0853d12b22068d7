"""The inbox in a real browser: what an agent does, and what must never happen."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestServer
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from conversations.keys import ConversationKey
from conversations.messages import Card, Choice, Content, HandoffRequest, Kind, Picture
from tests.desk.conftest import PASSWORD, SignIn
from tests.desk.fakes import LIN, PHONE
from tests.desk.scenes import XIAOLI, XIAOWANG, Scenes

pytestmark = pytest.mark.e2e  # `make test` installs the browser: without it they fail

A = ConversationKey("web", "main", "shopper-a")
B = ConversationKey("web", "main", "shopper-b")
HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">'

Enter = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield opened
        await opened.close()


@pytest.fixture
async def enter(server: TestServer, browser: Browser) -> AsyncIterator[Enter]:
    """Sign in through the page; gives the inbox. Script errors fail the test."""
    problems: list[str] = []

    async def open_inbox(
        *, width: int = 1440, conversation: ConversationKey | None = None, live: bool = True
    ) -> Page:
        context = await browser.new_context(
            locale="zh-CN", viewport={"width": width, "height": 844}
        )
        page = await context.new_page()
        if not live:
            await page.route("**/api/events", lambda route: route.abort())
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda line: problems.append(line.text) if "Security Policy" in line.text else None,
        )
        address = "" if conversation is None else f"#{quote(str(conversation), safe='')}"
        await page.goto(str(server.make_url("/sign-in")) + address)
        await page.fill("#name", "xiaowang")
        await page.fill("#password", PASSWORD)
        await page.click("[type=submit]")
        await page.wait_for_selector(".top-me")
        return page

    yield open_inbox
    assert problems == []


async def test_from_the_queue_to_a_solved_case(enter: Enter, scenes: Scenes) -> None:
    await scenes.queued(A, "我的衬衫呢", customer=LIN)
    page = await enter()
    await expect(page.locator("#rows li")).to_have_count(1)
    await expect(page.locator("#rows li")).to_contain_text("林晓月")
    await expect(page.locator("#rows li")).to_contain_text("我的衬衫呢")
    await page.click("#rows li")
    await expect(page.locator(".why")).to_contain_text("物流停滞")
    await expect(page.locator(".order").first).to_be_visible()
    await page.click("#take")
    await expect(page.locator("#chat-state")).to_have_text("我在接待")
    await page.click(".suggestions button >> nth=1")
    await page.keyboard.type("好吗？")
    await page.keyboard.press("Enter")
    sent = page.locator(".line.agent")
    await expect(sent).to_have_count(1)
    await expect(sent).to_contain_text("不用您出运费。好吗？")
    await expect(sent.locator(".sent.ok")).to_have_text("✓")
    await page.keyboard.press("Alt+KeyE")
    await page.fill("#outcome", "已补发")
    await page.click("#resolve-dialog .primary")
    await expect(page.locator("#chat-state")).to_have_text("机器人接待中")
    await page.click("#toast .link")
    await expect(page.locator("#chat-state")).to_have_text("我在接待")
    latest = await scenes.handoffs.latest(A)
    assert latest is not None
    assert latest.assignee == "xiaowang"


async def test_hostile_words_stay_words(enter: Enter, scenes: Scenes) -> None:
    card = Card(
        title=HOSTILE, subtitle=HOSTILE, rows=((HOSTILE, HOSTILE),), link="javascript:hacked=1"
    )
    handoff = HandoffRequest(
        reason="x",
        reason_text=HOSTILE,
        summary=(HOSTILE,),
        package={"risks": [HOSTILE], "suggestions": [HOSTILE], "tried": [HOSTILE], "mood": HOSTILE},
    )
    await scenes.says(A, HOSTILE)
    await scenes.answered(
        A,
        Content(text=HOSTILE, kind=Kind.CARD, card=card),
        Content(text=HOSTILE, kind=Kind.CHOICES, choices=(Choice(HOSTILE, "/x"),)),
        Content(text=HOSTILE, kind=Kind.IMAGE, image="javascript:hacked=1"),
        handoff=handoff,
    )
    await scenes.handoffs.note(A, agent=XIAOLI, text=HOSTILE, client_id="1")
    page = await enter(conversation=A)
    await expect(page.locator(".line.shopper .bubble")).to_have_text(HOSTILE)
    await expect(page.locator(".why")).to_contain_text(HOSTILE)
    assert await page.evaluate("window.hacked") is None
    assert await page.locator("a[href^='javascript']").count() == 0


async def test_a_shopper_s_picture_is_shown_and_enlarged(enter: Enter, scenes: Scenes) -> None:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(out, "JPEG")
    await scenes.queued(A)
    await scenes.sends(A, Picture(id="3" * 32, data=out.getvalue(), content_type="image/jpeg"))
    page = await enter(conversation=A)
    image = page.locator(".line.shopper .picture img")
    await expect(image).to_have_attribute("alt", "顾客发来的图片，点开看大图")
    await expect(image).to_have_js_property("naturalWidth", 1200)
    await expect(page.locator(".line.shopper .bubble", has_text="[图片]")).to_have_count(0)
    small = await image.bounding_box()
    await image.click()
    large = page.locator("dialog.viewer img")
    await expect(large).to_be_visible()
    box = await large.bounding_box()
    assert small
    assert box
    assert box["width"] > 2 * small["width"]
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog.viewer")).to_have_count(0)
    assert len(page.context.pages) == 1


async def test_choosing_a_word_with_enter_never_sends(enter: Enter, scenes: Scenes) -> None:
    await scenes.queued(A)
    await scenes.handoffs.take(A, agent=XIAOWANG)
    page = await enter(conversation=A)
    await page.fill("#composer-text", "nihao")
    await page.evaluate(
        """() => {
          const field = document.getElementById("composer-text");
          const press = (more) => field.dispatchEvent(new KeyboardEvent("keydown",
            { key: "Enter", bubbles: true, cancelable: true, ...more }));
          press({ isComposing: true });
          press({ keyCode: 229 });
        }"""
    )
    await expect(page.locator("#composer-text")).to_have_value("nihao")
    await page.press("#composer-text", "Shift+Enter")
    await expect(page.locator("#composer-text")).to_have_value("nihao\n")
    assert await page.locator(".line.agent").count() == 0


async def test_what_shoppers_write_arrives_by_itself(enter: Enter, scenes: Scenes) -> None:
    await scenes.queued(A)
    await scenes.handoffs.take(A, agent=XIAOWANG)
    page = await enter(conversation=A)
    await expect(page.locator("#chat-state")).to_have_text("我在接待")
    await scenes.says(A, "还在吗")
    await expect(page.locator(".line.shopper").last).to_contain_text("还在吗")
    await scenes.queued(B, "找人工")
    await expect(page.locator("#rows li")).to_contain_text("找人工")
    await expect(page).to_have_title("(2) 掌柜")


async def test_each_conversation_keeps_its_draft(enter: Enter, scenes: Scenes) -> None:
    for key in (A, B):
        await scenes.queued(key)
        await scenes.handoffs.take(key, agent=XIAOWANG)
    page = await enter(conversation=A)
    await page.fill("#composer-text", "写给甲")
    await page.click("#tab-mine")
    await expect(page.locator("#rows li")).to_have_count(2)
    await page.keyboard.press("Alt+KeyJ")
    await expect(page.locator("#chat-name")).to_contain_text("er-b")
    await expect(page.locator("#composer-text")).to_have_value("")
    await page.fill("#composer-text", "写给乙")
    await page.keyboard.press("Alt+KeyK")
    await expect(page.locator("#chat-name")).to_contain_text("er-a")
    await expect(page.locator("#composer-text")).to_have_value("写给甲")
    await page.keyboard.press("Alt+KeyP")
    await expect(page.locator("#composer-text")).to_have_value("")
    await page.reload()
    await expect(page.locator("#composer-text")).to_have_value("写给甲")


async def test_who_lost_the_conversation_learns_who_has_it(
    enter: Enter, signed_in: SignIn, scenes: Scenes
) -> None:
    await scenes.queued(A)
    await scenes.handoffs.take(A, agent=XIAOWANG)
    page = await enter(conversation=A, live=False)
    await page.fill("#composer-text", "我来处理")
    other = await signed_in("xiaoli")
    await other.post(f"/api/conversations/{A}/take", json={})
    await page.press("#composer-text", "Enter")
    failed = page.locator(".line.agent.failed")
    await expect(failed).to_contain_text("小李")
    await expect(page.locator("#locked-text")).to_contain_text("小李 正在接待")
    await page.click("#locked-take")
    await expect(page.locator("#takeover-title")).to_contain_text("小李")
    await page.click("#takeover-dialog .primary")
    await expect(page.locator("#chat-state")).to_have_text("我在接待")
    await failed.get_by_text("重试").click()
    await expect(page.locator(".line.agent .sent.ok")).to_have_count(1)
    history = await scenes.ledger.history(A)
    assert [m.content.text for m in history].count("我来处理") == 1


async def test_phone_numbers_are_shown_on_request_only(enter: Enter, scenes: Scenes) -> None:
    await scenes.queued(A, customer=LIN)
    page = await enter(conversation=A)
    phone = page.locator(".person + .facts div").last
    await expect(phone).to_contain_text("138****5678")
    assert PHONE not in await page.content()
    await phone.get_by_role("button").click()
    await expect(phone).to_contain_text(PHONE)


async def test_a_phone_shows_one_pane_at_a_time(enter: Enter, scenes: Scenes) -> None:
    await scenes.queued(A)
    page = await enter(width=390)
    await page.click("#rows li")
    await expect(page.locator("#chat-name")).to_be_visible()
    await expect(page.locator("#rows")).to_be_hidden()
    await page.click("#info")
    await expect(page.locator(".why")).to_be_visible()
    await page.click("#info-back")
    await page.click("#back")
    await expect(page.locator("#rows li")).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


async def test_what_is_written_offline_goes_out_once_the_net_is_back(
    enter: Enter, scenes: Scenes
) -> None:
    await scenes.queued(A)
    await scenes.handoffs.take(A, agent=XIAOWANG)
    page = await enter(conversation=A)
    await expect(page.locator("#chat-state")).to_have_text("我在接待")
    await page.context.set_offline(True)
    await page.fill("#composer-text", "断网时写的")
    await page.press("#composer-text", "Enter")
    await expect(page.locator(".line.agent.failed")).to_contain_text("自动发出")
    await expect(page.locator("#offline")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator(".line.agent .sent.ok")).to_have_count(1, timeout=10_000)
    await expect(page.locator("#offline")).to_be_hidden()
    history = await scenes.ledger.history(A)
    assert [m.content.text for m in history].count("断网时写的") == 1


async def test_help_opens_with_a_question_mark(enter: Enter) -> None:
    page = await enter()
    await expect(page.locator("#list-blank h2")).to_have_text("没有客户在排队")
    await page.keyboard.press("?")
    await expect(page.locator("#help-dialog")).to_be_visible()
    await page.uncheck("#keys-enabled")
    await page.click("#help-dialog .primary")
    await page.keyboard.press("?")
    await expect(page.locator("#help-dialog")).to_be_hidden()
