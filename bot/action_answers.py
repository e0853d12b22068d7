"""Checks what the action server answers: Rasa's own check, with its schema read once.

Rasa 3.6 (`RemoteAction._validate_action_result`) checks the schema itself before each answer that
it checks by it, which takes jsonschema 4 longer than everything else in a turn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

_rasas_own = RemoteAction._validate_action_result


def check_quickly() -> None:
    """Have Rasa check the action server's answers by a validator that is built once.

    A malformed answer raises what Rasa raises for it. Called again, nothing happens.
    """
    RemoteAction._validate_action_result = _validate


def _validate(action: RemoteAction, answer: dict[str, Any]) -> bool:
    return _validator().is_valid(answer) or _rasas_own(action, answer)


@lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
