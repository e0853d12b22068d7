"""Which Taobao buyers a customer of ours is: only what a verified conversation says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from conversations.keys import ConversationKey

CHANNEL = "taobao"
"""The channel whose conversation keys are `taobao:<account>:<buyer_open_uid>`."""

KeysOf = Callable[[str], Awaitable[Sequence[ConversationKey]]]
"""The verified conversations of a customer, e.g. `CustomerIdentities.keys_of`."""


@dataclass(frozen=True)
class Buyer:
    """A buyer at one of the shop's accounts; `open_uid` is TOP's `buyer_open_uid`."""

    account: str
    open_uid: str = field(repr=False)


Buyers = Callable[[str], Awaitable[Sequence[Buyer]]]
"""The buyers that a customer of that id is; none for a customer who never came from Taobao."""


def linked_buyers(keys_of: KeysOf, *, accounts: Collection[str]) -> Buyers:
    """Buyers by the conversations linked to a customer, at these accounts."""

    async def buyers(customer_id: str) -> Sequence[Buyer]:
        return [
            Buyer(account=key.account, open_uid=key.user)
            for key in await keys_of(customer_id)
            if key.channel == CHANNEL and key.account in accounts
        ]

    return buyers
