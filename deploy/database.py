"""The database's tables: `python -m deploy.database upgrade`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from conversations.database import DEFAULT_URL, Database

_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(database: Database) -> None:
    """Bring the tables to the newest revision; with nothing to do, nothing happens."""
    await _run(database, lambda config: command.upgrade(config, "head"))


async def revision(database: Database, message: str) -> None:
    """Write a new migration out of the difference between the tables and the schemas.

    Point `DATABASE_URL` at an upgraded PostgreSQL database: what SQLite renders (booleans as
    numbers) does not always run there, the other way round it does.
    """
    number = f"{len(list((_MIGRATIONS / 'versions').glob('*.py'))) + 1:04d}"
    await _run(
        database,
        lambda config: command.revision(config, message=message, autogenerate=True, rev_id=number),
    )


async def _run(database: Database, work: Callable[[Config], object]) -> None:
    def with_connection(connection: sa.engine.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        work(config)

    async with database.write() as connection:
        await connection.run_sync(with_connection)


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="bring DATABASE_URL to the newest revision")
    make = commands.add_parser("revision", help="write a migration after a change of a schema")
    make.add_argument("message", help="what changes, in a few words")
    arguments = parser.parse_args()
    database = Database.from_url(os.environ.get("DATABASE_URL") or DEFAULT_URL)
    try:
        if arguments.command == "upgrade":
            await upgrade(database)
        else:
            await revision(database, arguments.message)
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(_main())
