"""Taking, replying, noting, resolving: once each, by the right person, on record."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient

from conversations.database import Database
from conversations.keys import ConversationKey
from desk.schema import audit
from tests.desk.conftest import SignIn
from tests.desk.scenes import XIAOLI, XIAOWANG, Scenes

KEY = ConversationKey("web", "main", "shopper-a")
PATH = f"/api/conversations/{KEY}"


async def state(client: TestClient) -> dict:
    return await (await client.get(PATH)).json()


async def test_from_queue_to_reply_to_resolved(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    taken = await agent.post(f"{PATH}/take", json={"version": 2})
    assert taken.status == 200
    row = await taken.json()
    assert (row["state"], row["assignee"], row["assignee_name"]) == ("human", "xiaowang", "小王")
    assert row["version"] == 3

    sent = await agent.post(f"{PATH}/messages", json={"text": "您好，我来处理", "id": "c1"})
    assert sent.status == 201
    seq = (await sent.json())["seq"]
    found = await state(agent)
    assert found["messages"][-1] | {"at": ""} == {
        "seq": seq,
        "from": "agent",
        "kind": "text",
        "text": "您好，我来处理",
        "choices": [],
        "card": None,
        "image": "",
        "author": "小王",
        "at": "",
        "delivery": None,
    }
    assert found["waiting_since"] is None
    assert found["handoff"]["first_reply_at"] is not None

    done = await agent.post(f"{PATH}/resolve", json={"outcome": "已补发"})
    assert done.status == 200
    assert (await done.json())["state"] == "bot"
    found = await state(agent)
    assert (found["handoff"]["status"], found["handoff"]["outcome"]) == ("resolved", "已补发")


async def test_the_same_message_id_is_one_message(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    await agent.post(f"{PATH}/take", json={})
    answers = await asyncio.gather(
        *(agent.post(f"{PATH}/messages", json={"text": "一次", "id": "x"}) for _ in range(4))
    )
    assert {a.status for a in answers} == {201}
    assert len({(await a.json())["seq"] for a in answers}) == 1
    assert [m["text"] for m in (await state(agent))["messages"]].count("一次") == 1


async def test_a_retry_after_the_conversation_went_on_still_gives_its_number(
    agent: TestClient, scenes: Scenes
) -> None:
    await scenes.queued(KEY)
    await agent.post(f"{PATH}/take", json={})
    first = await agent.post(f"{PATH}/messages", json={"text": "好的", "id": "x"})
    await agent.post(f"{PATH}/resolve", json={})
    again = await agent.post(f"{PATH}/messages", json={"text": "好的", "id": "x"})
    assert again.status == 201
    assert await again.json() == await first.json()


async def test_messages_without_an_id_are_each_their_own(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    await agent.post(f"{PATH}/take", json={})
    for _ in range(2):
        await agent.post(f"{PATH}/messages", json={"text": "在的"})
    assert [m["text"] for m in (await state(agent))["messages"]].count("在的") == 2


async def test_a_note_is_seen_by_staff_only(
    agent: TestClient, scenes: Scenes, desk_database: Database
) -> None:
    await scenes.with_bot(KEY)
    noted = await agent.post(f"{PATH}/notes", json={"text": "老客户"})
    assert noted.status == 201
    assert (await state(agent))["messages"][-1]["from"] == "note"
    public = await scenes.ledger.history(KEY)
    assert "老客户" not in [m.content.text for m in public]


async def test_a_reply_without_taking_is_409_and_says_who_serves(
    agent: TestClient, signed_in: SignIn, scenes: Scenes
) -> None:
    await scenes.with_bot(KEY)
    bot = await agent.post(f"{PATH}/messages", json={"text": "您好"})
    assert bot.status == 409
    assert "请先接入" in (await bot.json())["error"]["message"]
    other = await signed_in("xiaoli")
    await other.post(f"{PATH}/take", json={})
    answer = await agent.post(f"{PATH}/messages", json={"text": "您好"})
    assert answer.status == 409
    error = (await answer.json())["error"]
    assert error["code"] == "state_conflict"
    assert "小李" in error["message"]
    assert error["conversation"]["assignee"] == "xiaoli"
    assert "您好" not in [m["text"] for m in (await state(agent))["messages"]]


async def test_two_agents_take_at_once_and_one_of_them_wins(
    agent: TestClient, signed_in: SignIn, scenes: Scenes
) -> None:
    await scenes.queued(KEY)
    other = await signed_in("xiaoli")
    answers = await asyncio.gather(
        agent.post(f"{PATH}/take", json={"version": 2}),
        other.post(f"{PATH}/take", json={"version": 2}),
    )
    assert sorted(a.status for a in answers) == [200, 409]
    loser = next(a for a in answers if a.status == 409)
    assert "正在接待" in (await loser.json())["error"]["message"]


async def test_taking_over_needs_no_version_and_locks_the_other_out(
    agent: TestClient, signed_in: SignIn, scenes: Scenes
) -> None:
    await scenes.queued(KEY)
    other = await signed_in("xiaoli")
    await other.post(f"{PATH}/take", json={})
    assert (await agent.post(f"{PATH}/take", json={})).status == 200
    assert (await other.post(f"{PATH}/messages", json={"text": "我来"})).status == 409
    assert (await other.post(f"{PATH}/resolve", json={})).status == 409


async def test_taking_ones_own_again_changes_nothing(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    for _ in range(2):
        answer = await agent.post(f"{PATH}/take", json={"version": 2})
        assert answer.status == 200
    assert (await answer.json())["version"] == 3


async def test_what_the_bot_serves_cannot_be_resolved(agent: TestClient, scenes: Scenes) -> None:
    await scenes.with_bot(KEY)
    assert (await agent.post(f"{PATH}/resolve", json={})).status == 409


async def test_a_message_left_is_answered_by_taking(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    await scenes.handoffs.leave_message(KEY)
    listed = await (await agent.get("/api/conversations?state=left_message")).json()
    assert [row["id"] for row in listed["conversations"]] == [str(KEY)]
    assert (await agent.post(f"{PATH}/take", json={})).status == 200


@pytest.mark.parametrize("step", ["take", "messages", "notes", "resolve"])
async def test_steps_on_an_unknown_conversation_are_404(agent: TestClient, step: str) -> None:
    answer = await agent.post(f"/api/conversations/web:main:nobody/{step}", json={"text": "您好"})
    assert answer.status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \n "},
        {"text": 5},
        {"text": None},
        {"text": ["您好"]},
        {"text": "长" * 2001},
        {"text": "您好\ud800"},
        {"text": "您好", "id": 7},
        {"text": "您好", "id": "x" * 101},
    ],
)
@pytest.mark.parametrize("step", ["messages", "notes"])
async def test_a_malformed_text_is_422(
    agent: TestClient, scenes: Scenes, step: str, body: dict
) -> None:
    await scenes.queued(KEY)
    await scenes.handoffs.take(KEY, agent=XIAOWANG)
    answer = await agent.post(f"{PATH}/{step}", json=body)
    assert answer.status == 422
    assert (await answer.json())["error"]["message"]


async def test_the_longest_text_is_kept_whole(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    await scenes.handoffs.take(KEY, agent=XIAOWANG)
    text = "长" * 1999 + "😀"
    assert (await agent.post(f"{PATH}/messages", json={"text": text})).status == 201
    assert (await state(agent))["messages"][-1]["text"] == text


@pytest.mark.parametrize("version", ["2", 0, -1, 1.5, True, 2**40])
async def test_a_malformed_version_is_422(
    agent: TestClient, scenes: Scenes, version: object
) -> None:
    await scenes.queued(KEY)
    assert (await agent.post(f"{PATH}/take", json={"version": version})).status == 422


async def test_a_body_over_64_kib_is_413(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    answer = await agent.post(f"{PATH}/notes", json={"text": "x" * 70_000})
    assert answer.status == 413
    assert (await answer.json())["error"]["code"] == "too_big"
    assert (await agent.get("/api/session")).status == 200


async def test_a_wrong_method_is_405_and_a_wrong_address_404(agent: TestClient) -> None:
    wrong = await agent.get(f"{PATH}/take")
    assert wrong.status == 405
    assert "POST" in wrong.headers["Allow"]
    assert (await agent.get("/api/nothing")).status == 404


async def test_every_step_is_on_record(
    agent: TestClient, scenes: Scenes, desk_database: Database
) -> None:
    await scenes.queued(KEY)
    await agent.post(f"{PATH}/take", json={})
    await agent.post(f"{PATH}/messages", json={"text": "机密内容"})
    await agent.post(f"{PATH}/notes", json={"text": "机密内容"})
    await agent.post(f"{PATH}/resolve", json={"outcome": "机密内容"})
    async with desk_database.read() as connection:
        rows = (await connection.execute(sa.select(audit).order_by(audit.c.id))).all()
    assert [row.action for row in rows] == ["sign_in", "take", "reply", "note", "resolve"]
    assert {row.staff for row in rows} == {"xiaowang"}
    assert {row.conversation for row in rows[1:]} == {str(KEY)}
    assert "机密内容" not in str(rows)


async def test_a_colleagues_conversation_cannot_be_resolved(
    agent: TestClient, scenes: Scenes
) -> None:
    await scenes.queued(KEY)
    await scenes.handoffs.take(KEY, agent=XIAOLI)
    answer = await agent.post(f"{PATH}/resolve", json={})
    assert answer.status == 409
    assert "小李" in (await answer.json())["error"]["message"]
