"""Another colour or size, or a remark, before the order is sent out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.base import Services
from actions.flows.flow import UNNEEDED, Draft, Flow, Step, Subject, Told
from actions.flows.installation import moves_visit
from actions.flows.lines import LineStep
from actions.flows.reading import GIVES_UP, agreeing, without_tag
from actions.lookup import RECEIVED, UNDER_WAY, UNPAID, UNSHIPPED
from actions.needs import Need
from actions.orders import SPLIT, WHY
from actions.parts import questioning
from actions.products import choice_of as named_choice
from actions.products import labels
from actions.reply import Reply, payload
from actions.turn import ASKS_NOTHING, FALLBACK_INTENT, Turn
from conversations.messages import Choice
from conversations.privacy import HIDDEN
from shop.operations.change import ChangeOrder, Wish, choice_of, possible, price_difference
from shop.references import same_color, same_size
from shop.types import OrderLine, OrderState, Product, Sku

_INTENT = "change_order"
_TIME = "change_delivery_time"
_CHOICES = 4
_OF_GOODS = frozenset({"product", "category", "order_number"})
_NO_SIZE = frozenset({"均码", "标准", ""})
_TOGETHER = re.compile(r"合并|并成?一?单|(?:合|并|放)在?一(?:起|单|个)|一起[发寄]|一块[发寄]")
_CHOICE = re.compile(
    r"颜色|换色|尺码|尺寸|型号|款式|规格|换?[大小]一?[码号]|[换改].{0,3}[码号色款]|码数|拍错|选错"
)
_REMARK = re.compile(r"备注|留言|附言")
_REMARK_WORDS = re.compile(
    r"^.*?(?:备注|留言|附言)(?:一?下|信息|里|上|改[成为]|[写填]?错[了啦]?|不对|应[该当]|写[成上]?|加上?|说|成|是|为|[:：,，\s])*"
)
_NO_REMARK = (
    r"(?:不用|不必|不需要|不想|不要|别|取消|删掉?|去掉)[^,，。]{0,4}(?:备注|留言|附言)[了吧啊\s。.!！]*$"
    r"|(?:备注|留言|附言)(?:还是|先|就|也|都)*(?:不用|不要|不必|不|删|去|取消)(?:写|加|留|备注|掉|要)*[了吧啊]+[\s。.!！]*$"
)
# 送前打电话，帮忙备注上: what shall be written stands before it.
_REMARK_AFTER = re.compile(
    r"[,，。;；\s]*(?:这[句个条]|帮忙?|帮我|请|麻烦|给我?|你们?|把|写|记|加|放|添|到|在|进|能不能|可以|[,，\s])*"
    r"(?:备注|留言|附言)(?:一?下|信息|里|上|栏|好|写|加|吧|哈|啊|[\s。.!！])*$"
)
_LEADING = re.compile(
    r"^(?:帮我?|请|麻烦|给我?|能不能|可以|想|要|我|在|订单|[加添写补留]个?|[那这的]|[,，:：\s])+"
)
_ASKING = re.compile(r"^(?:能不能|能否|可不可以|可以|能|麻烦|请|帮我|我?想|我?要|[,，])+")
_SIZE_STEP = r"(?:[一1]?个?[码号]|[一1]?[点些个])"
_LARGER = re.compile(rf"大[一1]?个?[码号]|[码号]数?[^,，。]{{0,4}}大{_SIZE_STEP}|往[大上]")
_SMALLER = re.compile(rf"小[一1]?个?[码号]|[码号]数?[^,，。]{{0,4}}小{_SIZE_STEP}|往[小下]")
_TELLS_NO_TIME = re.compile(
    r"^(?:我?[想要能可以帮请]*)*(?:改|换|变更?)?一?下?(?:派送|配送|送货|收货|送达|发货)?的?(?:时间|日期)(?:吗|么|可以吗|行吗)?[?？。!！]*$"
)


class WishStep(Step):
    """Colour or size, a remark, or what cannot be done."""

    slot = "flow_wish"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        clicked = turn.first(self.slot)
        if clicked in {wish.value for wish in Wish}:
            return Told(clicked or "")
        if turn.clicked or not turn.text:
            return None
        told = _wish_in(turn)
        return Told(told.value) if told else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return [
            Choice(reply.phrases.label(f"change_wish.{wish.value}"), _answer(self.slot, wish.value))
            for wish in (Wish.CHOICE, Wish.REMARK)
        ]


class ChangedLineStep(LineStep):
    """Of which line the colour or size changes."""

    def lines(self, draft: Draft) -> Sequence[OrderLine]:
        """Those that have not gone out."""
        return _waiting(draft.subject)


class ChoiceStep(Step):
    """The colour and size wished for: 白色/M, each empty where it stays."""

    slot = "flow_choice"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        line = _line(draft.subject)
        if line is None:
            color, size = turn.first("color") or "", turn.first("size") or ""
            return Told(f"{color}/{size}") if color or size else None
        product = await services.shop.catalogue.product(line.product_id)
        if product is None:
            return None
        color, size = wanted_choice(turn, product, line)
        if not (color or size):
            return None
        sku = choice_of(product, line, color, size)
        problem, words = _obstacle(product, line, sku, f"{color} {size}".strip())
        if problem:
            return Told(problem=f"flow_change_order_{problem}", words=words)
        return Told(f"{sku.color}/{sku.size}") if sku is not None else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """What is there and not dearer, the nearest first."""
        return [
            Choice(sku.label, payload(_INTENT, color=sku.color, size=sku.size))
            for sku in (await self._possible(draft, services))[:_CHOICES]
        ]

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        return {"choices": labels(await self._possible(draft, services)) or "—"}

    async def _possible(self, draft: Draft, services: Services) -> Sequence[Sku]:
        line = _line(draft.subject)
        if line is None:
            return ()
        product = await services.shop.catalogue.product(line.product_id)
        return possible(product, line) if product else ()


class RemarkStep(Step):
    """What the warehouse shall read, in the shopper's words."""

    slot = "flow_remark"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """A phone number in a remark would never reach the parcel's label."""
        if turn.clicked:
            return None
        remark = self._remark(turn, draft)
        if not remark:
            return None
        if HIDDEN in remark:
            return Told(problem="flow_change_order_personal")
        return Told(remark)

    def _remark(self, turn: Turn, draft: Draft) -> str:
        wish = draft.value(WishStep.slot)
        if turn.asked == self.slot:
            ends = GIVES_UP.search(turn.text) or turn.intent in ASKS_NOTHING
            return "" if ends or questioning(turn.text) else _LEADING.sub("", turn.text)
        if re.search(_NO_REMARK, turn.text):
            return ""
        if _REMARK.search(turn.text):
            after = _LEADING.sub("", _REMARK_WORDS.sub("", turn.text)).strip("。.!！?？吧哈")
            goods = [(e.start, e.end) for e in turn.entities if e.name in _OF_GOODS and e.end]
            before = _LEADING.sub("", _REMARK_AFTER.sub("", turn.without(*goods).text)).strip()
            without = questioning(turn.text) or _REMARK.search(before) is not None
            return after or ("" if without else before)
        if wish == Wish.TIME.value and turn.intent == _TIME:
            told = _ASKING.sub("", without_tag(turn.text)).rstrip("吗么呢吧?？")
            return "" if _TELLS_NO_TIME.fullmatch(turn.text) else told
        return ""

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return []


