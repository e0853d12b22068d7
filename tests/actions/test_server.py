"""The action server over real HTTP."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions.base import House, Services
from actions.server import KNOWLEDGE, MAX_BODY, SECRET_HEADER, create_app, services_of
from actions.turn import Pending
from conversations.database import Database, utc_now
from conversations.errors import ConfigurationError
from shop import schema
from shop.documents import DocumentTable, LiveTable
from shop.errors import ShopUnavailable
from shop.knowledge import check_entries, entries_in
from tests.actions.talk import ROOT
from tests.servers import free_port

SECRET = "a-secret-of-the-test"
HEADERS = {SECRET_HEADER: SECRET}


def call(action: str, text: str = "我电话13812345678", **slots: Any) -> dict[str, Any]:
    return {
        "next_action": action,
        "sender_id": "web:demo:c-lin",
        "tracker": {
            "sender_id": "web:demo:c-lin",
            "slots": slots,
            "latest_message": {"text": text, "intent": {"name": "order_status"}, "entities": []},
            "events": [],
        },
        "domain": {},
    }


@asynccontextmanager
async def client_for(services: Services) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(create_app(secret=SECRET, services=services))) as client:
        yield client


async def post(services: Services, body: Any, headers: dict[str, str] = HEADERS) -> Any:
    async with client_for(services) as client:
        response = await client.post("/webhook", json=body, headers=headers)
        return response.status, await response.json()


async def test_an_action_runs(services: Services) -> None:
    status, body = await post(services, call("action_order_status"))
    assert status == 200
    assert body["responses"][0]["custom"]["zhanggui"] == "card"
    assert {"current_order"} <= {event["name"] for event in body["events"]}


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: ""}])
async def test_without_the_secret_nothing_runs(services: Services, headers: dict[str, str]) -> None:
    status, body = await post(services, call("action_order_status"), headers)
    assert (status, body) == (403, {"error": "forbidden"})


async def test_health_needs_no_secret_and_tells_nothing(services: Services) -> None:
    async with client_for(services) as client:
        response = await client.get("/health")
        assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_no_other_path_exists(services: Services) -> None:
    async with client_for(services) as client:
        response = await client.get("/actions", headers=HEADERS)
        assert response.status == 404


@pytest.mark.parametrize(
    "body", [[], "x", {}, {"next_action": "x"}, {"next_action": 1, "tracker": {}}]
)
async def test_a_malformed_call_is_refused_without_an_echo(services: Services, body: Any) -> None:
    status, answer = await post(services, body)
    assert (status, answer) == (400, {"error": "not an action call"})


async def test_what_is_not_json_is_refused(services: Services) -> None:
    async with client_for(services) as client:
        response = await client.post("/webhook", data=b"{13812345678", headers=HEADERS)
        assert (response.status, await response.json()) == (400, {"error": "not json"})


async def test_a_body_beyond_the_limit_is_refused(services: Services) -> None:
    async with client_for(services) as client:
        data = io.BytesIO(b" " * (MAX_BODY + 1))
        response = await client.post("/webhook", data=data, headers=HEADERS)
        assert response.status == 413


async def test_an_unknown_action_is_a_404_as_rasa_expects(services: Services) -> None:
    status, body = await post(services, call("action_nonsense"))
    assert (status, body["action_name"]) == (404, "action_nonsense")


async def test_a_broken_tracker_never_comes_back(services: Services) -> None:
    broken = call("action_order_status")
    broken["tracker"]["latest_message"] = {"text": "13812345678", "entities": "nonsense"}
    async with client_for(services) as client:
        response = await client.post("/webhook", json=broken, headers=HEADERS)
        text = await response.text()
    assert response.status == 500
    assert "13812345678" not in text
    assert "Traceback" not in text


class Broken:
    """A door behind which nothing works."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def recent(self, customer_id: str, *, limit: int = 20) -> Any:
        if self.error is None:
            await asyncio.sleep(60)
        else:
            raise self.error


def with_orders(services: Services, orders: Any, **changes: Any) -> Services:
    return replace(services, shop=replace(services.shop, orders=orders), **changes)


async def test_a_shop_that_does_not_answer_is_said_plainly(services: Services) -> None:
    broken = with_orders(services, Broken(ShopUnavailable("no answer in 3 s")))
    status, body = await post(broken, call("action_order_status"))
    assert status == 200
    assert "系统" in body["responses"][0]["text"]
    assert body["responses"][0]["buttons"][0]["payload"] == "/ask_human"


async def test_a_question_the_shop_cannot_answer_now_is_kept(services: Services) -> None:
    broken = with_orders(services, Broken(ShopUnavailable("no answer in 3 s")))
    _, body = await post(broken, call("action_order_status"))
    assert {"zhanggui": "keep_question"} in [one["custom"] for one in body["responses"]]


async def test_an_answer_to_our_own_question_is_not_kept(services: Services) -> None:
    asked = Pending("action_order_status", "order_status", "我的订单").to_slot()
    broken = with_orders(services, Broken(ShopUnavailable("no answer in 3 s")))
    _, body = await post(broken, call("action_order_status", "第二个", pending=asked))
    assert "系统" in body["responses"][0]["text"]
    assert {"zhanggui": "keep_question"} not in [one["custom"] for one in body["responses"]]


