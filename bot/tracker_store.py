"""Rasa's tracker store over the ledger's own database; endpoints.yml names it by class."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.action_answers import check_quickly
from conversations.database import DEFAULT_URL, Database
from conversations.memory import TrackerLog

_PERSISTED = "zhanggui_persisted_events"  # how many of a tracker's events are stored already


class LedgerTrackerStore(TrackerStore):
    """Trackers as append-only events; a turn's events commit together with its answer.

    Rasa asks for the latest session only, so a long life as a customer costs nothing.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        *,
        host: str | None = None,
        database_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Create the store.

        Args:
            domain: the assistant's domain.
            event_broker: where new events are also published, if anywhere.
            host: `url` of endpoints.yml; Rasa passes it to every custom store. Unused.
            database_url: default: environment `DATABASE_URL`, then the embedded SQLite file.
            kwargs: further keys of endpoints.yml.
        """
        super().__init__(domain, event_broker, **kwargs)
        check_quickly()  # Rasa makes its tracker store before it calls any action
        url = database_url or os.environ.get("DATABASE_URL") or DEFAULT_URL
        self._log = TrackerLog(database=Database.from_url(url))

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the tracker's new events."""
        if self.event_broker:
            await self.stream_events(tracker)
        stored = getattr(tracker, _PERSISTED, None)
        if stored is None:
            # A tracker that did not come from `retrieve`, e.g. replaced through the HTTP API.
            stored = len(await self._log.load(tracker.sender_id))
        events = [event.as_dict() for event in list(tracker.events)[stored:]]
        await self._log.append(tracker.sender_id, events)
        setattr(tracker, _PERSISTED, len(tracker.events))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the latest session, None for an unknown sender."""
        return await self._load(sender_id, all_sessions=False)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker with all sessions, None for an unknown sender."""
        return await self._load(conversation_id, all_sessions=True)

    async def keys(self) -> Iterable[str]:
        """All sender ids (used by `rasa export` and the HTTP API's listing)."""
        return await self._log.conversations()

    async def _load(self, sender_id: str, *, all_sessions: bool) -> DialogueStateTracker | None:
        events = await self._log.load(sender_id, all_sessions=all_sessions)
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        setattr(tracker, _PERSISTED, len(tracker.events))
        return tracker
