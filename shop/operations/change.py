"""Changing what has not been shipped: another colour or size of a line, a remark for the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed
from shop.operations.dates import yuan
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, ReceiptState, Verdict
from shop.references import same_color, same_size
from shop.schema import order_lines, orders, skus
from shop.types import OrderLine, OrderState, Product, Sku

_OTHERS = 6  # choices named in a refusal


class Wish(str, Enum):
    """What of an order shall change."""

    CHOICE = "choice"  # colour or size of a line
    REMARK = "remark"
    TIME = "time"  # of delivery: a remark as long as it has not been shipped
    APART = "apart"  # in several parcels
    TOGETHER = "together"  # with another order


@dataclass(frozen=True)
class ChangeOrder(Operation):
    """`color` and `size` as the product writes them, empty where they stay; `wish` None: open."""

    kind = "change_order"

    wish: Wish | None = None
    color: str = ""
    size: str = ""
    remark: str = ""


class ChangeHandler(Handler[ChangeOrder]):
    """Only before shipping. What is cheaper is paid back, what is dearer is a new purchase."""

    kind = ChangeOrder.kind
    settings = frozenset({"refund_days", "remark_length"})
    sentences = frozenset(
        {
            *("choice", "cheaper", "remark", "unpaid", "shipped", "shipped_remark"),
            *("shipped_time", "received", "received_remark", "closed", "line_gone"),
            *("no_such", "same", "sold_out", "none_here", "dearer", "not_sold"),
            *("too_long", "nothing"),
            *("apart", "together", "exchange_later", "refuse_parcel", "others_here"),
            *("buy_anew", "as_remark"),
        }
    )
    places = frozenset({"days", "label", "wanted", "others", "difference", "length"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        if settings["remark_length"] < 1:
            raise ValueError("remark_length: at least 1 character must fit")

    def judge(self, operation: ChangeOrder, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, state, wish = case.rules, case.order.state, operation.wish
        if state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if wish in (Wish.APART, Wish.TOGETHER):
            return Verdict(False, rules.say(wish.value), alternatives=(rules.say("as_remark"),))
        if wish in (Wish.REMARK, Wish.TIME):
            return self._remark(operation, case)
        if state is OrderState.AWAITING_PAYMENT and wish is Wish.CHOICE:
            return Verdict(False, rules.say("unpaid"), ways=("cancel_order",))
        if state in (OrderState.SIGNED, OrderState.FINISHED):
            return Verdict(False, rules.say("received"), ways=("exchange_request",))
        line = case.line
        if state is OrderState.SHIPPED or (line is not None and line.shipped_at is not None):
            return Verdict(
                False,
                rules.say("shipped"),
                alternatives=(rules.say("exchange_later"), rules.say("refuse_parcel")),
                ways=("track_logistics",),
            )
        if line is None or wish is None:
            return Verdict(True, "")
        if line.returned:
            return Verdict(False, rules.say("line_gone", label=line.label))
        return self._choice(operation, line, case)

    def _remark(self, operation: ChangeOrder, case: Case) -> Verdict:
        rules, state = case.rules, case.order.state
        if state in (OrderState.SIGNED, OrderState.FINISHED):
            return Verdict(False, rules.say("received_remark"))
        if state is OrderState.SHIPPED:
            sentence = "shipped_time" if operation.wish is Wish.TIME else "shipped_remark"
            return Verdict(False, rules.say(sentence), ways=("track_logistics",))
        length = rules.settings["remark_length"]
        if len(_with(case.order.remark, operation.remark)) > length:
            return Verdict(False, rules.say("too_long", length=length))
        facts = (("remark", operation.remark),) if operation.remark else ()
        return Verdict(True, rules.say("remark"), facts=facts)

    def _choice(self, operation: ChangeOrder, line: OrderLine, case: Case) -> Verdict:
        rules = case.rules
        if case.product is None:
            return Verdict(False, rules.say("not_sold"))
        if not (operation.color or operation.size):
            if not possible(case.product, line):
                return Verdict(False, rules.say("none_here", label=line.label))
            return Verdict(True, rules.say("choice"))
        wanted = choice_of(case.product, line, operation.color, operation.size)
        if wanted is None:
            told = " ".join(part for part in (operation.color, operation.size) if part)
            return self._refused("no_such", told, line, case.product, case)
        if wanted.id == line.sku_id:
            return Verdict(False, rules.say("same", label=line.label))
        if wanted.stock < line.quantity:
            return self._refused("sold_out", wanted.label, line, case.product, case)
        difference = price_difference(case.product, line, wanted)
        if difference < 0:
            refusal = rules.say("dearer", wanted=wanted.label, difference=yuan(-difference))
            others = self._others(case.product, line, case)
            ways = ("cancel_order",)
            alternatives = (rules.say("buy_anew"), *others)
            return Verdict(False, refusal, alternatives=alternatives, ways=ways)
        refund = min(difference, case.refundable)
        rule = rules.say("choice")
        if refund:
            days = rules.settings["refund_days"]
            rule = rules.say("cheaper", difference=yuan(refund), days=days)
        facts = (("old_choice", _label(line)), ("new_choice", wanted.label))
        return Verdict(True, rule, refund=refund, facts=facts)

    def _refused(
        self, sentence: str, wanted: str, line: OrderLine, product: Product, case: Case
    ) -> Verdict:
        others = self._others(product, line, case)
        return Verdict(False, case.rules.say(sentence, wanted=wanted), alternatives=others)

    def _others(self, product: Product, line: OrderLine, case: Case) -> tuple[str, ...]:
        others = "、".join(sku.label for sku in possible(product, line)[:_OTHERS])
        return (case.rules.say("others_here", others=others),) if others else ()

    async def apply(
        self,
        operation: ChangeOrder,
        case: Case,
        verdict: Verdict,
        connection: AsyncConnection,
    ) -> Effect:
        """The stock moves with the line; what is paid back leaves the line's own amount."""
        if operation.wish in (Wish.REMARK, Wish.TIME) and operation.remark:
            remark = _with(case.order.remark, operation.remark)
            changed = sa.update(orders).where(orders.c.id == operation.order_id)
            await connection.execute(changed.values(remark=remark))
            return Effect(ReceiptState.DONE, details={"wish": Wish.REMARK.value})
        line, product, wanted = case.line, case.product, None
        told = operation.wish is Wish.CHOICE and (operation.color or operation.size)
        if line is not None and product is not None and told:
            wanted = choice_of(product, line, operation.color, operation.size)
        if line is None or wanted is None:
            raise NotAllowed(case.rules.say("nothing"))
        await self._move_stock(line, wanted, case, connection)
        await connection.execute(
            sa.update(order_lines)
            .where(order_lines.c.id == line.id)
            .values(
                sku_id=wanted.id,
                color=wanted.color,
                size=wanted.size,
                paid=line.paid - verdict.refund,
            )
        )
        details = {
            "wish": Wish.CHOICE.value,
            "sku_before": line.sku_id,
            "sku": wanted.id,
            "new": wanted.label,
        }
        if not verdict.refund:
            return Effect(ReceiptState.DONE, details=details)
        due = case.now + timedelta(days=case.rules.settings["refund_days"])
        return Effect(ReceiptState.UNDER_WAY, refund=verdict.refund, due=due, details=details)

    async def _move_stock(
        self, line: OrderLine, wanted: Sku, case: Case, connection: AsyncConnection
    ) -> None:
        """Both rows in the order of their ids: two such changes at once never lock each other."""
        moves = sorted(((wanted.id, -line.quantity), (line.sku_id, line.quantity)))
        for sku_id, more in moves:
            moved = await connection.execute(
                sa.update(skus)
                .where(skus.c.id == sku_id, skus.c.stock + more >= 0)
                .values(stock=skus.c.stock + more)
            )
            if sku_id == wanted.id and not moved.rowcount:
                raise NotAllowed(case.rules.say("sold_out", wanted=wanted.label))


