"""Bad goods: a photo, then what would settle it, best first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from actions.base import Services
from actions.flows.change import tells_choice
from actions.flows.flow import UNNEEDED, Draft, Told, Turned
from actions.flows.goods import (
    FaultStep,
    GoodsFlow,
    GoodsLineStep,
    PhotoStep,
    SolutionStep,
    photos_of,
    told,
    turned_to,
)
from actions.flows.options import OptionStep
from actions.flows.reading import agreeing
from actions.return_flow import reason_in
from actions.turn import Turn
from actions.wording import result
from shop.operations.quality import QualityComplaint
from shop.solutions import Way
from shop.types import ReturnReason

_INTENT = "quality_complaint"
_DAMAGED = ReturnReason.DAMAGED.value
_OTHER_FLOWS = {
    Way.EXCHANGE.value: "exchange_request",
    Way.RETURN.value: "return_request",
    Way.REPAIR.value: "warranty_repair",
}


def complaint_of(draft: Draft) -> QualityComplaint:
    """What is asked of the shop; what is still open is left out."""
    solution, line = told(draft, SolutionStep.slot), draft.subject.line
    return QualityComplaint(
        draft.subject.order.id,
        line.id if line else "",
        fault=told(draft, FaultStep.slot),
        solution=Way(solution) if solution else None,
        photo=photos_of(draft),
        damaged=told(draft, FaultKindStep.slot) == _DAMAGED,
    )


class FaultKindStep(OptionStep):
    """Whether it arrived broken or is bad; never asked, what is not told is quality."""

    slot = "flow_reason"
    group = "reason"
    heard: ClassVar[Mapping[str, re.Pattern[str]]] = {
        _DAMAGED: re.compile(
            r"(?:收到|打开|拆开|到货|快递|路上).{0,8}(?:碎|破|裂|坏|瘪|漏)|压坏|摔坏"
        ),
    }

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        named = reason_in(turn.text, turn.entities)
        if named is ReturnReason.DAMAGED or turn.first("reason") == _DAMAGED:
            return Told(_DAMAGED)
        return None if turn.asked else await super().hear(turn, draft, services)


class QualityFlow(GoodsFlow[QualityComplaint]):
    """质量问题: the photo may be left out unless the goods are kept and part is paid back."""

    name = _INTENT
    starting = frozenset({_INTENT})
    agrees = agreeing("退款?|退钱|留着用?|这样办")
    sorry = True
    steps = (
        GoodsLineStep(intent=_INTENT),
        FaultKindStep(intent=_INTENT),
        FaultStep(),
        PhotoStep(intent=_INTENT, operation=complaint_of),
        SolutionStep(intent=_INTENT, operation=complaint_of),
    )

    def leads_to(self, draft: Draft, turn: Turn) -> Turned | None:
        """See `Flow.leads_to`: an exchange, a return, a repair are flows of their own."""
        intent = _OTHER_FLOWS.get(told(draft, SolutionStep.slot))
        if intent is None or draft.subject.line is None:
            return None
        reason = told(draft, FaultKindStep.slot) or ReturnReason.QUALITY.value
        if intent == "exchange_request" and not turn.clicked and tells_choice(turn):
            wished = {one.name: one.value for one in turn.entities if one.name in ("color", "size")}
            return Turned(intent, {"reason": reason, **wished}, turn.text, typed=True)
        fault = told(draft, FaultStep.slot) if intent == "warranty_repair" else ""
        photos = photos_of(draft) if intent == "warranty_repair" else ""
        return turned_to(intent, reason=reason, flow_fault=fault, flow_photo=photos)

    def told_again(self, turn: Turn, draft: Draft) -> bool:
        """See `Flow.told_again`: 长按也没用, when we ask for the way out."""
        return turn.asked == SolutionStep.slot and result(turn.text) == "failed"

    def settled(self, before: Draft, after: Draft) -> dict[str, str]:
        """See `GoodsFlow.settled`."""
        values = dict(after.values)
        for slot in (FaultKindStep.slot, FaultStep.slot):
            values.setdefault(slot, UNNEEDED)
        return values

    def operation(self, draft: Draft) -> QualityComplaint:
        """See `Flow.operation`."""
        return complaint_of(draft)
