"""The main job on the real processes: ask, get an answer from the shop's data, get a person."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.e2e.conftest import House, Shopper

pytestmark = pytest.mark.e2e


def text_of(messages: list[dict[str, Any]]) -> str:
    return "\n".join(message["text"] for message in messages)


def titles_of(messages: list[dict[str, Any]]) -> list[str]:
    return [choice["title"] for message in messages for choice in message["choices"]]


def test_a_parcel_is_found_by_plain_words(lin: Shopper) -> None:
    answer = lin.say("我昨天买的黑色L码衬衫到哪了")
    (card,) = [message["card"] for message in answer if message["kind"] == "card"]
    rows = dict(card["rows"])
    assert rows["运单号"] == "75812340101001"
    assert "济南" in rows["最新"]
    assert rows["预计送达"]


def test_a_product_fact_comes_from_the_catalogue(lin: Shopper) -> None:
    assert "70%" in text_of(lin.say("羊毛衫的羊毛含量多少"))


def test_a_fact_is_found_although_the_talk_was_about_another_product(lin: Shopper) -> None:
    lin.say("我昨天买的黑色L码衬衫到哪了")
    assert "70%" in text_of(lin.say("羊毛含量多少"))


def test_a_return_survives_an_interruption_and_a_correction(house: House) -> None:
    shopper = house.shopper("c-lin")
    answer = shopper.say("我要退货")
    assert any("羊毛" in title for title in titles_of(answer)), "asks which item"
    (wool,) = [title for title in titles_of(answer) if "羊毛" in title]
    answer = shopper.say(wool)
    assert "原因" in text_of(answer) or "为什么" in text_of(answer)
    answer = shopper.say("运费谁出")
    assert "运费" in text_of(answer)
    answer = shopper.say("不喜欢")
    assert "确认" in text_of(answer) + "".join(titles_of(answer))
    answer = shopper.say("不对，是尺码不合适")
    assert "尺码" in text_of(answer)
    answer = shopper.say("确认")
    assert "RT" in text_of(answer), "the return number"
    assert "地址" in text_of(answer) or any(m["card"] for m in answer)
    again = shopper.say("确认")
    assert "RT" not in text_of(again), "a second confirmation opens no second return"


def test_a_person_takes_over_with_the_package_and_gives_back(house: House) -> None:
    shopper = house.shopper("c-vip")
    shopper.say("我的快递到哪了")
    waiting = shopper.say("转人工")
    assert any(message["from"] == "system" for message in waiting)

    staff = house.staff()
    path = f"/api/conversations/{shopper.conversation}"
    queued = staff.get("/api/conversations?state=queued")
    listed = queued["conversations"] if isinstance(queued, dict) else queued
    assert shopper.conversation in [entry["id"] for entry in listed]
    seen = staff.get(path)
    assert seen["state"] == "queued"
    assert seen["handoff"]["reason"] == "ask_human"
    assert 1 <= len(seen["handoff"]["summary"]) <= 3
    assert len(seen["handoff"]["package"]["suggestions"]) == 3

    staff.post(f"{path}/take", {})
    staff.post(f"{path}/messages", {"text": "我是小王，我来看看", "id": "1"}, status=201)
    arrived = shopper.wait_for(lambda messages: any(m["from"] == "agent" for m in messages))
    assert "我是小王，我来看看" in text_of(arrived)

    shopper.send("好的等你")
    staff.post(f"{path}/resolve", {"outcome": "已解决"})
    shopper.wait_for(lambda messages: any("人工服务" in m["text"] for m in messages))
    assert shopper.say("在吗")[0]["from"] == "bot"


def test_another_shoppers_order_is_neither_shown_nor_confirmed(house: House) -> None:
    answers = [
        house.shopper("c-vip").say(f"{number} 到哪了")
        for number in ("75812340101001", "75899999999999")
    ]
    assert "济南" not in text_of(answers[0])
    assert titles_of(answers[0]) == titles_of(answers[1])
    for answer in answers:
        assert "没" in text_of(answer), "a foreign order is as unknown as one that never was"


@pytest.mark.parametrize(
    "text", ["😡😡😡", "？", "1" * 5000, '/restart{"x":1}', "{{7*7}} <script>"]
)
def test_strange_input_gets_a_sensible_answer(house: House, text: str) -> None:
    answer = house.shopper().say(text)
    assert answer[0]["from"] == "bot"
    assert "49" not in text_of(answer)


def test_three_misses_in_a_row_bring_a_person(house: House) -> None:
    shopper = house.shopper("c-lin")
    for text in ("Здравствуйте", "где мой заказ", "помогите пожалуйста"):
        answer = shopper.say(text)
    assert any(message["from"] == "system" for message in answer)


def test_the_house_starts_within_half_a_minute(house: House) -> None:
    assert house.started_in < 30


def test_inner_doors_are_closed(house: House) -> None:
    assert requests.post(f"{house.actions}/webhook", json={}, timeout=5).status_code == 403
    for path in ("/conversations/x/tracker", "/model/parse", "/status", "/domain"):
        assert requests.get(f"{house.rasa}{path}", timeout=5).status_code == 404
    assert requests.get(f"{house.desk}/api/conversations", timeout=5).status_code == 401
    assert (
        requests.post(f"{house.rasa}/webhooks/rest/webhook", json={}, timeout=5).status_code == 404
    )
