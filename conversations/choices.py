"""Which option a shopper means: by click, by its words, or by its number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from conversations.messages import Choice

_ORDINALS = "一二三四五六七八九"
_NUMBER = re.compile(
    r"(?:第|选|选第)?([1-9]|[一二三四五六七八九])(?:个|项|条|号|件|单)?[吧呢啊.。、]*"
)


def pick(choices: Sequence[Choice], text: str) -> Choice | None:
    """The option that `text` names, or None.

    A title matches whatever the spacing, width or case; a bare number or ordinal (1, 第2个,
    选三) matches by position.
    """
    wanted = _fold(text)
    if not wanted:
        return None
    for choice in choices:
        if _fold(choice.title) == wanted:
            return choice
    number = _NUMBER.fullmatch(wanted)
    if number is None:
        return None
    digit = number.group(1)
    position = _ORDINALS.index(digit) + 1 if digit in _ORDINALS else int(digit)
    return choices[position - 1] if position <= len(choices) else None


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
