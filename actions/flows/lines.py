"""Which line of an order is meant, asked as a step of a flow."""

from __future__ import annotations

from collections.abc import Sequence

from actions.base import Services
from actions.cards import line_label
from actions.flows.flow import Draft, Step, Told
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice
from shop.types import OrderLine

_CHOICES = 5


class LineStep(Step):
    """Needs no ear of its own: a line that is named or clicked becomes the flow's subject."""

    slot = "flow_line"

    def __init__(self, *, intent: str) -> None:
        self.intent = intent

    def lines(self, draft: Draft) -> Sequence[OrderLine]:
        """The lines that may be meant."""
        return draft.subject.order.lines

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        return None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        order_id = draft.subject.order.id
        return [
            Choice(line_label(line), payload(self.intent, order_line=f"{order_id}/{line.id}"))
            for line in self.lines(draft)[:_CHOICES]
        ]
