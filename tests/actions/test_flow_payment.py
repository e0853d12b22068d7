"""Trouble with paying, by what the order's record says."""

from __future__ import annotations

import pytest

from actions.base import Services
from tests.actions.conftest import Talks

UNPAID, PAID = "c-unpaid", "c-late"


async def checks(services: Services, customer: str) -> int:
    receipts = await services.shop.operations.receipts(customer)
    return sum(one.kind == "payment_check" for one in receipts)


async def test_what_cannot_be_paid_is_explained_with_the_deadline(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(UNPAID)
    heard = await talk.say("付不了款", "payment_issue")
    assert "11月19日 13:30 前" in heard.text
    assert "没有扣到您的钱" in heard.text
    assert "换一种支付方式" in heard.text
    assert talk.form is None
    assert await checks(services, UNPAID) == 0


async def test_money_that_is_missing_is_looked_into_by_a_person(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(UNPAID)
    summary = await talk.say("钱扣了但是说没付", "payment_issue")
    assert "不要再付一次" in summary.text
    assert await checks(services, UNPAID) == 0
    done = await talk.say("登记吧", "affirm")
    assert await checks(services, UNPAID) == 1
    assert "凭据号" in done.text
    assert done.handed_over


async def test_charged_twice_brings_a_person_once(talk_as: Talks, services: Services) -> None:
    talk = talk_as(PAID)
    summary = await talk.say("扣了我两次钱", "payment_issue")
    assert "只记了一次 ¥429" in summary.text
    await talk.click("登记核对", summary)
    await talk.click("登记核对", summary)
    assert await checks(services, PAID) == 1


async def test_asked_again_while_it_is_looked_into(talk_as: Talks, services: Services) -> None:
    talk = talk_as(PAID)
    await talk.say("重复扣款了", "payment_issue")
    await talk.say("确认", "affirm")
    heard = await talk_as(PAID).say("重复扣款了", "payment_issue")
    assert "已经在核对" in heard.text
    assert await checks(services, PAID) == 1


async def test_what_is_paid_need_not_be_paid_again(talk_as: Talks) -> None:
    heard = await talk_as(PAID).say("钱扣了，你们说没付款", "payment_issue")
    assert "已经付好了" in heard.text


async def test_a_menu_click_without_an_order_is_left_to_the_knowledge(talk_as: Talks) -> None:
    talk = talk_as(UNPAID)
    await talk.send("/payment_issue")
    assert talk.form is None


async def test_given_up_nothing_is_looked_into(talk_as: Talks, services: Services) -> None:
    talk = talk_as(PAID)
    await talk.say("扣了我两次钱", "payment_issue")
    await talk.say("算了，已经退回来了", "deny")
    assert talk.form is None
    assert await checks(services, PAID) == 0


async def test_a_question_in_between_is_answered(talk_as: Talks) -> None:
    talk = talk_as(PAID)
    await talk.say("扣了我两次钱", "payment_issue")
    heard = await talk.say("支持花呗分期吗", "payment_issue")
    assert "付款页" in heard.text
    assert talk.form == "payment_issue_form"


@pytest.mark.parametrize(
    "words", ["可以花呗分期吗", "支持货到付款吗", "尾款怎么付", "信用卡刷不了", "怎么付款"]
)
async def test_ways_of_paying_are_left_to_the_knowledge(talk_as: Talks, words: str) -> None:
    talk = talk_as(UNPAID)
    heard = await talk.say(words, "payment_issue")
    assert talk.form is None
    assert "没有扣到您的钱" not in heard.text


async def test_a_failure_without_an_open_order_is_left_to_the_knowledge(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("付款失败", "payment_issue")
    assert "限额" in heard.text


@pytest.mark.parametrize(
    "words", ["银行都划走钱了 怎么还让我付", "付了款还显示待付款", "扣了钱订单还是等待支付"]
)
@pytest.mark.parametrize("intent", ["payment_issue", "order_status"])
async def test_paid_in_vain_is_looked_into_whatever_it_was_taken_for(
    talk_as: Talks, words: str, intent: str
) -> None:
    heard = await talk_as(UNPAID).say(words, intent)
    assert "登记核对" in heard.titles


async def test_where_nothing_is_unpaid_the_order_says_so(talk_as: Talks) -> None:
    heard = await talk_as(PAID).say("付了款还显示待付款", "order_status")
    assert "订单号" in heard.text


async def test_what_comes_next_is_told_by_the_order(talk_as: Talks) -> None:
    talk = talk_as(UNPAID)
    await talk.say("付不了款", "payment_issue")
    heard = await talk.say("接下来呢", "after_sales_status")
    assert "付款后就会安排发货" in heard.text
