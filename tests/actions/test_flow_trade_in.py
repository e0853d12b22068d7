"""Old for new: an estimate, and the old one is taken along when the new one comes."""

from __future__ import annotations

import pytest

from actions.base import Services
from actions.flows.trade_in import age_in
from shop.operations.trade_in import Age
from shop.operations.types import Receipt, ReceiptState
from tests.actions.conftest import Talks

NEW = "c-119"  # a new phone, paid, not sent yet
WHOLE = "我有台iPhone 12，用了四年，屏碎了，能抵多少"


async def taken(services: Services) -> list[Receipt]:
    found = await services.shop.operations.receipts(NEW)
    return [one for one in found if one.kind == "trade_in"]


@pytest.mark.parametrize(
    ("words", "age"),
    [
        ("用了四年", Age.TO_4),
        ("用了4年多", Age.OVER_4),
        ("两年", Age.TO_2),
        ("半年", Age.UNDER_1),
        ("8个月", Age.UNDER_1),
        ("去年买的", Age.TO_2),
        ("十年的老电视", Age.OVER_4),
        ("好几年了", Age.OVER_4),
        ("屏碎了", None),
    ],
)
def test_how_long_it_was_used(words: str, age: Age | None) -> None:
    assert age_in(words) is age


async def test_all_told_at_once_is_estimated_at_once(talk_as: Talks, services: Services) -> None:
    talk = talk_as(NEW)
    summary = await talk.say(WHOLE, "trade_in")
    assert "¥90–¥270" in summary.text
    assert "以检测为准" in summary.text
    assert "iPhone 12" in summary.text
    assert await taken(services) == []
    done = await talk.say("登记吧", "affirm")
    (receipt,) = await taken(services)
    assert (receipt.refund, receipt.details["low"]) == (0, "9000")
    assert receipt.number in done.text


async def test_one_question_at_a_time(talk_as: Talks, services: Services) -> None:
    talk = talk_as(NEW)
    kind = await talk.say("我要以旧换新", "trade_in")
    model = await talk.click("手机", kind)
    age = await talk.say("vivo X60", "product_attribute")
    assert "多久" in age.text or "几年" in age.text
    condition = await talk.click("1–2 年", age)
    summary = await talk.click("能用", condition)
    assert "¥370–¥820" in summary.text
    await talk.click("确认", summary)
    await talk.click("确认", summary)
    assert len(await taken(services)) == 1
    assert "型号" in model.text


async def test_an_answer_is_corrected(talk_as: Talks) -> None:
    talk = talk_as(NEW)
    first = await talk.say(WHOLE, "trade_in")
    again = await talk.say("不对，屏没碎，是完好的", "trade_in")
    assert talk.slots["flow_condition"] == "good"
    assert again.text != first.text
    assert talk.form == "trade_in_form"


async def test_what_is_not_taken_is_refused_with_a_way_on(talk_as: Talks) -> None:
    heard = await talk_as(NEW).say("家里那台旧冰箱能抵多少", "trade_in")
    assert "目前不收" in heard.text
    assert "转人工" in heard.titles


async def test_it_is_called_off(talk_as: Talks, services: Services) -> None:
    talk = talk_as(NEW)
    await talk.say(WHOLE, "trade_in")
    await talk.say("确认", "affirm")
    summary = await talk.say("不换旧了，取消以旧换新", "trade_in")
    assert "新的照常送" in summary.text
    await talk.say("确认", "affirm")
    states = sorted(one.state.value for one in await taken(services))
    assert states == [ReceiptState.DONE.value, ReceiptState.WITHDRAWN.value]


async def test_a_question_in_between_is_answered(talk_as: Talks) -> None:
    talk = talk_as(NEW)
    await talk.say("我要以旧换新", "trade_in")
    heard = await talk.say("支持分期吗", "payment_issue")
    assert "付款页" in heard.text
    assert talk.form == "trade_in_form"


async def test_given_up_nothing_is_noted(talk_as: Talks, services: Services) -> None:
    talk = talk_as(NEW)
    await talk.say(WHOLE, "trade_in")
    await talk.say("算了", "deny")
    assert talk.form is None
    assert await taken(services) == []


@pytest.mark.parametrize(
    "words", ["支持以旧换新吗", "旧机数据要先清吗", "估价和实际不一样", "旧手机回收款什么时候到"]
)
async def test_questions_are_left_to_the_knowledge(talk_as: Talks, words: str) -> None:
    talk = talk_as(NEW)
    await talk.say(words, "trade_in")
    assert talk.form is None


@pytest.mark.parametrize("customer", ["c-new", "stranger"])
async def test_without_something_new_the_rules_are_told(talk_as: Talks, customer: str) -> None:
    talk = talk_as(customer)
    heard = await talk.say("旧手机能抵多少", "trade_in")
    assert "送新的时候一起取" in heard.text
    assert talk.form is None


@pytest.mark.parametrize(
    "words",
    [
        "以旧换新，我旧的苏泊尔空气炸锅用了两年半还能用",
        "旧的飞利浦吹风机抵掉，用了一年，还能用，以旧换新",
    ],
)
async def test_an_old_one_described_at_once_is_only_confirmed(talk_as: Talks, words: str) -> None:
    summary = await talk_as(NEW).say(words, "trade_in")
    assert "确认登记" in summary.titles or "确认" in summary.titles


async def test_what_was_told_before_the_order_was_asked_for_is_kept(talk_as: Talks) -> None:
    talk = talk_as("c-140")
    which = await talk.say("旧手机折价换新，苹果11 用了三年 屏幕有划痕", "trade_in")
    assert "哪一笔" in which.text
    await talk.send(which.choices[0].payload)
    assert (talk.slots["flow_old"], talk.slots["flow_model"]) == ("phone", "苹果11")
    assert (talk.slots["flow_age"], talk.slots["flow_condition"]) == ("to_4", "worn")
