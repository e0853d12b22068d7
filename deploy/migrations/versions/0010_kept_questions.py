"""kept questions

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('inbox', sa.Column('kept_until', conversations.database.UtcTime(precision=53)))
    op.add_column('inbox', sa.Column('kept', sa.Integer(), nullable=False, server_default='0'))


def downgrade() -> None:
    op.drop_column('inbox', 'kept')
    op.drop_column('inbox', 'kept_until')
