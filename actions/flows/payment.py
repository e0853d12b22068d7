"""Trouble with paying: what the order says, and a person for money that is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.base import Services
from actions.flows.flow import Draft, Flow, Step, Subject, Told
from actions.flows.reading import agreeing
from actions.lookup import OPEN, RECEIVED, UNPAID
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice
from shop.operations.payment import PaymentCheck, PaymentTrouble
from shop.types import Order, OrderState

_INTENT = "payment_issue"
_LATELY = 3  # orders
_DOUBLE = re.compile(
    r"(?:扣|付|刷|收|划)[^,，。]{0,6}(?:两|2|二)[次回遍笔份]|(?:两|2|二)[次回遍笔份][^,，。]{0,4}(?:扣|付|钱|款)|重复?(?:扣|付|收)|重複扣"
    r"|(?:扣|付|刷|收)重|多(?:扣|付|刷|收)了?(?:我|钱|一)|多(?:扣|付|刷)了?$|又(?:从|扣了?一)|(?:两|2)[笔条].{0,4}(?:一样|扣款|短信|记)|银行.{0,6}(?:两|2)[笔条]"
)
_CHARGED = re.compile(
    r"(?:扣|划|付(?=[款钱]?(?:了|过|完|成功|好)))(?:了|走|过|掉|完|好|成功)?[^,，。]{0,3}(?:款|钱|\d)?[^。]{0,10}(?:没付|未付|待付|等待(?:付款|支付)|没单|没到(?=账|帐|你|店|商)|没订单|不成功|没收到款|没显示|没支付|未支付)"
    r"|(?:扣|划|付)[款钱]?(?:了|走|完|过|成功)[^。]{0,12}(?:再|还|又|一直|凭什么|怎么)?(?:让|叫|要|催)我?(?:再|还|去|重新)?(?:付|支付)"
    r"|钱(?:都|已经|也)*(?:扣|付|划)(?:了|走|掉).{0,10}(?:没|未|待|失败|异常)"
)
_FAILED = re.compile(
    r"(?:付|支付|提交|结算|下单|刷|扣|跳)[^,，。]{0,6}(?:不了|不成功|不出去|不过去|失败|不上|没反应|异常|超时|转圈|闪退|白|加载|打不开|出不来)"
    r"|(?:付|支付)[^,，。]{0,2}不了|(?:无法|不能)(?:付款|支付)|(?:付款|支付)(?:失败|超时|异常|没反应)|付不[了动]"
)
# Ways of paying and their rules: the knowledge knows them.
_ASKED = re.compile(
    r"花呗|白条|分[期\d几]|免息|信用|银联|visa|VISA|外卡|国外|海外|公户|对公|转账|代付|朋友|帮[我他她]付|货到|数字人民币|apple|尾款|定金|会员|续费"
    r"|订阅|积分|礼品卡|红包|券|验证码|密码|人脸|限额|超限|余额|额度|混着|拆|几[点号]|手续费|利息|代扣|风险|先用后付|先享|国补|补差价链接|链接|怎么付|门店|拼单"
)


class TroubleStep(Step):
    """What happened with the payment."""

    slot = "flow_payment"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        clicked = turn.first(self.slot)
        if clicked in {trouble.value for trouble in PaymentTrouble}:
            return Told(clicked or "")
        if turn.clicked:
            return None
        trouble = trouble_in(turn.text)
        return Told(trouble.value) if trouble else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        label = reply.phrases.label
        return [
            Choice(label(f"payment.{one.value}"), payload(_INTENT, **{self.slot: one.value}))
            for one in PaymentTrouble
        ]


class PaymentFlow(Flow[PaymentCheck]):
    """付款遇到问题: explained at once, or looked into by a person when money is missing."""

    name = "payment_issue"
    starting = frozenset({_INTENT})
    steps = (TroubleStep(),)
    prefer = (UNPAID, OPEN, RECEIVED)
    whole = True
    of_it = frozenset({"amount"})
    questions = "action_answer"
    agrees = agreeing("登记|核对|查|登记核对|提交")
    gives_up = re.compile(
        r"算了|不用?查了|不(?:核对|登记|提交)了?|先?别查|已经(?:退|好|到)了?|不用了"
    )

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`: money is missing, or an order is there that cannot be paid."""
        if turn.clicked:
            return bool(
                turn.names_thing or turn.first(TroubleStep.slot) or turn.first("flow_switch")
            )
        trouble = trouble_in(turn.text)
        if trouble is not PaymentTrouble.FAILED:
            return trouble is not None
        return bool(await unpaid(customer_id, services))

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """See `Flow.known`: the only order that waits for the money, when none is named."""
        if turn.clicked or turn.names_thing or trouble_in(turn.text) is PaymentTrouble.DOUBLE:
            return None
        orders = await unpaid(customer_id, services)
        return Subject(customer_id, orders[0]) if len(orders) == 1 else None

    def operation(self, draft: Draft) -> PaymentCheck:
        """See `Flow.operation`."""
        told = draft.value(TroubleStep.slot)
        return PaymentCheck(draft.subject.order.id, trouble=PaymentTrouble(told) if told else None)


async def unpaid(customer_id: str, services: Services) -> list[Order]:
    """Their latest orders that wait for the money."""
    orders = await services.shop.orders.recent(customer_id, limit=_LATELY)
    return [order for order in orders if order.state is OrderState.AWAITING_PAYMENT]


def trouble_in(text: str) -> PaymentTrouble | None:
    """What the message says went wrong with a payment; None: nothing of an order's payment."""
    if _ASKED.search(text):
        return None
    for trouble, words in (
        (PaymentTrouble.DOUBLE, _DOUBLE),
        (PaymentTrouble.CHARGED, _CHARGED),
        (PaymentTrouble.FAILED, _FAILED),
    ):
        if words.search(text):
            return trouble
    return None