class ChangeOrderFlow(Flow[ChangeOrder]):
    """改颜色、尺码，加备注: what has not been shipped; what has is exchanged later."""

    name = "change_order"
    starting = frozenset({_INTENT, _TIME})
    steps = (WishStep(), ChangedLineStep(intent=_INTENT), ChoiceStep(), RemarkStep())
    gives_up = re.compile(f"{GIVES_UP.pattern}|{_NO_REMARK}")
    agrees = agreeing("改成?这样|这么改|这样改|改|换|加上?|备注上?|写上?")
    prefer = (UNSHIPPED | UNPAID, UNDER_WAY, RECEIVED)

    @property
    def intent(self) -> str:
        """See `Flow.intent`."""
        return _INTENT

    def of_order(self, turn: Turn) -> Turn:
        """Colours and sizes are wished for; so is a time of delivery."""
        wished = {"color", "size"} | ({"time"} if turn.intent == _TIME else set())
        kept = tuple(entity for entity in turn.entities if entity.name not in wished)
        text = "" if turn.intent == _TIME or _REMARK.search(turn.text) else turn.text
        return replace(turn, entities=kept, text=text)

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """Why it comes in two parcels is a question; what has arrived is exchanged.

        Another day may be meant for a visit that is booked.
        """
        if subject is None:
            if turn.intent == _TIME and (visit := await moves_visit(turn, services)) is not None:
                return Need("action_installation_booking", visit)
            if turn.intent == _INTENT and SPLIT.search(turn.text) and WHY.search(turn.text):
                return Need("action_order_status", turn.as_intent("order_status"))
            return None
        arrived = subject.order.state in RECEIVED and turn.intent == _INTENT
        if arrived and _wish_in(turn) in (None, Wish.CHOICE):
            return Need("action_exchange_request", turn.as_intent("exchange_request"))
        return None

    async def meant(self, subject: Subject, turn: Turn, services: Services) -> Subject:
        """See `Flow.meant`: the only line that has not gone out."""
        return Subject(subject.customer_id, subject.order, _line(subject))

    def following(self, before: Draft, after: Draft) -> Draft:
        """A new colour is a wish by itself; the other wish's answer goes with it."""
        values = {slot: value for slot, value in after.values.items() if value != UNNEEDED}
        for slot, wish in ((ChoiceStep.slot, Wish.CHOICE), (RemarkStep.slot, Wish.REMARK)):
            fresh = values.get(slot, "") != before.value(slot)
            if slot in values and fresh and values.get(WishStep.slot) != Wish.TIME.value:
                values[WishStep.slot] = wish.value
        wish_told = values.get(WishStep.slot)
        changed = wish_told and wish_told != before.value(WishStep.slot)
        of_wish = {
            Wish.CHOICE.value: (LineStep.slot, ChoiceStep.slot),
            Wish.REMARK.value: (RemarkStep.slot,),
            Wish.TIME.value: (RemarkStep.slot,),
        }.get(wish_told or "", ())
        for slot in (LineStep.slot, ChoiceStep.slot, RemarkStep.slot):
            if wish_told and slot not in of_wish:
                values[slot] = UNNEEDED
            elif changed and slot in values and values[slot] == before.value(slot):
                del values[slot]
        if after.subject.line is not None or len(_waiting(after.subject)) < 2:
            values[LineStep.slot] = UNNEEDED
        return Draft(after.subject, values)

    def operation(self, draft: Draft) -> ChangeOrder:
        """See `Flow.operation`."""
        told = {slot: value for slot, value in draft.values.items() if value != UNNEEDED}
        wish = Wish(told[WishStep.slot]) if WishStep.slot in told else None
        line = _line(draft.subject) if wish in (None, Wish.CHOICE) else None
        color, _, size = told.get(ChoiceStep.slot, "").partition("/")
        return ChangeOrder(
            draft.subject.order.id,
            line.id if line else "",
            wish=wish,
            color=color,
            size=size,
            remark=told.get(RemarkStep.slot, ""),
        )


