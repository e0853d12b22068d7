"""What a shopper comes for: her facts, what she answers when asked, what counts as reached."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random

from bench.simulate.books import Scene
from shop.types import Order, OrderLine, Parcel, Product


class Person(str, Enum):
    """What a handoff is in a talk about this."""

    WANTED = "wanted"  # she came for a person
    NEEDED = "needed"  # nobody else can settle it
    UNNEEDED = "unneeded"  # the bot can do it


@dataclass(frozen=True)
class Target:
    """What a goal is about; what does not belong to it is None."""

    order: Order | None = None
    line: OrderLine | None = None
    parcel: Parcel | None = None
    product: Product | None = None

    @property
    def key(self) -> str:
        """What no two goals that change something may share."""
        return self.order.id if self.order else ""


@dataclass(frozen=True)
class Answer:
    """Something she can tell when she is asked for it.

    `asked` is what a question about it looks like, `option` which option says it (None: none
    does). `words` names a list of the bank. `otherwise` is a second bank list with what she says
    first when she gets it wrong; empty: she never does. `shown` is where a summary shows it (its
    group); that must be what `option` means or, stars apart, end as a part of her fact `fact`.
    """

    name: str
    asked: re.Pattern[str]
    words: str
    option: re.Pattern[str] | None = None
    otherwise: str = ""
    shown: re.Pattern[str] | None = None
    fact: str = ""


@dataclass(frozen=True)
class Effect:
    """What the shop's books must hold afterwards, and nothing else of hers.

    `kinds` are kinds of operations; `return` is a row of the returns. `lines` are the lines it may
    be about, empty for the whole order or any line of it. Each of `values` must be found in what
    has changed: any one of its spellings. `fields` are the columns of order, line and parcel that
    may change along.
    """

    kinds: frozenset[str]
    order_id: str
    lines: frozenset[str] = frozenset()
    values: tuple[tuple[str, ...], ...] = ()
    fields: frozenset[str] = frozenset()


Told = tuple[re.Pattern[str], ...]
"""All of these are in one answer: she has learned what she wanted to know."""


@dataclass(frozen=True)
class Goal:
    """One shopper's goal. `facts` fill the places of the bank's sentences.

    `aim`, `title` and `after_sales` are those of the `Aim`. `leads` are options and offers that
    bring her on. The goal is reached by its `effect`, or by an answer in the words of `told`, or,
    with `refusal`, by a no in such words and no effect. `welcome` is an effect that settles it too,
    but that she does not ask for. `secret` is what must not be told to her.
    `other` are the facts of something else of hers, for who mixes it up.
    """

    target: Target
    facts: Mapping[str, str]
    aim: str = ""
    title: str = ""
    after_sales: bool = False
    person: Person = Person.UNNEEDED
    answers: tuple[Answer, ...] = ()
    leads: re.Pattern[str] | None = None
    effect: Effect | None = None
    welcome: Effect | None = None
    told: Told = ()
    refusal: re.Pattern[str] | None = None
    secret: re.Pattern[str] | None = None
    other: Mapping[str, str] = field(default_factory=dict)


Targets = Callable[[Scene], Iterable[Target]]
Make = Callable[[Scene, Target, Random], "Goal | None"]


@dataclass(frozen=True)
class Aim:
    """A kind of goal. `targets` are what it could be about now, `make` makes the goal.

    `needs`: it is only possible when the shop has one of these operations, all others always.
    `weight` is how often it is drawn, relative to others.
    """

    name: str
    title: str
    after_sales: bool
    targets: Targets
    make: Make
    needs: frozenset[str] = frozenset()
    weight: int = 4

    def goal(self, scene: Scene, target: Target, random: Random) -> Goal | None:
        """The goal of that target, None when it is none after all."""
        made = self.make(scene, target, random)
        if made is None:
            return None
        return replace(made, aim=self.name, title=self.title, after_sales=self.after_sales)

    def possible(self, kinds: Iterable[str]) -> bool:
        """Whether the shop can do what it takes."""
        return not self.needs or bool(self.needs & set(kinds))
