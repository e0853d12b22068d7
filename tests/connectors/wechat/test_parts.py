"""One message of ours in WeChat's forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.wechat.parts import (
    ImagePart,
    MenuPart,
    NewsPart,
    TextPart,
    image_request,
    numbered,
    parts_of,
    request,
)
from conversations.messages import Card, Choice, Content, Kind
from tests.connectors.wechat.vectors import VECTORS

SENT = {vector["name"]: vector for vector in VECTORS["wechat_custom_send_json"]}
YES_NO = (Choice("满意", "/affirm", "101"), Choice("不满意", "/deny", "102"))
CARD = Card(
    title="顺丰 SF1234567890123",
    subtitle="运输中",
    rows=(("最新", "到达广州"), ("预计", "明天")),
    link="https://shop.example/t/1",
)


def parts(content: Content, **options: Any) -> list[Any]:
    return list(parts_of(content, **{"menus": True, "text_limit": 2048, **options}))


def question(text: str, choices: tuple[Choice, ...] = YES_NO) -> Content:
    return Content(text=text, kind=Kind.CHOICES, choices=choices)


def test_a_text_is_the_vectors_json() -> None:
    (part,) = parts(Content(text="你好😀"))
    body = request(part, "oUSER1")
    assert body == SENT["text"]["json"]
    assert json.dumps(body, ensure_ascii=False) == SENT["text"]["body_utf8"]


def test_choices_are_the_vectors_menu() -> None:
    (part,) = parts(question("您对本次服务满意吗？"))
    expected = {**SENT["msgmenu"]["json"]}
    expected["msgmenu"] = {**expected["msgmenu"], "tail_content": ""}
    assert request(part, "oUSER1") == expected


def test_without_menus_options_are_numbered() -> None:
    assert parts(question("满意吗？"), menus=False) == [
        TextPart("满意吗？\n1. 满意\n2. 不满意\n（回复 1/2 选择）")
    ]


@pytest.mark.parametrize(
    "choices",
    [
        tuple(Choice(f"第{n}项", "", f"1.{n}") for n in range(11)),
        (Choice("字" * 43, "", "1.1"),),
    ],
)
def test_what_a_menu_cannot_hold_is_numbered(choices: tuple[Choice, ...]) -> None:
    (part,) = parts(question("选哪个？", choices))
    assert part == TextPart(numbered(MenuPart("选哪个？", choices)))


def test_a_long_question_goes_ahead_of_its_menu() -> None:
    first, menu = parts(question("问" * 400))
    assert first == TextPart("问" * 400)
    assert menu == MenuPart("请选择：", YES_NO)


def test_options_without_a_question_get_one() -> None:
    assert parts(question("")) == [MenuPart("请选择：", YES_NO)]


def test_a_card_is_told_line_by_line() -> None:
    (part,) = parts(Content(text="您的包裹：", kind=Kind.CARD, card=CARD))
    assert part.text == (
        "您的包裹：\n【顺丰 SF1234567890123】\n运输中\n最新：到达广州\n预计：明天\n"
        "https://shop.example/t/1"
    )


def test_a_card_whose_text_tells_everything_is_told_once() -> None:
    text = "顺丰 SF1234567890123 运输中，到达广州，预计明天 https://shop.example/t/1"
    assert parts(Content(text=text, kind=Kind.CARD, card=CARD)) == [TextPart(text)]


def test_a_short_value_that_is_in_the_text_by_chance_is_still_told() -> None:
    card = Card(title="运输中", rows=(("件数", "2"),))
    (part,) = parts(Content(text="运输中，12 点更新", kind=Kind.CARD, card=card))
    assert part.text.endswith("件数：2")


@pytest.mark.parametrize(
    ("image", "public_url", "address"),
    [
        ("https://img.example/1.jpg", "", "https://img.example/1.jpg"),
        ("/shop/images/1.jpg", "https://bot.example", "https://bot.example/shop/images/1.jpg"),
    ],
)
def test_a_card_with_picture_and_link_is_news(image: str, public_url: str, address: str) -> None:
    card = Card(title="衬衫", rows=(("价格", "169 元"),), image=image, link="https://shop.example")
    (part,) = parts(Content(text="为您推荐", kind=Kind.CARD, card=card), public_url=public_url)
    assert part == NewsPart("衬衫", "为您推荐\n价格：169 元", address, "https://shop.example")
    assert request(part, "o")["news"]["articles"][0]["picurl"] == address


@pytest.mark.parametrize(
    ("image", "public_url"),
    [("/shop/images/1.jpg", ""), ("/shop/images/1.svg", "https://bot.example"), ("", "https://b")],
)
def test_a_picture_that_wechat_cannot_show_leaves_the_card_as_text(
    image: str, public_url: str
) -> None:
    card = Card(title="衬衫", image=image, link="https://shop.example")
    (part,) = parts(Content(text="", kind=Kind.CARD, card=card), public_url=public_url)
    assert part == TextPart("【衬衫】\nhttps://shop.example")


def test_a_picture_follows_its_caption() -> None:
    assert parts(Content(text="尺码表", kind=Kind.IMAGE, image="size.png")) == [
        TextPart("尺码表"),
        ImagePart("size.png"),
    ]
    assert parts(Content(text="[图片]", kind=Kind.IMAGE, image="a.png")) == [ImagePart("a.png")]
    assert image_request("MID", "o") == {
        "touser": "o",
        "msgtype": "image",
        "image": {"media_id": "MID"},
    }


def test_nothing_to_show_is_nothing_to_send() -> None:
    assert parts(Content(text=" \n")) == []
