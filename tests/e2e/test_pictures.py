"""Pictures on the real processes: from the telephone to the agent, and read on both channels."""

from __future__ import annotations

import time

import pytest
import requests

from tests.actions.test_ocr import page
from tests.e2e.conftest import House

pytestmark = pytest.mark.e2e

ORDER = "4218860012340101002"  # 林晓's jumper
LIN = "oLinXiao_demo_openid_0000001"


def test_what_a_web_shopper_shows_is_seen_by_the_agent_and_by_nobody_else(house: House) -> None:
    shopper, other = house.shopper(), house.shopper()
    shot = page(["收到的衣服少了一颗扣子"])
    address = f"{house.rasa}/webhooks/web/pictures"
    sent = requests.post(
        address, params={"id": "1"}, data=shot, headers=shopper.headers, timeout=10
    )
    assert sent.status_code == 202, sent.text
    shopper.wait_for(bool)
    (own,) = [m["image"] for m in shopper.messages() if m["image"]]
    assert requests.get(house.rasa + own, headers=shopper.headers, timeout=10).ok
    assert requests.get(house.rasa + own, headers=other.headers, timeout=10).status_code == 404
    assert requests.get(house.rasa + own, timeout=10).status_code == 401

    staff = house.staff()
    seen = staff.get(f"/api/conversations/{shopper.conversation}")["messages"]
    (image,) = [m["image"] for m in seen if m["image"]]
    answer = staff.session.get(house.desk + image, timeout=10)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert (
        answer.content
        == requests.get(house.rasa + own, headers=shopper.headers, timeout=10).content
    )
    assert requests.get(house.desk + image, timeout=10).status_code == 401


def test_a_screenshot_over_wechat_is_read_as_over_the_web(house: House) -> None:
    shot = page(["交易成功", "实付款 ￥299.00", f"订单编号 {ORDER} 复制"])
    phone = f"{house.simulator}/api/customers/{LIN}"
    requests.get(f"{house.simulator}/api/customers", timeout=10).raise_for_status()
    before = len(requests.get(f"{phone}/messages", timeout=10).json())
    sent = requests.post(
        f"{phone}/images", data=shot, headers={"Content-Type": "image/jpeg"}, timeout=10
    )
    assert sent.status_code == 202, sent.text
    deadline = time.monotonic() + 30
    said = ""
    while ORDER not in said:
        assert time.monotonic() < deadline, said
        time.sleep(0.3)
        bubbles = requests.get(f"{phone}/messages", timeout=10).json()[before:]
        said = "\n".join(b.get("title", "") + b.get("text", "") for b in bubbles)
    assert "羊毛" in said
