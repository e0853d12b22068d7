"""What the shop knows: its entries, and which one answers a question.

Entries are written in the files of `data/knowledge/entries` and in the documents of the database
(`shop.documents`), in the same form.

An entry has question variants and keywords by which it is found, an answer, and a scope and days
in which it holds. The bot scores entries by their variants (`bot.nlu.knowledge`); `Knowledge.find`
decides which of them, if any, answers. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from shop.documents import Texts
from shop.livefile import Documents, Folder, LiveDocuments, Malformed

# Scores are chances (0 to 1) that the entry is what was asked; docs/knowledge.md has the numbers
# behind both bounds and the command that made them.
RELATED = 0.1
"""From here on an entry of the topic that was understood answers."""
RELATED_ABOUT_GOODS = 0.18
"""The same for an entry limited to goods: questions about one thing are all somewhat alike."""
SURE = 0.4
"""From here on an entry answers although no topic was understood for sure."""
SURE_ELSEWHERE = 0.6
"""The same when another topic was: both the message and the classifier speak against it."""
COMPARABLE = 0.6
"""Entries with at least this share of the best score are told apart by topic and scope."""
CLEAR = 0.85
"""A general entry with at least this share of a more exact one's score answers instead of it."""

_ENTRY_KEYS = frozenset(
    {
        *("id", "topic", "questions", "keywords", "general", "answer", "image", "link"),
        *("scope", "since", "until", "owner", "choices"),
    }
)
_SCOPE_KEYS = frozenset({"products", "categories", "unnamed", "campaign", "tags"})
_FILE_KEYS = frozenset({"owner", "entries", "choices", "campaigns"})
# What each channel can show of data/shop/images, and nothing beside that folder.
_OWN_PICTURE = re.compile(r"/shop/images/\w[\w-]*\.(svg|png|jpg|jpeg)")


@dataclass(frozen=True)
class Option:
    """One option under an answer: `payload` is an intent of ours, `entry` the entry it opens."""

    title: str
    payload: str = ""
    entry: str = ""


@dataclass(frozen=True)
class Campaign:
    """A sale; both days inclusive."""

    title: str
    since: date
    until: date


@dataclass(frozen=True)
class Scope:
    """Whom and what an entry is limited to; what is empty limits nothing.

    `products` are ids, `tags` customers' tiers and tags; `campaign` must be running. `unnamed`:
    also where no goods are in talk at all, as in 衣服掉色正常吗.
    """

    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    unnamed: bool = False
    tags: frozenset[str] = frozenset()
    campaign: str = ""

    @property
    def goods(self) -> frozenset[str]:
        """The product ids and categories, of which one must be in talk."""
        return self.products | self.categories

    def covers(self, in_talk: frozenset[str]) -> bool:
        """Whether it is for those product ids and categories."""
        return not self.goods or bool(self.goods & in_talk) or (self.unnamed and not in_talk)

    @property
    def limits(self) -> int:
        """How many limits there are; more is more exact. A product is more exact than a kind."""
        about = 2 if self.products else 1 if self.categories else 0
        return about + bool(self.tags) + bool(self.campaign)


@dataclass(frozen=True)
class Situation:
    """In which a question is asked.

    `products` are the ids and categories in talk, `tags` what is known of the customer, `today`
    the shop's day; `closed` are topics of which nothing answers now.
    """

    today: date
    products: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """One thing the shop knows.

    `topic` is mostly an intent. A `general` entry is its topic's answer when none is more exact.
    An entry that is neither general nor has questions or keywords is reached by options only.
    `since` and `until` are inclusive days of the shop.
    """

    id: str
    topic: str
    answer: tuple[str, ...]
    questions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    general: bool = False
    image: str = ""
    link: str = ""
    scope: Scope = Scope()
    since: date | None = None
    until: date | None = None
    owner: str = ""
    choices: tuple[Option, ...] = ()

    def hits(self, text: str) -> int:
        """How many of its keywords occur in a case-folded text."""
        return sum(word in text for word in self.keywords)


