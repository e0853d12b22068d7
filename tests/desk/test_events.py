"""The live stream: what happens, what was missed, when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from conversations.keys import ConversationKey
from tests.desk.fakes import LIN
from tests.desk.scenes import HandClock, Scenes

A = ConversationKey("web", "main", "shopper-a")
B = ConversationKey("web", "main", "shopper-b")


@dataclass
class Told:
    mark: str
    event: str
    row: dict


class Stream:
    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    async def block(self) -> list[str]:
        lines = []
        while True:
            raw = await asyncio.wait_for(self.response.content.readline(), 5)
            if not raw:
                raise EOFError
            line = raw.decode().rstrip("\n")
            if not line:
                return lines
            lines.append(line)

    async def told(self) -> Told:
        while True:
            fields = dict(line.split(": ", 1) for line in await self.block())
            if "data" in fields:
                return Told(fields["id"], fields["event"], json.loads(fields["data"]))

    async def until(self, state: str) -> Told:
        while True:
            told = await self.told()
            if told.row["state"] == state:
                return told


@asynccontextmanager
async def stream(client: TestClient, last: str = "") -> AsyncIterator[Stream]:
    headers = {"Last-Event-ID": last} if last else {}
    response = await client.get("/api/events", headers=headers)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/event-stream"
    opened = Stream(response)
    await opened.block()  # the retry line: the stream is open
    try:
        yield opened
    finally:
        response.close()


async def test_a_new_handoff_arrives_with_all_that_the_list_shows(
    agent: TestClient, scenes: Scenes
) -> None:
    async with stream(agent) as live:
        await scenes.queued(A, customer=LIN)
        told = await live.until("queued")
    assert told.event == "conversation"
    assert told.row["id"] == str(A)
    assert told.row["reason_text"] == "物流停滞，客户说要打 12315"
    assert told.row["customer"]["nickname"] == "林晓月"
    listed = await (await agent.get("/api/conversations")).json()
    assert told.row == listed["conversations"][0]


async def test_ones_own_steps_arrive_at_once(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(A)
    async with stream(agent) as live:
        await agent.post(f"/api/conversations/{A}/take", json={})
        told = await live.until("human")
        assert told.row["assignee"] == "xiaowang"


async def test_marks_never_decrease_and_resume_misses_nothing(
    agent: TestClient, scenes: Scenes
) -> None:
    async with stream(agent) as live:
        await scenes.with_bot(A)
        first = await live.told()
    await scenes.queued(A)
    await scenes.queued(B)
    async with stream(agent, last=first.mark) as live:
        marks, seen = [], set()
        while seen != {(str(A), "queued"), (str(B), "queued")}:
            told = await live.told()
            marks.append(float(told.mark))
            if told.row["state"] == "queued":
                seen.add((told.row["id"], "queued"))
    assert marks == sorted(marks)
    assert marks[0] >= float(first.mark)


@pytest.mark.parametrize("mark", ["", "abc", "nan", "inf", "1e300", "-1e18"])
async def test_a_foreign_mark_starts_with_the_present(
    agent: TestClient, scenes: Scenes, mark: str
) -> None:
    await scenes.with_bot(A)
    async with stream(agent, last=mark) as live:
        await scenes.queued(B)
        assert (await live.until("queued")).row["id"] == str(B)


async def test_a_silent_stream_shows_signs_of_life(agent: TestClient) -> None:
    async with stream(agent) as live:
        assert await live.block() == [": still here"]


async def test_a_stream_that_never_rests_ends_with_the_session_too(
    agent: TestClient, scenes: Scenes, clock: HandClock
) -> None:
    async def chatter() -> None:
        while True:
            await scenes.says(A, "在吗")
            await asyncio.sleep(0.02)

    async with stream(agent) as live:
        talking = asyncio.create_task(chatter())
        await live.told()
        clock.move(hours=13)
        with pytest.raises(EOFError):
            for _ in range(30):
                await live.told()
        talking.cancel()


async def test_the_stream_ends_with_the_session(agent: TestClient, clock: HandClock) -> None:
    async with stream(agent) as live:
        clock.move(hours=13)
        with pytest.raises(EOFError):
            while True:
                await live.block()


async def test_every_open_page_is_told(agent: TestClient, scenes: Scenes) -> None:
    async with stream(agent) as one, stream(agent) as two:
        await scenes.queued(A)
        assert (await one.until("queued")).row["id"] == str(A)
        assert (await two.until("queued")).row["id"] == str(A)
