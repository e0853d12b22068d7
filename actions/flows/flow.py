"""What every flow brings along: how it begins, its questions, and what is carried out."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Generic, TypeVar

from actions.base import Services
from actions.flows.reading import GIVES_UP
from actions.lookup import RECEIVED, UNDER_WAY, UNPAID, UNSHIPPED
from actions.needs import Need
from actions.reply import Reply
from actions.turn import Turn
from conversations.messages import Choice
from shop.operations.types import Operation, Receipt, Verdict
from shop.types import Order, OrderLine, OrderState

UNNEEDED = "-"
"""The value of a step that the other answers make superfluous."""

Asked = TypeVar("Asked", bound=Operation)


@dataclass(frozen=True)
class Subject:
    """Whose order, and which line of it (None: the whole order)."""

    customer_id: str
    order: Order
    line: OrderLine | None = None

    @property
    def id(self) -> str:
        """The value of the slot `flow_thing`: <order number>/<line id or nothing>."""
        return f"{self.order.id}/{self.line.id if self.line else ''}"


@dataclass(frozen=True)
class Draft:
    """What has been told so far: `values` by slot, nothing where a question is open."""

    subject: Subject
    values: Mapping[str, str] = field(default_factory=dict)

    def value(self, slot: str) -> str:
        """What was told, empty while it is open."""
        return self.values.get(slot, "")


@dataclass(frozen=True)
class Told:
    """What a message says to one question.

    `value` answers it; else `problem` names a sentence that says why what was said is no answer
    (an address without a street), with the words for its places and the answers that are left.
    """

    value: str = ""
    problem: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    choices: Sequence[Choice] = ()


@dataclass(frozen=True)
class Turned:
    """Another flow, about the same thing: its intent, what it is told, and the words so far.

    `typed`: it is to hear the words as they were typed just now (换大一码的).
    """

    intent: str
    details: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    typed: bool = False


class Step(ABC):
    """One question of a flow. `slot` is one of the `flow_…` slots of `domain/flows.yml`."""

    slot: ClassVar[str]

    @abstractmethod
    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """What a message, typed or clicked, says to it; None: nothing.

        `turn.asked == self.slot` when it is the question that is open: then a bare number or
        word may be its answer, otherwise only what can mean nothing else.
        """

    @abstractmethod
    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """The options of the question; the sentence is `flow_<flow>_<slot>` of the phrases."""

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """What the sentence's places are filled with, besides {label}."""
        return {}


class Flow(ABC, Generic[Asked]):
    """One thing that can be done for shoppers, step by step.

    `name` names Rasa's form (`<name>_form`), the action that begins it (`action_<name>`) and its
    sentences; `starting` are the intents that it begins with; `prefer` the states of the orders
    that it is mostly about, best first; `whole`: it is about the order, whichever line was named;
    `of_it` are details of a message that say what is wished for, not which order is meant;
    `gives_up` the words by which it is given up, `agrees` those by which its summary is agreed to
    (`reading.agreeing`); `questions` the action that answers its intents where something is asked
    and nothing wanted (`wanted`); empty: all of them begin it. `sorry`: what was done may be worth
    a compensation, which is offered at the end. `yields`: another wish may take its place.
    """

    name: ClassVar[str]
    starting: ClassVar[frozenset[str]]
    steps: ClassVar[tuple[Step, ...]] = ()
    prefer: ClassVar[Sequence[frozenset[OrderState]]] = (
        UNSHIPPED | UNPAID,
        UNDER_WAY,
        RECEIVED,
    )
    whole: ClassVar[bool] = False
    of_it: ClassVar[frozenset[str]] = frozenset()
    gives_up: ClassVar[re.Pattern[str]] = GIVES_UP
    agrees: ClassVar[re.Pattern[str]]
    questions: ClassVar[str] = ""
    sorry: ClassVar[bool] = False
    yields: ClassVar[bool] = True

    @property
    def form(self) -> str:
        """The name of Rasa's form."""
        return f"{self.name}_form"

    @property
    def intent(self) -> str:
        """The intent of its buttons."""
        return sorted(self.starting)[0]

    def ending(self, draft: Draft) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """The words that give it up, and those that agree to the summary of that draft."""
        return self.gives_up, self.agrees

    def told_again(self, turn: Turn, draft: Draft) -> bool:
        """Whether a message only says once more what the draft holds, whatever it sounds like."""
        return False

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """Whether the message wants it done, and does not only ask about it."""
        return True

    def of_order(self, turn: Turn) -> Turn:
        """The message without what it says of the wish rather than of the order."""
        kept = tuple(entity for entity in turn.entities if entity.name not in self.of_it)
        return replace(turn, entities=kept)

    def following(self, before: Draft, after: Draft) -> Draft:
        """The draft with the answers that follow from others, and without those undone by them.

        `before` is what was told before the latest message. A step that is not needed gets the
        value `UNNEEDED`.
        """
        return after

    def leads_to(self, draft: Draft, turn: Turn) -> Turned | None:
        """The other flow that the answers, `turn` the last, lead to; None: it stays this one."""
        return None

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """The subject where the flow knows better than the words tell; None: it is looked for."""
        return None

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """What answers a message that begins no such flow; None: it begins.

        Asked twice: before the subject is looked for (None), and once it is found.
        """
        return None

    @abstractmethod
    def operation(self, draft: Draft) -> Asked:
        """What is asked of the shop; what is still open is left empty."""

    async def complete(
        self, operation: Asked, draft: Draft, turn: Turn, services: Services
    ) -> Asked:
        """The operation with what no slot may hold, read where it rests."""
        return operation

    def rows(self, draft: Draft, verdict: Verdict) -> Sequence[tuple[str, str]]:
        """The rows of the summary: a label's name under `card`, and the text."""
        return verdict.facts

    def cost(self, verdict: Verdict) -> str:
        """What the shopper pays for it, in the shop's words; empty: they do not tell."""
        shipping = dict(verdict.facts).get("shipping")
        return f"{shipping}。" if shipping else ""

    async def openings(
        self, draft: Draft, verdict: Verdict, services: Services
    ) -> Sequence[Choice]:
        """Buttons that ask anew for what can be had instead of what has just been refused."""
        return []

    async def meant(self, subject: Subject, turn: Turn, services: Services) -> Subject:
        """The subject that is really meant, e.g. the only line that has not gone out yet."""
        return Subject(subject.customer_id, subject.order) if self.whole else subject

    def outcome(self, receipt: Receipt) -> str:
        """What the last sentence is named by: `flow_<flow>_<outcome>`, else `flow_<flow>_done`."""
        return receipt.state.value

    async def done(
        self, receipt: Receipt, draft: Draft, reply: Reply, services: Services
    ) -> Mapping[str, str]:
        """Say what cannot be said in a sentence; returns the words for `flow_<flow>_done`."""
        return {}
