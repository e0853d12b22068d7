"""A question that comes a third time because our answers passed it by."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.insisting import means_another, passed_by
from actions.turn import SILENCE, Line, Turn
from tests.actions.turns import a_turn

INSISTING = re.compile("问的是|到底|说了几遍")
LIKELY = 0.55


def turn(*lines: str, again: float = 0.0) -> Turn:
    """A talk of shopper and bot by turns; it ends with the shopper."""
    said = tuple(
        Line("bot" if number % 2 else "shopper", text) for number, text in enumerate(lines)
    )
    return a_turn(text=lines[-1], transcript=said, calls={"again": again})


THIRD_TIME = (
    ("羊毛含量多少", "有黑色和驼色可选", "问的是羊毛含量", "今天下单九折", "羊毛到底百分之几"),
    ("进水管多长", "支持一级能效", "问的是进水管多长", "质量有保障", "进水管多长"),
    ("is it 110v", "comes in black", "110v or 220v?", "free shipping", "110v or 220v, 到底"),
)


@pytest.mark.parametrize("lines", THIRD_TIME)
def test_what_is_asked_again_and_again_is_heard(lines: tuple[str, ...]) -> None:
    assert passed_by(turn(*lines), INSISTING) > LIKELY


CIRCLE = (
    *("退货地址给我", "请先选择商品", "选了 往哪儿寄", "请先选择商品。"),
    *("选好了 地址", "请先选择商品", "快递员在门口了 怎么写"),
)


def test_who_is_told_the_same_three_times_and_asks_on_is_heard() -> None:
    assert passed_by(turn(*CIRCLE), INSISTING) > LIKELY
    assert passed_by(turn(*CIRCLE[2:]), INSISTING) < LIKELY


def test_pictures_that_get_the_same_answer_ask_nothing() -> None:
    pictures = ("/share_image", "图片收到了。") * 3
    assert passed_by(turn(*pictures, "看到了吗"), INSISTING) < LIKELY


@pytest.mark.parametrize(
    "lines",
    [
        ("这件大衣有黑色吗", "黑色有货", "这件大衣起球吗", "不起球", "这件大衣能机洗吗"),
        ("西瓜甜不甜", "西瓜很甜", "西瓜一个几斤", "一个西瓜八斤左右", "西瓜几天能到"),
        ("运费谁出", "质量问题我们出运费", "那运费先谁垫付", "运费您先垫付", "好的运费我先垫"),
        ("转人工", "好的", "谢谢"),
        ("到哪了",),
        ("",),
    ],
)
def test_one_question_after_another_is_no_insisting(lines: tuple[str, ...]) -> None:
    assert passed_by(turn(*lines), INSISTING) < LIKELY


def test_a_third_asking_counts_only_within_one_talk() -> None:
    talk = turn(*THIRD_TIME[0])
    apart = tuple(
        replace(line, at=1.0 + number * SILENCE) for number, line in enumerate(talk.transcript)
    )
    close = tuple(replace(line, at=1.0 + number) for number, line in enumerate(talk.transcript))
    assert passed_by(replace(talk, transcript=close), INSISTING) > LIKELY
    assert passed_by(replace(talk, transcript=apart), INSISTING) == 0


@pytest.mark.parametrize(
    ("last", "another"),
    [
        (("category", "毛衣"), True),
        (("category", "衬衫"), False),
        (("color", "黑色"), False),
        (("product", "牛津纺衬衫"), False),
    ],
)
def test_who_names_another_thing_means_another(last: tuple[str, str], another: bool) -> None:
    shirt = frozenset({("category", "衬衫")})
    talk = (
        *(Line("shopper", "衬衫到哪了", named=shirt), Line("bot", "运输中")),
        *(Line("shopper", "能烘干吗"), Line("bot", "首次缩水1%")),
        Line("shopper", "不是，问的是那件", named=frozenset({last})),
    )
    assert means_another(a_turn(text="不是，问的是那件", transcript=talk)) is another
    assert not means_another(a_turn(text="能烘干吗", transcript=talk[:3]))


def test_the_same_words_about_another_colour_ask_something_else() -> None:
    talk = turn("M码还有吗", "亲亲", "M码还有吗", "亲亲", "M码还有吗")
    colours = iter(("黑色", "白色", "灰色"))
    lines = tuple(
        replace(line, named=frozenset({("color", next(colours))}))
        if line.who == "shopper"
        else line
        for line in talk.transcript
    )
    assert passed_by(talk, INSISTING) > LIKELY
    assert passed_by(replace(talk, transcript=lines), INSISTING) == 0


def test_who_answers_our_question_in_the_same_words_does_not_insist() -> None:
    asked = ("要换大一码", "请告诉我颜色和尺码", "黑色大一码", "请告诉我颜色和尺码", "黑色大一码")
    assert passed_by(turn(*asked), INSISTING) == 0


@pytest.mark.parametrize("nod", [Line("shopper", "哦"), Line("shopper", "好的", "affirm")])
def test_who_nods_at_an_answer_does_not_ask_once_more(nod: Line) -> None:
    asked = turn("到哪了", "运输中", "怎么还没到", "还有什么想问的直接说", "不是，问的是发票")
    nodded = (*asked.transcript[:2], nod, *asked.transcript[3:])
    assert passed_by(asked, INSISTING) > LIKELY
    assert passed_by(replace(asked, transcript=nodded), INSISTING) == 0


def test_what_is_typed_in_one_go_is_one_question() -> None:
    talk = turn("进水管多长", "质量有保障", "进水管多长")
    lines = (*talk.transcript[:2], Line("shopper", "亲"), talk.transcript[2])
    assert passed_by(replace(talk, transcript=lines), INSISTING) == 0


def test_an_answer_that_takes_the_question_up_makes_it_unlikely() -> None:
    beside = turn("进水管多长", "支持一级能效", "进水管多长", "质量有保障", "进水管多长")
    said = turn(
        "进水管多长", "进水管的长度是一米五", "进水管多长", "进水管是一米五长", "进水管多长"
    )
    assert passed_by(said, INSISTING) < LIKELY < passed_by(beside, INSISTING)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=9), st.floats(0, 1))
def test_any_talk_has_a_chance_between_none_and_one(lines: list[str], again: float) -> None:
    calm = passed_by(turn(*lines), INSISTING)
    assert 0 <= calm <= passed_by(turn(*lines, again=again), INSISTING) <= 1
