"""Phone page and inbox in a real browser, side by side, over the true WeChat protocol.

With `ZHANGGUI_PICTURES=docs/pictures` the screens of the README are written there.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import House

pytestmark = pytest.mark.e2e

DESKTOP = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}
SHOPPER = "晓晓"  # 林晓, the customer with three orders
SLOW = 20_000  # milliseconds; CI shares its two cores
FROM_SHOP = "li.turn:not(.mine)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is missing; install it with: apt-get install chromium")
    expect.set_options(timeout=SLOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


def opened(browser: Browser, url: str, size: dict[str, int]) -> Page:
    """A page in a context of its own that fails the test on any error in its console."""
    context = browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.on("pageerror", lambda error: pytest.fail(f"{url}: {error}"))
    page.goto(url)
    return page


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("ZHANGGUI_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def say(phone: Page, text: str) -> None:
    phone.get_by_label("消息", exact=True).fill(text)
    phone.get_by_role("button", name="发送").click()


def sign_in(desk: Page) -> None:
    desk.locator("input[type=password]").wait_for()
    desk.locator("input:not([type=password])").first.fill("xiaowang")
    desk.locator("input[type=password]").fill("zhanggui-demo")
    desk.keyboard.press("Enter")
    desk.get_by_role("tab", name=re.compile("排队")).wait_for()


def no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_from_the_phone_to_the_agent_and_back(house: House, browser: Browser) -> None:
    phone = opened(browser, house.simulator, DESKTOP)
    phone.locator("#list").get_by_text(SHOPPER).first.click()
    log = phone.get_by_role("log")
    say(phone, "我昨天买的黑色L码衬衫到哪了")
    expect(log).to_contain_text("75812340101001")
    expect(log).to_contain_text("预计")
    say(phone, "羊毛衫的羊毛含量多少")
    expect(log).to_contain_text("70%")
    picture(phone, "phone-desktop")
    say(phone, "转人工")
    expect(log).to_contain_text("同事")

    desk = opened(browser, house.desk, DESKTOP)
    sign_in(desk)
    desk.get_by_role("tab", name=re.compile("排队")).click()
    desk.locator("#rows").get_by_text(SHOPPER).first.click()
    expect(desk.locator("#panel")).to_contain_text("75812340101001")
    expect(desk.get_by_role("log")).to_contain_text("我昨天买的黑色L码衬衫到哪了")
    desk.locator("#take").click()
    composer = desk.locator("#composer-text")
    composer.fill("林女士您好，我是小王，包裹到济南了，明后天就到。")
    picture(desk, "inbox-desktop")
    composer.press("Enter")
    expect(log).to_contain_text("我是小王")

    desk.locator("#resolve").click()
    desk.locator("#resolve-dialog button.primary").click()
    expect(log).to_contain_text("人工服务先到这里")
    heard = log.locator(FROM_SHOP).count()
    say(phone, "谢谢")
    expect(log.locator(FROM_SHOP)).not_to_have_count(heard)
    for page in (phone, desk):
        no_sideways_scrolling(page)
        page.context.close()


def test_on_a_small_screen_one_pane_at_a_time(house: House, browser: Browser) -> None:
    shopper = house.shopper("c-vip")
    shopper.say("我的包裹到哪了")
    shopper.say("人工")
    desk = opened(browser, house.desk, PHONE)
    sign_in(desk)
    picture(desk, "inbox-phone-list")
    desk.locator("#rows li, #rows [role=option]").first.click()
    expect(desk.locator("#composer")).to_be_visible()
    expect(desk.locator("#rows")).not_to_be_visible()
    no_sideways_scrolling(desk)
    picture(desk, "inbox-phone")
    desk.locator("#back").click()
    expect(desk.locator("#rows")).to_be_visible()
    desk.context.close()


def test_the_phone_page_fills_a_phone(house: House, browser: Browser) -> None:
    phone = opened(browser, house.simulator, PHONE)
    expect(phone.locator("#list").get_by_text(SHOPPER).first).to_be_attached()
    if phone.locator("#list").is_visible():
        phone.locator("#list").get_by_text(SHOPPER).first.click()
    say(phone, "你好")
    expect(phone.get_by_role("log").locator(FROM_SHOP)).not_to_have_count(0)
    no_sideways_scrolling(phone)
    picture(phone, "phone")
    phone.context.close()


def test_hostile_text_stays_text_on_both_screens(house: House, browser: Browser) -> None:
    shopper = house.shopper("c-stuck")
    shopper.say("<img src=x onerror=\"document.title='owned'\"><b>粗</b>")
    shopper.say("转人工")
    desk = opened(browser, house.desk, DESKTOP)
    sign_in(desk)
    desk.get_by_role("tab", name=re.compile("全部")).click()
    desk.locator("#rows [role=option]").first.click()
    expect(desk.get_by_role("log")).to_contain_text("<b>粗</b>")
    assert "owned" not in desk.title()
    desk.context.close()
