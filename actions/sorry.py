"""Something for the trouble, offered where the records show one."""

from __future__ import annotations

from actions.base import Skill
from actions.reply import Reply, payload
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop.errors import UnknownOrder
from shop.operations.compensation import Compensation


async def offer_compensation(
    skill: Skill, customer_id: str, order_id: str, turn: Turn, reply: Reply
) -> None:
    """Offer what the rules give by themselves for the order; once, and nothing when they do not.

    Whatever else the reply waits for comes first: then the offer is only an option.
    """
    try:
        verdict = await skill.services.shop.operations.check(customer_id, Compensation(order_id))
    except UnknownOrder:
        return
    offer = payload("compensation", order_number=order_id)
    offered = any(verdict.rule in text for text in turn.shown)
    if not verdict.allowed or verdict.by_person or offered:
        return
    choices = [Choice(skill.label("way.compensation"), offer)]
    reply.say("compensation_offer", choices, rule=verdict.rule)
    if not reply.remembers("pending"):
        of_it = Entity("order_number", order_id)
        reply.await_yes("action_compensation", turn.as_intent("compensation"), of_it)
