"""Something for the trouble: what the records show, by the rules of `compensation.yml`."""

from __future__ import annotations

from collections.abc import Mapping

from actions.base import Services
from actions.flows.flow import UNNEEDED, Draft, Flow, Step, Subject, Told
from actions.flows.reading import agreeing
from actions.formatting import money
from actions.needs import Need
from actions.reply import Reply
from actions.return_flow import reason_in
from actions.turn import Turn
from conversations.messages import Choice
from shop.operations.compensation import Compensation
from shop.operations.types import Receipt
from shop.types import ReturnReason

_INTENT = "compensation"
_ORDERS = 5


def _faulty(turn: Turn) -> bool:
    """Whether the message tells of bad goods: 坚果发霉了，赔我点钱."""
    return reason_in(turn.text, turn.entities) in (ReturnReason.QUALITY, ReturnReason.DAMAGED)


class AmountStep(Step):
    """What is asked for, when an amount is named; never asked."""

    slot = "flow_amount"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`: yuan as they are recognised, kept in fen."""
        named = turn.first("amount")
        try:
            fen = round(float(named) * 100) if named else 0
        except ValueError:
            return None
        return Told(str(fen)) if fen > 0 else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> list[Choice]:
        """See `Step.ask`."""
        return []


class CompensationFlow(Flow[Compensation]):
    """补偿: for the order whose records show a mishap; all else is answered from the knowledge."""

    name = _INTENT
    starting = frozenset({_INTENT})
    agrees = agreeing("领取?|要|给|收下|发")
    questions = "action_answer"
    whole = True
    of_it = frozenset({"amount"})
    steps = (AmountStep(),)

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`: there is something to be given, or bad goods are told of."""
        return (
            turn.clicked
            or _faulty(turn)
            or await self.known(turn, customer_id, services) is not None
        )

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """Bad goods have ways of their own, which are a right and come first."""
        if subject is None and _faulty(turn):
            return Need("action_goods_problem", turn.as_intent("quality_complaint"))
        return None

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """See `Flow.known`: the order named or in talk, else the newest with a mishap.

        One that something was given for already counts last: then that is said.
        """
        named = turn.first("order_number") or (turn.first("order_line") or "").partition("/")[0]
        orders = list(await services.shop.orders.recent(customer_id, limit=_ORDERS))
        orders.sort(key=lambda order: order.id != (named or turn.slot("current_order")))
        given = None
        for order in orders:
            if named and order.id != named:
                continue
            asked = Compensation(order.id)
            verdict = await services.shop.operations.check(customer_id, asked)
            if verdict.allowed:
                return Subject(customer_id, order)
            if verdict.ways and given is None:
                given = Subject(customer_id, order)
        return given

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`."""
        return Draft(after.subject, {AmountStep.slot: UNNEEDED, **after.values})

    def operation(self, draft: Draft) -> Compensation:
        """See `Flow.operation`."""
        amount = draft.value(AmountStep.slot)
        return Compensation(
            draft.subject.order.id, amount=0 if amount in ("", UNNEEDED) else int(amount)
        )

    async def done(
        self, receipt: Receipt, draft: Draft, reply: Reply, services: Services
    ) -> Mapping[str, str]:
        """See `Flow.done`."""
        return {"amount": money(int(receipt.details["amount"]))}
