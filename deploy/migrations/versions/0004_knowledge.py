"""knowledge

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('shop_knowledge',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('updated_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('name'),
    sa.UniqueConstraint('version')
    )


def downgrade() -> None:
    op.drop_table('shop_knowledge')
