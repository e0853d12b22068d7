"""What flows about goods that were received have in common: the line, photos, faults, ways out."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from actions.base import Services
from actions.flows.flow import UNNEEDED, Asked, Draft, Flow, Step, Subject, Told, Turned
from actions.flows.lines import LineStep
from actions.flows.reading import GIVES_UP
from actions.formatting import clip, money
from actions.lookup import RECEIVED, UNDER_WAY, UNPAID, UNSHIPPED
from actions.parts import parts_of, questioning
from actions.reply import Reply, payload
from actions.turn import ASKS_NOTHING, DENIED_BEFORE, SHARE_IMAGE, Entity, Turn, undenied
from actions.wording import result
from conversations.messages import Choice
from shop.operations.types import Operation, Photo, Verdict
from shop.solutions import Way
from shop.types import OrderLine, OrderState

NO_PHOTO = "none"
OWN_ACCIDENT = re.compile(r"摔|磕|掉(?:地|水|进|到)|进水|泡水|泡了水|压坏|踩|被我|我不小心|洒了")
"""Words of who broke it in use."""

# 长按也没用: what was tried in vain cannot be shown on a picture.
_MAY_BE_TRIED = frozenset({"quality_complaint", "warranty_repair"})
_OPEN = "?"  # left out before, and wanted now
_MOST_PHOTOS = 9
_FAULT = 100  # characters of it that are kept
_NO_PHOTO = re.compile(
    r"(?:没|没有|不|拍不|发不)(?:有|拍|发|了|到|出)*(?:照片|图片?|照)|不想?[拍发传]|没法拍|拍不[了到]"
    r"|^(?:没有?|不发|跳过|先不发|没拍|没照片|没图)[了啊呀吧的]*[。.!！]?$"
    r"|(?:照片|图片?).{0,4}(?:回头|晚点|之后|以后|待会|等下|改天|再补|后补)|(?:没法|不能|不会|不方便)[传发拍]|扔了|丢掉了|先.{0,3}登记"
)
# Before a way out: 不想修了, 别换了, 没说要退货; but not 要不换一个吧, 换不换都行.
_WAY_REFUSED = re.compile(
    rf"{DENIED_BEFORE.pattern}"
    r"|(?:(?<![要换退修补])不(?:想|要|用|需要?|愿意?)*|(?<!是)不是|别|懒得|没(?:说|想|让))"
    r"(?:再|要|想|说|你|给?我)*$"
)
_WISHES = re.compile(
    r"(?:我|想|要|申请|帮我?|请|给我|麻烦|需要|可以|能不能|怎么|这个|那个)*"
    r"(?:报修|维修|送修|寄修|修一?下|修理?|投诉|售后|有?质量问题|有?问题|坏了?)[了的吧吗呢啊]*[。.!！？?]*"
)

Operate = Callable[[Draft], Operation]


class GoodsLineStep(LineStep):
    """Which of the order's things; what is in hand already comes last."""

    def lines(self, draft: Draft) -> Sequence[OrderLine]:
        """See `LineStep.lines`."""
        return candidates(draft.subject)


