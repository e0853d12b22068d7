"""Answers from the shop's knowledge: everything that needs no order and no catalogue."""

from __future__ import annotations

from actions.base import Skill
from actions.fallback import foreign
from actions.formatting import ZONE
from actions.reply import Reply
from actions.turn import Turn
from shop.types import Product

# Below this, idle talk is rather something we did not understand.
SURE = 0.6
_IDLE = frozenset({"chitchat", "out_of_scope"})
# What is asked in the middle of a return is asked about the return.
_IN_RETURN = {"shipping_fee": "return_policy"}


class AnswerAction(Skill):
    """The topic's answer; a topic without one is said to be unknown, with the way to a person."""

    action = "action_answer"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Topics are named like intents."""
        topic = _IN_RETURN.get(turn.intent, turn.intent) if turn.form else turn.intent
        found = self.services.knowledge.current().find(
            topic,
            text=turn.text,
            today=self.services.clock().astimezone(ZONE).date(),
            products=await self._products(turn, reply),
        )
        if found is None:
            reply.say("unknown", [self.human()])
        elif topic in _IDLE and not found.asks and _unsure(turn):
            await self.house.answer("action_default_fallback", turn, reply)
        else:
            reply.one_of(found.say, () if turn.form else found.choices)

    async def _products(self, turn: Turn, reply: Reply) -> tuple[str, ...]:
        """Ids and categories of what is talked about; a product named now stays in talk."""
        catalogue = self.services.shop.catalogue
        found: list[Product] = []
        for words in turn.all("product"):
            found += await catalogue.search(words, limit=1)
        if len(found) == 1:
            reply.remember(current_product=found[0].id)
        if not found and (current := turn.slot("current_product")):
            product = await catalogue.product(current)
            found = [product] if product else []
        in_talk = [value for product in found for value in (product.id, product.category)]
        return (*turn.all("category"), *in_talk)


def _unsure(turn: Turn) -> bool:
    return turn.confidence < SURE or foreign(turn.text)
