"""What a product is: facts, yes-or-no questions, care; and how it is used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actions.cards import plain, product_card
from actions.knowledge import answer_from_knowledge, answer_of_no_goods
from actions.membership import of_level
from actions.products import ProductSkill, without_name
from actions.reply import Reply
from actions.turn import Turn
from conversations.messages import UnknownReason
from shop.types import Attribute, Claim, Product

_CARE = re.compile(
    r"缩水|(?:下水|过水|水洗|洗).{0,6}(?:变[小短]|缩[小短])|起球|掉色|褪色|变形|怎么洗|水洗|机洗|手洗|干洗|洗衣机|清洗|洗涤|洗护|保养|熨|晾|烘干|漂白|暴晒|次洗|洗要|洗的时候|发黑|变暗|护理|打理|擦"
)
# What a care label may be silent about; what is said of washing then does not answer it.
_CARE_FAULT = re.compile(r"缩水|起球|掉色|褪色|变形")
_CARE_WAY = re.compile(r"烘干|漂白|干洗|熨|机洗|手洗|暴晒")
_IN_GENERAL = re.compile(r"怎么样|咋样|如何|好不好|好吗|好用吗|介绍|详情|参数|规格表|值得")
_FAULTY = re.compile(
    r"没声音|没有声音|没反应|不亮|黑屏|死机|坏了|充不[进上]|开不了|开不了机|打不开机|连不上|漏水|漏电"
    r"|异响|不转|不工作|不加热|失灵|杂音"
)
_CLAUSE = re.compile(r"[^，,。；;!！?？\s]+[?？]?")
_YES_OR_NO = re.compile(
    r"[吗么嘛吧不没?？]$|有没有|是不是|能不能|会不会|可不可以|要不要|用不用|支不支持|(.)不\1|可以|支持|能|会"
)
_OPEN = re.compile(r"多少|几|什么|啥|哪|怎么|怎样|多[大久长重高宽快厚]")
_COUNTED = re.compile(r"(?:几|多少)(?P<unit>[双条片包支只个件套])")
_SIDES = re.compile(r"(?P<长>[\d.]+)×(?P<宽>[\d.]+)×(?P<高>[\d.-]+)(?P<unit>cm|mm)")
_SIDE = re.compile(r"(?P<长>长度|多长)|(?P<宽>宽度|多宽)|(?P<高>高度|多高)")
# What is no part of the matter asked about.
_CHOICES = re.compile(
    r"(?:什么|哪些|哪几[种个]?|几[种个]?|多少[种个]?|啥)(?:颜色|色|尺码|码|规格)"
    r"|(?:颜色|尺码|规格)(?:都|一共)?有(?:哪些|哪几|什么|几|多少|啥)"
)
_ASKING = re.compile(r"有没有|是不是|能不能|会不会|可不可以|什么|怎么|多少|几|吗|么|呢|可以|支持")
_PART = re.compile(r"[\s，,。；;+]+")
_KNOWN = 5
_MOST = 3


@dataclass(frozen=True)
class Findings:
    """What the product's own data say to a message.

    `missing` are the attributes asked for by name that the catalogue lacks.
    """

    claims: tuple[Claim, ...]
    facts: tuple[Attribute, ...]
    missing: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether there is something to say."""
        return bool(self.claims or self.facts)


def look_up(product: Product, turn: Turn) -> Findings:
    """Yes-or-no questions first; the facts that they rest on are not said twice."""
    text = without_name(product, turn.text)
    asked = [c for c in product.claims if any(_asks(clause, c) for clause in _clauses(text))]
    first = {claim.fact: claim for claim in reversed(asked) if claim.fact}
    claims = tuple(claim for claim in asked if first.get(claim.fact, claim) is claim)
    told = {claim.fact for claim in claims}
    for word in sorted((word for claim in claims for word in claim.ask), key=len, reverse=True):
        text = text.replace(word.casefold(), " ")  # 充电器 asks nothing of 充电
    named = turn.all("attribute")
    counted = _COUNTED.search(text)
    facts: dict[str, Attribute] = {}
    for name in named:
        facts.update((one.name, one) for one in product.attributes_called(name))
    for one in product.attributes:
        words = (one.name, *one.aliases)
        if any(len(word) > 1 and word.casefold() in text for word in words):
            facts[one.name] = _side(one, text)
        elif counted and one.unit == counted["unit"]:
            facts[one.name] = one
    answered = {word for claim in claims for word in (*claim.ask, claim.fact)}
    missing = tuple(
        name
        for name in named
        if not product.attributes_called(name) and name.casefold() not in answered
    )
    return Findings(
        claims=claims,
        facts=tuple(one for name, one in facts.items() if name not in told),
        missing=missing,
    )


