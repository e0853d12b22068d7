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


class Ground(str, Enum):
    """Why a person must agree."""

    OVER_LIMIT = "over_limit"  # more than goes by itself
    OFTEN = "often"  # paid so often within a year without anything coming back
    CAME_BACK = "came_back"  # the parcel came back and has to be looked at
    MORE_ASKED = "more_asked"  # more than is usual was asked for
    CUSTOMER_DAY = "customer_day"  # with it more than a customer is given a day by itself
    SHOP_DAY = "shop_day"  # with it more than all are given a day by itself
    PAYMENTS = "payments"  # payments have to be compared


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
    shopper can be offered instead, as intents, best first. `grounds` are why a person must agree,
    none: nobody must; `limit` is what would need nobody, in fen, 0 where that is no number.
    `photo` tells whether evidence is wanted; `proposals` what would settle the matter, best first.
    """

    allowed: bool
    rule: str
    refund: int = 0
    fee: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    alternatives: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()
    limit: int = 0
    photo: Photo = Photo.NONE
    proposals: tuple[Proposal, ...] = ()

    @property
    def by_person(self) -> bool:
        """Whether a person must agree."""
        return bool(self.grounds)


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
class Ruling:
    """What a person decides: `by` is the sign-in name, `reason` is told to the shopper.

    `senior`: whether that person may decide about any amount.
    """

    approve: bool
    by: str
    senior: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Decision:
    """What a person decided about a receipt, and when."""

    approved: bool
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Receipt:
    """An operation that was agreed to. `number` is what the shopper can quote.

    `refund` in fen; `details` are the operation's own particulars; `due` is when what is still to
    come should have come, None when nothing is. `decision` is a person's, None without one.
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
    decision: Decision | None = None


@dataclass(frozen=True)
class Pending:
    """A receipt that waits for a person.

    `label` names what it is about, `amount` what agreeing is worth to the shopper, in fen: money,
    or the goods that are sent. `grounds` and `limit` (fen, 0: none) tell why it did not go by
    itself. `senior_only`: it is more than agents may decide about.
    """

    receipt: Receipt
    label: str
    amount: int
    grounds: tuple[Ground, ...]
    limit: int
    senior_only: bool


@dataclass(frozen=True)
class Decided:
    """`fresh`: this call decided it; otherwise it had been decided before, and nothing changed."""

    receipt: Receipt
    fresh: bool
