"""Bare numbers, links, copied orders and titles; and other people's orders."""

from __future__ import annotations

import pytest

from actions.base import Services
from tests.actions.conftest import Talks


async def test_the_tail_of_an_order_finds_it(talk_as: Talks, services: Services) -> None:
    [order, *_] = await services.shop.orders.recent("c-insured")
    heard = await talk_as("c-insured").say(order.id[-6:], "nlu_fallback")
    assert order.id in heard.text


async def test_the_tail_of_a_waybill_finds_its_parcel(talk_as: Talks, services: Services) -> None:
    [order, *_] = await services.shop.orders.recent("c-insured")
    [parcel, *_] = await services.shop.logistics.parcels("c-insured", order.id)
    heard = await talk_as("c-insured").say(f"尾号{parcel.waybill[-5:]}", "nlu_fallback")
    assert order.lines[0].label in heard.text


async def test_the_own_phone_shows_the_own_orders(talk_as: Talks, services: Services) -> None:
    customer = await services.shop.customers.customer("c-insured")
    assert customer is not None
    for words in (
        customer.phone,
        customer.phone[-4:],
        f"{customer.phone[:3]}****{customer.phone[-4:]}",
    ):
        heard = await talk_as("c-insured").say(words, "nlu_fallback")
        assert "订单号" in heard.text or "哪一笔" in heard.text, words


@pytest.mark.parametrize("number", ["4821", "123456", "88", "7"])
async def test_a_number_of_nobody_is_no_miss(talk_as: Talks, number: str) -> None:
    talk = talk_as("c-lin")
    for _ in range(3):
        heard = await talk.say(number, "nlu_fallback")
        assert not heard.handed_over
        assert heard.titles[-1] == "转人工"


async def test_a_link_of_the_shop_puts_its_product_into_the_talk(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say(
        "https://item.taobao.com/item.htm?spm=a1z.2&id=680012340104",
        "out_of_scope",
        item_id="680012340104",
    )
    assert "真丝衬衫" in heard.text
    assert "¥459" in (await talk.say("多少钱", "price_query")).text


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://item.taobao.com/item.htm?id=612345678901", "不是本店"),
        ("【淘宝】https://m.tb.cn/h.5xYz CZ0001 点击链接直接打开", "打不开"),
        ("https://item.jd.com/100012043978.html", "不是本店"),
    ],
)
async def test_a_link_that_is_not_ours_is_said_to_be_none(
    talk_as: Talks, link: str, expected: str
) -> None:
    assert expected in (await talk_as("c-new").say(link, "nlu_fallback")).text


async def test_a_copied_title_shows_the_product(talk_as: Talks) -> None:
    title = "掌柜家重磅真丝女衬衫 19姆米桑蚕丝"
    heard = await talk_as("c-new").say(title, "product_recommend", product=(title, "真丝衬衫"))
    assert "真丝衬衫" in heard.text
    assert "接着问" in heard.text or "直接问" in heard.text


async def test_most_of_a_title_will_do(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("牛津纺长袖衬衫 男女同款 免烫通勤", "nlu_fallback")
    assert "牛津纺衬衫" in heard.text
    assert "没听懂" not in heard.text


async def test_a_copied_order_is_looked_up(talk_as: Talks, services: Services) -> None:
    [order, *_] = await services.shop.orders.recent("c-insured")
    card = f"订单编号：{order.id} 下单时间：2026-11-02 10:21:33 商品：短袖 实付款：¥89.00"
    heard = await talk_as("c-insured").say(card, "price_query", order_number=order.id)
    assert order.id in heard.text


@pytest.mark.parametrize(
    ("words", "entities"),
    [
        ("帮我查我同事的订单 尾号3321", {"phone_tail": "3321"}),
        ("查一下13800138000的订单", {}),
        ("查一下138****8000的订单", {}),
        ("13800138000", {}),
        ("我朋友的快递到哪了", {}),
    ],
)
async def test_other_peoples_orders_are_refused_without_a_hint(
    talk_as: Talks, words: str, entities: dict[str, str]
) -> None:
    heard = await talk_as("c-lin").say(words, "order_status", **entities)
    assert "自己账号" in heard.text or "别人的订单" in heard.text
    for hint in ("没有找到", "不存在", "没查到"):
        assert hint not in heard.text


async def test_a_real_customers_phone_is_refused_in_the_same_words(
    talk_as: Talks, services: Services
) -> None:
    vip = await services.shop.customers.customer("c-vip")
    assert vip is not None
    real = await talk_as("c-lin").say(f"查一下{vip.phone}的订单", "order_status")
    invented = await talk_as("c-lin").say("查一下13912345670的订单", "order_status")
    assert real.text == invented.text


async def test_the_own_phone_in_a_question_does_not_hinder_it(
    talk_as: Talks, services: Services
) -> None:
    heard = await talk_as("c-lin").say("我电话13912345670，快递到哪了", "track_logistics")
    assert "衬衫" in heard.text
