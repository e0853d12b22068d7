"""The catalogue: facts, care, sizes, stock, prices, comparison and recommendation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actions.base import Skill
from actions.cards import plain, price_range, product_card
from actions.formatting import future_day, money
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Card, Choice
from shop.references import same_color, same_size
from shop.types import Attribute, Product, SizeRow, Sku

_CARE = re.compile(
    r"缩水|起球|掉色|褪色|变形|怎么洗|水洗|机洗|手洗|干洗|洗衣机|清洗|洗涤|保养|熨|晾|烘干"
)
# What a care label may be silent about; what is said of washing then does not answer it.
_CARE_FAULT = re.compile(r"缩水|起球|掉色|褪色|变形")
_IN_GENERAL = re.compile(r"怎么样|咋样|如何|好不好|好吗|好用吗|介绍|详情|参数$|值得")
_FAULTY = re.compile(
    r"没声音|没有声音|没反应|不亮|黑屏|死机|坏了|充不[进上]|开不了|开不了机|打不开机|连不上|漏水|漏电"
    r"|异响|不转|不工作|不加热|失灵|杂音"
)
_ROUGHLY = re.compile(r"左右|上下|大概|大约|差不多")
_AT_MOST = re.compile(r"以内|以下|之内|不超过|不到")
_CHOICES = 4
_SEARCHED = 8
_RECOMMENDED = 3
_COMPARED = 5
_LOW_STOCK = 5
_CATEGORIES = 5
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

Fits = Callable[[Product], bool]


@dataclass(frozen=True)
class Body:
    """Height in cm and weight in kg, as far as told."""

    height: float | None
    weight: float | None


class ProductSkill(Skill):
    """A skill about one product: finds it, or asks which one."""

    again = "words"

    async def find(self, turn: Turn, reply: Reply, *, fits: Fits | None = None) -> Product | None:
        """The product meant, or None when the reply already asks which.

        Looked for in this order: named in the message, talked about, bought lately (only those
        that `fits` accepts, e.g. that have the attribute asked for).
        """
        named = await self._named(turn)
        product = await self._chosen(named, turn)
        if product is None and not named:
            product, named = await self._in_talk(turn, fits)
        if product is not None:
            reply.remember(current_product=product.id)
            return product
        if named:
            choices = [
                Choice(one.short_name, payload(turn.intent, item_id=one.item_id))
                for one in named[:_CHOICES]
            ]
            reply.say("which_product", choices)
        else:
            reply.say("what_product", [self.human()])
        reply.await_detail(self.name(), turn)
        return None

    def say_care(self, product: Product, turn: Turn, reply: Reply) -> None:
        """The care label, and plainly so when it is silent about what was asked."""
        fault = _CARE_FAULT.search(turn.text)
        if fault and fault[0] not in product.care:
            name, care = product.short_name, product.care
            reply.say("care_silent", product=name, missing=fault[0], care=care)
        else:
            reply.say("care", product=product.short_name, care=product.care)

    async def _named(self, turn: Turn) -> Sequence[Product]:
        catalogue = self.services.shop.catalogue
        if (item := turn.first("item_id")) is not None:
            product = await catalogue.product(item)
            return [product] if product else []
        words = turn.all("product") or turn.all("category")
        if not words:
            return []
        found = list(await catalogue.search(words[0], limit=_SEARCHED))
        exact = [p for p in found if words[0] in (p.id, p.short_name, *p.aliases)]
        return exact or found

    async def _chosen(self, named: Sequence[Product], turn: Turn) -> Product | None:
        """The one of several of that name that was talked about or bought."""
        if len(named) <= 1:
            return named[0] if named else None
        current = turn.slot("current_product")
        for product in named:
            if product.id == current:
                return product
        bought = {product.id for product in await self._bought(turn)}
        mine = [product for product in named if product.id in bought]
        return mine[0] if len(mine) == 1 else None

    async def _in_talk(
        self, turn: Turn, fits: Fits | None
    ) -> tuple[Product | None, Sequence[Product]]:
        """The product talked about if it fits, else the only one bought that does."""
        current = await self.services.shop.catalogue.product(turn.slot("current_product"))
        if current is not None and (fits is None or fits(current)):
            return current, ()
        bought = await self._bought(turn)
        fitting = [product for product in bought if fits is None or fits(product)]
        if len(fitting) == 1:
            return fitting[0], ()
        return current, fitting

    async def _bought(self, turn: Turn) -> list[Product]:
        customer_id = await self.customer_id(turn)
        if customer_id is None:
            return []
        shop = self.services.shop
        orders = list(await shop.orders.recent(customer_id, limit=10))
        current = turn.slot("current_order")
        orders.sort(key=lambda order: order.id != current)
        found: dict[str, Product] = {}
        for line in (line for order in orders for line in order.lines):
            if line.product_id not in found:
                product = await shop.catalogue.product(line.product_id)
                if product is not None:
                    found[product.id] = product
        return list(found.values())


class AttributeAction(ProductSkill):
    """A fact from the catalogue with its unit; what the catalogue lacks is said to be unknown."""

    action = "action_product_attribute"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Care instructions too when washing or shrinking is asked about."""
        care = _CARE.search(turn.text) is not None
        product = await self.find(turn, reply, fits=lambda one: bool(asked(one, turn)))
        if product is None:
            return
        facts = asked(product, turn)
        if not facts and not care and turn.first("attribute") is None:
            if turn.first("color") or turn.first("size"):
                await self.house.answer("action_stock_check", turn.as_intent("stock_check"), reply)
                return
            if _IN_GENERAL.search(turn.text):
                card = product_card(product, reply.phrases)
                reply.card(card, text=plain(card))
                reply.say("more_of_it", product=product.short_name)
                return
        if facts:
            words = "，".join(f"{fact.name} {fact.value}{fact.unit}" for fact in facts)
            reply.say("attribute", product=product.short_name, facts=words)
        if care and product.care:
            self.say_care(product, turn, reply)
        if reply.empty or (turn.first("attribute") and not facts):
            self._unknown(product, turn, reply)

    def _unknown(self, product: Product, turn: Turn, reply: Reply) -> None:
        missing = turn.first("attribute")
        if missing is None and (turn.clicked or not turn.text):
            card = product_card(product, reply.phrases)
            reply.card(card, text=plain(card))
            return
        composition = product.attribute("成分")
        if missing is not None and missing.endswith("含量") and composition is not None:
            reply.say(
                "composition",
                product=product.short_name,
                missing=missing,
                value=composition.value,
            )
            return
        known = "、".join(attribute.name for attribute in product.attributes[:_COMPARED])
        reply.say(
            "attribute_unknown",
            [self.human()],
            product=product.short_name,
            missing=f"「{missing}」" if missing else self.label("product.this_point"),
            known=known,
        )
        reply.await_yes("action_handoff", turn)


