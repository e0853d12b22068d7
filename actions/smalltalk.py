"""Yes and no to what we offered, pictures, and what we cannot read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actions import wording
from actions.base import Skill
from actions.fallback import LIKELY
from actions.flows.reading import resumes
from actions.reply import Reply, payload
from actions.turn import Line, Turn
from conversations.messages import Choice, UnknownReason

_OTHERS = 2  # closest readings offered after an answer that was none


@dataclass(frozen=True)
class _Confirm:
    """A confirm button: its `entity` carries the `id` of what it confirms.

    `outcome` is the slot of what became of it (`done`: it was carried out, and `said` says so),
    `confirmed` that of the yes; `close` carries it out.
    """

    entity: str
    id: str
    outcome: str
    done: str
    said: str
    confirmed: str
    close: str


_CONFIRMS = (
    _Confirm(
        entity="return_flow",
        id="return_flow",
        outcome="return_outcome",
        done="opened",
        said="return_already_open",
        confirmed="return_confirmed",
        close="action_return_close",
    ),
    _Confirm(
        entity="flow",
        id="flow_id",
        outcome="flow_outcome",
        done="done",
        said="flow_already_done",
        confirmed="flow_confirmed",
        close="action_flow_close",
    ),
)


class AffirmAction(Skill):
    """Yes: the open offer is carried out; without one, what else?"""

    action = "action_affirm"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """A stale yes does nothing."""
        late = next((one for one in _CONFIRMS if turn.first(one.entity)), None)
        if late is not None:
            await self._late_confirm(late, turn, reply)
            return
        pending = turn.pending
        if pending and pending.action == "action_handoff" and wording.declines(turn.text):
            await self.house.answer("action_deny", turn.as_intent("deny"), reply)
        elif "人工" in turn.text or "转吧" in turn.text:
            await self.house.answer("action_handoff", turn.as_intent("ask_human"), reply)
        elif pending is None:
            reply.say("yes_to_nothing")
        elif pending.awaits == "yes":
            accepted = turn.resumed(pending)
            if accepted.intent in self.house.rules and pending.action != "action_handoff":
                reply.talk_of(pending.action, accepted)
            await self.house.answer(pending.action, accepted, reply)
        else:
            reply.say("detail_needed", [self.human()])
            reply.remember(pending=pending.to_slot())

    async def _late_confirm(self, button: _Confirm, turn: Turn, reply: Reply) -> None:
        """A confirm button without its form: clicked twice, or after the shop did not answer."""
        outcome = turn.slot(button.outcome)
        if turn.first(button.entity) != turn.slot(button.id):
            reply.say("stale_button")
        elif outcome == button.done:
            name = turn.slot("flow_name")
            reply.say(button.said, what=reply.phrases.labels.get(f"flow.{name}", name))
        elif turn.slot(button.confirmed) == "yes" and not outcome:
            await self.house.answer(button.close, turn, reply)
        else:
            reply.say("stale_button")


class DenyAction(Skill):
    """No: the open offer is dropped."""

    action = "action_deny"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Nothing is done, and that is said."""
        pending = turn.pending
        dropped = f"offer_dropped_{pending.intent}" if pending else ""
        if dropped in reply.phrases.sentences:
            reply.say(dropped)
        else:
            reply.say("offer_dropped" if pending else "no_to_nothing")


class DislikedAction(Skill):
    """Our answer was none: what else might have been meant, and a person."""

    action = "action_disliked"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The closest other readings of the last question; the second time a person only."""
        line = turn.asked_before
        reply.unknown(UnknownReason.DISLIKED, text=line.text if line else "")
        again = any(wording.disliked(one.text) for one in turn.asked_lately)
        others = self._others(line, reply) if line and not again else []
        reply.say("disliked" if others else "disliked_again", [*others, self.human()])
        reply.await_yes("action_handoff", turn.as_intent("disliked"))

    def _others(self, line: Line, reply: Reply) -> list[Choice]:
        found: list[Choice] = []
        for intent, confidence in line.ranking:
            title = reply.phrases.title(intent)
            likely = confidence >= LIKELY and intent != line.intent
            if title and likely and len(found) < _OTHERS:
                found.append(Choice(title=title, payload=payload(intent)))
        return found


class NoneOfTheseAction(Skill):
    """None of the options shown is meant, or not the order in talk: how else to say it."""

    action = "action_none_of_these"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The question stays open, or is opened again, and the order is no longer in talk."""
        reply.say("none_of_these", [self.human()])
        reply.remember(current_order=None)
        if turn.pending is not None and turn.pending.awaits == "detail":
            reply.remember(pending=turn.pending.to_slot())
        elif turn.topic is not None:
            asked = replace(turn, text="", entities=(), intent=turn.topic.intent)
            reply.await_detail(turn.topic.action, asked)


class WhichOfTheseAction(Skill):
    """这个呢, 上面那个 where several were shown: they are shown again."""

    action = "action_which_of_these"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The question stays open; what came of a step of troubleshooting may end it."""
        told = wording.result(turn.text) if turn.steps else ""
        if told == "solved":
            reply.say("step_solved")
            return
        if told == "failed":
            reply.say("step_failed", [self.human()])
            reply.await_yes("action_handoff", turn.as_intent("usage_help"))
            return
        if turn.steps:
            reply.remember(misses=1)
        choices = [
            Choice(one.title, payload(one.intent, **{e.name: e.value for e in one.entities}))
            for one in turn.steps or turn.offers
            if one.intent
        ]
        reply.say("which_of_these", choices or [self.human()])
        if turn.pending is not None:
            reply.remember(pending=turn.pending.to_slot())


class AwayAction(Skill):
    """等下，锅里烧着菜; 我回来了: nothing is wanted, and nothing is forgotten meanwhile."""

    action = "action_away"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """An open question stays open; who is back is shown its options again."""
        pending = turn.pending
        choices = [
            Choice(one.title, payload(one.intent, **{e.name: e.value for e in one.entities}))
            for one in turn.offers
            if one.intent and pending is not None
        ]
        if not resumes(turn.text):
            reply.say("away")
        elif choices:
            reply.say("back_to_choices", choices)
        else:
            reply.say("back")
        if pending is not None:
            reply.remember(pending=pending.to_slot())


class UnfinishedAction(Skill):
    """我电话, and nothing after it: what about the number?"""

    action = "action_unfinished"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The two things it may be about; an open question stays open."""
        change = Choice(self.label("choice.change_phone"), payload("change_address"))
        reply.say("unfinished_number", [change, self.human()])
        if turn.pending is not None:
            reply.remember(pending=turn.pending.to_slot())


class ImageAction(Skill):
    """A picture on which no order of theirs was found: the colleague sees it."""

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
