"""The whole house, started as `make demo` starts it, on free ports and in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

# The house of actions over the demo shop, for talks that need no processes.
from tests.actions.conftest import demo_file as demo_file
from tests.actions.conftest import on_pictures as on_pictures
from tests.actions.conftest import services as services
from tests.actions.conftest import shop_tables as shop_tables
from tests.actions.conftest import taught as taught
from tests.actions.conftest import written as written
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 150
ANSWER_SECONDS = 30


@dataclass
class Shopper:
    """Somebody on the web channel."""

    house: House
    token: str
    conversation: str
    seen: int = 0
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, text: str, id: str = "") -> int:
        """Send without waiting; returns the message's number."""
        response = self.session.post(
            f"{self.house.rasa}/webhooks/web/messages",
            json={"id": id or uuid.uuid4().hex, "text": text},
            headers=self.headers,
            timeout=10,
        )
        assert response.status_code == 202, response.text
        return int(response.json()["seq"])

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send, and return everything that comes in answer."""
        number = self.send(text)
        self.seen = max(self.seen, number)
        return self.wait_for(lambda messages: bool(messages))

    def wait_for(self, enough: Any, seconds: float = ANSWER_SECONDS) -> list[dict[str, Any]]:
        """Collect what others say until `enough(messages)`; then remember it as seen."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.messages(after=self.seen, wait=5)
            others = [m for m in found if m["from"] != "shopper"]
            if enough(others):
                self.seen = max(m["seq"] for m in found)
                return others
            assert time.monotonic() < deadline, f"no answer within {seconds} s: {found}"

    def messages(self, after: int = 0, wait: int = 0) -> list[dict[str, Any]]:
        response = self.session.get(
            f"{self.house.rasa}/webhooks/web/messages",
            params={"after": after, "wait": wait},
            headers=self.headers,
            timeout=40,
        )
        assert response.status_code == 200, response.text
        return list(response.json()["messages"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Staff:
    """A signed-in agent on the desk's JSON contract."""

    house: House
    session: requests.Session

    def get(self, path: str) -> Any:
        response = self.session.get(f"{self.house.desk}{path}", timeout=10)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: dict[str, Any], status: int = 200) -> Any:
        response = self.session.post(f"{self.house.desk}{path}", json=body, timeout=10)
        assert response.status_code == status, (response.status_code, response.text)
        return response.json() if response.content else None


@dataclass
class House:
    """Where everything is, and the process that holds it up."""

    home: Path
    rasa: str
    actions: str
    desk: str
    simulator: str
    fakes: str
    env: dict[str, str]
    process: subprocess.Popen[str]
    started_in: float

    def shopper(self, customer: str | None = None) -> Shopper:
        body = {"demo_customer": customer} if customer else {}
        response = requests.post(f"{self.rasa}/webhooks/web/sessions", json=body, timeout=10)
        assert response.status_code == 201, response.text
        answer = response.json()
        return Shopper(house=self, token=answer["token"], conversation=answer["conversation"])

    def staff(self, name: str = "xiaowang", password: str = "zhanggui-demo") -> Staff:
        session = requests.Session()
        response = session.post(
            f"{self.desk}/api/session", json={"name": name, "password": password}, timeout=10
        )
        assert response.status_code == 201, response.text
        return Staff(house=self, session=session)

    def child(self, module: str) -> psutil.Process:
        """The running process of `python -m <module>`."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if module in child.cmdline():
                return child
        raise AssertionError(f"{module} does not run")

    def log(self, name: str) -> str:
        return (self.home / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def start(home: Path, *, systems: str = "own") -> House:
    """Start the demo and wait for its welcome."""
    names = ("RASA", "ACTIONS", "DESK", "SIMULATOR", "SYSTEMS", "FAKES")
    ports = {f"ZHANGGUI_{name}": free_port() for name in names}
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("ZHANGGUI_", "DATABASE_"))},
        "ZHANGGUI_HOME": str(home),
        **{f"{name}_PORT": str(port) for name, port in ports.items()},
    }
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "deploy.demo", "--systems", systems],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if "掌柜已就绪" in line:
            break
        if time.monotonic() - began > START_SECONDS:
            break
    if "掌柜已就绪" not in (said[-1] if said else ""):
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail("the demo did not start:\n" + "".join(said))
    url = "http://127.0.0.1:{}".format
    return House(
        home=home / "platforms" if systems == "platforms" else home,
        rasa=url(ports["ZHANGGUI_RASA"]),
        actions=url(ports["ZHANGGUI_ACTIONS"]),
        desk=url(ports["ZHANGGUI_DESK"]),
        simulator=url(ports["ZHANGGUI_SIMULATOR"]),
        fakes=url(ports["ZHANGGUI_FAKES"]),
        env=env,
        process=process,
        started_in=time.monotonic() - began,
    )


def stop(house: House) -> None:
    """End the demo as Ctrl-C does, by force if it does not obey."""
    if house.process.poll() is None:
        os.killpg(house.process.pid, signal.SIGTERM)
        try:
            house.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(house.process.pid, signal.SIGKILL)
            house.process.wait()
    if house.process.stdout is not None:
        house.process.stdout.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests that do not break it."""
    house = start(tmp_path_factory.mktemp("house"))
    yield house
    stop(house)


@pytest.fixture
def lin(house: House) -> Shopper:
    """林晓, the customer with three orders, in a conversation of her own."""
    return house.shopper("c-lin")