class UsageAction(ProductSkill):
    """Washing and care from the catalogue; other instructions are not ours to invent."""

    action = "action_usage_help"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Everything but care goes to a person with the product named."""
        product = await self.find(turn, reply)
        if product is None:
            return
        if _CARE.search(turn.text) and product.care:
            self.say_care(product, turn, reply)
            return
        if _FAULTY.search(turn.text) and product in await self._bought(turn):
            fault = turn.as_intent("quality_complaint")
            await self.house.answer("action_goods_problem", fault, reply)
            return
        reply.say("usage_unknown", [self.human()], product=product.short_name)
        reply.await_yes("action_handoff", turn)


class StockAction(ProductSkill):
    """What can be had now, and when the rest comes back."""

    action = "action_stock_check"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """By colour and size when told, otherwise the whole choice."""
        product = await self.find(turn, reply)
        if product is None:
            return
        color, size = turn.first("color") or "", turn.first("size") or ""
        skus = matching(product, color, size)
        if not skus:
            reply.say(
                "no_such_choice",
                product=product.short_name,
                wanted=f"{color}{size}",
                choices=_labels(product.skus),
            )
            return
        here = [sku for sku in skus if sku.stock > 0]
        gone = [sku for sku in skus if sku.stock <= 0]
        name = product.short_name
        if len(skus) == 1 and here:
            few = here[0].stock <= _LOW_STOCK
            reply.say(
                "stock_few" if few else "stock_yes",
                product=name,
                choice=here[0].label,
                count=here[0].stock,
                price=money(here[0].price),
            )
        elif not here:
            self._sold_out(product, gone, reply)
        elif gone:
            reply.say("stock_some", product=name, here=_labels(here), gone=_labels(gone))
        else:
            reply.say("stock_all", product=name, here=_labels(here))

    def _sold_out(self, product: Product, gone: Sequence[Sku], reply: Reply) -> None:
        now = self.services.clock()
        dates = [sku.restock_at for sku in gone if sku.restock_at is not None]
        others = [sku for sku in product.skus if sku.stock > 0]
        values = {"product": product.short_name, "choice": _labels(gone)}
        if dates:
            reply.say("sold_out_until", restock=future_day(min(dates), now), **values)
        elif others:
            reply.say("sold_out_others", others=_labels(others), **values)
        else:
            reply.say("sold_out", **values)


class PriceAction(ProductSkill):
    """The catalogue's price, exact for a colour and size."""

    action = "action_price_query"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """One price, or what makes the difference."""
        product = await self.find(turn, reply)
        if product is None:
            return
        skus = matching(product, turn.first("color") or "", turn.first("size") or "")
        chosen = skus or product.skus
        prices = {sku.price for sku in chosen}
        if len(prices) == 1:
            choice = chosen[0].label if len(chosen) == 1 else ""
            label = " ".join(part for part in (product.short_name, choice) if part)
            reply.say("price", product=label, price=money(chosen[0].price))
            return
        by_size: dict[int, str] = {}
        for sku in sorted(chosen, key=lambda sku: sku.price):
            by_size.setdefault(sku.price, sku.size or sku.color)
        listed = "，".join(f"{what} {money(price)}" for price, what in by_size.items())
        reply.say("price_list", product=product.short_name, prices=listed)


