"""Hurrying up an order or its parcel."""

from __future__ import annotations

import re

from actions.base import Services
from actions.flows.flow import Draft, Flow, Subject
from actions.flows.reading import agreeing
from actions.lookup import OPEN, RECEIVED, UNPAID, UNSHIPPED
from actions.needs import Need
from actions.parts import questioning
from actions.turn import Turn
from shop.operations.types import Receipt
from shop.operations.urge import ON_THE_WAY, UrgeDelivery

ACTION = "action_urge_delivery"

_URGES = re.compile(
    r"催|快[一1]?[点些]|尽快|赶紧|赶快|抓紧|加急|加快|优先|早[一1]?[点些](?:发|送|寄|到)|急[用需等]|等不及"
)
_WHY = re.compile(r"为什么|为啥|为何|怎么|咋|凭什么|什么时候|多久|(?<![好这前过])几天|到底")
_TOLD_TO = re.compile(r"(?:帮我?|给我|替我|麻烦|请|能|可以)[^,，。]{0,4}催(?!过)")
_COMPENSATION = re.compile(r"赔(?!付险)|补偿")
_ALREADY = re.compile(r"催[过了](?!下|一下)|已经催|刚催")


class UrgeFlow(Flow[UrgeDelivery]):
    """催发货、催快递: what is only asked (怎么还不发货) is answered as a question of the parcel."""

    name = "urge_delivery"
    starting = frozenset({"urge_delivery"})
    agrees = agreeing("催催|催|加急")
    prefer = (OPEN, UNPAID, RECEIVED)
    whole = True
    questions = "action_track_logistics"
    gives_up = re.compile(r"(?:不|别)(?:用|想|要)?催|算了|^(?:不用|取消)[了吧]?$|再等等吧?$")

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`: told to, or our offer to do it was taken."""
        if turn.clicked or _TOLD_TO.search(turn.text) or _COMPENSATION.search(turn.text):
            return True
        if _WHY.search(turn.text) or _ALREADY.search(turn.text):
            return False
        offered = turn.pending is not None and turn.pending.action == ACTION
        return bool(_URGES.search(turn.text)) or (offered and not questioning(turn.text))

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """A parcel that is at the door, astray or standing still needs another answer.

        So does who waits no longer, but wants something for it.
        """
        if subject is None:
            paid_for = not turn.clicked and _COMPENSATION.search(turn.text)
            return Need("action_compensation", turn.as_intent("compensation")) if paid_for else None
        if subject.order.state in UNSHIPPED:
            return None
        logistics = services.shop.logistics
        parcels = await logistics.parcels(subject.customer_id, subject.order.id)
        coming = [one for one in parcels if one.state in ON_THE_WAY and not one.contested]
        stuck = [one for one in coming if (await logistics.eta(one)).stuck_hours is not None]
        if coming and not stuck:
            return None
        return Need("action_track_logistics", turn)

    def operation(self, draft: Draft) -> UrgeDelivery:
        """See `Flow.operation`."""
        return UrgeDelivery(draft.subject.order.id)

    def outcome(self, receipt: Receipt) -> str:
        """See `Flow.outcome`."""
        if receipt.details["late"] == "yes":
            return "late"
        return "warehouse" if receipt.details["asked"] == "warehouse" else "carrier"
