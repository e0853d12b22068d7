"""嗯, 多久, 那毛衣呢: words that mean something only after what was said last."""

from __future__ import annotations

import pytest

from actions.turn import SILENCE
from tests.actions.conftest import Talks


async def test_how_long_after_money_is_about_the_money(talk_as: Talks) -> None:
    talk = talk_as("c-return")
    await talk.say("退款到哪了", "refund_progress")
    heard = await talk.say("多久", "ask_delivery_time")
    assert "工作日" in heard.text
    assert "送达" not in heard.text


async def test_how_long_after_a_parcel_is_about_its_arrival(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    heard = await talk.say("大概还要多久呢", "refund_progress")
    assert "预计" in heard.text
    assert "衬衫" in heard.text


async def test_how_long_after_stock_is_about_the_restock(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say(
        "牛津纺衬衫黑色L有货吗",
        "stock_check",
        product=("牛津纺衬衫", "牛津纺衬衫"),
        color="黑色",
        size="L",
    )
    heard = await talk.say("要等多久", "ask_delivery_time")
    assert "牛津纺衬衫" in heard.text
    assert "货" in heard.text


async def test_how_much_after_a_product_is_its_price(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("真丝衬衫怎么洗", "usage_help", product="真丝衬衫")
    assert "¥459" in (await talk.say("多少钱", "shipping_fee")).text


async def test_a_fragment_without_a_topic_is_what_it_was_taken_for(talk_as: Talks) -> None:
    assert "48 小时" in (await talk_as("c-new").say("多久", "ask_delivery_time")).text


async def test_courtesies_do_not_change_the_topic(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    await talk.say("好的谢谢", "thanks")
    heard = await talk.say("那毛衣呢", "nlu_fallback", category="毛衣")
    assert "毛衣" in heard.text
    assert "签收" in heard.text


async def test_another_thing_after_an_offer_asks_the_same_of_it(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("真丝衬衫透不透", "product_attribute", product="真丝衬衫", attribute="透")
    heard = await talk.say("那牛津纺呢", "nlu_fallback", product=("牛津纺", "牛津纺衬衫"))
    assert not heard.handed_over
    assert "牛津纺衬衫" in heard.text


async def test_after_a_long_silence_nothing_is_in_talk(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("真丝衬衫怎么洗", "usage_help", product="真丝衬衫")
    assert talk.slots["current_product"] == "p-silk-blouse"
    later = talk.now() + SILENCE + 60
    talk.now = lambda: later
    heard = await talk.say("多少钱", "price_query")
    assert "哪件商品" in heard.text
    assert not talk.slots["current_product"]
    again = await talk.say("有货吗", "stock_check")
    assert "真丝" not in again.text


async def test_unopened_said_of_a_return_asks_its_rule(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("护肤品拆了还能退吗", "return_policy", category="护肤")
    heard = await talk.say("没拆过", "nlu_fallback")
    assert "没听懂" not in heard.text
    assert "退" in heard.text


async def test_other_ones_of_a_product_are_its_other_colours(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say(
        "牛津纺衬衫黑色L有吗", "stock_check", product="牛津纺衬衫", color="黑色", size="L"
    )
    heard = await talk.say("还有别的吗", "chitchat")
    assert "牛津纺衬衫" in heard.text
    assert "白色" in heard.text


async def test_none_of_the_orders_shown_asks_how_to_find_it(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    await talk.say("衬衫什么时候买的", "order_status", category="衬衫")
    heard = await talk.say("都不是", "deny")
    assert "订单号" in heard.text
    found = await talk.say("免烫那件", "nlu_fallback", product=("免烫", "免烫白衬衫"))
    assert "4218860012340108002" in found.text


async def test_how_long_in_a_return_does_not_lose_the_form(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.say("我要退货", "return_request")
    assert talk.form
    heard = await talk.say("多久", "ask_delivery_time")
    assert talk.form
    assert "工作日" in heard.text


async def test_why_an_order_comes_in_two_parcels(talk_as: Talks) -> None:
    talk = talk_as("c-split")
    heard = await talk.say("为什么分两个", "order_status")
    assert "2 个包裹" in heard.text
    assert "转人工" in heard.titles


@pytest.mark.parametrize("words", ["真的吗", "为什么", "怎么弄"])
async def test_a_question_without_a_thing_is_never_a_miss_in_a_talk(
    talk_as: Talks, words: str
) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    heard = await talk.say(words, "nlu_fallback")
    assert "衬衫" in heard.text
    assert talk.slots["misses"] == 0


async def test_what_has_arrived_is_said_to_be_here(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    await talk.say("大概还要多久", "ask_delivery_time")
    heard = await talk.say("那毛衣呢", "affirm", category="毛衣")
    assert "签收" in heard.text


async def test_another_order_is_meant(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("到哪了", "track_logistics")
    asked = await talk.say("不是这个订单", "deny")
    assert "订单号" in asked.text
    heard = await talk.say("耳机", "usage_help", product=("耳机", "头戴降噪耳机"))
    assert "耳机" in heard.text
    assert "签收" in heard.text


async def test_for_whom_the_invoice_is(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("发票怎么开", "invoice")
    heard = await talk.say("个人的", "ask_human")
    assert "个人写姓名" in heard.text or "抬头" in heard.text
    assert not heard.handed_over


@pytest.mark.parametrize("words", ["为什么这么慢", "能不能快点", "麻烦快一点处理", "能快点不"])
async def test_so_slow_is_said_of_what_is_in_talk(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-return")
    await talk.say("退款到哪了", "refund_progress")
    heard = await talk.say(words, "urge_delivery")
    assert "RT261114DEMO01" in heard.text
    assert "哪一笔" not in heard.text


async def test_how_long_after_a_parcel_is_of_that_parcel(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    await talk.say("衬衫到哪了", "track_logistics", category="衬衫")
    heard = await talk.say("多久能到", "ask_delivery_time")
    assert "哪一笔" not in heard.text
    assert "预计" in heard.text or "到" in heard.text
    assert not heard.titles or "牛津纺衬衫 黑色 L（前天）" not in heard.titles


async def test_a_number_given_after_another_replaces_it(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    other = "4218860012340105001"
    await talk.say(other, "out_of_scope", order_number=other, confidence=0.56)
    heard = await talk.say("75812340101001", "track_logistics", waybill="75812340101001")
    assert "牛津纺衬衫" in heard.texts[0]
    assert "运输中" in heard.text


async def test_closing_time_after_a_parcel_is_of_the_station(talk_as: Talks) -> None:
    talk = talk_as("c-pickup")
    await talk.say("取件码多少", "track_logistics")
    heard = await talk.say("几点关门", "store_info")
    assert "驿站" in heard.text
    assert "22:00" in (await talk.say("你们客服几点下班", "store_info")).text


async def test_no_picture_is_no_answer_to_which_order(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    asked = await talk.say("收到就坏了", "quality_complaint")
    heard = await talk.say("没拍照", "deny", attribute=("拍照", "摄像头"))
    assert heard.titles == asked.titles
    chosen = await talk.click(asked.titles[0], heard)
    assert "照片" in chosen.text