def _wish_in(turn: Turn) -> Wish | None:
    """What a typed message wants changed."""
    if turn.intent == _TIME:
        return Wish.TIME
    if _REMARK.search(turn.text):
        return Wish.REMARK
    if _TOGETHER.search(turn.text):
        return Wish.TOGETHER
    if SPLIT.search(turn.text):
        return Wish.APART
    named = turn.first("color") or turn.first("size")
    changing = turn.intent in (_INTENT, "exchange_request", FALLBACK_INTENT) or turn.asked
    return Wish.CHOICE if (named and changing) or _CHOICE.search(turn.text) else None


def _waiting(subject: Subject) -> Sequence[OrderLine]:
    lines = subject.order.lines
    if subject.order.state is OrderState.PARTLY_SHIPPED:
        return [line for line in lines if line.shipped_at is None and not line.returned]
    return [line for line in lines if not line.gift] or lines


def _line(subject: Subject) -> OrderLine | None:
    """The line that is meant: named, or the only one that can change."""
    waiting = _waiting(subject)
    if subject.line is None and len(waiting) == 1:
        return waiting[0]
    return subject.line


def wanted_choice(turn: Turn, product: Product, line: OrderLine) -> tuple[str, str]:
    """Colour and size wished for, empty where nothing is said; 大一码 by the product's own row."""
    color, size = named_choice(product, turn)
    colors = turn.all("color")
    color = next((one for one in reversed(colors) if not same_color(one, line.color)), color)
    if turn.first("size") is None and not turn.clicked:
        size = _next_size(product, line, turn.text) or size
    sizes = turn.all("size")
    size = next((one for one in reversed(sizes) if not same_size(one, line.size)), size)
    return color, "" if size in _NO_SIZE else size


def tells_choice(turn: Turn) -> bool:
    """Whether a colour or a size is told of: a name of one, or 大一码."""
    named = turn.first("color") or turn.first("size")
    return bool(named or _LARGER.search(turn.text) or _SMALLER.search(turn.text))


def _next_size(product: Product, line: OrderLine, text: str) -> str:
    row = list(dict.fromkeys(sku.size for sku in product.skus if sku.size))
    step = 1 if _LARGER.search(text) else -1 if _SMALLER.search(text) else 0
    if not step or line.size not in row:
        return ""
    at = row.index(line.size) + step
    return row[at] if 0 <= at < len(row) else ""


def _obstacle(
    product: Product, line: OrderLine, sku: Sku | None, told: str
) -> tuple[str, Mapping[str, str]]:
    """Why the line cannot become that, and what it can; an empty name when it can."""
    here = labels(possible(product, line))
    words = {"wanted": sku.label if sku else told, "choices": here or "—", "label": line.label}
    if sku is None:
        return "no_such", words
    if sku.id == line.sku_id:
        return "same", words
    if sku.stock < line.quantity:
        return "sold_out", words
    return ("dearer", words) if price_difference(product, line, sku) < 0 else ("", words)


def _answer(slot: str, value: str) -> str:
    return payload(_INTENT, **{slot: value})
