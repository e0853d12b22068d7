"""Exchanging, step by step."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from actions.base import Services
from conversations.database import Database
from shop import schema
from shop.types import ReturnReason
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

JEANS = "c-insured"  # 直筒牛仔裤 浅蓝 S, received yesterday, with freight insurance


async def asked(talk: Talk) -> Heard:
    return await talk.say("牛仔裤换成M码", "exchange_request", category="牛仔裤", size=("M码", "M"))


async def sold_out(tables: Database, size: str) -> None:
    """Nobody can have those jeans in light blue and that size any more."""
    sku = schema.skus.c
    gone = sa.update(schema.skus).where(sku.product_id == "p-straight-jeans", sku.size == size)
    async with tables.write() as connection:
        await connection.execute(gone.where(sku.color == "浅蓝").values(stock=0))


async def receipts(services: Services, customer: str = JEANS) -> list[str]:
    return [one.kind for one in await services.shop.operations.receipts(customer)]


async def test_what_is_told_is_not_asked_and_a_yes_exchanges(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(JEANS)
    summary = await asked(talk)
    assert "浅蓝 M" in summary.text
    assert "运费险" in summary.text
    assert "确认换货" in summary.titles
    assert await receipts(services) == []
    done = await talk.say("好的，换吧", "affirm")
    (receipt,) = await services.shop.operations.receipts(JEANS)
    assert receipt.details["reason"] == "wrong_size"
    assert receipt.number in done.text
    assert "仓前街道" in done.text


async def test_one_question_at_a_time(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    why = await talk.say("我要换货", "exchange_request")
    assert "尺码不合适" in why.titles
    what = await talk.click("尺码不合适", why)
    assert "浅蓝 M" in what.titles
    summary = await talk.click("浅蓝 M", what)
    await talk.click("确认换货", summary)
    again = await talk.click("确认换货", summary)
    assert "没有重复" in again.text
    assert await receipts(services) == ["exchange_request"]


async def test_for_a_fault_the_same_thing_comes_anew(talk_as: Talks) -> None:
    talk = talk_as(JEANS)
    heard = await talk.say("裤子开线了想换一条", "exchange_request", reason=("开线", "quality"))
    assert "浅蓝 S" in heard.text
    assert "都由我们出" in heard.text
    assert "确认换货" in heard.titles


async def test_another_size_in_the_middle_is_taken(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    await asked(talk)
    heard = await talk.say("不对，要L码", "exchange_request", size=("L码", "L"))
    assert "浅蓝 L" in heard.text
    await talk.click("确认换货", heard)
    (receipt,) = await services.shop.operations.receipts(JEANS)
    assert receipt.details["wanted"] == "浅蓝 L"


async def test_what_there_is_not_is_said_with_what_there_is(talk_as: Talks) -> None:
    talk = talk_as(JEANS)
    heard = await talk.say(
        "牛仔裤换成38码", "exchange_request", category="牛仔裤", size=("38码", "38")
    )
    assert "没有「38」" in heard.text
    assert any(title.startswith("浅蓝") for title in heard.titles)
    assert "改成退货" in heard.titles


async def test_sold_out_leads_to_other_choices_and_the_return(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    heard = await talk.say(
        "毛衣换成酒红S",
        "exchange_request",
        category="毛衣",
        color="酒红",
        size="S",
    )
    assert "没有货" in heard.text
    back = await talk.click("改成退货", heard)
    assert talk.form == "return_form"
    assert "羊毛圆领毛衣" in back.text


@pytest.mark.parametrize("words", ["大了", "有点紧", "偏小", "太长了"])
async def test_a_short_answer_that_sounds_like_a_complaint_is_an_answer(
    talk_as: Talks, words: str
) -> None:
    talk = talk_as(JEANS)
    await talk.say("我要换货", "exchange_request")
    which = await talk.say(words, "service_complaint", reason=(words, "wrong_size"))
    assert not which.handed_over
    assert talk.slots["flow_reason"] == "wrong_size"
    assert "浅蓝 M" in which.titles


@pytest.mark.parametrize("words", ["什么破店", "你们太差劲了", "找人来，裤子太大了没人管是吧"])
async def test_a_complaint_is_no_answer(talk_as: Talks, words: str) -> None:
    talk = talk_as(JEANS)
    await talk.say("我要换货", "exchange_request")
    heard = await talk.say(words, "service_complaint")
    assert heard.handed_over or "转人工" in heard.titles
    assert not talk.slots.get("flow_reason")


async def test_wished_for_at_the_summary_and_sold_out_what_is_left_are_buttons(
    talk_as: Talks, shop_tables: Database
) -> None:
    talk = talk_as(JEANS)
    await asked(talk)
    await sold_out(shop_tables, "L")
    heard = await talk.say("换成L的吧", "exchange_request", size="L")
    assert "没有货" in heard.text
    summary = await talk.click("浅蓝 XL", heard)
    assert "换成：浅蓝 XL" in summary.text


async def test_sold_out_before_the_yes_what_is_left_are_buttons(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    talk = talk_as(JEANS)
    await asked(talk)
    await sold_out(shop_tables, "M")
    heard = await talk.say("运费谁出来着", "nlu_fallback")
    assert talk.form is None
    summary = await talk.click("浅蓝 L", heard)
    await talk.click("确认换货", summary)
    (receipt,) = await services.shop.operations.receipts(JEANS)
    assert receipt.details["wanted"] == "浅蓝 L"
    assert receipt.details["reason"] == "wrong_size"


async def test_a_question_in_between_waits(talk_as: Talks) -> None:
    talk = talk_as(JEANS)
    await asked(talk)
    await talk.say("发票怎么开", "store_info", knowledge=())
    assert talk.form == "exchange_request_form"


@pytest.mark.parametrize(
    ("words", "intent"), [("算了不换了", "deny"), ("不换了", "exchange_request")]
)
async def test_given_up_nothing_is_done(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as(JEANS)
    await asked(talk)
    await talk.say(words, intent)
    assert talk.form is None
    assert await receipts(services) == []


async def test_after_the_window_the_rule_and_a_person(talk_as: Talks) -> None:
    heard = await talk_as("c-vip").say(
        "被子想换一床", "exchange_request", product=("被子", "蚕丝被")
    )
    assert "换货和退货期限一样" in heard.text
    assert "转人工" in heard.titles


async def test_before_shipping_the_order_is_changed(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    await talk.say("换成M码", "exchange_request", size=("M码", "M"))
    assert talk.form == "change_order_form"


async def test_of_several_things_one_is_asked_for(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    heard = await talk.say("我要换货", "exchange_request")
    assert len(heard.titles) >= 4
    why = await talk.click("神经酰胺修护面霜", heard)
    assert "面霜" in why.text


async def test_what_is_in_hand_is_not_exchanged_too(talk_as: Talks, services: Services) -> None:
    line = (await services.shop.orders.recent(JEANS))[0]
    await services.shop.after_sales.open_return(
        JEANS, line.id, line.lines[0].id, ReturnReason.WRONG_SIZE, idempotency_key="k"
    )
    heard = await asked(talk_as(JEANS))
    assert "已经在办" in heard.text


async def test_a_stranger_exchanges_nothing(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    await talk.say("我要换货", "exchange_request")
    assert talk.form is None


async def test_the_receipt_shows_in_the_progress(talk_as: Talks) -> None:
    talk = talk_as(JEANS)
    summary = await asked(talk)
    await talk.click("确认换货", summary)
    heard = await talk.say("售后到哪一步了", "after_sales_status")
    assert "换货：办理中" in heard.text
    assert "浅蓝 M" in heard.text


@pytest.mark.parametrize(
    ("words", "intent"), [("运费要我出吗", "shipping_fee"), ("来回运费谁出", "return_policy")]
)
async def test_who_pays_the_postage_is_told_for_this_order(
    talk_as: Talks, words: str, intent: str
) -> None:
    talk = talk_as("c-insured")
    await talk.say("牛仔裤小了 换浅蓝XL", "exchange_request", color="浅蓝", size="XL")
    heard = await talk.say(words, intent)
    assert "运费险赔" in heard.texts[0]
    assert talk.form == "exchange_request_form"


async def test_a_size_after_an_exchange_that_is_refused_is_of_that_exchange(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-lin")
    await talk.say("衬衫换小一码", "exchange_request", category="衬衫")
    heard = await talk.say("M", "wrong_or_missing_item", confidence=0.56, size="M")
    assert "还在路上" in heard.text and "没发对" not in heard.text


async def test_what_this_one_lacks_may_name_another_that_is_meant(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say(
        "毛衣换个大一码", "exchange_request", category="毛衣", reason=("大一码", "wrong_size")
    )
    heard = await talk.say(
        "不是这个，我问的是曜石黑的头戴降噪耳机",
        "exchange_request",
        product="头戴降噪耳机",
        color="曜石黑",
    )
    assert "羊毛圆领毛衣" not in heard.text
    assert "签收后第 20 天" in heard.text  # the headphones


async def test_no_and_a_return_instead(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    await asked(talk)
    heard = await talk.say("不对 我要退", "return_request")
    assert "退货的原因" in heard.text
    await talk.say("嗯", "affirm")
    assert await receipts(services) == []


async def test_a_size_told_after_a_colour_is_of_that_colour(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣换成黑色", "exchange_request", category="毛衣", color="黑色")
    heard = await talk.say("那L码", "exchange_request", size="L")
    assert "换成：黑色 L" in heard.text


async def test_a_size_told_where_the_reason_is_asked_tells_it(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    asked_why = await talk.say("毛衣换货", "exchange_request", category="毛衣")
    assert "尺码不合适" in asked_why.titles
    heard = await talk.say("L", "nlu_fallback", size="L")
    assert "换成：燕麦色 L" in heard.text
