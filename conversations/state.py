"""Who serves a conversation: one state machine, owned here and nowhere else.

    bot ──handoff──▶ queued ──take──▶ human ──resolve──▶ bot
     │                 ├──cancel──▶ bot
     │                 └──nobody──▶ left_message ──take──▶ human
     └──take──▶ human                   └──resolve──▶ bot

In `left_message` the shopper's request waits for a colleague while the bot answers meanwhile.
"""

from __future__ import annotations

from enum import Enum

from conversations.errors import StateConflict


class State(str, Enum):
    """Who answers the shopper's next message."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    LEFT_MESSAGE = "left_message"

    @property
    def bot_serves(self) -> bool:
        """Whether the shopper's next message goes to the bot."""
        return self in (State.BOT, State.LEFT_MESSAGE)


class Step(str, Enum):
    """What may happen to a conversation."""

    HANDOFF = "handoff"  # the bot asks for a person
    TAKE = "take"  # an agent takes it (also away from another agent)
    CANCEL = "cancel"  # the shopper leaves the queue
    NOBODY = "nobody"  # no agent in time: the request becomes a message left
    RESOLVE = "resolve"  # the agent is done


_TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.BOT, Step.HANDOFF): State.QUEUED,
    (State.LEFT_MESSAGE, Step.HANDOFF): State.QUEUED,
    (State.BOT, Step.TAKE): State.HUMAN,
    (State.QUEUED, Step.TAKE): State.HUMAN,
    (State.HUMAN, Step.TAKE): State.HUMAN,
    (State.LEFT_MESSAGE, Step.TAKE): State.HUMAN,
    (State.QUEUED, Step.CANCEL): State.BOT,
    (State.QUEUED, Step.NOBODY): State.LEFT_MESSAGE,
    (State.QUEUED, Step.RESOLVE): State.BOT,
    (State.HUMAN, Step.RESOLVE): State.BOT,
    (State.LEFT_MESSAGE, Step.RESOLVE): State.BOT,
}


def advance(state: State, step: Step) -> State:
    """The state after `step`.

    Raises:
        StateConflict: the step is not possible in that state.
    """
    try:
        return _TRANSITIONS[state, step]
    except KeyError:
        raise StateConflict(f"cannot {step.value} a conversation in state {state.value}") from None
