"""Tokens lie where they say they lie."""

from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.vocab import Vocab

from bot.nlu.tokens import SpacyTokenizer, split
from conversations.text import normalize

VOCAB = Vocab()
TEXTS = st.one_of(st.text(), st.text("黑色L码 iPhone15Pro/.,39.9元SF😡é　\t"))


def test_han_stand_alone_and_runs_stay_whole() -> None:
    assert [t.text for t in split("iPhone15Pro 黑色L码39.9元")] == [
        "iPhone", "15", "Pro", "黑", "色", "L", "码", "39.9", "元",
    ]  # fmt: skip


@given(TEXTS)
@settings(deadline=None)
def test_every_token_is_the_text_at_its_place(text: str) -> None:
    end = 0
    for token in split(text):
        assert token.text == text[token.start : token.end]
        assert token.text
        assert not any(char.isspace() for char in token.text)
        assert token.start >= end
        assert not text[end : token.start].strip()
        end = token.end
    assert not text[end:].strip()


@given(TEXTS)
@settings(deadline=None)
def test_spacy_counts_characters_as_the_text_does(text: str) -> None:
    doc = SpacyTokenizer(VOCAB)(text)
    assert len(doc.text) == len(text)
    for token in doc:
        assert token.text == text[token.idx : token.idx + len(token.text)]
    if normalize(text) == text:
        assert doc.text == text
        assert [t.text for t in doc] == [t.text for t in split(text)]
