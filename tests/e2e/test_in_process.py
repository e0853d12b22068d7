"""Rasa itself, in this process, over the real action server and the real ledger.

A flow outlives a session; an address goes into the order and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from actions.server import SECRET_HEADER, create_app, services_of
from bot.tracker_store import LedgerTrackerStore
from connectors.rasa_bot import RasaBot
from conversations.customers import CustomerIdentities
from conversations.database import Database, utc_now
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import Content, InboundMessage
from conversations.schema import metadata, tracker_events
from conversations.turns import TurnQueue
from shop.demo import load_demo
from shop.operations.cancel import CancelOrder
from shop.schema import metadata as shop_metadata
from shop.schema import operations, orders
from tests.servers import free_port

# Rasa warns of its own libraries as soon as its agent is imported.
pytestmark = pytest.mark.filterwarnings("ignore")

ROOT = Path(__file__).parents[2]
SECRET = "for-this-test"
SENDER = "web:demo:c-late"
HOURS = 3600.0

# A few intents are enough: words of their own tell them apart.
NLU = """
version: "3.1"
nlu:
- intent: cancel_order
  examples: |
    - 取消订单
- intent: affirm
  examples: |
    - 好的
- intent: change_address
  examples: |
    - 改地址
- intent: ask_human
  examples: |
    - 转人工
