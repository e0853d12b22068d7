"""Alembic's environment: one history for the one database, over a connection that is handed in."""

from alembic import context

import conversations.schema
import desk.schema
import shop.schema

METADATA = [conversations.schema.metadata, shop.schema.metadata, desk.schema.metadata]

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run migrations with: python -m deploy.database upgrade (or: revision TEXT)")

context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