def choice_of(product: Product, line: OrderLine, color: str, size: str) -> Sku | None:
    """The choice that is meant when the rest stays as it was bought; None: there is none."""
    color, size = color or line.color, size or line.size
    sized = [sku for sku in product.skus if sku.size == size or same_size(size, sku.size)]
    exact = [sku for sku in sized if sku.color == color]
    alike = [sku for sku in sized if same_color(color, sku.color)]
    return next(iter(exact or alike), None)


def possible(product: Product, line: OrderLine) -> Sequence[Sku]:
    """What the line can be changed to: in stock, not dearer, nearest to what was bought first."""
    found = [
        sku
        for sku in product.skus
        if sku.id != line.sku_id
        and sku.stock >= line.quantity
        and price_difference(product, line, sku) >= 0
    ]
    return sorted(found, key=lambda sku: (sku.color != line.color) + (sku.size != line.size))


def price_difference(product: Product, line: OrderLine, wanted: Sku) -> int:
    """What the line would be cheaper now, in fen; below zero: dearer.

    Both at today's prices: a discount that was had when buying is kept.
    """
    now = next((sku.price for sku in product.skus if sku.id == line.sku_id), None)
    before = line.paid if now is None else now * line.quantity
    return before - wanted.price * line.quantity


def _with(remark: str, more: str) -> str:
    return "；".join(part for part in (remark, more) if part)


def _label(line: OrderLine) -> str:
    return " ".join(part for part in (line.color, line.size) if part) or line.short_name
