"""What people say around a return: sighs, whys, where to send it, and things that are missing."""

from __future__ import annotations

import pytest

from actions.base import Services
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk


async def to_the_summary(talk: Talk) -> Heard:
    await talk.say("我要退货", "return_request")
    return await talk.say("不喜欢", "return_request", reason=("不喜欢", "no_longer_wanted"))


@pytest.mark.parametrize("words", ["算了 退吧", "算了，还是退吧", "算了。。退了吧", "算了 就退"])
async def test_a_sigh_before_the_wish_to_return_goes_on(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    heard = await talk.say(words, "return_request")
    assert "没有提交" not in heard.text
    assert len(await services.shop.after_sales.returns("c-insured")) == 1


async def test_a_sigh_before_the_wish_to_return_is_no_cancel_while_the_reason_is_open(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-insured")
    await talk.say("我要退货", "return_request")
    await talk.say("算了 退吧", "return_request")
    assert talk.form


@pytest.mark.parametrize(
    ("words", "intent", "named"),
    [
        ("算了 衬衫能退不", "return_policy", "衬衫"),
        ("算了，衬衫到哪了", "track_logistics", "衬衫"),
        ("不用了 衬衫到哪了？", "track_logistics", "衬衫"),
    ],
)
async def test_a_need_about_another_thing_does_not_cancel(
    talk_as: Talks, words: str, intent: str, named: str
) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣想退", "return_request", category="毛衣")
    heard = await talk.say(words, intent, category=named)
    assert "没有提交" not in heard.text
    assert "牛津纺衬衫" in heard.text or "在路上" in heard.text
    assert talk.form


@pytest.mark.parametrize("words", ["算了吧", "算了 先不退", "算了不退了", "唉算了 留着吧"])
async def test_a_sigh_without_a_wish_cancels(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    await talk.say(words, "deny")
    assert talk.form is None


async def test_may_it_come_back_counts_the_reason_already_given(talk_as: Talks) -> None:
    talk = talk_as("c-phone")
    await talk.say(
        "手机有质量问题想退", "return_request", category="手机", reason=("质量问题", "quality")
    )
    heard = await talk.say("能退吗", "return_policy")
    assert "没法" not in heard.text
    assert "可以退" in heard.texts[0]


async def test_why_not_repeats_what_the_refusal_said(talk_as: Talks) -> None:
    for words, intent in (("为什么不行", "urge_delivery"), ("为什么不能退", "return_policy")):
        talk = talk_as("c-fresh")
        refused = await talk.say("坚果能退吗", "return_policy", category="坚果")
        assert "食品" in refused.text
        why = await talk.say(words, intent, confidence=0.5)
        assert "食品关系到入口安全" in why.text
        assert "质量问题" in why.text


async def test_why_not_after_a_refused_wish(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("耳机想退", "return_request", category="耳机")
    if talk.form:
        await talk.say("不想要了", "return_request", reason=("不想要", "no_longer_wanted"))
    else:
        why = await talk.say("为啥不能", "stock_check", confidence=0.4)
        assert "无理由" in why.text


async def test_may_it_come_back_after_a_refusal_is_of_what_was_refused(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.say("坚果能退吗", "return_policy", category="坚果")
    heard = await talk.say("真不能退吗", "return_policy")
    assert "食品关系到入口安全" in heard.text


async def test_the_rules_asked_after_a_refusal_are_the_rules(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.say("坚果能退吗", "return_policy", category="坚果")
    heard = await talk.say("退货流程是什么", "return_policy")
    assert "食品关系到入口安全" not in heard.text


async def open_return(talk: Talk) -> Heard:
    summary = await to_the_summary(talk)
    return await talk.click("确认退货", summary)


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("下一步呢", "nlu_fallback"),
        ("地址发我", "store_info"),
        ("单号呢", "track_logistics"),
        ("寄到哪", "return_request"),
    ],
)
async def test_after_opening_a_return_where_and_which_number_are_of_it(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as("c-insured")
    await open_return(talk)
    [back] = await services.shop.after_sales.returns("c-insured")
    heard = await talk.say(words, intent)
    assert back.number in heard.text
    assert "仓前街道" in heard.text
    assert "771012340115001" not in heard.text
    assert talk.form is None


async def test_missing_pieces_are_sent_or_paid_back_alone(talk_as: Talks) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say("杯子两个少了一个", "wrong_or_missing_item", category=("杯子", "杯子"))
    assert "少的 1 件" in heard.text
    assert "¥89" in heard.text
    assert "¥178" not in heard.text
    assert heard.titles == ["补发", "退少的部分（¥89）", "转人工"]


async def test_a_missing_part_of_one_piece_is_no_full_refund(talk_as: Talks) -> None:
    heard = await talk_as("c-insured").say(
        "少发了一个", "wrong_or_missing_item", reason=("少发了", "wrong_item")
    )
    assert "补发" in heard.text
    assert not any(title.startswith("退货退款") for title in heard.titles)


async def test_a_return_of_several_pieces_shows_how_many(talk_as: Talks) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say(
        "杯子有质量问题想退",
        "return_request",
        category=("杯子", "杯子"),
        reason=("质量问题", "quality"),
    )
    assert "×2" in heard.text


async def test_half_received_while_a_parcel_is_under_way_is_a_split_order(talk_as: Talks) -> None:
    heard = await talk_as("c-split").say("怎么只收到一半", "wrong_or_missing_item")
    assert "分" in heard.texts[0]
    assert "四件套" in heard.text
    assert "75812340104001" in heard.text
    assert "抱歉" not in heard.text


async def test_missing_something_that_has_arrived_is_our_fault(talk_as: Talks) -> None:
    heard = await talk_as("c-fresh").say(
        "坚果少了一包", "wrong_or_missing_item", category=("坚果", "坚果")
    )
    assert "抱歉" in heard.text


async def test_something_broken_in_use_is_repaired_not_refused(talk_as: Talks) -> None:
    heard = await talk_as("c-vip").say(
        "手机X30屏幕碎了",
        "quality_complaint",
        product=("手机X30", "云岚X30 Pro手机"),
        reason=("碎了", "damaged"),
    )
    assert "报价" in heard.text
    assert "碎屏险" in heard.text
    assert "退货期限" not in heard.text


async def test_something_broken_on_arrival_may_come_back(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    heard = await talk.say(
        "收到刻字杯就碎了", "quality_complaint", category="刻字杯", reason=("碎了", "damaged")
    )
    assert "报价" not in heard.text
    ways = await talk.click("没有照片", heard)
    assert any(title.startswith("退货退款") for title in ways.titles)


async def test_a_reaction_of_the_skin_is_advised_first(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    heard = await talk.say(
        "面霜用了脸红", "quality_complaint", product=("面霜", "神经酰胺修护面霜")
    )
    assert "先停用" in heard.texts[0]
    ways = await talk.click("没有照片", heard)
    assert any(title.startswith("退货退款") for title in ways.titles)
    assert "转人工" in ways.titles


async def test_a_reaction_to_something_of_an_order_names_no_thing(talk_as: Talks) -> None:
    heard = await talk_as("c-fresh").say("用了脸红", "quality_complaint")
    assert "先停用" in heard.texts[0]
    assert "坚果" not in heard.text


async def test_the_order_in_talk_stays_when_days_are_counted(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣能退吗", "return_policy", category="毛衣")
    heard = await talk.say("第8天了吧", "urge_delivery")
    assert "羊毛圆领毛衣" in heard.text
    assert "衬衫" not in heard.text
