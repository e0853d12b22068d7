"""The table of error codes says the same as the reference's."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.wechat.policy import POLICY, Action, action_for
from tests.connectors.wechat.vectors import VECTORS

AGAIN = {Action.SOON, Action.REFRESH, Action.AS_TEXT, Action.SMALLER, Action.NEXT_MINUTE}


@pytest.mark.parametrize("vector", VECTORS["wechat_errcode_policy"], ids=lambda v: v["errcode"])
def test_every_code_of_the_reference_has_its_rule(vector: dict[str, Any]) -> None:
    assert vector["errcode"] in POLICY
    assert (action_for(vector["errcode"]) in AGAIN) is vector["retry"]


def test_an_unknown_code_is_not_tried_again() -> None:
    assert action_for(99999) is Action.DROP
