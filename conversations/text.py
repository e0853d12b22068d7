"""One way of writing for all shopper text, and the fence against hidden commands.

Pure functions, used at the border (connectors), in the NLU (bot) and wherever texts are compared.
People always read the original; machines read `normalize(original)`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

MAX_TEXT = 5000
"""Longest text `normalize` returns: more than any platform lets a shopper send at once."""

MAX_NLU_TEXT = 500
"""Longest text the NLU reads. What comes later in a message never changed its topic."""

# Me: what encloses other characters, as the box of a keycap does.
_INVISIBLE_CATEGORIES = {"Cf", "Co", "Cs", "Cn", "Me"}
# Characters that look like nothing although Unicode calls them letters, marks or symbols.
_INVISIBLE = set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\ufffd") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
# Three and more of one character say no more than two. Digits (phones, also spoken: 零零零) and
# Latin letters (XXXL) do, and stars stand for what is masked.
_REPEATED = re.compile(r"([^0-9A-Za-z*零〇一幺二三四五六七八九壹贰叁肆伍陆柒捌玖])\1{2,}")
_SPACES = re.compile(r"\s+")


def normalize(text: str) -> str:
    """The text in its plainest form: NFKC, simplified characters, nothing invisible.

    Full-width becomes ASCII, Traditional becomes Simplified, zero-width and control characters
    vanish, white space becomes single blanks, 啊啊啊啊 becomes 啊啊, ends are trimmed. Idempotent;
    at most `MAX_TEXT` characters long.
    """
    text = text[:MAX_TEXT]
    # One pass is enough for ordinary text. A second one is needed when a removal brings together
    # what then composes or repeats; the bound is never reached by text found in the wild.
    for _ in range(8):
        plain = _plain(text)
        if plain == text:
            break
        text = plain
    return text


def neutralize(text: str, *, limit: int = MAX_NLU_TEXT) -> str:
    """`normalize(text)` that Rasa can only read as words, cut to `limit` characters.

    Rasa reads a message that begins with `/` as an intent with entities of the sender's choice.
    Slashes at the front go, in every form: full-width, repeated, behind blanks or invisible
    characters.
    """
    return normalize(text).lstrip("/ ")[:limit].rstrip()


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", _visible(text))
    text = _simplify(_visible(text))
    text = _REPEATED.sub(r"\1\1", _SPACES.sub(" ", text))
    return text[:MAX_TEXT].strip()


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_SHOWN)


class _Shown(dict[int, str]):
    """What is shown of a character, as `str.translate` asks; remembers those in common use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if category == "Cc" or char in "\u2028\u2029":
            shown = " "
        else:
            hidden = category in _INVISIBLE_CATEGORIES or char in _INVISIBLE
            shown = "" if hidden else char
        if code < _COMMON:
            self[code] = shown
        return shown


_COMMON = 0x10000
_SHOWN = _Shown()


def _simplify(text: str) -> str:
    if text.isascii():
        return text
    simplified: str = _converter().convert(text)
    return simplified


@lru_cache(maxsize=1)
def _converter() -> Any:
    # Loads dictionaries: at the first use, not at import.
    import opencc

    return opencc.OpenCC("t2s")
