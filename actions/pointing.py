"""A product meant by a word of its name: 羊绒的呢, 长款的多重, after others were talked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.turn import Entity, Turn
from shop.gateway import Shop
from shop.types import Product

_LONGEST = 6
_POINTED = re.compile(r"(?:的|款|那[款个件条双]|呢)(?![吗么嘛])")
_OF_IT = frozenset("是有含没不")  # 是羊绒的吗 asks something of the one in talk
_THINGS = frozenset({"product", "item_id", "category", "order_number", "waybill", "color", "size"})


async def with_pointed(turn: Turn, shop: Shop) -> Turn:
    """The turn, naming the product that a word of its name singles out.

    Looked for among what was talked about and shown, then among those of the kind in talk.
    """
    recent = [str(one) for one in turn.slots.get("recent_products") or ()]
    if turn.clicked or not recent or any(entity.name in _THINGS for entity in turn.entities):
        return turn
    catalogue = await shop.catalogue.products()
    talked = [product for product in catalogue if product.id in recent]
    kinds = {product.category for product in talked if product.id == turn.slot("current_product")}
    alike = [product for product in catalogue if product.category in kinds]
    found = singled_out(turn.text, talked) or singled_out(turn.text, alike)
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
