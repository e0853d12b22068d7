"""Rasa itself: a picture inside a form, and one form that leads into another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.keys import ConversationKey
from shop.policies import load_policy
from shop.sql import sql_shop
from tests.e2e.test_in_process import actions, agent, database_url, model
from tests.shop.world import POLICIES

__all__ = ["actions", "agent", "database_url", "model"]  # the fixtures of a real Rasa

pytestmark = pytest.mark.filterwarnings("ignore")

SENDER, CUSTOMER = "web:demo:c-insured", "c-insured"


async def say(agent: Any, text: str, *, seq: int = 1) -> str:
    channel = CollectingOutputChannel()
    message = UserMessage(
        text=text, output_channel=channel, sender_id=SENDER, metadata={"seq": seq, "seqs": [seq]}
    )
    await agent.handle_message(message)
    return json.dumps(channel.messages, ensure_ascii=False)


async def form(agent: Any) -> str | None:
    tracker = await agent.tracker_store.retrieve(SENDER)
    assert tracker is not None
    name: str | None = tracker.active_loop_name
    return name


@pytest.fixture
async def database(database_url: str) -> Any:
    opened = Database.from_url(database_url)
    key = ConversationKey.parse(SENDER)
    await CustomerIdentities(database=opened).link([(key, CUSTOMER)])
    yield opened
    await opened.close()


async def test_a_complaint_becomes_an_exchange_and_is_carried_out_once(
    agent: Any, database: Database
) -> None:
    photo = await say(agent, '/quality_complaint{"reason": "quality"}')
    assert "照片" in photo
    ways = await say(agent, "/share_image", seq=7)
    assert "换一件新的" in ways
    summary = await say(agent, '/quality_complaint{"flow_solution": "exchange"}')
    assert await form(agent) == "exchange_request_form"
    assert "确认换货" in summary
    done = await say(agent, "好的")
    assert "换货办好了" in done
    assert await form(agent) is None
    shop = sql_shop(database, policies=lambda: load_policy(POLICIES))
    (receipt,) = await shop.operations.receipts(CUSTOMER)
    assert receipt.kind == "exchange_request"


async def test_a_complaint_becomes_a_return(agent: Any, database: Database) -> None:
    await say(agent, '/quality_complaint{"reason": "quality"}')
    await say(agent, '/quality_complaint{"flow_photo": "none"}')
    summary = await say(agent, '/quality_complaint{"flow_solution": "return"}')
    assert await form(agent) == "return_form"
    assert "确认退货" in summary


async def test_a_picture_is_kept_by_its_number(agent: Any, database: Database) -> None:
    await say(agent, '/quality_complaint{"reason": "quality"}')
    await say(agent, "/share_image", seq=7)
    summary = await say(agent, '/quality_complaint{"flow_solution": "partial_refund"}')
    assert "确认提交" in summary
    await say(agent, "好的")
    shop = sql_shop(database, policies=lambda: load_policy(POLICIES))
    (receipt,) = await shop.operations.receipts(CUSTOMER)
    assert receipt.details["photo"] == f"{SENDER}#7"
