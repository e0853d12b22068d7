"""What waits for a person's decision: shown with its evidence, decided, told to the shopper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.customers import CustomerIdentities
from conversations.errors import NotFound
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey, InvalidKey
from conversations.ledger import Ledger
from conversations.messages import Content, StoredMessage
from desk.accounts import Staff
from desk.customers import CustomerDirectory
from shop.gateway import Shop
from shop.operations.types import Decided, Pending, Ruling

MAX_REASON = 200
"""Longest reason for a decision in characters: it is told to the shopper."""


@dataclass(frozen=True)
class Approval:
    """A receipt that waits, and the shopper's messages with pictures that belong to it."""

    pending: Pending
    photos: Sequence[StoredMessage]


class Approvals:
    """Decisions of the desk's people about the shop's receipts."""

    def __init__(
        self,
        *,
        shop: Shop,
        directory: CustomerDirectory,
        ledger: Ledger,
        identities: CustomerIdentities,
        handoffs: Handoffs,
    ) -> None:
        self._shop = shop
        self._directory = directory
        self._ledger = ledger
        self._identities = identities
        self._handoffs = handoffs

    async def pending(self, customer_id: str) -> Sequence[Approval]:
        """What of this customer waits for a person, oldest first.

        Raises:
            ShopUnavailable: the shop's systems did not answer in time.
        """
        return [
            Approval(pending=one, photos=await self._photos(customer_id, one))
            for one in await self._directory.pending(customer_id)
        ]

    async def decide(
        self,
        key: ConversationKey,
        customer_id: str,
        number: str,
        *,
        member: Staff,
        approve: bool,
        reason: str,
    ) -> Decided:
        """Decide once for ever, and tell the shopper in this conversation in the same transaction.

        Raises:
            UnknownReceipt, CannotDecide: see `shop.gateway.Operations.decide`.
            StateConflict: a colleague serves the conversation, and the member is no senior.
        """
        senior = member.role.senior

        async def tell(connection: AsyncConnection, words: str) -> None:
            await self._handoffs.announce(
                connection,
                key,
                agent=Agent(id=member.id, name=member.name),
                content=Content(text=words),
                beside=senior,
            )

        ruling = Ruling(approve=approve, by=member.id, senior=senior, reason=reason)
        return await self._shop.operations.decide(customer_id, number, ruling, tell=tell)

    async def _photos(self, customer_id: str, pending: Pending) -> Sequence[StoredMessage]:
        """The messages that the receipt refers to, as far as they are this customer's."""
        found = []
        for reference in pending.receipt.details.get("photo", "").split(","):
            conversation, _, seq = reference.rpartition("#")
            try:
                key = ConversationKey.parse(conversation)
                if await self._identities.customer_of(key) == customer_id:
                    found.append(await self._ledger.message(key, int(seq)))
            except (InvalidKey, NotFound, ValueError):
                continue
        return found
