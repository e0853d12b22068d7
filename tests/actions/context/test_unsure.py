"""Weak guesses keep to the talk; details and results are heard as such."""

from __future__ import annotations

import pytest

from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk


async def _charging(talk: Talk) -> Heard:
    """The first step of the tree for a phone that does not charge."""
    heard = await talk.say(
        "手机充不进电", "usage_help", category="手机", knowledge=[("phone-not-charging", 0.9)]
    )
    if "换线就好了" not in heard.titles:
        heard = await talk.send('/open_entry{"knowledge": "phone-not-charging"}')
    assert heard.titles[:2] == ["换过还不行", "换线就好了"]
    return heard


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [
        ("换过线了", "exchange_request", 0.87),
        ("还是不行", "usage_help", 0.94),
        ("试过了没用", "return_policy", 0.5),
        ("没用", "service_complaint", 0.9),
        ("一样的", "nlu_fallback", 0.25),
    ],
)
async def test_a_step_that_failed_leads_to_the_next(
    talk_as: Talks, text: str, intent: str, confidence: float
) -> None:
    talk = talk_as("c-lin")
    await _charging(talk)
    heard = await talk.say(text, intent, confidence=confidence)
    assert "充电口" in heard.text
    assert not heard.handed_over


@pytest.mark.parametrize(
    ("text", "intent"),
    [("充上了，好了", "quality_complaint"), ("可以了", "affirm"), ("好了", "goodbye")],
)
async def test_a_step_that_helped_ends_the_tree(talk_as: Talks, text: str, intent: str) -> None:
    talk = talk_as("c-lin")
    await _charging(talk)
    assert "那就好" in (await talk.say(text, intent, confidence=0.3)).text


