"""Answers from the shop's knowledge: everything that needs no order and no catalogue."""

from __future__ import annotations

import re

from actions.base import Skill
from actions.fallback import foreign
from actions.formatting import ZONE
from actions.reply import Reply
from actions.turn import Turn
from shop.types import Product

# Below this, idle talk is rather something we did not understand.
SURE = 0.6
_IDLE = frozenset({"chitchat", "out_of_scope"})
_COURTESY = frozenset({"greet", "thanks", "goodbye"})
_RETURNING = frozenset({"return_request", "return_policy", "exchange_request", "refund_request"})
_OF_RETURN = re.compile(r"谁|退|寄回|换")
_BUYING = re.compile(r"包邮|下单|买|付款|满多少|多少.{0,2}免|寄到|新疆|西藏|偏远")


class AnswerAction(Skill):
    """The topic's answer; a topic without one is said to be unknown, with the way to a person."""

    action = "action_answer"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Topics are named like intents."""
        if turn.intent == "shipping_fee" and _of_a_return(turn):
            await self.house.answer("action_return_policy", turn.as_intent("return_policy"), reply)
            if not turn.form and _OF_RETURN.search(turn.text) is None:
                self._also_when_buying(reply)
            return
        topic = turn.intent
        found = self.services.knowledge.current().find(
            topic,
            text=turn.text,
            today=self.services.clock().astimezone(ZONE).date(),
            products=await self._products(turn, reply),
        )
        if found is None:
            reply.say("unknown", [self.human()])
        elif _not_understood(topic, turn) and not found.asks:
            await self.house.answer("action_default_fallback", turn, reply)
        else:
            reply.one_of(found.say, () if turn.form else found.choices)

    def _also_when_buying(self, reply: Reply) -> None:
        """After a talk of returning, shipping may mean that of the next order as well."""
        today = self.services.clock().astimezone(ZONE).date()
        found = self.services.knowledge.current().find("shipping_fee", text="", today=today)
        if found is not None:
            reply.say("also_when_buying", answer=found.say[0])

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


def _of_a_return(turn: Turn) -> bool:
    """Whether shipping, asked in or soon after a talk of returning, means that of the return."""
    if turn.form:
        return True
    returning = turn.recent_intents & _RETURNING or turn.slot("return_flow")
    return bool(returning) and _BUYING.search(turn.text) is None


def _not_understood(topic: str, turn: Turn) -> bool:
    unsure = topic in _IDLE and turn.confidence < SURE
    return unsure or (topic in _IDLE | _COURTESY and foreign(turn.text))
