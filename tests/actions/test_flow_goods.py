"""Wrong, missing and bad goods, step by step."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from actions.base import Services
from actions.flows.wrong_goods import pieces_missing
from conversations.database import Database
from shop import schema
from shop.operations.types import ReceiptState
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

CUPS, JEANS = "c-contested", "c-insured"


async def bad(talk: Talk) -> Heard:
    return await talk.say("裤子开线了", "quality_complaint", reason=("开线", "quality"))


async def kinds(services: Services, customer: str) -> list[str]:
    return [one.kind for one in await services.shop.operations.receipts(customer)]


# ---- wrong or missing ------------------------------------------------------------------------


async def test_a_missing_piece_is_sent_after_a_yes(talk_as: Talks, services: Services) -> None:
    talk = talk_as(CUPS)
    await talk.say("保温杯少发了一个", "wrong_or_missing_item", product=("保温杯", "保温杯"))
    summary = await talk.say("补发吧", "nlu_fallback")
    assert await kinds(services, CUPS) == []
    done = await talk.click("确认提交", summary)
    (receipt,) = await services.shop.operations.receipts(CUPS)
    assert (receipt.details["solution"], receipt.details["count"]) == ("reship", "1")
    assert receipt.number in done.text


@pytest.mark.parametrize(
    "words",
    ["两个保温杯只拿到一个，少的补给我", "保温杯盒子里就一个，补发", "保温杯少的那个补过来"],
)
async def test_what_is_missing_is_told_in_many_ways(talk_as: Talks, words: str) -> None:
    talk = talk_as(CUPS)
    summary = await talk.say(words, "wrong_or_missing_item", product="保温杯")
    assert "确认提交" in summary.titles
    assert talk.slots["flow_count"] == "1"


async def test_what_is_denied_is_not_what_happened(talk_as: Talks) -> None:
    talk = talk_as(CUPS)
    await talk.say("保温杯漏发了一个", "wrong_or_missing_item", product="保温杯")
    await talk.say("说错了，不是少发，是发错了", "wrong_or_missing_item")
    assert talk.slots["flow_trouble"] == "wrong"


@pytest.mark.parametrize(
    ("words", "missing"),
    [("才一个多月就坏了", None), ("就有一个洞", None), ("只装了一个", 1), ("差的那两个", 2)],
)
def test_what_is_counted(words: str, missing: int | None) -> None:
    assert pieces_missing(words, 2) == missing


async def test_what_it_is_and_how_many_are_asked_when_not_told(talk_as: Talks) -> None:
    talk = talk_as(CUPS)
    what = await talk.say("保温杯不对", "wrong_or_missing_item", product=("保温杯", "保温杯"))
    assert what.titles == ["少发了", "发错了"]
    count = await talk.click("少发了", what)
    assert count.titles == ["1 件", "2 件"]
    many = await talk.say("5个", "nlu_fallback")
    assert "一共买了 2 件" in many.text
    ways = await talk.say("一个", "nlu_fallback")
    assert ways.titles[0] == "补发"


async def test_a_wrong_thing_wants_a_photo_and_goes_back_at_our_cost(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(JEANS)
    photo = await talk.say("裤子发错颜色了", "wrong_or_missing_item", reason=("发错", "wrong_item"))
    assert "照片" in photo.text
    assert "先跳过" not in "".join(photo.titles)
    ways = await talk.send("/share_image")
    summary = await talk.click("换一件新的", ways)
    assert "运费我们出" in summary.text
    done = await talk.click("确认提交", summary)
    assert "仓前街道" in done.text
    assert await kinds(services, JEANS) == ["wrong_or_missing_item"]


async def test_a_wrong_thing_may_come_back_for_the_money(talk_as: Talks) -> None:
    talk = talk_as(JEANS)
    await talk.send("/share_image")
    ways = await talk.say("裤子发错了", "wrong_or_missing_item", reason=("发错", "wrong_item"))
    summary = await talk.click("退货退款", ways)
    assert talk.form == "return_form"
    assert "发错了" in summary.text


async def test_something_for_the_trouble_is_offered_once(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(CUPS)
    await talk.say("保温杯少发了一个", "wrong_or_missing_item", product=("保温杯", "保温杯"))
    summary = await talk.say("补发吧", "nlu_fallback")
    done = await talk.click("确认提交", summary)
    assert "补偿 ¥5" in done.text
    offer = await talk.click("领补偿", done)
    assert "compensation" not in await kinds(services, CUPS)
    await talk.click("领取", offer)
    assert "compensation" in await kinds(services, CUPS)


async def test_a_second_claim_shows_the_first(talk_as: Talks) -> None:
    talk = talk_as(CUPS)
    await talk.say("保温杯少发了一个", "wrong_or_missing_item", product=("保温杯", "保温杯"))
    summary = await talk.say("补发吧", "nlu_fallback")
    await talk.click("确认提交", summary)
    heard = await talk.say(
        "保温杯少发了一个", "wrong_or_missing_item", product=("保温杯", "保温杯")
    )
    assert "已经登记过" in heard.text
    assert "看进度" in heard.titles


async def test_a_thing_and_what_is_wrong_with_it_is_no_bare_name(talk_as: Talks) -> None:
    talk = talk_as("c-return")
    await talk.say(
        "半身裙发错了",
        "wrong_or_missing_item",
        product=("半身裙", "针织半身裙"),
        reason=("发错", "wrong_item"),
    )
    assert talk.form == "wrong_or_missing_item_form"


# ---- quality ---------------------------------------------------------------------------------


async def test_a_photo_then_the_ways_out_best_first(talk_as: Talks) -> None:
    talk = talk_as(JEANS)
    photo = await bad(talk)
    assert "照片" in photo.text
    ways = await talk.send("/share_image")
    assert [title.partition("（")[0] for title in ways.titles] == [
        "换一件新的",
        "退货退款",
        "留着用，退 ¥31.80",
        "转人工",
    ]


async def test_kept_for_a_part_of_the_money_wants_the_photo(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(JEANS)
    ways = await talk.click("没有照片", await bad(talk))
    photo = await talk.click("留着用", ways)
    assert "要一张" in photo.text
    assert not photo.titles
    summary = await talk.send("/share_image")
    await talk.click("确认提交", summary)
    (receipt,) = await services.shop.operations.receipts(JEANS)
    assert (receipt.refund, receipt.state) == (3180, ReceiptState.UNDER_WAY)
    assert receipt.details["fault"] == "裤子开线了"


async def test_an_exchange_goes_on_with_what_is_known(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    ways = await talk.click("没有照片", await bad(talk))
    summary = await talk.click("换一件新的", ways)
    assert talk.form == "exchange_request_form"
    assert "浅蓝 S" in summary.text
    await talk.click("确认换货", summary)
    (receipt,) = await services.shop.operations.receipts(JEANS)
    assert (receipt.kind, receipt.details["reason"]) == ("exchange_request", "quality")


@pytest.mark.parametrize(
    ("words", "form"), [("退货吧", "return_form"), ("给我换一条", "exchange_request_form")]
)
async def test_a_way_out_in_words(talk_as: Talks, words: str, form: str) -> None:
    talk = talk_as(JEANS)
    await talk.click("没有照片", await bad(talk))
    await talk.say(words, "nlu_fallback")
    assert talk.form == form


async def test_after_the_window_what_is_under_warranty_is_repaired(talk_as: Talks) -> None:
    talk = talk_as("c-vip")
    heard = await talk.say(
        "X30手机老是死机", "quality_complaint", product=("X30手机", "云岚X30 Pro手机")
    )
    ways = await talk.click("没有照片", heard)
    assert ways.titles == ["维修", "转人工"]
    repair = await talk.click("维修", ways)
    assert talk.form == "warranty_repair_form"
    assert "免费修" in repair.text


async def test_a_question_in_between_and_a_person(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    await bad(talk)
    heard = await talk.say("运费谁出", "return_policy")
    assert talk.form == "quality_complaint_form"
    assert "我们出" in heard.text
    assert (await talk.say("转人工", "ask_human")).handed_over
    assert talk.form is None
    assert await kinds(services, JEANS) == []


async def test_given_up_nothing_is_done(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    await bad(talk)
    await talk.say("算了", "deny")
    assert talk.form is None
    assert await kinds(services, JEANS) == []


async def test_an_agent_sees_the_same_ways_out(talk_as: Talks) -> None:
    talk = talk_as(JEANS)
    await bad(talk)
    heard = await talk.say("转人工", "ask_human")
    assert any("换一件新的" in text for text in heard.handoff.package["suggestions"])
    assert heard.handoff.package["solutions"][0]["way"] == "exchange"


@pytest.mark.parametrize("words", ["那退了吧", "退", "我想退了算了", "退吧"])
async def test_a_bare_wish_to_give_it_back_is_the_return(talk_as: Talks, words: str) -> None:
    talk = talk_as(JEANS)
    await bad(talk)
    await talk.say("没有照片", "deny")
    heard = await talk.say(words, "return_request")
    assert talk.form == "return_form" and "退款" in heard.text


async def test_the_size_wished_for_is_known_to_the_exchange_it_leads_to(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣有点扎", "quality_complaint", category="毛衣", reason=("扎", "quality"))
    await talk.say("没有照片", "deny")
    heard = await talk.say("那换大一码的行不行", "exchange_request")
    assert "换成：燕麦色 L" in heard.text
    assert "来回都由我们出" in heard.text  # it is bad, whatever size it shall be


@pytest.mark.parametrize("words", ["直接退款吧", "把钱退我", "那退钱"])
async def test_the_money_where_nothing_goes_back_is_the_part_that_is_paid(
    talk_as: Talks, words: str
) -> None:
    talk = talk_as("c-fresh")
    await talk.say("坚果有哈喇味", "quality_complaint", product=("坚果", "每日坚果30包"))
    ways = await talk.send("/share_image")
    assert any(title.startswith("留着用") for title in ways.titles)
    await talk.say(words, "refund_request")
    assert talk.slots["flow_solution"] == "partial_refund"


@pytest.mark.parametrize(
    ("words", "named"),
    [("少了本说明书", {}), ("少了根充电线", {"category": "充电线"})],
)
async def test_a_part_is_missing_from_what_has_come(
    talk_as: Talks, words: str, named: dict[str, str]
) -> None:
    talk = talk_as("c-split")
    await talk.say("怎么只收到一个", "wrong_or_missing_item")
    heard = await talk.say(words, "wrong_or_missing_item", **named)
    assert "耳机" in heard.text
    assert "配件" in heard.text


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("不想换了，退货吧", "return_form"),
        ("我不要换货，退掉", "return_form"),
        ("别换了，直接退货", "return_form"),
        ("没说要换，我想退货", "return_form"),
        ("要不换一件吧", "exchange_request_form"),
        ("不退货，换一件", "exchange_request_form"),
    ],
)
async def test_a_way_out_that_is_refused_is_not_taken(
    talk_as: Talks, words: str, form: str
) -> None:
    talk = talk_as(JEANS)
    await bad(talk)
    await talk.send("/share_image")
    await talk.say(words, "quality_complaint")
    assert talk.form == form


async def test_what_was_found_needs_no_parcel(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.say("坚果少了一包", "wrong_or_missing_item", product=("坚果", "每日坚果30包"))
    ended = await talk.say("找到了 没少 不用补了", "stock_check", confidence=0.3)
    assert talk.form is None
    assert "确认提交" not in ended.titles


async def test_a_missing_part_pays_back_nothing_and_brings_a_person(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as("c-split")
    heard = await talk.say("耳机盒里少了根充电线", "wrong_or_missing_item", category="耳机")
    assert "配件" in heard.text
    assert not any("退" in title for title in heard.titles)
    assert (await talk.say("好", "affirm")).handed_over
    assert not await services.shop.operations.receipts("c-split")


async def test_that_there_is_none_left_to_send_is_said(
    talk_as: Talks, shop_tables: Database
) -> None:
    async with shop_tables.write() as connection:
        await connection.execute(sa.update(schema.skus).values(stock=0))
    talk = talk_as(CUPS)
    heard = await talk.say(
        "保温杯少发了一个，补给我", "wrong_or_missing_item", product=("保温杯", "保温杯")
    )
    assert "没有货补" in heard.text
    assert not any("补发" in title for title in heard.titles)


async def test_that_there_is_none_left_to_change_it_for_is_said(
    talk_as: Talks, shop_tables: Database
) -> None:
    async with shop_tables.write() as connection:
        await connection.execute(sa.update(schema.skus).values(stock=0))
    talk = talk_as(JEANS)
    await bad(talk)
    await talk.say("没有照片", "deny")
    heard = await talk.say("给我换条新的", "exchange_request")
    assert "没有货" in heard.text


async def test_who_has_tried_in_vain_needs_no_picture(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-phone")
    asked = await talk.say(
        "手机死机了", "quality_complaint", category="手机", reason=("死机", "quality")
    )
    assert "照片" in asked.text
    heard = await talk.say("充了电也不亮", "usage_help")
    assert "维修" in heard.titles
    again = await talk.say("长按也没用", "usage_help")
    assert again.titles == heard.titles
    assert not await services.shop.operations.receipts("c-phone")


async def test_what_was_never_bought_here_is_helped_first(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "加湿器不出雾 水是满的",
        "quality_complaint",
        product=("加湿器", "静音加湿器"),
        knowledge=[("humidifier-no-mist", 0.85)],
    )
    assert "水箱" in heard.text
    heard = await talk_as("c-new").say(
        "加湿器坏了",
        "quality_complaint",
        product=("加湿器", "静音加湿器"),
        reason=("坏了", "quality"),
        knowledge=[("humidifier-no-mist", 0.85)],
    )
    assert "订单" in heard.text


async def test_orders_that_do_not_fit_are_offered_once(talk_as: Talks) -> None:
    talk = talk_as("c-stuck")
    kettle = ("水壶", "恒温电热水壶")
    heard = await talk.say("热水壶烧一半就跳", "quality_complaint", product=kettle)
    assert any("炸锅" in title for title in heard.titles)
    heard = await talk.say("我说的是水壶", "quality_complaint", product=kettle)
    assert heard.titles == ["转人工"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("只收到耳机", {"category": "耳机"}),
        ("被套和耳机咋只来了一个", {"product": "被套", "category": "耳机"}),
    ],
)
async def test_the_only_piece_that_came_is_not_what_is_missing(
    talk_as: Talks, words: str, named: dict[str, str]
) -> None:
    heard = await talk_as("c-split").say(words, "wrong_or_missing_item", **named)
    assert "四件套" in heard.text
    assert "补发" not in heard.text


async def test_one_of_a_pair_is_missing_of_the_piece_that_came(talk_as: Talks) -> None:
    heard = await talk_as("c-split").say("耳机只收到一只", "wrong_or_missing_item", category="耳机")
    assert "耳机" in heard.text
    assert "四件套" not in heard.text
