"""Who talks with whom: the key of one conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conversations.errors import ZhangguiError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_USER = re.compile(r"[\x21-\x7e]{1,128}")


class InvalidKey(ZhangguiError):
    """A conversation key has a part that is empty, too long or of the wrong characters."""


@dataclass(frozen=True, order=True)
class ConversationKey:
    """One shopper at one account of one channel, for ever.

    `str(key)` is `<channel>:<account>:<user>`, Rasa's `sender_id` and the conversation's id in
    every table and URL. Channel and account never hold a colon; the user part may.
    """

    channel: str
    account: str
    user: str

    def __post_init__(self) -> None:
        parts = ((_NAME, self.channel), (_ACCOUNT, self.account), (_USER, self.user))
        for pattern, value in parts:
            if not pattern.fullmatch(value):
                raise InvalidKey(
                    f"{value!r} does not fit {pattern.pattern}: a conversation key is "
                    "<channel>:<account>:<user> in printable ASCII"
                )

    def __str__(self) -> str:
        return f"{self.channel}:{self.account}:{self.user}"

    @classmethod
    def parse(cls, text: str) -> ConversationKey:
        """The key written as `<channel>:<account>:<user>`.

        Raises:
            InvalidKey: the text has fewer than three parts, or a part is malformed.
        """
        parts = text.split(":", 2)
        if len(parts) != 3:
            raise InvalidKey(f"{text!r} is not <channel>:<account>:<user>")
        return cls(*parts)
