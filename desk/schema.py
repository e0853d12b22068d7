"""The desk's own tables: who works here, who is signed in, who did what."""

from __future__ import annotations

import sqlalchemy as sa

from conversations.database import UtcTime

metadata = sa.MetaData()

_STAFF_ID = sa.String(64)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

staff = sa.Table(
    "desk_staff",
    metadata,
    sa.Column("id", _STAFF_ID, primary_key=True),  # the sign-in name
    sa.Column("name", sa.String(64), nullable=False),  # what shoppers and colleagues see
    sa.Column("role", sa.String(16), nullable=False),  # agent trainer supervisor admin
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("seniority", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", UtcTime, nullable=False),
)

sessions = sa.Table(
    "desk_sessions",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column(
        "staff", _STAFF_ID, sa.ForeignKey("desk_staff.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False, index=True),
    sa.Column("last_seen_at", UtcTime, nullable=False),
    sa.Index("ix_desk_sessions_staff", "staff"),
)

# No foreign key: what somebody did stays on record after the account is gone.
audit = sa.Table(
    "desk_audit",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
    sa.Column("staff", _STAFF_ID, nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False, server_default=""),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Column("address", sa.String(64), nullable=False, server_default=""),
    sa.Index("ix_desk_audit_conversation", "conversation", "at"),
)
