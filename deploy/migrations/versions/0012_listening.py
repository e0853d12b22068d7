"""listening

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = conversations.database.UtcTime(precision=53)
    op.add_column('shop_orders', sa.Column('copied_at', moment))
    op.add_column('shop_parcels', sa.Column('told_at', moment))
    op.add_column('shop_parcels', sa.Column('subscribed_at', moment))
    op.add_column(
        'shop_parcels',
        sa.Column('subscription_tries', sa.Integer(), nullable=False, server_default='0'),
    )
    op.add_column('shop_parcels', sa.Column('subscription_due', moment))
    op.create_index(
        'ix_shop_parcels_unsubscribed',
        'shop_parcels',
        ['signed_at', 'shipped_at'],
        sqlite_where=sa.text('subscribed_at IS NULL AND signed_at IS NULL'),
        postgresql_where=sa.text('subscribed_at IS NULL AND signed_at IS NULL'),
    )
    op.create_table('shop_tracked',
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('com', sa.String(length=64), nullable=False),
    sa.Column('trace', sa.JSON(), nullable=False),
    sa.Column('as_of', moment, nullable=False),
    sa.Column('until', moment, nullable=False),
    sa.PrimaryKeyConstraint('number')
    )
    op.create_index(op.f('ix_shop_tracked_as_of'), 'shop_tracked', ['as_of'])


def downgrade() -> None:
    op.drop_table('shop_tracked')
    op.drop_index('ix_shop_parcels_unsubscribed', 'shop_parcels')
    for column in ('subscription_due', 'subscription_tries', 'subscribed_at', 'told_at'):
        op.drop_column('shop_parcels', column)
    op.drop_column('shop_orders', 'copied_at')