@dataclass(frozen=True)
class Question:
    """What was asked.

    `topic` is what it was understood as, `kin` are topics hardly to be told from it; `candidates`
    are (entry id, score) of the retrieval, best first. `elsewhere` is the score from which on an
    entry of any other topic answers, None: never. With `about_goods`, named or in talk, a kin entry
    about no goods in particular needs one of its keywords, or that score: 羊毛大衣含量多少 is not
    about feet, nor is 多少斤的 of a quilt.
    """

    text: str
    topic: str
    kin: frozenset[str] = frozenset()
    candidates: tuple[tuple[str, float], ...] = ()
    elsewhere: float | None = SURE
    about_goods: bool = False

    @property
    def topics(self) -> frozenset[str]:
        """What was understood, and its kin."""
        return self.kin | {self.topic}

    def accepts(self, entry: Entry, score: float) -> bool:
        """Whether that score is enough for the entry."""
        bound = self.elsewhere
        if entry.topic == self.topic or (entry.topic in self.kin and self._fits_kin(entry)):
            bound = RELATED_ABOUT_GOODS if entry.scope.goods else RELATED
        return bound is not None and score >= bound

    def _fits_kin(self, entry: Entry) -> bool:
        goods = bool(entry.scope.goods)
        return goods or not self.about_goods or bool(entry.hits(self.text.casefold()))


@dataclass(frozen=True)
class Knowledge:
    """All entries by id, in the order of the files, and the campaigns by name."""

    entries: Mapping[str, Entry]
    campaigns: Mapping[str, Campaign]

    def find(self, question: Question, situation: Situation) -> Entry | None:
        """The entry that answers, None when there is none.

        The best score wins if it is high enough: `RELATED` within the topic understood and its
        kin, `Question.elsewhere` in any other. Among comparable scores the topic understood
        wins, then the narrower scope; its general entry wins unless a more exact one is clearly
        better or has a keyword in the text. Without such a score, the entry of the topic with
        the most keywords in the text answers, then the topic's general entry.
        """
        return self.match(question, situation) or self._of_topic(question, situation)

    def match(self, question: Question, situation: Situation) -> Entry | None:
        """The entry whose variants or keywords call for it; None leaves the general one."""
        text = question.text.casefold()
        scored = {
            entry: score
            for key, score in question.candidates
            if (entry := self.entries.get(key)) is not None
            and question.accepts(entry, score)
            and self.holds(entry, situation)
        }
        if scored:
            least = max(scored.values()) * COMPARABLE
            near = {entry: score for entry, score in scored.items() if score >= least}
            best = max(
                near, key=lambda one: (one.topic in question.topics, one.scope.limits, near[one])
            )
            return best if best.hits(text) else _general_instead(best, near)
        worded = [
            entry
            for entry in self._in_topic(question, situation)
            if not entry.general and entry.hits(text)
        ]
        return max(worded, key=lambda one: (one.hits(text), one.scope.limits), default=None)

    def holds(self, entry: Entry, situation: Situation) -> bool:
        """Whether the entry may answer on that day, about those goods, to that customer."""
        scope = entry.scope
        return (
            entry.topic not in situation.closed
            and self.timely(entry, situation.today)
            and scope.covers(situation.products)
            and (not scope.tags or bool(scope.tags & situation.tags))
        )

    def timely(self, entry: Entry, today: date) -> bool:
        """Whether the entry holds on that day: its own days, and those of its campaign."""
        campaign = self.campaigns.get(entry.scope.campaign)
        return _within(entry.since, today, entry.until) and (
            campaign is None or _within(campaign.since, today, campaign.until)
        )

    def depends_on_customer(self, question: Question) -> bool:
        """Whether what is known of the customer can change which entry answers."""
        candidates = {key for key, _ in question.candidates}
        return any(
            entry.scope.tags and (entry.topic == question.topic or entry.id in candidates)
            for entry in self.entries.values()
        )

    def _of_topic(self, question: Question, situation: Situation) -> Entry | None:
        general = [entry for entry in self._in_topic(question, situation) if entry.general]
        return max(general, key=lambda entry: entry.scope.limits, default=None)

    def _in_topic(self, question: Question, situation: Situation) -> list[Entry]:
        return [
            entry
            for entry in self.entries.values()
            if entry.topic == question.topic and self.holds(entry, situation)
        ]


