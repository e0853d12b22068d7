"""Our web channel with a stopwatch at each stage, for `bench.stages`.

`TimedWebInput` takes the place of `WebInput` in the credentials of one run, and at the end writes
`{"spent": {stage: milliseconds}, "calls": {stage: count}}` to the file of `BENCH_STAGES`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import rasa.core.actions.action as rasa_action
from rasa.core.processor import MessageProcessor
from rasa.utils.endpoints import EndpointConfig
from sanic import Blueprint

from bot.tracker_store import LedgerTrackerStore
from connectors.rasa_bot import OnNewMessage, RasaBot
from connectors.web.channel import WebInput
from conversations.ledger import Ledger
from conversations.turns import TurnQueue

STAGES: tuple[tuple[str, type, str], ...] = (
    ("receive.check", Ledger, "pending"),
    ("receive.record", Ledger, "record_inbound"),
    ("dispatch.next", TurnQueue, "next"),
    ("bot", RasaBot, "answer"),
    ("bot.load_tracker", LedgerTrackerStore, "retrieve"),
    ("bot.parse", MessageProcessor, "parse_message"),
    ("bot.extract_slots", MessageProcessor, "run_action_extract_slots"),
    ("bot.actions", rasa_action.RemoteAction, "run"),
    ("bot.actions.http", EndpointConfig, "request"),
    ("bot.save_tracker", LedgerTrackerStore, "save"),
    ("commit", TurnQueue, "complete"),
    ("notify.changed", Ledger, "changed_since"),
    ("notify.history", Ledger, "history"),
)
SYNCHRONOUS: tuple[tuple[str, type, str], ...] = (
    ("bot.policies", MessageProcessor, "_predict_next_with_tracker"),
)


class _Watch:
    """Adds up milliseconds and calls by stage."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def add(self, stage: str, seconds: float) -> None:
        self.spent[stage] = self.spent.get(stage, 0.0) + seconds * 1000
        self.calls[stage] = self.calls.get(stage, 0) + 1

    def around(self, stage: str, work: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        async def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return await work(*args, **kwargs)
            finally:
                self.add(stage, time.perf_counter() - began)

        return timed

    def around_plain(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                self.add(stage, time.perf_counter() - began)

        return timed


class TimedWebInput(WebInput):
    """The web channel in a process whose stages are timed."""

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """See `WebInput.blueprint`."""
        watch = _Watch()
        for stage, owner, name in STAGES:
            setattr(owner, name, watch.around(stage, getattr(owner, name)))
        for stage, owner, name in SYNCHRONOUS:
            setattr(owner, name, watch.around_plain(stage, getattr(owner, name)))
        blueprint = super().blueprint(on_new_message)

        def write(app: Any, loop: Any) -> None:
            told = {"spent": watch.spent, "calls": watch.calls}
            Path(os.environ["BENCH_STAGES"]).write_text(json.dumps(told), encoding="utf-8")

        blueprint.listener("after_server_stop")(write)
        return blueprint
