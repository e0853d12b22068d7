"""What a node of TOP's trace means. Pure.

TOP's own `status` of a parcel is never looked at: for parcels sent with `offline.send` it reads
对方已签收 right after shipping (the description of `taobao.logistics.trace.search`). Signed is what
a node of the carrier says.
"""

from __future__ import annotations

import re

from shop.taobao.reading import Fields, items, moment, text
from shop.types import ParcelState, TraceNode

# `action` as TOP documents it (揽收、派送、签收) and as Cainiao writes it.
_ACTIONS = {
    "揽收": ParcelState.COLLECTED,
    "ACCEPT": ParcelState.COLLECTED,
    "GOT": ParcelState.COLLECTED,
    "TMS_ACCEPT": ParcelState.COLLECTED,
    "TRANSPORT": ParcelState.IN_TRANSIT,
    "DEPARTURE": ParcelState.IN_TRANSIT,
    "ARRIVAL": ParcelState.IN_TRANSIT,
    "派送": ParcelState.DELIVERING,
    "派件": ParcelState.DELIVERING,
    "DELIVERING": ParcelState.DELIVERING,
    "SENT_SCAN": ParcelState.DELIVERING,
    "TMS_DELIVERING": ParcelState.DELIVERING,
    "待取件": ParcelState.PICKUP_READY,
    "AGENT_SIGN": ParcelState.PICKUP_READY,
    "STA_INBOUND": ParcelState.PICKUP_READY,
    "签收": ParcelState.SIGNED,
    "SIGN": ParcelState.SIGNED,
    "SIGNED": ParcelState.SIGNED,
    "TMS_SIGN": ParcelState.SIGNED,
    "STA_SIGN": ParcelState.SIGNED,
    "FAILED": ParcelState.EXCEPTION,
    "TMS_FAILED": ParcelState.EXCEPTION,
    "TMS_ERROR": ParcelState.EXCEPTION,
    "REFUSE": ParcelState.REJECTED,
    "REVERSE_RETURN": ParcelState.RETURNING,
}
# For nodes without a known action; the first that fits. What sounds signed without saying so
# (未签收, 请您签收, 待签收) must not get as far as the last one.
_TEXTS = (
    (r"拒收|拒签", ParcelState.REJECTED),
    (r"退回|退件|退货途中", ParcelState.RETURNING),
    (r"[未待请]\S{0,4}签收|签收(?:失败|异常)", ParcelState.IN_TRANSIT),
    (r"(?:存放|暂存|投递)\S{0,4}(?:驿站|柜|代收点)|取件码|待取|自提", ParcelState.PICKUP_READY),
    (r"(?:驿站|柜|代收点)\S{0,6}(?:存放|暂存)", ParcelState.PICKUP_READY),
    (r"已签收|已[被由]\S{1,12}签收|签收人|代签收", ParcelState.SIGNED),
    (r"正在?派[送件]|派[送件]中|(?:安排|进行|开始)派[送件]|派[送件]员", ParcelState.DELIVERING),
    (r"揽收|揽件|已收件|收寄", ParcelState.COLLECTED),
)
_STATUS_ONLY = "对方已签收"
_PLACE = re.compile(r"[【\[]([^】\]【\[]{2,12}?)市[】\]]")


def trace_from(answer: Fields) -> tuple[TraceNode, ...]:
    """The nodes of an answer, oldest first; those without a time are left out.

    Raises:
        KeyError, TypeError, ValueError: a node is odd.
    """
    nodes = []
    for step in items(answer, "trace_list", "transit_step_info"):
        at = moment(step.get("status_time"))
        said = text(step, "status_desc")
        if at is not None and said.strip() != _STATUS_ONLY:
            place = _PLACE.search(said)
            state = node_state(text(step, "action"), said)
            nodes.append(TraceNode(at=at, state=state, city=place[1] if place else "", text=said))
    return tuple(sorted(nodes, key=lambda node: node.at))


def node_state(action: str, said: str) -> ParcelState:
    """The state by a node's action, else by its words; in transit when neither tells."""
    known = _ACTIONS.get(action.strip().upper())
    if known is not None:
        return known
    for pattern, state in _TEXTS:
        if re.search(pattern, said):
            return state
    return ParcelState.IN_TRANSIT
