"""What is no message of a shopper: a command of ours, the payload of an option."""

from __future__ import annotations

from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message


def is_command(message: Message) -> bool:
    """Whether a message begins with `/`; connectors take that from shopper text."""
    return str(message.get(TEXT) or "").lstrip().startswith(INTENT_MESSAGE_PREFIX)