async def test_a_step_without_that_answer_ends_well_or_with_an_offer(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.send('/open_entry{"knowledge": "kettle-wet"}')
    solved = await talk.say("好了", "goodbye")
    assert "再" in solved.text
    assert not solved.titles
    await talk.send('/open_entry{"knowledge": "phone-charge-port"}')
    assert "检修" in (await talk.say("没反应", "quality_complaint")).text


@pytest.mark.parametrize("confidence", [0.25, 0.5])
async def test_a_weak_guess_does_not_leave_a_tree(talk_as: Talks, confidence: float) -> None:
    talk = talk_as("c-lin")
    shown = await _charging(talk)
    heard = await talk.say("充电器是原来那个", "change_order", confidence=confidence)
    assert heard.titles == shown.titles[:2]


async def test_a_sure_wish_leaves_a_tree(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await _charging(talk)
    heard = await talk.say("开个发票吧", "invoice")
    assert "哪一笔" in heard.text


@pytest.mark.parametrize("intent", ["gift_packaging", "review_cashback", "urge_delivery"])
async def test_a_weak_guess_beside_a_product_asks_back(talk_as: Talks, intent: str) -> None:
    talk = talk_as("c-lin")
    await talk.say("热水壶多大容量", "product_attribute", product="热水壶", attribute="容量")
    ranking = (intent, "invoice")
    heard = await talk.say("能打微信视频不", intent, confidence=0.4, ranking=ranking)
    assert "转人工" in heard.titles
    assert len(heard.titles) == 3
    assert not heard.handed_over
    assert "1.7" in (await talk.say("容量呢", "invoice", confidence=0.3, attribute="容量")).text


async def test_a_sure_question_beside_a_product_is_answered(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("热水壶多大容量", "product_attribute", product="热水壶", attribute="容量")
    assert "发票" in (await talk.say("能开发票吗", "invoice")).text


async def test_a_weak_guess_outside_such_a_talk_stands(talk_as: Talks) -> None:
    assert "发票" in (await talk_as("c-lin").say("票呢", "invoice", confidence=0.4)).text


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我要不辣的", "wrong_or_missing_item"),
        ("洗了缩不缩", "quality_complaint"),
        ("那长款呢", "refund_progress"),
    ],
)
async def test_nobody_proves_who_they_are_to_talk_of_a_product(
    talk_as: Talks, text: str, intent: str
) -> None:
    talk = talk_as("stranger")
    await talk.say("真丝衬衫多少钱", "price_query", product="真丝衬衫")
    assert "本人" not in (await talk.say(text, intent)).text


async def test_an_order_still_wants_a_known_shopper(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    await talk.say("真丝衬衫多少钱", "price_query", product="真丝衬衫")
    assert "本人" in (await talk.say("我的快递到哪了", "track_logistics")).text


@pytest.mark.parametrize("text", ["我一个人住", "他喜欢跑步", "我大油皮", "下雨呢"])
async def test_a_detail_for_a_wish_is_no_small_talk(talk_as: Talks, text: str) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐一款耳机", "product_recommend", category="耳机")
    heard = await talk.say(text, "chitchat", confidence=0.85)
    assert "耳机" in heard.text


async def test_small_talk_stays_small_talk(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐一款耳机", "product_recommend", category="耳机")
    heard = await talk.say("你是机器人吗", "chitchat")
    assert "智能助手" in heard.text


async def test_a_new_one_for_a_faulty_one_is_an_exchange(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("衬衫坏了", "quality_complaint", category="衬衫")
    heard = await talk.say("可以换新机吗", "trade_in")
    assert "以旧换新" not in heard.text
    assert "换" in heard.text
    assert "旧" in (await talk.say("旧的能抵钱吗", "trade_in")).text


@pytest.mark.parametrize("text", ["不用给我转人工", "别帮我转人工", "不用转人工", "先不转人工了"])
async def test_no_person_for_who_wants_none(talk_as: Talks, text: str) -> None:
    heard = await talk_as("c-lin").say(text, "ask_human", confidence=1.0)
    assert not heard.handed_over
    assert "转人工" not in heard.titles


async def test_swearing_at_the_weather_calls_nobody(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("今天真倒霉", "chitchat", mood=-1)
    assert not (await talk.say("操 这天气真他妈的", "chitchat", mood=-2)).handed_over


async def test_who_was_not_heard_is_offered_a_person_at_first(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("无语 问了半天没人理", "service_complaint", mood=-1)
    assert not heard.handed_over
    assert "转人工" in heard.titles


async def test_a_copied_order_is_an_order(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "【订单】订单号：4218860012340101001 共1件商品 合计169.00元",
        "out_of_scope",
        order_number="4218860012340101001",
    )
    assert "4218860012340101001" in heard.text


async def test_a_bare_item_number_is_its_product(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("680012340901", "track_logistics", item_id="680012340901")
    assert "恒温电热水壶" in heard.text


@pytest.mark.parametrize("text", ["。", "，，", "…"])
async def test_a_stop_is_no_talk(talk_as: Talks, text: str) -> None:
    heard = await talk_as("c-lin").say(text, "chitchat", confidence=0.55)
    assert "查物流" in heard.titles


async def test_angry_signs_are_seen(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("😡😡😡", "nlu_fallback", mood=-1)
    assert not heard.handed_over
    assert heard.titles == ["转人工"]


async def test_a_place_on_an_order_card_is_the_item(talk_as: Talks) -> None:
    talk = talk_as("c-split")
    first = await talk.say("我的订单", "order_status")
    goods = [line.partition("：")[2] for line in first.text.split("\n") if line.startswith("商品")]
    assert len(goods) == 2
    heard = await talk.say("第二个", "affirm")
    assert goods[1] in heard.text


async def test_today_may_be_the_day_of_arrival(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    heard = await talk.say("今天能送到吗", "ask_delivery_time", time="今天")
    plain = await talk_as("c-lin").say("什么时候能送到", "ask_delivery_time")
    assert heard.texts == plain.texts


async def test_an_exchange_of_something_bought_is_no_trade_of_old_for_new(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "我买的毛衣能换吗", "trade_in", category="毛衣", confidence=0.5
    )
    assert "羊毛圆领毛衣" in heard.text
    assert "以旧换新" not in heard.text
