"""One way of writing for all text, and no way around the fence."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from conversations.text import MAX_NLU_TEXT, MAX_TEXT, neutralize, normalize

HAN = st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)
INVISIBLE = st.sampled_from(
    "\u200b\ufeff\u00ad\u2060\u200f\u2800\u3164\ufe0f\u0000\t\n\u3000 \ufffc"
)
SLASHED = st.text(st.one_of(INVISIBLE, st.sampled_from("/／⁄∕╱\\"), st.characters()), max_size=30)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("訂單還沒發貨", "订单还没发货"),
        ("ＳＦ１２３４　５６", "SF1234 56"),
        ("快\u200b递\ufeff呢", "快递呢"),
        ("啊啊啊啊啊。。。。", "啊啊。。"),
        ("  到哪了 \r\n ？？？ ", "到哪了 ??"),
        ("XXXL 13900000000", "XXXL 13900000000"),
        ("一三八零零零", "一三八零零零"),
        ("138****8000", "138****8000"),
        ("1️⃣3️⃣8️⃣", "138"),
        ("😡😡😡😡", "😡😡"),
        ("a\ud800b", "ab"),
        ("", ""),
    ],
)
def test_normalizes(typed: str, plain: str) -> None:
    assert normalize(typed) == plain


@given(st.one_of(st.text(), st.text(HAN), SLASHED))
@settings(deadline=None)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert neutralize(neutralize(text)) == neutralize(text)
    assert normalize(neutralize(text)) == neutralize(text)


@given(st.one_of(st.text(), SLASHED))
@settings(deadline=None)
def test_length_is_bounded(text: str) -> None:
    # U+FDFA alone becomes 18 characters
    assert len(normalize(text)) <= min(18 * len(text), MAX_TEXT)
    assert len(neutralize(text)) <= MAX_NLU_TEXT
    assert len(neutralize("退" + text * 200)) <= MAX_NLU_TEXT


def _rasa_reads(text: str) -> Any:
    message = Message({TEXT: text})
    return YAMLStoryReader.unpack_regex_message(message).get(INTENT)


@pytest.mark.parametrize(
    "front",
    [
        "/",
        "//",
        "／",
        " /",
        "\u200b/",
        "\u3000／",
        "/\u200b／ /",
        "\u2800/",
        "\ufeff\ufeff/",
        "\n/",
    ],
)
def test_a_hidden_command_is_only_words(front: str) -> None:
    payload = json.dumps({"order_number": "999"})
    text = neutralize(f"{front}return_request{payload}")
    assert text == f"return_request{payload}"
    assert _rasa_reads(text) is None


@given(SLASHED, st.sampled_from(["restart", 'return_request{"a": "b"}', "greet@0.9"]))
@settings(deadline=None)
def test_nothing_gets_past_the_fence(front: str, command: str) -> None:
    text = neutralize(front + "/" + command)
    assert not text.strip().startswith("/")
    assert _rasa_reads(text) is None
    assert _rasa_reads(normalize(text)) is None
