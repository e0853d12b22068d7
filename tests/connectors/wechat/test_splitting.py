"""Long texts in pieces."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.wechat.splitting import split_text
from tests.connectors.wechat.vectors import VECTORS

SPLIT = VECTORS["text_split_utf8"]
TEXTS = {
    "'a'*2048": "a" * 2048,
    "'中'*682": "中" * 682,
    "'😀'*512": "😀" * 512,
    "('a'+'中'+'😀')*300": "a中😀" * 300,
}
CHARACTERS = ["中", "👍🏻", "👨‍👩‍👧", "e\u0301", "🇨🇳", "1\ufe0f\u20e3"]
NEVER_FIRST = {"\u200d", "\ufe0f", "\u20e3", *map(chr, range(0x1F3FB, 0x1F400))}


@pytest.mark.parametrize("vector", SPLIT["greedy_codepoint_vectors"], ids=lambda v: v["name"])
def test_texts_without_any_mark(vector: dict[str, Any]) -> None:
    pieces = split_text(TEXTS[vector["text_repr"]], SPLIT["limit_bytes"])
    assert [len(piece) for piece in pieces] == vector["chunk_char_lens"]
    assert [len(piece.encode()) for piece in pieces] == vector["chunk_byte_lens"]


@pytest.mark.parametrize("vector", SPLIT["grapheme_vectors"], ids=lambda v: v["must_not_split"])
def test_what_people_see_as_one_stays_one(vector: dict[str, Any]) -> None:
    pieces = split_text(vector["text"], SPLIT["limit_bytes"])
    assert pieces == ["a" * len(pieces[0]), vector["text"][len(pieces[0]) :]]


@settings(deadline=None)  # the machine may be busy
@given(st.text(st.sampled_from("a中。\n 😀👍🏻👨‍👩‍👧é\u0301🇨🇳1\ufe0f\u20e3"), max_size=300))
def test_nothing_is_lost_and_nothing_is_torn(text: str) -> None:
    pieces = split_text(text, 64)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= 64 for piece in pieces)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.sampled_from(CHARACTERS), max_size=80))
def test_no_piece_begins_inside_a_character(characters: list[str]) -> None:
    for piece in split_text("".join(characters), 64):
        assert piece[0] not in NEVER_FIRST
        assert not unicodedata.combining(piece[0])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("一二三。四五六七。八", ["一二三。四五六七。", "八"]),
        ("a。" + "中" * 9, ["a。" + "中" * 8, "中"]),  # a mark in the first half is too early
        ("hello world again and forever", ["hello world again and ", "forever"]),
        ("e" + "\u0301" * 40, ["e" + "\u0301" * 13, "\u0301" * 14, "\u0301" * 13]),
    ],
)
def test_pieces_end_where_people_pause(text: str, pieces: list[str]) -> None:
    assert split_text(text, 28) == pieces
