"""Documents in the database, beside those in files: YAML texts by name, shared by all machines.

Every change takes the next number of the whole table as its version, and a removed document
leaves its row behind without a text. So the highest version tells whether anything changed, and
of two writers, whatever they write, the second finds its number taken and judges anew. `LiveTable`
keeps all texts in memory: its readers never wait.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from conversations.database import Clock, Database, utc_now
from conversations.errors import ZhangguiError
from shop.errors import ShopUnavailable
from shop.schema import knowledge

LOOK_SECONDS = 0.2
"""With the half second of `bot.nlu.knowledge` behind it a change is live within one second."""

MOST_CHARACTERS = 200_000
_ANSWER_SECONDS = 5.0  # a database that hangs is asked anew
_START_SECONDS = 2.0
_TRIES = 5
_NAME = re.compile(r"\w[\w-]{0,59}\.yml")
_BY_CHARACTERS = 64

_log = structlog.get_logger(__name__)

Check = Callable[[Mapping[str, str]], object]
"""Raises `ConfigurationError`, with the place, when these texts by name cannot be used."""


class DocumentError(ZhangguiError):
    """A document cannot be written or removed; the text says why."""


class DocumentChanged(DocumentError):
    """Somebody else has changed the document since the writer saw it; `version` is the new one."""

    def __init__(self, message: str, *, version: int) -> None:
        super().__init__(message)
        self.version = version


class NoDocument(DocumentError):
    """There is no document of that name in the database."""


@dataclass(frozen=True)
class Document:
    """A document as it is in the database; `updated_at` in UTC."""

    name: str
    text: str
    version: int
    updated_at: datetime
    updated_by: str


class DocumentTable:
    """The table of documents, for those who change them.

    Args:
        database: holds the tables of `shop.schema`.
        check: judges all documents as they would be after a change.
        clock: the present moment, with a zone.
    """

    def __init__(self, *, database: Database, check: Check, clock: Clock = utc_now) -> None:
        self._database = database
        self._check = check
        self._clock = clock

    async def all(self) -> Sequence[Document]:
        """All documents, by name.

        Raises:
            ShopUnavailable: the database does not answer or lacks the table.
        """
        with _answering():
            return [row for row in await _rows(self._database) if row.text]

    async def stamp(self) -> int:
        """A number that grows with every change.

        Raises:
            ShopUnavailable: the database does not answer or lacks the table.
        """
        with _answering():
            return await _stamp(self._database)

    async def put(self, name: str, text: str, *, by: str, seen: int | None) -> Document:
        """Write a document, new or instead of the one of that name.

        Args:
            name: like a file's, e.g. `studio.yml`; a document with a file's name replaces it.
            text: YAML, as in a file.
            by: who changes it.
            seen: the version on which the change is based, 0 when there was no document; None:
                whatever is there now.

        Raises:
            DocumentError: the name, the text's length or `by` cannot be.
            DocumentChanged: the document is no longer the one seen, or others wrote all the time.
            ConfigurationError: the text cannot be used, alone or with all others; says where.
            ShopUnavailable: the database does not answer or lacks the table.
        """
        if not _NAME.fullmatch(name):
            raise DocumentError(f"{name!r} is no name; use letters, digits, - and _: studio.yml")
        if len(text) > MOST_CHARACTERS:
            raise DocumentError(f"{name} has {len(text)} characters, at most {MOST_CHARACTERS}")
        if not text.strip():
            raise DocumentError(f"{name} is empty; to take it away, remove it")
        return await self._change(name, text, by=by, seen=seen)

    async def remove(self, name: str, *, by: str, seen: int | None) -> None:
        """Take a document away; a file of that name counts again.

        Raises:
            NoDocument: there is none of that name.
            DocumentChanged, ConfigurationError, ShopUnavailable: see `put`.
        """
        await self._change(name, "", by=by, seen=seen)

    async def _change(self, name: str, text: str, *, by: str, seen: int | None) -> Document:
        by = by.strip()
        if not 0 < len(by) <= _BY_CHARACTERS or not by.isprintable():
            raise DocumentError(f"who changes {name}? 1 to {_BY_CHARACTERS} characters")
        for _ in range(_TRIES):
            with _answering():
                rows = {row.name: row for row in await _rows(self._database)}
            there = rows.get(name)
            living = there.version if there and there.text else 0
            if not text and not living:
                raise NoDocument(f"there is no document {name} in the database")
            if seen not in (None, living):
                raise DocumentChanged(
                    f"{name} is not the one you saw (version {seen}): {_told(there)}",
                    version=living,
                )
            texts = {row.name: row.text for row in rows.values()} | {name: text}
            await asyncio.to_thread(self._check, {one: said for one, said in texts.items() if said})
            document = Document(
                name=name,
                text=text,
                version=max((row.version for row in rows.values()), default=0) + 1,
                updated_at=self._clock(),
                updated_by=by,
            )
            if await self._written(document, instead_of=there):
                return document
        raise DocumentChanged(
            f"{name} was not written: others write all the time; try again", version=living
        )

    async def _written(self, document: Document, *, instead_of: Document | None) -> bool:
        """Whether it is; not when another change came first."""
        if instead_of is None:
            change = knowledge.insert()
        else:
            change = knowledge.update().where(
                knowledge.c.name == instead_of.name, knowledge.c.version == instead_of.version
            )
        try:
            with _answering():
                async with self._database.write() as connection:
                    done = await connection.execute(change.values(**vars(document)))
                    return bool(done.rowcount)
        except IntegrityError:  # the version or, for a new document, the name is taken
            return False


class Texts:
    """`shop.livefile.Documents` that are given and stay as they are."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def stamps(self) -> Mapping[str, object]:
        """See `Documents.stamps`."""
        return self._texts

    def text(self, name: str) -> str:
        """See `Documents.text`."""
        return self._texts[name]

    def place(self, name: str) -> str:
        """See `Documents.place`."""
        return f"database {name}"


