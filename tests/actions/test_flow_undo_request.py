"""Taking a request back, step by step."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from actions.base import Services
from conversations.database import Database
from shop.operations.types import ReceiptState
from shop.schema import skus
from shop.types import OrderState, ReturnState
from tests.actions.conftest import Talks
from tests.actions.talk import Talk

LATE, UNPAID, RETURNING, JEANS = "c-late", "c-unpaid", "c-return", "c-insured"


async def state_of(services: Services, customer: str) -> OrderState:
    return (await services.shop.orders.recent(customer))[0].state


async def cancelled(talk: Talk) -> None:
    await talk.say("取消订单", "cancel_order")
    await talk.say("确认", "affirm")


async def returned(talk: Talk) -> None:
    await talk.say(
        "牛仔裤不想要了，退货", "return_request", reason=("不想要了", "no_longer_wanted")
    )
    await talk.say("确认", "affirm")


async def test_a_cancelled_order_lives_on_and_keeps_its_money(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    await cancelled(talk)
    assert await state_of(services, LATE) is OrderState.CLOSED
    (cancelling,) = await services.shop.operations.receipts(LATE)
    summary = await talk.say("取消错了，帮我恢复订单", "undo_request")
    assert cancelling.number in summary.text
    assert "¥429" in summary.text
    assert await state_of(services, LATE) is OrderState.CLOSED
    done = await talk.click("确认撤销", summary)
    assert await state_of(services, LATE) is OrderState.PAID
    order = (await services.shop.orders.recent(LATE))[0]
    assert order.refunded == 0
    receipts = {one.kind: one for one in await services.shop.operations.receipts(LATE)}
    assert receipts["cancel_order"].state is ReceiptState.WITHDRAWN
    assert receipts["undo_request"].number in done.text


async def test_a_piece_that_is_on_its_way_back_takes_no_other_return_with_it(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(RETURNING)
    await talk.say(
        "半身裙退了 大了",
        "return_request",
        product=("半身裙", "针织半身裙"),
        reason=("大了", "wrong_size"),
    )
    await talk.say("确认", "affirm")
    heard = await talk.say("连衣裙不退了", "undo_request", product=("连衣裙", "收腰连衣裙"))
    assert "撤回不了" in heard.text
    assert "确认撤销" not in heard.titles
    heard = await talk.say("半身裙不退了", "undo_request", product=("半身裙", "针织半身裙"))
    assert "连衣裙" not in heard.text
    await talk.click("确认撤销", heard)
    states = [one.state for one in await services.shop.after_sales.returns(RETURNING)]
    assert states.count(ReturnState.CANCELLED) == 1


async def test_two_taps_undo_once(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await cancelled(talk)
    summary = await talk.say("恢复订单", "undo_request")
    await talk.click("确认撤销", summary)
    again = await talk.click("确认撤销", summary)
    assert "没有重复" in again.text
    assert len(await services.shop.operations.receipts(LATE)) == 2


async def test_a_return_not_yet_sent_is_withdrawn_and_can_be_asked_for_anew(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(JEANS)
    await returned(talk)
    (back,) = await services.shop.after_sales.returns(JEANS)
    summary = await talk.say("我不退了，撤销退货", "undo_request")
    assert back.number in summary.text
    await talk.say("嗯，不退了", "undo_request")
    (back,) = await services.shop.after_sales.returns(JEANS)
    assert back.state is ReturnState.CANCELLED
    again = await talk.say("还是要退", "return_request")
    assert "已经有一笔退货" not in again.text


async def test_keeping_the_request_undoes_nothing(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    await returned(talk)
    await talk.say("撤销退货", "undo_request")
    heard = await talk.say("算了，还是退吧", "deny")
    assert "没有撤销" in heard.text
    (back,) = await services.shop.after_sales.returns(JEANS)
    assert back.state is ReturnState.AWAITING_PARCEL


@pytest.mark.parametrize(
    ("customer", "expected"),
    [(LATE, "没有找到在办的"), (RETURNING, "已经寄出")],
)
async def test_what_cannot_be_taken_back_is_said(
    talk_as: Talks, customer: str, expected: str
) -> None:
    talk = talk_as(customer)
    heard = await talk.say("撤销我的申请", "undo_request")
    assert expected in heard.text
    assert "转人工" in heard.titles
    assert talk.form is None


async def test_an_unpaid_order_is_bought_anew(talk_as: Talks, services: Services) -> None:
    talk = talk_as(UNPAID)
    await cancelled(talk)
    heard = await talk.say("恢复订单", "undo_request")
    assert "重新下单" in heard.text
    assert await state_of(services, UNPAID) is OrderState.CLOSED


async def test_what_is_sold_meanwhile_stays_cancelled(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    talk = talk_as(LATE)
    await cancelled(talk)
    async with shop_tables.write() as connection:
        await connection.execute(sa.update(skus).values(stock=0))
    heard = await talk.say("恢复订单", "undo_request")
    assert "没有货" in heard.text
    assert await state_of(services, LATE) is OrderState.CLOSED


async def test_a_question_in_between_waits_for_the_summary(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    await cancelled(talk)
    await talk.say("恢复订单", "undo_request")
    heard = await talk.say("羊毛衫怎么洗", "product_attribute", product="羊毛衫")
    assert talk.form == "undo_request_form"
    assert "撤销申请" in heard.texts[-1]


async def test_a_stranger_takes_nothing_back(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say("撤销退款", "undo_request")
    assert "确认撤销" not in heard.titles


async def test_of_two_orders_the_named_one_is_meant(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-phone")
    await talk.say(
        "T恤不想要了，退货",
        "return_request",
        product=("T恤", "重磅纯棉T恤"),
        reason=("不想要了", "no_longer_wanted"),
    )
    await talk.say("确认", "affirm")
    await talk.say("手机自动关机想修", "warranty_repair", category="手机")
    await talk.say("我自己寄", "warranty_repair")
    await talk.say("确认", "affirm")
    await talk.say("刚才的申请撤销一下", "undo_request")
    summary = await talk.say("T恤那个", "affirm", product=("T恤", "重磅纯棉T恤"))
    (back,) = await services.shop.after_sales.returns("c-phone")
    assert back.number in summary.text
    await talk.click("确认撤销", summary)
    (back,) = await services.shop.after_sales.returns("c-phone")
    assert back.state is ReturnState.CANCELLED
    receipts = {one.kind: one for one in await services.shop.operations.receipts("c-phone")}
    assert receipts["warranty_repair"].state is ReceiptState.UNDER_WAY


async def test_what_was_urged_needs_no_taking_back(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await talk.say("帮我催一下发货", "urge_delivery")
    await talk.say("确认", "affirm")
    heard = await talk.say("不用催了，撤了吧", "undo_request")
    assert "不用撤" in heard.text
    assert await state_of(services, LATE) is OrderState.PAID


@pytest.mark.parametrize("words", ["不想要了退钱", "不买了，退款吧"])
async def test_money_back_where_nothing_is_under_way_is_a_wish_for_it(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as(LATE)
    summary = await talk.say(words, "undo_request")
    assert talk.form == "cancel_order_form"
    assert "确认取消" in summary.titles
    assert await state_of(services, LATE) is OrderState.PAID
