"""A repair: what is wrong with it, how it gets to the workshop, what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from actions.base import Services
from actions.flows.exchange import say_where_to
from actions.flows.flow import UNNEEDED, Draft, Subject
from actions.flows.goods import (
    OWN_ACCIDENT,
    FaultStep,
    GoodsFlow,
    GoodsLineStep,
    PhotoStep,
    checked,
    photos_of,
    told,
)
from actions.flows.options import OptionStep
from actions.flows.reading import agreeing
from actions.formatting import clip
from actions.lookup import RECEIVED, Found, find_order
from actions.parts import parts_of, questioning
from actions.reply import Reply
from actions.turn import Turn
from shop.operations.repair import Transport, WarrantyRepair
from shop.operations.types import Receipt, Verdict

_INTENT = "warranty_repair"
_SHOWN = 30
_CHECKED = 12  # lines of the newest orders
_BROKEN = re.compile(r"碎|裂|压弯|折断")  # nothing breaks like that by itself
_FAULT = re.compile(
    r"坏|故障|没反应|没电|没声|不(?:能|会|太)?(?:转|亮|响|开机|通电|制冷|加热|热|充电?|出水|工作|动|好使|灵|显示)"
    r"|[黑花白绿]屏|死机|重启|漏[电水]|断[连电触]|失灵|异响|卡住"
    r"|充不|松了"
)
_WISH = re.compile(
    r"(?:想|要|申请|帮|给我|麻烦|需要|安排|请)[^,，。?？问知咨]{0,4}(?:[送报寄维返]修|(?<![保免])修)"
)
# 能修不: whether that thing can still be repaired, which its own record tells.
_CAN_IT_BE = re.compile(
    r"(?:[能可会给]以?|包)(?:帮|给)?我?修[一下好]*[不吗么没嘛]|([能可给会])[以够]?不\1以?修|修得了|修得好|修不修"
)
_SUPPOSED = re.compile(r"如果|要是|万一|假如|以后|将来|的话")
_ASKS = re.compile(
    r"在哪|哪里|网点|多少|怎么收费|几年|多久|几天|期限|过保|保修[期卡吗没不]|范围|联保|延保|保不保|管不管"
)


def repair_of(draft: Draft) -> WarrantyRepair:
    """What is asked of the shop; what is still open is left out."""
    transport, line = told(draft, TransportStep.slot), draft.subject.line
    fault = told(draft, FaultStep.slot)
    return WarrantyRepair(
        draft.subject.order.id,
        line.id if line else "",
        fault=fault,
        transport=Transport(transport) if transport else None,
        own_damage=bool(OWN_ACCIDENT.search(fault) or _BROKEN.search(fault)),
        photo=photos_of(draft),
    )


class TransportStep(OptionStep):
    """Fetched, or sent in; fetched only when it is worth the trip."""

    slot = "flow_transport"
    group = "transport"
    heard: ClassVar[Mapping[str, re.Pattern[str]]] = {
        Transport.PICKUP.value: re.compile(r"上门|来[取拿收]|取件"),
        Transport.SEND_IN.value: re.compile(
            r"自己.{0,2}[寄送拿带]|我.{0,2}[寄送](?!修)|[寄送](?:过去|回去|去|给你)|寄吧|寄来吧|^寄$"
        ),
    }

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`: what it will cost is told before anything else is asked."""
        return {"rule": (await checked(repair_of(draft), draft, services)).rule}

    async def values(self, draft: Draft, services: Services) -> Sequence[str]:
        """See `OptionStep.values`."""
        fetched = replace(repair_of(draft), transport=Transport.PICKUP)
        allowed = (await checked(fetched, draft, services)).allowed
        return [*([Transport.PICKUP.value] if allowed else []), Transport.SEND_IN.value]


class RepairFlow(GoodsFlow[WarrantyRepair]):
    """报修; what is only asked about repairs is answered from the knowledge."""

    name = _INTENT
    starting = frozenset({_INTENT})
    agrees = agreeing("报修|修|送修|维修")
    questions = "action_answer"
    steps = (
        GoodsLineStep(intent=_INTENT),
        FaultStep(),
        TransportStep(intent=_INTENT),
        PhotoStep(intent=_INTENT, operation=repair_of),
    )

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`."""
        if turn.clicked or not turn.text:
            return True
        told = parts_of(turn).told.text
        if _WISH.search(told) and not _ASKS.search(told):
            return True
        broken = _FAULT.search(turn.text) is not None
        if _ASKS.search(turn.text) or not (broken or "修" in turn.text):
            return False
        if not questioning(turn.text):
            return True
        of_it = _CAN_IT_BE.search(turn.text) and not _SUPPOSED.search(turn.text)
        return bool(broken and of_it) and await self._bought(turn, customer_id, services)

    async def _bought(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """Whether the thing that the message is about was bought here."""
        outcome = await find_order(
            services.shop,
            customer_id,
            self.of_order(turn),
            now=services.clock(),
            prefer=self.prefer,
        )
        return isinstance(outcome, Found)

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """See `Flow.known`: where none is named, the only thing that can be repaired."""
        if turn.names or turn.names_thing or turn.first("time") or turn.slot("current_order"):
            return None
        orders = await services.shop.orders.recent(customer_id)
        things = [
            Subject(customer_id, order, line)
            for order in orders
            if order.state in RECEIVED
            for line in order.lines
        ]
        fitting = [thing for thing in things[:_CHECKED] if await _repaired(thing, services)]
        return fitting[0] if len(fitting) == 1 else None

    def settled(self, before: Draft, after: Draft) -> dict[str, str]:
        """See `GoodsFlow.settled`: a picture helps, and is not asked for."""
        return {PhotoStep.slot: UNNEEDED, **after.values}

    def operation(self, draft: Draft) -> WarrantyRepair:
        """See `Flow.operation`."""
        return repair_of(draft)

    def rows(self, draft: Draft, verdict: Verdict) -> Sequence[tuple[str, str]]:
        """See `Flow.rows`."""
        fault = clip(told(draft, FaultStep.slot), _SHOWN)
        return [*([("fault", fault)] if fault else []), *verdict.facts]

    async def done(
        self, receipt: Receipt, draft: Draft, reply: Reply, services: Services
    ) -> Mapping[str, str]:
        """Where it goes, unless it is fetched."""
        if receipt.details["transport"] == Transport.SEND_IN.value:
            say_where_to(receipt, reply, services)
        return {"transport": reply.phrases.label(f"transport_done.{receipt.details['transport']}")}


async def _repaired(thing: Subject, services: Services) -> bool:
    """Whether that thing can be repaired, for nothing or not."""
    draft = Draft(thing)
    return (await checked(repair_of(draft), draft, services)).allowed
