"""Reading: the list, one conversation, its messages and its handoff."""

from __future__ import annotations

from urllib.parse import quote

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient
from yarl import URL

from conversations.database import Database
from conversations.keys import ConversationKey
from conversations.messages import Choice, Content, HandoffRequest, Kind
from tests.desk.fakes import LIN, FakeShop
from tests.desk.scenes import XIAOLI, XIAOWANG, Scenes

A = ConversationKey("web", "main", "shopper-a")
B = ConversationKey("wechat", "shop1", "o6_bmjrPTlm6")
C = ConversationKey("taobao", "flagship", "shopper-c")
D = ConversationKey("web", "main", "shopper-d")


def ids(answer: dict) -> list[str]:
    return [row["id"] for row in answer["conversations"]]


async def read(client: TestClient, path: str) -> dict:
    answer = await client.get(path)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_the_list_filters_by_state_and_by_whose_it_is(
    agent: TestClient, scenes: Scenes
) -> None:
    await scenes.queued(A)
    await scenes.queued(B)
    await scenes.handoffs.take(B, agent=XIAOWANG)
    await scenes.queued(C)
    await scenes.handoffs.take(C, agent=XIAOLI)
    await scenes.with_bot(D)

    assert ids(await read(agent, "/api/conversations?state=queued")) == [str(A)]
    assert ids(await read(agent, "/api/conversations?state=human")) == [str(B), str(C)]
    assert ids(await read(agent, "/api/conversations?state=bot")) == [str(D)]
    assert ids(await read(agent, "/api/conversations?mine=1")) == [str(B)]
    assert set(ids(await read(agent, "/api/conversations"))) == {str(A), str(B), str(C), str(D)}
    both = await read(agent, "/api/conversations?state=queued&state=bot")
    assert set(ids(both)) == {str(A), str(D)}
    assert both["counts"] == {
        "queued": 1,
        "mine": 1,
        "mine_waiting": 1,
        "human": 2,
        "left_message": 0,
        "bot": 1,
    }


