"""What can be had now, and when the rest comes back."""

from __future__ import annotations

from collections.abc import Sequence

from actions import wording
from actions.cards import price_range
from actions.formatting import future_day, money
from actions.products import ProductSkill, choice_of, labels, matching
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice
from shop.references import same_color, same_size
from shop.types import Product, Sku

_LOW_STOCK = 5


class StockAction(ProductSkill):
    """Stock by colour and size, with what is there instead of what is gone."""

    action = "action_stock_check"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """By colour and size when told, otherwise the whole choice."""
        if (turn.first("color") or turn.first("size")) and await self.listed(turn):
            wish = turn.as_intent("product_recommend")
            await self.house.answer("action_product_recommend", wish, reply)
            return
        product = await self.find(turn, reply)
        if product is None:
            return
        color, size = choice_of(product, turn)
        skus = matching(product, color, size)
        name = product.short_name
        if not skus:
            wanted, choices = f"{color}{size}", labels(product.skus)
            if choices:
                reply.say("no_such_choice", product=name, wanted=wanted, choices=choices)
            else:
                reply.say("no_choices", product=name, wanted=wanted)
            return
        here = [sku for sku in skus if sku.stock > 0]
        gone = [sku for sku in skus if sku.stock <= 0]
        if len(skus) == 1 and here:
            few = here[0].stock <= _LOW_STOCK
            reply.say(
                "stock_few" if few else "stock_yes",
                what=" ".join(part for part in (name, here[0].label) if part),
                count=here[0].stock,
                price=money(here[0].price),
            )
            if wording.deciding(turn.text):
                reply.say("how_to_order", choice=here[0].label or name)
        elif not here:
            self._sold_out(product, gone, color, size, reply)
        elif gone:
            self._partly(name, here, gone, reply)
        else:
            reply.say("stock_all", product=name, here=labels(here))

    def _partly(self, name: str, here: Sequence[Sku], gone: Sequence[Sku], reply: Reply) -> None:
        restock = self._restock(gone)
        values = {"product": name, "here": labels(here), "gone": labels(gone)}
        if restock:
            reply.say("stock_some_until", restock=restock, **values)
        else:
            reply.say("stock_some", **values)

    def _sold_out(
        self, product: Product, gone: Sequence[Sku], color: str, size: str, reply: Reply
    ) -> None:
        what = " ".join(part for part in (product.short_name, labels(gone)) if part)
        restock = self._restock(gone)
        others = self._instead(product, color, size)
        if restock and others:
            reply.say("sold_out_until_others", what=what, restock=restock, others=others)
        elif restock:
            reply.say("sold_out_until", what=what, restock=restock)
        elif others:
            reply.say("sold_out_others", what=what, others=others)
        else:
            reply.say("sold_out", [self.human()], what=what)

    def _restock(self, gone: Sequence[Sku]) -> str:
        dates = [sku.restock_at for sku in gone if sku.restock_at is not None]
        return future_day(min(dates), self.services.clock()) if dates else ""

    def _instead(self, product: Product, color: str, size: str) -> str:
        """The same colour in other sizes, then the same size in other colours, else anything."""
        here = [sku for sku in product.skus if sku.stock > 0]
        like = [sku for sku in here if color and same_color(color, sku.color)]
        like += [sku for sku in here if size and same_size(size, sku.size)]
        return labels(like or here)


class HowToOrderAction(ProductSkill):
    """怎么下单, 来两件: where the shopper orders, of the product in talk what can be had now."""

    action = "action_how_to_order"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Nothing is ordered here: that is said."""
        if not (turn.names_thing or turn.slot("current_product")):
            wish = "product_recommend"
            help_me_choose = Choice(reply.phrases.title(wish) or wish, payload(wish))
            reply.say("how_to_order_here", [help_me_choose, self.human()])
            return
        if listed := await self.listed(turn):  # of three that were recommended, 这个 is none
            self.ask_which(listed, turn, reply)
            return
        product = await self.find(turn, reply)
        if product is None:
            return
        here = [sku for sku in product.skus if sku.stock > 0]
        if not here:
            await self.house.answer("action_stock_check", turn, reply)
            return
        name, price = product.short_name, price_range(product)
        if labels(here):
            reply.say("how_to_order_choices", product=name, price=price, here=labels(here))
        else:
            reply.say("how_to_order_product", product=name, price=price)
