"""Messages that only name something: a number, a link, a product; and other people's orders."""

from __future__ import annotations

from dataclasses import replace

from actions import wording
from actions.cards import plain, product_card
from actions.lookup import OPEN, Found, Nothing, Several
from actions.orders import OrderSkill
from actions.reply import Reply, payload
from actions.turn import Entity, Turn
from conversations.messages import Choice
from conversations.privacy import mask_phone
from shop.types import Product
from shop.waybills import NumberKind, find_numbers

_TAIL_DIGITS = range(3, 9)
_LOOKUPS = frozenset(
    {
        "action_order_status",
        "action_track_logistics",
        "action_delivery_time",
        "action_after_sales",
        "action_ask_carrier",
    }
)
_MENU = ("order_status", "track_logistics", "return_request")


class NamedAction(OrderSkill):
    """A number is looked up among the shopper's own; a product is shown and is then in talk."""

    action = "action_named"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Nothing is asked: what we show invites the question."""
        digits = wording.digits(turn.text)
        phone = wording.phone(turn.text)
        if phone and not wording.of_others(turn.text):
            await self._own_orders(turn, reply)
        elif phone:
            await self.house.answer("action_whose_order", turn, reply)
        elif digits and turn.first("item_id") is None:
            await self._by_tail(digits, turn, reply)
        else:
            await self._product(turn, reply)

    async def _by_tail(self, digits: str, turn: Turn, reply: Reply) -> None:
        """The last digits of an order, a waybill or the shopper's own phone."""
        customer_id = await self.customer_id(turn)
        if customer_id is not None and len(digits) in _TAIL_DIGITS:
            customer = await self.services.shop.customers.customer(customer_id)
            if customer is not None and customer.phone.endswith(digits):
                await self._own_orders(turn, reply)
                return
            tail = (Entity("order_number", digits), Entity("waybill", digits))
            asked = replace(turn.as_intent("order_status"), entities=tail, text="")
            if not isinstance(await self.outcome(customer_id, asked), Nothing):
                await self.house.answer("action_order_status", asked, reply)
                return
        menu = [Choice(reply.phrases.title(name) or name, payload(name)) for name in _MENU]
        reply.say("bare_number", [*menu, self.human()])
        if turn.pending is not None:
            reply.remember(pending=turn.pending.to_slot())

    async def _own_orders(self, turn: Turn, reply: Reply) -> None:
        asked = replace(turn.as_intent("order_status"), entities=(), text="")
        await self.house.answer("action_order_status", asked, reply)

    async def _product(self, turn: Turn, reply: Reply) -> None:
        product = await self._found(turn)
        if product is not None and wording.mine(turn.text) and await self._awaited(product, turn):
            about = turn.as_intent("track_logistics")
            await self.house.answer("action_track_logistics", about, reply)
            return
        if product is None and turn.only_numbers:
            asked = turn.as_intent("order_status")
            await self.house.answer("action_order_status", asked, reply)
            return
        if product is None:
            linked = turn.first("item_id") or any(
                NumberKind.ITEM in number.kinds for number in find_numbers(turn.text)
            )
            reply.say("link_foreign" if linked else "link_unreadable", [self.human()])
            return
        card = product_card(product, reply.phrases)
        reply.remember(current_product=product.id)
        reply.card(card, text=plain(card))
        reply.say("more_of_it", product=product.short_name)

    async def _awaited(self, product: Product, turn: Turn) -> bool:
        """Whether the shopper has bought it and it has not come yet."""
        customer_id = await self.customer_id(turn)
        orders = await self.services.shop.orders.recent(customer_id) if customer_id else ()
        return any(
            line.product_id == product.id and line.signed_at is None
            for order in orders
            if order.state in OPEN
            for line in order.lines
        )

    async def _found(self, turn: Turn) -> Product | None:
        catalogue = self.services.shop.catalogue
        numbers = find_numbers(turn.text)
        items = [number.value for number in numbers if NumberKind.ITEM in number.kinds]
        for item in (*turn.all("item_id"), *items):
            product = await catalogue.product(item)
            if product is not None:
                return product
        if words := turn.first("product"):
            for product in await catalogue.search(words, limit=1):
                return product
        return None


class WhoseOrderAction(OrderSkill):
    """Orders asked for by somebody's name or phone: only the shopper's own are looked up."""

    action = "action_whose_order"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Whether somebody else's order exists is never told, nor whether a phone is known."""
        customer_id = await self.customer_id(turn)
        if customer_id is None:
            reply.say("unidentified", [self.human()])
            return
        customer = await self.services.shop.customers.customer(customer_id)
        orders = await self.services.shop.orders.recent(customer_id)
        phones = [order.address.phone for order in orders if order.address]
        phones += [customer.phone] if customer is not None else []
        own = any(_has(turn.text, phone) for phone in phones)
        if own or await self._names_own(customer_id, turn):
            lookup = self.house.rules.get(turn.intent) in _LOOKUPS
            asked = turn if lookup else turn.as_intent("order_status")
            text = "" if wording.digits(turn.text) else turn.text
            await self.house.answer(
                self.house.rules[asked.intent], replace(asked, text=text), reply
            )
            return
        mine = Choice(reply.phrases.title("order_status") or "", payload("order_status"))
        reply.say("others_order", [mine, self.human()])

    async def _names_own(self, customer_id: str, turn: Turn) -> bool:
        """Whether an order number, a waybill or a tail in the message is one of their own."""
        numbered = {"order_number", "waybill", "phone_tail"}
        if not any(entity.name in numbered for entity in turn.entities):
            return False
        outcome = await self.outcome(customer_id, turn)
        return isinstance(outcome, Several) or (isinstance(outcome, Found) and not outcome.guessed)


def _has(text: str, phone: str) -> bool:
    """Whether the text holds that phone, in full or masked on the way here."""
    return phone in text or mask_phone(phone) in text
