"""Operations on TOP's trades: none. What they ask for, people do in Taobao's own back office."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shop.errors import NotAllowed, UnknownOrder, UnknownReceipt
from shop.gateway import Orders, Tell
from shop.operations.types import Decided, Operation, Pending, Receipt, Ruling, Verdict
from shop.policies import Policy


class TaobaoOperations:
    """`shop.gateway.Operations` for orders that are Taobao's.

    The shop's own tables must not carry out what concerns such an order: they may hold a copy of
    it, and the shopper would be told of a change that never reached Taobao.

    Args:
        orders: finds the customer's own orders.
        policies: the rules in force.
    """

    def __init__(self, *, orders: Orders, policies: Callable[[], Policy]) -> None:
        self._orders = orders
        self._policies = policies

    async def check(self, customer_id: str, operation: Operation) -> Verdict:
        """Never allowed here; the rule says that people do it."""
        order = await self._orders.order(customer_id, operation.order_id)
        lines = [line.id for line in order.lines] if order else []
        if order is None or operation.line_id not in ("", *lines):
            raise UnknownOrder("no such order or line among the customer's own")
        return Verdict(allowed=False, rule=self._policies().sentences["changed_on_taobao"])

    async def carry_out(
        self, customer_id: str, operation: Operation, *, idempotency_key: str
    ) -> Receipt:
        """Always refused, with the same rule."""
        verdict = await self.check(customer_id, operation)
        raise NotAllowed(verdict.rule)

    async def receipts(self, customer_id: str, *, order_id: str = "") -> Sequence[Receipt]:
        """None: nothing was agreed to here."""
        return ()

    async def pending(self, customer_id: str) -> Sequence[Pending]:
        """None: people decide in Taobao's own back office."""
        return ()

    async def decide(self, customer_id: str, number: str, ruling: Ruling, *, tell: Tell) -> Decided:
        """Always unknown: there are no receipts here."""
        raise UnknownReceipt("what is asked for on Taobao is decided in its own back office")
