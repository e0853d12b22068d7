"""Each journey leaves its transcript."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.talks.stage import Person, Stage, transcript

Travellers = Callable[[str, str], Awaitable[Person]]


@pytest_asyncio.fixture(loop_scope="session")
async def travels(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Travellers]:
    """`await travels("c-lin", "title")`: her journey, written down at the end of the test.

    The file goes into the folder of `--journeys` and has the test's name.
    """
    begun: list[tuple[str, Person]] = []

    async def begin(star: str, title: str) -> Person:
        person = await stage.person(star)
        begun.append((title, person))
        return person

    yield begin
    name = request.node.name.removeprefix("test_").replace("_", "-")
    pages = [transcript(title, person, await person.new()) for title, person in begun]
    _write(request.config.getoption("--journeys") / f"{name}.md", "\n".join(pages))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
