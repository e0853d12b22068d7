"""What to say when a message was not understood: never the same twice, then a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions import wording
from actions.base import Skill
from actions.facts import answers
from actions.handoff_rules import Outcome
from actions.knowledge import answer_from_knowledge
from actions.reply import Reply, payload
from actions.turn import Entity, Turn
from conversations.messages import Choice, UnknownReason
from shop.types import Product

_GUESSES = 2
_MENU = ("order_status", "track_logistics", "return_request")
LIKELY = 0.08  # of fifty intents; below it a guess is no better than a menu
# What to say to a message that is no question, by `wording.oddness`, and the menu under it.
_ODD = {
    "wordless": "wordless",
    "code": "not_for_me",
    "script": "foreign",
    "foreign": "foreign",
    "long": "too_long",
}
_FOREIGN = frozenset({"script", "foreign"})
_ASKS_NOTHING = frozenset({"wordless", "code", "command", "script"})  # whatever it resembles


class FallbackAction(Skill):
    """First miss: the two closest meanings as choices. After that `handoff.yml` counts."""

    action = "action_default_fallback"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Counts misses in a row in the slot `misses`; any understood message resets it.

        Signs without a word do not count: who sends three rows of emoji is not lost.
        """
        if await self._of_the_product(turn, reply):
            return
        odd = wording.oddness(turn.text)
        asks = odd not in _ASKS_NOTHING and not turn.misses
        if asks and await answer_from_knowledge(self, turn, reply):
            return
        if (product := await self._titled(turn.text)) is not None:
            named = replace(turn, entities=(Entity("item_id", product.item_id),))
            await self.house.answer("action_named", named, reply)
            return
        misses = turn.misses + (odd != "wordless")
        outcome = self.services.handoff_rules.current().after_misses(misses)
        reply.remember(misses=misses, pending=turn.slots.get("pending"))
        reply.unknown(UnknownReason.FOREIGN if odd in _FOREIGN else UnknownReason.MISS)
        if outcome is Outcome.HAND_OVER and odd != "wordless":
            await self.house.answer("action_handoff", turn.as_intent("misses"), reply)
            reply.remember(misses=0, pending=None)
        elif outcome is not Outcome.NOTHING and odd in ("", "command"):
            reply.say("miss_again", [self.human()])
            reply.await_yes("action_handoff", turn.as_intent("misses"))
        elif odd == "wordless" and turn.moods[-1] < 0:
            reply.say("wordless_upset", [self.human()])
        elif odd in _ODD:
            reply.say(_ODD[odd], [*_menu(_MENU, reply), self.human()])
        elif guesses := self._guesses(turn, reply):
            reply.say("miss", [*guesses, self.human()])
        else:
            reply.say("miss_no_guess", [*_menu(_MENU, reply), self.human()])

    async def _of_the_product(self, turn: Turn, reply: Reply) -> bool:
        """Whether the product in talk answers: by its data, else by what is known of its use."""
        product = await self.services.shop.catalogue.product(turn.slot("current_product"))
        if product is None or wording.oddness(turn.text):
            return False
        asked = turn.as_intent("product_attribute")
        if answers(product, asked):
            await self.house.answer("action_product_attribute", asked, reply)
            return True
        topic = turn.topic
        asked = turn.as_intent(topic.intent) if topic is not None else asked
        return not turn.misses and await answer_from_knowledge(self, asked, reply, about=product)

    async def _titled(self, text: str) -> Product | None:
        """The product whose title the message is."""
        products = await self.services.shop.catalogue.products()
        return next((one for one in products if wording.titled(text, one.title)), None)

    def _guesses(self, turn: Turn, reply: Reply) -> list[Choice]:
        """The likeliest meanings, each with what the message named."""
        named = {entity.name: entity.value for entity in turn.entities}
        choices: list[Choice] = []
        for intent, confidence in turn.ranking:
            title = reply.phrases.title(intent)
            if title and confidence >= LIKELY and len(choices) < _GUESSES:
                choices.append(Choice(title=title, payload=payload(intent, **named)))
        return choices


def _menu(intents: Sequence[str], reply: Reply) -> list[Choice]:
    return [Choice(reply.phrases.title(name) or name, payload(name)) for name in intents]
