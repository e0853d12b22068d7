"""One database for the whole house: SQLite (WAL) by default, PostgreSQL by `DATABASE_URL`."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from conversations.errors import ConfigurationError

DEFAULT_URL = "sqlite:///var/zhanggui.db"

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(timezone.utc)


class UtcTime(sa.types.TypeDecorator):
    """A moment, stored as seconds since the epoch in 64 bits, the same on every database."""

    impl = sa.Float(53)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> float | None:
        """A time with a zone; a naive one is a bug and raises."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.timestamp()

    def process_result_value(self, value: float | None, dialect: Any) -> datetime | None:
        """The time in UTC."""
        return None if value is None else datetime.fromtimestamp(value, timezone.utc)


class Database:
    """An engine with two ways in: `read()` and `write()`.

    `write()` is one transaction that holds the writer's lock from its start on SQLite
    (`BEGIN IMMEDIATE`), so that two writers queue up instead of failing half-way.
    """

    def __init__(self, *, engine: AsyncEngine) -> None:
        self.engine = engine
        self._dialect = engine.dialect.name
        # SQLite has one writer at a time and lets the others sleep and look again, up to 100 ms
        # each time. Writers of one process queue up here instead and go on at once.
        self._writer: AbstractAsyncContextManager[None] = (
            asyncio.Lock() if self._dialect == "sqlite" else nullcontext()
        )

    @classmethod
    def from_url(cls, url: str = DEFAULT_URL) -> Database:
        """The database of a `DATABASE_URL`. Its errors never tell values: they get logged.

        Args:
            url: `sqlite:///path/to/file.db` or `postgresql://user:password@host/name`; driver
                names may be given and are replaced by the asynchronous ones.

        Raises:
            ConfigurationError: the URL names another kind of database, or SQLite in memory.
        """
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ConfigurationError(
                    "DATABASE_URL: SQLite needs a file, e.g. sqlite:///var/zhanggui.db "
                    "(several processes share it)"
                )
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_async_engine(
                parsed.set(drivername="sqlite+aiosqlite"),
                connect_args={"timeout": 15},
                poolclass=AsyncAdaptedQueuePool,
                hide_parameters=True,
            )
            event.listen(engine.sync_engine, "connect", _configure_sqlite)
            # At DEBUG it writes down every value that goes to the database.
            logging.getLogger("aiosqlite").setLevel(logging.INFO)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
        elif backend in ("postgresql", "postgres"):
            engine = create_async_engine(
                parsed.set(drivername="postgresql+asyncpg"),
                pool_size=10,
                max_overflow=10,
                hide_parameters=True,
            )
        else:
            raise ConfigurationError(
                f"DATABASE_URL: {backend} is not supported; use sqlite:///… or postgresql://…"
            )
        return cls(engine=engine)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; nothing it does is kept."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end of the block, rolled back on an exception."""
        async with self._writer, self.engine.connect() as connection:
            await connection.execution_options(zhanggui_write=True)
            async with connection.begin():
                yield connection

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that knows `on_conflict_do_nothing` / `on_conflict_do_update`."""
        module = sqlite if self._dialect == "sqlite" else postgresql
        return module.insert(table)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _configure_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # an acknowledged message survives a power cut
        cursor.execute("PRAGMA foreign_keys=ON")
    except sqlite3.OperationalError as error:  # pragma: no cover - a read-only or foreign file
        raise ConfigurationError(f"DATABASE_URL: SQLite cannot use the file: {error}") from error
    finally:
        cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writing = connection.get_execution_options().get("zhanggui_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
