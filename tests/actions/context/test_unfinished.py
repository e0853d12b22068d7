"""我电话: a line about a number that is not finished calls for nobody."""

from __future__ import annotations

import pytest

from tests.actions.conftest import Talks


@pytest.mark.parametrize(
    "words",
    [
        "我电话",
        "我的电话",
        "电话",
        "我的联系方式",
        "我手机号是",
        "原来的电话",
        "换个电话",
        "用我电话",
        "我妈电话",
    ],
)
async def test_a_number_begun_is_asked_about(talk_as: Talks, words: str) -> None:
    heard = await talk_as("c-lin").say(words, "ask_human", confidence=0.89)
    assert not heard.handed_over
    assert heard.titles == ["改收件电话", "转人工"]


async def test_it_may_be_the_phone_of_the_parcel(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    heard = await talk.click("改收件电话", await talk.say("我电话", "ask_human"))
    assert "防雨风衣" in heard.text or "改" in heard.text


async def test_an_open_question_stays_open(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    await talk.say("衬衫什么时候买的", "order_status", category="衬衫")
    await talk.say("我电话", "ask_human")
    heard = await talk.say("免烫那件", "nlu_fallback", product=("免烫", "免烫白衬衫"))
    assert "免烫白衬衫" in heard.text


@pytest.mark.parametrize(
    "words",
    ["打我电话", "给我打电话", "回我电话", "客服电话多少", "叫人给我打电话", "有没有400电话"],
)
async def test_who_wants_to_be_called_gets_a_person(talk_as: Talks, words: str) -> None:
    heard = await talk_as("c-lin").say(words, "ask_human", confidence=0.9)
    assert heard.handed_over


@pytest.mark.parametrize(
    "words", ["别打电话给我", "不要打电话", "不用来电话", "我不方便接电话", "没接到你们电话"]
)
async def test_who_wants_no_call_gets_none(talk_as: Talks, words: str) -> None:
    heard = await talk_as("c-lin").say(words, "ask_human", confidence=0.95)
    assert not heard.handed_over


async def test_what_is_surely_another_need_stays_it(talk_as: Talks) -> None:
    heard = await talk_as("c-late").say("手机号", "change_address", confidence=0.81)
    assert heard.titles != ["改收件电话", "转人工"]
