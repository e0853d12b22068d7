"""Somebody comes and installs it: a day, a time of the day, as long as there is room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed
from shop.operations.dates import plain_date
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.schema import operations
from shop.types import OrderLine, OrderState

_WEEKDAYS = "一二三四五六日"
_LOCK = 0x5A47_494E  # any number that no other lock has


@dataclass(frozen=True)
class Installation(Operation):
    """`day` and `slot` (a name of the settings) None: not told yet. `cancel`: nobody shall come."""

    kind = "installation"

    day: date | None = None
    slot: str = ""
    cancel: bool = False


class InstallationHandler(Handler[Installation]):
    """Goods that need it, from a few days after they come; one booking at a time for each line."""

    kind = Installation.kind
    settings = frozenset(
        {"categories", "products", "slots", "days_ahead", "lead_days", "per_day", "change_hours"}
    )
    sentences = frozenset(
        {
            *("book", "before_it_comes", "again", "cancel", "unpaid", "closed", "line_gone"),
            *("needs_none", "nothing_booked", "too_late", "ask_a_person", "too_soon", "too_far"),
            *("full", "no_slot", "which", "incomplete"),
        }
    )
    places = frozenset({"label", "day", "booked", "first", "last", "hours", "slot"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        for name, (begin, end) in settings["slots"].items():
            if time.fromisoformat(begin) >= time.fromisoformat(end):
                raise ValueError(f"slots.{name}: ends before it begins")

    async def look(
        self, operation: Installation, case: Case, connection: AsyncConnection, *, writing: bool
    ) -> Case:
        """How many bookings each day has, this line's own left out.

        With `writing` nobody else books until this is done.
        """
        if writing and connection.dialect.name == "postgresql":
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        rows = await connection.execute(
            sa.select(operations.c.details, operations.c.line_id).where(
                operations.c.kind == self.kind,
                operations.c.state == ReceiptState.UNDER_WAY.value,
                operations.c.due >= case.now,
            )
        )
        booked: dict[str, int] = {}
        for row in rows:
            if row.line_id != operation.line_id:
                booked[row.details["day"]] = booked.get(row.details["day"], 0) + 1
        return replace(case, booked=booked)

    def judge(self, operation: Installation, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, line = case.rules, case.line
        if case.order.state is OrderState.AWAITING_PAYMENT:
            return Verdict(False, rules.say("unpaid"), ways=("payment_issue",))
        if case.order.state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if line is None:
            return Verdict(True, rules.say("which"))
        if not needed(line, case):
            by_person = (rules.say("ask_a_person"),)
            none = rules.say("needs_none", label=line.label)
            return Verdict(False, none, alternatives=by_person, ways=("usage_help",))
        before = booking(case, line)
        if before is not None and self._begins(before, case):
            hours = rules.settings["change_hours"]
            late = rules.say("too_late", hours=hours, booked=said(before, case))
            return Verdict(False, late, alternatives=(rules.say("ask_a_person"),))
        if operation.cancel:
            if before is None:
                return Verdict(False, rules.say("nothing_booked", label=line.label))
            return Verdict(True, rules.say("cancel", booked=said(before, case)))
        if line.returned:
            gone = rules.say("line_gone", label=line.label)
            return Verdict(False, gone, ways=("after_sales_status",))
        return self._book(operation, case, before)

    def _begins(self, before: Receipt, case: Case) -> bool:
        """Whether it is too late to change that booking."""
        ahead = timedelta(hours=case.rules.settings["change_hours"])
        return before.due is not None and case.now > before.due - ahead

    def _book(self, operation: Installation, case: Case, before: Receipt | None) -> Verdict:
        rules, settings = case.rules, case.rules.settings
        first, last = days(case)
        if operation.day is not None:
            words = {
                "day": plain_date(operation.day, case.today),
                "first": plain_date(first, case.today),
                "last": plain_date(last, case.today),
            }
            if operation.day < first:
                return Verdict(False, rules.say("too_soon", **words))
            if operation.day > last:
                return Verdict(False, rules.say("too_far", **words))
            if case.booked.get(operation.day.isoformat(), 0) >= settings["per_day"]:
                return Verdict(False, rules.say("full", **words))
        if operation.slot and operation.slot not in settings["slots"]:
            return Verdict(False, rules.say("no_slot", slot=operation.slot))
        facts: tuple[tuple[str, str], ...] = ()
        if operation.day is not None and operation.slot:
            facts = (("visit", _said(operation.day, operation.slot, case)),)
        if before is not None:
            return Verdict(True, rules.say("again", booked=said(before, case)), facts=facts)
        sentence = "book" if case.received_on is not None else "before_it_comes"
        return Verdict(True, rules.say(sentence, first=plain_date(first, case.today)), facts=facts)

    async def apply(
        self, operation: Installation, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """One booking stands; the one before it is withdrawn.

        Raises:
            NotAllowed: day or time was not told.
        """
        before = booking(case, case.named_line)
        if not operation.cancel and (operation.day is None or not operation.slot):
            raise NotAllowed(case.rules.say("incomplete"))
        if before is not None:
            withdrawn = sa.update(operations).where(operations.c.number == before.number)
            await connection.execute(withdrawn.values(state=ReceiptState.WITHDRAWN.value))
        details = {"replaces": before.number} if before else {}
        if operation.cancel or operation.day is None:
            return Effect(ReceiptState.DONE, details={**details, "wish": "cancel"})
        begin = time.fromisoformat(case.rules.settings["slots"][operation.slot][0])
        return Effect(
            ReceiptState.UNDER_WAY,
            due=datetime.combine(operation.day, begin, case.zone).astimezone(timezone.utc),
            details={**details, "day": operation.day.isoformat(), "slot": operation.slot},
        )


def needed(line: OrderLine, case: Case) -> bool:
    """Whether somebody comes for goods of that kind."""
    settings = case.rules.settings
    wanted = line.category in settings["categories"] or line.product_id in settings["products"]
    return wanted and not line.gift


def days(case: Case) -> tuple[date, date]:
    """The first and the last day that can be booked."""
    settings = case.rules.settings
    lead = 1 if case.received_on is not None else settings["lead_days"]
    return (
        case.today + timedelta(days=lead),
        case.today + timedelta(days=max(lead, settings["days_ahead"])),
    )


def booking(case: Case, line: OrderLine) -> Receipt | None:
    """The booking that stands for that line and is still to come."""
    return next(
        (
            receipt
            for receipt in case.earlier
            if receipt.kind == Installation.kind
            and receipt.line_id == line.id
            and receipt.state is ReceiptState.UNDER_WAY
            and receipt.due is not None
            and receipt.due > case.now
        ),
        None,
    )


def said(receipt: Receipt, case: Case) -> str:
    """11月21日（周六）09:00–12:00."""
    day = date.fromisoformat(receipt.details["day"])
    return _said(day, receipt.details["slot"], case)


def _said(day: date, slot: str, case: Case) -> str:
    begin, end = case.rules.settings["slots"][slot]
    return f"{plain_date(day, case.today)}（周{_WEEKDAYS[day.weekday()]}）{begin}–{end}"
