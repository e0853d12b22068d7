"""An electronic invoice: for whom, under which title, and where it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.base import Services
from actions.flows.flow import UNNEEDED, Draft, Flow, Step, Subject, Told
from actions.flows.reading import GIVES_UP, agreeing, corrects
from actions.formatting import money
from actions.lookup import RECEIVED, UNDER_WAY, UNSHIPPED
from actions.needs import Need
from actions.parts import questioning
from actions.reply import Reply, payload
from actions.turn import Turn, undenied
from conversations.messages import Choice
from shop.names import AFTER_NAME, NAME, RELATIVE, is_name
from shop.operations.invoice import Buyer, IssueInvoice, needs_number
from shop.operations.tax_numbers import tax_number
from shop.operations.types import Receipt, Verdict

_NO_NUMBER = "none"  # the value of the tax number for an organisation without one
_NO_EMAIL = "none"
_JUST_PERSON = "个人"  # a title that the tax office takes for people
_INTENT = "invoice"

_WISH = re.compile(
    r"(?<![能会])(?:我?要|我?想|帮我?|麻烦|给我|请|需要|申请|补|来)[^,，。?？]{0,6}(?:[开补]|申请|来|要)?[^,，。?？]{0,4}(?:发票|张票)"
    r"|(?:帮忙?我?|给我|麻烦|请|我?要|我?想|申请)?(?:补开|开)(?:一?[张个份下])?(?:公司|单位|企业|个人|学校)?的?(?:电子)?(?:普通)?(?:发票|普票|抬头|票)(?:吧|了|[,，。!！\s]|$)"
    r"|(?<![不没用])(?:给|补|要|开|扯|来|差)[^,，。]{0,2}[张个份]?(?:发?票|发飘|飘)(?:吧|[,，。!！\s]|$)"
    r"|(?:发票|发飘|票)(?:也|都|就|再|还|一起|顺便|麻烦|劳烦|帮忙|帮我|给我|替我|请|我?[要想])*[开补](?:一下|下|一?[张份个]|给我|出来|上)(?:吧|[,，。!！\s]|$)"
    r"|(?:发票|票)(?:麻烦|帮忙|帮我|给我|替我)+[开补]了"
    r"|(?<![不没会能])[开补要出](?:具|一?[张份个])*[^,，。?？]{0,8}?(?:发票|票)(?:就好|就行|就可以|呗|哈|啦|[,，。!！\s]|$)"
    r"|(?<![不没会能])开[^,，。?？]{2,24}(?:公司|学校|厂|店|院|中心)的?(?:发票|票)"
    r"|忘(?:了|记)*[要开].{0,2}票[^?？]{0,6}[补开]|[补开来]一?[张份]个人的"
    r"|报销.{0,6}开一下|^开(?:个人|公司|单位|企业)的?[吧呀]?$|抬头[:：是为开写]|开票(?:信息|资料)[:：]"
)
_POLITE = re.compile(r"(?:帮我|给我|帮忙|麻烦)[^,，。]{0,4}[开补][^,，。]{0,6}票")
_REISSUE = re.compile(
    r"开成|换开|重开|改开|重新开|作废|换(?:成|个)?抬头|抬头.{0,6}(?:改|换|错)|税号.{0,4}错|开错|改成.{0,4}抬头"
    r"|(?:改|换)成?(?:公司|单位|个人)"
)
# Of one that has been issued, which only a person can take back.
_ISSUED_WRONG = re.compile(
    r"开错|(?:[抬台]头|税号|名称|名字).{0,4}错|[写填]错|重开|换开|重新开|作废|红冲|冲红|已经?开"
)
# What the knowledge answers, or a person: other kinds of paper, what is on it, where it is.
_ASKED = re.compile(
    r"专票|专用|增值税|抵扣|\d+个点|税点|纸质|纸的|纸票|收据|水单|清单|明细|盖章|红章|红冲|冲红|合(?:成|并|开|在)|[两三几二]单|一单.{0,3}[两二]张"
    r"|分[开两]|拆|汇总|打不开|下载|没收到|收不到|查|真伪|备注|内容|品名|写[“\"]?(?:成|办公|图书)|多久|几天|什么时候|何时|哪里|入口|怎么|如何|咋|为什么"
    r"|啥时|还是|未到|申请了|可以[吗不]|预开|先开|没收货|收货前|随货|寄|金额|国补|退了|退货|invoice|receipt|[英港]|三联|統編|不给|不开|没开|还没"
)
# 来个人: calls for somebody.
_PERSONAL = re.compile(
    r"(?<![来找叫喊派有一两几每])个人|个人(?=的|[抬台]头|发?票|名)|私人|自己的?名|本人"
)
_COMPANY = re.compile(
    r"公司|单位|企业|对公|报销|报账|学校|医院|事业单位|机关|部队|个体户|厂|商行|工作室"
)
_ORGANISATION = (
    r"[\u4e00-\u9fffA-Za-z0-9()·&]{2,50}?"
    r"(?:公司|[工]?厂|店|商行|贸易行|集团|事务所|医院|学校|大学|学院|小学|中学|高中|幼儿园|研究[院所]|中心|协会|委员会|管理局|合作社"
    r"|工作室|工程部|经营部|门市部|银行|酒店|图书馆|检察院|法院|派出所|街道办事处|村委会|居委会)(?:[\u4e00-\u9fff]{0,8}?(?:分公司|支行|分店|分院))?"
)
_TITLE_WORD = r"(?:[抬台]头|名称|单位|公司名?|开票信息|全称)"
_TITLE_LED = re.compile(
    rf"{_TITLE_WORD}(?:应该|[改换写开填]成(?!都)|[是为写开叫填用就请:：\s])*(?P<title>{_ORGANISATION})"
)
_TITLE_ALONE = re.compile(
    rf"(?:(?:我们?|就|那|写|开|叫|是|帮我|的|请|要)*(?:公司|单位|抬头)?[:：是叫]?\s?)?(?P<title>{_ORGANISATION})(?:吧|的)?"
)
_TITLE_INSIDE = re.compile(
    rf"(?:^|(?<=[,，。;；\s:：]))(?P<title>{_ORGANISATION})(?=$|[,，。;；\s]|的|吧)"
)
# 重新开成北京青禾科技有限公司: what stands before the name.
_BEFORE_TITLE = re.compile(
    r"(?:.*(?:[改换写开填]成(?!都)|(?<!不)是|[叫写填]))?"
    r"(?:(?:重新|麻烦|帮忙|帮我|给我|请|我?要|我想|想要|[这那]单|的|发票|票|[抬台]头|单位|那|就)+(?:[补换改重]?开)?)?"
)
_PERSON_SAYS = (
    r"(?:应该|重新|帮我|给我|麻烦|(?:[写填打开弄]错)了?|[改换写开填]成?|[叫是为用就那请要想我的:：,，\s“\"「]|个人|私人"
    rf"|{RELATIVE}|[抬台]头|姓名|名字|名义|名称|发?票)*"
)
_PERSON_NAME = rf"(?P<title>{NAME}|(?<![A-Za-z])[A-Za-z][A-Za-z .]{{1,29}}[A-Za-z.])"
_PERSON_LED = re.compile(
    rf"(?:[抬台]头|姓名|名字|个人|私人|[改换开写填]成|应该是){_PERSON_SAYS}{_PERSON_NAME}{AFTER_NAME}"
)
_PERSON = re.compile(
    rf"{_PERSON_SAYS}{_PERSON_NAME}(?:{AFTER_NAME}[吧的就行好可以谢名字抬头”\"」]*)"
)
_JUST_PERSONAL = re.compile(
    r"(?:就|那|写|开|抬头|是)*[:：“\"「]?个人[”\"」]?(?:就行|就好|吧|的|两个字)*"
)
_PART = re.compile(r"[^,，。;；\s]+")
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Za-z][ -]?){14}(?:(?:[0-9A-Za-z][ -]?){3}|(?:[0-9A-Za-z][ -]?){5})?"
    r"[0-9A-Za-z](?![0-9A-Za-z])"
)
_NUMBERISH = re.compile(r"(?<![0-9A-Za-z@.])(?=[A-Za-z]*\d)[0-9A-Za-z]{8,30}(?![0-9A-Za-z@.])")
_OF_AN_ORDER = re.compile(r"(?:订单|单号|运单|快递|物流)[^\d,，。]{0,6}$")
_NO_COMPANY = re.compile(
    r"(?:还是|[开要换改成是用选的]个?)(?:公司|单位|学校)$|[那这][单笔件个]|[买拍]的|用不着|不[用要是开]|^(?:我们|你们|咱们?|我|他们|不|别)"
)
_WITHOUT = re.compile(
    r"没有?税号|无税号|不用税号|没有这个|税号没有|没有统一代码|^没有[的啊呢]?$|^无$"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9_.%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}"
    r"@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,12}(?![A-Za-z0-9_.])"
)
_WITHOUT_EMAIL = re.compile(
    r"不用|不发|不要|没有邮箱|没邮箱|无邮箱|自己下|我去?下载|订单里(?:下|看)|算了|^无$|^没有?$"
)
_REFUSED_EMAIL = re.compile(
    r"(?:不用|不要|不必|不需要|不|别|无需)(?:再?[发填给写留]到?)?(?:我的?)?(?:邮箱|邮件)"
)


class BuyerStep(Step):
    """Personal or company; a title says it as well."""

    slot = "flow_buyer"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        clicked = turn.first(self.slot)
        if clicked in {buyer.value for buyer in Buyer}:
            return Told(clicked or "")
        asked = turn.asked == self.slot
        if turn.clicked or (questioning(turn.text) and not asked):
            return None
        company, personal = _title_in(turn, asked=asked)
        if company:
            return Told(Buyer.COMPANY.value)
        told = [
            (match.start(), buyer)
            for buyer, words in ((Buyer.PERSONAL, _PERSONAL), (Buyer.COMPANY, _COMPANY))
            for match in undenied(words, turn.text)
        ]
        if told:
            return Told(max(told)[1].value)
        if personal:
            return Told(Buyer.PERSONAL.value)
        of_company = await _tax_number_in(turn, draft, services)
        return Told(Buyer.COMPANY.value) if of_company else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return [
            Choice(reply.phrases.label(f"invoice.{buyer.value}"), _answer(self.slot, buyer.value))
            for buyer in Buyer
        ]


class TitleStep(Step):
    """The name on the invoice, to the letter."""

    slot = "flow_title"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        if (clicked := turn.first(self.slot)) is not None:
            return Told(clicked)
        if turn.clicked:
            return None
        asked = turn.asked in (BuyerStep.slot, self.slot) or corrects(turn)
        company, personal = _title_in(turn, asked=asked)
        of_person = draft.value(BuyerStep.slot) == Buyer.PERSONAL.value
        if turn.asked == self.slot and of_person and _JUST_PERSONAL.fullmatch(turn.text.strip()):
            return Told(_JUST_PERSON)
        title = personal if of_person else company
        return Told(title) if title else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """A person may leave it at 个人."""
        if draft.value(BuyerStep.slot) != Buyer.PERSONAL.value:
            return []
        label = reply.phrases.label("invoice.just_personal")
        return [Choice(label, _answer(self.slot, _JUST_PERSON))]

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        label = services.phrases.current().label
        return {"what": label(f"invoice.title_of_{draft.value(BuyerStep.slot)}")}


class NumberStep(Step):
    """The tax number of an organisation; only enterprises must have one."""

    slot = "flow_number"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """A number whose check character is wrong is no answer."""
        title = draft.value(TitleStep.slot)
        if turn.first(self.slot) == _NO_NUMBER or _WITHOUT.search(turn.text):
            if needs_number(title):
                return Told(problem="flow_invoice_number_needed", words={"title": title})
            return Told(_NO_NUMBER)
        if turn.clicked:
            return None
        if found := await _tax_number_in(turn, draft, services):
            return Told(found)
        text = turn.text
        own = await _order_numbers(draft, services)
        close = [match[0] for match in _NUMBERISH.finditer(text) if not _of_order(match, own)]
        if close and (turn.asked == self.slot or "税号" in text):
            written = max(close, key=len)
            return Told(
                problem="flow_invoice_number_wrong",
                words={"written": written, "count": str(len(written))},
            )
        return None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        if needs_number(draft.value(TitleStep.slot)):
            return []
        return [Choice(reply.phrases.label("invoice.no_number"), _answer(self.slot, _NO_NUMBER))]

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        return {"title": draft.value(TitleStep.slot)}


class EmailStep(Step):
    """Where the invoice is sent besides the order's page: the number of the message that says it.

    The address itself never enters a slot.
    """

    slot = "flow_email"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        if turn.first(self.slot) == _NO_EMAIL:
            return Told(_NO_EMAIL)
        if turn.clicked:
            return None
        for seq in reversed(turn.seqs if "@" in turn.text else ()):
            if await _email_in(seq, turn, services):
                return Told(str(seq))
        if _REFUSED_EMAIL.search(turn.text):
            return Told(_NO_EMAIL)
        if turn.asked != self.slot:
            return None
        if "@" in turn.text:
            return Told(problem="flow_invoice_email_wrong")
        return Told(_NO_EMAIL) if _WITHOUT_EMAIL.search(turn.text) else None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return [Choice(reply.phrases.label("invoice.no_email"), _answer(self.slot, _NO_EMAIL))]


class InvoiceFlow(Flow[IssueInvoice]):
    """开发票: an electronic invoice for one order; said again, another one in its place."""

    name = "invoice"
    starting = frozenset({_INTENT})
    steps = (BuyerStep(), TitleStep(), NumberStep(), EmailStep())
    prefer = (RECEIVED, UNDER_WAY, UNSHIPPED)
    whole = True
    questions = "action_answer"
    agrees = agreeing("开|开票|开发票|换开|重开")

    async def wanted(self, turn: Turn, customer_id: str, services: Services) -> bool:
        """See `Flow.wanted`; what was issued elsewhere is not ours to replace."""
        if turn.clicked:
            return True
        text = turn.text
        if _ASKED.search(text):
            return False
        if _retitled(turn):
            return True
        if _REISSUE.search(text) and not questioning(text):
            return await _issued_here(customer_id, services)
        if questioning(text):
            return _POLITE.search(text) is not None
        return _WISH.search(text) is not None or any(_title_in(turn, asked=False))

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """See `Flow.instead`: an invoice of the shop's own books is put right by a person."""
        if subject is not None or turn.key is None or not _retitled(turn):
            return None
        customer_id = await services.identities.customer_of(turn.key)
        if customer_id is not None and await _issued_here(customer_id, services):
            return None
        return Need("action_handoff", turn.as_intent("invoice_reissue"))

    def of_order(self, turn: Turn) -> Turn:
        """See `Flow.of_order`: a tax number is no order's, and a company no product."""
        text = turn.text
        spans = [
            match.span()
            for match in _NUMBER.finditer(text)
            if not _of_order(match) and ("税号" in text or tax_number(match[0]))
        ]
        if company := _company_in(text):
            start = text.rindex(company)
            spans.append((start, start + len(company)))
        return super().of_order(turn.without(*spans))

    def following(self, before: Draft, after: Draft) -> Draft:
        """See `Flow.following`."""
        told = dict(after.values)
        buyer = told.get(BuyerStep.slot, "")
        changed = before.value(BuyerStep.slot) not in ("", buyer)
        if changed and told.get(TitleStep.slot) == before.value(TitleStep.slot):
            told.pop(TitleStep.slot, None)
        number = told.get(NumberStep.slot, "")
        if buyer == Buyer.PERSONAL.value:
            told[NumberStep.slot] = UNNEEDED
        elif number == UNNEEDED or (
            number == _NO_NUMBER and needs_number(told.get(TitleStep.slot, ""))
        ):
            del told[NumberStep.slot]
        return Draft(after.subject, told)

    def operation(self, draft: Draft) -> IssueInvoice:
        """See `Flow.operation`."""
        buyer, number = draft.value(BuyerStep.slot), draft.value(NumberStep.slot)
        return IssueInvoice(
            draft.subject.order.id,
            buyer=Buyer(buyer) if buyer else None,
            title=draft.value(TitleStep.slot) or None,
            number="" if number in (UNNEEDED, _NO_NUMBER) else number or None,
        )

    async def complete(
        self, operation: IssueInvoice, draft: Draft, turn: Turn, services: Services
    ) -> IssueInvoice:
        """See `Flow.complete`: the e-mail address as it was written, kept by nobody here."""
        told = draft.value(EmailStep.slot)
        if told in ("", _NO_EMAIL):
            return operation
        return replace(operation, email=await _email_in(int(told), turn, services))

    async def done(
        self, receipt: Receipt, draft: Draft, reply: Reply, services: Services
    ) -> Mapping[str, str]:
        """See `Flow.done`."""
        place = "to_email" if receipt.details["email"] else "to_order"
        return {"where": reply.phrases.label(f"invoice.{place}")}

    def rows(self, draft: Draft, verdict: Verdict) -> Sequence[tuple[str, str]]:
        """See `Flow.rows`."""
        order, number = draft.subject.order, draft.value(NumberStep.slot)
        rows = [("invoice_title", draft.value(TitleStep.slot))]
        if number not in (UNNEEDED, _NO_NUMBER):
            rows.append(("invoice_number", number))
        amount = ("invoice_amount", money(max(0, order.paid - order.refunded)))
        return [*rows, amount, *verdict.facts]


