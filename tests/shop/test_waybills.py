"""What a bare number is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.waybills import CARRIERS, NumberKind, canonical, classify, find_numbers, s10_valid
from tests.shop.world import ROOT

VECTORS: dict[str, Any] = json.loads(
    (ROOT / "tests" / "vectors" / "waybill.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["input"])
def test_candidates_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    assert list(classify(vector["input"]).carriers) == vector["candidates"]


@pytest.mark.parametrize("number", VECTORS["s10_check"]["valid"])
def test_a_postal_number_that_checks_is_of_ems(number: str) -> None:
    assert s10_valid(number)
    assert classify(number).carriers == ("EMS",)


@pytest.mark.parametrize("number", VECTORS["s10_check"]["invalid"])
def test_a_postal_number_that_does_not_check_is_nothing(number: str) -> None:
    assert not s10_valid(number)
    assert classify(number).kinds == ()


@given(st.from_regex(r"[A-Z]{2}[0-9]{8}", fullmatch=True))
def test_one_check_digit_in_ten_is_right(stem: str) -> None:
    assert sum(s10_valid(f"{stem}{digit}CN") for digit in range(10)) == 1


@given(st.sampled_from(VECTORS["vectors"]), st.data())
def test_blanks_width_and_case_do_not_matter(vector: dict[str, Any], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(vector["input"])))
    wide = "".join(chr(ord(char) + 0xFEE0) for char in vector["input"])
    typed = f"{wide[:at]} {wide[at:]}".lower()
    assert classify(typed) == classify(vector["input"])


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("4218860012340101001", (NumberKind.ORDER,)),
        ("1234567890123456", (NumberKind.ORDER,)),
        ("13800000000", (NumberKind.PHONE,)),
        ("+8613800000000", (NumberKind.PHONE,)),
        ("68001234010", (NumberKind.ITEM,)),
        ("680012340101", (NumberKind.WAYBILL, NumberKind.ITEM)),
        ("75812340101001", (NumberKind.WAYBILL,)),
        ("12345", ()),
        ("", ()),
    ],
)
def test_numbers_are_told_apart(text: str, kinds: tuple[NumberKind, ...]) -> None:
    assert classify(text).kinds == kinds


def test_bare_digits_name_all_candidates() -> None:
    assert classify("123456789012").carriers == ("SF", "ZTO", "STO")
    assert classify("1012345678901").carriers == ("YD", "EMS")
    assert classify("7712345678901").carriers == ("STO",)


def test_every_candidate_has_a_name() -> None:
    assert {pattern["carrier"] for pattern in VECTORS["patterns"]} == set(CARRIERS)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("订单4218860012340101001什么时候到", ["4218860012340101001"]),
        ("单号：sf1012 3401 01003 到哪了", ["SF1012340101003"]),
        ("7581 2340 1010 01", ["75812340101001"]),
        ("YT1012340105001 2件", ["YT1012340105001"]),
        ("两个包裹75812340101001和JT1012340109001", ["75812340101001", "JT1012340109001"]),
        ("电话13800000000，单号75812340101001", ["13800000000", "75812340101001"]),
        ("JDVA12345678901-1-1-", ["JDVA12345678901-1-1-"]),
        ("我170 130斤穿什么码", []),
    ],
)
def test_numbers_are_found_in_messages(text: str, values: list[str]) -> None:
    assert [number.value for number in find_numbers(text)] == values


@pytest.mark.parametrize(
    ("link", "item"),
    [
        ("https://item.example/item.htm?spm=a1&id=680012340101&ft=t", "680012340101"),
        ("detail.tmall.com/item.htm?id=712345678901&skuId=5012345678901", "712345678901"),
        ("https://item.jd.com/100012043978.html", "100012043978"),
        ("item.m.jd.com/product/100012043978.html?sid=1", "100012043978"),
        ("https://mobile.yangkeduo.com/goods.html?goods_id=123456789012", "123456789012"),
        ("https://detail.1688.com/offer/612345678901.html", "612345678901"),
    ],
)
def test_an_item_link_gives_its_item_and_nothing_else(link: str, item: str) -> None:
    [number] = find_numbers(f"这个 {link} 有货吗")
    assert (number.value, number.kinds) == (item, (NumberKind.ITEM,))


def test_what_stands_around_a_link_is_read_too() -> None:
    numbers = find_numbers("4218860012340101001 https://item.jd.com/100012043978.html 13800000000")
    assert [number.kinds[0] for number in numbers] == [
        NumberKind.ORDER,
        NumberKind.ITEM,
        NumberKind.PHONE,
    ]


def test_a_link_without_an_item_gives_nothing() -> None:
    assert find_numbers("https://m.example.com/a?spm=1234567890123456") == ()


@given(st.text(max_size=60))
def test_any_text_can_be_searched(text: str) -> None:
    for number in find_numbers(text):
        assert number.kinds
        assert number.value == canonical(number.value)
