"""operations by kind

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_shop_operations_kind', 'shop_operations', ['kind', 'created_at'])


def downgrade() -> None:
    op.drop_index('ix_shop_operations_kind', table_name='shop_operations')
