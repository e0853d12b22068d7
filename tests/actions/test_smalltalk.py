from __future__ import annotations

import pytest

from actions.wording import foreign
from tests.actions.conftest import Talks
from tests.actions.talk import RULES


async def test_three_misses_guess_offer_and_call(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    ranking = ("invoice", "trade_in", "greet")
    first = await talk.say("阿巴阿巴", "nlu_fallback", ranking=ranking)
    assert first.titles == ["开发票", "以旧换新", "转人工"]
    second = await talk.say("叽里呱啦", "nlu_fallback", ranking=ranking)
    assert second.titles == ["转人工"]
    third = await talk.say("呜哩哇啦", "nlu_fallback", ranking=ranking)
    assert third.handoff.reason == "misses"


async def test_an_understood_message_forgives_the_misses(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    for _ in range(3):
        await talk.say("阿巴阿巴", "nlu_fallback")
        heard = await talk.say("谢谢", "thanks")
        assert not heard.handed_over


async def test_yes_to_the_offered_person(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("阿巴阿巴", "nlu_fallback")
    await talk.say("叽里呱啦", "nlu_fallback")
    assert (await talk.say("好", "affirm")).handoff.reason == "misses"


@pytest.mark.parametrize("words", ["视频看懂了 不需要", "不用人工了 谢谢", "明白了，不必麻烦"])
async def test_what_sounds_like_a_yes_and_needs_nobody_calls_nobody(
    talk_as: Talks, words: str
) -> None:
    talk = talk_as("c-lin")
    await talk.say("阿巴阿巴", "nlu_fallback")
    await talk.say("叽里呱啦", "nlu_fallback")
    assert not (await talk.say(words, "affirm")).handed_over


async def test_a_guess_keeps_what_was_named(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say(
        "衬衫咋整", "nlu_fallback", ranking=("price_query",), product=("衬衫", "真丝衬衫")
    )
    assert "¥459" in (await talk.click("商品价格", heard)).text


async def test_courtesies_vary_and_are_never_empty(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    first = await talk.say("你好", "greet")
    second = await talk.say("在吗", "greet")
    assert first.texts != second.texts
    assert "亲，在的" not in first.text + second.text


async def test_it_admits_to_be_a_machine_and_can_call_a_person(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("你是机器人吗", "chitchat")
    assert "不是真人" in heard.text or "智能助手" in heard.text
    assert heard.titles == ["转人工"]


@pytest.mark.parametrize(
    ("words", "intent", "confidence"),
    [
        ("跟我说话的是ai吧", "ask_human", 0.9),
        ("诶你是机器人还是人呀", "ask_human", 0.9),
        ("客服是不是机器人啊", "service_complaint", 0.38),
    ],
)
async def test_who_only_asks_whether_it_is_one_gets_the_answer(
    talk_as: Talks, words: str, intent: str, confidence: float
) -> None:
    heard = await talk_as("c-lin").say(words, intent, confidence=confidence)
    assert not heard.handed_over
    assert "不是真人" in heard.text or "智能助手" in heard.text


async def test_a_part_of_a_message_taken_for_a_call_calls_nobody(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "笑死 客服小姐姐是不是机器人啊",
        "chitchat",
        confidence=0.59,
        clauses=(("客服小姐姐是不是机器人啊", "ask_human"),),
    )
    assert not heard.handed_over
    assert "不是真人" in heard.text or "智能助手" in heard.text


async def test_yes_and_no_to_nothing_do_nothing(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    for words, intent in (("好", "affirm"), ("不用", "deny")):
        heard = await talk.say(words, intent)
        assert heard.text
        assert not heard.handed_over


async def test_heard_is_no_small_talk_and_no_yes(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    heard = await talk.say("哦", "chitchat")
    assert "聊天" not in heard.text
    talk = talk_as("c-stuck")
    await talk.say("物流怎么不动了", "track_logistics")
    await talk.say("哦", "chitchat")
    assert not talk.form


async def test_a_picture_is_admitted_unreadable_and_kept(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").send("/share_image")
    assert "没认出" in heard.text
    assert "商品有问题" in heard.titles


async def test_a_picture_does_not_lose_the_open_question(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    await talk.say("衬衫什么时候买的", "order_status", category="衬衫")
    await talk.send("/share_image")
    heard = await talk.say("免烫那件", "nlu_fallback", product=("免烫", "免烫白衬衫"))
    assert "4218860012340108002" in heard.text


async def test_voice_is_asked_for_in_words(talk_as: Talks) -> None:
    assert "打字" in (await talk_as("c-lin").send("/share_unknown")).text


@pytest.mark.parametrize(
    ("text", "is_foreign"),
    [
        ("where is my parcel", True),
        ("сколько времени", True),
        ("ok", False),
        ("iPhone 15", False),
        ("XL码有吗", False),
    ],
)
def test_foreign_languages(text: str, is_foreign: bool) -> None:
    assert foreign(text) is is_foreign


@pytest.mark.parametrize("customer", ["c-lin", "c-new", "stranger"])
async def test_every_intent_gets_an_answer(talk_as: Talks, customer: str) -> None:
    for intent in sorted(RULES):
        heard = await talk_as(customer).say("嗯？", intent)
        assert heard.text, intent
        assert len(heard.texts) <= 3, intent
        assert len(heard.titles) <= 6, intent
        assert "{" not in heard.text, intent
        for phrase in ("亲，在的", "已反馈", "出错了"):
            assert phrase not in heard.text, intent


async def test_a_short_bare_number_names_nothing(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("123456", "service_complaint")
    assert "对不上" in heard.text
    assert not heard.handed_over


async def test_another_language_is_no_greeting(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("hi where is my order", "greet")
    assert "Chinese" in heard.text
    assert "查物流" in heard.titles
