"""The ledger's tables. Every write that a message causes happens in one transaction over these."""

from __future__ import annotations

import sqlalchemy as sa

from conversations.database import UtcTime

metadata = sa.MetaData()

_KEY = sa.String(255)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("assignee", sa.String(64), nullable=False, server_default=""),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("last_sender", sa.String(16), nullable=False, server_default=""),
    sa.Column("last_text", sa.Text, nullable=False, server_default=""),
    sa.Column("waiting_since", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False, index=True),
    sa.Column("lease_owner", sa.String(64), nullable=False, server_default=""),
    sa.Column("lease_until", UtcTime),
    sa.Index("ix_conversations_state", "state", "updated_at"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("conversation", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("platform_message_id", sa.String(255)),
    sa.Column("sender", sa.String(16), nullable=False),
    sa.Column("author", sa.String(64), nullable=False, server_default=""),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.UniqueConstraint("conversation", "seq"),
    sa.UniqueConstraint("channel", "account", "platform_message_id"),
)

# Pictures that shoppers sent over a channel of ours, ready to be shown (no EXIF, reduced).
pictures = sa.Table(
    "shopper_pictures",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("conversation", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("content_type", sa.String(32), nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("ix_shopper_pictures_conversation", "conversation", "at"),
)

# The queue towards the bot: one row for each shopper message not yet answered for.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("conversation", _KEY, sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("choice_id", sa.String(64), nullable=False, server_default=""),
    sa.Column("trigger", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("received_at", UtcTime, nullable=False),
    # A question that no system could answer is kept here and asked again then; `kept` counts.
    sa.Column("kept_until", UtcTime),
    sa.Column("kept", sa.Integer, nullable=False, server_default="0"),
)

# The queue towards the platforms.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("conversation", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),  # pending sent parked failed
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", UtcTime, nullable=False),
    sa.Column("lease_owner", sa.String(64), nullable=False, server_default=""),
    sa.Column("lease_until", UtcTime),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("conversation", "seq"),
    sa.Index("ix_outbox_due", "status", "next_at"),
)

handoffs = sa.Table(
    "handoffs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("conversation", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("tool", sa.String(32), nullable=False),  # the inbox tool it went to: desk, chatwoot
    sa.Column("status", sa.String(16), nullable=False),  # queued active left resolved cancelled
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("reason_text", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("package", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
    sa.Column("assignee", sa.String(64), nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("requested_at", UtcTime, nullable=False),
    sa.Column("taken_at", UtcTime),
    sa.Column("first_reply_at", UtcTime),
    sa.Column("closed_at", UtcTime),
    sa.Index("ix_handoffs_conversation", "conversation", "requested_at"),
    sa.Index("ix_handoffs_queue", "status", "priority", "requested_at"),
)

identities = sa.Table(
    "customer_identities",
    metadata,
    sa.Column("conversation", _KEY, primary_key=True),
    sa.Column("customer_id", sa.String(64), nullable=False, index=True),
    sa.Column("linked_at", UtcTime, nullable=False),
)

# Rasa's memory of a conversation, written in the same transaction as the answer it led to.
tracker_events = sa.Table(
    "tracker_events",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("conversation", _KEY, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("timestamp", sa.Float(53), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("ix_tracker_events_conversation", "conversation", "id"),
)

# What the bot could not answer well, for those who teach it. Texts are masked.
unknown_questions = sa.Table(
    "unknown_questions",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("conversation", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),  # the last message that the turn answered
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float(53), nullable=False),
    sa.Column("ranking", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False, index=True),
    sa.Index("ix_unknown_questions_reason", "reason", "created_at"),
)