class SizeAction(ProductSkill):
    """A size from the chart by height and weight."""

    action = "action_size_advice"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Asks for what is missing; without a chart it is said so."""
        product = await self.find(turn, reply, fits=lambda one: bool(one.size_chart))
        if product is None:
            return
        if not product.size_chart:
            reply.say("no_size_chart", [self.human()], product=product.short_name)
            return
        body = told(turn)
        if body.height is None and body.weight is None:
            reply.say("ask_height_weight", product=product.short_name)
            reply.await_detail(self.name(), turn)
            return
        sizes = fitting_sizes(product.size_chart, body)
        name = product.short_name
        if len(sizes) == 1:
            measures = "，".join(f"{part} {value}" for part, value in sizes[0].measures)
            known = {sku.size for sku in product.skus if sku.stock > 0}
            stock = self.label("size.here" if sizes[0].size in known else "size.gone")
            reply.say("size_one", product=name, size=sizes[0].size, measures=measures, stock=stock)
        elif sizes:
            reply.say("size_two", product=name, smaller=sizes[0].size, larger=sizes[-1].size)
        else:
            reply.say("size_none", [self.human()], product=name)


class CompareAction(ProductSkill):
    """Two products side by side, from the catalogue."""

    action = "action_product_compare"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Both named, or one named and one in talk."""
        catalogue = self.services.shop.catalogue
        pair: dict[str, Product] = {}
        for words in turn.all("product"):
            for product in await catalogue.search(words, limit=1):
                pair[product.id] = product
        if not pair and turn.first("category") and not turn.slot("current_product"):
            wish = turn.as_intent("product_recommend")
            await self.house.answer("action_product_recommend", wish, reply)
            return
        if len(pair) < 2 and (current := turn.slot("current_product")):
            product_in_talk = await catalogue.product(current)
            if product_in_talk is not None:
                pair[product_in_talk.id] = product_in_talk
        if len(pair) < 2:
            reply.say("compare_which", [self.human()])
            reply.await_detail(self.name(), turn)
            return
        first, second = list(pair.values())[:2]
        card = _comparison(first, second, self.label("card.price"))
        reply.card(card, text=plain(card))
        reply.say("compared", first=first.short_name, second=second.short_name)


