"""All flows, in one explicit list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.flows.cancel import CancelFlow
from actions.flows.change import ChangeOrderFlow
from actions.flows.flow import Flow
from actions.flows.invoice import InvoiceFlow
from actions.flows.payment import PaymentFlow
from actions.flows.price_protection import PriceProtectionFlow
from actions.flows.undo import UndoFlow
from actions.flows.urge import UrgeFlow

FLOWS: Mapping[str, Flow[Any]] = {
    flow.name: flow
    for flow in (
        CancelFlow(),
        ChangeOrderFlow(),
        UndoFlow(),
        UrgeFlow(),
        InvoiceFlow(),
        PriceProtectionFlow(),
        PaymentFlow(),
    )
}
