"""A screenshot of an order: of their own order it is as if they had named it, of others it is not.

What stands on the picture is given here; reading it is tests/actions/test_ocr.py.
"""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import create_autospec

import pytest

from actions.base import House, Services
from actions.order_pictures import order_on
from shop.errors import ShopUnavailable
from shop.gateway import Logistics, Orders
from shop.types import Order
from tests.actions.conftest import OnPictures, Talks
from tests.actions.talk import Heard, Talk

SHIRT = "4218860012340101001"
SWEATER = "4218860012340101002"
PARCEL = "75812340101001"
FOREIGN = "4218860012340108002"  # another customer's

PAGE = """卖家已发货
还剩9天12小时自动确认
掌柜小店
￥159.00
实付款
订单编号
{number}复制
支付宝交易号
2024111822001412345678
创建时间
2026-11-1721:33:05"""


@pytest.fixture
def show(on_pictures: OnPictures):
    """Send a picture on which that stands."""

    async def send(talk: Talk, text: str, seq: int = 1) -> Heard:
        on_pictures.texts[seq] = text
        return await talk.hear(
            {
                "text": "/share_image",
                "intent": {"name": "share_image", "confidence": 1.0},
                "entities": [],
                "intent_ranking": [{"name": "share_image", "confidence": 1.0}],
                "metadata": {"seq": seq},
            },
            metadata={"seq": seq, "seqs": [seq]},
        )

    return send


async def test_the_number_on_it_is_as_good_as_typed(talk_as: Talks, show) -> None:
    shown = await show(talk_as("c-lin"), PAGE.format(number=SHIRT))
    typed = await talk_as("c-lin").say(
        SHIRT, "order_status", order_number=(SHIRT, SHIRT), confidence=0.9
    )
    assert "牛津纺衬衫" in shown.texts[0]
    assert shown.texts[1:] == typed.texts
    assert shown.titles == typed.titles
    assert SHIRT in shown.text


async def test_a_page_of_its_parcel_tells_the_parcel(talk_as: Talks, show) -> None:
    page = f"中通快递{PARCEL}复制打电话\n运输中预计明天送达\n11-1608:12\n【武汉市】快件到达"
    heard = await show(talk_as("c-lin"), page)
    assert "牛津纺衬衫" in heard.texts[0]
    assert PARCEL in heard.text


async def test_a_title_on_a_page_of_an_order_tells_which(
    talk_as: Talks, show, services: Services
) -> None:
    order = await services.shop.orders.order("c-lin", SWEATER)
    assert order is not None
    title = order.lines[0].title
    heard = await show(talk_as("c-lin"), f"交易成功\n{title[:-2]}\n燕麦色；M\n实付款￥299")
    assert SWEATER in heard.text


async def test_the_same_title_on_a_page_of_goods_is_no_order(
    talk_as: Talks, show, services: Services
) -> None:
    order = await services.shop.orders.order("c-lin", SWEATER)
    assert order is not None
    heard = await show(talk_as("c-lin"), f"{order.lines[0].title}\n￥299\n加入购物车\n立即购买")
    assert SWEATER not in heard.text
    assert "商品有问题" in heard.titles


@pytest.mark.parametrize(
    "page",
    [
        PAGE.format(number=FOREIGN),
        PAGE.format(number="4218860012340999999"),
        PAGE.format(number=SHIRT[:-1] + "2"[:0] + "9"),
        "中通快递75812340108002复制",
        "",
        "今天天气真好",
    ],
)
async def test_anything_else_stays_a_picture_and_confirms_nothing(
    talk_as: Talks, show, page: str
) -> None:
    heard = await show(talk_as("c-lin"), page)
    plain = await show(talk_as("c-lin"), "", seq=2)
    assert heard.texts == plain.texts
    assert heard.titles == plain.titles
    assert "商品有问题" in heard.titles


async def test_of_two_orders_on_it_none_is_meant(talk_as: Talks, show) -> None:
    heard = await show(talk_as("c-lin"), f"我的订单\n{SHIRT}\n{SWEATER}")
    assert "商品有问题" in heard.titles


@pytest.mark.parametrize("customer", ["stranger", "c-new"])
async def test_to_those_who_do_not_own_it_it_stays_a_picture(
    talk_as: Talks, show, customer: str
) -> None:
    heard = await show(talk_as(customer), PAGE.format(number=SHIRT))
    assert SHIRT not in heard.text
    assert "牛津纺" not in heard.text
    assert "商品有问题" in heard.titles


async def test_a_stranger_s_picture_is_not_even_read(
    talk_as: Talks, show, on_pictures: OnPictures
) -> None:
    await show(talk_as("stranger"), PAGE.format(number=SHIRT))
    assert on_pictures.read == []


