"""Something for the trouble: small amounts by themselves, more after a look by a person.

It comes on top of what the shopper has a right to and never in place of it, so it does not count
as money given back for the order. Its rules are `data/knowledge/compensation.yml`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed, Obstacle
from shop.operations.approvals import ApprovalHandler
from shop.operations.dates import end_of_day, yuan
from shop.operations.handler import Case, Effect, Rules
from shop.operations.types import (
    DEAD_STATES,
    Ground,
    Operation,
    Receipt,
    ReceiptState,
    Verdict,
)
from shop.schema import DEAD_OPERATION_STATES, DEAD_RETURN_STATES, offers, operations, returns
from shop.types import OfferKind, Order, OrderState, ReturnReason

_LOCK = 0x5A47_434F  # any number that no other lock has
_UNSENT = frozenset({OrderState.PAID, OrderState.PARTLY_SHIPPED})
_LASTS = {"coupon": "coupon_days", "cash": "pay_days"}
_NAMES = {ReceiptState.AWAITING_APPROVAL: "waiting", ReceiptState.REFUSED: "refused"}
TIERS = ("normal", "silver", "gold", "vip")


class Mishap(str, Enum):
    """What it is for; each can be seen in the shop's own records."""

    LATE_SHIPPING = "late_shipping"
    STUCK = "stuck"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"


@dataclass(frozen=True)
class Compensation(Operation):
    """`mishap` None: whichever the records show. `amount` in fen is what is asked for, 0: open."""

    kind = "compensation"

    mishap: Mishap | None = None
    amount: int = 0


@dataclass(frozen=True)
class _Given:
    """What it comes to, in fen; `usual` is what needs no person; `form` is coupon or cash."""

    mishap: Mishap
    amount: int
    usual: int
    form: str


