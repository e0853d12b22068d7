"""Yes and no to what we offered, pictures, and what we cannot read."""

from __future__ import annotations

from actions.base import Skill
from actions.reply import Reply, payload
from actions.turn import Turn
from conversations.messages import Choice


class AffirmAction(Skill):
    """Yes: the open offer is carried out; without one, what else?"""

    action = "action_affirm"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """A stale yes does nothing."""
        if turn.first("return_flow"):
            await self._late_confirm(turn, reply)
            return
        pending = turn.asked_last
        if "人工" in turn.text or "转吧" in turn.text:
            await self.house.answer("action_handoff", turn.as_intent("ask_human"), reply)
        elif pending is None:
            reply.say("yes_to_nothing")
        elif pending.awaits == "yes":
            await self.house.answer(pending.action, turn.resumed(pending), reply)
        else:
            reply.say("detail_needed", [self.human()])
            reply.remember(pending=pending.to_slot())

    async def _late_confirm(self, turn: Turn, reply: Reply) -> None:
        """A confirm button without a form: clicked twice, or after the shop did not answer."""
        if turn.first("return_flow") != turn.slot("return_flow"):
            reply.say("stale_button")
        elif turn.slot("return_outcome") == "opened":
            reply.say("return_already_open")
        elif turn.slot("return_confirmed") == "yes":
            await self.house.answer("action_return_close", turn, reply)
        else:
            reply.say("stale_button")


class DenyAction(Skill):
    """No: the open offer is dropped."""

    action = "action_deny"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Nothing is done, and that is said."""
        reply.say("offer_dropped" if turn.asked_last else "no_to_nothing")


class ImageAction(Skill):
    """A picture: we cannot see what is on it, the colleague can."""

    action = "action_share_image"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Keeps an open question open."""
        if turn.form:
            reply.say("image_in_return")
            return
        pending = turn.pending
        if pending is not None and pending.awaits == "detail":
            reply.say("image_while_asking", [self.human()])
            reply.remember(pending=pending.to_slot())
            return
        reply.say(
            "image",
            [
                Choice(self.label("choice.quality"), payload("quality_complaint")),
                Choice(self.label("choice.wrong_item"), payload("wrong_or_missing_item")),
                Choice(self.label("choice.return"), payload("return_request")),
                self.human(),
            ],
        )


class UnknownKindAction(Skill):
    """Voice, a place, a file: not readable here."""

    action = "action_share_unknown"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Asks for words."""
        reply.say("unreadable", [self.human()])
        if turn.pending is not None:
            reply.remember(pending=turn.pending.to_slot())
