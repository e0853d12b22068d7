"""Somebody comes and installs it: which thing, which day, which time of the day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from actions.base import Services
from actions.flows.days import day_to_come
from actions.flows.flow import UNNEEDED, Draft, Flow, Step, Subject, Told
from actions.flows.lines import LineStep
from actions.flows.reading import CALLING_OFF, agreeing, without_tag
from actions.formatting import ZONE
from actions.lookup import OPEN, RECEIVED
from actions.reply import Reply, payload
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop.operations.installation import Installation
from shop.operations.types import Receipt, Verdict
from shop.types import OrderState

_INTENT = "installation_booking"
_OFFERED = 4  # days
_AHEAD = 14  # days looked at for them
_LATELY = 6  # orders
_CANCEL, _BOOK = "cancel", "book"
_WEEKDAYS = "一二三四五六日"

_CANCELS = re.compile(
    r"(?:取消|退掉?|不[用要约]|别)[^,，。]{0,6}(?:安装|上门|装|师傅|派人|预约)|(?:安装|上门|预约|师傅)[^,，。]{0,4}(?:取消|不用了|不要了)|自己(?:会|能|来)?装(?:上|好)?了?[^,，。]{0,4}(?:不用|销|取消)"
)
_BOOKS = re.compile(
    r"预约|[约改换][^,，。]{0,6}(?:安装|师傅|上门|装|时间|天|到)|(?:派|叫|找|安排)[^,，。]{0,4}(?:人|师傅|安装)|安装[^,，。]{0,6}(?:改|换|推|挪|提前)|来[^,，。]{0,4}(?:装|安装)|(?:需要|要)(?:上门)?安装|上门(?:安装|组装)"
    r"|安装$|(?:安装|上门)时间"
)
# With a day it is a wish: 椅子后天上午装一下.
_INSTALLS = re.compile(r"[装挂]")
_MOVES = re.compile(r"[改换推挪延]|提前")
# What belongs to it: with no day told, something about it is asked.
_OF_THE_WORK = re.compile(r"打孔|高空|支架|挂架|材料|铜管|移机|加氟|拆旧|拆机")
# How it works and what it costs, or what became of who should come.
_ASKED = re.compile(
    r"啥时候|谁来|谁给|催|暂无|另派|重新派|再跑|不升降|固定办法|改天|被改|女师傅|先送来|钱|费|免费|多少|贵|包(?:不|安|装|括|含)|电话|没来|没人|还没|怎么还|几点|什么时候|几时|多久|自带|自己装还是"
    r"|怎么预约|怎么约|怎么安装|如何|哪里约|吗$|么$|不$|农村|乡|县|短信|成功|页面|选不了|没联系|联系我|迟|等了"
)
_OF_PARCELS = re.compile(r"快递|包裹|物流|派送|派件|配送|送货|收货|发货|[送寄发收签]")
_OF_VISITS = re.compile(r"改约|约到|师傅|上门|安装")
_ANY_DAY = re.compile(
    r"最近|最早|最快|尽快|越[快早]越好|哪天都|哪一天都|随便|都[行可]|都可以|你们?安排"
)
_SLOTS = (
    ("evening", re.compile(r"晚上|傍晚|晚间|夜里|(?:18|19|20)[点:：]|[六七八]点以?后|下班")),
    ("afternoon", re.compile(r"下午|午后|中午|(?:1[2-7])[点:：]|下午[一二三四五12345]点")),
    ("morning", re.compile(r"上午|早上|一早|早点|(?<!\d)(?:8|9|10|11)[点:：]|[八九十]点")),
)


class WishStep(Step):
    """Somebody shall come, or nobody any more; never asked."""

    slot = "flow_booking"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        if turn.first(self.slot) in (_BOOK, _CANCEL):
            return Told(turn.first(self.slot) or "")
        cancels = not turn.clicked and not turn.form and _CANCELS.search(turn.text)
        return Told(_CANCEL) if cancels else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """Told by the first message, or taken for a booking."""
        return []


class DayStep(Step):
    """The day, with the next days that are free."""

    slot = "flow_day"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """A day on which nobody can come is no answer."""
        if draft.value(WishStep.slot) == _CANCEL:
            return None
        today = services.clock().astimezone(ZONE).date()
        clicked = turn.first(self.slot)
        day = date.fromisoformat(clicked) if clicked else None
        if day is None and not turn.clicked:
            day = day_to_come(turn.text, today)
            if day is None and turn.asked == self.slot and _ANY_DAY.search(turn.text):
                day = next(iter(await _free_days(draft, services)), None)
        if day is None or draft.subject.line is None:
            return None if day is None else Told(day.isoformat())
        verdict = await _verdict(draft, services, day=day)
        if verdict.allowed:
            return Told(day.isoformat())
        return Told(problem="flow_installation_booking_other_day", words={"rule": verdict.rule})

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return [
            Choice(said_day(day), payload(_INTENT, **{self.slot: day.isoformat()}))
            for day in await _free_days(draft, services)
        ]

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        return {"rule": (await _verdict(draft, services)).rule}


async def _free_days(draft: Draft, services: Services) -> list[date]:
    """The next days on which somebody can come."""
    today = services.clock().astimezone(ZONE).date()
    free: list[date] = []
    for ahead in range(1, _AHEAD + 1):
        day = today + timedelta(days=ahead)
        if len(free) < _OFFERED and (await _verdict(draft, services, day=day)).allowed:
            free.append(day)
    return free


class SlotStep(Step):
    """The time of the day."""

    slot = "flow_time"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        names = [name for name, _ in _SLOTS]
        if (clicked := turn.first(self.slot)) in names:
            return Told(clicked or "")
        if turn.clicked or draft.value(WishStep.slot) == _CANCEL:
            return None
        told = next((name for name, words in _SLOTS if words.search(turn.text)), "")
        return Told(told) if told else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return [
            Choice(reply.phrases.label(f"visit.{name}"), payload(_INTENT, **{self.slot: name}))
            for name, _ in reversed(_SLOTS)
        ]

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        return {"day": said_day(date.fromisoformat(draft.value(DayStep.slot)))}


class InstallationFlow(Flow[Installation]):
    """预约上门安装, another time for it, or no visit at all."""

    name = "installation_booking"
    starting = frozenset({_INTENT})
    steps = (WishStep(), LineStep(intent=_INTENT), DayStep(), SlotStep())
    prefer = (RECEIVED | OPEN,)
    of_it = frozenset({"time", "amount"})
    questions = "action_answer"
    agrees = agreeing("约|定|预约|约上")

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`: something of theirs is installed by us, and somebody shall come."""
        told = turn.clicked or turn.first(WishStep.slot)
        if not (told or _wishes(without_tag(turn.text), services)):
            return False
        return bool(await _installed(customer_id, services))

    def of_order(self, turn: Turn) -> Turn:
        """See `Flow.of_order`: no day and no time of the visit says which order."""
        if not turn.clicked and turn.names_thing:
            return replace(super().of_order(turn), text="")
        return super().of_order(turn)

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """See `Flow.known`: the only thing that is installed, when none is named.

        What is called off or moved is the only visit that is booked.
        """
        if turn.clicked or turn.names_thing:
            return None
        found = await _installed(customer_id, services)
        booked = await _booked(customer_id, services)
        standing = [one for one in found if one.line and one.line.id in booked]
        of_booked = _CANCELS.search(turn.text) or _MOVES.search(turn.text)
        if of_booked and len(standing) == 1:
            return standing[0]
        return found[0] if len(found) == 1 else None

    async def meant(self, subject: Subject, turn: Turn, services: Services) -> Subject:
        """See `Flow.meant`: the only line that is installed."""
        if subject.line is not None:
            return subject
        lines = subject.order.lines
        if len(lines) == 1:
            return replace(subject, line=lines[0])
        found = [
            one
            for one in await _installed(subject.customer_id, services)
            if one.order.id == subject.order.id
        ]
        return found[0] if len(found) == 1 else subject

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`."""
        told = {slot: value for slot, value in after.values.items() if value != UNNEEDED}
        told.setdefault(WishStep.slot, _BOOK)
        if told[WishStep.slot] == _CANCEL:
            told |= {DayStep.slot: UNNEEDED, SlotStep.slot: UNNEEDED}
        if after.subject.line is not None:
            told[LineStep.slot] = UNNEEDED
        return Draft(after.subject, told)

    def ending(self, draft: Draft) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """See `Flow.ending`: 取消 agrees where it is called off, and nowhere else."""
        if draft.value(WishStep.slot) == _CANCEL:
            return CALLING_OFF
        return super().ending(draft)

    def operation(self, draft: Draft) -> Installation:
        """See `Flow.operation`."""
        line, day = draft.subject.line, draft.value(DayStep.slot)
        slot = draft.value(SlotStep.slot)
        return Installation(
            draft.subject.order.id,
            line.id if line else "",
            day=date.fromisoformat(day) if day not in ("", UNNEEDED) else None,
            slot="" if slot == UNNEEDED else slot,
            cancel=draft.value(WishStep.slot) == _CANCEL,
        )

    def outcome(self, receipt: Receipt) -> str:
        """See `Flow.outcome`: a visit that was called off is told in words of its own."""
        return "called_off" if receipt.details.get("wish") == _CANCEL else receipt.state.value

    async def done(
        self, receipt: Receipt, draft: Draft, reply: Reply, services: Services
    ) -> Mapping[str, str]:
        """See `Flow.done`."""
        if receipt.due is None:
            return {}
        slot = reply.phrases.label(f"visit.{receipt.details['slot']}")
        return {"day": said_day(receipt.due.astimezone(ZONE).date()), "slot": slot}


def said_day(day: date) -> str:
    """11月21日（周六）."""
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


async def moves_visit(turn: Turn, services: Services) -> Turn | None:
    """The message as a wish for another day of a visit that is booked; None: it is none.

    改约到后天 says it by itself; 改到后天 only when the visit was arranged just now.
    """
    customer_id = await services.identities.customer_of(turn.key) if turn.key else None
    text = turn.text
    just_now = turn.slot("flow_name") == InstallationFlow.name and _MOVES.search(text)
    if turn.clicked or customer_id is None or _OF_PARCELS.search(text):
        return None
    if not (just_now or _OF_VISITS.search(text)) or not await _booked(customer_id, services):
        return None
    wish = Entity(WishStep.slot, _BOOK)
    return replace(turn.as_intent(_INTENT), entities=(*turn.entities, wish))


def _wishes(text: str, services: Services) -> bool:
    """Whether somebody shall come, or nobody any more."""
    if _CANCELS.search(text):
        return True
    if _ASKED.search(text):
        return False
    today = services.clock().astimezone(ZONE).date()
    if day_to_come(text, today) is not None and _INSTALLS.search(text):
        return True
    return _BOOKS.search(text) is not None and not _OF_THE_WORK.search(text)


async def _verdict(draft: Draft, services: Services, *, day: date | None = None) -> Verdict:
    line = draft.subject.line
    asked = Installation(draft.subject.order.id, line.id if line else "", day=day)
    return await services.shop.operations.check(draft.subject.customer_id, asked)


async def _installed(customer_id: str, services: Services) -> list[Subject]:
    """What they bought of late that somebody comes for, whether or not it is booked."""
    found = []
    for order in await services.shop.orders.recent(customer_id, limit=_LATELY):
        if order.state in (OrderState.CLOSED, OrderState.AWAITING_PAYMENT):
            continue
        for line in order.lines:
            asked = Installation(order.id, line.id)
            verdict = await services.shop.operations.check(customer_id, asked)
            if verdict.allowed:
                found.append(Subject(customer_id, order, line))
    return found


async def _booked(customer_id: str, services: Services) -> frozenset[str]:
    """The lines that somebody is booked for."""
    receipts = await services.shop.operations.receipts(customer_id)
    now = services.clock()
    return frozenset(
        one.line_id
        for one in receipts
        if one.kind == Installation.kind and one.due is not None and one.due > now
    )
