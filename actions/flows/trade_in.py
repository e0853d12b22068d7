"""Old for new: what the old one is, what it may be worth, and that it is taken along."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from actions.base import Services
from actions.flows.flow import UNNEEDED, Draft, Flow, Step, Subject, Told
from actions.flows.options import OptionStep
from actions.flows.reading import CALLING_OFF, GIVES_UP, agreeing
from actions.lookup import UNDER_WAY, UNSHIPPED
from actions.parts import questioning
from actions.reply import Reply, payload
from actions.turn import COURTESIES, Turn
from conversations.messages import Choice
from shop import numerals
from shop.operations.trade_in import Age, Condition, TradeIn
from shop.operations.types import Receipt, Verdict

_INTENT = "trade_in"
_CANCEL, _BOOK = "cancel", "book"
_UNKNOWN = "?"  # a model that the shopper does not know
_LATELY = 6  # orders
_LONGEST = 30  # characters of a model's name

_CANCELS = re.compile(
    r"(?:取消|退掉|不参加|不要|不用)[^,，。]{0,4}(?:以旧|旧机|旧的|换新|收旧)|不换旧|不换新了|旧(?:机|的)?[^,，。]{0,4}不(?:交|寄|卖|换|给)了|不卖(?:旧的)?了"
)
_WORTH = re.compile(
    r"(?:抵|折|换|值|顶|估|卖|当|回收)[^,，。]{0,6}(?:多少|几|钱|块|价)|(?:多少|几)(?:钱|块)[^,，。]{0,4}(?:收|抵|折)|(?:我|家里)[^,，。]{0,10}(?:旧|老|用了)[^,，。]{0,14}(?:抵|折|换|收|拉走|处理)"
    r"|(?:想|要|给我|帮我|申请|参加|办|登记)[^,，。]{0,4}(?:以旧换新|旧换新|换新|估[个一]?下?价|收旧)"
    r"|(?:^|[,，。;；\s])以旧换新(?=$|[,，。;；!！\s])|旧的?[^,，。]{1,10}(?:抵掉|抵了|折价|换新的?$|处理掉)|舊換新|换新补多少|能抵几百|置换价|帮.{0,3}拉走|收走"
)
# The rules, other people's goods, and what became of an earlier one.
_ASKED = re.compile(
    r"打哪|打到|直接[减抵]|后返|没[减抵]|就给|还给我|拆机|鏡|吉他|电瓶|不值钱|留几|怎么(?!个抵)|流程|入口|补贴|国补|政府|资格|能叠|叠加|券|数据|照片|id|ID|账号|发票|盒|充电器|什么时候|啥时候|几时|到账|打款|没打|没给|验机|检测|压价|扣[了我]|不一样|低了"
    r"|只[值给肯]|才给|师傅|小哥|寄|反悔|退回|有效|预约了|金|链|镯|戒|包|衣|鞋|书|琴|床|沙发|车|表|轮胎|空瓶|奶粉|眼镜|镜框|(?<![炸饭])锅|墨盒|硒鼓|同一天|先|晚|本人|身份证"
    r"|支持|可以.{0,6}吗|有没有|有.{0,4}吗|别的牌|不是你|本品牌|几次|两台|三台|没有旧"
)
_KINDS = {
    "phone": re.compile(
        r"手机|iphone|苹果|小米|华为|oppo|vivo|荣耀|红米|三星|云岚|老年机|老人机|翻盖", re.I
    ),
    "earphones": re.compile(r"耳机|airpods|听澜", re.I),
    "appliance": re.compile(
        r"水壶|电饭煲|电饭锅|空气炸锅|吹风机|吸尘器|加湿器|电动牙刷|小家电|豆浆机|破壁机|微波炉"
    ),
    "computer": re.compile(r"电脑|笔记本|平板|ipad|macbook|pad", re.I),
    "large": re.compile(r"冰箱|洗衣机|空调|电视|热水器|油烟机|洗碗机"),
}
_MODEL = re.compile(
    r"(?:iphone|苹果|小米|红米|华为|荣耀|oppo|vivo|三星|一加|魅族|云岚|airpods|ipad|macbook|戴森|美的|海尔|格力|苏泊尔|飞利浦|索尼|听澜|小灶)"
    r"[ A-Za-z0-9+]{0,20}",
    re.I,
)
_YEARS = re.compile(
    r"(?P<n>\d{1,2}|[一二两三四五六七八九十]{1,2})(?:年|岁)(?P<more>多|以上|半)?|(?P<half>半年|\d{1,2}个?月|[一二三四五六七八九十]+个月|几个月|不到一年|一年内|今年|刚买|才买)"
    r"|(?P<last>去年)|(?P<before>前年)|(?P<old>老[爷古掉]|很多年|好多年|好几年|大前年)"
)


class WishStep(Step):
    """Something old is taken along, or not any more; never asked."""

    slot = "flow_booking"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        cancels = not turn.clicked and not turn.form and _CANCELS.search(turn.text)
        return Told(_CANCEL) if cancels else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """Told by the first message, or taken for a wish."""
        return []


class OldStep(OptionStep):
    """What kind of thing is old."""

    slot = "flow_old"
    group = "trade_in_old"
    heard = _KINDS

    async def values(self, draft: Draft, services: Services) -> Sequence[str]:
        """See `OptionStep.values`: what is taken at all; the rest is heard and refused."""
        return [name for name in self.heard if name != "large"]


class ModelStep(Step):
    """Which model, in the shopper's words."""

    slot = "flow_model"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        if (clicked := turn.first(self.slot)) is not None:
            return Told(clicked)
        if turn.clicked or draft.value(WishStep.slot) == _CANCEL:
            return None
        if (named := _MODEL.search(turn.text)) is not None:
            return Told(named[0].strip())
        text = turn.text.strip()
        if turn.asked != self.slot or questioning(text) or turn.intent in COURTESIES:
            return None
        if re.search(r"不知道|不清楚|忘了|说不清|不记得|看不清|没型号", text):
            return Told(_UNKNOWN)
        only_kind = any(words.fullmatch(text) for words in _KINDS.values())
        fits = 0 < len(text) <= _LONGEST and not GIVES_UP.search(text) and not only_kind
        return Told(text) if fits else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        label = reply.phrases.label("trade_in.model_unknown")
        return [Choice(label, payload(_INTENT, **{self.slot: _UNKNOWN}))]


