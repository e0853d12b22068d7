"""The ground of all skills about goods: which product is meant, and which choices of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from actions.base import Skill
from actions.knowledge import answer_from_knowledge
from actions.reply import Reply, payload
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop.references import same_color, same_size
from shop.types import Product, Sku

# 能连电脑吗, 能放冰箱吗: what is asked of the product in talk, not another one.
_USED_WITH = re.compile(
    r"(?:连接?|接|配对?|插|(?<!安)装|放|塞|兼容|支持|适配|投屏?)(?:得了?上?|上|进|在|到|入)?$"
)
# 苹果手机能连吗, likewise with the word behind it.
_USES = re.compile(
    r"\s*(?:也|都|上|还)?(?:能不能|可不可以|能|可以|是否)?(?:用(?!的)|连|接|配|充|装|支持|兼容|适配|适用|投)"
)
_CHOICES = 4
_SEARCHED = 8
_RECENT = 4
LISTED = 3
"""How many products a recommendation shows."""

_SAME_UNIT = (
    (re.compile(r"(?<=\d)\s*升$"), "L"),
    (re.compile(r"(?<=\d)\s*毫升$"), "ml"),
    (re.compile(r"(?<=\d)\s*克$"), "g"),
    (re.compile(r"(?<=\d)\s*(?:公斤|千克)$"), "kg"),
)

Fits = Callable[[Product], bool]


class ProductSkill(Skill):
    """A skill about one product: finds it, or asks which one."""

    again = "words"

    async def find(self, turn: Turn, reply: Reply, *, fits: Fits | None = None) -> Product | None:
        """The product meant; None when the reply already asks which, or the knowledge answered.

        Looked for in this order: named in the message, among those we asked which of, talked
        about, bought lately (only those that `fits` accepts, e.g. that have the attribute asked
        for).
        """
        named = await self._named(turn)
        strange = None if named else _strange(turn)
        if not named and not strange and not turn.first("category"):
            named = await self._asked_among(turn)
        product = await self._chosen(named, turn)
        kind = turn.first("category") or strange
        if product is None and not named and not strange:
            product, named = await self._in_talk(turn, fits)
            if kind and product is None:  # 扫地机, iPhone 15: neither sold here nor bought
                named = ()
        if product is not None:
            self.talk_about([product], turn, reply)
            return product
        if not named and not strange and await answer_from_knowledge(self, turn, reply):
            return None
        if named:
            color, size = turn.first("color") or "", turn.first("size") or ""
            fitting = [product for product in named if matching(product, color, size)] or named
            self.ask_which(fitting[:_CHOICES], turn, reply)
            return None
        if kind:
            ours = [
                Choice(one.short_name, payload(turn.intent, item_id=one.item_id))
                for one in await self._ours_like(kind)
            ]
            reply.say("no_such_kind", [*ours, self.human()], kind=kind)
        else:
            reply.say("what_product", [self.human()])
        reply.await_detail(self.name(), turn)
        return None

    def ask_which(self, products: Sequence[Product], turn: Turn, reply: Reply) -> None:
        """Which of these is meant; the question stays open."""
        choices = [
            Choice(one.short_name, payload(turn.intent, item_id=one.item_id)) for one in products
        ]
        reply.say("which_product", choices)
        reply.await_detail(self.name(), turn)

    def talk_about(self, products: Sequence[Product], turn: Turn, reply: Reply) -> None:
        """Remember what 这款 and 这两款 will mean, the last of them first."""
        ids = [product.id for product in reversed(products)]
        earlier = [one for one in turn.slots.get("recent_products") or () if one not in ids]
        reply.remember(current_product=ids[0], recent_products=[*ids, *earlier][:_RECENT])
        wish = turn.slots.get("wish") or {}
        if wish.get("listed"):
            reply.remember(wish={**wish, "listed": 0})

    async def listed(self, turn: Turn) -> list[Product]:
        """The recommendations that stand open: shown last, none of them talked about since."""
        wish = turn.slots.get("wish") or {}
        count = int(wish.get("listed") or 0)
        if (
            count < 2
            or turn.clicked
            or any(e.name in ("item_id", "product", "category") for e in turn.entities)
        ):
            return []
        catalogue = self.services.shop.catalogue
        found = [await catalogue.product(one) for one in wish.get("shown", [])[-count:]]
        return [product for product in found if product is not None]

    async def recent(self, turn: Turn) -> list[Product]:
        """What was talked about, the last one first."""
        catalogue = self.services.shop.catalogue
        found = [await catalogue.product(one) for one in turn.slots.get("recent_products") or ()]
        return [product for product in found if product is not None]

    async def named(self, turn: Turn) -> list[Product]:
        """Each product that the message names, one for each name."""
        catalogue = self.services.shop.catalogue
        found: dict[str, Product] = {}
        for entity in turn.entities:
            meant: Sequence[Product] = ()
            if entity.name == "item_id":
                meant = await catalogue.search(entity.value, limit=1)
            elif entity.name == "product":
                meant = (await self.called(entity.value))[:1]
            found.update((product.id, product) for product in meant)
        return list(found.values())

    async def called(self, words: str) -> Sequence[Product]:
        """Those that a product's name means; 小米14 is not what 小米 is a part of."""
        found = await self.services.shop.catalogue.search(words, limit=_SEARCHED)
        exact = [one for one in found if words in (one.id, one.short_name, *one.aliases)]
        return exact or [one for one in found if _is_called(one, words)]

    async def _named(self, turn: Turn) -> Sequence[Product]:
        catalogue = self.services.shop.catalogue
        if (item := turn.first("item_id")) is not None:
            product = await catalogue.product(item)
            return [product] if product else []
        words = turn.all("product") or [
            entity.value
            for entity in turn.entities
            if entity.name == "category" and not _goes_with(turn, entity)
        ]
        for one in words:
            found = list(await catalogue.search(one, limit=_SEARCHED))
            exact = [p for p in found if one in (p.id, p.short_name, p.category, *p.aliases)]
            if not exact and turn.first("product"):  # 小米14 is not what 小米 is a part of
                found = [p for p in found if _is_called(p, one)]
            if found:
                return exact or found
        return []

    async def _ours_like(self, words: str) -> Sequence[Product]:
        """Ours of the kind that a name of another maker's ends with: 手机 of 华为手机."""
        found = await self.services.shop.catalogue.search(words, limit=_SEARCHED)
        names = [(product.category, *product.aliases) for product in found]
        return [
            product
            for product, own in zip(found, names, strict=True)
            if any(words.endswith(name) for name in own)
        ][:_CHOICES]

    async def _asked_among(self, turn: Turn) -> Sequence[Product]:
        """The products among which we asked for the one meant, while that question is open."""
        pending = turn.pending
        if pending is None or pending.awaits != "detail" or turn.clicked:
            return []
        catalogue = self.services.shop.catalogue
        found = [await catalogue.product(item) for item in turn.offered_items]
        return [product for product in found if product is not None]

    async def _chosen(self, named: Sequence[Product], turn: Turn) -> Product | None:
        """The one of several that was talked about or bought, or the only one in that colour."""
        if len(named) <= 1:
            return named[0] if named else None
        current = turn.slot("current_product")
        for product in named:
            if product.id == current:
                return product
        bought = {product.id for product in await self.bought(turn)}
        mine = [product for product in named if product.id in bought]
        if len(mine) == 1:
            return mine[0]
        color, size = turn.first("color") or "", turn.first("size") or ""
        fitting = [product for product in named if matching(product, color, size)]
        return fitting[0] if len(fitting) == 1 else None

    async def _in_talk(
        self, turn: Turn, fits: Fits | None
    ) -> tuple[Product | None, Sequence[Product]]:
        """The product talked about if it fits, else the only one bought that does."""
        current = await self.services.shop.catalogue.product(turn.slot("current_product"))
        if current is not None and (fits is None or fits(current)):
            return current, ()
        bought = await self.bought(turn)
        fitting = [product for product in bought if fits is None or fits(product)]
        if len(fitting) == 1:
            return fitting[0], ()
        return current, fitting

    async def bought(self, turn: Turn) -> list[Product]:
        """What the verified customer bought lately, that of the order in talk first."""
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


