"""`make demo SYSTEMS=platforms`: answers come from the platforms, and follow what happens there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.e2e.conftest import House, Shopper, start, stop

pytestmark = pytest.mark.e2e

WAYBILL = "75812340101001"  # of c-lin's shirt, under way
DRESS = "4218860012340111001"  # c-return's, on its way back


@pytest.fixture(scope="module")
def platforms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo with platforms."""
    house = start(tmp_path_factory.mktemp("platforms"), systems="platforms")
    yield house
    stop(house)


def click(house: House, path: str) -> None:
    """Press a button of the page of the fake platforms."""
    response = requests.post(f"{house.fakes}/api{path}", json={}, timeout=10)
    assert response.status_code == 200, response.text


def trades(house: House, person: str) -> list[dict[str, Any]]:
    response = requests.get(f"{house.fakes}/api/people/{person}", timeout=10)
    return list(response.json()["trades"])


def notes(house: House) -> str:
    state = requests.get(f"{house.fakes}/api/state", timeout=10).json()
    return "\n".join(note["text"] for note in state["notes"])


def until(happened: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def words_of(messages: list[dict[str, Any]]) -> str:
    cards = [message["card"] for message in messages if message.get("card")]
    rows = [f"{name}：{value}" for card in cards for name, value in card["rows"]]
    return "\n".join([*(message["text"] for message in messages), *rows])


def asks(shopper: Shopper, text: str) -> str:
    return words_of(shopper.say(text))


def test_a_parcel_that_moves_on_the_platform_moves_in_the_answer(platforms: House) -> None:
    lin = platforms.shopper("c-lin")
    heard = asks(lin, "我昨天买的黑色L码衬衫到哪了")
    assert WAYBILL in heard and "济南" in heard and "营业点" not in heard
    until(lambda: trades(platforms, "c-lin")[0]["parcels"][0]["subscribed"])
    click(platforms, f"/parcels/{WAYBILL}/next")
    until(lambda: f"推送 {WAYBILL}：掌柜已收下（第 1 次）" in notes(platforms))
    # Somebody else on her phone: nothing was said of it yet. Kuaidi100 is not asked again for it.
    heard = asks(platforms.shopper("c-lin"), "我昨天买的黑色L码衬衫到哪了")
    assert WAYBILL in heard and "营业点" in heard


def test_money_that_came_back_on_the_platform_came_back_in_the_answer(platforms: House) -> None:
    back = platforms.shopper("c-return")
    assert "寄回途中" in asks(back, "我的退款到哪了")
    [dress] = [trade for trade in trades(platforms, "c-return") if trade["id"] == DRESS]
    click(platforms, f"/refunds/{dress['refunds'][0]['id']}/refund")
    until(lambda: "tmc.return_followed" in platforms.log("systems"))
    heard = asks(platforms.shopper("c-return"), "我的退款到账了吗")
    assert "寄回途中" not in heard and "已经退了" in heard


def test_a_platform_that_is_off_is_said_and_the_question_answered_when_it_is_back(
    platforms: House,
) -> None:
    lin = platforms.shopper("c-lin")
    click(platforms, "/platforms/taobao/off")
    try:
        heard = asks(lin, "我的毛衣到哪了")
        assert "系统" in heard and "记下" in heard
    finally:
        click(platforms, "/platforms/taobao/on")
    answer = lin.wait_for(lambda messages: "75812340101002" in words_of(messages), seconds=110)
    assert "签收" in words_of(answer)
