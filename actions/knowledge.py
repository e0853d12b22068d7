"""From a turn to the entry of the shop's knowledge that answers it (`shop.knowledge` decides)."""

from __future__ import annotations

from actions.base import Skill
from actions.formatting import ZONE
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice
from shop.knowledge import Entry, Knowledge, Question, Situation
from shop.types import Product

OPEN_ENTRY = "open_entry"
"""The intent of an option that opens an entry; the entity `knowledge` names it."""

# 怎么洗 may be a question of use or of the material: the classifier cannot tell, nor can people.
_GOODS = frozenset({"usage_help", "product_attribute"})


async def answer_from_knowledge(
    skill: Skill, turn: Turn, reply: Reply, *, about: Product | None = None
) -> bool:
    """Give the entry whose question variants or keywords call for it; False when none does.

    For skills that find nothing of their own: call it before saying that something is unknown.

    Args:
        about: the product meant, when the skill knows; otherwise the one named or in talk.
    """
    entry = await matching_entry(skill, turn, reply, about=about)
    if entry is not None:
        say_entry(entry, turn, reply)
    return entry is not None


async def matching_entry(
    skill: Skill, turn: Turn, reply: Reply, *, about: Product | None = None, general: bool = False
) -> Entry | None:
    """The entry that answers the turn; with `general`, its topic's general one if no other does."""
    knowledge = skill.services.knowledge.current()
    question = Question(
        text=turn.text,
        topic=turn.intent,
        kin=_GOODS if turn.intent in _GOODS else frozenset(),
        candidates=turn.knowledge,
    )
    situation = Situation(
        today=skill.services.clock().astimezone(ZONE).date(),
        products=await _goods(skill, turn, reply, about),
        tags=await _tags(skill, turn, knowledge, question),
    )
    find = knowledge.find if general else knowledge.match
    return find(question, situation)


def opened_entry(skill: Skill, turn: Turn) -> Entry | None:
    """The entry that a click asks for, if it still holds today."""
    knowledge = skill.services.knowledge.current()
    entry = knowledge.entries.get(turn.first("knowledge") or "")
    today = skill.services.clock().astimezone(ZONE).date()
    return entry if entry is not None and knowledge.timely(entry, today) else None


def say_entry(entry: Entry, turn: Turn, reply: Reply) -> None:
    """Its picture, then one of its wordings with link and options (none while a form is open)."""
    if entry.image:
        reply.image(entry.image)
    texts = [f"{text}\n{entry.link}" if entry.link else text for text in entry.answer]
    options = [
        Choice(one.title, one.payload or payload(OPEN_ENTRY, knowledge=one.entry))
        for one in entry.choices
    ]
    reply.one_of(texts, () if turn.form else options)


async def _goods(skill: Skill, turn: Turn, reply: Reply, about: Product | None) -> frozenset[str]:
    """Ids and categories of what is talked about; a product named now stays in talk."""
    catalogue = skill.services.shop.catalogue
    found = [about] if about is not None else []
    if not found:
        for words in turn.all("product"):
            found += await catalogue.search(words, limit=1)
        if len(found) == 1:
            reply.remember(current_product=found[0].id)
    if not found and (current := turn.slot("current_product")):
        product = await catalogue.product(current)
        found = [product] if product else []
    in_talk = [value for product in found for value in (product.id, product.category)]
    return frozenset((*turn.all("category"), *in_talk))


async def _tags(
    skill: Skill, turn: Turn, knowledge: Knowledge, question: Question
) -> frozenset[str]:
    """What is known of the customer, looked up only when an entry depends on it."""
    if not knowledge.depends_on_customer(question):
        return frozenset()
    customer_id = await skill.customer_id(turn)
    if customer_id is None:
        return frozenset()
    customer = await skill.services.shop.customers.customer(customer_id)
    return frozenset({customer.tier}) if customer is not None else frozenset()
