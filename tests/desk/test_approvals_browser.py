"""Decisions in a real browser: cards, the question before, the reason, other people's pages.

With `ZHANGGUI_PICTURES=folder` the screens are written there.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestServer
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from conversations.database import Database
from conversations.messages import Picture
from shop.operations.types import ReceiptState
from tests.desk.conftest import PASSWORD, hire
from tests.desk.scenes import XIAOWANG, Scenes
from tests.desk.test_approvals import CHEN, KEY, LIN, OTHER, POLICY, REASON, RealShop

pytestmark = pytest.mark.e2e  # `make test` installs the browser: without it they fail

DESKTOP, PHONE = 1280, 390
Enter = Callable[..., Awaitable[Page]]


@pytest.fixture
async def desk_database(sqlite_database: Database) -> Database:
    await hire(sqlite_database)
    return sqlite_database


@pytest.fixture
async def shop(desk_database: Database) -> RealShop:
    real = RealShop(desk_database)
    await real.open()
    return real


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
    """Sign in and open 林晓's conversation. Script errors fail the test."""
    problems: list[str] = []

    async def open_inbox(*, who: str = "xiaowang", width: int = DESKTOP) -> Page:
        context = await browser.new_context(
            locale="zh-CN", viewport={"width": width, "height": 844}
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(str(server.make_url("/sign-in")) + f"#{quote(str(KEY), safe='')}")
        await page.fill("#name", who)
        await page.fill("#password", PASSWORD)
        await page.click("[type=submit]")
        await page.wait_for_selector("#chat-body:not([hidden])")
        if width == PHONE:
            await page.click("#info")
        return page

    yield open_inbox
    assert problems == []


async def picture(page: Page, name: str) -> None:
    folder = os.environ.get("ZHANGGUI_PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png")


def photo() -> Picture:
    """A grey square."""
    data = BytesIO()
    Image.new("RGB", (240, 240), (120, 130, 125)).save(data, "JPEG")
    return Picture(id="7" * 32, data=data.getvalue(), content_type="image/jpeg")


async def of_one_width(page: Page) -> None:
    assert await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert await page.evaluate(
        "[...document.querySelectorAll('.approval, .approval *')].every("
        "(element) => element.getBoundingClientRect().right <= innerWidth)"
    )


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
async def test_from_the_card_to_the_shopper(
    enter: Enter, scenes: Scenes, shop: RealShop, width: int
) -> None:
    await scenes.queued(KEY, "袖口开线了，想退一部分钱", customer=LIN)
    seq = await scenes.sends(KEY, photo())
    await scenes.handoffs.take(KEY, agent=XIAOWANG)
    receipt = await shop.complaint(photo=f"{KEY}#{seq}")
    page = await enter(width=width)
    card = page.locator(".approval")
    await expect(card).to_contain_text("质量问题退款")
    await expect(card).to_contain_text("¥80.00")
    await expect(card).to_contain_text("牛津纺衬衫")
    await expect(card).to_contain_text("超过自动办的 ¥50.00")
    await expect(card).to_contain_text("袖口开线")
    await expect(card.locator(".evidence img")).to_be_visible()
    await of_one_width(page)
    await picture(page, f"approval-{width}")

    await card.get_by_role("button", name="同意", exact=True).click()
    await expect(page.locator("#decide-title")).to_have_text("同意质量问题退款 ¥80.00？")
    await expect(page.locator("#decide-reason")).to_be_hidden()
    await page.get_by_role("button", name="取消").click()
    assert await shop.state(receipt) is ReceiptState.AWAITING_APPROVAL
    await card.get_by_role("button", name="同意", exact=True).click()
    await page.locator("#decide-ok").click()
    await expect(page.locator("#toast")).to_contain_text("已同意")
    await expect(card).to_have_count(0)
    assert await shop.state(receipt) is ReceiptState.UNDER_WAY
    if width == PHONE:
        await page.click("#info-back")
    told = page.locator(".line.agent")
    await expect(told).to_have_count(1)
    await expect(told).to_contain_text("您申请的退款同意了：¥80 原路退回")
    await picture(page, f"approval-told-{width}")
    await page.context.close()


async def test_a_refusal_asks_for_its_reason(enter: Enter, scenes: Scenes, shop: RealShop) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    page = await enter()
    await page.locator(".approval").get_by_role("button", name="不同意").click()
    await page.locator("#decide-ok").click()
    await expect(page.locator("#decide-dialog")).to_be_visible()  # the reason is missing
    await page.locator("#decide-dialog .chip-button").first.click()
    await expect(page.locator("#decide-reason")).to_have_value(REASON)
    await picture(page, "approval-refusal")
    await page.locator("#decide-ok").click()
    await expect(page.locator(".approval")).to_have_count(0)
    await expect(page.locator(".line.agent")).to_contain_text(f"原因：{REASON}")
    await expect(page.locator("#panel")).to_contain_text(f"没有同意 · 小王 处理 · {REASON}")
    await picture(page, "approval-refused")
    assert await shop.state(receipt) is ReceiptState.REFUSED
    await page.context.close()


async def test_what_a_supervisor_must_decide_has_no_buttons_and_goes_when_he_has(
    enter: Enter, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    await shop.complaint(paid=POLICY.approvals.agent_limit * 10)
    mine = await enter()
    card = mine.locator(".approval")
    await expect(card).to_contain_text("要主管批")
    await expect(card.locator("footer")).to_have_count(0)
    await picture(mine, "approval-supervisor")
    his = await enter(who="zhanggui")
    await his.locator(".approval").get_by_role("button", name="同意", exact=True).click()
    await his.locator("#decide-ok").click()
    await expect(mine.locator(".line.agent")).to_contain_text("掌柜")
    await expect(card).to_have_count(0)
    for page in (mine, his):
        await page.context.close()


async def test_who_was_slower_reads_who_decided(
    enter: Enter, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    await scenes.queued(OTHER, customer=CHEN)
    await shop.complaint()
    slow = await enter()
    await slow.locator(".approval").get_by_role("button", name="不同意").click()
    quick = await enter(who="zhanggui")
    await quick.locator(".approval").get_by_role("button", name="同意", exact=True).click()
    await quick.locator("#decide-ok").click()
    await expect(quick.locator(".approval")).to_have_count(0)
    await slow.fill("#decide-reason", REASON)
    await slow.locator("#decide-ok").click()
    await expect(slow.locator("#toast")).to_contain_text("掌柜 已经同意了")
    await expect(slow.locator(".line.agent")).to_have_count(1)
    for page in (slow, quick):
        await page.context.close()
