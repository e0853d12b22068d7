"""What was done for a customer before, as `shop.solutions` looks at it. Pure."""

from __future__ import annotations

from datetime import timedelta

from shop.operations.handler import Case
from shop.operations.types import DEAD_STATES
from shop.solutions import History, Way

_MONTHS = timedelta(days=90)
_TROUBLES = frozenset(
    {
        *("exchange_request", "refund_request", "wrong_or_missing_item"),
        *("quality_complaint", "warranty_repair"),
    }
)
_WAYS = {
    "exchange_request": Way.EXCHANGE,
    "refund_request": Way.REFUND,
    "quality_complaint": Way.PARTIAL_REFUND,
    "warranty_repair": Way.REPAIR,
}


def history_of(case: Case) -> History:
    """What was done for this customer, and for the line that is meant."""
    alive = [one for one in case.history if one.state not in DEAD_STATES]
    line = case.line.id if case.line else ""
    tried = {
        _WAYS[one.kind]
        for one in alive
        if one.order_id == case.order.id and one.line_id == line and one.kind in _WAYS
    }
    recent = [one for one in alive if one.kind in _TROUBLES and case.now - one.created_at < _MONTHS]
    return History(tier=case.tier or "normal", tried=frozenset(tried), cases=len(recent))
