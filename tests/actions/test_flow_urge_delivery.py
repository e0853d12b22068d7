"""Hurrying up what was bought, step by step."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from actions.base import Services
from conversations.database import Database
from shop.operations.types import Receipt
from shop.schema import orders
from tests.actions.conftest import NOW, Talks

LATE, SHIPPED, STUCK, PICKUP, UNPAID, HERE = (
    *("c-late", "c-lin", "c-stuck", "c-pickup", "c-unpaid", "c-insured"),
)


async def urged(services: Services, customer: str) -> list[Receipt]:
    return list(await services.shop.operations.receipts(customer))


async def in_time(tables: Database, customer: str = LATE) -> None:
    """The order's promise is not over yet."""
    later = sa.update(orders).where(orders.c.customer_id == customer)
    async with tables.write() as connection:
        await connection.execute(later.values(ship_by=NOW.replace(hour=23)))


async def test_the_warehouse_sees_the_mark_after_a_yes(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    await in_time(shop_tables)
    talk = talk_as(LATE)
    summary = await talk.say("催一下发货", "urge_delivery")
    assert "11月18日 23:30" in summary.text
    assert "还没到时间" in summary.text
    assert await urged(services, LATE) == []
    done = await talk.say("好的催吧", "affirm")
    (receipt,) = await urged(services, LATE)
    assert receipt.number in done.text
    order = (await services.shop.orders.recent(LATE))[0]
    assert "【催发】" in order.remark
    assert order.remark.startswith("麻烦尽快发")


async def test_a_broken_promise_is_admitted_and_a_person_is_one_word_away(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("快点发货", "urge_delivery")
    assert "没做到" in summary.text
    done = await talk.click("催一下", summary)
    assert "转人工" in done.text
    again = await talk.say("再催催", "urge_delivery")
    assert "已经催过" in again.text
    assert "转人工" in again.titles
    assert len(await urged(services, LATE)) == 1


async def test_a_parcel_is_noted_for_its_carrier(talk_as: Talks, services: Services) -> None:
    talk = talk_as(SHIPPED)
    summary = await talk.say("帮我催下快递", "urge_delivery")
    assert "催谁：中通" in summary.text
    assert "75812340101001" in summary.text
    done = await talk.click("催一下", summary)
    await talk.click("催一下", summary)
    (receipt,) = await urged(services, SHIPPED)
    assert receipt.details["asked"] == "中通"
    assert "联系快递" in done.text


@pytest.mark.parametrize("words", ["怎么还不发货", "为什么还没发", "到底什么时候发"])
async def test_a_question_is_answered_and_urges_nothing(talk_as: Talks, words: str) -> None:
    talk = talk_as(LATE)
    heard = await talk.say(words, "urge_delivery")
    assert talk.form is None
    assert "抱歉" in heard.text


async def test_the_answer_to_a_question_offers_it(talk_as: Talks, services: Services) -> None:
    talk = talk_as(SHIPPED)
    heard = await talk.say("怎么还没到", "urge_delivery")
    assert "催一下" in heard.titles
    summary = await talk.say("嗯", "affirm")
    assert talk.form == "urge_delivery_form"
    await talk.click("催一下", summary)
    assert len(await urged(services, SHIPPED)) == 1


@pytest.mark.parametrize(
    ("customer", "expected"),
    [(STUCK, "没有更新"), (PICKUP, "取件码"), (UNPAID, "还没有付款"), (HERE, "签收")],
)
async def test_what_urging_does_not_help_gets_its_own_answer(
    talk_as: Talks, customer: str, expected: str
) -> None:
    talk = talk_as(customer)
    heard = await talk.say("催一下", "urge_delivery")
    assert expected in heard.text
    assert talk.form is None


async def test_not_urging_changes_nothing(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await talk.say("催一下", "urge_delivery")
    heard = await talk.say("算了不催了", "deny")
    assert "不催" in heard.text or "没有催" in heard.text
    assert await urged(services, LATE) == []


async def test_a_stranger_urges_nothing(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    await talk.say("催一下发货", "urge_delivery")
    assert talk.form is None


@pytest.mark.parametrize(
    "words", ["等好几天了，帮我催一下", "这都过几天了，赶紧发吧", "麻烦催催仓库，怎么还没动"]
)
async def test_days_of_waiting_are_no_question(talk_as: Talks, words: str) -> None:
    heard = await talk_as(LATE).say(words, "urge_delivery")
    assert "催一下" in heard.titles


async def test_something_for_the_waiting_is_a_compensation(talk_as: Talks) -> None:
    talk = talk_as(STUCK)
    await talk.say("等一周了还没到，赔点什么吧", "urge_delivery")
    assert talk.form == "compensation_form"


async def test_an_address_is_changed_for_who_never_meant_to_urge(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(SHIPPED)
    await talk.say("帮我催一下", "urge_delivery")
    await talk.say("可是地址得换成杭州市西湖区建设二路133号", "change_address")
    assert talk.form == "change_address_form"
    assert await urged(services, SHIPPED) == []


@pytest.mark.parametrize("words", ["退款！", "我要退款", "直接退钱吧"])
async def test_a_bare_wish_for_something_else_takes_its_place(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as(LATE)
    await talk.say("催一下发货", "urge_delivery")
    heard = await talk.say(words, "refund_request")
    assert "确认取消" in heard.titles
    assert await urged(services, LATE) == []


async def test_a_nod_to_two_questions_at_once_does_neither(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    await talk.say("催一下发货", "urge_delivery")
    await talk.say("再不发我退款", "refund_request")
    heard = await talk.say("嗯", "affirm")
    assert await urged(services, LATE) == []
    assert "催一下" in heard.titles
    await talk.say("嗯", "affirm")
    assert len(await urged(services, LATE)) == 1
