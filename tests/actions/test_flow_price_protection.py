"""The price fell after buying: the difference comes back, step by step."""

from __future__ import annotations

import pytest

from actions.base import Services
from tests.actions.conftest import Talks

# Their sweater is 30 yuan cheaper since three days ago; their skirt's list price fell by 30.
SWEATER, SKIRT = "c-lin", "c-return"


async def refunds(services: Services, customer: str) -> list[int]:
    receipts = await services.shop.operations.receipts(customer)
    return [one.refund for one in receipts if one.kind == "price_protection"]


async def test_the_only_thing_that_became_cheaper_is_meant(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(SWEATER)
    summary = await talk.say("刚买就降价了，能补差价吗", "price_protection")
    assert "羊毛圆领毛衣" in summary.text
    assert "¥30" in summary.text
    assert await refunds(services, SWEATER) == []
    done = await talk.say("好的退吧", "affirm")
    assert await refunds(services, SWEATER) == [3000]
    assert "凭据号" in done.text


async def test_a_fallen_list_price_is_dated(talk_as: Talks) -> None:
    talk = talk_as(SKIRT)
    heard = await talk.say("半身裙买完降了30", "price_protection", product="半身裙")
    assert "降价日期：11月16日" in heard.text
    assert "¥199" in heard.text


@pytest.mark.parametrize("words", ["我329买的毛衣，今天299，退差价", "毛衣前几天买的，今天便宜了"])
async def test_prices_and_the_day_of_the_fall_name_no_order(talk_as: Talks, words: str) -> None:
    talk = talk_as(SWEATER)
    heard = await talk.say(words, "price_protection", product="毛衣", time="今天")
    assert talk.form == "price_protection_form" or "哪" not in heard.text
    assert "羊毛圆领毛衣" in heard.text


async def test_clicked_twice_it_comes_back_once(talk_as: Talks, services: Services) -> None:
    talk = talk_as(SWEATER)
    summary = await talk.say("毛衣买贵了退差价", "price_protection", product="毛衣")
    await talk.click("确认退差价", summary)
    await talk.click("确认退差价", summary)
    assert await refunds(services, SWEATER) == [3000]
    again = await talk.say("毛衣买贵了退差价", "price_protection", product="毛衣")
    assert "只保一次" in again.text
    assert await refunds(services, SWEATER) == [3000]


async def test_a_refusal_explains_the_rule(talk_as: Talks, services: Services) -> None:
    late = await talk_as(SWEATER).say("耳机降价了退我差价", "price_protection", product="耳机")
    assert "签收后 7 天" in late.text
    same = await talk_as("c-insured").say(
        "刚买的牛仔裤降价了", "price_protection", product="牛仔裤"
    )
    assert "没有降价" in same.text
    assert await refunds(services, "c-insured") == []


async def test_of_two_lines_one_is_asked_for(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    asked = await talk.say("买完就降价了", "price_protection")
    assert talk.form is None  # three orders
    heard = await talk.click(asked.titles[0], asked)
    assert "没有降价" in heard.text


async def test_another_line_is_taken_in_the_middle(talk_as: Talks, services: Services) -> None:
    talk = talk_as(SWEATER)
    await talk.say("毛衣降价了退差价", "price_protection", product="毛衣")
    heard = await talk.say("不对，是衬衫", "deny", product="衬衫")
    assert "没有降价" in heard.text
    assert talk.form is None
    assert await refunds(services, SWEATER) == []


async def test_a_question_in_between_is_answered(talk_as: Talks, services: Services) -> None:
    talk = talk_as(SWEATER)
    await talk.say("毛衣降价了退差价", "price_protection", product="毛衣")
    heard = await talk.say("价保是几天", "price_protection")
    assert "7 天" in heard.text
    assert talk.form == "price_protection_form"
    await talk.say("确认", "affirm")
    assert await refunds(services, SWEATER) == [3000]


async def test_given_up_nothing_comes_back(talk_as: Talks, services: Services) -> None:
    talk = talk_as(SWEATER)
    await talk.say("毛衣降价了退差价", "price_protection", product="毛衣")
    await talk.say("算了不退了", "deny")
    assert talk.form is None
    assert await refunds(services, SWEATER) == []


@pytest.mark.parametrize(
    "words",
    [
        *("保价几天", "价保怎么申请", "保价吗", "直播间比我买的低", "价保申请被拒了", "价保"),
        *("双十一买的现在降价了能退差价吗", "现在领券能减30，我前天没这券，能给我补上吗"),
    ],
)
async def test_questions_are_left_to_the_knowledge(talk_as: Talks, words: str) -> None:
    talk = talk_as(SWEATER)
    await talk.say(words, "price_protection")
    assert talk.form is None


async def test_a_stranger_gets_the_rules(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say("刚买就降价了退差价", "price_protection")
    assert "7 天" in heard.text
