"""All kinds of operations, in one explicit list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.operations.address import AddressHandler
from shop.operations.approvals import ApprovalHandler
from shop.operations.cancel import CancelHandler
from shop.operations.change import ChangeHandler
from shop.operations.compensation import CompensationHandler
from shop.operations.exchange import ExchangeHandler
from shop.operations.handler import Handler
from shop.operations.installation import InstallationHandler
from shop.operations.invoice import InvoiceHandler
from shop.operations.payment import PaymentCheckHandler
from shop.operations.price_protection import PriceProtectionHandler
from shop.operations.quality import QualityHandler
from shop.operations.refund import RefundHandler
from shop.operations.repair import RepairHandler
from shop.operations.trade_in import TradeInHandler
from shop.operations.undo import UndoHandler
from shop.operations.urge import UrgeHandler
from shop.operations.wrong_goods import WrongOrMissingHandler

_OTHERS: Mapping[str, Handler[Any]] = {
    handler.kind: handler
    for handler in (
        CancelHandler(),
        ChangeHandler(),
        AddressHandler(),
        UrgeHandler(),
        InvoiceHandler(),
        PriceProtectionHandler(),
        PaymentCheckHandler(),
        InstallationHandler(),
        TradeInHandler(),
        ExchangeHandler(),
        RefundHandler(),
        WrongOrMissingHandler(),
        QualityHandler(),
        RepairHandler(),
        CompensationHandler(),
    )
}

HANDLERS: Mapping[str, Handler[Any]] = {**_OTHERS, UndoHandler.kind: UndoHandler(_OTHERS)}

APPROVALS: Mapping[str, ApprovalHandler[Any]] = {
    kind: handler for kind, handler in HANDLERS.items() if isinstance(handler, ApprovalHandler)
}
"""Those whose receipts may wait for a person."""
