"""A request above the rules' limit, from the shopper to a person's decision and back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import House
from tests.e2e.test_browser import DESKTOP, PHONE, no_sideways_scrolling, opened, picture, sign_in
from tests.e2e.test_browser import browser as browser

pytestmark = pytest.mark.e2e


def texts(messages: list[dict[str, Any]]) -> str:
    return "\n".join(message["text"] for message in messages)


def test_what_a_person_agrees_to_reaches_the_shopper_once(house: House, browser: Browser) -> None:
    shopper = house.shopper("c-late")
    shopper.say("至少赔我80块，耽误我多少事")
    asked = texts(shopper.say("领取"))
    number = re.findall(r"OP\d{6}\w{6}", asked)[0]

    desk, phone = (opened(browser, house.desk, size) for size in (DESKTOP, PHONE))
    for page in (desk, phone):
        sign_in(page)
        page.goto(f"{house.desk}/#{shopper.conversation}")
        page.locator("#chat-body").wait_for()
    phone.locator("#info").click()
    for page, name in ((desk, "approval-desktop"), (phone, "approval-phone")):
        card = page.locator(".approval")
        expect(card).to_contain_text(number)
        expect(card).to_contain_text("发货晚了")
        expect(card).to_contain_text("¥80.00")
        no_sideways_scrolling(page)
        picture(page, name)

    desk.locator(".approval").get_by_role("button", name="同意", exact=True).click()
    desk.locator("#decide-ok").dblclick()
    for page in (desk, phone):
        expect(page.locator(".approval")).to_have_count(0)
        expect(page.locator(".line.agent")).to_have_count(1)
    picture(desk, "approval-decided")
    told = texts(shopper.wait_for(lambda messages: any(m["from"] == "agent" for m in messages)))
    assert told.count(number) == 1, told
    assert "¥80 无门槛优惠券已经放进您的账户" in told
    staff, path = house.staff(), f"/api/conversations/{shopper.conversation}"
    again = staff.post(f"{path}/approvals/{number}", {"approve": True})
    assert again["approved"]
    staff.post(f"{path}/resolve", {"outcome": "已批"})
    shopper.wait_for(lambda messages: any("人工服务先到这里" in m["text"] for m in messages))
    assert number in texts(shopper.say("补偿批了没有"))
    later = texts(shopper.say("售后进度怎么样了"))
    assert "补偿：已办好" in later, later
    assert [m["from"] for m in shopper.messages()].count("agent") == 1
    for page in (desk, phone):
        page.context.close()
