"""The domain as Rasa itself reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

ROOT = Path(__file__).parents[2]

# Rasa says so of every domain that has slots.
pytestmark = pytest.mark.filterwarnings("ignore:Slot auto-fill has been removed:UserWarning")


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(ROOT / "domain"))


def test_rasa_can_read_every_slot(domain: Domain) -> None:
    assert {slot.type_name for slot in domain.slots} <= {"text", "any"}
    assert "action_session_start" in domain.user_actions


def test_every_form_asks_for_slots_that_are_there_and_has_its_actions(domain: Domain) -> None:
    slots = {slot.name for slot in domain.slots}
    for form, described in domain.forms.items():
        assert f"validate_{form}" in domain.user_actions
        for slot in described["required_slots"]:
            assert slot in slots
            asks = {f"action_ask_{slot}", f"action_ask_{form}_{slot}"}
            assert asks & set(domain.user_actions), (form, slot)
