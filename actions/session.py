"""Rasa's new session: an unfinished flow, or return, goes on in it for some days.

Rasa begins a session with a conversation's first message and with the first one after an hour of
silence (`domain/_shared.yml`), and then forgets slots and forms (`ActionSessionStart` of
rasa/core/actions/action.py; `_update_tracker_session` of rasa/core/processor.py). Rasa calls this
action instead, before it reads the message, with the session that is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rasa_sdk.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker

from actions.flows.reading import RESUMED
from conversations.database import Clock

KEPT_FOR = timedelta(hours=72)
"""How long an unfinished flow waits for the shopper."""

_PREFIXES = ("flow_", "return_")


class SessionStartAction(Action):
    """`action_session_start`: nothing is said, the new session begins with what is unfinished."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_session_start"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The events that begin the session."""
        return [SessionStarted(), *self._unfinished(tracker), ActionExecuted("action_listen")]

    def _unfinished(self, tracker: Tracker) -> list[dict[str, Any]]:
        """The slots of what is unfinished, and its form.

        What was agreed to and not carried out, because a system was away, has no form any more
        and can still be tried again.
        """
        form = tracker.active_loop_name or ""
        agreed = any(
            tracker.slots.get(f"{kind}_confirmed") == "yes"
            and not tracker.slots.get(f"{kind}_outcome")
            for kind in ("flow", "return")
        )
        if not (form or agreed) or self._too_old(tracker):
            return []
        kept = {
            name: value
            for name, value in tracker.slots.items()
            if value is not None and name.startswith(_PREFIXES)
        }
        if not form:
            return [SlotSet(name, value) for name, value in kept.items()]
        prefix = "return_" if form == "return_form" else "flow_"
        kept = {name: value for name, value in kept.items() if name.startswith(prefix)}
        kept |= {f"{prefix}note": RESUMED, f"{prefix}attempts": 0}
        kept["requested_slot"] = tracker.slots.get("requested_slot")
        return [*(SlotSet(name, value) for name, value in kept.items()), ActiveLoop(form)]

    def _too_old(self, tracker: Tracker) -> bool:
        said = [
            event["timestamp"]
            for event in tracker.events
            if event.get("event") == "user" and event.get("timestamp") is not None
        ]
        return not said or self._clock().timestamp() - max(said) > KEPT_FOR.total_seconds()
