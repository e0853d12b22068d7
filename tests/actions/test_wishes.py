"""Wishes and answers by their plain words, whatever the classifier made of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.base import Services
from actions.flows.reading import hesitates, puts_off, resumes, says_yes
from actions.needs import needs_in
from actions.turn import Clause, Turn
from actions.wishes import plainly
from tests.actions.conftest import Talks
from tests.actions.turns import a_turn


def turn_for(text: str, intent: str) -> Turn:
    """The first message of a talk, taken for that intent; without words, a click."""
    return a_turn(text=text, intent=intent, clicked=not text)


@pytest.mark.parametrize(
    ("words", "taken_for", "wish"),
    [
        ("订单4218860012340101001要改收货地点", "order_status", "change_address"),
        ("那个包裹能半路换个地址吗", "track_logistics", "change_address"),
        ("毛衣换L发", "size_advice", "exchange_request"),
        ("白色那副耳机取消了，马上", "change_order", "cancel_order"),
        ("被套这单不要，撤单", "stock_check", "cancel_order"),
        ("坚果少了一包，补给我", "stock_check", "wrong_or_missing_item"),
        ("杯子只到了一部分，差1件的钱退我", "refund_request", "wrong_or_missing_item"),
        ("衬衫退还给你们", "product_attribute", "return_request"),
        ("耳机申请价保", "order_status", "price_protection"),
        ("赶紧的，耳机地址要更正，别拖拖拉拉", "urge_delivery", "change_address"),
        ("毛衣退 大了", "exchange_request", "return_request"),
        ("还没付款的那单 电话改一下", "change_order", "change_address"),
        ("白色跑鞋不要了，给俺取消了呗", "stock_check", "cancel_order"),
    ],
)
def test_a_plain_wish_is_no_question_of_goods(words: str, taken_for: str, wish: str) -> None:
    assert plainly(turn_for(words, taken_for)) == wish


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("空调多久换一次滤芯", "usage_help"),
        ("取消订单后钱多久退", "order_status"),
        ("换个地址要收钱吗", "order_status"),
        ("还差一件就满减了", "price_query"),
        ("换成白色好看吗", "product_recommend"),
        ("毛衣大了 退了换小的", "exchange_request"),
        ("改个尺码", "change_order"),  # understood
        ("退货", "return_policy"),  # as somebody who asks for the rules
        ("我要退货，还是换货", "chitchat"),  # not one thing
        ("衬衫还有货吗", "stock_check"),
        ("快点发，再不发我退货", "urge_delivery"),
    ],
)
def test_what_is_asked_or_understood_is_left_alone(words: str, intent: str) -> None:
    assert plainly(turn_for(words, intent)) is None


def test_a_wish_beside_hurry_that_was_hardly_understood() -> None:
    turn = turn_for("快点，路上的风衣退货，赶时间", "urge_delivery")
    assert plainly(turn) is None
    assert plainly(replace(turn, confidence=0.44)) == "return_request"
    threat = turn_for("再不发我退货", "urge_delivery")
    assert plainly(replace(threat, confidence=0.44)) is None


def test_a_place_to_send_it_to_is_no_cancelling() -> None:
    turn = turn_for("手机送到上海市徐汇区***，原来那个不住了", "cancel_order")
    assert plainly(turn) is None
    assert plainly(replace(turn, personal=frozenset({"address"}))) == "change_address"
    both = replace(turn, text="别送到上海市徐汇区***，取消订单", personal=frozenset({"address"}))
    assert plainly(both) is None


def test_a_new_phone_is_for_the_parcel() -> None:
    words = "连衣裙的电话整错咯,改成199****9117嘛"
    turn = a_turn(text=words, intent="change_order", personal=frozenset({"phone"}))
    assert plainly(turn) == "change_address"


def test_个人_beside_an_invoice_is_the_buyer() -> None:
    def needs(second: str) -> list[str]:
        text = f"票怎么开呀，{second}"
        clauses = (
            Clause(0, 5, "invoice", 0.99, denied=False),
            Clause(6, len(text), "ask_human", 0.9, denied=False),
        )
        turn = a_turn(text=text, intent="invoice", clauses=clauses)
        rules = {"invoice": "action_invoice", "ask_human": "action_handoff"}
        return [need.action for need in needs_in(turn, rules)]

    assert "action_handoff" not in needs("我要个人的")
    assert "action_handoff" in needs("转人工")


def test_why_something_is_wished_is_no_wish_of_its_own() -> None:
    def needs(first: str) -> list[str]:
        text = f"{first}，水壶得换个地址收"
        clauses = (
            Clause(0, len(first), "change_delivery_time", 0.6, denied=False),
            Clause(len(first) + 1, len(text), "change_address", 0.79, denied=False),
        )
        turn = a_turn(text=text, intent="return_request", confidence=0.42, clauses=clauses)
        rules = {name: f"action_{name}" for name in ("change_delivery_time", "change_address")}
        return [need.action for need in needs_in(turn, rules)]

    assert needs("我下周出差") == ["action_change_address"]
    assert "action_change_delivery_time" in needs("下周再送")


def test_a_click_is_what_it_says() -> None:
    assert plainly(turn_for("", "order_status")) is None


@pytest.mark.parametrize(
    "words",
    ["就这么办，确认", "却认无误", "提交提交，别磨叽", "核对过了，却认", "都对，提交", "确认了嘛"],
)
def test_plain_words_agree_whatever_they_were_taken_for(words: str) -> None:
    assert says_yes(words)
    assert not hesitates(words)


@pytest.mark.parametrize(
    "words",
    ["确认一下地址", "确认不了", "没问题的话先等等", "同意退吗", "不确认", "确认，但是改个颜色"],
)
def test_these_agree_to_nothing(words: str) -> None:
    assert not says_yes(words)


@pytest.mark.parametrize("words", ["稍等，锅里烧着菜", "等会儿哈，孩子在哭", "先等等，我接个电话"])
def test_why_somebody_is_away_is_no_question(words: str) -> None:
    assert puts_off(words)


@pytest.mark.parametrize("words", ["等一下，我要换个颜色", "等等，快递到哪了", "稍等，改成L码"])
def test_a_wish_after_a_pause_is_a_wish(words: str) -> None:
    assert not puts_off(words)


@pytest.mark.parametrize("words", ["回来啦，继续", "好了，接着来", "我回来了，继续吧"])
def test_who_is_back_wants_to_go_on(words: str) -> None:
    assert resumes(words)


@pytest.mark.parametrize(
    "words", ["说的是免烫的", "我指的是免烫", "就那件免烫的呀", "啊不对，我是说免烫那件"]
)
async def test_which_one_is_meant_may_be_said_in_many_words(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-shirts")
    which = await talk.say("衬衫什么时候下单的", "order_status", category="衬衫")
    assert "哪一笔" in which.text
    heard = await talk.say(words, "product_compare", product=("免烫", "免烫白衬衫"))
    assert "4218860012340108002" in heard.text


async def test_a_click_on_the_new_phone_begins_the_trade_in(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as("c-140")
    which = await talk.say("以旧换新，帮我登记", "trade_in")
    assert "哪一笔" in which.text
    again = await talk.click(which.titles[0], which)
    assert talk.form == "trade_in_form", again.text


async def test_the_title_of_an_option_is_as_good_as_a_click(talk_as: Talks) -> None:
    talk = talk_as("c-140")
    which = await talk.say("以旧换新，帮我登记", "trade_in")
    again = await talk.say(which.titles[1], "product_compare", product=("IH电饭煲", "IH电饭煲"))
    assert talk.form == "trade_in_form", again.text


async def test_a_phone_that_is_coming_is_not_the_old_one(talk_as: Talks) -> None:
    talk = talk_as("c-140")
    heard = await talk.say(
        "刚买的X20，拿旧手机抵钱，帮我登记", "trade_in", product=("X20", "云岚X20手机")
    )
    assert talk.form == "trade_in_form", heard.text


async def test_missing_pieces_are_no_reason_of_a_refund_but_a_case_of_their_own(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-fresh")
    what = await talk.say("坚果退款", "refund_request", product=("坚果", "每日坚果30包"))
    assert "少发了" in what.titles
    turned = await talk.say("少了一包，那包退钱", "refund_request")
    assert talk.form == "wrong_or_missing_item_form", turned.text


async def test_who_is_away_comes_back_to_the_open_question(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    which = await talk.say("衬衫什么时候下单的", "order_status", category="衬衫")
    away = await talk.say("稍等，锅里烧着菜", "quality_complaint")
    assert away.choices == [] and "坏" not in away.text
    back = await talk.say("回来啦，继续", "undo_request")
    assert set(back.titles) >= set(which.titles)
    heard = await talk.click("免烫白衬衫", back)
    assert "4218860012340108002" in heard.text


async def test_any_day_is_the_first_that_is_free(talk_as: Talks) -> None:
    talk = talk_as("c-123")
    days = await talk.say("预约安装", "installation_booking")
    heard = await talk.say("最近的一天都行", "urge_delivery")
    assert days.titles[0] in heard.text
    assert "上午" in heard.titles[0]


async def test_the_wrong_thing_is_put_right_and_the_wish_stays(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    refused = await talk.say(
        "订单4218860012340101001取消", "cancel_order", order_number="4218860012340101001"
    )
    assert talk.form is None, refused.text
    heard = await talk.say(
        "啊不对，我是说冲锋衣", "product_attribute", product=("冲锋衣", "三合一冲锋衣")
    )
    assert "取消" in heard.text or talk.form == "cancel_order_form", heard.text


async def test_a_typed_yes_with_a_slip_of_the_input_calls_nobody(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    await talk.say("取消订单", "cancel_order")
    heard = await talk.say("却认无误", "service_complaint", confidence=0.62)
    assert not heard.handed_over
    assert "取消好了" in heard.text


async def test_an_order_is_called_off_though_it_sounds_like_taking_back(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    heard = await talk.say("能不能不寄了，单子给我撤了", "undo_request")
    assert talk.form == "cancel_order_form", heard.text


@pytest.mark.parametrize(
    "words", ["开个人发票就好", "忘了要发票，补一张个人的", "给这单出张发票", "要开个人抬头的票"]
)
async def test_an_invoice_is_wished_for_in_many_words(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-insured")
    heard = await talk.say(words, "invoice")
    assert talk.form == "invoice_form", heard.text


async def test_what_has_no_request_is_not_answered_with_another(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    heard = await talk.say("毛衣退款到哪了", "refund_progress", category="毛衣")
    assert "没有在办的" in heard.text and "毛衣" in heard.text


async def test_who_says_it_once_more_to_a_form_is_heard_by_the_form(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    await talk.say("冲锋衣地址改一下", "change_address", category="冲锋衣")
    await talk.say("你们几点下班", "store_info")
    heard = await talk.say(
        "再说一遍，地址换成江苏省南京市鼓楼区中山北路30号7幢1157室", "change_address"
    )
    assert not heard.handed_over
    assert talk.form == "change_address_form"


async def test_an_invoice_for_a_company_goes_on_after_the_order_was_chosen(talk_as: Talks) -> None:
    talk = talk_as("c-132")
    which = await talk.say(
        "X30 Pro开票 上海知行教育科技有限公司",
        "invoice",
        product=("X30 Pro", "云岚X30 Pro手机"),
    )
    heard = await talk.click(which.titles[1], which)
    assert talk.form == "invoice_form", heard.text
    assert "上海知行教育科技有限公司" in heard.text


async def test_what_is_hardly_a_yes_does_nothing(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-late")
    await talk.say("取消订单", "cancel_order")
    heard = await talk.say('inform{"flow_confirmed": "yes"}', "affirm", confidence=0.29)
    assert "取消好了" not in heard.text
    assert await services.shop.operations.receipts("c-late") == ()


def test_taking_back_the_urging_is_not_calling_off_the_order() -> None:
    words = "不用催了 帮我撤了"
    parts = (
        Clause(0, 4, "urge_delivery", 0.9, denied=True),
        Clause(5, 9, "cancel_order", 0.67, denied=False),
    )
    turn = replace(turn_for(words, "undo_request"), clauses=parts)
    rules = {name: f"action_{name}" for name in ("undo_request", "cancel_order", "urge_delivery")}
    assert not any(need.action == "action_cancel_order" for need in needs_in(turn, rules))


async def test_money_that_does_not_go_out_is_no_question_of_costs(talk_as: Talks) -> None:
    heard = await talk_as("c-unpaid").say("付不出去钱啊怎么回事", "payment_issue")
    assert "待付款" in heard.text


async def test_what_is_not_wanted_any_more_goes_back(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    heard = await talk.say(
        "那件羊毛毛衣我不想要了，家里有了",
        "track_logistics",
        product=("羊毛毛衣", "羊毛圆领毛衣"),
        reason=("不想要了", "no_longer_wanted"),
    )
    assert talk.form == "return_form", heard.text