def matching(product: Product, color: str, size: str) -> tuple[Sku, ...]:
    """The choices of that colour and size; empty words fit all, the exact colour beats its kin."""
    sized = [sku for sku in product.skus if not size or same_size(size, sku.size)]
    exact = [sku for sku in sized if sku.color == color]
    return tuple(exact or [sku for sku in sized if not color or same_color(color, sku.color)])


def choice_of(product: Product, turn: Turn) -> tuple[str, str]:
    """Colour and size that the message names; sizes also as the product itself writes them."""
    size = turn.first("size")
    if size is None:
        own = sorted({sku.size for sku in product.skus if sku.size}, key=len, reverse=True)
        text = without_name(product, turn.text)
        written = (one for one in own if re.search(rf"(?<!\d){re.escape(one)}(?!\d)", text, re.I))
        size = next(written, "")
    return turn.first("color") or "", _in_our_units(size)


def _in_our_units(size: str) -> str:
    """3升 as products write it: 3L."""
    for written, unit in _SAME_UNIT:
        size = written.sub(unit, size)
    return size


def labels(skus: Sequence[Sku]) -> str:
    """黑色 S/M/L、白色 M: colours with their sizes."""
    by_color: dict[str, list[str]] = {}
    for sku in skus:
        by_color.setdefault(sku.color, []).append(sku.size)
    return "、".join(
        " ".join(part for part in (color, "/".join(size for size in sizes if size)) if part)
        for color, sizes in by_color.items()
    )


def without_name(product: Product, text: str) -> str:
    """The text without what the product is called: 降噪耳机续航多久 asks nothing of 降噪."""
    plain = text.casefold()
    for name in sorted((product.short_name, *product.aliases), key=len, reverse=True):
        plain = plain.replace(name.casefold(), " ")
    return plain


def _strange(turn: Turn) -> str | None:
    """The product asked for, when it is not one that something of ours is to go with."""
    named = next((entity for entity in turn.entities if entity.name == "product"), None)
    if named is None or _USED_WITH.search(turn.text[: named.start]):
        return None
    if turn.slot("current_product") and named.end and _USES.match(turn.text[named.end :]):
        return None
    return named.value


def _is_called(product: Product, words: str) -> bool:
    """Whether the words stand in one of the product's names."""
    plain = "".join(words.split()).casefold()
    names = (product.title, product.short_name, *product.aliases)
    return any(plain in "".join(name.split()).casefold() for name in names)


def _goes_with(turn: Turn, entity: Entity) -> bool:
    """Whether a kind of thing is named as what the product in talk is used with."""
    in_talk = turn.slot("current_product") is not None
    return in_talk and _USED_WITH.search(turn.text[: entity.start]) is not None
