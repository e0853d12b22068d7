"""Long texts in pieces that the platform accepts, never through the middle of a character."""

from __future__ import annotations

import regex  # type: ignore[import-untyped]

_CHARACTER = regex.compile(r"\X")  # what people take for one: an emoji family, a flag, é
_SENTENCE_ENDS = frozenset("\n。！？；")


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` bytes in UTF-8 whose concatenation is `text`.

    A piece ends with a sentence where there is one in its second half, else with a word, else
    between two characters.
    """
    pieces: list[str] = []
    characters = _bounded(text, limit)
    start = 0
    while start < len(characters):
        end, size = start, 0
        while end < len(characters) and size + _size(characters[end]) <= limit:
            size += _size(characters[end])
            end += 1
        if end < len(characters):
            end = _pleasant_end(characters, start, end)
        pieces.append("".join(characters[start:end]))
        start = end
    return pieces


def _bounded(text: str, limit: int) -> list[str]:
    """The characters of the text; one that is itself beyond the limit comes as code points."""
    characters: list[str] = []
    for character in _CHARACTER.findall(text):
        characters.extend([character] if _size(character) <= limit else character)
    return characters


def _pleasant_end(characters: list[str], start: int, end: int) -> int:
    middle = start + (end - start) // 2
    for marks in (_SENTENCE_ENDS, frozenset(" \t")):
        for position in range(end, middle, -1):
            if characters[position - 1] in marks:
                return position
    return end


def _size(character: str) -> int:
    return len(character.encode("utf-8", "replace"))
