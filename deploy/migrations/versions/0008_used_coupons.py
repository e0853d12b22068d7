"""used coupons

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('shop_offers', sa.Column('used_at', conversations.database.UtcTime(precision=53), nullable=True))


def downgrade() -> None:
    op.drop_column('shop_offers', 'used_at')
