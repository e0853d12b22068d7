"""`python -m connectors.systems` and `python -m shop.fakes`: what they say and how they end."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from connectors.systems.__main__ import main
from connectors.systems.settings import SystemsSettings
from conversations.errors import ConfigurationError
from shop.fakes.__main__ import main as fakes
from tests.shop.systems.test_settings import KUAIDI100, TAOBAO


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZHANGGUI_SHOP_ORDERS", "ZHANGGUI_SHOP_PARCELS", "ZHANGGUI_DEMO"):
        monkeypatch.delenv(name, raising=False)


def given(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)


def test_without_outside_systems_it_ends_in_peace(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    [line] = capsys.readouterr().err.splitlines()
    assert "ZHANGGUI_SHOP_ORDERS=taobao" in line and "ZHANGGUI_SHOP_PARCELS=kuaidi100" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHANGGUI_SYSTEMS_PORT", "0"),
        ("ZHANGGUI_SYSTEMS_PORT", "x"),
        ("ZHANGGUI_SHOP_KUAIDI100_KEY", ""),
        ("ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL", "shop"),
        ("ZHANGGUI_SHOP_TAOBAO_APP_KEY", "abc"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    given(monkeypatch, {**TAOBAO, **KUAIDI100, name: value})
    assert main([]) == 2
    said = capsys.readouterr().err
    assert name in said and "TestKey" not in said


def test_a_port_that_is_taken_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        given(monkeypatch, {**KUAIDI100, "ZHANGGUI_SYSTEMS_PORT": port})
        given(monkeypatch, {"DATABASE_URL": f"sqlite:///{tmp_path}/shop.db"})
        assert main([]) == 1
    assert "ZHANGGUI_SYSTEMS_PORT" in capsys.readouterr().err


@pytest.mark.parametrize("program", [main, fakes])
def test_help_names_the_settings(
    program: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        program(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "_PORT" in said and "ZHANGGUI_SHOP_" in said and "DATABASE_URL" in said


def test_it_listens_on_loopback_unless_told_otherwise() -> None:
    settings = SystemsSettings.from_env({})
    assert (settings.host, settings.port) == ("127.0.0.1", 5070)
    assert SystemsSettings.from_env({"ZHANGGUI_SYSTEMS_HOST": "10.0.0.5"}).host == "10.0.0.5"
    with pytest.raises(ConfigurationError):
        SystemsSettings.from_env({"ZHANGGUI_SYSTEMS_PORT": "70000"})


def test_the_fakes_are_for_demos_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, {**TAOBAO, **KUAIDI100})
    assert fakes([]) == 1
    assert "ZHANGGUI_DEMO=1" in capsys.readouterr().err
    monkeypatch.setenv("ZHANGGUI_DEMO", "1")
    monkeypatch.delenv("ZHANGGUI_SHOP_PARCELS")
    assert fakes([]) == 1
    assert "ZHANGGUI_SHOP_PARCELS=kuaidi100" in capsys.readouterr().err
    monkeypatch.setenv("ZHANGGUI_FAKES_PORT", "0")
    assert fakes([]) == 1
    assert "ZHANGGUI_FAKES_PORT" in capsys.readouterr().err
