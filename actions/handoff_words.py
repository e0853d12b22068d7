"""The small language in which `handoff.yml` says what words to look for. Pure.

投诉          these characters
找…律师       up to eight characters in between, within one clause
医院……挂水    up to twenty, across clauses
<叫><真人>    any word of these groups of the file
=人呢         the whole message, without punctuation
12315         Latin letters and digits stand alone: not inside a longer number
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from conversations.text import neutralize

_NEAR = r"[^,.。\s]{0,8}?"
_FAR = r".{0,20}?"
_PIECE = re.compile(r"……|…|<([^<>]*)>|[^…<>]+")
_BRACKETED = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,4}\]")  # [发怒], as WeChat writes emoji
_TITLE = re.compile(r"《[^》]*》")
_STOPS = re.compile(r"[!?~、:;,]+")
_NO_LETTER = re.compile(r"[\W_]+")

Groups = Mapping[str, str]
"""Each group's words as one regular expression."""


def heard(text: str) -> str:
    """A message as rules read it: normalised, without emoji and titles, any stop a comma.

    Emoji and exclamation marks thus change nothing.
    """
    plain = _BRACKETED.sub("", neutralize(text))
    kept = (char for char in plain if unicodedata.category(char) not in ("So", "Sk", "Cn"))
    plain = _TITLE.sub(" ", "".join(kept).lower())
    return _STOPS.sub(",", plain).strip(" ,")


def groups_of(words: Mapping[str, Sequence[str]]) -> Groups:
    """The file's groups. A group may use those above it.

    Raises:
        ValueError: a group is empty or uses one that is not above it.
    """
    groups: dict[str, str] = {}
    for name, members in words.items():
        try:
            groups[name] = any_of(members, groups)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return groups


def any_of(words: Sequence[str], groups: Groups) -> str:
    """A regular expression for any of these words.

    Raises:
        ValueError: there is none, one is empty, or a group is unknown.
    """
    if not words or isinstance(words, str):
        raise ValueError("a list of words is needed")
    ordered = sorted(map(str, words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(_expression(word, groups) for word in ordered) + ")"


def whole(text: str) -> str:
    """A message without anything but letters and digits, for words that begin with =."""
    return _NO_LETTER.sub("", text)


def _expression(word: str, groups: Groups) -> str:
    plain = word.strip().lower()
    if not plain.strip("…"):
        raise ValueError(f"{word!r} is no word")
    first = r"(?<![a-z0-9])" if _latin(plain[0]) else ""
    last = r"(?![a-z0-9])" if _latin(plain[-1]) else ""
    return first + _pieces(plain, groups) + last


def _pieces(word: str, groups: Groups) -> str:
    if _PIECE.sub("", word):
        raise ValueError(f"{word!r}: a < is open")
    found = []
    for piece in _PIECE.finditer(word):
        if piece[0] == "…":
            found.append(_NEAR)
        elif piece[0] == "……":
            found.append(_FAR)
        elif piece[1] is None:
            found.append(re.escape(piece[0]))
        elif piece[1] in groups:
            found.append(groups[piece[1]])
        else:
            raise ValueError(f"{word!r}: there is no group {piece[1]!r}")
    return "".join(found)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