def _retitled(turn: Turn) -> bool:
    """Whether the message tells the right title of an invoice that was issued with a wrong one."""
    if turn.clicked or turn.form or questioning(turn.text) or not any(_title_in(turn, asked=False)):
        return False
    topic = turn.topic
    before = topic.text if topic is not None and topic.intent == _INTENT else ""
    return _ISSUED_WRONG.search(f"{before} {turn.text}") is not None


async def _issued_here(customer_id: str, services: Services) -> bool:
    """Whether an invoice was issued by this flow: then it can replace it itself."""
    receipts = await services.shop.operations.receipts(customer_id)
    return any(receipt.kind == IssueInvoice.kind for receipt in receipts)


async def _email_in(seq: int, turn: Turn, services: Services) -> str:
    """The last e-mail address that the message of that number was written with, else empty."""
    words = await services.originals.words(turn.key, [seq]) if turn.key else ()
    found = [match[0] for text in words for match in _EMAIL.finditer(text)]
    return found[-1] if found else ""


async def _order_numbers(draft: Draft, services: Services) -> frozenset[str]:
    orders = await services.shop.orders.recent(draft.subject.customer_id)
    return frozenset(order.id for order in orders)


async def _tax_number_in(turn: Turn, draft: Draft, services: Services) -> str:
    """The tax number in the message, empty for none; the number of an order is none."""
    found = [match for match in _NUMBER.finditer(turn.text) if tax_number(match[0])]
    own = await _order_numbers(draft, services) if found else frozenset()
    numbers = (tax_number(match[0]) for match in found if not _of_order(match, own))
    return next((number for number in numbers if number), "")