class RecommendAction(ProductSkill):
    """A few products that are in stock and within the budget, each with its price."""

    action = "action_product_recommend"
    again = "words"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Without any wish told: which kind?"""
        catalogue = self.services.shop.catalogue
        words = turn.first("category") or turn.first("product")
        budget = _amount(turn.first("amount"))
        if budget is not None and _ROUGHLY.search(turn.text) and not _AT_MOST.search(turn.text):
            budget += budget // 10
        gifts = await self._for_whom(turn, budget, reply) if words is None else []
        if gifts:
            self._offer(gifts, reply)
            return
        if words is None and budget is None:
            kinds = dict.fromkeys(product.category for product in await catalogue.products())
            choices = [
                Choice(kind, payload(turn.intent, category=kind))
                for kind in list(kinds)[:_CATEGORIES]
            ]
            reply.say("recommend_what", [*choices, self.human()])
            reply.await_detail(self.name(), turn)
            return
        found = await catalogue.search(words, limit=20) if words else await catalogue.products()
        fitting = [product for product in found if _affordable(product, budget)]
        if not fitting:
            reply.say("recommend_none", [self.human()])
            return
        self._offer(fitting if words else _of_each_kind(fitting), reply)

    async def _for_whom(self, turn: Turn, budget: int | None, reply: Reply) -> list[Product]:
        """What `phrases.yml` suggests for the person named, in stock and within the budget."""
        catalogue = self.services.shop.catalogue
        for people, goods in reply.phrases.group("for_whom").items():
            if not any(person in turn.text for person in people.split("/")):
                continue
            found = [p for name in goods.split("、") for p in await catalogue.search(name, limit=1)]
            return [p for p in found if _affordable(p, budget)]
        return []

    def _offer(self, fitting: Sequence[Product], reply: Reply) -> None:
        chosen = fitting[:_RECOMMENDED]
        listed = "\n".join(
            f"{number}. {product.short_name} {price_range(product)}，{_highlight(product)}"
            for number, product in enumerate(chosen, start=1)
        )
        choices = [
            Choice(product.short_name, payload("product_attribute", item_id=product.item_id))
            for product in chosen
        ]
        reply.say("recommend", choices, listed=listed)


def _affordable(product: Product, budget: int | None) -> bool:
    """Whether a choice of it is in stock and within the budget (fen)."""
    return any(sku.stock > 0 and (not budget or sku.price <= budget) for sku in product.skus)


def asked(product: Product, turn: Turn) -> tuple[Attribute, ...]:
    """The product's facts that the message asks for, by name or alias."""
    found: dict[str, Attribute] = {}
    for name in turn.all("attribute"):
        attribute = product.attribute(name)
        if attribute is not None:
            found[attribute.name] = attribute
    if not turn.all("attribute"):
        text = turn.text.casefold()
        for attribute in product.attributes:
            if any(name.casefold() in text for name in (attribute.name, *attribute.aliases)):
                found[attribute.name] = attribute
    return tuple(found.values())


def matching(product: Product, color: str, size: str) -> tuple[Sku, ...]:
    """The choices of that colour and size; empty words fit all, the exact colour beats its kin."""
    sized = [sku for sku in product.skus if not size or same_size(size, sku.size)]
    exact = [sku for sku in sized if sku.color == color]
    return tuple(exact or [sku for sku in sized if not color or same_color(color, sku.color)])


def told(turn: Turn) -> Body:
    """Height and weight in the message; bot.nlu.patterns gives them as 170 and 65kg."""
    return Body(
        height=_first_number(turn.first("height")), weight=_first_number(turn.first("weight"))
    )


def fitting_sizes(chart: Sequence[SizeRow], body: Body) -> tuple[SizeRow, ...]:
    """The rows that fit what is known, from small to large; by weight alone when both clash."""
    both = [row for row in chart if _tall(row, body) and _heavy(row, body)]
    if both or body.weight is None:
        return tuple(both)
    return tuple(row for row in chart if _heavy(row, body))


def _tall(row: SizeRow, body: Body) -> bool:
    return body.height is None or (
        (row.height_min is None or row.height_min <= body.height)
        and (row.height_max is None or body.height <= row.height_max)
    )


def _heavy(row: SizeRow, body: Body) -> bool:
    return body.weight is None or (
        (row.weight_min is None or row.weight_min <= body.weight)
        and (row.weight_max is None or body.weight <= row.weight_max)
    )


def _first_number(words: str | None) -> float | None:
    found = _NUMBER.search(words or "")
    return float(found[0]) if found else None


def _amount(words: str | None) -> int | None:
    number = _first_number(words)
    return int(number * 100) if number is not None else None


def _labels(skus: Sequence[Sku]) -> str:
    """黑色 S/M/L、白色 M: colours with their sizes."""
    by_color: dict[str, list[str]] = {}
    for sku in skus:
        by_color.setdefault(sku.color, []).append(sku.size)
    return "、".join(
        " ".join(part for part in (color, "/".join(size for size in sizes if size)) if part)
        for color, sizes in by_color.items()
    )


def _of_each_kind(products: Sequence[Product]) -> list[Product]:
    """The first of each category."""
    found: dict[str, Product] = {}
    for product in products:
        found.setdefault(product.category, product)
    return list(found.values())


def _highlight(product: Product) -> str:
    """Its first fact, e.g. 成分 棉100%."""
    if not product.attributes:
        return product.title
    first = product.attributes[0]
    return f"{first.name} {first.value}{first.unit}"


def _comparison(first: Product, second: Product, price_label: str) -> Card:
    rows = [(price_label, f"{price_range(first)} ｜ {price_range(second)}")]
    for attribute in first.attributes:
        other = second.attribute(attribute.name)
        if other is not None and len(rows) <= _COMPARED:
            mine = f"{attribute.value}{attribute.unit}"
            rows.append((attribute.name, f"{mine} ｜ {other.value}{other.unit}"))
    return Card(
        title=f"{first.short_name} ｜ {second.short_name}",
        rows=tuple(rows),
        image=first.image,
    )