class LiveTable:
    """`shop.livefile.Documents` that are those of the table, as last read: no call ever waits.

    A thread with an event loop of its own reads the table's stamp every `LOOK_SECONDS`, and the
    documents when it has changed. While the database does not answer, or has no such table, what
    is known stays; the log says so once.

    Args:
        database: for this object alone: its connections belong to the thread. Closed with it.
        seconds: between two looks.
    """

    def __init__(self, *, database: Database, seconds: float = LOOK_SECONDS) -> None:
        self._database = database
        self._seconds = seconds
        self._stamp = 0
        self._documents: Mapping[str, Document] = {}
        self._failed = False
        self._looked = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="documents", daemon=True)

    def start(self) -> None:
        """Begin to read; comes back after the first look, or after two seconds without one."""
        self._thread.start()
        self._looked.wait(_START_SECONDS)

    def close(self) -> None:
        """End the thread and give the connections back; waits for both."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def stamps(self) -> Mapping[str, object]:
        """See `Documents.stamps`."""
        return self._documents

    def text(self, name: str) -> str:
        """See `Documents.text`."""
        return self._documents[name].text

    def place(self, name: str) -> str:
        """See `Documents.place`."""
        return f"database {name}"

    def _run(self) -> None:
        asyncio.run(self._keep_current())

    async def _keep_current(self) -> None:
        try:
            while not self._closed.is_set():
                await self._look()
                self._looked.set()
                await asyncio.sleep(self._seconds)
        finally:
            await self._database.close()

    async def _look(self) -> None:
        try:
            await asyncio.wait_for(self._read(), _ANSWER_SECONDS)
        except Exception as error:  # a thread that ends would leave old answers for ever
            if not self._failed:
                cause = error.__cause__ or error
                _log.warning(
                    "documents.not_read",
                    cause=type(cause).__name__,
                    advice="what is known stays in use; if the table is missing: "
                    "python -m deploy.database upgrade",
                )
            self._failed = True
        else:
            if self._failed:
                _log.info("documents.read_again")
            self._failed = False

    async def _read(self) -> None:
        with _answering():
            stamp = await _stamp(self._database)
            if stamp != self._stamp:
                rows = await _rows(self._database)
                self._documents = {row.name: row for row in rows if row.text}
                self._stamp = stamp


async def _stamp(database: Database) -> int:
    query = sa.select(sa.func.coalesce(sa.func.max(knowledge.c.version), 0))
    async with database.read() as connection:
        return int((await connection.execute(query)).scalar_one())


async def _rows(database: Database) -> list[Document]:
    """All rows by name, removed documents with an empty text."""
    async with database.read() as connection:
        rows = await connection.execute(sa.select(knowledge).order_by(knowledge.c.name))
        return [Document(**row._mapping) for row in rows]


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise ShopUnavailable(
            f"the database's documents cannot be reached ({type(cause).__name__}); is the "
            "database up, and are its tables there (python -m deploy.database upgrade)?"
        ) from error


def _told(row: Document | None) -> str:
    if row is None:
        return "there is none"
    what = "changed" if row.text else "removed"
    return f"{what} by {row.updated_by}, version {row.version}"
