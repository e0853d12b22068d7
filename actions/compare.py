"""Two or three products, or two choices of one, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.cards import plain, price_range
from actions.formatting import money
from actions.products import ProductSkill, matching, without_name
from actions.reply import Reply, payload
from actions.turn import COLUMN, Turn
from conversations.messages import Card, Choice, UnknownReason
from shop.types import Attribute, Product, Sku

_ROWS = 7  # with the price
_MOST = 3

_THREE = re.compile(r"三[款个种]|这几|那几|哪几")
# 哪个软: a quality that is no attribute; what says only that it is the better one is none.
_WHICH = re.compile(
    r"哪一?[个款种件](?:更|比较|会|要|最)?(?!好|便宜|贵|划算|值|适合|推荐|合适|优惠|性价比|建议|买|是)"
    r"(?P<what>[\u4e00-\u9fff]{1,4}?)(?:一?[点些])?[呢啊吗?？]*$"
)
_WHICH_OF = re.compile(r"哪一?[个款种件]|区别|不同|差别|对比")
_COMPARES = re.compile(
    r"哪|比|区别|差|不同|不一样|还是|(?<!暖)和|跟|与|更|vs|对照|一样", re.IGNORECASE
)
_NUMBERED = re.compile(r"^(?P<head>\D*)(?P<n>\d+(?:\.\d+)?)(?P<tail>\D*)$")
_SAID = 2  # differences in the sentence under the table


class CompareAction(ProductSkill):
    """What differs and matters, from the catalogue; one sentence under it."""

    action = "action_product_compare"
    again = ""  # 羊绒的呢, after both: that one alone

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Those named, else those last talked about; asks which ones at most once."""
        named = await self.named(turn)
        if (
            turn.text
            and len(named) == 1
            and not _COMPARES.search(without_name(named[0], turn.text))
        ):
            fact = turn.as_intent("product_attribute")
            await self.house.answer("action_product_attribute", fact, reply)
            return
        if strange := await self._not_ours(turn):
            self._say_what_is_ours(named or (await self.recent(turn))[:1], strange, turn, reply)
            return
        products = await self._meant(turn)
        if len(products) == 1 and (choices := _choices_named(products[0], turn)):
            self.talk_about(products, turn, reply)
            self._compare_choices(products[0], choices, reply)
        elif len(products) >= 2:
            self.talk_about(products, turn, reply)
            self._compare(products, turn, reply)
        elif turn.first("category") and not products:
            wish = turn.as_intent("product_recommend")
            await self.house.answer("action_product_recommend", wish, reply)
        else:
            await self._ask(products, turn, reply)

    async def _not_ours(self, turn: Turn) -> list[str]:
        """The products named that the catalogue does not have: 小米14."""
        return [words for words in turn.all("product") if not await self.called(words)]

    def _say_what_is_ours(
        self, named: Sequence[Product], strange: Sequence[str], turn: Turn, reply: Reply
    ) -> None:
        """What can be told beside a product that is not ours: we do not guess at that one."""
        kind = "、".join(strange)
        if not named:
            reply.say("no_such_kind", [self.human()], kind=kind)
            reply.await_detail(self.name(), turn)
            return
        self.talk_about(named, turn, reply)
        prices = "，".join(f"{one.short_name} {price_range(one)}" for one in named)
        reply.say("compare_not_ours", [self.human()], kind=kind, ours=prices)

    async def _meant(self, turn: Turn) -> list[Product]:
        named = (await self.named(turn))[:_MOST]
        if len(named) >= 2:
            return named
        if named and _WHICH_OF.search(turn.text) and len(kind := await self._kind(turn)) > 1:
            return kind
        if len(named) == 1 and _choices_named(named[0], turn):
            return named
        recent = [p for p in await self.recent(turn) if p not in named]
        shown = (turn.slots.get("wish") or {}).get("shown") or []
        just_shown = {product.id for product in recent[:_MOST]} == set(shown[-_MOST:])
        if named:
            return [*named, *[one for one in recent if one.category == named[0].category][:1]]
        if recent and _choices_named(recent[0], turn):
            return recent[:1]
        if turn.first("category") and len(recent) < 2:
            return []
        return list(reversed(recent[: _MOST if _THREE.search(turn.text) or just_shown else 2]))

    async def _kind(self, turn: Turn) -> list[Product]:
        """枕头哪个好: all that are called so."""
        products = await self.services.shop.catalogue.products()
        for entity in turn.entities:
            words = {entity.value, turn.text[entity.start : entity.end]} - {""}
            if entity.name == "product":
                return [
                    one
                    for one in products
                    if any(n.endswith(w) for n in (one.short_name, *one.aliases) for w in words)
                ][:_MOST]
        return []

    async def _ask(self, products: Sequence[Product], turn: Turn, reply: Reply) -> None:
        """Which ones; for one already in talk, those of its kind are offered."""
        choices: list[Choice] = []
        name = ""
        if products:
            first = products[0]
            name = first.short_name
            self.talk_about([first], turn, reply)
            alike = [
                one
                for one in await self.services.shop.catalogue.products()
                if one.category == first.category and one.id != first.id
            ]
            choices = [
                Choice(one.short_name, payload(turn.intent, product=one.short_name))
                for one in alike[:_MOST]
            ]
        sentence = "compare_with" if products else "compare_which"
        reply.say(sentence, [*choices, self.human()], product=name)
        reply.await_detail(self.name(), turn)

    def _compare(self, products: Sequence[Product], turn: Turn, reply: Reply) -> None:
        asked = _asked(products, turn)
        names = asked or _differing(products)
        rows = [(self.label("card.price"), COLUMN.join(price_range(p) for p in products))]
        unknown = self.label("card.not_written")
        for name in names[: _ROWS - 1]:
            cells = [_value(product.attribute(name)) or unknown for product in products]
            rows.append((name, COLUMN.join(cells)))
        card = Card(
            title=COLUMN.join(product.short_name for product in products),
            rows=tuple(rows),
            image=products[0].image,
        )
        reply.card(card, text=plain(card))
        missing = [word for word in turn.all("attribute") if not _anywhere(products, word)]
        if not asked and not missing and (word := _WHICH.search(turn.text)):
            missing = [word["what"]]
        if missing:
            reply.say("compare_unknown", [self.human()], missing="、".join(missing))
            reply.unknown(UnknownReason.UNKNOWN_ATTRIBUTE)
            reply.await_yes("action_handoff", turn)
            return
        said = self._difference(products, asked) if len(products) == 2 else ""
        if asked and not said:
            said = "；".join(self._each(products, name) for name in asked)
        cheapest = self._cheapest(products)
        parts = (said, cheapest) if asked else (cheapest, said)
        sentence = "；".join(part for part in parts if part)
        reply.say("compared" if sentence else "compared_alike", differences=sentence)

    def _cheapest(self, products: Sequence[Product]) -> str:
        prices = sorted((min(s.price for s in p.skus), p.short_name) for p in products)
        if prices[0][0] == prices[1][0]:
            return ""
        less = money(prices[1][0] - prices[0][0])
        if len(prices) > 2:
            return self.label("compare.cheapest").format(product=prices[0][1])
        return self.label("compare.cheaper").format(product=prices[0][1], less=less)

    def _difference(self, products: Sequence[Product], names: Sequence[str]) -> str:
        """Numbers of the same form: X30 续航多 3 小时. Words are left to the table."""
        first, second = products
        said = []
        for name in names:
            one, other = first.attribute(name), second.attribute(name)
            more = _more(one, other) if one and other else None
            if more is not None:
                ahead = first if more[0] > 0 else second
                said.append(
                    self.label("compare.more").format(
                        product=ahead.short_name, fact=name, more=f"{abs(more[0]):g} {more[1]}"
                    )
                )
        return "；".join(said[:_SAID])

    def _each(self, products: Sequence[Product], name: str) -> str:
        unknown = self.label("card.not_written")
        cells = [f"{p.short_name} {_value(p.attribute(name)) or unknown}" for p in products]
        return self.label("compare.each").format(fact=name, values="，".join(cells))

    def _compare_choices(self, product: Product, choices: Sequence[Sku], reply: Reply) -> None:
        here, gone = self.label("card.in_stock"), self.label("card.out_of_stock")
        rows = [
            (self.label("card.price"), COLUMN.join(money(sku.price) for sku in choices)),
            (
                self.label("card.stock"),
                COLUMN.join(here if sku.stock > 0 else gone for sku in choices),
            ),
        ]
        measured = {row.size: dict(row.measures) for row in product.size_chart}
        parts = dict.fromkeys(part for sku in choices for part in measured.get(sku.size, {}))
        rows += [
            (part, COLUMN.join(measured.get(sku.size, {}).get(part, "—") for sku in choices))
            for part in parts
        ]
        title = f"{product.short_name}：{COLUMN.join(sku.label for sku in choices)}"
        card = Card(title=title, rows=tuple(rows[:_ROWS]), image=product.image)
        reply.card(card, text=plain(card))
        reply.say("compared_choices", product=product.short_name)


