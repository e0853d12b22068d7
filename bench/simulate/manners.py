"""How a shopper talks: which words she takes, what she does to them, what she does between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

from bench.simulate.bank import Bank, Side, pick_template

_SWAPS_AT_MOST = 2
_OPENING_LINES = 2


class Habit(str, Enum):
    """What she does besides saying things."""

    SLIPS = "slips"  # says something wrong first and corrects it
    DROPS = "drops"  # changes her mind when it is about to be done
    ASKS_BESIDES = "asks_besides"  # has a second need in the same breath
    INTERRUPTS = "interrupts"  # asks a question when she is asked one
    TAPS = "taps"  # takes an option wherever there is one
    TAPS_TWICE = "taps_twice"  # and taps it twice
    BURSTS = "bursts"  # sends one thought in several lines
    LEAVES = "leaves"  # goes away when she is asked, and comes back


@dataclass(frozen=True)
class Manner:
    """A way of talking. `ways` are lists of the bank's openings, first that exists; `swaps` a
    list of words that come out differently; `around` the lists that go before and after.
    """

    name: str
    title: str
    ways: tuple[str, ...] = ("open",)
    swaps: str = ""
    around: str = ""
    habit: Habit | None = None


MANNERS = (
    Manner("plain", "平常"),
    Manner("terse", "话少", ways=("short", "open")),
    Manner("rambling", "啰嗦", around="rambling"),
    Manner("misspelling", "打错字", swaps="typos"),
    Manner("impatient", "不耐烦", ways=("short", "open"), around="impatient"),
    Manner("dialect", "方言", ways=("dialect", "open"), swaps="dialect"),
    Manner("correcting", "说错再改口", habit=Habit.SLIPS),
    Manner("wavering", "改主意", habit=Habit.DROPS),
    Manner("two_needs", "一次两件事", habit=Habit.ASKS_BESIDES),
    Manner("interrupting", "中途插话", habit=Habit.INTERRUPTS),
    Manner("tapping", "点选项", habit=Habit.TAPS),
    Manner("double_tapping", "连点两下", habit=Habit.TAPS_TWICE),
    Manner("bursts", "一句拆几条", habit=Habit.BURSTS),
    Manner("away", "走开再回来", habit=Habit.LEAVES),
)


class Voice:
    """The words of one shopper. Everything is drawn from her own random source."""

    def __init__(
        self, *, bank: Bank, manner: Manner, facts: Mapping[str, str], random: Random
    ) -> None:
        self._bank = bank
        self._random = random
        self._used: list[str] = []
        self.manner = manner
        self.facts = facts

    def opening(self, aim: str, facts: Mapping[str, str] | None = None) -> str:
        """How she begins; said again, in other words."""
        ways = self._bank.openings[aim]
        sentences = next(ways[way] for way in (*self.manner.ways, "open") if way in ways)
        text = self._pick(sentences, facts or self.facts)
        if self.manner.around:
            text = self._around(text)
        return self._swapped(text)

    def answer(self, name: str) -> str:
        """What she answers, from the list of that name."""
        own = f"{name}_{self.manner.name}"
        sentences = self._bank.answers.get(own, self._bank.answers[name])
        return self._swapped(self._pick(sentences, self.facts))

    def remark(self, name: str) -> str:
        """A line of that list of manners."""
        return self._pick(self._bank.manners[name], self.facts)

    def side(self) -> Side:
        """A question on the side."""
        return self._random.choice(self._bank.sides)

    def chance(self) -> bool:
        """A coin."""
        return self._random.random() < 0.5

    def lines(self, text: str) -> Sequence[str]:
        """The text as she sends it: in one piece, or in several."""
        if self.manner.habit is not Habit.BURSTS:
            return [text]
        parts = [part for part in text.replace("。", "，").split("，") if part]
        if len(parts) < _OPENING_LINES:
            parts = [self.remark("bursts_before"), *parts]
        return parts

    def _pick(self, sentences: Sequence[str], facts: Mapping[str, str]) -> str:
        template = pick_template(sentences, facts, self._random, but=self._used)
        self._used.append(template)
        return template.format(**facts)

    def _around(self, text: str) -> str:
        around = self.manner.around
        before = self._bank.manners[f"{around}_before"]
        after = self._bank.manners[f"{around}_after"]
        return self._random.choice(before) + text + self._random.choice(after)

    def _swapped(self, text: str) -> str:
        """A few words come out as her keyboard or her mother tongue has them; facts never do."""
        swaps = self._bank.swaps.get(self.manner.swaps, {})
        protected = "".join(self.facts.values())
        known = [word for word in swaps if word in text and word not in protected]
        for word in self._random.sample(known, min(len(known), _SWAPS_AT_MOST)):
            text = text.replace(word, swaps[word])
        return text
