"""A member's own level and points; what is a rule or of the account is answered as before."""

from __future__ import annotations

import pytest

from actions.base import Services
from actions.formatting import money
from tests.actions.conftest import Talks


@pytest.mark.parametrize("words", ["我现在几级", "那我从银卡到金卡还差多少消费", "怎么升级到金卡"])
async def test_the_level_and_what_is_missing(
    talk_as: Talks, services: Services, words: str
) -> None:
    heard = await talk_as("c-lin").say(words, "account_membership")
    member = await services.shop.customers.membership("c-lin")
    assert member is not None
    assert "银卡" in heard.text
    assert f"再消费 {money(200000 - member.spent)} 就到金卡" in heard.text


async def test_the_highest_has_no_next(talk_as: Talks) -> None:
    heard = await talk_as("c-vip").say("我是什么等级", "account_membership")
    assert "最高的VIP" in heard.text
    assert "会员价 95 折" in heard.text


async def test_points_are_told_with_what_is_not_known(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("我有多少积分", "account_membership")
    assert "928 积分，最多能抵 ¥9.28" in heard.text  # a sweater and headphones
    assert "我的会员" in heard.text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("密码忘了怎么找回", "账号与安全"),
        ("登录不上去了", "账号"),
        ("积分过期了吗", "一年"),
    ],
)
async def test_other_questions_are_left_to_the_knowledge(
    talk_as: Talks, words: str, told: str
) -> None:
    heard = await talk_as("c-lin").say(words, "account_membership")
    assert told in heard.text
    assert "近 365 天实付" not in heard.text


async def test_a_stranger_gets_the_rules(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say("我现在几级", "account_membership")
    assert "我的会员" in heard.text


@pytest.mark.parametrize("words", ["再买多少能到金卡", "我是哪一档会员", "我离金卡还差多少"])
async def test_the_level_in_other_words(talk_as: Talks, words: str) -> None:
    heard = await talk_as("c-lin").say(words, "account_membership")
    assert "银卡" in heard.text
    assert "金卡" in heard.text


async def test_what_the_next_level_takes_is_no_price_of_goods(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("升金卡还得花多少钱", "price_query")
    assert "就到金卡" in heard.text


async def test_level_and_points_in_one_question(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("我现在啥等级 多少积分", "account_membership")
    assert "银卡" in heard.text
    assert "928 积分" in heard.text


async def test_how_to_rise_is_no_use_of_goods(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("我现在啥等级", "account_membership")
    heard = await talk.say("怎么升到黄金", "usage_help")
    assert "离金卡差" in heard.text or "就到金卡" in heard.text
    of_goods = await talk_as("c-lin").say("系统怎么升级", "usage_help")
    assert "金卡" not in of_goods.text
