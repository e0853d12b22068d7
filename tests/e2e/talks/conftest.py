"""All conversation tests share the houses they play in, and one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tests.e2e.talks.stage import Person, Stage, staged

People = Callable[[str], Awaitable[Person]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder: real processes, in the loop that the houses live in."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(300))  # the first one waits for the house
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The house with the shop's own tables."""
    async with staged(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture
def person(stage: Stage) -> People:
    """`await person("c-lin")`: somebody like her whom no other test knows."""
    return stage.person