class PhotoStep(Step):
    """Pictures sent inside the flow, or just before it; only their references are kept.

    Where the rules want them, none is no answer.
    """

    slot = "flow_photo"

    def __init__(self, *, intent: str, operation: Operate) -> None:
        self.intent = intent
        self.operation = operation

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        if "#" in (given := turn.first(self.slot) or ""):
            return Told(given)
        shown = turn.intent == SHARE_IMAGE
        if draft.value(self.slot) == NO_PHOTO and turn.asked != self.slot and not shown:
            photo = await wanted_photo(self.operation(draft), draft, services)
            return Told(_OPEN) if photo is Photo.REQUIRED else None
        known = [one for one in draft.value(self.slot).split(",") if "#" in one]
        if shown or (turn.pictures and not turn.asked):
            return Told(",".join(dict.fromkeys([*known, *turn.pictures][:_MOST_PHOTOS])))
        if known:
            return None
        skipped = turn.first(self.slot) == NO_PHOTO
        if not skipped and (turn.clicked or turn.asked != self.slot):
            return None
        skipped = skipped or _NO_PHOTO.search(turn.text) is not None
        in_vain = self.intent in _MAY_BE_TRIED and result(turn.text) == "failed"
        if not (skipped or in_vain):
            return None
        if await wanted_photo(self.operation(draft), draft, services) is Photo.REQUIRED:
            return Told(problem="flow_photo_needed") if skipped else None
        return Told(NO_PHOTO)

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`: whether it may be left out."""
        photo = await wanted_photo(self.operation(draft), draft, services)
        return {"wanted": services.phrases.current().label(f"photo.{photo.value}")}

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        if await wanted_photo(self.operation(draft), draft, services) is Photo.REQUIRED:
            return []
        skip = payload(self.intent, **{self.slot: NO_PHOTO})
        return [Choice(reply.phrases.label("choice.no_photo"), skip)]


class FaultStep(Step):
    """What is wrong, in the shopper's words."""

    slot = "flow_fault"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """Told by itself only where the flow begins; later words are no fault."""
        text = turn.text.strip()
        if (given := turn.first(self.slot)) is not None:
            return Told(given)
        if turn.asked == self.slot:
            idle = turn.intent in ASKS_NOTHING or GIVES_UP.search(text) or questioning(text)
            return None if turn.clicked or idle or not text else Told(clip(text, _FAULT))
        if turn.asked or not text or draft.value(self.slot):
            return None
        named = turn.first("reason") is not None
        said = parts_of(turn).told
        spans = [(one.start, one.end) for one in said.entities if one.end]
        wish = re.sub(r"\s", "", said.without(*spans).text)
        if not named and (not wish or _WISHES.fullmatch(wish)):
            return None
        return Told(clip(said.text.strip(" ，,。?？") or text, _FAULT))

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return []


class SolutionStep(Step):
    """The ways out that the shop proposes, best first."""

    slot = "flow_solution"

    heard: ClassVar[Mapping[Way, re.Pattern[str]]] = {
        Way.PARTIAL_REFUND: re.compile(
            r"部分退|退一?部分|补(?:点|一?些)钱|留着|退点钱|便宜点|[仅只]退[款钱]|不(?:想|用)?(?:退货|寄)(?!.*[换修])"
        ),
        Way.REPAIR: re.compile(r"修"),
        Way.RESHIP: re.compile(r"补发|补寄|重新?[发寄]|再[发寄]|补给?我?"),
        Way.EXCHANGE: re.compile(r"换"),
        Way.RETURN: re.compile(
            r"退货|退掉|退回|(?<!不)退了?吧|都退|^(?:那|就|还是|我|想|要|直接)*退了?(?:算了|得了)?$"
        ),
        Way.REFUND: re.compile(r"退[款钱]|退[少缺漏]|退.{1,6}[款钱]|[款钱].{0,3}退"),
    }

    def __init__(self, *, intent: str, operation: Operate) -> None:
        self.intent = intent
        self.operation = operation

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """Words of a way that is not open are no answer; the money comes the way that is open.

        That there is none left to change it for is said.
        """
        clicked = turn.first(self.slot)
        if clicked in {way.value for way in Way}:
            return Told(clicked or "")
        if turn.clicked or not turn.text or (turn.asked and questioning(turn.text)):
            return None
        told = [w for w, words in self.heard.items() if undenied(words, turn.text, _WAY_REFUSED)]
        if not told:
            return None
        verdict = await checked(self.operation(draft), draft, services)
        open_ways = [one.way for one in verdict.proposals]
        fitting = [way for way in told if way in open_ways]
        if not fitting and Way.REFUND in told:
            fitting = [way for way in (Way.RETURN, Way.PARTIAL_REFUND) if way in open_ways]
        if fitting:
            return Told(fitting[0].value)
        label = draft.subject.line.label if draft.subject.line else ""
        none_left = label and open_ways and set(told) == {Way.EXCHANGE}
        return Told(problem="flow_none_left", words={"label": label}) if none_left else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        verdict = await checked(self.operation(draft), draft, services)
        return [
            Choice(
                reply.phrases.label(f"solution.{one.way.value}").format(amount=money(one.amount)),
                payload("ask_human")
                if one.way is Way.PERSON
                else payload(self.intent, **{self.slot: one.way.value}),
            )
            for one in verdict.proposals
        ]

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        verdict = await checked(self.operation(draft), draft, services)
        return {"rule": verdict.rule}


class GoodsFlow(Flow[Asked]):
    """A flow about one line that was received."""

    prefer: ClassVar[Sequence[frozenset[OrderState]]] = (RECEIVED, UNDER_WAY, UNSHIPPED)
    of_it: ClassVar[frozenset[str]] = frozenset({"reason"})

    @abstractmethod
    def settled(self, before: Draft, after: Draft) -> dict[str, str]:
        """The values as `following` gives them back, apart from which line is meant."""

    async def meant(self, subject: Subject, turn: Turn, services: Services) -> Subject:
        """See `Flow.meant`: the only line that can be meant."""
        lines = candidates(subject)
        line = subject.line or (lines[0] if len(lines) == 1 else None)
        return Subject(subject.customer_id, subject.order, line)

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`: a line that is known is not asked for."""
        kept = {slot: value for slot, value in after.values.items() if value != _OPEN}
        values = self.settled(before, Draft(after.subject, kept))
        if after.subject.line is not None:
            values[LineStep.slot] = UNNEEDED
        else:
            values.pop(LineStep.slot, None)
        return Draft(after.subject, values)

    def line_id(self, draft: Draft) -> str:
        """The line's id, empty while it is open."""
        return draft.subject.line.id if draft.subject.line else ""


def told(draft: Draft, slot: str) -> str:
    """What was told, empty while it is open or not needed."""
    value = draft.value(slot)
    return "" if value == UNNEEDED else value


def candidates(subject: Subject) -> Sequence[OrderLine]:
    """The lines of the order that may be meant: no gifts, nothing that is in hand already."""
    bought = [line for line in subject.order.lines if not line.gift] or list(subject.order.lines)
    return [line for line in bought if not line.returned] or bought


def unsent(subject: Subject) -> bool:
    """Whether it has not gone out: the order, or the line of an order that is sent in parts."""
    state, line = subject.order.state, subject.line
    if state in UNPAID or state is OrderState.PAID:
        return True
    return state in UNSHIPPED and line is not None and line.shipped_at is None


def photos_of(draft: Draft) -> str:
    """The references of the pictures, empty without any."""
    value = told(draft, PhotoStep.slot)
    return "" if value == NO_PHOTO else value


def turned_to(intent: str, words: str = "", **details: str) -> Turned:
    """Another flow, with the details that are told already."""
    return Turned(intent, {name: value for name, value in details.items() if value}, words)


async def checked(operation: Operation, draft: Draft, services: Services) -> Verdict:
    """What the rules say of it now."""
    return await services.shop.operations.check(draft.subject.customer_id, operation)


async def wanted_photo(operation: Operation, draft: Draft, services: Services) -> Photo:
    """Whether the rules want a picture for it."""
    return (await checked(operation, draft, services)).photo


def about(subject: Subject) -> tuple[Entity, ...]:
    """The subject as a message names it."""
    if subject.line is not None:
        return (Entity("order_line", subject.id),)
    return (Entity("order_number", subject.order.id),)
