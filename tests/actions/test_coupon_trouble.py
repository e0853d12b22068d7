"""Why a coupon does not take effect: each obstacle, and what would remove it."""

from __future__ import annotations

import pytest

from tests.actions.conftest import Talks


async def test_what_is_missing_to_the_threshold_is_told_to_the_fen(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "满300减20的券为什么用不了，我买衬衫", "coupon_promotion", product="衬衫"
    )
    assert "店铺券满300减20：要满 ¥300，现在 ¥169，再加 ¥131 就能用" in heard.text
    assert "满99" not in heard.text


async def test_a_sum_is_enough(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("满三百减二十，我凑了282咋没减", "coupon_promotion")
    assert "再加 ¥18 就能用" in heard.text


async def test_without_goods_one_question_is_asked_and_answered(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    asked = await talk.say("生日券用不了怎么回事", "coupon_promotion")
    assert "哪件" in asked.text
    heard = await talk.say("羊毛毛衣", "product_attribute", product="羊毛毛衣")
    assert "生日券满200减25：能用" in heard.text
    assert "店铺券" not in heard.text


async def test_a_kind_of_goods_is_asked_about_further(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    await talk.say("满300减20的券怎么用不了", "coupon_promotion")
    which = await talk.say("毛衣", "affirm", category="毛衣")
    heard = await talk.click("羊毛圆领毛衣", which)
    assert "店铺券满300减20" in heard.text


async def test_used_and_over_are_said_with_their_days(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    used = await talk.say("新人券怎么用不了", "coupon_promotion")
    assert "10月25日已经用掉" in used.text
    over = await talk.say("秋装券不能用", "coupon_promotion")
    assert "已经到期" in over.text


async def test_goods_that_it_does_not_count_for(talk_as: Talks) -> None:
    heard = await talk_as("c-vip").say("护肤满减没减，我买毛衣", "coupon_promotion", product="毛衣")
    assert "只能用在护肤上" in heard.text


async def test_of_two_the_better_one_counts(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "满99减5的券没抵扣，买两件羊绒毛衣", "coupon_promotion", product="羊绒毛衣"
    )
    assert "更省的「生日券满200减25」" in heard.text


async def test_somebody_elses_coupon_is_not_there(talk_as: Talks) -> None:
    heard = await talk_as("c-vip").say("我的满200减25用不了", "coupon_promotion")
    assert "不在您这个账号里" in heard.text
    assert "生日券" not in heard.text


async def test_the_order_waiting_to_be_paid_is_meant(talk_as: Talks) -> None:
    heard = await talk_as("c-unpaid").say("优惠券用不了", "coupon_promotion")
    assert "高速吹风机" in heard.text
    assert "能用" in heard.text


@pytest.mark.parametrize(
    ("words", "told"),
    [("优惠券过期了能补吗", "补"), ("现在有什么优惠", "优惠"), ("优惠券在哪里领", "领")],
)
async def test_questions_about_offers_are_answered_as_before(
    talk_as: Talks, words: str, told: str
) -> None:
    heard = await talk_as("c-lin").say(words, "coupon_promotion")
    assert told in heard.text
    assert "：要满" not in heard.text


async def test_a_stranger_hears_of_what_is_for_everybody(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say(
        "店铺券用不了，买衬衫", "coupon_promotion", product="衬衫"
    )
    assert "店铺券满300减20：要满" in heard.text
    assert "您名下的" not in heard.text


@pytest.mark.parametrize(
    ("words", "named", "told"),
    [
        ("生日那张券选不了，想买羊毛毛衣", "羊毛毛衣", "生日券满200减25"),
        ("满300减20提示我不够，就一件羊毛毛衣", "羊毛毛衣", "再加 ¥1 就能用"),
        ("满300的券怎么没给我减，买的羊毛毛衣", "羊毛毛衣", "再加 ¥1 就能用"),
    ],
)
async def test_in_other_words(talk_as: Talks, words: str, named: str, told: str) -> None:
    heard = await talk_as("c-lin").say(words, "coupon_promotion", product=named)
    assert told in heard.text


async def test_something_more_is_reckoned_with(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("满300减20用不了，我买羊毛毛衣", "coupon_promotion", product="羊毛毛衣")
    heard = await talk.say("那再加一条毛巾呢", "change_order", product="毛巾")
    assert "毛衣＋" in heard.text
    assert "合计 ¥309" in heard.text


async def test_what_there_is_for_me_is_listed(talk_as: Talks) -> None:
    knowledge = [("promotion", 0.4)]
    heard = await talk_as("c-lin").say(
        "我手上有哪些券能用", "coupon_promotion", knowledge=knowledge
    )
    assert "生日券满200减25" in heard.text
