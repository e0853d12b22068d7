"""Rasa as the dispatcher's `Bot`: one message in, one `BotReply` out, nothing sent on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from conversations import privacy
from conversations.errors import ZhangguiError
from conversations.memory import collecting
from conversations.messages import BotReply
from conversations.replies import read_reply
from conversations.text import neutralize
from conversations.turns import Turn

OnNewMessage = Callable[[UserMessage], Awaitable[None]]

_UNREADABLE = "？"  # stands for a text of which nothing is left to read; Rasa refuses ""


class NoAnswer(ZhangguiError):
    """Rasa ran through without saying anything: an action failed, or a rule is missing."""


class RasaBot:
    """Feeds Rasa through the channel callback that Rasa hands to every input channel."""

    def __init__(self, *, on_new_message: OnNewMessage) -> None:
        self._on_new_message = on_new_message

    async def answer(self, turn: Turn) -> BotReply:
        """See `conversations.dispatcher.Bot`.

        Raises:
            NoAnswer: the turn produced nothing to say.
            SQLAlchemyError: the bot's memory could not be read.
        """
        channel = CollectingOutputChannel()
        text, personal = _heard(turn)
        message = UserMessage(
            text=text,
            output_channel=channel,
            sender_id=str(turn.key),
            input_channel=turn.key.channel,
            message_id=f"{turn.key}#{turn.seq}",
            metadata={
                "seq": turn.seq,
                "seqs": list(turn.seqs),
                "personal": personal,
                "early": turn.early,
            },
        )
        with collecting() as collection:
            await self._on_new_message(message)
        if collection.error is not None:
            raise collection.error
        reply = read_reply(channel.messages)
        if not reply.contents and reply.handoff is None:
            raise NoAnswer("Rasa gave no answer; see its log for the action that failed")
        return replace(reply, tracker_events=tuple(collection.events))


def _heard(turn: Turn) -> tuple[str, list[str]]:
    """What Rasa reads and remembers, and what kinds of personal data were masked in it.

    A payload only if it is our own, never out of the shopper's text.
    """
    if turn.choice is not None and turn.choice.payload.startswith("/"):
        return turn.choice.payload, []
    if turn.trigger:
        return turn.trigger, []
    # Masked before it is cut: half a number is none that the mask would know.
    masked = privacy.find(turn.content.text)
    return neutralize(masked.text) or _UNREADABLE, sorted(kind.value for kind in masked.kinds)