def answers(product: Product, turn: Turn) -> bool:
    """Whether the product's data or its care label say something to a message."""
    return look_up(product, turn).any or bool(product.care and _CARE.search(turn.text))


def quoted(product: Product, text: str) -> str:
    """What title or selling point say of the words of a question, as it stands there; or "".

    Words that only name the product say nothing of it.
    """
    asked = _ASKING.sub(" ", without_name(product, text))
    names = " ".join((product.category, product.short_name, *product.aliases)).casefold()
    for part in _PART.split(f"{product.title} {product.point}"):
        plain = part.casefold()
        pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
        if any(pair in asked and pair not in names and not pair.isascii() for pair in pairs):
            return part
    return ""


def _side(fact: Attribute, text: str) -> Attribute:
    """高度 of 58×35×11cm: the third of length, width and height, with all three."""
    sides = _SIDES.match(fact.value)
    asked = _SIDE.search(text)
    if sides is None or asked is None:
        return fact
    which = next(key for key in "长宽高" if asked[key])
    whole = f"{fact.value}{fact.unit}"
    return Attribute(f"{which}度", f"{sides[which]}{sides['unit']}（{fact.name} {whole}）")


class FactSkill(ProductSkill):
    """Says what was found, each thing once."""

    def say_findings(self, product: Product, found: Findings, turn: Turn, reply: Reply) -> None:
        """Verdicts with the facts they rest on, then the other facts; not the care label."""
        name = product.short_name
        for claim in found.claims:
            fact = product.attribute(claim.fact)
            if fact is None:
                continue
            value = f"{fact.value}{fact.unit}"
            if claim.holds is None:
                whole = f"{fact.name} {value}"
                reply.say(
                    "claim_open", [self.human()], product=name, topic=claim.verdict, fact=whole
                )
                reply.unknown(UnknownReason.UNKNOWN_ATTRIBUTE)
                reply.await_yes("action_handoff", turn)
            elif value in claim.verdict:
                reply.say("claim_plain", product=name, verdict=claim.verdict)
            else:
                whole = value if fact.name in claim.verdict else f"{fact.name} {value}"
                reply.say("claim", product=name, verdict=claim.verdict, fact=whole)
        if found.facts:
            words = "，".join(f"{fact.name} {fact.value}{fact.unit}" for fact in found.facts)
            reply.say("attribute", product=name, facts=words)

    def say_care(self, product: Product, found: Findings, turn: Turn, reply: Reply) -> None:
        """The care label, and plainly so when it is silent about what was asked."""
        verdicts = [claim.verdict for claim in found.claims if not claim.fact]
        fault = _CARE_FAULT.search(turn.text)
        values = {"product": product.short_name, "care": product.care}
        if verdicts:
            reply.say("care_claim", verdict="、".join(verdicts), **values)
        elif fault and fault[0] not in product.care:
            reply.say("care_silent", missing=fault[0], **values)
        elif (way := _CARE_WAY.search(turn.text)) and way[0] not in product.care:
            reply.say("care_silent_way", missing=way[0], **values)
        else:
            reply.say("care", **values)


