"""Whether a question comes back a third time because our answers passed it by. Pure.

Three questions about the same coat share most of their words and need nobody; so does one that is
asked again hours later. What tells them from a question that nobody answers is whether we took up
its words, and whether the shopper insists.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from actions.handoff_words import heard
from actions.turn import COURTESIES, SILENCE, Line, Turn
from actions.wording import merely_heard

# Points for each sign, by logistic regression over tests/actions/handoff_talks.tsv, rounded.
_LIKE = 1.6
_INSISTING = 2.0
_TAKEN_UP = -3.0
_COUNTED = -1.0
_SAID_YES_OR_NO = -1.0
_SAID_SO = 1.5
_AT_FIRST = -1.3

_CONTENT = COURTESIES - {"deny"}
_LEAST_SHARED = 2  # words
_CIRCLE = 3  # times
_WORD = re.compile(r"[a-z]+|\d+|[^\W\d_a-z]")
_SAYS_LITTLE = re.compile(
    r"[的了吗呢啊吧呀嘛是有我你您这那个在都还就到能可以要不没多什么怎请问一下想给和去来上]"
    r"|\b(?:i|is|the|an?|it|to|do|does|did|can|you|your|please|pls|and|or|of|in|on|my|me|this|that"
    r"|how|much|what|are|for|be)\b",
    re.ASCII,
)
_HOW_MANY = re.compile(
    r"几|多少|多[大长重久高厚宽远快]|什么时候|啥时|哪天|how (?:much|many|long)|when"
)
_NUMBER = re.compile(r"[\d一二三四五六七八九十两半]")
_YES_OR_NO = re.compile(r"可以|支持|有|是的|能|不|没|会|在|免费|yes|no\b")
_ASKED_BACK = re.compile(r"呢$|请(?!问).{0,8}(?:发|报|拍|传|告诉|提供|补充|说明|选)|send|tell me")


@dataclass(frozen=True)
class _Round:
    """What the shopper typed, what it names, what we said to it, and when it began.

    `nods`: it only says that the shopper is content, or has heard.
    """

    asked: str
    answer: str
    named: frozenset[tuple[str, str]]
    at: float
    nods: bool

    @property
    def words(self) -> frozenset[str]:
        """The characters and Latin words that not every question has."""
        return _telling(self.asked)


def passed_by(turn: Turn, insisting: re.Pattern[str]) -> float:
    """How likely this is the third asking of something that our last two answers passed by.

    Args:
        turn: the shopper's message with the talk before it.
        insisting: how shoppers say that they have asked already.
    """
    rounds = list(_rounds(turn.transcript))
    if _in_a_circle(rounds):
        return 1.0
    rounds = rounds[-3:]
    if len(rounds) < 3 or _long_ago(rounds) or any(map(_of_others, rounds, rounds[1:])):
        return 0.0
    first, second, now = rounds
    if second.nods:
        return 0.0
    insists = insisting.search(now.asked) is not None
    if not insists and _ASKED_BACK.search(second.answer):
        return 0.0  # an answer may well repeat itself: 黑色的, L码黑色的
    points = (
        _AT_FIRST
        + _LIKE * _alike(now, second)
        + _LIKE / 2 * (_alike(now, first) + _alike(second, first))
        + _INSISTING * (insists + (insisting.search(second.asked) is not None))
        + _TAKEN_UP * (_taken_up(second) + _taken_up(first) / 3)
        + _COUNTED * bool(_HOW_MANY.search(second.asked) and _NUMBER.search(second.answer))
        + _SAID_YES_OR_NO * bool(_YES_OR_NO.match(first.answer))
        + _SAID_SO * turn.calls.get("again", 0.0)
    )
    return 1 / (1 + math.exp(-points))


def means_another(turn: Turn) -> bool:
    """Whether it names another thing than was named lately: 不是这件，我问的是毛衣 repeats nothing.

    Only what is of one kind is another: 黑色的 after 衬衫 may well insist.
    """
    rounds = list(_rounds(turn.transcript))[-3:]
    before = {thing for one in rounds[:-1] for thing in one.named}
    now = rounds[-1].named if rounds else frozenset()
    of_one_kind = {kind for kind, _ in now} & {kind for kind, _ in before}
    return bool(of_one_kind) and not now & before


def _rounds(lines: tuple[Line, ...]) -> Iterator[_Round]:
    """The talk in questions and answers; what was typed in one go is one question."""
    asked: list[Line] = []
    answer: list[str] = []
    for line in lines:
        if line.who != "shopper":
            answer.append(line.text)
            continue
        if asked and answer:
            yield _round(asked, answer)
            asked, answer = [], []
        elif not asked:
            answer = []  # our greeting
        asked.append(line)
    if asked:
        yield _round(asked, answer)


def _round(asked: list[Line], answer: list[str]) -> _Round:
    typed = " ".join(line.text for line in asked if not line.text.startswith("/"))
    named = frozenset(thing for line in asked for thing in line.named)
    nods = all(line.intent in _CONTENT or merely_heard(line.text) for line in asked)
    return _Round(heard(typed), heard(" ".join(answer)), named, asked[0].at, nods)


def _in_a_circle(rounds: list[_Round]) -> bool:
    """Whether we have said the same thing three times, and the shopper is still asking."""
    last = rounds[-_CIRCLE - 1 :]
    if len(last) <= _CIRCLE or _long_ago(last):
        return False
    answers = {_telling(one.answer) for one in last[:-1]}
    return len(answers) == 1 and all(answers) and all(one.asked for one in last)


def _long_ago(rounds: list[_Round]) -> bool:
    """Whether there was a pause between them: a look again later is no insisting."""
    times = [one.at for one in rounds]
    return all(times) and max(b - a for a, b in pairwise(times)) > SILENCE


def _of_others(one: _Round, other: _Round) -> bool:
    """Whether they name different things: another colour is another question."""
    return bool(one.named and other.named and not one.named & other.named)


def _alike(one: _Round, other: _Round) -> float:
    """The share of the shorter question's words that are the other's as well."""
    shared = len(one.words & other.words)
    return shared / min(len(one.words), len(other.words)) if shared >= _LEAST_SHARED else 0.0


def _taken_up(one: _Round) -> float:
    """The share of a question's words that our answer repeats."""
    return len(one.words & _telling(one.answer)) / max(1, len(one.words))


def _telling(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(_SAYS_LITTLE.sub(" ", text)))