def _of_order(match: re.Match[str], own: frozenset[str] = frozenset()) -> bool:
    """Whether a number is one of those orders', or called an order's."""
    return match[0] in own or _OF_AN_ORDER.search(match.string[: match.start()]) is not None


def _title_in(turn: Turn, *, asked: bool) -> tuple[str, str]:
    """The organisation and the person that the message names as the buyer, empty for none."""
    text = turn.text
    company = _company_in(text)
    led = [match["title"] for match in _PERSON_LED.finditer(text)]
    if asked and not questioning(text) and not GIVES_UP.search(text):
        if not company and (whole := _TITLE_ALONE.fullmatch(text.strip())):
            company = "" if _NO_COMPANY.search(whole["title"]) else whole["title"]
        if not led:
            alone = [_PERSON.fullmatch(part) for part in (text, *_PART.findall(text))]
            led = [match["title"] for match in alone if match is not None][:1]
    goods = {text[e.start : e.end] for e in turn.entities if e.name in ("product", "category")}
    people = [name for name in led if (is_name(name) or name[0].isascii()) and name not in goods]
    if re.search(r"[\u4e00-\u9fff]", company):
        company = company.replace("(", "（").replace(")", "）")  # as the business licence has it
    return company, people[-1] if people else ""


def _company_in(text: str) -> str:
    """The organisation named as the buyer, as it was written; empty for none."""
    for match in (*_TITLE_LED.finditer(text), *_TITLE_INSIDE.finditer(text)):
        if questioning(match[0]) or _NO_COMPANY.search(match["title"]):
            continue
        before = _BEFORE_TITLE.match(match["title"])
        title = match["title"][before.end() if before else 0 :]
        if re.fullmatch(_ORGANISATION, title) and not _NO_COMPANY.search(title):
            return title
    return ""


def _answer(slot: str, value: str) -> str:
    return payload(_INTENT, **{slot: value})
