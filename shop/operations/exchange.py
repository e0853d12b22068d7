"""Another colour or size, or the same thing anew, for goods that were received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.errors import NotAllowed
from shop.operations.dates import end_of_day
from shop.operations.handler import Case, Effect, Handler
from shop.operations.stock import hold, release
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.types import Address, Eligibility, OrderLine, OrderState, Product, ReturnReason, Sku

FAULTS = frozenset(
    {
        ReturnReason.QUALITY,
        ReturnReason.DAMAGED,
        ReturnReason.WRONG_ITEM,
        ReturnReason.NOT_AS_DESCRIBED,
    }
)
"""Reasons that are the shop's fault."""

_OTHERS = 4


@dataclass(frozen=True)
class ExchangeRequest(Operation):
    """The line comes back, another one goes out.

    `reason` None and `sku_id` empty while they are not told. For a fault of ours the same thing
    anew may be wanted.
    """

    kind = "exchange_request"

    reason: ReturnReason | None = None
    sku_id: str = ""


class ExchangeHandler(Handler[ExchangeRequest]):
    """The windows and who pays are those of returns; the price stays the same; stock is held."""

    kind = ExchangeRequest.kind
    settings = frozenset({"send_within_days", "ship_within_days"})
    sentences = frozenset(
        {
            *("allowed", "unshipped", "late", "line_gone", "not_sold", "nothing_else"),
            *("sold_out", "other_price", "same", "return_instead", "others_here"),
            *("payer_shop", "payer_insurance", "payer_shopper"),
        }
    )
    places = frozenset({"days", "ship_days", "label", "others", "rule"})

    def judge(self, operation: ExchangeRequest, case: Case) -> Verdict:
        """See `Handler.judge`."""
        rules, line = case.rules, case.line
        if case.order.state in (OrderState.AWAITING_PAYMENT, OrderState.PAID):
            return Verdict(False, rules.say("unshipped"), ways=("change_order",))
        if line is None:
            return Verdict(True, "")
        if line.returned:
            gone = rules.say("line_gone", label=line.label)
            return Verdict(False, gone, ways=("after_sales_status",))
        rule = _window(operation.reason, case)
        if not rule.allowed:
            repair = ("warranty_repair",) if case.warranty_until else ()
            late = rules.say("late", rule=rule.rule)
            return Verdict(False, late, alternatives=rule.alternatives, ways=repair)
        product = case.product
        fitting = exchangeable(product, line, operation.reason) if product else []
        refusal = self._unfit(operation, fitting, case)
        if refusal is not None:
            return refusal
        allowed = rules.say(
            "allowed",
            days=rules.settings["send_within_days"],
            ship_days=rules.settings["ship_within_days"],
            label=line.label,
        )
        return Verdict(True, allowed, facts=self._facts(operation, rule, case))

    def _unfit(
        self, operation: ExchangeRequest, fitting: Sequence[Sku], case: Case
    ) -> Verdict | None:
        """Why the wish cannot be met, and what can be had instead."""
        rules, line = case.rules, case.named_line
        back = ("return_request",)
        if case.product is None:
            return Verdict(False, rules.say("not_sold", label=line.label), ways=back)
        if not fitting:
            instead = (rules.say("return_instead"),)
            nothing = rules.say("nothing_else", label=line.label)
            return Verdict(False, nothing, alternatives=instead, ways=back)
        wanted = _sku(operation, case)
        if not operation.sku_id or wanted in fitting:
            return None
        if wanted is None:
            return Verdict(False, rules.say("not_sold", label=line.label), ways=back)
        if wanted.stock >= line.quantity:
            same = wanted.id == line.sku_id
            sentence = rules.say("same" if same else "other_price", label=wanted.label)
            return Verdict(False, sentence, ways=("exchange_request", *back))
        others = "、".join(sku.label for sku in fitting[:_OTHERS])
        return Verdict(
            False,
            rules.say("sold_out", label=wanted.label),
            alternatives=(rules.say("others_here", others=others), rules.say("return_instead")),
            ways=("exchange_request", *back),
        )

    def _facts(
        self, operation: ExchangeRequest, rule: Eligibility, case: Case
    ) -> tuple[tuple[str, str], ...]:
        facts = [("shipping", case.rules.say(f"payer_{rule.shipping_paid_by}"))]
        wanted = _sku(operation, case)
        if wanted is not None:
            facts.insert(0, ("wanted", wanted.label or case.named_line.label))
        if case.order.address is not None:
            facts.append(("new_to", _masked(case.order.address)))
        return tuple(facts)

    async def apply(
        self,
        operation: ExchangeRequest,
        case: Case,
        verdict: Verdict,
        connection: AsyncConnection,
    ) -> Effect:
        """Hold the wanted pieces; the line can come back in no other way any more."""
        line, wanted = case.named_line, _sku(operation, case)
        if wanted is None or operation.reason is None:
            raise NotAllowed(case.rules.say("not_sold", label=line.label))
        refusal = case.rules.say("sold_out", label=wanted.label)
        await hold(connection, wanted.id, line.quantity, refusal=refusal)
        return Effect(
            ReceiptState.UNDER_WAY,
            holds_line=True,
            due=end_of_day(case.now, case.rules.settings["send_within_days"], case.zone),
            details={
                "reason": operation.reason.value,
                "sku": wanted.id,
                "wanted": wanted.label or line.label,
                "held": str(line.quantity),
                "send_to": send_to(case.return_address),
                **{name: text for name, text in verdict.facts if name == "shipping"},
            },
        )

    def withdrawal(self, receipt: Receipt, case: Case) -> str:
        """See `Handler.withdrawal`: until the goods should be on their way back."""
        return "" if receipt.due is None or case.now < receipt.due else "final"

    async def withdraw(self, receipt: Receipt, case: Case, connection: AsyncConnection) -> None:
        """The pieces that were held are for sale again."""
        await release(connection, receipt.details)


def exchangeable(product: Product, line: OrderLine, reason: ReturnReason | None) -> list[Sku]:
    """What may be had for the line: at today's price of what was bought, in stock for all pieces.

    The same thing anew only for a fault of ours. What is nearest to it stands first.
    """
    bought = next((sku for sku in product.skus if sku.id == line.sku_id), None)
    price = bought.price if bought else line.paid // line.quantity
    found = [
        sku
        for sku in product.skus
        if sku.stock >= line.quantity
        and sku.price == price
        and (sku.id != line.sku_id or reason in FAULTS)
    ]
    return sorted(found, key=lambda sku: (sku.color != line.color) + (sku.size != line.size))


def send_to(address: Address | None) -> str:
    """Where a parcel goes, with the name and phone that carriers ask for."""
    if address is None:
        return ""
    where = f"{address.province}{address.city}{address.district}{address.street}"
    return f"{where} {address.name} {address.phone}"


def _window(reason: ReturnReason | None, case: Case) -> Eligibility:
    """The rule for that reason; while it is open, for any that would do."""
    if reason is not None:
        return case.returns[reason]
    usual = case.returns[ReturnReason.WRONG_SIZE]
    if usual.allowed or not usual.other_reasons:
        return usual
    return case.returns[usual.other_reasons[0]]


def _sku(operation: ExchangeRequest, case: Case) -> Sku | None:
    variants = case.product.skus if case.product else ()
    return next((sku for sku in variants if sku.id == operation.sku_id), None)


def _masked(address: Address) -> str:
    """Enough to know one's own address by."""
    return f"{address.city}{address.district} {address.name[:1]}**"
