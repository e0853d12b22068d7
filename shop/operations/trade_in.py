"""Something old is taken along when the new one comes; its worth is estimated from a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed
from shop.operations.dates import yuan
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.schema import operations
from shop.types import OrderState

_COMING = (OrderState.PAID, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED)
_ROUND = 1000  # an estimate to the fen would be a promise


class Age(str, Enum):
    """How long it has been used."""

    UNDER_1 = "under_1"
    TO_2 = "to_2"
    TO_4 = "to_4"
    OVER_4 = "over_4"


class Condition(str, Enum):
    """How it is."""

    GOOD = "good"
    WORN = "worn"  # it works, with marks
    BROKEN = "broken"  # it works in part: a broken screen
    DEAD = "dead"  # it does not go on


@dataclass(frozen=True)
class TradeIn(Operation):
    """`old` is a kind of the settings, `model` in the shopper's words; empty or None: not told."""

    kind = "trade_in"

    old: str = ""
    model: str | None = None
    age: Age | None = None
    condition: Condition | None = None
    cancel: bool = False

    @property
    def told(self) -> bool:
        """Whether all that the estimate rests on is told."""
        known = self.old and self.age is not None and self.condition is not None
        return bool(known) and self.model is not None


class TradeInHandler(Handler[TradeIn]):
    """For new goods of some kinds that are still to come, one old thing for each order."""

    kind = TradeIn.kind
    settings = frozenset({"new_categories", "values", "models", "conditions", "least", "pay_days"})
    sentences = frozenset(
        {
            *("what", "estimate", "unpaid", "closed", "here_already", "no_such_goods"),
            *("already", "cancel", "nothing_booked", "unknown_kind", "ask_a_person", "incomplete"),
        }
    )
    places = frozenset({"low", "high", "days", "number", "kinds", "booked"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        for kind, by_age in settings["values"].items():
            if set(by_age) != {age.value for age in Age}:
                raise ValueError(f"values.{kind}: must name {', '.join(a.value for a in Age)}")
            if not all(0 <= low <= high for low, high in by_age.values()):
                raise ValueError(f"values.{kind}: from low to high, not below zero")
        if set(settings["conditions"]) != {condition.value for condition in Condition}:
            raise ValueError(f"conditions: must name {', '.join(c.value for c in Condition)}")
        for entry in settings["models"]:
            if not entry["words"] or entry["percent"] < 0:
                raise ValueError(f"models: {entry} has no words or less than nothing")

    def judge(self, operation: TradeIn, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, settings = case.rules, case.rules.settings
        before = case.before(self.kind)
        if operation.cancel:
            if before is None or before.details.get("wish") == "cancel":
                return Verdict(False, rules.say("nothing_booked"))
            return Verdict(True, rules.say("cancel", booked=_range(before)))
        if (refusal := self._of_the_order(case)) is not None:
            return refusal
        if before is not None and before.state is ReceiptState.UNDER_WAY:
            return Verdict(False, rules.say("already", booked=_range(before), number=before.number))
        if operation.old and operation.old not in settings["values"]:
            by_person = (rules.say("ask_a_person"),)
            return Verdict(False, rules.say("unknown_kind"), alternatives=by_person)
        if not operation.told:
            return Verdict(True, rules.say("what"))
        low, high = estimate(operation, settings)
        words = {"low": yuan(low), "high": yuan(high), "days": settings["pay_days"]}
        return Verdict(
            True,
            rules.say("estimate", **words),
            facts=(("estimate", f"{yuan(low)}–{yuan(high)}"),),
        )

    def _of_the_order(self, case: Case) -> Verdict | None:
        """Why nothing old is taken with that order."""
        rules = case.rules
        if case.order.state is OrderState.AWAITING_PAYMENT:
            return Verdict(False, rules.say("unpaid"), ways=("payment_issue",))
        if case.order.state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        kinds = rules.settings["new_categories"]
        if not any(line.category in kinds and not line.gift for line in case.order.lines):
            return Verdict(False, rules.say("no_such_goods", kinds="、".join(kinds)))
        if case.order.state not in _COMING:
            by_person = (rules.say("ask_a_person"),)
            return Verdict(False, rules.say("here_already"), alternatives=by_person)
        return None

    async def apply(
        self, operation: TradeIn, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Note what is to be taken away; money is only promised after somebody has seen it.

        Raises:
            NotAllowed: something that the estimate rests on was not told.
        """
        before = case.before(self.kind)
        if operation.cancel:
            if before is not None:
                withdrawn = sa.update(operations).where(operations.c.number == before.number)
                await connection.execute(withdrawn.values(state=ReceiptState.WITHDRAWN.value))
            return Effect(ReceiptState.DONE, details={"wish": "cancel"})
        if not operation.told or operation.age is None or operation.condition is None:
            raise NotAllowed(case.rules.say("incomplete"))
        low, high = estimate(operation, case.rules.settings)
        return Effect(
            ReceiptState.UNDER_WAY,
            details={
                "old": operation.old,
                "model": operation.model or "",
                "age": operation.age.value,
                "condition": operation.condition.value,
                "low": str(low),
                "high": str(high),
            },
        )


def estimate(operation: TradeIn, settings: Mapping[str, Any]) -> tuple[int, int]:
    """From and to which value it is taken, in fen, to ten yuan; all must be told.

    Raises:
        KeyError: the kind is not in the table.
    """
    age = operation.age or Age.OVER_4
    condition = operation.condition or Condition.DEAD
    low, high = settings["values"][operation.old][age.value]
    written = "".join((operation.model or "").split()).casefold()
    percent = next(
        (
            entry["percent"]
            for entry in settings["models"]
            if any(word.casefold() in written for word in entry["words"])
        ),
        100,
    )
    percent = percent * settings["conditions"][condition.value]
    least = settings["least"]
    found = [max(least, value * percent // 10_000 // _ROUND * _ROUND) for value in (low, high)]
    return found[0], found[1]


def _range(receipt: Receipt) -> str:
    return f"{yuan(int(receipt.details['low']))}–{yuan(int(receipt.details['high']))}"
