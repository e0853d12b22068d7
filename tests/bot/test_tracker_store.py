"""Rasa's tracker over the ledger's database: what Rasa saves is what Rasa gets back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    AgentUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.tracker_store import LedgerTrackerStore
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.memory import collecting
from conversations.messages import Content
from tests.conversations.conftest import says

KEY = "web:shop:abc"


@pytest.fixture
async def new_store(database_url: str) -> AsyncIterator[Callable[[], LedgerTrackerStore]]:
    """Makes stores over one database, as processes that come and go would."""
    made: list[LedgerTrackerStore] = []

    def make() -> LedgerTrackerStore:
        made.append(LedgerTrackerStore(Domain.empty(), database_url=database_url))
        return made[-1]

    yield make
    for tracker_store in made:
        await tracker_store._log._database.close()


async def saved(tracker_store: TrackerStore, *events: Event) -> DialogueStateTracker:
    tracker = await tracker_store.get_or_create_tracker(KEY)
    for event in events:
        tracker.update(event)
    await tracker_store.save(tracker)
    return tracker


async def test_a_tracker_comes_back_with_its_events_in_order(
    new_store: Callable[[], LedgerTrackerStore],
) -> None:
    events = [UserUttered("在吗", {"name": "greet"}), SlotSet("order", "1"), ActionExecuted("x")]
    await saved(new_store(), *events)
    loaded = await new_store().retrieve(KEY)
    assert loaded is not None
    assert list(loaded.events)[1:] == events  # the first is the listening of a new tracker


async def test_saving_again_adds_only_what_is_new(
    new_store: Callable[[], LedgerTrackerStore],
) -> None:
    tracker_store = new_store()
    tracker = await saved(tracker_store, UserUttered("一"))
    tracker.update(UserUttered("二"))
    await tracker_store.save(tracker)
    await tracker_store.save(tracker)
    loaded = await tracker_store.retrieve(KEY)
    assert loaded is not None
    assert [e.text for e in loaded.events if isinstance(e, UserUttered)] == ["一", "二"]


async def test_a_tracker_from_elsewhere_adds_what_the_store_lacks(
    new_store: Callable[[], LedgerTrackerStore],
) -> None:
    tracker_store = new_store()
    tracker = await saved(tracker_store, UserUttered("一"))
    copy = DialogueStateTracker.from_events(KEY, [*tracker.events, UserUttered("二")])
    await tracker_store.save(copy)
    loaded = await tracker_store.retrieve(KEY)
    assert loaded is not None
    assert [e.text for e in loaded.events if isinstance(e, UserUttered)] == ["一", "二"]


async def test_only_the_latest_session_is_loaded_unless_asked_for(
    new_store: Callable[[], LedgerTrackerStore],
) -> None:
    tracker_store = new_store()
    await saved(tracker_store, SessionStarted(), UserUttered("旧"))
    await saved(tracker_store, SessionStarted(), UserUttered("新"))
    loaded = await tracker_store.retrieve(KEY)
    full = await tracker_store.retrieve_full_tracker(KEY)
    assert loaded is not None
    assert full is not None
    assert [e.text for e in loaded.events if isinstance(e, UserUttered)] == ["新"]
    assert [e.text for e in full.events if isinstance(e, UserUttered)] == ["旧", "新"]


async def test_an_unknown_sender_has_no_tracker(
    new_store: Callable[[], LedgerTrackerStore],
) -> None:
    tracker_store = new_store()
    assert await tracker_store.retrieve("web:shop:nobody") is None
    assert list(await tracker_store.keys()) == []


async def test_a_turn_that_is_not_committed_leaves_no_memory(
    new_store: Callable[[], LedgerTrackerStore],
) -> None:
    tracker_store = new_store()
    with collecting() as collection:
        await saved(tracker_store, UserUttered("一"))
        assert await tracker_store.retrieve(KEY) is not None, "seen within the turn"
    assert [event["event"] for event in collection.events] == ["action", "user"]
    assert await tracker_store.retrieve(KEY) is None


async def test_an_agents_words_are_rasas_own_event(
    new_store: Callable[[], LedgerTrackerStore],
) -> None:
    tracker_store = new_store()
    database = tracker_store._log._database
    key = ConversationKey.parse(KEY)
    agent = Agent(id="xiaowang", name="小王")
    await Ledger(database=database).record_inbound(says(key, "在吗"))
    handoffs = Handoffs(database=database)
    await handoffs.take(key, agent=agent)
    await handoffs.reply(key, agent=agent, content=Content(text="我是小王"), client_id="1")
    loaded = await tracker_store.retrieve(KEY)
    assert loaded is not None
    (event,) = loaded.events
    assert isinstance(event, AgentUttered)
    assert event.text == "我是小王"
    assert event.as_dict().keys() == AgentUttered("x", metadata={"agent": "x"}).as_dict().keys()


def test_rasa_builds_the_store_from_its_endpoints_file(database_url: str) -> None:
    config = EndpointConfig(type="bot.tracker_store.LedgerTrackerStore", database_url=database_url)
    built = TrackerStore.create(config, Domain.empty())
    assert isinstance(built, LedgerTrackerStore)
    assert check_if_tracker_store_async(built), "otherwise Rasa wraps it and calls it deprecated"
