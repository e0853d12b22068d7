from __future__ import annotations

import pytest

from actions.turn import FALLBACK_INTENT
from tests.actions.conftest import Talks


async def test_an_order_is_a_card(talk_as: Talks) -> None:
    heard = await talk_as("c-unpaid").say("我的订单呢", "order_status")
    card = heard.reply.contents[0].card
    assert card is not None
    assert card.title == "待付款"
    assert "还没有付款" in heard.text


@pytest.mark.parametrize(
    ("customer", "intent", "expected"),
    [
        ("c-late", "cancel_order", "可以取消"),
        ("c-late", "change_address", "收货"),
        ("c-late", "change_order", "要改什么"),
        ("c-lin", "cancel_order", "拒收"),
        ("c-lin", "change_address", "收货"),
        ("c-lin", "change_delivery_time", "派送"),
        ("c-unpaid", "cancel_order", "取消后订单就关闭"),
        ("c-return", "cancel_order", "已经收到"),
    ],
)
async def test_changes_by_the_state_of_the_order(
    talk_as: Talks, customer: str, intent: str, expected: str
) -> None:
    heard = await talk_as(customer).say("改一下", intent)
    assert expected in heard.text or "哪一笔" in heard.text


async def test_a_no_drops_the_wish(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    await talk.say("换成M码行不行", "change_order")
    assert not (await talk.say("不用了", "deny")).handed_over
    assert not (await talk.say("好的", "affirm")).handed_over


async def test_the_size_wished_for_does_not_choose_the_order(talk_as: Talks) -> None:
    heard = await talk_as("c-late").say("换成M码", "change_order", size=("M码", "M"))
    assert "三合一冲锋衣" in heard.text


async def test_an_exchange_says_whether_the_wish_is_in_stock(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    heard = await talk.say("毛衣换L码", "exchange_request", category="毛衣", size=("L码", "L"))
    assert "燕麦色 L" in heard.text
    assert "确认换货" in heard.titles


async def test_money_back_by_the_state_of_the_order(talk_as: Talks) -> None:
    assert "取消" in (await talk_as("c-late").say("退款", "refund_request")).text
    assert "核实" in (await talk_as("c-stuck").say("退款", "refund_request")).text
    received = await talk_as("c-insured").say("退款", "refund_request")
    assert "退货退款" in received.titles


async def test_where_the_money_is(talk_as: Talks) -> None:
    heard = await talk_as("c-return").say("退款到哪了", "refund_progress")
    assert "RT" in heard.text
    assert "寄回途中" in heard.text
    assert "已退款" in heard.text


async def test_no_case_is_said_and_how_long_it_takes_is_the_rule(talk_as: Talks) -> None:
    kettle = await talk_as("c-return").say(
        "热水壶退款到账没", "refund_progress", product=("热水壶", "恒温电热水壶")
    )
    assert "恒温电热水壶" in kettle.text
    assert "连衣裙" not in kettle.text
    assert "RT261014DEMO02" in kettle.texts[-1]
    assert "没有" in (await talk_as("c-new").say("我的退款呢", "refund_progress")).text
    assert "工作日" in (await talk_as("c-new").say("退款几天到账", "refund_progress")).text


async def test_an_order_that_is_not_paid_shows_what_is_to_pay(talk_as: Talks) -> None:
    heard = await talk_as("c-unpaid").say("我的订单", "order_status")
    assert "应付：¥329" in heard.text
    assert "实付" not in heard.text


async def test_a_larger_size_of_what_has_arrived_is_an_exchange(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("毛衣换大一码", "change_order", category="毛衣")
    assert "燕麦色 L" in heard.text
    assert "确认换货" in heard.titles


async def test_which_of_what_arrived_is_named_after_the_offer(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.say("东西不想要了", "cancel_order")
    heard = await talk.say("面霜", "product_recommend", product=("面霜", "神经酰胺修护面霜"))
    assert talk.form
    assert "神经酰胺修护面霜" in heard.text


async def test_what_has_arrived_is_not_cancelled_but_may_come_back(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣不想要了", "cancel_order", category="毛衣")
    heard = await talk.say("好", "affirm")
    assert "羊毛圆领毛衣" in heard.text
    assert talk.form


async def test_the_words_of_a_new_address_choose_no_order(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "我搬家了 地址改到上海浦东新区花木街道1号 张三 138****8000",
        "change_address",
        time="1号",
    )
    assert "没有找到" not in heard.text
    assert "牛津纺衬衫" in heard.text


async def test_a_wrong_address_of_an_unknown_day_is_of_the_only_open_order(talk_as: Talks) -> None:
    heard = await talk_as("c-late").say(
        "昨天那个订单地址错了", "order_status", time="昨天", confidence=0.57
    )
    assert "没有找到" not in heard.text
    assert "风衣" in heard.text or "冲锋衣" in heard.text
    assert "地址" in heard.text


@pytest.mark.parametrize("words", ["等等 先别取消", "先别取消", "等一下别取消了"])
async def test_an_offer_to_cancel_is_dropped(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-late")
    await talk.say("取消订单", "cancel_order")
    heard = await talk.say(words, "undo_request")
    assert "没有取消" in heard.text
    assert not (await talk.say("好的", "affirm")).handed_over


async def test_why_not_sent_together_explains_the_split(talk_as: Talks) -> None:
    heard = await talk_as("c-split").say("为啥不一起发", "change_order")
    assert "2 个包裹" in heard.text


async def test_an_unsure_guess_does_not_replace_the_order_in_talk(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣的订单", "order_status", category="毛衣")
    heard = await talk.say("这都好几天了", "urge_delivery", confidence=0.4)
    assert "衬衫" not in heard.text


async def test_a_word_of_the_name_tells_several_of_a_kind_apart(talk_as: Talks) -> None:
    heard = await talk_as("c-shirts").say("免烫那件衬衫是什么状态", "order_status", category="衬衫")
    assert "免烫白衬衫" in heard.text
    assert "牛津纺衬衫" not in heard.text
    assert "哪一笔" not in heard.text


async def test_of_two_refunds_the_named_one_is_told(talk_as: Talks) -> None:
    talk = talk_as("c-return")
    await talk.say("我的退款呢", "refund_progress")
    heard = await talk.say("水壶那个", FALLBACK_INTENT, product=("水壶", "恒温电热水壶"))
    assert "¥159" in heard.text
    assert "连衣裙" not in heard.text


async def test_a_day_to_come_does_not_choose_the_order(talk_as: Talks) -> None:
    heard = await talk_as("c-late").say("能不能今天发", "urge_delivery", time="今天")
    assert "三合一冲锋衣" in heard.text
    assert "没有找到" not in heard.text


async def test_the_only_order_needs_no_asking_though_it_is_closed(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    await talk.say("取消订单", "cancel_order")
    await talk.say("确认", "affirm")
    heard = await talk.say("怎么还不发货", "urge_delivery")
    assert "关闭" in heard.text
