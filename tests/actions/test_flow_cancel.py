"""Cancelling an order, step by step."""

from __future__ import annotations

import pytest

from actions.base import Services
from shop.types import OrderState
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

UNPAID, LATE, SHIPPED = "c-unpaid", "c-late", "c-lin"


async def newest(services: Services, customer: str) -> OrderState:
    return (await services.shop.orders.recent(customer))[0].state


async def asked(talk: Talk) -> Heard:
    return await talk.say("不想要了，取消订单", "cancel_order")


async def test_a_paid_order_is_cancelled_after_a_yes_and_the_money_comes_back(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    order = (await services.shop.orders.recent(LATE))[0]
    summary = await asked(talk)
    assert order.id in summary.text
    assert "确认取消" in summary.titles
    assert await newest(services, LATE) is OrderState.PAID
    done = await talk.say("对，取消吧", "affirm")
    assert await newest(services, LATE) is OrderState.CLOSED
    (receipt,) = await services.shop.operations.receipts(LATE)
    assert (receipt.kind, receipt.refund) == ("cancel_order", order.paid)
    assert receipt.number in done.text


async def test_the_button_confirms_once(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    summary = await asked(talk)
    await talk.click("确认取消", summary)
    again = await talk.click("确认取消", summary)
    assert len(await services.shop.operations.receipts(LATE)) == 1
    assert "没有重复" in again.text


async def test_nothing_is_cancelled_without_a_yes(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    heard = await talk.say("算了不取消了", "deny")
    assert "没有取消" in heard.text
    assert await newest(services, LATE) is OrderState.PAID
    assert talk.form is None


@pytest.mark.parametrize("words", ["好的谢谢", "知道了"])
async def test_a_courtesy_to_the_summary_is_no_yes_yet(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    heard = await talk.say(words, "thanks")
    assert await newest(services, LATE) is OrderState.PAID
    assert "取消订单" in heard.text


async def test_a_question_in_between_is_answered_and_the_summary_waits(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    heard = await talk.say("什么时候发货", "ask_delivery_time")
    assert talk.form == "cancel_order_form"
    assert "取消订单" in heard.texts[-1]
    await talk.say("取消吧", "cancel_order")
    assert await newest(services, LATE) is OrderState.CLOSED


async def test_an_unpaid_order_is_closed_without_talk_of_money(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(UNPAID)
    await asked(talk)
    done = await talk.say("确认", "affirm")
    assert await newest(services, UNPAID) is OrderState.CLOSED
    assert "¥" not in done.text


async def test_what_has_gone_out_is_refused_with_what_can_be_done(talk_as: Talks) -> None:
    talk = talk_as(SHIPPED)
    heard = await talk.say("取消那件衬衫", "cancel_order", product="衬衫")
    assert "拒收" in heard.text
    assert "看物流" in heard.titles
    assert talk.form is None


async def test_a_stranger_cancels_nothing(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say("取消订单", "cancel_order")
    assert "确认取消" not in heard.titles


async def test_a_person_takes_over_in_the_middle(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    heard = await talk.say("转人工", "ask_human")
    assert heard.handed_over
    assert talk.form is None
    assert await newest(services, LATE) is OrderState.PAID


async def test_a_yes_after_a_digression_that_offered_a_person_is_asked_plainly(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    heard = await talk.say("什么时候发货", "ask_delivery_time")
    assert "请同事" in heard.texts[0]
    heard = await talk.say("好的", "affirm")
    assert not heard.handed_over
    assert "确认取消" in heard.titles
    assert await newest(services, LATE) is OrderState.PAID
    await talk.say("好的", "affirm")
    assert await newest(services, LATE) is OrderState.CLOSED


@pytest.mark.parametrize(
    ("words", "intent"),
    [("核对过了，确认", "order_status"), ("没问题", "chitchat"), ("对，取消", "deny")],
)
async def test_words_that_agree_agree_whatever_they_were_understood_as(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    await talk.say(words, intent)
    assert await newest(services, LATE) is OrderState.CLOSED


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("想通了，还是要办，取消这单", "cancel_order"),
        ("我回来了，继续吧", "chitchat"),
        ("等一下，我去拿个快递", "track_logistics"),
        ("还没确认", "order_status"),
        ("行 领", "affirm"),
    ],
)
async def test_what_only_sounds_like_a_yes_is_none(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    await talk.say(words, intent)
    assert await newest(services, LATE) is OrderState.PAID
    assert talk.form == "cancel_order_form"


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("我再想想，不弄了", "deny"),
        ("让我想想，算了", "cancel_order"),
        ("稍等，别弄了", "chitchat"),
    ],
)
async def test_who_thinks_again_and_gives_up_is_shown_a_new_summary_later(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    dropped = await talk.say(words, intent)
    assert "没有取消" in dropped.text
    assert talk.form is None
    summary = await talk.say("还是办吧，麻烦把这单取消", "cancel_order")
    assert "确认取消" in summary.titles
    assert await newest(services, LATE) is OrderState.PAID


@pytest.mark.parametrize(
    "words", ["先等等，我接个电话", "我回来了，继续吧", "等一下，我去拿个快递"]
)
async def test_who_is_away_for_a_while_is_handed_to_nobody(talk_as: Talks, words: str) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    heard = await talk.say(words, "ask_human")
    assert not heard.handed_over
    assert talk.form == "cancel_order_form"


@pytest.mark.parametrize("words", ["算了发票不要了", "不用开发票了", "赠品不要了"])
async def test_no_invoice_is_no_order_cancelled(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as(SHIPPED)
    heard = await talk.say(words, "cancel_order")
    assert "拒收" not in heard.text
    assert "取消" not in heard.text
    assert talk.form is None


async def test_an_order_with_its_invoice_is_cancelled(talk_as: Talks) -> None:
    heard = await talk_as(LATE).say("订单取消，发票也不要了", "cancel_order")
    assert "确认取消" in heard.titles
