"""The sentences actions say, from `data/knowledge/phrases.yml`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any


@dataclass(frozen=True)
class Phrases:
    """Sentences in variants with `{places}`, and short labels.

    `sentences` maps a name to its variants; `labels` maps e.g. `order_state.paid` to 待发货;
    `titles` maps an intent to what a shopper would call it.
    """

    sentences: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    titles: Mapping[str, str]

    def sentence(self, name: str, just_said: Collection[str], /, **values: object) -> str:
        """A variant of that sentence that was not just said; the last one when all were.

        A variant with a place that is not among `values` (a slip of the editor) is passed over.
        """
        rendered = [text for text in map(_filled(values), self.sentences[name]) if text]
        if not rendered:
            raise KeyError(f"sentences.{name} names a place that nobody fills")
        return next((text for text in rendered if text not in just_said), rendered[-1])

    def label(self, name: str) -> str:
        """The label of that name.

        Raises:
            KeyError: `phrases.yml` lacks it.
        """
        return self.labels[name]

    def group(self, name: str) -> Mapping[str, str]:
        """The labels of that group, in file order."""
        head = f"{name}."
        return {
            label.removeprefix(head): text
            for label, text in self.labels.items()
            if label.startswith(head)
        }

    def title(self, intent: str) -> str | None:
        """What a shopper would call that intent; None for one not to be offered as a choice."""
        return self.titles.get(intent)


def parse_phrases(data: Any) -> Phrases:
    """The content of `phrases.yml`.

    Raises:
        KeyError, ValueError, TypeError, AttributeError: something is missing or malformed.
    """
    return Phrases(
        sentences={
            name: _with_named_places(name, variants(text))
            for name, text in data["sentences"].items()
        },
        labels={
            f"{group}.{name}": str(text)
            for group, names in data["labels"].items()
            for name, text in names.items()
        },
        titles={intent: str(title) for intent, title in data["titles"].items()},
    )


def variants(text: str | list[str]) -> tuple[str, ...]:
    """One text, or a list of texts of which any may be said.

    Raises:
        ValueError: there is none, or one is empty.
    """
    found = (text,) if isinstance(text, str) else tuple(text)
    if not found or not all(isinstance(one, str) and one.strip() for one in found):
        raise ValueError(f"{text!r} should be one text or a list of texts")
    return found


def _with_named_places(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts, once it is sure that their `{places}` can be filled.

    Raises:
        ValueError: a brace is open, or a place is not a name.
    """
    for text in texts:
        try:
            places = [place for _, place, _, _ in Formatter().parse(text) if place is not None]
        except ValueError as error:
            raise ValueError(f"sentences.{name}: {text!r}: {error}") from error
        if not all(place.isidentifier() for place in places):
            raise ValueError(f"sentences.{name}: {text!r}: a place is a name, e.g. {{label}}")
    return texts


def _filled(values: Mapping[str, object]) -> Callable[[str], str]:
    def fill(text: str) -> str:
        try:
            return text.format(**values)
        except KeyError:
            return ""

    return fill


def wish_words(phrases: Phrases) -> frozenset[str]:
    """The words that say for whom or for what something is to be (妈妈, 跑步)."""
    groups = (phrases.group("wish_who"), phrases.group("wish"))
    return frozenset(
        word for group in groups for words in group.values() for word in words.split("/")
    )
