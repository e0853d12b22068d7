"""The price fell after buying: the difference comes back, once for each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.dates import end_of_day, plain_date, yuan
from shop.operations.handler import Case, Effect, Handler
from shop.operations.types import Operation, ReceiptState, Verdict
from shop.pricing import Wanted, quote
from shop.rows import load_offers
from shop.schema import order_lines, price_history
from shop.types import Offer, OfferKind, OrderLine, OrderState, PricePoint


@dataclass(frozen=True)
class PriceProtection(Operation):
    """The difference between what was paid for the line and what it costs now."""

    kind = "price_protection"


@dataclass(frozen=True)
class Fall:
    """What so many pieces cost now, in fen; `since` is when the list price fell to it, if it did.

    `others` is what they cost with the offers that do not count.
    """

    now: int
    others: int
    since: datetime | None = None


class PriceProtectionHandler(Handler[PriceProtection]):
    """Compared is what was paid with the price of today, without coupons and the like."""

    kind = PriceProtection.kind
    settings = frozenset(
        {"days", "look_back_days", "refund_days", "offers", "not_offers", "not_categories"}
    )
    sentences = frozenset(
        {
            *("lower", "unpaid", "closed", "gift", "line_gone", "already", "over", "not_sold"),
            *("not_lower", "only_with_offers", "category", "nothing_left", "which"),
        }
    )
    places = frozenset({"label", "days", "last_day", "paid", "now", "refund", "number", "category"})

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """See `Handler.check_settings`."""
        super().check_settings(settings)
        known = {kind.value for kind in OfferKind}
        if odd := set(settings["offers"]) - known:
            raise ValueError(f"offers: unknown kinds {sorted(odd)}")

    async def look(
        self, operation: PriceProtection, case: Case, connection: AsyncConnection, *, writing: bool
    ) -> Case:
        """What the line's choice has cost, and what is running now for this customer."""
        if case.line is None:
            return case
        points = await connection.execute(
            sa.select(price_history)
            .where(price_history.c.sku_id == case.line.sku_id, price_history.c.since <= case.now)
            .order_by(price_history.c.since)
        )
        return replace(
            case,
            prices=tuple(PricePoint(row.since, row.price) for row in points),
            offers=await load_offers(connection, case.order.customer_id, case.now),
        )

    def judge(self, operation: PriceProtection, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, line = case.rules, case.line
        if case.order.state is OrderState.AWAITING_PAYMENT:
            return Verdict(False, rules.say("unpaid"), ways=("payment_issue",))
        if case.order.state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if line is None:
            return Verdict(True, rules.say("which"))
        if (refusal := self._of_the_line(line, case)) is not None:
            return refusal
        if case.sku is None:
            return Verdict(False, rules.say("not_sold", label=line.label))
        fall = price_now(line, case.sku.price, case.sku.floor, case)
        words = {"label": line.label, "paid": yuan(line.paid), "now": yuan(fall.now)}
        if fall.now >= line.paid:
            only = fall.others < line.paid
            return Verdict(False, rules.say("only_with_offers" if only else "not_lower", **words))
        refund = min(line.paid - fall.now, case.refundable)
        if refund <= 0:
            return Verdict(False, rules.say("nothing_left"))
        facts = [("bought_for", _each(line.paid, line)), ("costs_now", _each(fall.now, line))]
        if fall.since is not None:
            day = plain_date(fall.since.astimezone(case.zone).date(), case.today)
            facts.append(("cheaper_since", day))
        rule = rules.say("lower", refund=yuan(refund), days=rules.settings["refund_days"], **words)
        return Verdict(True, rule, refund=refund, facts=tuple(facts))

    def _of_the_line(self, line: OrderLine, case: Case) -> Verdict | None:
        """Why nothing comes back for the line, whatever it costs now."""
        rules, settings = case.rules, case.rules.settings
        if line.gift:
            return Verdict(False, rules.say("gift"))
        if line.returned:
            return Verdict(
                False, rules.say("line_gone", label=line.label), ways=("after_sales_status",)
            )
        before = case.before(self.kind, line_id=line.id)
        if before is not None:
            return Verdict(
                False, rules.say("already", refund=yuan(before.refund), number=before.number)
            )
        if line.category in settings["not_categories"]:
            return Verdict(False, rules.say("category", category=line.category))
        last = protected_until(case)
        if last is not None and case.today > last:
            day = plain_date(last, case.today)
            return Verdict(False, rules.say("over", days=settings["days"], last_day=day))
        return None

    async def apply(
        self,
        operation: PriceProtection,
        case: Case,
        verdict: Verdict,
        connection: AsyncConnection,
    ) -> Effect:
        """What was paid for the line is now less, so that a return gives no more back."""
        line = case.named_line
        paid = sa.update(order_lines).where(order_lines.c.id == line.id)
        await connection.execute(paid.values(paid=line.paid - verdict.refund))
        return Effect(
            ReceiptState.UNDER_WAY,
            refund=verdict.refund,
            due=end_of_day(case.now, case.rules.settings["refund_days"], case.zone),
            details={"paid_before": str(line.paid), "paid": str(line.paid - verdict.refund)},
        )


def protected_until(case: Case) -> date | None:
    """The last day of the protection; None while the goods have not come."""
    if case.received_on is None:
        return None
    return case.received_on + timedelta(days=case.rules.settings["days"])


def price_now(line: OrderLine, price: int, floor: int, case: Case) -> Fall:
    """What the line's pieces cost now: the lowest list price of the last days, and what counts.

    Args:
        line: what was bought.
        price: the list price of one piece now, in fen.
        floor: below which no offers lead.
        case: with prices and offers looked up.
    """
    settings = case.rules.settings
    first = case.today - timedelta(days=settings["look_back_days"])
    begin = datetime.combine(first, time(), case.zone).astimezone(timezone.utc)
    lowest, since = _lowest(case.prices, price, max(begin, case.order.created_at))
    counted = [
        offer
        for offer in case.offers
        if offer.kind.value in settings["offers"] and offer.id not in settings["not_offers"]
    ]
    return Fall(
        now=_total(line, lowest, floor, counted),
        others=_total(line, price, floor, case.offers),
        since=since if since is not None and since > case.order.created_at else None,
    )


def _lowest(
    points: Sequence[PricePoint], price: int, begin: datetime
) -> tuple[int, datetime | None]:
    """The lowest list price from `begin` on, and since when it was that."""
    first = next((at for at in reversed(range(len(points))) if points[at].since <= begin), 0)
    best, since = price, None
    for point in points[first:]:
        if point.price < best or (point.price == best and since is None):
            best, since = point.price, point.since
    return best, since


def _total(line: OrderLine, price: int, floor: int, offers: Sequence[Offer]) -> int:
    piece = Wanted(line.product_id, line.category, price, floor, line.quantity)
    return quote([piece], offers).total


def _each(total: int, line: OrderLine) -> str:
    return yuan(total) if line.quantity == 1 else f"{yuan(total)}（{line.quantity} 件）"
