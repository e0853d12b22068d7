"""Answers by topic from `data/knowledge/answers.yml`, which trainers edit while we run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from actions.phrases import variants
from conversations.messages import Choice


@dataclass(frozen=True)
class Answer:
    """One answer within a topic.

    `asks` are words of the message that call for exactly this answer (none: the topic's general
    answer); `products` are product ids or categories it is limited to (none: all); `since` and
    `until` are inclusive days of the shop.
    """

    asks: tuple[str, ...]
    products: frozenset[str]
    since: date | None
    until: date | None
    say: tuple[str, ...]
    choices: tuple[Choice, ...]

    def valid(self, today: date) -> bool:
        """Whether the answer holds on that day."""
        return (self.since is None or self.since <= today) and (
            self.until is None or today <= self.until
        )


@dataclass(frozen=True)
class Knowledge:
    """All answers. `topics` maps a topic (usually an intent) to its answers, in file order."""

    topics: Mapping[str, tuple[Answer, ...]]

    def find(
        self, topic: str, *, text: str, today: date, products: Collection[str] = ()
    ) -> Answer | None:
        """The most exact answer that holds today, None when the topic has none.

        An answer for the product or category in talk beats one for all products; then the
        number of its `asks` found in `text` counts, then the order in the file.

        Args:
            topic: e.g. `shipping_fee`.
            text: the shopper's words.
            today: the shop's day.
            products: ids and categories of what is talked about.
        """
        words = text.casefold()
        best: Answer | None = None
        best_score = (-1, -1)
        for answer in self.topics.get(topic, ()):
            if not answer.valid(today):
                continue
            if answer.products and not answer.products & set(products):
                continue
            hits = sum(ask in words for ask in answer.asks)
            if answer.asks and not hits:
                continue
            score = (hits, len(answer.products))
            if score > best_score:
                best, best_score = answer, score
        return best


def parse_knowledge(data: Any) -> Knowledge:
    """The content of `answers.yml`.

    Raises:
        KeyError, ValueError, TypeError, AttributeError: something is missing or malformed.
    """
    choices = {name: _choice(entry) for name, entry in data["choices"].items()}
    return Knowledge(
        topics={
            topic: tuple(_answer(entry, choices) for entry in entries)
            for topic, entries in data["topics"].items()
        }
    )


def _answer(entry: Mapping[str, Any], choices: Mapping[str, Choice]) -> Answer:
    unknown = set(entry) - {"say", "asks", "products", "since", "until", "choices"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: not a part of an answer")
    return Answer(
        asks=tuple(str(ask).casefold() for ask in entry.get("asks", ())),
        products=frozenset(str(product) for product in entry.get("products", ())),
        since=_day(entry.get("since")),
        until=_day(entry.get("until")),
        say=variants(entry["say"]),
        choices=tuple(choices[name] for name in entry.get("choices", ())),
    )


def _choice(entry: Mapping[str, str]) -> Choice:
    if not entry["payload"].startswith("/"):
        raise ValueError(f"{entry['payload']!r} should be an intent, e.g. /ask_human")
    return Choice(title=entry["title"], payload=entry["payload"])


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    raise ValueError(f"{value!r} should be a day, e.g. 2026-11-11")