async def test_it_answers_the_question_which_order(talk_as: Talks, show) -> None:
    talk = talk_as("c-shirts")
    asked = await talk.say("衬衫什么时候买的", "order_status", category="衬衫")
    assert len(asked.choices) > 1
    heard = await show(talk, PAGE.format(number="4218860012340108002"))
    assert "4218860012340108002" in heard.text


async def test_it_answers_of_which_order_a_wish_is(talk_as: Talks, show) -> None:
    talk = talk_as("c-shirts")
    asked = await talk.say("衬衫质量有问题", "quality_complaint", category="衬衫")
    assert not talk.form
    assert len(asked.choices) > 1
    await show(talk, PAGE.format(number="4218860012340108002"))
    assert talk.form == "quality_complaint_form"
    assert talk.slots["flow_thing"].startswith("4218860012340108002")
    assert not talk.slots["flow_photo"], "it shows no goods"


async def test_it_answers_which_order_is_to_go_back(talk_as: Talks, show) -> None:
    talk = talk_as("c-lin")
    asked = await talk.say("我要退货", "return_request")
    assert talk.form != "return_form" or talk.slots["requested_slot"] == "return_line"
    assert "哪" in asked.text
    heard = await show(talk, PAGE.format(number=SWEATER))
    assert "羊毛" in heard.text
    assert talk.slots["return_line"].startswith(SWEATER)
    assert talk.slots["requested_slot"] == "return_reason"


async def test_its_title_tells_which_goods_of_an_order(
    talk_as: Talks, show, services: Services
) -> None:
    talk, order = await asked_which_line(talk_as, services)
    await show(talk, PAGE.format(number=order.id) + f"\n{order.lines[1].title}")
    assert talk.slots["flow_thing"] == f"{order.id}/{order.lines[1].id}"


async def test_without_a_title_it_is_a_picture_and_the_question_stays(
    talk_as: Talks, show, services: Services
) -> None:
    talk, order = await asked_which_line(talk_as, services)
    await show(talk, PAGE.format(number=order.id), seq=5)
    assert talk.slots["flow_photo"] == "web:demo:c-fresh#5"
    assert talk.slots["requested_slot"] == "flow_line"
    assert talk.slots["flow_attempts"] == 0


async def asked_which_line(talk_as: Talks, services: Services) -> tuple[Talk, Order]:
    """A talk in which a flow has asked which of the goods of an order is meant."""
    order = await services.shop.orders.order("c-fresh", "4218860012340113001")
    assert order is not None
    talk = talk_as("c-fresh")
    await talk.send(f'/quality_complaint{{"order_number": "{order.id}"}}')
    assert talk.slots["requested_slot"] == "flow_line"
    return talk, order


async def test_where_a_photo_is_wanted_it_is_a_photo(
    talk_as: Talks, show, on_pictures: OnPictures
) -> None:
    talk = talk_as("c-phone")
    await talk.say("T恤袖口脱线了", "quality_complaint", product=("T恤", "重磅T恤"))
    assert talk.slots["requested_slot"] == "flow_photo"
    await show(talk, PAGE.format(number=SHIRT), seq=7)
    assert talk.slots["flow_photo"] == "web:demo:c-phone#7"
    assert on_pictures.read == []


async def test_a_picture_of_an_order_is_no_evidence_of_what_came(talk_as: Talks, show) -> None:
    talk = talk_as("c-phone")
    (order, *_) = await talk.house.services.shop.orders.recent("c-phone")
    await show(talk, PAGE.format(number=order.id), seq=3)
    await talk.say("袖口脱线了", "quality_complaint")
    assert talk.slots["requested_slot"] == "flow_photo"
    assert not talk.slots["flow_photo"]


async def test_while_the_shop_is_down_a_picture_stays_one(
    talk_as: Talks, show, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ShopUnavailable("away")

    monkeypatch.setattr(house.services.shop.orders, "order", away)
    heard = await show(talk_as("c-lin"), PAGE.format(number=SHIRT))
    assert "商品有问题" in heard.titles


async def test_a_page_full_of_numbers_costs_few_calls(services: Services) -> None:
    orders = create_autospec(Orders, instance=True)
    orders.order.return_value, orders.recent.return_value = None, []
    logistics = create_autospec(Logistics, instance=True)
    logistics.by_waybill.return_value = None
    lines = [str(4218860012340100000 + n) for n in range(50)]
    lines += [f"YT{7512345678900 + n}" for n in range(50)]
    shop = replace(services.shop, orders=orders, logistics=logistics)
    assert await order_on(lines, "c-lin", shop) is None
    assert 0 < orders.order.await_count + logistics.by_waybill.await_count <= 8