def _general_instead(best: Entry, scores: Mapping[Entry, float]) -> Entry:
    """The general entry of the same topic and scope, when the best is hardly better; else it."""
    for entry, score in scores.items():
        alike = (entry.topic, entry.scope) == (best.topic, best.scope)
        if entry.general and alike and score >= scores[best] * CLEAR:
            return entry
    return best


def _within(since: date | None, day: date, until: date | None) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)


def entries_in(
    folder: Path, *, table: Documents | None = None
) -> LiveDocuments[FileContent, Knowledge]:
    """The entries of `<folder>/entries`, where folder is `data/knowledge`.

    Args:
        folder: whose files are read.
        table: further documents; one with a file's name replaces the file.
    """
    files = Folder(folder / "entries")
    sources = [files] if table is None else [files, table]
    return LiveDocuments(sources=sources, parse=parse_file, join=join_files)


def check_entries(folder: Path, documents: Mapping[str, str]) -> Knowledge:
    """All entries as they are when the database holds those documents, texts by name.

    Raises:
        ConfigurationError: a document or file cannot be used, alone or together; says where.
    """
    return entries_in(folder, table=Texts(documents)).current()


@dataclass(frozen=True)
class FileContent:
    """One file's entries, campaigns and named options; options that are names not yet resolved."""

    entries: tuple[Entry, ...]
    campaigns: Mapping[str, Campaign]
    choices: Mapping[str, Option]


def parse_file(data: Any) -> FileContent:
    """The content of one file of the folder.

    Raises:
        ValueError, TypeError, AttributeError: something is missing or malformed; `Malformed`
            where the place is known.
    """
    unknown = set(data) - _FILE_KEYS
    if unknown:
        raise ValueError(f"{_names(unknown)}: a file has {_names(_FILE_KEYS)}")
    entries = []
    for number, raw in enumerate(data.get("entries", ())):
        try:
            entries.append(_entry(raw, owner=str(data.get("owner", ""))))
        except KeyError as error:
            raise Malformed(f"the key {error} is missing", at=("entries", number)) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise Malformed(f"{_name_of(raw)}: {error}", at=("entries", number)) from error
    return FileContent(
        entries=tuple(entries),
        campaigns={
            name: Campaign(str(raw["title"]), _day(raw["since"]), _day(raw["until"]))
            for name, raw in data.get("campaigns", {}).items()
        },
        choices={
            name: Option(title=str(raw["title"]), payload=_payload(raw["payload"]))
            for name, raw in data.get("choices", {}).items()
        },
    )


def join_files(files: Mapping[str, FileContent]) -> Knowledge:
    """All files as one.

    Raises:
        Malformed: an id is used twice, or an option or campaign names what does not exist; `at`
            is the way from the file's name.
    """
    choices: dict[str, Option] = {}
    campaigns: dict[str, Campaign] = {}
    entries: dict[str, Entry] = {}
    places: dict[str, tuple[str, str, int]] = {}
    for name, content in files.items():
        choices.update(content.choices)
        campaigns.update(content.campaigns)
        for number, entry in enumerate(content.entries):
            place = (name, "entries", number)
            if entry.id in entries:
                first = places[entry.id][0]
                raise Malformed(f"the id {entry.id} is used twice, first in {first}", at=place)
            entries[entry.id] = entry
            places[entry.id] = place
    for entry in entries.values():
        try:
            entries[entry.id] = _completed(entry, choices, campaigns, entries)
        except ValueError as error:
            raise Malformed(f"{entry.id}: {error}", at=places[entry.id]) from error
    return Knowledge(entries=entries, campaigns=campaigns)


