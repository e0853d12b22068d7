"""A product meant by a word of its name, by whom it is for, or by its price.

羊绒的呢, 长款的多重, 男的那个, 便宜那款, after others were talked about or shown; 孝心手机 at any
time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.turn import Entity, Turn
from shop.gateway import Shop
from shop.types import Product

_LONGEST = 6
_POINTED = re.compile(r"(?:的|款|那[款个件条双]|呢)(?![吗么嘛])")
_BY_PRICE = re.compile(
    r"(?P<which>便宜|贵)(?:一?[点些])?(?:的|的?那)[个款件条双台部只瓶](?![吗么])"
)
_OF_IT = frozenset("是有含没不")  # 是羊绒的吗 asks something of the one in talk
_THINGS = frozenset({"product", "item_id", "category", "order_number", "waybill", "color", "size"})


async def with_pointed(turn: Turn, shop: Shop, for_whom: Mapping[str, str]) -> Turn:
    """The turn, naming the product that a word of its name, its price or its user singles out.

    Looked for among what was just shown, what was talked about, then those of the kind in talk.
    `for_whom` are the words of each tag (妈/母亲), see `phrases.yml`.
    """
    recent = [str(one) for one in turn.slots.get("recent_products") or ()]
    offered = turn.offered_items
    if turn.clicked:
        return turn
    if any(entity.name in _THINGS for entity in turn.entities):
        return _by_whole_names(turn, await shop.catalogue.products())
    if not (recent or offered):
        return turn
    catalogue = await shop.catalogue.products()
    shown = [product for product in catalogue if product.item_id in offered]
    asked_which = shown if turn.pending is not None else []
    talked = [product for product in catalogue if product.id in recent]
    kinds = {product.category for product in talked if product.id == turn.slot("current_product")}
    alike = [product for product in catalogue if product.category in kinds]
    found = (
        singled_out(turn.text, shown)
        or _meant_for(turn.text, asked_which, for_whom)
        or singled_out(turn.text, talked)
        or singled_out(turn.text, alike)
        or _by_price(turn.text, shown if len(shown) > 1 else [p for p in talked if p in alike])
    )
    if found is None:
        return turn
    product, start, end = found
    named = Entity("product", product.short_name, start, end)
    return replace(turn, entities=(*turn.entities, named))


def singled_out(text: str, products: Sequence[Product]) -> tuple[Product, int, int] | None:
    """The only one of several whose name holds a word that the text points with, and the span."""
    plain = text.casefold()
    names = [[name.casefold() for name in (p.short_name, *p.aliases)] for p in products]
    for point in _POINTED.finditer(plain):
        end = point.start()
        for start in range(max(0, end - _LONGEST), end - 1):
            word = plain[start:end]
            having = [
                product
                for product, own in zip(products, names, strict=True)
                if any(word in name for name in own)
            ]
            if len(having) == 1 and len(products) > 1 and plain[start - 1 : start] not in _OF_IT:
                return having[0], start, end
    return None


def _meant_for(
    text: str, products: Sequence[Product], for_whom: Mapping[str, str]
) -> tuple[Product, int, int] | None:
    """The only one of several that is for whom the text names, and the span of the words."""
    for tag, words in for_whom.items():
        having = [product for product in products if tag in product.tags]
        said = next((word for word in words.split("/") if word in text), "")
        if said and len(having) == 1 and len(products) > 1:
            start = text.index(said)
            return having[0], start, start + len(said)
    return None


def _by_price(text: str, products: Sequence[Product]) -> tuple[Product, int, int] | None:
    """The cheapest or dearest of several, as the text says, and the span of the words."""
    point = _BY_PRICE.search(text)
    if point is None or len(products) < 2:
        return None
    ordered = sorted(products, key=_price)
    if point["which"] == "贵":
        ordered.reverse()
    first, second = ordered[:2]
    return None if _price(first) == _price(second) else (first, *point.span())


def _price(product: Product) -> int:
    return min(sku.price for sku in product.skus)


def _by_whole_names(turn: Turn, products: Sequence[Product]) -> Turn:
    """The turn, with the product where its name goes on before the kind: 孝心 before 手机."""
    entities = tuple(
        (_whole_name(turn.text, one, products) or one) if one.name == "category" else one
        for one in turn.entities
    )
    return replace(turn, entities=entities)


def _whole_name(text: str, kind: Entity, products: Sequence[Product]) -> Entity | None:
    """The only product that the words up to that kind are a part of the name of."""
    for start in range(max(0, kind.start - _LONGEST), kind.start - 1):
        words = text[start : kind.end].casefold()
        having = [
            product
            for product in products
            if any(words in name.casefold() for name in (product.short_name, *product.aliases))
        ]
        if len(having) == 1:
            return Entity("product", having[0].short_name, start, kind.end)
    return None
