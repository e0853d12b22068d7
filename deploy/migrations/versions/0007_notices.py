"""notices

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('shop_notices',
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('id', sa.String(length=160), nullable=False),
    sa.Column('at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.PrimaryKeyConstraint('source', 'id')
    )
    op.create_index(op.f('ix_shop_notices_at'), 'shop_notices', ['at'])


def downgrade() -> None:
    op.drop_table('shop_notices')
