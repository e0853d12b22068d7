"""What came wrong or did not come along: sent anew, or its part of the money comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.approvals import ApprovalHandler
from shop.operations.dates import yuan
from shop.operations.exchange import send_to
from shop.operations.handler import Case, Effect, Rules
from shop.operations.history import history_of
from shop.operations.stock import hold, release
from shop.operations.types import Ground, Operation, Photo, Receipt, ReceiptState, Verdict
from shop.solutions import Means, Trouble, Way, proposals
from shop.types import Order, OrderLine, OrderState, ReturnReason


class GoodsTrouble(str, Enum):
    """What is wrong with what was sent."""

    WRONG = "wrong"  # another thing than the one bought
    MISSING = "missing"


@dataclass(frozen=True)
class WrongOrMissing(Operation):
    """`trouble` None, `count` 0 and `solution` None while they are not told.

    `count` are the pieces that are wrong or missing; `solution` is EXCHANGE or RESHIP (the right
    ones are sent) or REFUND (money for what is missing).
    """

    kind = "wrong_or_missing_item"

    trouble: GoodsTrouble | None = None
    count: int = 0
    solution: Way | None = None
    photo: str = ""


class WrongOrMissingHandler(ApprovalHandler[WrongOrMissing]):
    """Small values at once, larger ones after a look by a person; each line once."""

    kind = WrongOrMissing.kind
    settings = frozenset(
        {"limit", "photo_from", "ship_within_days", "refund_days", "approve_hours"}
    )
    sentences = frozenset(
        {
            *("on_the_way", "unshipped", "line_gone", "already", "late", "too_many"),
            *(
                "open_wrong",
                "open_wrong_sold_out",
                "open_missing_sold_out",
                "open_missing",
                "reship",
                "swap",
                "refund",
                "sold_out",
                "approval",
                "closed",
            ),
        }
    )
    places = frozenset({"label", "count", "days", "amount", "rule", "hours"})

    def judge(self, operation: WrongOrMissing, case: Case) -> Verdict:
        """See `Handler.judge`."""
        if (refusal := self._refused(operation, case)) is not None:
            return refusal
        if case.line is None:
            return Verdict(True, "")
        rules, line, settings = case.rules, case.named_line, case.rules.settings
        count = operation.count or 1
        value = _value(line, count)
        in_stock = case.sku is not None and case.sku.stock >= count
        means = Means(
            in_stock=in_stock,
            back=case.returns[ReturnReason.WRONG_ITEM].refund,
            missing=min(value, case.refundable),
        )
        wrong = operation.trouble is not GoodsTrouble.MISSING
        found = proposals(Trouble.WRONG if wrong else Trouble.MISSING, means, history_of(case))
        photo = Photo.REQUIRED if wrong and value >= settings["photo_from"] else Photo.WELCOME
        sentence = "open_wrong" if wrong else "open_missing"
        opening = rules.say(
            sentence if in_stock else f"{sentence}_sold_out",
            label=line.label,
            count=count,
            amount=yuan(means.missing),
        )
        verdict = Verdict(True, opening, photo=photo, proposals=found)
        if operation.solution is None:
            return verdict
        limit = settings["limit"]
        grounds = (Ground.OVER_LIMIT,) if value > limit else ()
        refund = 0
        if operation.solution is Way.REFUND:
            refund = means.missing
            rule = rules.say(
                "refund",
                label=line.label,
                count=count,
                amount=yuan(refund),
                days=settings["refund_days"],
            )
        elif not in_stock:
            gone = rules.say("sold_out", label=line.label)
            ways = ("return_request",) if means.back else ()
            return Verdict(False, gone, ways=ways, proposals=found)
        else:
            days = settings["ship_within_days"]
            sent = "swap" if wrong else "reship"
            rule = rules.say(sent, label=line.label, count=count, days=days)
        if grounds:
            rule += rules.say("approval", hours=settings["approve_hours"])
        return replace(verdict, rule=rule, refund=refund, grounds=grounds, limit=limit)

    def _refused(self, operation: WrongOrMissing, case: Case) -> Verdict | None:
        rules, line = case.rules, case.line
        if case.order.state in (OrderState.AWAITING_PAYMENT, OrderState.PAID):
            return Verdict(False, rules.say("unshipped"), ways=("track_logistics",))
        if case.order.state is OrderState.CLOSED:
            return Verdict(False, rules.say("closed"))
        if line is None:
            return None
        if case.received_on is None:
            coming = rules.say("on_the_way", label=line.label)
            return Verdict(False, coming, ways=("track_logistics",))
        if line.returned:
            gone = rules.say("line_gone", label=line.label)
            return Verdict(False, gone, ways=("after_sales_status",))
        if case.before(self.kind, line_id=line.id) is not None:
            again = rules.say("already", label=line.label)
            return Verdict(False, again, ways=("after_sales_status",))
        window = case.returns[ReturnReason.WRONG_ITEM]
        if not window.allowed and not line.gift:
            late = rules.say("late", rule=window.rule)
            return Verdict(False, late, alternatives=window.alternatives)
        if operation.count > line.quantity:
            many = rules.say("too_many", label=line.label, count=line.quantity)
            return Verdict(False, many, ways=("wrong_or_missing_item",))
        return None

    async def apply(
        self, operation: WrongOrMissing, case: Case, verdict: Verdict, connection: AsyncConnection
    ) -> Effect:
        """Hold the pieces to be sent, or promise the money for those that did not come."""
        line = case.named_line
        count = operation.count or 1
        money = operation.solution is Way.REFUND
        if not money:
            refusal = case.rules.say("sold_out", label=line.label)
            await hold(connection, line.sku_id, count, refusal=refusal)
        wrong = operation.trouble is GoodsTrouble.WRONG
        details = {
            "trouble": (operation.trouble or GoodsTrouble.MISSING).value,
            "count": str(count),
            "solution": operation.solution.value if operation.solution else "",
            "photo": operation.photo,
        }
        if not money:
            details |= {"sku": line.sku_id, "held": str(count)}
        if wrong:
            details["send_to"] = send_to(case.return_address)
        if verdict.by_person:
            return Effect(
                ReceiptState.AWAITING_APPROVAL,
                refund=verdict.refund,
                holds_line=money or wrong,
                due=case.now + timedelta(hours=case.rules.settings["approve_hours"]),
                details=details,
            )
        return self._settle(verdict.refund, details, case)

    async def approve(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> Effect:
        """See `ApprovalHandler.approve`; the pieces have been held since it was asked for."""
        return self._settle(receipt.refund, receipt.details, case)

    def _settle(self, amount: int, details: Mapping[str, str], case: Case) -> Effect:
        money = details["solution"] == Way.REFUND.value
        wrong = details["trouble"] == GoodsTrouble.WRONG.value
        days = case.rules.settings["refund_days" if money else "ship_within_days"]
        return Effect(
            ReceiptState.UNDER_WAY,
            refund=amount,
            holds_line=money or wrong,
            due=case.now + timedelta(days=days),
            details=details,
        )

    def amount(self, receipt: Receipt, order: Order) -> int:
        """See `ApprovalHandler.amount`: the money, or the worth of the pieces that are sent."""
        line = next((line for line in order.lines if line.id == receipt.line_id), None)
        if receipt.refund or line is None:
            return receipt.refund
        return _value(line, int(receipt.details["count"]))

    def told(self, receipt: Receipt, rules: Rules) -> tuple[str, Mapping[str, object]]:
        """See `ApprovalHandler.told`."""
        if receipt.refund:
            return "refund", {}
        send_to = receipt.details.get("send_to", "")
        return ("exchange" if send_to else "reship"), {"send_to": send_to}

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """See `Handler.withdrawal`: until it should have been sent or paid."""
        return "" if receipt.due is None or case.now < receipt.due else "final"

    async def withdraw(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> None:
        """The pieces that were held are for sale again."""
        await release(connection, receipt.details)


def _value(line: OrderLine, count: int) -> int:
    """What was paid for so many pieces of the line, in fen."""
    return line.paid * count // line.quantity