"""
CONFIG = """
recipe: default.v1
assistant_id: test
language: zh
pipeline:
- name: KeywordIntentClassifier
policies:
- name: RulePolicy
  enable_fallback_prediction: false
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house's own domain and rules, with an NLU that knows a few words."""
    from rasa.model_training import train

    home = tmp_path_factory.mktemp("model")
    (home / "config.yml").write_text(CONFIG, encoding="utf-8")
    (home / "nlu.yml").write_text(NLU, encoding="utf-8")
    trained = train(
        domain=str(ROOT / "domain"),
        config=str(home / "config.yml"),
        training_files=[str(home / "nlu.yml"), str(ROOT / "data" / "stories")],
        output=str(home),
    )
    assert trained.model is not None
    return Path(trained.model)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A database of the whole house with the demo shop in it."""
    path = tmp_path / "zhanggui.db"
    shutil.copy(sqlite_template, path)
    url = f"sqlite:///{path}"

    async def load() -> None:
        database = Database.from_url(url)
        await load_demo(database, data_dir=ROOT / "data" / "shop")
        key = ConversationKey.parse(SENDER)
        await CustomerIdentities(database=database).link([(key, "c-late")])
        await database.close()

    asyncio.run(load())
    return url


@pytest.fixture
def actions(database_url: str) -> Iterator[str]:
    """The action server on a port of its own; its URL."""
    port, ready = free_port(), threading.Event()
    stopping: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        database = Database.from_url(database_url)
        app = create_app(secret=SECRET, services=services_of(database))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        stop = asyncio.Event()
        stopping.append((asyncio.get_running_loop(), stop))
        ready.set()
        await stop.wait()
        await runner.cleanup()
        await database.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    yield f"http://127.0.0.1:{port}/webhook"
    loop, stop = stopping[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()


@pytest.fixture
def agent(model: Path, actions: str, database_url: str) -> Any:
    from rasa.core.agent import Agent

    store = LedgerTrackerStore(Domain.load(str(ROOT / "domain")), database_url=database_url)
    endpoint = EndpointConfig(
        url=actions, headers={SECRET_HEADER: SECRET}, enable_selective_domain=True
    )
    return Agent.load(str(model), tracker_store=store, action_endpoint=endpoint)


async def say(agent: Any, text: str) -> str:
    channel = CollectingOutputChannel()
    await agent.handle_message(UserMessage(text=text, output_channel=channel, sender_id=SENDER))
    return json.dumps(channel.messages, ensure_ascii=False)


async def let_pass(database_url: str, seconds: float) -> None:
    """All that is remembered is that much older."""
    database = Database.from_url(database_url)
    async with database.write() as connection:
        rows = (await connection.execute(sa.select(tracker_events))).all()
        for row in rows:
            event = json.loads(row.data)
            event["timestamp"] -= seconds
            await connection.execute(
                sa.update(tracker_events)
                .where(tracker_events.c.id == row.id)
                .values(timestamp=event["timestamp"], data=json.dumps(event, ensure_ascii=False))
            )
    await database.close()


async def cancelled(database_url: str) -> int:
    database = Database.from_url(database_url)
    async with database.read() as connection:
        query = sa.select(sa.func.count()).where(operations.c.kind == CancelOrder.kind)
        count = (await connection.execute(query)).scalar_one()
    await database.close()
    return int(count)


async def test_a_flow_goes_on_after_five_hours(agent: Any, database_url: str) -> None:
    assert "确认取消" in await say(agent, "取消订单")
    await let_pass(database_url, 5 * HOURS)
    asked = await say(agent, "好的")
    assert "上次" in asked
    assert "确认取消" in asked
    assert await cancelled(database_url) == 0
    tracker = await agent.tracker_store.retrieve(SENDER)
    assert tracker is not None
    assert tracker.active_loop_name == "cancel_order_form"
    assert [e.type_name for e in tracker.events][:1] == ["session_started"]
    assert "取消好了" in await say(agent, "好的")
    assert await cancelled(database_url) == 1


async def test_after_three_days_it_is_forgotten(agent: Any, database_url: str) -> None:
    await say(agent, "取消订单")
    await let_pass(database_url, 73 * HOURS)
    assert "确认取消" not in await say(agent, "好的")
    assert await cancelled(database_url) == 0


async def test_what_is_gone_meanwhile_ends_the_form(agent: Any, database_url: str) -> None:
    await say(agent, "取消订单")
    await let_pass(database_url, 5 * HOURS)
    database = Database.from_url(database_url)
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE shop_orders SET state = 'shipped'"))
    await database.close()
    assert "已经寄出" in await say(agent, "好的")
    tracker = await agent.tracker_store.retrieve(SENDER)
    assert tracker is not None
    assert tracker.active_loop_name is None


async def writes(agent: Any, database: Database, text: str) -> str:
    """The way of a message through the ledger, the mask, Rasa and back."""
    ledger, turns = Ledger(database=database), TurnQueue(database=database)
    key = ConversationKey.parse(SENDER)
    message = InboundMessage(
        key=key,
        platform_message_id=uuid.uuid4().hex,
        content=Content(text=text),
        sent_at=utc_now(),
    )
    await ledger.record_inbound(message, owner="me")
    turn = await turns.next(key, "me")
    assert turn is not None
    reply = await RasaBot(on_new_message=agent.handle_message).answer(turn)
    await turns.complete(turn, reply)
    return "\n".join(content.text for content in reply.contents)


async def test_an_address_rests_in_the_order_and_in_what_the_shopper_wrote_alone(
    agent: Any, database_url: str
) -> None:
    database = Database.from_url(database_url)
    assert "收货" in await writes(agent, database, "改地址")
    asked = await writes(agent, database, "浙江省杭州市 13812345678")
    assert "区或县、街道和门牌" in asked
    summary = await writes(agent, database, "西湖区文三路259号3幢1502室")
    assert "浙江省杭州市西湖区文三路****" in summary
    assert "改好了" in await writes(agent, database, "好的")
    secrets = ("13812345678", "259号", "1502室")
    async with database.read() as connection:
        for table in (*metadata.sorted_tables, *shop_metadata.sorted_tables):
            if table.name in ("messages", "conversations", "shop_orders"):
                continue  # the ledger keeps what was written, for the signed-in agent
            rows = (await connection.execute(sa.select(table))).all()
            kept = "\n".join(str(row) for row in rows)
            for secret in secrets:
                assert secret not in kept, table.name
        street = orders.c.street
        found = await connection.execute(sa.select(street).where(street.contains("文三路")))
        assert found.scalars().all() == ["文三路259号3幢1502室"]
        known = await connection.execute(sa.select(operations.c.details))
        assert [row.details["changed"] for row in known] == ["phone,province,city,district,street"]
    await database.close()
