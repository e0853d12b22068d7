"""Numbers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.numerals import digit, value


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("18", 18),
        ("39.9", 39.9),
        ("十", 10),
        ("十八", 18),
        ("二十", 20),
        ("两", 2),
        ("两百", 200),
        ("一百二", 120),
        ("一百零二", 102),
        ("一百二十", 120),
        ("三千五", 3500),
        ("三千五百", 3500),
        ("两万", 20_000),
        ("一万二", 12_000),
        ("千", 1000),
        ("零", 0),
    ],
)
def test_numbers_are_read_as_people_say_them(words: str, number: float) -> None:
    assert float(value(words) or 0) == number


@pytest.mark.parametrize("words", ["", "几", "一二三", "1.2.3", "很多", "十二十", "一百二百"])
def test_what_is_no_number_has_no_value(words: str) -> None:
    assert value(words) is None


def test_a_digit_is_a_figure_or_its_word() -> None:
    assert [digit(word) for word in "0〇零17七两"] == [0, 0, 0, 1, 7, 7, 2]
    with pytest.raises(ValueError, match="no digit"):
        digit("十")


@given(st.text(alphabet="零〇一二两三四五六七八九十百千万3.几", max_size=12))
def test_a_value_is_never_negative_and_nothing_crashes(words: str) -> None:
    number = value(words)
    assert number is None or number >= 0
