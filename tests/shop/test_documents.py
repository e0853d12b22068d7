"""Documents in the database: written by several, read by all, never half and never broken."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from conversations.database import Database
from conversations.errors import ConfigurationError
from shop.documents import (
    MOST_CHARACTERS,
    DocumentChanged,
    DocumentError,
    DocumentTable,
    LiveTable,
    NoDocument,
)
from shop.errors import ShopUnavailable
from shop.knowledge import FileContent, Knowledge, check_entries, entries_in
from shop.livefile import LiveDocuments
from tests.servers import free_port
from tests.shop.world import NOW

FEE = "entries:\n- {id: fee, topic: t, general: true, answer: 满 59 元包邮}\n"
DAYS = "entries:\n- {id: days, topic: t, keywords: [几天], answer: 两天}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge folder with one file of entries."""
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "fee.yml").write_text(FEE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def table(database: Database, folder: Path) -> DocumentTable:
    return DocumentTable(database=database, check=partial(check_entries, folder), clock=lambda: NOW)


@pytest.fixture
def live_table(database: Database, database_url: str) -> Iterator[LiveTable]:
    """A started reader of the table."""
    reader = LiveTable(database=Database.from_url(database_url))
    reader.start()
    yield reader
    reader.close()


@pytest.fixture
def live(folder: Path, live_table: LiveTable) -> LiveDocuments[FileContent, Knowledge]:
    known = entries_in(folder, table=live_table)
    known.current()
    return known


def answers(live: LiveDocuments[FileContent, Knowledge]) -> dict[str, str]:
    return {key: entry.answer[0] for key, entry in live.current().entries.items()}


async def eventually(holds: Callable[[], bool], *, seconds: float = 5) -> float:
    """How long it took until the reader's thread had made it true."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "never"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def forced(database: Database, name: str, text: str, version: int) -> None:
    """A document as nobody has checked it, e.g. one that was right before the files changed."""
    statement = sa.text(
        "INSERT INTO shop_knowledge (name, text, version, updated_at, updated_by)"
        " VALUES (:name, :text, :version, 0, 'x')"
    )
    async with database.write() as connection:
        await connection.execute(statement, {"name": name, "text": text, "version": version})


@pytest.mark.parametrize(
    ("name", "text", "by"),
    [
        ("days", DAYS, "小王"),
        ("../days.yml", DAYS, "小王"),
        (".yml", DAYS, "小王"),
        ("days.yml\n", DAYS, "小王"),
        ("d" * 61 + ".yml", DAYS, "小王"),
        ("days.yml", "", "小王"),
        ("days.yml", " \n", "小王"),
        ("days.yml", "# " + "x" * MOST_CHARACTERS, "小王"),
        ("days.yml", DAYS, ""),
        ("days.yml", DAYS, "\x00"),
        ("days.yml", DAYS, "王" * 65),
    ],
)
async def test_what_cannot_be_a_document_is_refused(
    table: DocumentTable, name: str, text: str, by: str
) -> None:
    with pytest.raises(DocumentError):
        await table.put(name, text, by=by, seen=None)
    assert await table.stamp() == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("entries: [", "database days.yml:2"),
        ("entries:\n- {id: a, topic: t}\n", "database days.yml:2: the key 'answer'"),
        ("# nothing\n", "database days.yml: the file is empty"),
        ("42", "database days.yml"),
        (DAYS + "\x00", "database days.yml"),
        (DAYS + "# \ud800\n", "database days.yml"),
        ("[" * 20_000, "database days.yml"),
        (FEE, r"fee\.yml:2: the id fee is used twice, first in days\.yml"),
        (
            "entries:\n- {id: a, topic: t, answer: x, choices: [{title: y, to: nowhere}]}\n",
            "database days.yml:2: a: there is no entry nowhere",
        ),
    ],
)
async def test_what_cannot_be_used_is_refused_with_its_place(
    table: DocumentTable, text: str, place: str
) -> None:
    with pytest.raises(ConfigurationError, match=place):
        await table.put("days.yml", text, by="小王", seen=None)
    assert await table.all() == []


async def test_a_document_comes_back_as_it_was_written(table: DocumentTable) -> None:
    written = await table.put("days.yml", DAYS, by=" 小王 ", seen=0)
    assert (written.name, written.text, written.updated_by) == ("days.yml", DAYS, "小王")
    assert written.updated_at == NOW
    assert await table.all() == [written]
    again = await table.put("days.yml", DAYS + "# 改\n", by="小李", seen=written.version)
    assert again.version > written.version
    assert await table.all() == [again]


async def test_every_change_is_seen_in_the_stamp(table: DocumentTable) -> None:
    stamps = [await table.stamp()]
    for change in (
        table.put("days.yml", DAYS, by="a", seen=None),
        table.put("more.yml", DAYS.replace("days", "more"), by="a", seen=None),
        table.remove("more.yml", by="a", seen=None),
        table.put("more.yml", DAYS.replace("days", "more"), by="a", seen=0),
        table.remove("days.yml", by="a", seen=None),
    ):
        await change
        stamps.append(await table.stamp())
    assert stamps == sorted(set(stamps))


async def test_a_change_of_what_was_not_seen_is_refused(table: DocumentTable) -> None:
    first = await table.put("days.yml", DAYS, by="小王", seen=0)
    with pytest.raises(DocumentChanged, match="changed by 小王") as caught:
        await table.put("days.yml", DAYS, by="小李", seen=0)
    assert caught.value.version == first.version
    with pytest.raises(DocumentChanged):
        await table.remove("days.yml", by="小李", seen=first.version + 1)
    await table.remove("days.yml", by="小王", seen=first.version)
    with pytest.raises(DocumentChanged, match="removed by 小王"):
        await table.put("days.yml", DAYS, by="小李", seen=first.version)
    with pytest.raises(NoDocument):
        await table.remove("days.yml", by="小李", seen=None)
    with pytest.raises(NoDocument):
        await table.remove("never.yml", by="小李", seen=None)


async def test_of_two_writers_that_saw_the_same_one_wins(table: DocumentTable) -> None:
    first = await table.put("days.yml", DAYS, by="a", seen=0)
    done = await asyncio.gather(
        *(
            table.put("days.yml", DAYS.replace("两", one), by=one, seen=first.version)
            for one in "一三四五"
        ),
        return_exceptions=True,
    )
    (won,) = (one for one in done if not isinstance(one, BaseException))
    assert all(isinstance(one, DocumentChanged) for one in done if one is not won)
    assert await table.all() == [won]


async def test_new_documents_of_several_writers_are_all_kept(table: DocumentTable) -> None:
    names = ["a", "b", "c"]
    await asyncio.gather(
        *(table.put(f"{n}.yml", DAYS.replace("days", n), by=n, seen=0) for n in names)
    )
    written = await table.all()
    assert [document.name for document in written] == ["a.yml", "b.yml", "c.yml"]
    assert len({document.version for document in written}) == 3


async def test_two_writers_cannot_together_write_what_contradicts_itself(
    table: DocumentTable,
) -> None:
    done = await asyncio.gather(
        table.put("a.yml", DAYS, by="a", seen=0),
        table.put("b.yml", DAYS, by="b", seen=0),
        return_exceptions=True,
    )
    assert sum(isinstance(one, ConfigurationError) for one in done) == 1
    assert len(await table.all()) == 1


async def test_what_others_need_is_not_removed(table: DocumentTable) -> None:
    leading = "entries:\n- {id: a, topic: t, answer: x, choices: [{title: y, to: days}]}\n"
    await table.put("days.yml", DAYS, by="a", seen=0)
    await table.put("a.yml", leading, by="a", seen=0)
    with pytest.raises(ConfigurationError, match=r"a\.yml:2: a: there is no entry days"):
        await table.remove("days.yml", by="a", seen=None)
    assert len(await table.all()) == 2


async def test_a_database_that_is_not_there_is_said_plainly(
    database: Database, table: DocumentTable
) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("ALTER TABLE shop_knowledge RENAME TO gone"))
    with pytest.raises(ShopUnavailable, match=r"deploy\.database upgrade"):
        await table.put("days.yml", DAYS, by="a", seen=None)
    async with database.write() as connection:
        await connection.execute(sa.text("ALTER TABLE gone RENAME TO shop_knowledge"))


async def test_a_document_is_known_within_a_second_and_replaces_its_file(
    table: DocumentTable, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    assert answers(live) == {"fee": "满 59 元包邮"}
    await table.put("days.yml", DAYS, by="a", seen=0)
    assert await eventually(lambda: "days" in answers(live)) <= 1
    await table.put("fee.yml", FEE.replace("59", "99"), by="a", seen=0)
    assert await eventually(lambda: answers(live)["fee"] == "满 99 元包邮") <= 1
    await table.remove("fee.yml", by="a", seen=None)
    assert await eventually(lambda: answers(live)["fee"] == "满 59 元包邮") <= 1
    await table.remove("days.yml", by="a", seen=None)
    assert await eventually(lambda: set(answers(live)) == {"fee"}) <= 1


async def test_nothing_changed_gives_the_same_object(
    table: DocumentTable, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    await table.put("days.yml", DAYS, by="a", seen=0)
    await eventually(lambda: "days" in answers(live))
    known = live.current()
    await asyncio.sleep(0.5)
    assert live.current() is known


async def test_what_is_there_at_the_start_is_known_at_once(
    database: Database, database_url: str, table: DocumentTable, folder: Path
) -> None:
    await table.put("days.yml", DAYS, by="a", seen=0)
    reader = LiveTable(database=Database.from_url(database_url))
    reader.start()
    try:
        assert set(answers(entries_in(folder, table=reader))) == {"fee", "days"}
    finally:
        reader.close()


async def test_a_broken_document_keeps_what_was_there_and_lets_the_others_go_on(
    database: Database, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    with capture_logs() as logs:
        await forced(database, "fee.yml", "entries: [", 1)
        await forced(database, "more.yml", FEE, 2)
        await forced(database, "days.yml", DAYS, 3)
        await eventually(lambda: "days" in answers(live))
    assert answers(live) == {"fee": "满 59 元包邮", "days": "两天"}
    told = {line["error"] for line in logs if line["event"] == "knowledge.kept_old"}
    assert any(error.startswith("database fee.yml:2: ") for error in told)
    assert any("database more.yml:2: the id fee is used twice" in error for error in told)


async def test_while_the_table_cannot_be_read_what_is_known_stays(
    database: Database, table: DocumentTable, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    await table.put("days.yml", DAYS, by="a", seen=0)
    await eventually(lambda: "days" in answers(live))
    with capture_logs() as logs:
        async with database.write() as connection:
            await connection.execute(sa.text("ALTER TABLE shop_knowledge RENAME TO gone"))
        await eventually(lambda: bool(logs))
        await asyncio.sleep(0.6)
        assert [line["event"] for line in logs] == ["documents.not_read"]
        assert set(answers(live)) == {"fee", "days"}
        async with database.write() as connection:
            await connection.execute(sa.text("ALTER TABLE gone RENAME TO shop_knowledge"))
        await eventually(lambda: len(logs) == 2)
    assert logs[1]["event"] == "documents.read_again"
    await table.remove("days.yml", by="a", seen=None)
    assert await eventually(lambda: set(answers(live)) == {"fee"}) <= 1


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The URL of a database that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://x@127.0.0.1:{server.getsockname()[1]}/x"


@pytest.mark.parametrize("missing", ["server", "table"])
def test_without_a_database_there_are_the_files(folder: Path, tmp_path: Path, missing: str) -> None:
    urls: Mapping[str, str] = {
        "server": f"postgresql://x@127.0.0.1:{free_port()}/x",
        "table": f"sqlite:///{tmp_path}/empty.db",
    }
    reader = LiveTable(database=Database.from_url(urls[missing]))
    with capture_logs() as logs:
        reader.start()
        try:
            assert set(answers(entries_in(folder, table=reader))) == {"fee"}
            time.sleep(0.5)
        finally:
            reader.close()
    assert [line["event"] for line in logs] == ["documents.not_read"]


async def test_a_database_that_hangs_holds_nobody_up_for_long(
    silent_server: str, folder: Path
) -> None:
    reader = LiveTable(database=Database.from_url(silent_server))
    began = time.monotonic()
    await asyncio.to_thread(reader.start)
    assert set(answers(entries_in(folder, table=reader))) == {"fee"}
    assert time.monotonic() - began < 4
    await asyncio.to_thread(reader.close)
    assert time.monotonic() - began < 10
