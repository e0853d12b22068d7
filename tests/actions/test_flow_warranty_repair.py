"""Repairs, step by step; what is only asked about them is answered."""

from __future__ import annotations

import pytest

from actions.base import Services
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

PHONE = "c-phone"


async def asked(talk: Talk) -> Heard:
    return await talk.say("手机不开机了，帮我报修", "warranty_repair", category="手机")


async def test_free_within_the_warranty_fetched_and_once(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(PHONE)
    way = await asked(talk)
    assert "免费修" in way.text
    assert way.titles == ["上门取件", "我自己寄"]
    summary = await talk.click("上门取件", way)
    assert "免费" in summary.text
    done = await talk.click("确认报修", summary)
    (receipt,) = await services.shop.operations.receipts(PHONE)
    assert receipt.number in done.text
    assert "send_to" not in receipt.details
    again = await asked(talk)
    assert receipt.number in again.text


async def test_the_fault_is_asked_when_it_is_not_told(talk_as: Talks) -> None:
    talk = talk_as(PHONE)
    heard = await talk.say("手机要报修", "warranty_repair", category="手机")
    assert "故障" in heard.text or "哪里不好用" in heard.text
    await talk.say("充不进电", "usage_help")
    assert talk.slots["flow_fault"] == "充不进电"


@pytest.mark.parametrize(
    "words", ["手机充不进去，想送修", "手机总黑屏，送修", "手机送来就开不了机，坏了，寄修"]
)
async def test_a_repair_does_not_say_how_it_gets_there(talk_as: Talks, words: str) -> None:
    talk = talk_as(PHONE)
    way = await talk.say(words, "warranty_repair", category="手机")
    assert way.titles == ["上门取件", "我自己寄"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("上门取件", "快递上门取件"),
        ("寄过去吧", "您自己寄来"),
        ("不用上门了，我自己寄过去", "您自己寄来"),
    ],
)
async def test_the_summary_says_how_it_gets_there(talk_as: Talks, words: str, shown: str) -> None:
    talk = talk_as(PHONE)
    await asked(talk)
    summary = await talk.say(words, "nlu_fallback")
    assert f"送修方式：{shown}" in summary.text


@pytest.mark.parametrize(
    "words",
    ["手机保修期内吧？充不进电了，想送修", "手机总是死机，能修不", "手机死机，还能给修吗"],
)
async def test_a_question_beside_the_wish_is_answered_by_its_rule(
    talk_as: Talks, words: str
) -> None:
    talk = talk_as(PHONE)
    heard = await talk.say(words, "warranty_repair", category="手机")
    assert talk.form == "warranty_repair_form"
    assert "保修期内（到" in heard.text


async def test_of_what_was_bought_only_one_thing_can_be_repaired(talk_as: Talks) -> None:
    talk = talk_as("c-vip")
    heard = await talk.say("我要报修", "warranty_repair")
    assert "云岚X30 Pro手机" in heard.text
    assert talk.slots["requested_slot"] == "flow_fault"


async def test_sent_in_by_oneself_shows_where(talk_as: Talks) -> None:
    talk = talk_as(PHONE)
    await asked(talk)
    summary = await talk.say("我自己寄", "nlu_fallback")
    done = await talk.click("确认报修", summary)
    assert "仓前街道" in done.text


async def test_what_broke_by_accident_is_paid_for_and_said_first(talk_as: Talks) -> None:
    talk = talk_as(PHONE)
    heard = await talk.say("手机屏幕摔碎了", "quality_complaint", category="手机")
    assert talk.form == "warranty_repair_form"
    assert "报价" in heard.text
    assert "碎屏险" in heard.text


async def test_what_is_never_repaired_may_come_back(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    heard = await talk.say("裤子拉链坏了给修吗", "warranty_repair", category="裤子")
    heard = await talk.say("裤子拉链坏了，帮我修", "warranty_repair", category="裤子")
    assert "不提供维修" in heard.text
    assert "申请退货" in heard.titles


@pytest.mark.parametrize(
    "words",
    [
        "手机保修多久",
        "过保了修要多少钱",
        "维修点在哪",
        "想问下保修政策是什么",
        "手机要是坏了能修吗",
        "空调不制冷了能修吗",
    ],
)
async def test_questions_are_answered_and_book_nothing(talk_as: Talks, words: str) -> None:
    talk = talk_as(PHONE)
    await talk.say(words, "warranty_repair")
    assert talk.form is None


async def test_given_up_nothing_is_booked(talk_as: Talks, services: Services) -> None:
    talk = talk_as(PHONE)
    await asked(talk)
    await talk.say("算了不修了", "deny")
    assert talk.form is None
    assert await services.shop.operations.receipts(PHONE) == ()
