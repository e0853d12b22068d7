"""operations

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

HOLDING = sa.text("holds_line AND state NOT IN ('refused', 'withdrawn')")


def upgrade() -> None:
    op.create_table('shop_operations',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('customer_id', sa.String(length=64), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('line_id', sa.String(length=64), server_default='', nullable=False),
    sa.Column('idempotency_key', sa.String(length=400), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('refund', sa.Integer(), nullable=False),
    sa.Column('holds_line', sa.Boolean(), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('created_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('due', conversations.database.UtcTime(precision=53), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['shop_customers.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['shop_orders.id'], ),
    sa.PrimaryKeyConstraint('number'),
    sa.UniqueConstraint('customer_id', 'idempotency_key', name='uq_shop_operations_key')
    )
    op.create_index('ix_shop_operations_customer', 'shop_operations', ['customer_id', 'created_at'])
    op.create_index(op.f('ix_shop_operations_order_id'), 'shop_operations', ['order_id'])
    op.create_index('uq_shop_operations_held_line', 'shop_operations', ['line_id'], unique=True,
                    sqlite_where=HOLDING, postgresql_where=HOLDING)


def downgrade() -> None:
    op.drop_table('shop_operations')