class AttributeAction(FactSkill):
    """A fact from the catalogue with its unit; what the catalogue lacks is said to be unknown."""

    action = "action_product_attribute"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Care instructions too when washing or shrinking is asked about."""
        several = (await self.named(turn))[:_MOST]
        if len(several) > 1 and any(look_up(product, turn).any for product in several):
            self.talk_about(several, turn, reply)
            for one in several:
                found = look_up(one, turn)
                self.say_findings(one, found, turn, reply)
                if not found.any:
                    self._unknown(one, found.missing, reply, turn)
            return
        current = turn.slot("current_product")

        def fits(one: Product) -> bool:
            return answers(one, turn) if one.id == current else look_up(one, turn).any

        product = await self.find(turn, reply, fits=fits)
        if product is None:
            return
        found = look_up(product, turn)
        care = _CARE.search(turn.text) is not None and bool(product.care)
        if not found.any and not care and await self._about_it(product, found, turn, reply):
            return
        self.say_findings(product, found, turn, reply)
        if care:
            self.say_care(product, found, turn, reply)
        if found.missing or not (found.any or care):
            self._unknown(product, found.missing, reply, turn)

    async def _about_it(self, product: Product, found: Findings, turn: Turn, reply: Reply) -> bool:
        """A question that no attribute is asked in: of a choice, in general, or of the shop."""
        named = turn.first("color") or turn.first("size")
        if not found.missing and (named or _CHOICES.search(turn.text)):
            await self.house.answer("action_stock_check", turn.as_intent("stock_check"), reply)
            return True
        if turn.clicked or not turn.text or _IN_GENERAL.search(turn.text):
            card = product_card(product, reply.phrases)
            reply.card(card, text=plain(card))
            reply.say("more_of_it", product=product.short_name)
            return True
        if await answer_from_knowledge(self, turn, reply, about=product):
            return True
        if not found.missing and (words := quoted(product, turn.text)):
            reply.say("quoted", product=product.short_name, words=words)
            return True
        return False

    def _unknown(self, product: Product, missing: Sequence[str], reply: Reply, turn: Turn) -> None:
        composition = product.attribute("成分")
        if missing and missing[0].endswith("含量") and composition is not None:
            reply.say(
                "composition",
                product=product.short_name,
                missing=missing[0],
                value=composition.value,
            )
            return
        known = "、".join(attribute.name for attribute in product.attributes[:_KNOWN])
        what = f"「{'、'.join(missing)}」" if missing else self.label("product.this_point")
        reply.say(
            "attribute_unknown",
            [self.human()],
            product=product.short_name,
            missing=what,
            known=known,
        )
        reply.unknown(UnknownReason.UNKNOWN_ATTRIBUTE)
        reply.await_yes("action_handoff", turn)


class UsageAction(FactSkill):
    """Care from the label, use from the knowledge; other instructions are not ours to invent."""

    action = "action_usage_help"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """What neither label nor knowledge says goes to a person with the product named."""
        if of_level(turn):
            asked = turn.as_intent("account_membership")
            await self.house.answer("action_account_membership", asked, reply)
            return
        if await answer_of_no_goods(self, turn, reply):
            return
        product = await self.find(turn, reply)
        if product is None:
            return
        found = look_up(product, turn)
        if _FAULTY.search(turn.text) and product in await self.bought(turn):
            if not await answer_from_knowledge(self, turn, reply, about=product):
                fault = turn.as_intent("quality_complaint")
                await self.house.answer("action_goods_problem", fault, reply)
        elif _CARE.search(turn.text) and product.care:
            self.say_care(product, found, turn, reply)
        elif await answer_from_knowledge(self, turn, reply, about=product):
            return
        elif found.claims or turn.first("attribute"):
            self.say_findings(product, found, turn, reply)
        else:
            reply.say("usage_unknown", [self.human()], product=product.short_name)
            reply.unknown(UnknownReason.NO_ANSWER)
            reply.await_yes("action_handoff", turn)


def _clauses(text: str) -> list[str]:
    return _CLAUSE.findall(text)


def _asks(clause: str, claim: Claim) -> bool:
    """Whether a clause asks that yes or no (能机洗吗), not how or how much (怎么洗)."""
    asked = any(word.casefold() in clause for word in claim.ask)
    return asked and bool(_YES_OR_NO.search(clause)) and not _OPEN.search(clause)
