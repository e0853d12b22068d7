"""The price fell after buying: which line, and the difference back."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.base import Services
from actions.flows.flow import UNNEEDED, Draft, Flow, Subject
from actions.flows.lines import LineStep
from actions.flows.reading import agreeing
from actions.formatting import ZONE
from actions.lookup import RECEIVED, UNDER_WAY, UNSHIPPED
from actions.parts import questioning
from actions.turn import Turn
from shop import references
from shop.operations.price_protection import PriceProtection
from shop.types import Order, OrderState

_INTENT = "price_protection"
_LATELY = 6  # orders looked at when none is named

# Something was bought and costs less now: said, not asked.
_FELL = re.compile(
    r"(?:买|拍|下[的了]?单|付|收到?货?|到手|入手|订).{0,14}(?:降|便宜|掉|跌|低了|打折|特价|直减|又减|少了|亏|搞活动|搞促销|促销|半价)"
    r"|(?:降|跌|掉)价?了(?!.{0,3}怎么办[？?]?$)|(?:又|今天|现在|一夜|隔.{1,2})(?:降|便宜|跌|掉)|比我(?:买|付|拍).{0,8}(?:便宜|低|少)"
    r"|买[贵亏早]了|刚?买就[降跌]|\d+买?的?.{0,4}(?:现在|今天|今早).{0,6}\d+|便宜了.{0,4}\d|(?:昨|前)[天买].{0,6}今.{0,2}降"
)
_APPLIES = re.compile(
    r"(?:退|补|返)(?:给|还|我|一下|点)*.{0,2}(?:差价|差额|差的|价差)|(?:差价|差额)(?:退|补|返|给)(?:我|给|还)*|补差|补我"
    r"|申请一?下?(?:价保|保价|价格保护)|(?:价保|保价)(?:申请|一下|吧)|给我?(?:价保|保价)|^保一下|差[价额]?\d*(?:块|元)?(?:退|补)我"
)
# Rules, other places to buy, what does not count, and what became of an earlier request.
_ASKED = re.compile(
    r"(?<![前这才买隔])几天|多久|多少天|几号|几次|什么时候|到哪天|期限|怎么申请|怎么价保|怎么保价|在哪|哪里|入口|失败|被拒|驳|没过|不符合|点不了|申请不了|灰"
    r"|直播|秒杀|别家|別家|隔壁|拼单|[领用有张这没张]券|券|赠品|送|国补|补贴|学生价|积分|发票|以后|到时候|会不会|会更|更便宜吗|承诺|说过|审核|过了没"
    r"|实际|没看到|申请的价保|补了?我?\d|到账|申请了|已经?申请|提示|金额|双倍|退到|退哪|退卡|给券|取消重拍|另一个|另个|第三方|套餐|预售|定金|尾款|运费|不能价保|不了|算不算|算价保|算数"
    r"|双?十一|双11|双十二|618|大促|再保|还能再"
)
_PRICES = re.compile(
    r"(?<!\d)[¥]?\d{1,5}(?:\.\d{1,2})?(?:元|块钱?|毛)?(?!\d|[天号月日年件条双个GLMS+])"
)
_FELL_ON = re.compile(
    r"(?:今天|今早|今晚|今儿|现在|刚才|刚刚|昨晚)(?=[^,，。买下拍付收]{0,8}(?:降|便宜|掉|跌|减|少|特价|打折|变|一看|更低))"
    r"|刚刚?(?=[买拍下付到收签])|才(?=[买拍下付到收签隔])"
)


class PriceProtectionFlow(Flow[PriceProtection]):
    """退差价: of the line that became cheaper, when only one did."""

    name = "price_protection"
    starting = frozenset({_INTENT})
    steps = (LineStep(intent=_INTENT),)
    prefer = (RECEIVED | UNDER_WAY | UNSHIPPED,)
    of_it = frozenset({"amount"})
    questions = "action_answer"
    agrees = agreeing("退|退差价|退差|补|补差价|办|申请")

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`: that the price fell is said, or the difference asked for."""
        if turn.clicked:
            return True
        if _ASKED.search(turn.text):
            return False
        if _FELL.search(turn.text):
            return True
        return _APPLIES.search(turn.text) is not None and not questioning(turn.text)

    def of_order(self, turn: Turn) -> Turn:
        """See `Flow.of_order`: neither the prices nor the day of the fall say which order."""
        text = turn.text
        spans = [one.span() for words in (_PRICES, _FELL_ON) for one in words.finditer(text)]
        return super().of_order(turn.without(*spans))

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """See `Flow.known`: the only line of late that became cheaper, when none is named."""
        about = self.of_order(turn)
        now = services.clock()
        said = replace(references.read(about.text, now=now, zone=ZONE), text="")
        if turn.clicked or turn.names or said != references.Reference(about=said.about):
            return None
        orders = await services.shop.orders.recent(customer_id, limit=_LATELY)
        fallen: list[Subject] = []
        for order in orders:
            if order.state is not OrderState.CLOSED:
                fallen += await _fallen(Subject(customer_id, order), services)
        return fallen[0] if len(fallen) == 1 else None

    async def meant(self, subject: Subject, turn: Turn, services: Services) -> Subject:
        """See `Flow.meant`: the only line, or the only one that became cheaper."""
        if subject.line is not None:
            return subject
        lines = [line for line in subject.order.lines if not line.gift]
        if len(lines) == 1:
            return replace(subject, line=lines[0])
        fallen = await _fallen(subject, services)
        return fallen[0] if len(fallen) == 1 else subject

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`."""
        told = {LineStep.slot: UNNEEDED} if after.subject.line else {}
        return Draft(after.subject, told)

    def operation(self, draft: Draft) -> PriceProtection:
        """See `Flow.operation`."""
        line = draft.subject.line
        return PriceProtection(draft.subject.order.id, line.id if line else "")


async def _fallen(subject: Subject, services: Services) -> list[Subject]:
    """The lines of the order for which a difference comes back."""
    order: Order = subject.order
    found = []
    for line in order.lines:
        asked = PriceProtection(order.id, line.id)
        verdict = await services.shop.operations.check(subject.customer_id, asked)
        if verdict.allowed:
            found.append(replace(subject, line=line))
    return found
