"""prices

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('shop_offers',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('off', sa.Integer(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('threshold', sa.Integer(), nullable=False),
    sa.Column('each', sa.Boolean(), nullable=False),
    sa.Column('products', sa.JSON(), nullable=False),
    sa.Column('categories', sa.JSON(), nullable=False),
    sa.Column('tiers', sa.JSON(), nullable=False),
    sa.Column('customer_id', sa.String(length=64), nullable=False),
    sa.Column('since', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('until', conversations.database.UtcTime(precision=53), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.add_column('shop_products', sa.Column('point', sa.Text(), server_default='', nullable=False))
    op.add_column('shop_products', sa.Column('tags', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('shop_products', sa.Column('claims', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('shop_skus', sa.Column('floor', sa.Integer(), server_default='0', nullable=False))
    # The charts have a new form; the demo shop is written anew, another shop brings its own.
    op.execute("UPDATE shop_products SET size_chart = '[]'")


def downgrade() -> None:
    op.drop_column('shop_skus', 'floor')
    op.drop_column('shop_products', 'claims')
    op.drop_column('shop_products', 'tags')
    op.drop_column('shop_products', 'point')
    op.drop_table('shop_offers')