def _choices_named(product: Product, turn: Turn) -> list[Sku]:
    """One choice for each of the sizes, or else colours, of that product that are named."""
    sizes, colors = turn.all("size"), turn.all("color")
    found = [matching(product, "", size)[:1] for size in sizes] if len(sizes) > 1 else []
    if not found and len(colors) > 1:
        found = [matching(product, color, "")[:1] for color in colors]
    return [sku for one in found for sku in one] if all(found) else []


def _differing(products: Sequence[Product]) -> list[str]:
    """Facts that differ, in the order of the catalogue; those that all have come first."""
    names = dict.fromkeys(fact.name for product in products for fact in product.attributes)
    values = {name: [_value(product.attribute(name)) for product in products] for name in names}
    differing = [name for name in names if len(set(values[name])) > 1]
    return sorted(differing, key=lambda name: "" in values[name])


def _asked(products: Sequence[Product], turn: Turn) -> list[str]:
    """The facts that the message asks about: 哪个续航长."""
    text = turn.text
    for product in products:
        text = without_name(product, text)
    facts = [fact for product in products for fact in product.attributes]
    named = set(turn.all("attribute"))
    found = [
        fact.name
        for fact in facts
        if named & {fact.name, *fact.aliases} or any(w in text for w in (fact.name, *fact.aliases))
    ]
    found += [
        claim.fact
        for product in products
        for claim in product.claims
        if claim.fact and any(word.casefold() in text for word in claim.ask)
    ]
    return list(dict.fromkeys(found))


def _anywhere(products: Sequence[Product], word: str) -> bool:
    return any(product.attribute(word) is not None for product in products)


def _value(attribute: Attribute | None) -> str:
    return f"{attribute.value}{attribute.unit}" if attribute else ""


def _more(one: Attribute, other: Attribute) -> tuple[float, str] | None:
    """How much more the first has, with the unit; None when they are not of one form."""
    first, second = _NUMBERED.match(_value(one)), _NUMBERED.match(_value(other))
    if first is None or second is None or first["n"] == second["n"]:
        return None
    unit = first["tail"].strip()
    if not unit or (first["head"], first["tail"]) != (second["head"], second["tail"]):
        return None
    return round(float(first["n"]) - float(second["n"]), 2), unit
