"""The house over the demo shop, and shoppers to talk with."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from actions.base import House, Services
from actions.handoff_rules import HandoffRules
from actions.phrases import Phrases
from actions.skills import build_house, handoff_rules_in, phrases_in
from conversations.database import Database
from conversations.keys import ConversationKey
from shop import schema
from shop.demo import load_demo
from shop.knowledge import FileContent, Knowledge, entries_in
from shop.livefile import LiveDocuments, LiveFile
from shop.policies import PolicyFile
from shop.sql import sql_shop
from tests.actions.talk import ROOT, Talk

KNOWLEDGE = ROOT / "data" / "knowledge"
# A Wednesday, half past three in China.
NOW = datetime(2026, 11, 18, 15, 30, tzinfo=timezone(timedelta(hours=8)))

PICTURE_SECRET = "drawn-by-us" * 3

Talks = Callable[[str], Talk]


@dataclass(frozen=True)
class KnownShoppers:
    """`web:demo:<customer id>` is that customer; everybody else is unknown."""

    async def customer_of(self, key: ConversationKey) -> str | None:
        return key.user if key.user.startswith("c-") else None


@dataclass(frozen=True)
class Written:
    """What shoppers wrote, by the number of the message."""

    texts: dict[int, str] = field(default_factory=dict)

    async def words(self, key: ConversationKey, seqs: Sequence[int]) -> Sequence[str]:
        return [self.texts[seq] for seq in sorted(seqs) if seq in self.texts]


@dataclass(frozen=True)
class OnPictures:
    """What stands on shoppers' pictures, by the number of the message; `read` were looked at."""

    texts: dict[int, str] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)

    async def lines(self, key: ConversationKey, seq: int) -> Sequence[str]:
        self.read.append(seq)
        return self.texts.get(seq, "").split("\n")


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def on_pictures() -> OnPictures:
    return OnPictures()


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo shop around NOW."""
    path = tmp_path_factory.mktemp("demo") / "shop.db"

    async def load() -> None:
        database = Database.from_url(f"sqlite:///{path}")
        try:
            async with database.write() as connection:
                await connection.run_sync(schema.metadata.create_all)
            await load_demo(database, data_dir=ROOT / "data" / "shop", clock=lambda: NOW)
        finally:
            await database.close()

    asyncio.run(load())
    return path


@dataclass(frozen=True)
class Taught:
    """What trainers have written; read once, it is the same for all tests."""

    phrases: LiveFile[Phrases]
    knowledge: LiveDocuments[FileContent, Knowledge]
    handoff_rules: LiveFile[HandoffRules]
    policies: PolicyFile


@pytest.fixture(scope="session")
def taught() -> Taught:
    return Taught(
        phrases_in(KNOWLEDGE),
        entries_in(KNOWLEDGE),
        handoff_rules_in(KNOWLEDGE),
        PolicyFile(path=KNOWLEDGE / "policies.yml"),
    )


@pytest.fixture
async def shop_tables(demo_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """The database behind the gateway, for what happens in the shop meanwhile."""
    path = tmp_path / "shop.db"
    shutil.copy(demo_file, path)
    database = Database.from_url(f"sqlite:///{path}")
    yield database
    await database.close()


@pytest.fixture
def services(
    shop_tables: Database, taught: Taught, written: Written, on_pictures: OnPictures
) -> Services:
    """The real gateway over a copy of the demo shop, the real knowledge, a clock that stands."""
    numbers = itertools.count(1)
    return Services(
        shop=sql_shop(shop_tables, policies=taught.policies, clock=lambda: NOW),
        identities=KnownShoppers(),
        originals=written,
        phrases=taught.phrases,
        knowledge=taught.knowledge,
        handoff_rules=taught.handoff_rules,
        clock=lambda: NOW,
        new_id=lambda: f"flow-{next(numbers)}",
        picture_secret=PICTURE_SECRET,
        sight=on_pictures,
    )


@pytest.fixture
def house(services: Services) -> House:
    return build_house(services)


@pytest.fixture
def talk_as(house: House) -> Talks:
    """A new talk with that customer of the demo shop (`stranger`: nobody has vouched for them)."""
    return lambda customer: Talk(house, f"web:demo:{customer}")
