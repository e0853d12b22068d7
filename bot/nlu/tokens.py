"""Where words may begin and end.

Every Han character stands alone, so no entity can ever be out of step with the tokens. Runs of
letters and numbers stay whole but apart from one another: "iPhone 15Pro", "iPhone15 Pro" and
"iphone15pro" are the same three tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

_TOKEN = re.compile(
    r"\d+(?:\.\d+)?"  # 1299, 39.9
    r"|[^\W\d_\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"  # letters, no Han
    r"|\S"  # a Han character, a sign
)


class Token(NamedTuple):
    """A piece of `text[start:end]` without blanks."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Token]:
    """The tokens of a text, in order; together they cover all of it but the blanks."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]


class SpacyTokenizer:
    """`split` for spaCy. Blanks between tokens are kept as spaCy's `whitespace_`."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for token in split(text):
            # spaCy knows one blank after a word; what exceeds it is a token of its own.
            gap = token.start - end
            if gap and words:
                spaces[-1] = True
                gap -= 1
            if gap:
                words.append(text[token.start - gap : token.start])
                spaces.append(False)
            words.append(token.text)
            spaces.append(False)
            end = token.end
        if tail := text[end:]:
            words.append(tail)
            spaces.append(False)
        return Doc(self.vocab, words=words, spaces=spaces)

    # spaCy saves and loads every part of a pipeline; this one has nothing to keep.
    def to_disk(self, path: Path, **_: Any) -> None:
        """Nothing to save."""

    def from_disk(self, path: Path, **_: Any) -> SpacyTokenizer:
        """Nothing to load."""
        return self

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to save."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> SpacyTokenizer:
        """Nothing to load."""
        return self


@registry.tokenizers("zhanggui.tokenizer.v1")  # type: ignore[untyped-decorator]  # of catalogue
def create_tokenizer() -> Callable[[Any], SpacyTokenizer]:
    """The factory a saved pipeline names in its configuration."""
    return lambda nlp: SpacyTokenizer(nlp.vocab)
