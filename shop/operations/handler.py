"""What every kind of operation brings along: its rules, its judgement, its effect."""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import UnknownOrder
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.types import (
    Address,
    Eligibility,
    Offer,
    Order,
    OrderLine,
    Parcel,
    ParcelState,
    PricePoint,
    Product,
    Return,
    ReturnReason,
    Sku,
)

_WARRANTY = "质保"  # the attribute of products that says so: 2 年
O_contra = TypeVar("O_contra", bound=Operation, contravariant=True)


@dataclass(frozen=True)
class Rules:
    """One kind's part of `data/knowledge/policies.yml`.

    `settings` are its numbers and lists, `sentences` what is told to shoppers; `{places}` in them
    are filled by the code and may be left out, not invented.
    """

    settings: Mapping[str, Any]
    sentences: Mapping[str, str]

    def say(self, name: str, **values: object) -> str:
        """The sentence of that name."""
        return self.sentences[name].format(**values)


@dataclass(frozen=True)
class Case:
    """All that a judgement looks at, read in one transaction.

    `line` is the operation's own (None: the whole order is meant), `product` what the catalogue
    has for it now. `earlier` are the order's receipts, newest first, `history` all the customer's.
    `now` and `zone` are the moment of asking and the shop's time zone. `parcels` are the order's,
    `stuck` the hours of unusual silence by parcel id; `returns` what the rules for returns say of
    the line, by reason; `warranty_days` how long its kind of goods is repaired for nothing, None:
    there is no warranty; `return_address` where goods are sent. `given_today` is the money already
    given as compensation on this day of the shop, in fen: to this customer, and to all;
    `returned_for` why goods of the order came back. `open_returns` are the order's returns and
    `stock` what is left of its goods by SKU, `prices` what one piece of the line's choice has cost,
    oldest first, `offers` what is in force for this customer, `booked` how many visits a day
    (2026-11-21) has already, where a handler has looked for them.
    """

    order: Order
    line: OrderLine | None
    product: Product | None
    tier: str
    earlier: tuple[Receipt, ...]
    rules: Rules
    now: datetime
    zone: tzinfo
    history: tuple[Receipt, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    stuck: Mapping[str, int] = field(default_factory=dict)
    returns: Mapping[ReturnReason, Eligibility] = field(default_factory=dict)
    warranty_days: int | None = None
    return_address: Address | None = None
    given_today: tuple[int, int] = (0, 0)
    returned_for: frozenset[ReturnReason] = frozenset()
    prices: tuple[PricePoint, ...] = ()
    offers: tuple[Offer, ...] = ()
    booked: Mapping[str, int] = field(default_factory=dict)
    open_returns: tuple[Return, ...] = ()
    stock: Mapping[str, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The shop's day."""
        return self.now.astimezone(self.zone).date()

    @property
    def refundable(self) -> int:
        """What may still come back of the line's (or the whole order's) money, in fen."""
        left = max(0, self.order.paid - self.order.refunded)
        return left if self.line is None else min(self.line.paid, left)

    @property
    def named_line(self) -> OrderLine:
        """The line, for operations that are always about one.

        Raises:
            UnknownOrder: none was named.
        """
        if self.line is None:
            raise UnknownOrder("no line of the order was named; ask which one is meant")
        return self.line

    @property
    def meant_parcels(self) -> tuple[Parcel, ...]:
        """The parcels of the line, or all of the order."""
        if self.line is None:
            return self.parcels
        return tuple(one for one in self.parcels if one.id == self.line.parcel_id)

    @property
    def received_on(self) -> date | None:
        """The shop's day on which the line (or the whole order) was signed for."""
        signed = (self.line.signed_at if self.line else None) or self.order.signed_at
        return signed.astimezone(self.zone).date() if signed else None

    @property
    def warranty(self) -> int | None:
        """Days of warranty: the shop's for such goods or the product page's, the longer one."""
        page = self.product.attribute(_WARRANTY) if self.product else None
        years = page.value if page and page.unit == "年" and page.value.isdigit() else ""
        own = int(years) * 365 if years else None
        return max((days for days in (self.warranty_days, own) if days is not None), default=None)

    @property
    def warranty_until(self) -> date | None:
        """The last day of a warranty that still runs; None without one."""
        if self.warranty is None or self.received_on is None:
            return None
        last = self.received_on + timedelta(days=self.warranty)
        return last if self.today <= last else None

    @property
    def sku(self) -> Sku | None:
        """What was bought, as the catalogue has it now."""
        variants = self.product.skus if self.product and self.line else ()
        return next((sku for sku in variants if self.line and sku.id == self.line.sku_id), None)

    @property
    def going_back(self) -> bool:
        """Whether a parcel that is meant was not taken in and goes back."""
        back = (ParcelState.REJECTED, ParcelState.RETURNING, ParcelState.RETURNED)
        return any(one.state in back for one in self.meant_parcels)

    def before(self, kind: str, *, line_id: str | None = None) -> Receipt | None:
        """The newest receipt of that kind that is not refused or withdrawn, for that line."""
        dead = (ReceiptState.REFUSED, ReceiptState.WITHDRAWN)
        return next(
            (
                receipt
                for receipt in self.earlier
                if receipt.kind == kind
                and receipt.state not in dead
                and line_id in (None, receipt.line_id)
            ),
            None,
        )


@dataclass(frozen=True)
class Effect:
    """What carrying out an operation leads to, for its receipt.

    `holds_line`: as long as it stands, no return and no other such operation may take that line.
    """

    state: ReceiptState
    refund: int = 0
    holds_line: bool = False
    due: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class Handler(ABC, Generic[O_contra]):
    """One kind of operation.

    `settings` and `sentences` name what its part of the policies must have; `places` what its
    sentences may use.
    """

    kind: ClassVar[str]
    settings: ClassVar[frozenset[str]] = frozenset()
    sentences: ClassVar[frozenset[str]] = frozenset()
    places: ClassVar[frozenset[str]] = frozenset()

    async def look(
        self, operation: O_contra, case: Case, connection: AsyncConnection, *, writing: bool
    ) -> Case:
        """Read what else the judgement needs; with `writing`, so that nobody changes it until then.

        By default nothing.
        """
        return case

    @abstractmethod
    def judge(self, operation: O_contra, case: Case) -> Verdict:
        """Whether and how it may be done. Pure."""

    @abstractmethod
    async def apply(
        self, operation: O_contra, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Do it, in the transaction that holds the order and has just judged."""

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """What keeps an open receipt of this kind from being taken back; empty: nothing.

        A sentence of `undo_request` in the policies: final, money_out, sold_out.
        """
        return "final"

    async def withdraw(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> None:
        """Take back what `apply` did besides the receipt, in the transaction of the undoing."""

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Look at the settings when the policies are read.

        Raises:
            ValueError, TypeError, KeyError: one makes no sense.
        """
        for name, value in settings.items():
            if isinstance(value, int) and value < 0:
                raise ValueError(f"{name}: {value} is below zero")


def read_rules(data: Mapping[str, Any], handlers: Mapping[str, Handler[Any]]) -> dict[str, Rules]:
    """The part `operations` of the policies, by kind.

    Raises:
        ValueError, TypeError, KeyError: a kind, a setting, a sentence or a place is missing or
            unknown, or makes no sense.
    """
    _same(data, handlers, "operations")
    return {kind: _rules(data[kind], handler) for kind, handler in handlers.items()}


def _rules(raw: Mapping[str, Any], handler: Handler[Any]) -> Rules:
    where = f"operations.{handler.kind}"
    sentences = {name: str(text) for name, text in raw["sentences"].items()}
    settings = {name: value for name, value in raw.items() if name != "sentences"}
    _same(sentences, handler.sentences, f"{where}.sentences")
    _same(settings, handler.settings, where)
    for name, text in sentences.items():
        places = {place for _, place, _, _ in string.Formatter().parse(text) if place is not None}
        if odd := places - handler.places:
            raise ValueError(f"{where}.sentences.{name}: unknown words {sorted(odd)} in {{}}")
    try:
        handler.check_settings(settings)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{where}: {error}") from error
    return Rules(settings=settings, sentences=sentences)


def _same(given: Mapping[str, Any], wanted: Any, where: str) -> None:
    if odd := set(given) ^ set(wanted):
        raise ValueError(f"{where}: missing or unknown: {', '.join(sorted(odd))}")
