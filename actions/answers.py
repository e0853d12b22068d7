"""Answers from the shop's knowledge: everything that needs no order and no catalogue."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.base import Skill
from actions.facts import look_up
from actions.knowledge import matching_entry, opened_entry, say_entry
from actions.reply import Reply
from actions.turn import Turn
from conversations.messages import UnknownReason
from shop.knowledge import Entry

# Below this, idle talk is rather something we did not understand.
SURE = 0.6
_OF_GOODS = frozenset({"gift_packaging"})
_IDLE = frozenset({"chitchat", "out_of_scope"})
_RETURNING = frozenset({"return_request", "return_policy", "exchange_request", "refund_request"})
_OF_RETURN = re.compile(r"谁|退|寄回|换")
_BUYING = re.compile(r"包邮|下单|买|付款|满多少|多少.{0,2}免|寄到|新疆|西藏|偏远")


class AnswerAction(Skill):
    """The entry that fits best; what has none is said to be unknown, with the way to a person."""

    action = "action_answer"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Topics are named like intents. A click on an option opens the entry it names."""
        if turn.first("knowledge") is not None:
            self._say(opened_entry(self, turn), turn, reply)
            return
        if turn.intent == "shipping_fee" and _of_a_return(turn):
            await self.house.answer("action_return_policy", turn.as_intent("return_policy"), reply)
            if not turn.form and _OF_RETURN.search(turn.text) is None:
                await self._also_when_buying(turn, reply)
            return
        found = await matching_entry(self, turn, reply, general=True)
        if (found is None or not found.scope.goods) and await self._fact_asked(turn):
            asked = turn.as_intent("product_attribute")
            await self.house.answer("action_product_attribute", asked, reply)
        elif found is not None and found.general and _not_understood(turn):
            await self.house.answer("action_default_fallback", turn, reply)
        else:
            self._say(found, turn, reply)

    async def _fact_asked(self, turn: Turn) -> bool:
        """Whether the product named says itself what is asked (戒指能刻字吗)."""
        if turn.intent not in _OF_GOODS:
            return False
        catalogue = self.services.shop.catalogue
        named = [await catalogue.search(words, limit=1) for words in turn.all("product")]
        return any(look_up(product, turn).any for found in named for product in found)

    def _say(self, entry: Entry | None, turn: Turn, reply: Reply) -> None:
        if entry is None:
            reply.unknown(UnknownReason.NO_ANSWER)
            reply.say("unknown", [self.human()])
        else:
            say_entry(self, entry, turn, reply)

    async def _also_when_buying(self, turn: Turn, reply: Reply) -> None:
        """After a talk of returning, shipping may mean that of the next order as well."""
        silent = replace(turn, text="", knowledge=())
        found = await matching_entry(self, silent, reply, general=True)
        if found is not None:
            reply.say("also_when_buying", answer=found.answer[0])


def _of_a_return(turn: Turn) -> bool:
    """Whether shipping, asked in or soon after a talk of returning, means that of the return."""
    if turn.form:
        return True
    returning = turn.recent_intents & _RETURNING or turn.slot("return_flow")
    return bool(returning) and _BUYING.search(turn.text) is None


def _not_understood(turn: Turn) -> bool:
    return turn.intent in _IDLE and turn.confidence < SURE
