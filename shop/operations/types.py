"""The vocabulary of operations: what is asked, what the rules say, what has been agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from shop.solutions import Proposal


@dataclass(frozen=True)
class Operation:
    """Something to be done with an order of the asking customer.

    `line_id` is empty when the whole order is meant. Subclasses add what else is asked and name
    their `kind`, which the rules, the records and the words for shoppers go by.
    """

    kind: ClassVar[str] = ""

    order_id: str
    line_id: str = ""


class Photo(str, Enum):
    """Whether pictures are wanted as evidence."""

    NONE = "none"
    WELCOME = "welcome"  # may be left out
    REQUIRED = "required"


@dataclass(frozen=True)
class Verdict:
    """What the shop's rules say of an operation, in words for the shopper.

    `refund` is what would come back of the money paid for the order, `fee` what the shopper would
    pay (both fen). `facts` are the rows of a summary, in order: a label's name under `card` in
    `phrases.yml` and the text. `alternatives` are sentences, best first; `ways` name what the
    shopper can be offered instead, as intents, best first. `by_person`: a person must agree.
    `photo` tells whether evidence is wanted; `proposals` what would settle the matter, best first.
    """

    allowed: bool
    rule: str
    refund: int = 0
    fee: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    alternatives: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    by_person: bool = False
    photo: Photo = Photo.NONE
    proposals: tuple[Proposal, ...] = ()


class ReceiptState(str, Enum):
    """Where an operation stands."""

    DONE = "done"
    UNDER_WAY = "under_way"  # agreed; something is still to come, by `Receipt.due`
    AWAITING_APPROVAL = "awaiting_approval"  # by a person
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the shopper


DEAD_STATES = (ReceiptState.REFUSED, ReceiptState.WITHDRAWN)
"""The states in which an operation holds no line and no money."""


@dataclass(frozen=True)
class Receipt:
    """An operation that was agreed to. `number` is what the shopper can quote.

    `refund` in fen; `details` are the operation's own particulars; `due` is when what is still to
    come should have come, None when nothing is.
    """

    number: str
    kind: str
    customer_id: str
    order_id: str
    line_id: str
    state: ReceiptState
    refund: int
    details: Mapping[str, str]
    created_at: datetime
    due: datetime | None = None
