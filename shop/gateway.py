"""The one door to the shop's own systems: seven Protocols, bundled as `Shop`.

Every call about a person takes the verified `customer_id` of the asker and answers only about
that customer's things: ownership is checked here and nowhere else. What belongs to somebody else
is indistinguishable from what does not exist (None, or an empty tuple).

All methods may raise `shop.errors.ShopUnavailable` when the system behind does not answer in time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.membership import Membership
from shop.operations.types import Decided, Operation, Pending, Receipt, Ruling, Verdict
from shop.types import (
    Address,
    Coupon,
    Customer,
    Eligibility,
    Eta,
    Offer,
    Order,
    Parcel,
    Product,
    Return,
    ReturnReason,
)

Tell: TypeAlias = Callable[[AsyncConnection, str], Awaitable[None]]
"""Writes down what the shopper is to be told, over the connection of a decision's transaction."""


class Catalogue(Protocol):
    """Products, their facts and stock. Public: no customer needed."""

    async def product(self, product_id: str) -> Product | None:
        """The product of that id, or of that platform item id."""

    async def products(self) -> Sequence[Product]:
        """The whole catalogue (cached by the caller: it feeds the NLU and the matcher)."""

    async def search(self, words: str, *, limit: int = 5) -> Sequence[Product]:
        """Products whose title, short name, alias or category occur in `words`, best first."""


class Prices(Protocol):
    """What makes the price: promotions, coupons, member prices, shipping."""

    async def offers(self, customer_id: str | None) -> Sequence[Offer]:
        """The offers in force now that this customer may use; None: those for everybody.

        `shop.pricing.quote` finds the best of them for a purchase.
        """

    async def coupons(self, customer_id: str | None) -> Sequence[Coupon]:
        """Coupons and 满减 of this customer and for everybody: running, over lately, or soon.

        `shop.coupons.diagnose` tells why one does not take effect.
        """


class Customers(Protocol):
    """Who the shop's customers are."""

    async def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""

    async def membership(self, customer_id: str) -> Membership | None:
        """Their level, the way to the next, and points; None when they are not known."""


class Orders(Protocol):
    """Orders of one customer."""

    async def recent(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        """The customer's orders, newest first."""

    async def order(self, customer_id: str, order_id: str) -> Order | None:
        """That order if it is the customer's."""


class Logistics(Protocol):
    """Parcels of one customer."""

    async def parcels(self, customer_id: str, order_id: str) -> Sequence[Parcel]:
        """The parcels of that order (several when it was split), oldest first."""

    async def by_waybill(self, customer_id: str, waybill: str) -> Parcel | None:
        """The parcel of that waybill number if it is the customer's."""

    async def eta(self, parcel: Parcel) -> Eta:
        """When it should arrive, from the shop's own past parcels of that carrier and route."""


class AfterSales(Protocol):
    """Returns under the shop's rules (`data/knowledge/policies.yml`)."""

    async def eligibility(
        self, customer_id: str, order_id: str, line_id: str, reason: ReturnReason | None
    ) -> Eligibility:
        """Whether and how that line may come back.

        `reason` None means not told yet: the answer is the one for `no_longer_wanted`, the
        strictest rule, so that a yes holds whatever reason comes out later; `other_reasons`
        names those that would still do.

        Raises:
            shop.errors.UnknownOrder: the line is not the customer's.
        """

    async def open_return(
        self,
        customer_id: str,
        order_id: str,
        line_id: str,
        reason: ReturnReason,
        *,
        idempotency_key: str,
    ) -> Return:
        """Agree to a return. The same key gives the same return, whatever happens in between.

        Raises:
            shop.errors.UnknownOrder: the line is not the customer's.
            shop.errors.NotAllowed: the rules forbid it; the text is the rule.
        """

    async def returns(self, customer_id: str) -> Sequence[Return]:
        """The customer's returns, newest first."""

    async def return_address(self) -> Address:
        """Where returns go."""


class Operations(Protocol):
    """All else that can be done with an order (`shop.operations`), under the shop's rules."""

    async def check(self, customer_id: str, operation: Operation) -> Verdict:
        """Whether and how it may be done now; nothing is changed.

        Raises:
            shop.errors.UnknownOrder: the order or line is not the customer's.
        """

    async def carry_out(
        self, customer_id: str, operation: Operation, *, idempotency_key: str
    ) -> Receipt:
        """Do it. The same key gives the same receipt, whatever happens in between.

        Raises:
            shop.errors.UnknownOrder: the order or line is not the customer's.
            shop.errors.NotAllowed: the rules forbid it; the text is the rule.
        """

    async def receipts(self, customer_id: str, *, order_id: str = "") -> Sequence[Receipt]:
        """What was agreed with the customer (of that order), newest first."""

    async def pending(self, customer_id: str) -> Sequence[Pending]:
        """The customer's receipts that wait for a person, oldest first."""

    async def decide(self, customer_id: str, number: str, ruling: Ruling, *, tell: Tell) -> Decided:
        """Agree to a receipt that waits, or refuse it: once for ever.

        Agreeing has the effect that the operation has without a person; refusing gives back what
        was held. `tell` runs in the same transaction, only when this call decides: what it raises
        takes the decision back.

        Raises:
            shop.errors.UnknownReceipt: there is no such receipt of the customer.
            shop.errors.CannotDecide: it waits for nobody, the order has changed since, or the
                person may not decide about so much.
        """


@dataclass(frozen=True)
class Shop:
    """All doors of one shop, whatever systems stand behind them."""

    catalogue: Catalogue
    prices: Prices
    customers: Customers
    orders: Orders
    logistics: Logistics
    after_sales: AfterSales
    operations: Operations
