"""Money without the goods, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.base import House, Services
from shop.operations.types import ReceiptState
from tests.actions.conftest import NOW, Talks
from tests.actions.talk import Heard, Talk

NUTS = ("坚果", "每日坚果30包")


async def receipts(services: Services, customer: str) -> list[ReceiptState]:
    return [one.state for one in await services.shop.operations.receipts(customer)]


async def spoiled(talk: Talk) -> Heard:
    return await talk.say("坚果坏了几包，退点钱吧", "refund_request", product=NUTS)


async def test_before_shipping_the_order_is_cancelled(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    heard = await talk.say("退款", "refund_request")
    assert talk.form == "cancel_order_form"
    assert "确认取消" in heard.titles


async def test_on_the_way_the_parcel_is_waited_for_or_refused(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("衬衫退款", "refund_request", category="衬衫")
    assert "拒收" in heard.text
    assert "看物流" in heard.titles


async def test_a_stuck_parcel_is_looked_for_first(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-stuck")
    summary = await talk.say("退款", "refund_request")
    assert "核实" in summary.text
    done = await talk.click("确认提交", summary)
    (receipt,) = await services.shop.operations.receipts("c-stuck")
    assert receipt.refund == 0
    assert receipt.number in done.text
    again = await talk.say("退款", "refund_request")
    assert "已经在请" in again.text


async def test_money_at_once_is_told_what_comes_first(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-stuck")
    await talk.say("退款", "refund_request")
    heard = await talk.say("不等了 直接退钱", "refund_request")
    assert "核实" in heard.text
    assert len(set(heard.titles)) == len(heard.titles)
    assert not await receipts(services, "c-stuck")


async def test_signed_for_and_not_received(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-contested")
    summary = await talk.say(
        "保温杯没收到，退款", "refund_request", product=("保温杯", "316保温杯")
    )
    assert "签收" in summary.text
    await talk.say("好，提交", "affirm")
    assert await receipts(services, "c-contested") == [ReceiptState.UNDER_WAY]


async def test_of_what_was_received_the_case_is_asked(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    heard = await talk.say("退款", "refund_request")
    assert "退货退款" in heard.titles
    back = await talk.click("退货退款", heard)
    assert talk.form == "return_form"
    assert "牛仔裤" in back.text


async def test_spoiled_food_share_photo_yes(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-fresh")
    photo = await spoiled(talk)
    assert talk.slots["flow_share"] == "few"
    assert "照片" in photo.text
    needed = await talk.say("没有照片", "deny")
    assert "照片" in needed.text
    assert talk.form
    summary = await talk.send("/share_image")
    assert "确认提交" in summary.titles
    done = await talk.click("确认提交", summary)
    (receipt,) = await services.shop.operations.receipts("c-fresh")
    assert receipt.state is ReceiptState.UNDER_WAY
    assert receipt.details["photo"].startswith("web:demo:c-fresh#")
    assert receipt.number in done.text


async def test_a_picture_sent_just_before_counts(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.send("/share_image")
    summary = await spoiled(talk)
    assert "确认提交" in summary.titles


async def test_above_the_limit_a_person_decides_and_is_called(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as("c-fresh")
    await talk.send("/share_image")
    summary = await talk.say("坚果大部分坏了，发霉", "refund_request", product=NUTS)
    assert "同事看过" in summary.text
    done = await talk.click("确认提交", summary)
    assert await receipts(services, "c-fresh") == [ReceiptState.AWAITING_APPROVAL]
    assert done.handoff.reason == "approval"


async def test_the_share_tells_what_it_comes_to(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.send("/share_image")
    heard = await talk.say("坚果发霉了要退款", "refund_request", product=NUTS)
    assert any("一半左右（退 ¥" in title for title in heard.titles)
    summary = await talk.say("一半吧", "nlu_fallback")
    assert "确认提交" in summary.titles


async def test_given_up_nothing_is_done(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-stuck")
    await talk.say("退款", "refund_request")
    await talk.say("算了不退了", "deny")
    assert talk.form is None
    assert await receipts(services, "c-stuck") == []


async def test_when_nothing_was_found_the_money_is_offered(
    talk_as: Talks, services: Services, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = talk_as("c-stuck")
    await talk.click("确认提交", await talk.say("退款", "refund_request"))
    waiting = await talk.say("找到没有", "after_sales_status")
    assert "核实" in waiting.text
    later = NOW + timedelta(days=3)
    monkeypatch.setattr(services.shop.operations, "_clock", lambda: later)
    monkeypatch.setattr(house, "services", replace(services, clock=lambda: later))
    for skill in house.skills.values():
        monkeypatch.setattr(skill, "services", house.services)
    over = await talk.say("到底找到没有", "after_sales_status")
    assert "退款" in over.text
    summary = await talk.say("好", "affirm")
    await talk.click("确认提交", summary)
    newest = (await services.shop.operations.receipts("c-stuck"))[0]
    assert newest.refund > 0


async def test_missing_pieces_have_a_flow_of_their_own(talk_as: Talks) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say(
        "买了两个杯子只收到一个，退我一个的钱", "refund_request", product=("杯子", "保温杯")
    )
    assert talk.form == "wrong_or_missing_item_form"
    assert "¥89" in heard.text
    assert "确认提交" in heard.titles


@pytest.mark.parametrize(
    "words",
    [
        "保温杯没送到我手上，显示签收，退款",
        "保温杯没见着东西，退钱",
        "保温杯系统说签收了，退款",
        "保温杯没拿到，把钱退了",
    ],
)
async def test_what_never_came_is_told_in_many_ways(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say(words, "refund_request", product="保温杯")
    assert talk.slots["flow_situation"] == "not_received"
    assert "确认提交" in heard.titles


async def test_what_is_signed_for_and_spoiled_has_come(talk_as: Talks) -> None:
    talk = talk_as("c-contested")
    await talk.say("保温杯物流显示签收了，坏了一个，退款", "refund_request", product="保温杯")
    assert talk.slots["flow_situation"] == "spoiled"


@pytest.mark.parametrize(
    "words",
    ["杯子箱子里面才一个，差的那个钱退给我", "杯子只见到一个，缺的退钱", "没收到的那个杯子退钱"],
)
async def test_pieces_that_did_not_come_are_counted(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say(words, "refund_request", product=("杯子", "保温杯"))
    assert talk.form == "wrong_or_missing_item_form"
    assert "¥89" in heard.text
    assert "确认提交" in heard.titles
