"""The held-back messages of `tests/nlu`: what shoppers wrote and what they wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conversations.errors import ConfigurationError

FOLDER = Path("tests/nlu")
MESSAGES = "messages.tsv"
CONFUSABLES = "confusables.tsv"
NOISY = "noisy.tsv"
LATER = "later.tsv"
ENTITIES = "entities.tsv"
ENTITIES_LATER = "entities_later.tsv"


@dataclass(frozen=True)
class Message:
    """One message, the intent an experienced agent gives it, and others that are as good."""

    text: str
    intent: str
    also: frozenset[str] = frozenset()

    def accepts(self, intent: str) -> bool:
        """Whether that intent would be understood rightly."""
        return intent == self.intent or intent in self.also


@dataclass(frozen=True)
class Mention:
    """A part of a message that names a thing. `value` is None where only the place counts."""

    name: str
    words: str
    value: str | None = None


@dataclass(frozen=True)
class Named:
    """One message and all that it names, in order."""

    text: str
    mentions: tuple[Mention, ...]


def read_messages(path: Path) -> tuple[Message, ...]:
    """Lines of `intent <tab> message <tab> other intents, by blanks`; `#` begins a comment.

    Raises:
        ConfigurationError: the file cannot be read or a line is not of that form.
    """
    found = []
    for number, cells in _lines(path):
        if not 2 <= len(cells) <= 3 or not cells[0] or not cells[1]:
            raise ConfigurationError(f"{path}:{number}: expected intent, message and other intents")
        also = frozenset(cells[2].split()) if len(cells) == 3 else frozenset()
        found.append(Message(text=cells[1], intent=cells[0], also=also))
    return tuple(found)


def read_named(path: Path) -> tuple[Named, ...]:
    """Lines of `message <tab> name=words[=value]; …`; `#` begins a comment.

    Raises:
        ConfigurationError: the file cannot be read, or a mention is not a part of its message.
    """
    found = []
    for number, cells in _lines(path):
        text = cells[0]
        mentions = []
        at = 0
        for told in (cells[1] if len(cells) > 1 else "").split(";"):
            if not told.strip():
                continue
            name, words, *value = (part.strip() for part in told.split("=", 2))
            at = text.find(words, at)
            if at < 0 or not words:
                raise ConfigurationError(
                    f"{path}:{number}: {words!r} is not there, or not in order"
                )
            at += len(words)
            mentions.append(Mention(name, words, value[0] if value else None))
        found.append(Named(text, tuple(mentions)))
    return tuple(found)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("# "):
            yield number, [cell.strip() for cell in line.split("\t")]
