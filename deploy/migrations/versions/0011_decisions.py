"""decisions

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('shop_operations', sa.Column('approved', sa.Boolean()))
    op.add_column(
        'shop_operations',
        sa.Column('decided_by', sa.String(length=64), nullable=False, server_default=''),
    )
    op.add_column(
        'shop_operations', sa.Column('decided_at', conversations.database.UtcTime(precision=53))
    )
    op.add_column(
        'shop_operations',
        sa.Column('decision_reason', sa.Text(), nullable=False, server_default=''),
    )


def downgrade() -> None:
    for name in ('decision_reason', 'decided_at', 'decided_by', 'approved'):
        op.drop_column('shop_operations', name)
