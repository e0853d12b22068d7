"""Somebody comes and installs it, step by step; another day for it, or no visit at all."""

from __future__ import annotations

from datetime import date

import pytest

from actions.base import Services
from actions.flows.days import day_to_come
from shop.operations.types import Receipt, ReceiptState
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

CHAIR, NOT_HERE_YET = "c-123", "c-142"
TODAY = date(2026, 11, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("明天下午", date(2026, 11, 19)),
        ("大后天吧", date(2026, 11, 21)),
        ("周六上午", date(2026, 11, 21)),
        ("这周三", date(2026, 11, 18)),
        ("下周三", date(2026, 11, 25)),
        ("礼拜天", date(2026, 11, 22)),
        ("21号", date(2026, 11, 21)),
        ("12月3日", date(2026, 12, 3)),
        ("十一月二十号", date(2026, 11, 20)),
        ("3号", date(2026, 12, 3)),
        ("1月2号", date(2027, 1, 2)),
        ("都行", None),
    ],
)
def test_days_to_come_are_read(words: str, day: date | None) -> None:
    assert day_to_come(words, TODAY) == day


async def visits(services: Services, customer: str = CHAIR) -> list[Receipt]:
    found = await services.shop.operations.receipts(customer)
    return [one for one in found if one.kind == "installation"]


async def booked(talk: Talk) -> Heard:
    await talk.say("帮我约周六下午装椅子", "installation_booking")
    return await talk.say("可以", "affirm")