class AgeStep(Step):
    """How long it was used."""

    slot = "flow_age"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        clicked = turn.first(self.slot)
        if clicked in {age.value for age in Age}:
            return Told(clicked or "")
        age = None if turn.clicked else age_in(turn.text)
        return Told(age.value) if age else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        label = reply.phrases.label
        return [
            Choice(label(f"trade_in_age.{age.value}"), payload(_INTENT, **{self.slot: age.value}))
            for age in Age
        ]


class ConditionStep(OptionStep):
    """How it is."""

    slot = "flow_condition"
    group = "trade_in_condition"
    heard: ClassVar[Mapping[str, re.Pattern[str]]] = {
        Condition.DEAD.value: re.compile(
            r"(?:开|不)[^,，。]{0,2}(?:不了|开)机|不(?:亮|通电|转|启动|工作)|黑屏|报废|完全坏|用不了|坏了"
        ),
        Condition.BROKEN.value: re.compile(
            r"(?<!没)(?<!没有)(?:碎|裂)|进水|花屏|漏液|触摸|不灵|断了|坏(?!了)|摔|不制冷|换过屏|爆"
        ),
        Condition.WORN.value: re.compile(
            r"划痕|磨损|磕碰|掉漆|旧|电池(?:不|差|低|健康)|八成|七成|有点"
        ),
        Condition.GOOD.value: re.compile(
            r"完好|很新|九成|九五|没(?:有)?(?:划痕|问题|毛病|坏|磕)|正常|好的|好用|成色好|能用|没拆"
        ),
    }

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`; 旧 in 旧手机 says nothing of how it is."""
        clicked = turn.first(self.slot)
        if clicked in self.heard:
            return Told(clicked or "")
        if turn.clicked:
            return None
        text = turn.text if turn.asked == self.slot else turn.text.replace("旧", "")
        if turn.asked != self.slot:
            text = re.sub(
                r"(?<!还)能用|能用(?=券|优惠|补贴|多久|[吗么不])|(?<!完)好的|有点|正常|坏了就",
                "",
                text,
            )
        fine = self.heard[Condition.GOOD.value].search(text)
        if fine is not None and "没" in fine[0]:
            return Told(Condition.GOOD.value)
        value = next((name for name, words in self.heard.items() if words.search(text)), "")
        return Told(value) if value else None

    async def values(self, draft: Draft, services: Services) -> Sequence[str]:
        """See `OptionStep.values`: the best first."""
        return [condition.value for condition in Condition]


class TradeInFlow(Flow[TradeIn]):
    """以旧换新: an estimate, and the old one is taken along when the new one comes."""

    name = "trade_in"
    starting = frozenset({_INTENT})
    steps = (
        WishStep(),
        OldStep(intent=_INTENT),
        ModelStep(),
        AgeStep(),
        ConditionStep(intent=_INTENT),
    )
    prefer = (UNSHIPPED | UNDER_WAY,)
    whole = True
    of_it = frozenset({"product", "category", "time", "amount", "color", "size", "attribute"})
    questions = "action_answer"
    agrees = agreeing("登记|收|取走")

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`: something new is on its way, and something old has a price."""
        text = turn.text
        worth = _WORTH.search(text) and not _ASKED.search(text)
        if not (turn.clicked or worth or _CANCELS.search(text)):
            return False
        return bool(await _taking(customer_id, services))

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """See `Flow.known`: the goods that are named are the old ones, unless they are coming."""
        if turn.clicked or turn.first("order_number") or turn.first("order_line"):
            return None
        found = await _taking(customer_id, services)
        named = set(turn.all("product"))
        new = [one for one in found if named & {line.short_name for line in one.order.lines}]
        found = new or found
        return found[0] if len(found) == 1 else None

    def of_order(self, turn: Turn) -> Turn:
        """See `Flow.of_order`: nothing that is said of the old one says which order."""
        about = super().of_order(turn)
        if turn.clicked or turn.first("order_line"):
            return about
        return about.without((0, len(about.text)))

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`."""
        told = {slot: value for slot, value in after.values.items() if value != UNNEEDED}
        told.setdefault(WishStep.slot, _BOOK)
        if told[WishStep.slot] == _CANCEL:
            told |= {step.slot: UNNEEDED for step in self.steps[1:]}
        return Draft(after.subject, told)

    def ending(self, draft: Draft) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """See `Flow.ending`: 取消 agrees where it is called off, and nowhere else."""
        if draft.value(WishStep.slot) == _CANCEL:
            return CALLING_OFF
        return super().ending(draft)

    def operation(self, draft: Draft) -> TradeIn:
        """See `Flow.operation`."""
        if draft.value(WishStep.slot) == _CANCEL:
            return TradeIn(draft.subject.order.id, cancel=True)
        age, condition = draft.value(AgeStep.slot), draft.value(ConditionStep.slot)
        model = draft.value(ModelStep.slot)
        return TradeIn(
            draft.subject.order.id,
            old=draft.value(OldStep.slot),
            model=None if not model else "" if model == _UNKNOWN else model,
            age=Age(age) if age else None,
            condition=Condition(condition) if condition else None,
        )

    def rows(self, draft: Draft, verdict: Verdict) -> Sequence[tuple[str, str]]:
        """See `Flow.rows`."""
        model = draft.value(ModelStep.slot)
        known = model not in ("", _UNKNOWN, UNNEEDED)
        return [*([("model", model)] if known else []), *verdict.facts]

    def outcome(self, receipt: Receipt) -> str:
        """See `Flow.outcome`."""
        return "called_off" if receipt.details.get("wish") == _CANCEL else receipt.state.value


def age_in(text: str) -> Age | None:
    """How long something was used, by words like 用了四年, 去年买的, 半年; None: not said."""
    told = _YEARS.search(text)
    if told is None:
        return None
    if told["half"]:
        months = re.match(r"\d+", told["half"])
        return Age.TO_2 if months and int(months[0]) > 12 else Age.UNDER_1
    if told["last"]:
        return Age.TO_2
    if told["before"]:
        return Age.TO_4
    if told["old"]:
        return Age.OVER_4
    years = int(numerals.value(told["n"]) or 0)
    if years > 4 or (years == 4 and told["more"]):
        return Age.OVER_4
    return Age.TO_4 if years > 2 or (years == 2 and told["more"]) else Age.TO_2


async def _taking(customer_id: str, services: Services) -> list[Subject]:
    """Their orders with which something old is or may be taken along."""
    found = []
    for order in await services.shop.orders.recent(customer_id, limit=_LATELY):
        for asked in (TradeIn(order.id), TradeIn(order.id, cancel=True)):
            if (await services.shop.operations.check(customer_id, asked)).allowed:
                found.append(Subject(customer_id, order))
                break
    return found
