"""Money back without the goods: what never came, and what came partly spoiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from actions.base import Services
from actions.flows.flow import UNNEEDED, Draft, Subject, Turned
from actions.flows.goods import (
    GoodsFlow,
    GoodsLineStep,
    PhotoStep,
    about,
    checked,
    photos_of,
    told,
    turned_to,
    unsent,
)
from actions.flows.lines import LineStep
from actions.flows.options import OptionStep
from actions.flows.reading import agreeing
from actions.flows.wrong_goods import pieces_missing
from actions.formatting import money
from actions.lookup import RECEIVED, UNDER_WAY, UNSHIPPED
from actions.needs import Need
from actions.reply import Reply
from actions.turn import Turn
from actions.wishes import SHORT
from actions.wording import looked_for
from conversations.messages import Choice
from shop.operations.refund import RefundCause, RefundRequest, Share, apart, searching
from shop.operations.types import Receipt
from shop.solutions import Way

_INTENT = "refund_request"
_RETURN = "return"
_MISSING = "missing"

_AGREED = "退款?|退钱|核实|去查"
_SEARCH_AGREED = agreeing(rf"{_AGREED}|(?:你们|赶紧|快|去)*查(?:一?查)?|登记")
_CAUSES_OF_A_SEARCH = frozenset({RefundCause.NOT_RECEIVED.value, RefundCause.LOST.value})

_CAUSES = {cause.value: cause for cause in RefundCause}


def refund_of(draft: Draft) -> RefundRequest:
    """What is asked of the shop; what is still open is left out."""
    share, line = told(draft, ShareStep.slot), draft.subject.line
    return RefundRequest(
        draft.subject.order.id,
        line.id if line else "",
        cause=_CAUSES.get(told(draft, SituationStep.slot)),
        share=Share(share) if share else None,
        photo=photos_of(draft),
    )


class SituationStep(OptionStep):
    """What the money is for."""

    slot = "flow_situation"
    group = "situation"
    heard: ClassVar[Mapping[str, re.Pattern[str]]] = {
        RefundCause.NOT_RECEIVED.value: re.compile(
            r"[没未]有?(?:收|拿|见|看|取|领)[到着]|[没未]有?见.{0,3}(?:影|东西|货|包裹|快递)|没影"
            r"|[没未]有?(?:送|交|递|寄)?[到在给]过?我?的?(?:手|家里)|不是我签|没签收|假签收|谁签|丢[了件]|弄丢|找不到"
            r"|^(?!.*[坏烂碎破漏霉]).*(?:显示|[写说标]着?|物流|系统|状态).{0,3}(?:已|被)?签收"
        ),
        _MISSING: SHORT,
        RefundCause.SPOILED.value: re.compile(
            r"坏了?(?:[一二两三四五六七八九十几\d半]|好几|一?些|部分)|(?:[一二两三四五六七八九十几\d]|部分|有些|一?半)"
            r"[个颗包袋盒瓶只罐斤箱]?.{0,3}(?:坏|烂|臭|霉|碎|破|漏|变质|不能吃)|烂了|发霉|变质"
        ),
        _RETURN: re.compile(r"退货|寄回|退回去|退掉"),
    }


class ShareStep(OptionStep):
    """How much of it is bad; the options tell what that comes to."""

    slot = "flow_share"
    group = "share"
    heard: ClassVar[Mapping[str, re.Pattern[str]]] = {
        Share.MOST.value: re.compile(r"大部分|大半|多半|几乎|差不多都|全部?|都坏|都烂|八九成"),
        Share.HALF.value: re.compile(r"一半|半[包袋盒箱]|对半|五成"),
        Share.FEW.value: re.compile(
            r"一点|几[个颗包袋只]|[一二两三][个颗包袋只瓶]|少[量数]|个别|小部分"
        ),
    }

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        choices = []
        for share in Share:
            asked = replace(refund_of(draft), share=share)
            verdict = await checked(asked, draft, services)
            title = reply.phrases.label(f"share.{share.value}").format(amount=money(verdict.refund))
            choices.append(Choice(title, self.answer(share.value)))
        return choices


class RefundFlow(GoodsFlow[RefundRequest]):
    """退款: before shipping by cancelling, with the goods by returning, else this."""

    name = _INTENT
    starting = frozenset({_INTENT})
    agrees = agreeing(_AGREED)
    sorry = True
    prefer = (UNSHIPPED, UNDER_WAY, RECEIVED)
    steps = (
        SituationStep(intent=_INTENT),
        GoodsLineStep(intent=_INTENT),
        ShareStep(intent=_INTENT),
        PhotoStep(intent=_INTENT, operation=refund_of),
    )

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """What has not gone out is cancelled; pieces that are missing have a flow of their own."""
        if subject is None:
            return None
        if subject.order.state in RECEIVED and _short(turn.text, subject):
            short = turn.as_intent("wrong_or_missing_item")
            short = replace(short, entities=(*turn.entities, *about(subject)))
            return Need("action_wrong_or_missing_item", short)
        if not unsent(subject):
            return None
        asked = replace(turn.as_intent("cancel_order"), entities=turn.entities + about(subject))
        return Need("action_cancel_order", asked)

    def leads_to(self, draft: Draft, turn: Turn) -> Turned | None:
        """See `Flow.leads_to`: with the goods a return; missing pieces have a flow of their own."""
        situation = told(draft, SituationStep.slot)
        if situation == _MISSING:
            wish = {"flow_trouble": _MISSING, "flow_solution": Way.REFUND.value}
            return turned_to("wrong_or_missing_item", **wish)
        return turned_to("return_request") if situation == _RETURN else None

    def ending(self, draft: Draft) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """See `Flow.ending`: 查吧 agrees where a parcel is to be looked for, and nowhere else."""
        if told(draft, SituationStep.slot) in _CAUSES_OF_A_SEARCH:
            return self.gives_up, _SEARCH_AGREED
        return super().ending(draft)

    def told_again(self, turn: Turn, draft: Draft) -> bool:
        """See `Flow.told_again`: 驿站也没有, of what never came."""
        missed = told(draft, SituationStep.slot) == RefundCause.NOT_RECEIVED.value
        return missed and looked_for(turn.text)

    def settled(self, before: Draft, after: Draft) -> dict[str, str]:
        """See `GoodsFlow.settled`: what is on its way has not been received, and is not spoiled."""
        values = {slot: value for slot, value in after.values.items() if value != UNNEEDED}
        subject = after.subject
        arrived = subject.line.signed_at if subject.line else None
        if arrived is None and subject.order.state in UNDER_WAY:
            values[SituationStep.slot] = RefundCause.LOST.value
        elif values.get(SituationStep.slot) == RefundCause.LOST.value:
            del values[SituationStep.slot]
        situation = values.get(SituationStep.slot)
        if situation is not None and situation != RefundCause.SPOILED.value:
            values[ShareStep.slot] = values[PhotoStep.slot] = UNNEEDED
        return values

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`: the whole order, unless its goods travel apart or one is bad."""
        draft = super().following(before, after)
        situation = draft.value(SituationStep.slot)
        whole = situation != RefundCause.SPOILED.value and not apart(draft.subject.order)
        if situation and whole:
            return Draft(draft.subject, {**draft.values, LineStep.slot: UNNEEDED})
        return draft

    def operation(self, draft: Draft) -> RefundRequest:
        """See `Flow.operation`."""
        return refund_of(draft)

    def outcome(self, receipt: Receipt) -> str:
        """See `Flow.outcome`: a parcel that is looked for is no money yet."""
        return "search" if searching(receipt) else super().outcome(receipt)


def _short(text: str, subject: Subject) -> bool:
    """Whether pieces of it are missing: 少发了, 买了两个只收到一个."""
    lines = (subject.line,) if subject.line else subject.order.lines
    counted = (pieces_missing(text, line.quantity) for line in lines)
    return SHORT.search(text) is not None or any(count is not None for count in counted)