def _completed(
    entry: Entry,
    choices: Mapping[str, Option],
    campaigns: Mapping[str, Campaign],
    entries: Mapping[str, Entry],
) -> Entry:
    if entry.scope.campaign and entry.scope.campaign not in campaigns:
        raise ValueError(f"there is no campaign {entry.scope.campaign}")
    return replace(entry, choices=tuple(_resolved(one, choices, entries) for one in entry.choices))


def _resolved(
    option: Option, choices: Mapping[str, Option], entries: Mapping[str, Entry]
) -> Option:
    if option.entry:
        if option.entry not in entries:
            raise ValueError(f"there is no entry {option.entry}")
        return option
    if option.title not in choices:
        raise ValueError(f"there is no option {option.title}")
    return choices[option.title]


def _entry(raw: Mapping[str, Any], *, owner: str) -> Entry:
    unknown = set(raw) - _ENTRY_KEYS
    if unknown:
        raise ValueError(f"{_names(unknown)}: not a part of an entry")
    return Entry(
        id=_text(raw["id"]),
        topic=_text(raw["topic"]),
        answer=_texts(raw["answer"], least=1),
        questions=_texts(raw.get("questions", ())),
        keywords=tuple(word.casefold() for word in _texts(raw.get("keywords", ()))),
        general=bool(raw.get("general", False)),
        image=_picture(raw.get("image")),
        link=_address(raw.get("link")),
        scope=_scope(raw.get("scope", {})),
        since=_day(raw["since"]) if "since" in raw else None,
        until=_day(raw["until"]) if "until" in raw else None,
        owner=str(raw.get("owner", owner)),
        choices=tuple(_option(choice) for choice in raw.get("choices", ())),
    )


def _scope(raw: Mapping[str, Any]) -> Scope:
    unknown = set(raw) - _SCOPE_KEYS
    if unknown:
        raise ValueError(f"{_names(unknown)}: a scope has {_names(_SCOPE_KEYS)}")
    return Scope(
        products=frozenset(_texts(raw.get("products", ()))),
        categories=frozenset(_texts(raw.get("categories", ()))),
        unnamed=bool(raw.get("unnamed", False)),
        tags=frozenset(_texts(raw.get("tags", ()))),
        campaign=str(raw.get("campaign", "")),
    )


def _option(raw: str | Mapping[str, str]) -> Option:
    """A named option, to be resolved later, or `{title, to}`."""
    if isinstance(raw, str):
        return Option(title=raw)
    return Option(title=_text(raw["title"]), entry=_text(raw["to"]))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} should be a text")
    return value.strip()


def _texts(value: object, *, least: int = 0) -> tuple[str, ...]:
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, Iterable) or isinstance(value, Mapping):
        raise ValueError(f"{value!r} should be one text or a list of texts")
    found = tuple(_text(one) for one in value)
    if len(found) < least:
        raise ValueError("an answer is missing")
    return found


def _payload(value: object) -> str:
    if not _text(value).startswith("/"):
        raise ValueError(f"{value!r} should be an intent, e.g. /ask_human")
    return str(value)


def _address(value: object) -> str:
    if value is None:
        return ""
    if not _text(value).startswith("https://"):
        raise ValueError(f"{value!r} should begin with https://")
    return str(value)


def _picture(value: object) -> str:
    if isinstance(value, str) and value.startswith("/"):
        if not _OWN_PICTURE.fullmatch(value):
            raise ValueError(f"{value!r} should be like /shop/images/size.svg (or .png, .jpg)")
        return value
    return _address(value)


def _day(value: object) -> date:
    if type(value) is not date:  # a datetime is a date too, but has no place here
        raise ValueError(f"{value!r} should be a day, e.g. 2026-11-11")
    return value


def _name_of(raw: object) -> str:
    return str(raw.get("id", "an entry")) if isinstance(raw, Mapping) else "an entry"


def _names(keys: Iterable[str]) -> str:
    return ", ".join(sorted(map(str, keys)))
