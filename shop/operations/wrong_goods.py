"""What came wrong or did not come along: sent anew, or its part of the money comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.operations.dates import yuan
from shop.operations.exchange import send_to
from shop.operations.handler import Case, Effect, Handler
from shop.operations.history import history_of
from shop.operations.stock import hold, release
from shop.operations.types import Operation, Photo, Receipt, ReceiptState, Verdict
from shop.solutions import Means, Trouble, Way, proposals
from shop.types import OrderState, ReturnReason


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


class WrongOrMissingHandler(Handler[WrongOrMissing]):
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
        value = line.paid * count // line.quantity
        in_stock = case.sku is not None and case.sku.stock >= count
        means = Means(
            in_stock=in_stock,
            back=case.returns[ReturnReason.WRONG_ITEM].refund,
            missing=min(value, case.refundable),
        )
        wrong = operation.trouble is not GoodsTrouble.MISSING
        found = proposals(Trouble.WRONG if wrong else Trouble.MISSING, means, history_of(case))
        photo = Photo.REQUIRED if wrong and value >= settings["photo_from"] else Photo.WELCOME
        opening = rules.say(
            "open_wrong" if wrong else "open_missing",
            label=line.label,
            count=count,
            amount=yuan(means.missing),
        )
        verdict = Verdict(True, opening, photo=photo, proposals=found)
        if operation.solution is None:
            return verdict
        by_person = value > settings["limit"]
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
            sentence = "swap" if wrong else "reship"
            days = settings["ship_within_days"]
            rule = rules.say(sentence, label=line.label, count=count, days=days)
        if by_person:
            rule += rules.say("approval", hours=settings["approve_hours"])
        return replace(verdict, rule=rule, refund=refund, by_person=by_person)

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
        line, settings = case.named_line, case.rules.settings
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
        days = settings["refund_days" if money else "ship_within_days"]
        state, due = ReceiptState.UNDER_WAY, case.now + timedelta(days=days)
        if verdict.by_person:
            state = ReceiptState.AWAITING_APPROVAL
            due = case.now + timedelta(hours=settings["approve_hours"])
        return Effect(
            state,
            refund=verdict.refund,
            holds_line=money or wrong,
            due=due,
            details=details,
        )

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """See `Handler.withdrawal`: until it should have been sent or paid."""
        return "" if receipt.due is None or case.now < receipt.due else "final"

    async def withdraw(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> None:
        """The pieces that were held are for sale again."""
        await release(connection, receipt.details)
