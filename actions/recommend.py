"""A few products for a vague wish, after at most two questions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from actions import wording
from actions.cards import price_range
from actions.phrases import wish_words
from actions.products import LISTED, ProductSkill, matching
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice
from shop.types import Product, Sku

_SHOWN = LISTED
_QUESTIONS = 2
_CATEGORIES = 5
_MODIFIER = re.compile(
    r"(?P<roughly>左右|上下|大概|大约|差不多|前后)|(?P<most>以内|以下|之内|不超过|不到|内的)"
    r"|(?P<least>以上|往上|起步|不低于)"
)
_ANYTHING = re.compile(r"不限|随便|都行|都可以|无所谓|没要求|没预算")
_OTHERS = re.compile(
    r"别的|其他|其它|换一?[批些个]|还有[吗么没]|还有什么|还有哪|再推荐|再来|再看看|不喜欢|都不"
)
_CHEAPER = re.compile(r"便宜|平价|太贵|更低|低价|省钱")
_GIFT = re.compile(r"送|礼物|礼品|生日|过节|走亲戚|提点")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SEXES = frozenset({"男装", "女装"})  # tags
_NO_LIMIT = "0"
# 300以内, without a word of money; 165以下 may be a height.
_BARE_SUM = re.compile(r"(?<![\d.高])(?!1[4-9]\d(?!\d))\d{2,5}(?=以内|以下|之内|内的|左右|上下)")


@dataclass(frozen=True)
class Wish:
    """What is looked for, kept from one message to the next.

    `who` are tags that a product must have one of (for whom it is), `tags` those that it had
    better have (what for). `budget` is (least, most) in fen; `free` says that any price will do.
    `color` and `size` are what it must be had in now, `without` the kinds that are not wanted.
    `shown` are ids already offered, `asked` how many questions we put.
    """

    category: str = ""
    who: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    budget: tuple[int, int] | None = None
    free: bool = False
    color: str = ""
    size: str = ""
    without: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    asked: int = 0

    def to_slot(self) -> dict[str, object]:
        """As the slot keeps it."""
        return {
            "category": self.category,
            "who": list(self.who),
            "tags": list(self.tags),
            "budget": list(self.budget) if self.budget else None,
            "free": self.free,
            "color": self.color,
            "size": self.size,
            "without": list(self.without),
            "shown": list(self.shown),
            "asked": self.asked,
        }

    @classmethod
    def from_slot(cls, kept: Mapping[str, object] | None) -> Wish:
        """The inverse of `to_slot`."""
        if not kept:
            return cls()
        budget = kept.get("budget")
        return cls(
            category=str(kept.get("category") or ""),
            who=tuple(_words(kept.get("who"))),
            tags=tuple(_words(kept.get("tags"))),
            budget=(int(budget[0]), int(budget[1])) if isinstance(budget, list) else None,
            free=bool(kept.get("free")),
            color=str(kept.get("color") or ""),
            size=str(kept.get("size") or ""),
            without=tuple(_words(kept.get("without"))),
            shown=tuple(_words(kept.get("shown"))),
            asked=int(str(kept.get("asked") or 0)),
        )


class RecommendAction(ProductSkill):
    """Two or three products in stock and within the budget, each with a reason of its own."""

    action = "action_product_recommend"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Another wish starts anew; 还有别的吗 and an answer to our question go on."""
        wish = await self._wish(turn, reply)
        products = await self.services.shop.catalogue.products()
        if _CHEAPER.search(turn.text) and not turn.first("amount"):
            cheaper = await self._cheaper(wish, products, turn)
            if cheaper is not None and not cheaper:
                reply.say("recommend_cheapest", [self.human()])
                return
            if cheaper is not None:
                self._offer(cheaper, wish, "recommend_cheaper", turn, reply)
                return
        if wish.asked < _QUESTIONS and self._asks(wish, products, turn, reply):
            reply.remember(wish=replace(wish, asked=wish.asked + 1).to_slot())
            reply.await_detail(self.name(), turn)
            return
        fitting = [p for p in _ranked(products, wish) if p.id not in wish.shown]
        if not fitting:
            self._nothing(wish, products, turn, reply)
            return
        sentence = "recommend_more" if wish.shown else "recommend"
        self._offer(fitting, wish, sentence, turn, reply)

    async def _wish(self, turn: Turn, reply: Reply) -> Wish:
        """What the message says, joined to what was said before when it goes on with it."""
        before = Wish.from_slot(turn.slots.get("wish"))
        pending = turn.pending
        answers = pending is not None and pending.action == self.name()
        others = bool(before.shown and _OTHERS.search(turn.text))
        named = [one for one in turn.all("category") if one not in turn.refused]
        category = named[0] if named else "" if turn.refused else await self._said(turn)
        told = Wish(
            category=category,
            who=_tags(turn, reply.phrases.group("wish_who")),
            tags=_tags(turn, reply.phrases.group("wish")),
            budget=_budget(turn),
            free=turn.first("amount") == _NO_LIMIT or bool(_ANYTHING.search(turn.text)),
            color=turn.first("color") or "",
            size=turn.first("size") or "",
            without=turn.refused,
        )
        if not (answers or others):
            anew = told.who or told.tags
            in_talk = turn.slot("current_product") in before.shown
            goes_on = not anew or (in_talk and _only_narrows(turn, reply))
            if not before.shown or category or not goes_on:
                return told
            before = replace(before, shown=())
        if before.category in turn.refused:
            before = replace(before, category="")
        return replace(
            before,
            category=told.category or before.category,
            who=tuple(dict.fromkeys((*before.who, *told.who))),
            tags=tuple(dict.fromkeys((*before.tags, *told.tags))),
            budget=told.budget or before.budget,
            free=told.free or before.free,
            color=told.color or before.color,
            size=told.size or before.size,
            without=tuple(dict.fromkeys((*before.without, *told.without))),
        )

    async def _said(self, turn: Turn) -> str:
        """The product as the message calls it: 羽绒服 is more than one of our names for it."""
        products = await self.services.shop.catalogue.products()
        for entity in turn.entities:
            if entity.name == "product":
                words = turn.text[entity.start : entity.end]  # wrong in a question joined from two
                known = len(words) > 1 and any(_of_kind(product, words) for product in products)
                return words if known else entity.value
        return ""

    def _asks(self, wish: Wish, products: Sequence[Product], turn: Turn, reply: Reply) -> bool:
        """Put the question whose answer is needed most; False when nothing has to be asked.

        Gifts reach from 29 to 3,999 yuan: without a person and a budget any three are a guess.
        """
        gift = bool(_GIFT.search(turn.text)) and not wish.category
        if gift and not wish.who:
            titles = reply.phrases.group("gift_for")
            choices = [
                Choice(title, payload(turn.intent, tag=tag)) for tag, title in titles.items()
            ]
            reply.say("recommend_for_whom", choices)
            return True
        if gift and wish.budget is None and not wish.free:
            limits = reply.phrases.group("budget")
            choices = [
                Choice(title, payload(turn.intent, amount=amount))
                for amount, title in limits.items()
            ]
            reply.say("recommend_budget", choices)
            return True
        if wish.category or wish.who or wish.tags or wish.budget is not None:
            return False
        wanted = [p for p in products if not any(_of_kind(p, kind) for kind in wish.without)]
        kinds = dict.fromkeys(product.category for product in wanted)
        choices = [
            Choice(kind, payload(turn.intent, category=kind)) for kind in list(kinds)[:_CATEGORIES]
        ]
        reply.say("recommend_what", [*choices, self.human()])
        return True

    async def _cheaper(
        self, wish: Wish, products: Sequence[Product], turn: Turn
    ) -> list[Product] | None:
        """What else was wished for, or of the same kind, below what was shown; None: below what?"""
        before = Wish.from_slot(turn.slots.get("wish"))
        recent = await self.recent(turn)
        shown = [product for product in recent if product.id in before.shown[-_SHOWN:]]
        if shown and not wish.category:
            limit = min(_least(product) for product in shown) - 1
            return _ranked(products, replace(before, budget=(0, limit), shown=()))
        kind = wish.category or (recent[0].category if recent else "")
        rivals = shown or recent[:1]
        rivals = [product for product in rivals if _of_kind(product, kind)]
        if not rivals:
            return None
        limit = min(_least(product) for product in rivals)
        found = [p for p in products if _of_kind(p, kind) and _in_stock(p) and _least(p) < limit]
        return sorted(found, key=_least, reverse=True)

    def _offer(
        self, fitting: Sequence[Product], wish: Wish, sentence: str, turn: Turn, reply: Reply
    ) -> None:
        chosen = fitting[:_SHOWN]
        facts = reply.phrases.group("wish_fact")
        listed = "\n".join(
            f"{number}. {product.short_name} {price_range(product)}，"
            + _reason(product, wish, facts)
            for number, product in enumerate(chosen, start=1)
        )
        choices = [
            Choice(product.short_name, payload("product_attribute", item_id=product.item_id))
            for product in chosen
        ]
        one = sentence == "recommend" and len(chosen) == 1
        reply.say("recommend_one" if one else sentence, choices, listed=listed)
        shown = (*wish.shown, *(product.id for product in chosen))
        self.talk_about(chosen, turn, reply)
        kept = replace(wish, shown=shown).to_slot()
        reply.remember(wish={**kept, "listed": len(chosen)})

    def _nothing(self, wish: Wish, products: Sequence[Product], turn: Turn, reply: Reply) -> None:
        """Nothing (more) fits: the closest beyond the budget, said as such, or a person."""
        if wish.shown:
            reply.say("recommend_no_more", [self.human()])
            return
        if wish.category and not any(_of_kind(product, wish.category) for product in products):
            reply.say("recommend_no_kind", [self.human()], kind=wish.category)
            return
        beyond = _ranked(products, replace(wish, budget=None))
        if wish.budget is not None and beyond:
            beyond.sort(key=lambda product: _distance(product, wish.budget or (0, 0)))
            self._offer(beyond, wish, "recommend_beyond", turn, reply)
            return
        of_the_kind = _ranked(products, replace(wish, who=(), tags=())) if wish.category else []
        if of_the_kind:
            named = len(of_the_kind) == 1  # S9呢, after sports were spoken of
            sentence = "recommend" if named else "recommend_of_the_kind"
            self._offer(of_the_kind, wish, sentence, turn, reply)
        else:
            reply.say("recommend_none", [self.human()])


