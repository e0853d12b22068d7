"""Conversations in which feelings and risks decide; moods are read by the real reader."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations.messages import UnknownReason
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk
from tests.moods import mood_of


async def say(talk: Talk, text: str, intent: str, **more: Any) -> Heard:
    """A message with the mood that the reader gives it."""
    return await talk.say(text, intent, mood=mood_of(text), **more)


async def test_anger_that_builds_brings_a_person(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    assert not (await say(talk, "黑色衬衫到哪了", "track_logistics", color="黑色")).handed_over
    assert not (await say(talk, "怎么这么慢，太不靠谱了", "urge_delivery")).handed_over
    heard = await say(talk, "又是这句，烦死了，敷衍谁呢", "track_logistics")
    assert heard.handoff.reason == "anger"
    assert heard.handoff.package["mood"]["label"] == "不满"
    assert heard.handoff.package["mood"]["trend"] == "falling"
    assert "越来越不满" in heard.handoff.package["risks"]
    assert "抱歉" in heard.text


async def test_rage_brings_a_person_at_once(talk_as: Talks) -> None:
    heard = await say(talk_as("c-lin"), "一帮骗子，退我钱", "refund_request")
    assert heard.handoff.reason == "anger"
    assert heard.handoff.package["mood"]["level"] == -2
    assert "一帮骗子，退我钱" in heard.handoff.summary[0]


async def test_one_cross_word_between_calm_ones_brings_nobody(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    for text, intent in (
        ("真无语，等好几天了", "track_logistics"),
        ("那大概几号到", "ask_delivery_time"),
        ("唉，有点失望", "chitchat"),
        ("好吧谢谢", "thanks"),
    ):
        if intent in ("chitchat", "thanks"):
            continue  # answered by Rasa's own responses, not by an action
        assert not (await say(talk, text, intent)).handed_over


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("哈哈气死我了，又没抢到", "stock_check"),
        ("快递咋还没到呀😭😭😭😭！！！！", "track_logistics"),
        ("这破天气，衬衫会不会晚到", "track_logistics"),
        ("我真是头猪，又拍错尺码", "change_order"),
        ("我不投诉，就问问到哪了", "track_logistics"),
        ("有人说你们被投诉过，衬衫质量行吗", "product_attribute"),
        ("我是律师，开庭穿这件衬衫合适吗", "product_attribute"),
    ],
)
async def test_jokes_weather_and_quotes_bring_nobody(
    talk_as: Talks, text: str, intent: str
) -> None:
    assert not (await say(talk_as("c-lin"), text, intent)).handed_over


async def test_repetition_offers_a_person_then_brings_one(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    first = await say(talk, "黑色衬衫到哪了", "track_logistics", color="黑色")
    assert "转人工" not in first.titles
    again = await say(talk, "黑色衬衫到哪了呀", "track_logistics", color="黑色")
    assert not again.handed_over
    assert "转人工" in again.titles
    third = await say(talk, "黑色衬衫到哪了", "track_logistics", color="黑色")
    assert not third.handed_over
    fourth = await say(talk, "黑色衬衫到哪了", "track_logistics", color="黑色")
    package = fourth.handoff.package
    assert fourth.handoff.reason == "repeated"
    assert package["repeats"] == 4
    assert package["slots"]["同一问题"] == "4 遍"
    assert package["tried"][0]["result"] == "又问了一遍"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (
            ("这款黑色的M码还有货吗", "这款白色的M码还有货吗"),
            ({"color": "黑色"}, {"color": "白色"}),
        ),
        (
            ("牛津纺衬衫会不会缩水", "真丝衬衫会不会缩水"),
            ({"product": "牛津纺衬衫"}, {"product": "真丝衬衫"}),
        ),
        (("还有别的吗", "还有吗"), ({}, {})),
        (("有没有其他的", "还有其他的吗"), ({}, {})),
    ],
)
async def test_the_same_question_about_another_thing_is_no_repetition(
    talk_as: Talks, words: tuple[str, str], named: tuple[dict[str, str], dict[str, str]]
) -> None:
    talk = talk_as("c-new")
    for _ in range(2):
        for text, things in zip(words, named, strict=True):
            heard = await say(talk, text, "product_attribute", **things)
            assert not heard.handed_over
            assert UnknownReason.REPEATED not in {told.reason for told in heard.reply.unknowns}


async def test_yes_to_the_offer_after_a_repetition_brings_a_person(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    for _ in range(2):
        await say(talk, "黑色衬衫到哪了", "track_logistics", color="黑色")
    assert (await say(talk, "好", "affirm")).handoff.reason == "repeated"


async def test_the_same_answer_to_three_questions_is_no_repetition(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    for payload in ("/track_logistics", "/order_status", "/urge_delivery"):
        await talk.send(payload)
        assert not (await say(talk, "黑色的", "deny", color="黑色")).handed_over


@pytest.mark.parametrize("intent", ["ask_human", "chitchat", "nlu_fallback"])
async def test_a_command_typed_as_it_stands_is_no_wish_for_a_person(
    talk_as: Talks, intent: str
) -> None:
    heard = await say(talk_as("c-lin"), "ask_human", intent)
    assert not heard.handed_over
    assert "转人工" in heard.titles


async def test_misses_offer_a_person_then_bring_one(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    assert not (await say(talk, "那个东西弄一下", "nlu_fallback")).handed_over
    offered = await say(talk, "就内个呀", "nlu_fallback")
    assert not offered.handed_over
    assert offered.titles == ["转人工"]
    third = await say(talk, "唉你咋不懂", "nlu_fallback")
    assert third.handoff.reason == "misses"
    assert third.handoff.reason_text == "连续没听懂"


async def test_12315_brings_a_person_with_reason_and_words(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await say(talk, "黑色衬衫到哪了", "track_logistics", color="黑色")
    heard = await say(talk, "明天不到我打１２３１５", "urge_delivery")
    request = heard.handoff
    assert request.reason == "legal_risk"
    assert request.reason_text == "提到监管、法律或曝光（12315）"
    assert "12315" in json.dumps(request.package, ensure_ascii=False) + str(request.summary) + (
        request.reason_text
    )
    assert "监管投诉" in request.package["risks"]
    assert request.priority >= 20


async def test_a_risk_named_before_is_still_shown_when_a_person_is_asked_for(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-lin")
    talk.events.append(
        {
            "event": "user",
            "text": "充电器冒烟了",
            "parse_data": {"intent": {"name": "quality_complaint"}, "mood": 0},
        }
    )
    heard = await say(talk, "转人工", "ask_human")
    assert heard.handoff.reason == "ask_human"
    assert "人身安全" in heard.handoff.package["risks"]


async def test_calling_for_a_person_does_not_calm_the_mood(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await say(talk, "太慢了，真让人失望", "track_logistics")
    heard = await say(talk, "转人工", "ask_human")
    mood = heard.handoff.package["mood"]
    assert (mood["label"], mood["trend"]) == ("不满", "falling")


async def test_danger_comes_before_the_form(talk_as: Talks) -> None:
    """A message that answers the form and threatens is not swallowed by the form."""
    talk = talk_as("c-lin")
    heard = await talk.send("/return_request")
    while talk.form and talk.slots.get("requested_slot") != "return_reason":
        heard = await talk.send(heard.choices[0].payload)
    assert talk.form, heard.text
    heard = await say(talk, "质量问题，不退我就打12315", "quality_complaint", reason="质量问题")
    assert heard.handoff.reason == "legal_risk"
    assert talk.form is None


async def test_safety_comes_first_and_is_said_so(talk_as: Talks) -> None:
    heard = await say(talk_as("c-lin"), "吹风机漏电，我妈被电了一下", "quality_complaint")
    assert heard.handoff.reason == "unsafe_goods"
    assert "断电" in heard.text or "人" in heard.text
    assert heard.handoff.priority >= 30


async def test_a_complaint_about_the_courier_is_answered_and_a_person_offered(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-lin")
    heard = await say(talk, "我要投诉快递员，乱扔件", "logistics_complaint")
    assert not heard.handed_over
    assert (await say(talk, "好的，转吧", "affirm")).handed_over


async def test_an_unsure_complaint_is_met_with_an_offer(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    heard = await say(talk, "你们这个嘛", "service_complaint", confidence=0.4)
    assert not heard.handed_over
    assert heard.titles == ["转人工"]
    assert (await say(talk, "要", "affirm")).handoff.reason == "service_complaint"


GRUMBLE = {
    "text": "4天了！你们搞什么",
    "intent": {"name": "service_complaint", "confidence": 0.38},
    "calls": {"none": 0.95},
}


async def test_a_grumble_that_calls_nobody_goes_on_with_the_matter(talk_as: Talks) -> None:
    talk = talk_as("c-stuck")
    await talk.say("我的快递怎么不动了", "track_logistics")
    heard = await talk.hear(GRUMBLE)
    assert not heard.handed_over
    assert "可视空气炸锅" in heard.text
    assert "去核实，找不到就退款" in heard.titles


async def test_a_grumble_about_nothing_known_is_asked_back(talk_as: Talks) -> None:
    heard = await talk_as("c-new").hear(GRUMBLE)
    assert not heard.handed_over
    assert "转人工" in heard.titles
    assert [unknown.reason for unknown in heard.reply.unknowns]


async def test_the_same_offer_is_not_made_twice(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    assert not (await say(talk, "嗯那个谁", "ask_human", confidence=0.35)).handed_over
    assert (await say(talk, "就那个谁来", "ask_human", confidence=0.35)).handed_over


async def test_an_order_past_its_promise_and_a_reproach_bring_a_person(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    heard = await say(talk, "说好的发货时间早过了", "urge_delivery")
    assert heard.handoff.reason == "promise_broken"


async def test_the_same_reproach_without_a_broken_promise_is_answered(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    assert not (await say(talk, "不是说48小时发货吗", "ask_delivery_time")).handed_over


async def test_a_click_has_no_mood(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await say(talk, "太慢了，真让人失望", "track_logistics")
    assert not (await talk.send("/order_status")).handed_over
