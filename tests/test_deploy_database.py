"""The migrations make the tables that the code describes, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import conversations.schema
import desk.schema
import shop.schema
from conversations.database import Database
from deploy.database import upgrade
from tests.conftest import fresh_postgres

METADATA = [conversations.schema.metadata, shop.schema.metadata, desk.schema.metadata]


def differences(connection: sa.engine.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return list(compare_metadata(context, METADATA))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_migrated_tables_are_those_of_the_code(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        await check(f"sqlite:///{tmp_path / 'new.db'}")
    else:
        with fresh_postgres(request.getfixturevalue("postgres_url")) as url:
            await check(url)


async def check(url: str) -> None:
    database = Database.from_url(url)
    try:
        await upgrade(database)
        await upgrade(database)  # nothing to do
        async with database.read() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await database.close()