async def test_an_action_has_a_time_limit(services: Services) -> None:
    slow = with_orders(services, Broken(None), seconds=0.05)
    status, body = await asyncio.wait_for(post(slow, call("action_order_status")), timeout=5)
    assert status == 200
    assert "系统" in body["responses"][0]["text"]


async def test_a_bug_is_said_honestly_and_logged_without_personal_data(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = with_orders(services, Broken(RuntimeError("boom 13812345678")))
    status, body = await post(broken, call("action_order_status"))
    assert status == 200
    assert "出错" in body["responses"][0]["text"]
    assert "boom" not in str(body)
    logged = capsys.readouterr().out
    assert "action.failed" in logged
    assert "13812345678" not in logged


def test_without_a_secret_the_server_does_not_start(services: Services) -> None:
    with pytest.raises(ConfigurationError, match="ZHANGGUI_ACTIONS_SECRET"):
        create_app(secret="", services=services)


def run_server(environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "actions.server"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "ZHANGGUI_ACTIONS_SECRET"),
        (
            {"ZHANGGUI_ACTIONS_SECRET": SECRET, "ZHANGGUI_ACTIONS_PORT": "http"},
            "ZHANGGUI_ACTIONS_PORT",
        ),
        ({"ZHANGGUI_ACTIONS_SECRET": SECRET, "DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], name: str) -> None:
    server = run_server(environ)
    _, errors = server.communicate(timeout=30)
    assert server.returncode == 1
    assert name in errors
    assert "Traceback" not in errors


async def serves(environ: dict[str, str], port: int) -> None:
    """Starts the server, waits until it answers, and ends it by SIGTERM."""
    server = run_server(
        {"ZHANGGUI_ACTIONS_SECRET": SECRET, "ZHANGGUI_ACTIONS_PORT": str(port), **environ}
    )
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(200):
                try:
                    async with session.get(f"http://127.0.0.1:{port}/health") as response:
                        assert response.status == 200
                        break
                except aiohttp.ClientConnectorError:
                    await asyncio.sleep(0.1)
            else:
                pytest.fail("the server did not start")
        server.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.wait, 10) == 0
    finally:
        server.kill()
        server.communicate()


async def test_it_serves_and_stops_on_sigterm(tmp_path: Path) -> None:
    await serves({"DATABASE_URL": f"sqlite:///{tmp_path / 'z.db'}"}, free_port())


async def test_documents_that_no_longer_fit_do_not_keep_it_from_starting(
    sqlite_database: Database,
) -> None:
    taken = next(iter(entries_in(KNOWLEDGE).current().entries))
    twice = f"entries:\n- {{id: {taken}, topic: invoice, answer: 好}}\n"
    for version, (name, text) in enumerate((("a.yml", "entries: ["), ("b.yml", twice)), start=1):
        row = {"name": name, "text": text, "version": version}
        async with sqlite_database.write() as connection:
            await connection.execute(
                schema.knowledge.insert().values(updated_at=utc_now(), updated_by="x", **row)
            )
    url = f"sqlite:///{sqlite_database.engine.url.database}"
    await serves({"DATABASE_URL": url}, free_port())


def asks_fee() -> dict[str, Any]:
    """A message that the knowledge answers: from the database's entry if there is one."""
    asked = call("action_answer", text="寄到月球要多少")
    asked["tracker"]["latest_message"] = {
        "text": "寄到月球要多少",
        "intent": {"name": "shipping_fee", "confidence": 0.9},
        "entities": [],
    }
    return asked


async def test_an_entry_in_the_database_answers_within_a_second(
    database: Database, database_url: str
) -> None:
    entry = "entries:\n- {id: moon, topic: shipping_fee, keywords: [月球], answer: 月球不送。}\n"
    documents = DocumentTable(database=database, check=partial(check_entries, KNOWLEDGE))
    reader = LiveTable(database=Database.from_url(database_url))
    services = services_of(database, table=reader)
    services.knowledge.current()
    reader.start()
    try:
        async with client_for(services) as client:

            async def said() -> str:
                response = await client.post("/webhook", json=asks_fee(), headers=HEADERS)
                return str(await response.json())

            assert "月球不送" not in await said()
            await documents.put("studio.yml", entry, by="小王", seen=0)
            began = time.monotonic()
            while "月球不送" not in await said():
                assert time.monotonic() - began < 1
                await asyncio.sleep(0.02)
            await documents.remove("studio.yml", by="小王", seen=None)
            await asyncio.sleep(0.9)
            assert "月球不送" not in await said()
    finally:
        await asyncio.to_thread(reader.close)


def test_every_action_of_the_domain_is_served_and_no_other(house: House) -> None:
    from ruamel.yaml import YAML

    named: set[str] = set()
    for path in (ROOT / "domain").glob("*.yml"):
        named |= set(YAML(typ="safe").load(path.read_text("utf-8")).get("actions", ()))
    assert named == {*house.skills, "action_session_start"}
