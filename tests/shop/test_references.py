"""Which order line or parcel is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.references import (
    SHIPPED,
    SIGNED,
    Matches,
    Reference,
    color_family,
    find,
    read,
    same_color,
    same_size,
)
from shop.types import Order, OrderLine, OrderState, ParcelState, Product
from tests.shop.world import CHINA, LINE, NOW, order, parcel


def line(name: str, category: str, color: str = "", size: str = "", **changes: Any) -> OrderLine:
    """A line of that name."""
    base = replace(LINE, short_name=name, title=name, category=category, color=color, size=size)
    return replace(base, product_id=f"p-{name}", **changes)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


SHIRT = order(
    line("牛津纺衬衫", "衬衫", "黑色", "L", parcel_id="parcel-1", shipped_at=ago(1)),
    id="4218860012340101001",
    state=OrderState.SHIPPED,
    created_at=ago(1),
)
SWEATER = order(
    line("羊毛圆领毛衣", "毛衣", "燕麦色", "M", paid=32900, signed_at=ago(3)),
    id="4218860012340101002",
    state=OrderState.SIGNED,
    created_at=ago(8),
    paid=32900,
)
HEADPHONES = order(
    line("头戴降噪耳机", "耳机", "曜石黑", "", paid=59900, signed_at=ago(20)),
    id="4218860012340101003",
    state=OrderState.FINISHED,
    created_at=ago(24),
    paid=59900,
)
LIN = (SHIRT, SWEATER, HEADPHONES)
OLD_SHIRT = order(
    line("免烫白衬衫", "衬衫", "黑色", "L", signed_at=ago(6)),
    id="4218860012340108002",
    state=OrderState.SIGNED,
    created_at=ago(9),
)
UNPAID = order(
    line("高速吹风机", "小家电", "樱花粉"),
    id="4218860012340107001",
    state=OrderState.AWAITING_PAYMENT,
    created_at=ago(0.1),
)


def ask(text: str, orders: tuple[Order, ...] = LIN, **known: Any) -> Matches:
    return find(read(text, now=NOW, zone=CHINA), orders, **known)


def names(found: Matches) -> list[str]:
    return [match.line.short_name for match in found.matches]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我昨天买的黑色L码衬衫到哪了", "牛津纺衬衫"),
        ("黑衬衫到哪了", "牛津纺衬衫"),
        ("那件毛衣想退", "羊毛圆领毛衣"),
        ("羊毛的那个", "羊毛圆领毛衣"),
        ("降噪耳机坏了", "头戴降噪耳机"),
        ("我的快递到哪了", "牛津纺衬衫"),
        ("上周买的那个能退吗", "羊毛圆领毛衣"),
        ("8天前下的单", "羊毛圆领毛衣"),
        ("329块那件", "羊毛圆领毛衣"),
        ("¥599的", "头戴降噪耳机"),
        ("M码的", "羊毛圆领毛衣"),
        ("3天前签收的那个", "羊毛圆领毛衣"),
        ("订单4218860012340101003", "头戴降噪耳机"),
        ("尾号1002的订单", "羊毛圆领毛衣"),
    ],
)
def test_plain_words_find_the_one_line(text: str, name: str) -> None:
    found = ask(text)
    assert found.kind == "one"
    assert names(found) == [name]
    assert found.forgiven == ""


def test_several_that_fit_equally_come_newest_first() -> None:
    found = ask("黑色L码衬衫能退吗", (OLD_SHIRT, replace(SHIRT, state=OrderState.SIGNED), SWEATER))
    assert found.kind == "several"
    assert names(found) == ["牛津纺衬衫", "免烫白衬衫"]
    assert [one.id for one in found.orders] == [SHIRT.id, OLD_SHIRT.id]


def test_the_state_that_is_hinted_at_decides_between_equals() -> None:
    assert names(ask("黑色衬衫到哪了", (OLD_SHIRT, SHIRT))) == ["牛津纺衬衫"]
    assert names(ask("黑色衬衫收到了想退货", (OLD_SHIRT, SHIRT))) == ["免烫白衬衫"]
    assert names(ask("我没付款那单", (UNPAID, SHIRT))) == ["高速吹风机"]


def test_one_line_of_a_split_order_may_be_there_already() -> None:
    split = order(
        line("全棉四件套", "家居", shipped_at=ago(2)),
        line("真无线耳机", "耳机", shipped_at=ago(2), signed_at=ago(1)),
        state=OrderState.SHIPPED,
    )
    assert names(ask("包裹到哪了", (split,))) == ["全棉四件套"]


def test_a_longer_name_in_the_words_beats_a_shorter_one() -> None:
    assert names(ask("牛津纺衬衫", (OLD_SHIRT, SHIRT))) == ["牛津纺衬衫"]


def test_words_for_a_product_must_fit() -> None:
    assert find(Reference(products=("电饭煲",)), LIN).kind == "none"
    assert names(find(Reference(products=("毛衣",)), LIN)) == ["羊毛圆领毛衣"]
    assert names(find(Reference(category="耳机"), LIN)) == ["头戴降噪耳机"]
    assert find(Reference(products=(" ",)), LIN).kind == "none"


def test_the_head_of_a_name_beats_its_attribute() -> None:
    orders = (order(line("毛衣收纳袋", "家居"), id="1"), SWEATER)
    assert names(find(Reference(products=("毛衣",)), orders)) == ["羊毛圆领毛衣"]


def test_other_names_come_from_the_catalogue() -> None:
    product = Product(
        id="p-羊毛圆领毛衣",
        item_id="680012340201",
        title="",
        short_name="羊毛圆领毛衣",
        category="毛衣",
        aliases=("羊绒衫",),
        attributes=(),
        care="",
        skus=(),
    )
    reference = Reference(products=("羊绒衫",))
    assert find(reference, LIN).kind == "none"
    assert names(find(reference, LIN, products={product.id: product})) == ["羊毛圆领毛衣"]


def test_something_never_bought_finds_nothing_when_the_catalogue_is_known() -> None:
    cooker = Product(
        id="p-rice-cooker",
        item_id="680012340902",
        title="",
        short_name="IH电饭煲",
        category="小家电",
        aliases=("电饭煲",),
        attributes=(),
        care="",
        skus=(),
    )
    known = {"products": {cooker.id: cooker}}
    assert ask("电饭煲到哪了", **known).kind == "none"
    assert names(ask("快递到哪了", **known)) == ["牛津纺衬衫"]
    assert names(ask("毛衣和电饭煲", **known)) == ["羊毛圆领毛衣"]


def test_a_detail_that_fits_nothing_is_forgiven_and_named() -> None:
    found = ask("前天买的黑色衬衫")
    assert (names(found), found.forgiven) == (["牛津纺衬衫"], "time")
    found = ask("白色的毛衣")
    assert (names(found), found.forgiven) == (["羊毛圆领毛衣"], "color")


def test_one_wrong_detail_alone_finds_nothing() -> None:
    assert ask("XXL码的").kind == "none"
    assert ask("去年买的").kind == "none"


def test_two_wrong_details_find_nothing() -> None:
    assert ask("前天买的白色衬衫").kind == "none"


def test_the_exact_colour_beats_its_family() -> None:
    pair = (
        order(line("毛巾", "家居", "雾霾蓝"), id="1"),
        order(line("毛巾", "家居", "藏青"), id="2"),
    )
    assert [m.line.color for m in ask("雾霾蓝色的毛巾", pair).matches] == ["雾霾蓝"]
    assert [m.line.color for m in ask("蓝色的毛巾", pair).matches] == ["雾霾蓝", "藏青"]


def test_numbers_of_nobody_here_find_nothing() -> None:
    assert ask("订单9999999999999999999").kind == "none"
    assert ask("75800000000001到哪了", parcels=[parcel()]).kind == "none"


def test_a_waybill_finds_its_parcel_and_line() -> None:
    found = ask("75812340101001", parcels=[parcel((3, ParcelState.IN_TRANSIT))])
    assert names(found) == ["牛津纺衬衫"]
    assert [p.waybill for p in found.parcels] == ["75812340101001"]
    assert names(ask("单号尾号 01001", parcels=[parcel()])) == ["牛津纺衬衫"]


def test_an_orders_only_parcel_belongs_to_all_its_lines() -> None:
    loose = order(line("蜂蜜", "食品"), id="4218860012340101001")
    found = find(Reference(), (loose,), parcels=[parcel()])
    assert found.parcels == (parcel(),)


def test_nothing_said_means_everything_and_nothing_bought_means_nothing() -> None:
    assert len(find(Reference(), LIN).matches) == 3
    assert find(Reference(), ()).kind == "none"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("黑色", "黑色"),
        ("黑的那件", "黑"),
        ("白衬衫", "白"),
        ("雾霾蓝色", "雾霾蓝色"),
        ("藏青的裤子", "藏青"),
        ("蓝牙耳机", ""),
        ("红外耳温枪", ""),
        ("奶粉的保质期", ""),
        ("5米的线", ""),
        ("黑芝麻糊", ""),
    ],
)
def test_colours_are_read(text: str, expected: str) -> None:
    assert read(text, now=NOW, zone=CHINA).color == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l码", "L"),
        ("大码的", "L"),
        ("xxl", "XXL"),
        ("175码", "175"),
        ("42码", "42"),
        ("500ml的", ""),
        ("5L电饭煲", ""),
        ("iPhone", ""),
    ],
)
def test_sizes_are_read(text: str, expected: str) -> None:
    assert read(text, now=NOW, zone=CHINA).size == expected


@pytest.mark.parametrize(
    "text", ["周五之前能到不", "25号前要", "下周三能到吗", "今晚八点前付款行吗"]
)
def test_a_time_to_come_says_nothing_about_what_was_bought(text: str) -> None:
    said = read(text, now=NOW, zone=CHINA)
    assert (said.start, said.end) == (None, None)


def test_amounts_times_and_what_happened_are_read() -> None:
    reference = read("昨天签收的69.9元的", now=NOW, zone=CHINA)
    assert (reference.amount, reference.about) == (6990, SIGNED)
    assert read("前天发货的", now=NOW, zone=CHINA).about == SHIPPED
    assert read("明天能到吗", now=NOW, zone=CHINA).start is None


def test_shipping_times_are_compared_with_shipping() -> None:
    shipped = replace(SHIRT, shipped_at=ago(1), created_at=ago(5))
    assert names(ask("昨天发货的", (shipped, SWEATER))) == ["牛津纺衬衫"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("黑", "黑色", True),
        ("黑色", "曜石黑", True),
        ("蓝色", "藏青", True),
        ("米色", "燕麦色", True),
        ("白色", "象牙白", True),
        ("棕色", "驼色", True),
        ("黑", "白", False),
        ("", "黑", False),
        ("迷彩", "迷彩", True),
        ("蓝色", "蓝黑格", True),
        ("黑", "蓝黑格", True),
        ("蓝色", "红黑格", False),
        ("白", "米白", False),
        ("蓝", "蓝灰", False),
    ],
)
def test_colours_are_equal_by_family(one: str, other: str, same: bool) -> None:
    assert same_color(one, other) is same
    assert same_color(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("l", "L码", True),
        ("大码", "L", True),
        ("XXL", "2XL", True),
        ("xxxl码", "3XL", True),
        ("Ｌ", "l号", True),
        ("256g", "256GB", True),
        ("1米5的床", "1.5m床", True),
        ("1.5M的床", "1.5m床", True),
        ("1.5米", "1米五床", True),
        ("1米5的床", "1.8m床", False),
        ("L", "XL", False),
        ("", "L", False),
    ],
)
def test_sizes_are_equal_however_written(one: str, other: str, same: bool) -> None:
    assert same_size(one, other) is same
    assert same_size(other, one) is same


@given(st.text(max_size=8))
def test_a_colour_family_is_stable(word: str) -> None:
    assert color_family(color_family(word)) == color_family(word)


@given(st.text(alphabet="昨天买的黑色L码衬毛衣耳机到哪了退329元尾号1002签收快递 ", max_size=20))
def test_only_the_customers_own_lines_ever_match(text: str) -> None:
    found = ask(text)
    assert all(match.order in LIN and match.line in match.order.lines for match in found.matches)
    assert found.kind == ("none", "one", "several")[min(len(found.matches), 2)]


@pytest.mark.parametrize(
    "text", ["今天能送到吗", "今天可以到不", "今晚之前能收到吗", "今天到得了吗"]
)
def test_a_day_wished_for_is_no_day_of_the_order(text: str) -> None:
    assert read(text, now=NOW, zone=CHINA).start is None


@pytest.mark.parametrize("text", ["今天买的到哪了", "今天到的那件能退吗", "昨天说能送到的"])
def test_a_day_told_still_tells(text: str) -> None:
    assert read(text, now=NOW, zone=CHINA).start is not None
