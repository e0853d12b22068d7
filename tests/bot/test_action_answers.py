"""The action server's answers are checked as strictly as Rasa checks them, and much faster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain

from bot import action_answers
from bot.tracker_store import LedgerTrackerStore

RASAS_OWN = action_answers._rasas_own
GOOD: tuple[dict[str, Any], ...] = (
    {},
    {"events": [], "responses": []},
    {
        "events": [
            {"event": "slot", "timestamp": None, "name": "pending", "value": {"action": "a"}},
            {"event": "followup", "timestamp": None, "name": "action_listen"},
        ],
        "responses": [{"text": "您好", "buttons": []}, {"custom": {"zhanggui": "card"}}],
    },
)
MALFORMED: tuple[Any, ...] = (
    [],
    "好",
    {"events": {}},
    {"events": [{"event": "slot"}]},
    {"events": [{"event": "no such event"}]},
    {"responses": {"text": "您好"}},
    {"responses": ["您好"]},
    {"events": None},
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RASAS_OWN)
    LedgerTrackerStore(Domain.empty(), database_url=f"sqlite:///{tmp_path}/z.db")
    yield


@pytest.fixture
def action() -> RemoteAction:
    return RemoteAction("action_x", None)


@pytest.mark.parametrize("answer", GOOD)
def test_a_well_formed_answer_passes(action: RemoteAction, answer: dict[str, Any]) -> None:
    assert action._validate_action_result(answer) is True


@pytest.mark.parametrize("answer", MALFORMED)
def test_a_malformed_answer_is_refused_in_rasas_words(action: RemoteAction, answer: Any) -> None:
    with pytest.raises(ValidationError) as ours:
        action._validate_action_result(answer)
    with pytest.raises(ValidationError) as rasas:
        RASAS_OWN(action, answer)
    assert ours.value.message == rasas.value.message
    assert list(ours.value.path) == list(rasas.value.path)


def test_the_schema_itself_is_read_once(
    action: RemoteAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    action_answers._validator.cache_clear()
    reads = []
    check = Draft202012Validator.check_schema
    monkeypatch.setattr(
        Draft202012Validator,
        "check_schema",
        lambda schema, *more, **named: reads.append(schema) or check(schema, *more, **named),
    )
    for answer in GOOD * 3:
        action._validate_action_result(answer)
    assert len(reads) == 1
