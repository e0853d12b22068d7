"""It starts only in a demo, and says so."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from connectors.simulator.settings import SimulatorSettings
from conversations.errors import ConfigurationError
from tests.connectors.wechat.support import ACCOUNT
from tests.connectors.wechat.test_settings import ENV as WECHAT

ENV = {**WECHAT, "ZHANGGUI_DEMO": "1"}


def test_the_demos_variables() -> None:
    settings = SimulatorSettings.from_env({**ENV, "ZHANGGUI_RASA_URL": "http://127.0.0.1:5006/"})
    assert settings.account == ACCOUNT
    assert settings.port == 5090
    assert settings.rasa_url == "http://127.0.0.1:5006"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ZHANGGUI_DEMO": ""}, "ZHANGGUI_DEMO=1"),
        ({"ZHANGGUI_SIMULATOR_PORT": "http"}, "ZHANGGUI_SIMULATOR_PORT"),
        ({"ZHANGGUI_SIMULATOR_PORT": "70000"}, "ZHANGGUI_SIMULATOR_PORT"),
        ({"ZHANGGUI_WECHAT_ACCOUNTS": ""}, "ZHANGGUI_WECHAT_ACCOUNTS"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        SimulatorSettings.from_env({**ENV, **changed})


def test_outside_a_demo_the_program_refuses_to_start() -> None:
    env = {name: value for name, value in os.environ.items() if name != "ZHANGGUI_DEMO"}
    ended = subprocess.run(
        [sys.executable, "-m", "connectors.simulator"],
        env=env,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert ended.returncode == 1
    assert "make demo" in ended.stderr
    assert "Traceback" not in ended.stderr
