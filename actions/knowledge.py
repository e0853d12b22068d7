"""From a turn to the entry of the shop's knowledge that answers it (`shop.knowledge` decides)."""

from __future__ import annotations

from actions.base import Skill
from actions.formatting import ZONE
from actions.needs import STARTS_A_FORM
from actions.reply import Reply, payload
from actions.turn import ASKS_NOTHING, OPEN_ENTRY, Turn
from conversations.messages import Choice, UnknownReason
from shop.knowledge import SURE, SURE_ELSEWHERE, Entry, Knowledge, Question, Situation
from shop.types import Product

# 怎么洗 may be a question of use or of the material, 放门口行吗 of where they deliver or of who
# brings it: the classifier cannot tell, nor can people.
_KIN = (
    frozenset({"usage_help", "product_attribute"}),
    frozenset({"delivery_range", "ask_carrier"}),
)
_CERTAIN = 0.85  # from here on the classifier speaks against entries of other topics
_FITS = 0.2  # below, an entry just said is not said again to other words
_OF_A_LINE = frozenset({"order_number", "product", "category", "color", "size"})
_STEPS = "return_steps"
_RETURNING = frozenset(
    {*("return_request", "exchange_request", "refund_request", "after_sales_status"), _STEPS}
)


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
        say_entry(skill, entry, turn, reply)
    return entry is not None


async def answer_in_particular(
    skill: Skill, turn: Turn, reply: Reply, *, about: Product | None = None
) -> bool:
    """`answer_from_knowledge`, but not by the topic's general entry: the shop's data say more."""
    entry = await matching_entry(skill, turn, reply, about=about)
    if entry is None or entry.general:
        return False
    say_entry(skill, entry, turn, reply)
    return True


async def answer_of_no_goods(skill: Skill, turn: Turn, reply: Reply) -> bool:
    """Give the entry that a keyword calls for when it is about no goods in particular.

    For skills about goods, before they look for those meant: 胸围怎么量 is asked of no shirt,
    whatever was bought or is in talk. False where the message names goods, or no entry is called.
    """
    if turn.all("product") or turn.all("category") or turn.first("item_id"):
        return False
    entry = await matching_entry(skill, turn, reply)
    if entry is None or entry.scope.goods or not entry.hits(turn.text.casefold()):
        return False
    say_entry(skill, entry, turn, reply)
    return True


async def matching_entry(
    skill: Skill, turn: Turn, reply: Reply, *, about: Product | None = None, general: bool = False
) -> Entry | None:
    """The entry that answers the turn; with `general`, its topic's general one if no other does."""
    knowledge = skill.services.knowledge.current()
    goods = await _goods(skill, turn, reply, about)
    question = Question(
        text=turn.text,
        topic=turn.intent,
        kin=_kin(turn),
        candidates=turn.knowledge,
        elsewhere=_elsewhere(turn),
        about_goods=bool(goods or turn.all("product")),
    )
    situation = Situation(
        today=skill.services.clock().astimezone(ZONE).date(),
        products=goods,
        tags=await _tags(skill, turn, knowledge, question),
        closed=frozenset() if _returns(turn) else frozenset({_STEPS}),
    )
    find = knowledge.find if general else knowledge.match
    return find(question, situation)


def opened_entry(skill: Skill, turn: Turn) -> Entry | None:
    """The entry that a click asks for, if it still holds today."""
    knowledge = skill.services.knowledge.current()
    entry = knowledge.entries.get(turn.first("knowledge") or "")
    today = skill.services.clock().astimezone(ZONE).date()
    return entry if entry is not None and knowledge.timely(entry, today) else None


def say_entry(skill: Skill, entry: Entry, turn: Turn, reply: Reply) -> None:
    """Its picture, then one of its wordings with link and options (none while a form is open).

    When all of it has just been said, to another question that it hardly fits, it is no answer.
    """
    texts = [f"{text}\n{entry.link}" if entry.link else text for text in entry.answer]
    fits = entry.general or dict(turn.knowledge).get(entry.id, 0.0) >= _FITS
    if turn.asks and not fits and not turn.asks_again and turn.just_said.issuperset(texts):
        reply.unknown(UnknownReason.NO_ANSWER)
        reply.say("nothing_more", [skill.human()])
        return
    if entry.image:
        reply.image(entry.image)
    options = [
        Choice(one.title, _of_the_same(one.payload, turn))
        if one.payload
        else Choice(one.title, payload(OPEN_ENTRY, knowledge=one.entry))
        for one in entry.choices
    ]
    reply.one_of(texts, () if turn.form else options)


def _of_the_same(clicked: str, turn: Turn) -> str:
    """A button that begins something, of what the question named: X20坏了要修吗, 申请维修."""
    intent = clicked.removeprefix("/")
    if intent not in STARTS_A_FORM or len(turn.all("product")) > 1:
        return clicked
    named = {one.name: one.value for one in reversed(turn.entities) if one.name in _OF_A_LINE}
    return payload(intent, **named) if turn.names_thing else clicked


def _kin(turn: Turn) -> frozenset[str]:
    """Topics hardly to be told from what was understood: 能上门取吗 in a return is of its steps."""
    for topics in _KIN:
        if turn.intent in topics:
            return topics
    returning = turn.form and turn.intent == "return_policy"
    return frozenset({_STEPS}) if returning else frozenset()


def _elsewhere(turn: Turn) -> float | None:
    """The score from which on an entry answers whose topic was not understood."""
    if turn.intent in ASKS_NOTHING:
        return None
    return SURE_ELSEWHERE if turn.confidence >= _CERTAIN else SURE


def _returns(turn: Turn) -> bool:
    """Whether a return is wanted, being filled in, or has just been."""
    return bool(
        turn.form
        or turn.slot("return_outcome") == "opened"
        or _RETURNING & (turn.recent_intents | {turn.intent})
    )


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