async def test_a_row_says_who_waits_why_and_how_long(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(A, customer=LIN)
    row = (await read(agent, "/api/conversations?state=queued"))["conversations"][0]
    assert row["customer"] == {"id": LIN, "nickname": "林晓月", "tier": "vip"}
    assert row["channel"] == "web"
    assert row["reason"] == "complaint"
    assert row["reason_text"] == "物流停滞，客户说要打 12315"
    assert row["priority"] == 2
    assert row["waiting_since"] is not None
    assert row["queued_at"] is not None
    assert row["version"] == 2


async def test_the_queue_is_sorted_by_priority_then_by_time(
    agent: TestClient, scenes: Scenes
) -> None:
    calm = HandoffRequest(reason="asked", reason_text="要人工", summary=())
    await scenes.queued(A, handoff=calm)
    await scenes.queued(B, handoff=calm)
    await scenes.queued(C)
    listed = await read(agent, "/api/conversations?state=queued")
    assert ids(listed) == [str(C), str(A), str(B)]


async def test_among_mine_the_longest_wait_comes_first(agent: TestClient, scenes: Scenes) -> None:
    for key in (A, B, C):
        await scenes.queued(key)
        await scenes.handoffs.take(key, agent=XIAOWANG)
        await scenes.handoffs.reply(
            key, agent=XIAOWANG, content=Content(text="您好"), client_id="1"
        )
    await scenes.says(B, "在吗")
    await scenes.says(A, "人呢")
    assert ids(await read(agent, "/api/conversations?mine=1")) == [str(B), str(A), str(C)]


async def test_an_unknown_state_is_422_and_names_the_known_ones(agent: TestClient) -> None:
    answer = await agent.get("/api/conversations?state=open")
    assert answer.status == 422
    assert "queued" in (await answer.json())["error"]["message"]


@pytest.mark.parametrize("query", ["limit=-1", "limit=abc", "limit=501", "mine=2", "limit=١"])
async def test_a_malformed_query_is_422(agent: TestClient, query: str) -> None:
    assert (await agent.get(f"/api/conversations?{query}")).status == 422


async def test_a_list_costs_two_queries_however_long_it_is(
    agent: TestClient, scenes: Scenes, desk_database: Database
) -> None:
    for number in range(12):
        await scenes.queued(ConversationKey("web", "main", f"s{number}"), customer=LIN)
    await agent.get("/api/conversations?state=queued")
    statements: list[str] = []

    def note(_c: object, _cu: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    sa.event.listen(desk_database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await agent.get("/api/conversations?state=queued")
    finally:
        sa.event.remove(desk_database.engine.sync_engine, "before_cursor_execute", note)
    ours = [s for s in statements if "desk_sessions" not in s and "updated_at >" not in s[-200:]]
    assert len(ours) <= 2


async def test_the_shop_is_asked_once_for_a_name(
    agent: TestClient, scenes: Scenes, shop: FakeShop
) -> None:
    for number in range(5):
        await scenes.queued(ConversationKey("web", "main", f"s{number}"), customer=LIN)
    for _ in range(3):
        await agent.get("/api/conversations")
    assert shop.asked.count("customer") == 1


async def test_without_the_shop_the_list_has_no_names_but_works(
    agent: TestClient, scenes: Scenes, shop: FakeShop
) -> None:
    shop.away = True
    await scenes.queued(A, customer=LIN)
    row = (await read(agent, "/api/conversations"))["conversations"][0]
    assert row["customer"] is None


async def test_a_conversation_with_its_messages_notes_and_handoff(
    agent: TestClient, scenes: Scenes
) -> None:
    await scenes.says(A, "我的衬衫呢")
    question = Content(
        text="是哪一件？",
        kind=Kind.CHOICES,
        choices=(Choice(title="黑色 L", payload='/pick{"n":1}'),),
    )
    await scenes.answered(A, question)
    await scenes.queued(A, "转人工！")
    await scenes.handoffs.note(A, agent=XIAOLI, text="老客户，先别催", client_id="n1")

    found = await read(agent, f"/api/conversations/{quote(str(A), safe='')}")
    assert found["state"] == "queued"
    assert found["version"] == 2
    assert found["assignee"] == ""
    voices = [(m["seq"], m["from"]) for m in found["messages"]]
    assert voices == [
        (1, "shopper"),
        (2, "bot"),
        (3, "shopper"),
        (4, "bot"),
        (5, "system"),
        (6, "note"),
    ]
    assert found["messages"][1]["choices"] == [{"id": "2.1", "title": "黑色 L"}]
    assert "payload" not in str(found["messages"])
    assert found["messages"][5]["author"] == "小李"
    handoff = found["handoff"]
    assert handoff["status"] == "queued"
    assert handoff["reason"] == "complaint"
    assert len(handoff["summary"]) == 3
    assert handoff["package"]["risks"] == ["提到 12315", "48 小时内第 3 次来问"]
    assert handoff["briefing"]["mood_trend"] == "falling"
    assert handoff["requested_at"]
    assert handoff["taken_at"] is None


async def test_long_conversations_are_read_in_parts(agent: TestClient, scenes: Scenes) -> None:
    for number in range(5):
        await scenes.says(A, f"第 {number} 句")
        await scenes.answered(A, Content(text="好的"))
    path = f"/api/conversations/{A}"

    async def seqs(query: str) -> list[int]:
        return [m["seq"] for m in (await read(agent, f"{path}?{query}"))["messages"]]

    assert await seqs("limit=3") == [8, 9, 10]
    assert await seqs("before=8&limit=3") == [5, 6, 7]
    assert await seqs("before=3&limit=3") == [1, 2]
    assert await seqs("before=1&limit=3") == []
    assert await seqs("after=8") == [9, 10]
    assert await seqs("after=10") == []


async def test_a_message_tells_how_the_platform_took_it(agent: TestClient, scenes: Scenes) -> None:
    await scenes.with_bot(B)
    await scenes.with_bot(A)
    pushed = (await read(agent, f"/api/conversations/{B}"))["messages"]
    assert [m["delivery"] for m in pushed] == [None, {"status": "pending", "error": ""}]
    fetched = (await read(agent, f"/api/conversations/{A}"))["messages"]
    assert [m["delivery"] for m in fetched] == [None, None]


async def test_earlier_handoffs_are_listed_newest_first(agent: TestClient, scenes: Scenes) -> None:
    for outcome in ("补发了", "退款了"):
        await scenes.queued(A)
        await scenes.handoffs.take(A, agent=XIAOLI)
        await scenes.handoffs.resolve(A, agent=XIAOLI, outcome=outcome)
    await scenes.queued(A)
    found = await read(agent, f"/api/conversations/{A}")
    assert [p["outcome"] for p in found["past_handoffs"]] == ["退款了", "补发了"]
    assert found["past_handoffs"][0]["assignee_name"] == "小李"
    assert found["handoff"]["status"] == "queued"


@pytest.mark.parametrize("user", ["a/b", "a:b/c?d#e", "100%25", "..", "%2e%2e%2f", "a+b"])
async def test_ids_with_special_characters_work_percent_encoded(
    agent: TestClient, scenes: Scenes, user: str
) -> None:
    key = await scenes.with_bot(ConversationKey("web", "main", user))
    path = f"/api/conversations/{quote(str(key), safe='')}"
    answer = await agent.get(URL(path, encoded=True))
    assert answer.status == 200, await answer.text()
    assert (await answer.json())["id"] == str(key)


@pytest.mark.parametrize("id", ["web:main:nobody", "nonsense", "WEB:main:x", "a:b", "%00:b:c"])
async def test_an_unknown_conversation_is_404(agent: TestClient, id: str) -> None:
    for path in ("", "/customer"):
        answer = await agent.get(f"/api/conversations/{id}{path}")
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "no_conversation"