class CompensationHandler(ApprovalHandler[Compensation]):
    """By mishap and tier, once for each order and mishap, within the day's caps."""

    kind = Compensation.kind
    settings = frozenset(
        {
            *("cases", "daily_customer", "daily_shop", "most_percent", "coupon_days"),
            *("pay_days", "approve_hours"),
        }
    )
    sentences = frozenset(
        {
            *("late_shipping", "stuck", "damaged", "wrong_item", "nothing", "already", "closed"),
            *("waiting", "refused", "refused_why", "approval", "coupon", "cash"),
        }
    )
    places = frozenset({"amount", "days", "hours", "number", "reason"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        if set(settings["cases"]) != {mishap.value for mishap in Mishap}:
            raise ValueError(f"cases: must name {', '.join(m.value for m in Mishap)}")
        for name, entry in settings["cases"].items():
            if entry["as"] not in ("coupon", "cash"):
                raise ValueError(f"cases.{name}: as is neither coupon nor cash")
            if not all(isinstance(entry[tier], int) and entry[tier] > 0 for tier in TIERS):
                raise ValueError(f"cases.{name}: each tier has an amount in fen above zero")

    async def look(
        self, operation: Compensation, case: Case, connection: AsyncConnection, *, writing: bool
    ) -> Case:
        """What was given today, and why goods of the order came back.

        With `writing` nobody else gives anything until this is done: the day's caps hold.
        """
        if writing and connection.dialect.name == "postgresql":
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        day = datetime.combine(case.today, time(), case.zone).astimezone(timezone.utc)
        given = await connection.execute(
            sa.select(operations.c.customer_id, operations.c.details).where(
                operations.c.kind == self.kind,
                operations.c.created_at >= day,
                operations.c.state.not_in(
                    (*DEAD_OPERATION_STATES, ReceiptState.AWAITING_APPROVAL.value)
                ),
            )
        )
        amounts = [(row.customer_id, int(row.details["amount"])) for row in given]
        mine = sum(amount for who, amount in amounts if who == case.order.customer_id)
        back = await connection.execute(
            sa.select(returns.c.reason).where(
                returns.c.order_id == case.order.id, returns.c.state.not_in(DEAD_RETURN_STATES)
            )
        )
        return replace(
            case,
            given_today=(mine, sum(amount for _, amount in amounts)),
            returned_for=frozenset(ReturnReason(row.reason) for row in back),
        )

    def judge(self, operation: Compensation, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, settings = case.rules, case.rules.settings
        if case.order.state in (OrderState.CLOSED, OrderState.AWAITING_PAYMENT):
            return Verdict(False, rules.say("closed"))
        given = _given(operation, case)
        if given is None:
            before = _before(operation, case)
            if before is None:
                return Verdict(False, rules.say("nothing"))
            name = _NAMES.get(before.state, "already")
            reason = before.decision.reason if before.decision else ""
            if before.state is ReceiptState.REFUSED and reason:
                name = "refused_why"
            words = rules.say(name, number=before.number, reason=reason)
            return Verdict(False, words, ways=("after_sales_status",))
        mine, all_of_it = case.given_today
        reasons = {
            Ground.MORE_ASKED: given.amount > given.usual,
            Ground.CUSTOMER_DAY: mine + given.amount > settings["daily_customer"],
            Ground.SHOP_DAY: all_of_it + given.amount > settings["daily_shop"],
        }
        grounds = tuple(ground for ground, holds in reasons.items() if holds)
        amount, days = yuan(given.amount), settings[_LASTS[given.form]]
        if grounds:
            rule = rules.say("approval", amount=amount, hours=settings["approve_hours"])
        else:
            rule = rules.say(given.mishap.value, amount=amount, days=days)
        facts = (("compensation", rules.say(given.form, amount=amount, days=days)),)
        return Verdict(True, rule, facts=facts, grounds=grounds, limit=given.usual)

    async def apply(
        self, operation: Compensation, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Put the coupon into the shopper's name, note the money, or ask a person."""
        settings, given = case.rules.settings, _given(operation, case)
        if given is None:
            raise NotAllowed(case.rules.say("nothing"))
        details = {"case": given.mishap.value, "amount": str(given.amount), "as": given.form}
        if verdict.by_person:
            due = case.now + timedelta(hours=settings["approve_hours"])
            return Effect(ReceiptState.AWAITING_APPROVAL, due=due, details=details)
        return await self._give(details, case, connection)

    async def approve(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> Effect:
        """See `ApprovalHandler.approve`."""
        return await self._give(receipt.details, case, connection)

    def obstacle(self, receipt: Receipt, case: Case) -> Obstacle | None:
        """See `ApprovalHandler.obstacle`: the rules' most may be less by now."""
        _, most = _bounds(Mishap(receipt.details["case"]), case)
        if int(receipt.details["amount"]) > most:
            return Obstacle.TOO_MUCH
        return super().obstacle(receipt, case)

    def amount(self, receipt: Receipt, order: Order) -> int:
        """See `ApprovalHandler.amount`."""
        return int(receipt.details["amount"])

    def told(self, receipt: Receipt, rules: Rules) -> tuple[str, Mapping[str, object]]:
        """See `ApprovalHandler.told`."""
        return receipt.details["as"], {"days": rules.settings["coupon_days"]}

    async def _give(
        self, details: Mapping[str, str], case: Case, connection: AsyncConnection
    ) -> Effect:
        settings, amount = case.rules.settings, int(details["amount"])
        if details["as"] == "cash":
            due = case.now + timedelta(days=settings["pay_days"])
            return Effect(ReceiptState.UNDER_WAY, due=due, details=details)
        until = end_of_day(case.now, settings["coupon_days"], case.zone)
        await connection.execute(
            sa.insert(offers).values(
                id=f"sorry-{secrets.token_hex(8)}",
                kind=OfferKind.COUPON.value,
                title=case.rules.say("coupon", amount=yuan(amount), days=settings["coupon_days"]),
                off=amount,
                percent=100,
                threshold=amount,
                each=False,
                products=[],
                categories=[],
                tiers=[],
                customer_id=case.order.customer_id,
                since=case.now.astimezone(timezone.utc),
                until=until.astimezone(timezone.utc),
            )
        )
        return Effect(ReceiptState.DONE, details=details)


def mishap_of(receipt: Receipt) -> str:
    """What a compensation was given for; empty for other receipts."""
    return receipt.details.get("case", "") if receipt.kind == Compensation.kind else ""


def _given(operation: Compensation, case: Case) -> _Given | None:
    """The first mishap that nothing was given for yet, and what is given; None without one."""
    over = {mishap_of(one) for one in case.earlier if _stands(one)}
    settings = case.rules.settings
    for mishap in Mishap:
        meant = operation.mishap in (None, mishap) and mishap.value not in over
        if not (meant and _happened(mishap, case)):
            continue
        usual, most = _bounds(mishap, case)
        amount = min(max(usual, operation.amount), most)
        return _Given(mishap, amount, usual, str(settings["cases"][mishap.value]["as"]))
    return None


def _before(operation: Compensation, case: Case) -> Receipt | None:
    """The newest request for a mishap that is meant and happened; None when nothing happened."""
    meant = {
        one.value for one in Mishap if operation.mishap in (None, one) and _happened(one, case)
    }
    return next((one for one in case.earlier if _stands(one) and mishap_of(one) in meant), None)


def _bounds(mishap: Mishap, case: Case) -> tuple[int, int]:
    """What is given by itself and what may be given at most, in fen."""
    settings = case.rules.settings
    entry = settings["cases"][mishap.value]
    usual = int(entry.get(case.tier, entry["normal"]))
    return usual, max(usual, case.order.paid * settings["most_percent"] // 100)


def _stands(receipt: Receipt) -> bool:
    """A refused request may not be made again either: it was decided."""
    return receipt.state is not ReceiptState.WITHDRAWN


def _happened(mishap: Mishap, case: Case) -> bool:
    """Whether the shop's own records show it."""
    order = case.order
    if mishap is Mishap.LATE_SHIPPING:
        sent = order.shipped_at if order.state not in _UNSENT else None
        return order.ship_by is not None and (sent or case.now) > order.ship_by
    if mishap is Mishap.STUCK:
        return bool(case.stuck)
    wanted = ReturnReason.DAMAGED if mishap is Mishap.DAMAGED else ReturnReason.WRONG_ITEM
    stands = [one for one in case.earlier if one.state not in DEAD_STATES]
    kinds = {one.kind for one in stands}
    reasons = {one.details.get("reason") for one in stands}
    if mishap is Mishap.WRONG_ITEM and "wrong_or_missing_item" in kinds:
        return True
    return wanted in case.returned_for or wanted.value in reasons