class SoldHereAction(RecommendAction):
    """电饭煲有吗: the one that is called so, or those of the kind as they are recommended."""

    action = "action_sold_here"
    again = "intent"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Asked whether there is any, of several those in stock are shown."""
        kind = turn.first("category") or await self._said(turn)
        products = await self.services.shop.catalogue.products()
        count = sum(_of_kind(product, kind) for product in products)
        one = count == 1 or not (count or turn.first("category"))
        intent = "stock_check" if one else "product_recommend"
        meant = turn.as_intent(intent)
        reply.talk_of(self.house.rules[intent], meant)
        await self.house.answer(self.house.rules[intent], meant, reply)


def _ranked(products: Sequence[Product], wish: Wish) -> list[Product]:
    """In stock, within the budget, for whom it should be; what fits best comes first."""
    found = [
        (len(product.tags & set(wish.tags)), product)
        for product in products
        if _in_budget(product, wish)
        and (not wish.category or _of_kind(product, wish.category))
        and (not wish.who or product.tags & set(wish.who))
        and _for_the_sex(product, wish)
        and not any(_of_kind(product, kind) for kind in wish.without)
    ]
    if wish.color:  # 深灰 is kin of 浅灰, but where there is 深灰, that is meant
        exact = [pair for pair in found if any(s.color == wish.color for s in pair[1].skus)]
        found = exact or found
    if wish.tags:
        found = [pair for pair in found if pair[0]]
    by_hits = sorted(found, key=lambda pair: -pair[0])
    if wish.category:
        return [product for _, product in by_hits]
    levels = sorted({hits for hits, _ in by_hits}, reverse=True)
    return [p for level in levels for p in _of_each_kind([p for h, p in by_hits if h == level])]


def _tags(turn: Turn, words: Mapping[str, str]) -> tuple[str, ...]:
    """The tags whose words the message uses, or that a click names; 小学生 is no 学生."""
    said = set(turn.all("tag"))
    text = turn.text
    named = [(name, tag) for tag, names in words.items() for name in names.split("/")]
    for name, tag in sorted(named, key=lambda pair: len(pair[0]), reverse=True):
        if name in text:
            said.add(tag)
            text = text.replace(name, " ")
    return tuple(tag for tag in words if tag in said)


def _only_narrows(turn: Turn, reply: Reply) -> bool:
    """Whether the message only says more of what is wished (女的, 长辈用)."""
    return wording.only_wishes(turn.text, wish_words(reply.phrases))


def _of_kind(product: Product, words: str) -> bool:
    """By category or name; 羽绒服 is any that ends so, but a 手机壳 is no 手机."""
    names = (product.category, product.short_name, *product.aliases)
    return any(name.endswith(words) for name in names)


def _in_stock(product: Product) -> bool:
    return any(sku.stock > 0 for sku in product.skus)


def _for_the_sex(product: Product, wish: Wish) -> bool:
    """Clothes said to be for men or for women must be, whoever else they are for."""
    clothes = product.tags & _SEXES
    asked = set(wish.who) & _SEXES
    return not (clothes and asked) or bool(clothes & asked)


def _in_budget(product: Product, wish: Wish) -> bool:
    """Whether a choice of it in that colour and size is in stock at such a price."""
    least, most = wish.budget or (0, 0)
    return any(
        sku.stock > 0 and least <= sku.price and (not most or sku.price <= most)
        for sku in matching(product, wish.color, wish.size)
    )


def _least(product: Product) -> int:
    """The lowest price at which it can be had now."""
    here: list[Sku] = [sku for sku in product.skus if sku.stock > 0]
    return min(sku.price for sku in here or product.skus)


def _distance(product: Product, budget: tuple[int, int]) -> int:
    least, most = budget
    price = _least(product)
    return price - most if most and price > most else abs(least - price)


def _budget(turn: Turn) -> tuple[int, int] | None:
    """(least, most) in fen: 300左右 is 180 to 330, 300以上 has no most (0), 两三百 is both."""
    told = turn.all("amount") or _BARE_SUM.findall(turn.text)
    amounts = sorted(
        {int(float(found[0]) * 100) for one in told if (found := _NUMBER.search(one))} - {0}
    )
    if not amounts:
        return None
    if len(amounts) > 1:
        return amounts[0], amounts[-1]
    amount = amounts[0]
    said = list(_MODIFIER.finditer(turn.text))  # the last word counts
    kind = said[-1].lastgroup if said else "most"
    if kind == "least":
        return amount, 0
    if kind == "roughly":
        return amount * 6 // 10, amount + amount // 10
    return 0, amount


def _reason(product: Product, wish: Wish, facts: Mapping[str, str]) -> str:
    """What people buy it for, and the fact that the wish turns on, from its own data."""
    names = dict.fromkeys(facts[tag] for tag in (*wish.who, *wish.tags) if tag in facts)
    told = [product.attribute(name) for name in names]
    listed = [f"{one.name} {one.value}{one.unit}" for one in told if one is not None]
    return "，".join([product.point or product.title, *listed])


def _of_each_kind(products: Sequence[Product]) -> list[Product]:
    """The first of each category, then the second of each, and so on."""
    turns: list[tuple[int, Product]] = []
    seen: dict[str, int] = {}
    for product in products:
        seen[product.category] = seen.get(product.category, 0) + 1
        turns.append((seen[product.category], product))
    return [product for _, product in sorted(turns, key=lambda pair: pair[0])]


def _words(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
