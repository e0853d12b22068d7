"""Pulling the plug: what was acknowledged is answered once, whatever dies in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
import requests

from deploy.demo import DemoSettings, environment, programs
from tests.e2e.conftest import ROOT, House, start, stop

pytestmark = pytest.mark.e2e


@pytest.fixture
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that a test may break."""
    house = start(tmp_path_factory.mktemp("fragile"))
    yield house
    stop(house)


def test_after_a_kill_the_acknowledged_message_is_answered_once(fragile: House) -> None:
    shopper = fragile.shopper("c-lin")
    shopper.say("你好")
    rasa = fragile.child("rasa")
    # Frozen after the acknowledgement is impossible to time from outside; so the bot is made
    # slow instead: without its action server the turn is still under way when it is killed.
    fragile.child("actions.server").suspend()
    number = shopper.send("我昨天买的黑色L码衬衫到哪了", id="once")
    os.kill(rasa.pid, signal.SIGKILL)
    fragile.process.wait(30)  # the launcher sees the death and stops the rest

    env = {**os.environ, **environment(DemoSettings.from_env(fragile.env), fragile.env)}
    running = [
        subprocess.Popen(
            program.command,
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for program in programs(DemoSettings.from_env(fragile.env))
        if program.name in ("rasa", "actions")
    ]
    try:
        _wait_for_rasa(fragile)
        shopper.send("我昨天买的黑色L码衬衫到哪了", id="once")  # the page tries again, as pages do
        shopper.seen = number
        answer = shopper.wait_for(bool, seconds=60)
        assert "济南" in "".join(message["text"] for message in answer)
        time.sleep(3)
        everything = shopper.messages()
        assert [m["text"] for m in everything if m["from"] == "shopper"].count(
            "我昨天买的黑色L码衬衫到哪了"
        ) == 1
        assert len([m for m in everything if m["kind"] == "card"]) == 1
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def _wait_for_rasa(house: House) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{house.rasa}/webhooks/web/", timeout=2).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.3)
    raise AssertionError("Rasa did not come back")


def test_a_signal_to_the_group_ends_everything(fragile: House) -> None:
    children = psutil.Process(fragile.process.pid).children(recursive=True)
    assert len(children) >= 4
    os.killpg(fragile.process.pid, signal.SIGTERM)
    assert fragile.process.wait(25) == 0
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []


def test_a_taken_port_is_named_with_the_way_out(fragile: House) -> None:
    second = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "deploy.demo"],
        cwd=ROOT,
        env=fragile.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert "被占用" in second.stderr
    assert "_PORT=" in second.stderr
