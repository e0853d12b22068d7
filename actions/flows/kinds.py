"""All flows, in one explicit list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.flows.address import AddressFlow
from actions.flows.cancel import CancelFlow
from actions.flows.change import ChangeOrderFlow
from actions.flows.compensation import CompensationFlow
from actions.flows.exchange import ExchangeFlow
from actions.flows.flow import Flow
from actions.flows.installation import InstallationFlow
from actions.flows.invoice import InvoiceFlow
from actions.flows.payment import PaymentFlow
from actions.flows.price_protection import PriceProtectionFlow
from actions.flows.quality import QualityFlow
from actions.flows.refund import RefundFlow
from actions.flows.repair import RepairFlow
from actions.flows.trade_in import TradeInFlow
from actions.flows.undo import UndoFlow
from actions.flows.urge import UrgeFlow
from actions.flows.wrong_goods import WrongGoodsFlow

FLOWS: Mapping[str, Flow[Any]] = {
    flow.name: flow
    for flow in (
        CancelFlow(),
        ChangeOrderFlow(),
        AddressFlow(),
        UndoFlow(),
        UrgeFlow(),
        InvoiceFlow(),
        PriceProtectionFlow(),
        PaymentFlow(),
        InstallationFlow(),
        TradeInFlow(),
        ExchangeFlow(),
        RefundFlow(),
        WrongGoodsFlow(),
        QualityFlow(),
        RepairFlow(),
        CompensationFlow(),
    )
}