async def test_day_and_time_told_at_once_are_only_confirmed(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(CHAIR)
    summary = await talk.say("帮我约周六下午装椅子", "installation_booking")
    assert "11月21日（周六）" in summary.text
    assert await visits(services) == []
    done = await talk.say("可以", "affirm")
    (visit,) = await visits(services)
    assert (visit.details["day"], visit.details["slot"]) == ("2026-11-21", "afternoon")
    assert "下午 1–5 点" in done.text
    assert visit.number in done.text


async def test_one_question_at_a_time_with_free_days(talk_as: Talks, services: Services) -> None:
    talk = talk_as(CHAIR)
    asked = await talk.say("预约安装", "installation_booking")
    assert asked.titles[:2] == ["11月19日（周四）", "11月20日（周五）"]
    time = await talk.click("11月20日", asked)
    assert "上午 9–12 点" in time.titles
    summary = await talk.click("上午", time)
    await talk.click("确认", summary)
    await talk.click("确认", summary)
    assert len(await visits(services)) == 1


async def test_a_day_that_is_too_far_is_asked_again(talk_as: Talks) -> None:
    talk = talk_as(CHAIR)
    await talk.say("预约安装", "installation_booking")
    heard = await talk.say("12月20号", "nlu_fallback")
    assert "只能约到11月28日" in heard.text
    assert talk.form == "installation_booking_form"
    await talk.say("那就周日", "nlu_fallback")
    assert talk.slots["flow_day"] == "2026-11-22"


async def test_what_has_not_come_is_booked_for_later(talk_as: Talks) -> None:
    talk = talk_as(NOT_HERE_YET)
    heard = await talk.say("预约安装师傅", "installation_booking")
    assert "货还在路上" in heard.text
    assert "11月23日（周一）" in heard.titles


async def test_another_day_takes_the_place_of_the_first(talk_as: Talks, services: Services) -> None:
    talk = talk_as(CHAIR)
    await booked(talk)
    summary = await talk.say("改个安装时间，改到周日上午", "installation_booking")
    assert "现在约在11月21日" in summary.text
    await talk.say("确认", "affirm")
    states = {one.details["day"]: one.state for one in await visits(services)}
    assert states == {
        "2026-11-21": ReceiptState.WITHDRAWN,
        "2026-11-22": ReceiptState.UNDER_WAY,
    }


async def test_the_visit_is_called_off(talk_as: Talks, services: Services) -> None:
    talk = talk_as(CHAIR)
    await booked(talk)
    summary = await talk.say("取消安装，我自己装", "installation_booking")
    assert "师傅不会上门" in summary.text
    assert (await visits(services))[0].state is ReceiptState.UNDER_WAY
    done = await talk.say("确认", "affirm")
    assert "取消好了" in done.text
    assert not [one for one in await visits(services) if one.state is ReceiptState.UNDER_WAY]


@pytest.mark.parametrize(("words", "left"), [("取消吧", 0), ("算了，不取消了", 1)])
async def test_where_it_is_called_off_that_word_agrees(
    talk_as: Talks, services: Services, words: str, left: int
) -> None:
    talk = talk_as(CHAIR)
    await booked(talk)
    await talk.say("取消安装", "installation_booking")
    await talk.say(words, "cancel_order" if left == 0 else "undo_request")
    standing = [one for one in await visits(services) if one.state is ReceiptState.UNDER_WAY]
    assert len(standing) == left
    assert talk.form is None


async def test_nothing_is_booked_that_nothing_is_called_off(talk_as: Talks) -> None:
    heard = await talk_as(CHAIR).say("取消安装", "installation_booking")
    assert "还没有约过" in heard.text


async def test_what_needs_nobody_is_told(talk_as: Talks, services: Services) -> None:
    orders = await services.shop.orders.recent(CHAIR)
    lines = next(
        order.lines
        for order in orders
        if any(line.product_id == "p-office-chair" for line in order.lines)
    )
    other = next(line.short_name for line in lines if line.product_id != "p-office-chair")
    talk = talk_as(CHAIR)
    heard = await talk.say(f"{other}叫师傅来装", "installation_booking", product=other)
    assert "不用师傅上门" in heard.text
    assert talk.form is None


async def test_a_question_in_between_is_answered(talk_as: Talks, services: Services) -> None:
    talk = talk_as(CHAIR)
    await talk.say("预约安装", "installation_booking")
    heard = await talk.say("安装要钱吗", "installation_booking")
    assert "不收费" in heard.text or "免费" in heard.text
    assert talk.form == "installation_booking_form"


async def test_given_up_nothing_is_booked(talk_as: Talks, services: Services) -> None:
    talk = talk_as(CHAIR)
    await talk.say("帮我约周六下午装椅子", "installation_booking")
    await talk.say("算了不约了", "deny")
    assert talk.form is None
    assert await visits(services) == []


@pytest.mark.parametrize("intent", ["cancel_order", "account_membership", "nlu_fallback"])
async def test_a_booking_is_not_agreed_to_by_calling_it_off(
    talk_as: Talks, services: Services, intent: str
) -> None:
    talk = talk_as(CHAIR)
    await talk.say("帮我约周六下午装椅子", "installation_booking")
    await talk.say("取消", intent)
    assert await visits(services) == []


@pytest.mark.parametrize(
    "words", ["安装要钱吗", "包安装不", "怎么预约安装", "师傅没来", "能上门安装吗", "打孔要钱吗"]
)
async def test_questions_are_left_to_the_knowledge(talk_as: Talks, words: str) -> None:
    talk = talk_as(CHAIR)
    await talk.say(words, "installation_booking")
    assert talk.form is None


async def test_who_bought_nothing_of_that_kind_gets_the_rules(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("预约安装", "installation_booking")
    assert "人体工学椅" in heard.text
    assert talk.form is None


@pytest.mark.parametrize(
    "words", ["想约师傅后天下午装一下支架", "椅子周六上午装一下", "约周六下午装椅子可以吗"]
)
async def test_with_a_day_it_is_a_wish(talk_as: Talks, words: str) -> None:
    talk = talk_as(CHAIR)
    await talk.say(words, "installation_booking")
    assert talk.form == "installation_booking_form"


async def test_another_day_means_the_visit_and_not_the_parcel(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(CHAIR)
    await booked(talk)
    summary = await talk.say("改约到周日上午行吗", "change_delivery_time")
    assert "现在约在11月21日" in summary.text
    await talk.say("确认", "affirm")
    (stands,) = [one for one in await visits(services) if one.state is ReceiptState.UNDER_WAY]
    assert stands.details["day"] == "2026-11-22"


async def test_another_day_for_the_parcel_is_of_the_parcel(talk_as: Talks) -> None:
    talk = talk_as(CHAIR)
    await booked(talk)
    await talk.say("快递改到周日送", "change_delivery_time")
    assert talk.form != "installation_booking_form"
