"""What came wrong or did not come along, step by step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from actions.base import Services
from actions.flows.exchange import say_where_to
from actions.flows.flow import UNNEEDED, Draft, Step, Told, Turned
from actions.flows.goods import (
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
from actions.parts import questioning
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice
from shop import numerals
from shop.operations.types import Receipt, Verdict
from shop.operations.wrong_goods import GoodsTrouble, WrongOrMissing
from shop.solutions import Way

_INTENT = "wrong_or_missing_item"
_MOST = 4
_CAME = r"(?:[收拿见看取领找]到|有|到|寄|发|来|给|装|剩)"
MISSING = re.compile(
    r"[少漏缺](?:发|寄|装|给|放|了|个|一|两|[二三四五\d])|差(?:了|我)*[一两二三四五\d][个件]|[少漏缺差]的那"
    r"|不够|[不没](?:到|发|给|装)?齐|只(?:收到|到|来|发|有)了?一?部分"
    rf"|(?:只|就|才){_CAME}(?:了|我|货|来)*(?:[一二两三四五\d]|半)|[没未](?:收到|拿到|放|发|给|寄)"
    r"|里面?(?:只|就|才)[一二两三四五\d]"
)
"""Words of what is not in the parcel."""

_KIND = (
    r"(?:个|件|双|条|只|瓶|盒|袋|包|套|支)(?![多半]?(?:月|星期|礼拜|小时)|[小大破]?(?:洞|坑|口子))"
)
_PIECES = rf"([一二两三四五\d]){_KIND}"
_SHORT_BY = re.compile(rf"[少漏缺差](?:发|寄|装|给|放)?(?:了|我)*{_PIECES}")
_THE_MISSING = re.compile(
    rf"(?:[少漏缺差]|[没未](?:收|拿)?到)(?:发|寄)?的那([一二两三四五\d]?){_KIND}"
)
_GOT = re.compile(rf"(?:只|就|才){_CAME}(?:了|我|货|来)*{_PIECES}|里面?(?:只|就|才){_PIECES}")
_BARE = re.compile(rf"{_PIECES}|^([一二两三四五\d])$")


_CORRECTION = re.compile(r"不是|[说写选点弄搞]错")


def wrong_goods_of(draft: Draft) -> WrongOrMissing:
    """What is asked of the shop; what is still open is left out."""
    trouble, solution = told(draft, TroubleStep.slot), told(draft, SolutionStep.slot)
    line = draft.subject.line
    return WrongOrMissing(
        draft.subject.order.id,
        line.id if line else "",
        trouble=GoodsTrouble(trouble) if trouble else None,
        count=int(told(draft, CountStep.slot) or 0),
        solution=Way(solution) if solution else None,
        photo=photos_of(draft),
    )


class TroubleStep(OptionStep):
    """Wrong, or missing."""

    slot = "flow_trouble"
    group = "trouble"
    heard: ClassVar[Mapping[str, re.Pattern[str]]] = {
        GoodsTrouble.MISSING.value: MISSING,
        GoodsTrouble.WRONG.value: re.compile(
            r"[发寄给装]错|错发|不是我[买要拍点订]|货不对|不对板|(?:颜色|尺码|型号|款式|码数|口味).{0,3}(?:不对|错|不符|不一样)"
            r"|别人的|另一[件个款]|发成|寄成"
        ),
    }

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """发错 is also a reason that is recognised as such; once told, only a correction counts."""
        known = draft.value(self.slot) and turn.asked != self.slot and not turn.first(self.slot)
        if known and not _CORRECTION.search(turn.text):
            return None
        found = await super().hear(turn, draft, services)
        if found is None and not turn.asked and turn.first("reason") == "wrong_item":
            return Told(GoodsTrouble.WRONG.value)
        return found


class CountStep(Step):
    """How many pieces of the line, when it has several."""

    slot = "flow_count"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """More than were bought is no answer."""
        line = draft.subject.line
        if line is None or line.quantity == 1:
            return None
        count = int(turn.first(self.slot) or 0) or self._said(turn, line.quantity)
        if count is None:
            return None
        if not 0 < count <= line.quantity:
            words = {"label": line.label, "count": str(line.quantity)}
            return Told(problem="flow_count_too_many", words=words)
        return Told(str(count))

    def _said(self, turn: Turn, quantity: int) -> int | None:
        if turn.clicked:
            return None
        count = pieces_missing(turn.text, quantity)
        if count is not None or turn.asked != self.slot or questioning(turn.text):
            return count
        if re.search(r"都|全", turn.text):
            return quantity
        found = _BARE.search(turn.text)
        return numerals.digit(found[1] or found[2]) if found else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        line = draft.subject.line
        counts = range(1, min(line.quantity if line else 1, _MOST) + 1)
        label = reply.phrases.label("count.pieces")
        return [
            Choice(label.format(count=count), payload(_INTENT, **{self.slot: str(count)}))
            for count in counts
        ]


class WrongGoodsFlow(GoodsFlow[WrongOrMissing]):
    """发错、少发: what it is, how many, a photo, and what shall be done."""

    name = _INTENT
    starting = frozenset({_INTENT})
    agrees = agreeing("补发?|补寄|寄|换|退款?|这样办")
    sorry = True
    steps = (
        GoodsLineStep(intent=_INTENT),
        TroubleStep(intent=_INTENT),
        CountStep(),
        PhotoStep(intent=_INTENT, operation=wrong_goods_of),
        SolutionStep(intent=_INTENT, operation=wrong_goods_of),
    )

    def leads_to(self, draft: Draft, turn: Turn) -> Turned | None:
        """See `Flow.leads_to`: with the goods back it is a return."""
        if told(draft, SolutionStep.slot) != Way.RETURN.value:
            return None
        return turned_to("return_request", reason="wrong_item")

    def settled(self, before: Draft, after: Draft) -> dict[str, str]:
        """See `GoodsFlow.settled`: what is not there cannot be photographed."""
        values = {slot: value for slot, value in after.values.items() if value != UNNEEDED}
        line, trouble = after.subject.line, values.get(TroubleStep.slot)
        changed = before.value(TroubleStep.slot) not in ("", trouble)
        if changed or (before.subject.line is not None and before.subject.line != line):
            values.pop(SolutionStep.slot, None)
        if line is not None and line.quantity == 1:
            values[CountStep.slot] = UNNEEDED
        if trouble == GoodsTrouble.MISSING.value and PhotoStep.slot not in values:
            values[PhotoStep.slot] = UNNEEDED
        return values

    def operation(self, draft: Draft) -> WrongOrMissing:
        """See `Flow.operation`."""
        return wrong_goods_of(draft)

    def rows(self, draft: Draft, verdict: Verdict) -> Sequence[tuple[str, str]]:
        """See `Flow.rows`."""
        count = told(draft, CountStep.slot)
        return [*verdict.facts, *([("count", count)] if count else [])]

    async def done(
        self, receipt: Receipt, draft: Draft, reply: Reply, services: Services
    ) -> Mapping[str, str]:
        """Where a wrong thing goes."""
        if receipt.details.get("send_to") and not receipt.refund:
            say_where_to(receipt, reply, services)
        return {"what": reply.phrases.label(f"goods_done.{receipt.details['solution']}")}


def pieces_missing(text: str, quantity: int) -> int | None:
    """How many of so many are missing by the message's words; None when it does not say."""
    if quantity == 1:
        return None
    if (short := _SHORT_BY.search(text)) is not None:
        return numerals.digit(short[1])
    if (got := _GOT.search(text)) is not None:
        return max(quantity - numerals.digit(got[1] or got[2]), 0) or None
    if (those := _THE_MISSING.search(text)) is not None:
        return numerals.digit(those[1]) if those[1] else 1
    return quantity // 2 if "一半" in text and quantity % 2 == 0 else None
