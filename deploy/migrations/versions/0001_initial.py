"""initial

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('conversations',
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('assignee', sa.String(length=64), server_default='', nullable=False),
    sa.Column('last_seq', sa.Integer(), nullable=False),
    sa.Column('last_sender', sa.String(length=16), server_default='', nullable=False),
    sa.Column('last_text', sa.Text(), server_default='', nullable=False),
    sa.Column('waiting_since', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('created_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('updated_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('lease_owner', sa.String(length=64), server_default='', nullable=False),
    sa.Column('lease_until', conversations.database.UtcTime(precision=53), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_conversations_state', 'conversations', ['state', 'updated_at'], unique=False)
    op.create_index(op.f('ix_conversations_updated_at'), 'conversations', ['updated_at'], unique=False)
    op.create_table('customer_identities',
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('customer_id', sa.String(length=64), nullable=False),
    sa.Column('linked_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.PrimaryKeyConstraint('conversation')
    )
    op.create_index(op.f('ix_customer_identities_customer_id'), 'customer_identities', ['customer_id'], unique=False)
    op.create_table('tracker_events',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('type', sa.String(length=64), nullable=False),
    sa.Column('timestamp', sa.Float(precision=53), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_tracker_events_conversation', 'tracker_events', ['conversation', 'id'], unique=False)
    op.create_table('handoffs',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('tool', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('reason_text', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('package', sa.Text(), nullable=False),
    sa.Column('priority', sa.Integer(), server_default='0', nullable=False),
    sa.Column('assignee', sa.String(length=64), server_default='', nullable=False),
    sa.Column('outcome', sa.Text(), server_default='', nullable=False),
    sa.Column('requested_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('taken_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('first_reply_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('closed_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_handoffs_conversation', 'handoffs', ['conversation', 'requested_at'], unique=False)
    op.create_index('ix_handoffs_queue', 'handoffs', ['status', 'priority', 'requested_at'], unique=False)
    op.create_table('inbox',
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('choice_id', sa.String(length=64), server_default='', nullable=False),
    sa.Column('trigger', sa.Text(), server_default='', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('received_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], ),
    sa.PrimaryKeyConstraint('conversation', 'seq')
    )
    op.create_table('messages',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('platform_message_id', sa.String(length=255), nullable=True),
    sa.Column('sender', sa.String(length=16), nullable=False),
    sa.Column('author', sa.String(length=64), server_default='', nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('channel', 'account', 'platform_message_id'),
    sa.UniqueConstraint('conversation', 'seq')
    )
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('lease_owner', sa.String(length=64), server_default='', nullable=False),
    sa.Column('lease_until', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('conversation', 'seq')
    )
    op.create_index('ix_outbox_due', 'outbox', ['status', 'next_at'], unique=False)
    op.create_table('shop_customers',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('nickname', sa.String(length=128), nullable=False),
    sa.Column('tier', sa.String(length=16), nullable=False),
    sa.Column('phone', sa.String(length=32), nullable=False),
    sa.Column('city', sa.String(length=128), nullable=False),
    sa.Column('registered_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('shop_demo_loads',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('anchored_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('shop_products',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('item_id', sa.String(length=16), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('short_name', sa.String(length=128), nullable=False),
    sa.Column('category', sa.String(length=128), nullable=False),
    sa.Column('aliases', sa.JSON(), nullable=False),
    sa.Column('attributes', sa.JSON(), nullable=False),
    sa.Column('care', sa.Text(), server_default='', nullable=False),
    sa.Column('size_chart', sa.JSON(), nullable=False),
    sa.Column('image', sa.String(length=255), server_default='', nullable=False),
    sa.Column('returnable', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('item_id')
    )
    op.create_table('shop_orders',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('customer_id', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('paid', sa.Integer(), nullable=False),
    sa.Column('shipping_fee', sa.Integer(), nullable=False),
    sa.Column('freight_insurance', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('paid_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('shipped_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('signed_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('ship_by', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('receiver', sa.String(length=128), server_default='', nullable=False),
    sa.Column('phone', sa.String(length=32), server_default='', nullable=False),
    sa.Column('province', sa.String(length=128), server_default='', nullable=False),
    sa.Column('city', sa.String(length=128), server_default='', nullable=False),
    sa.Column('district', sa.String(length=128), server_default='', nullable=False),
    sa.Column('street', sa.Text(), server_default='', nullable=False),
    sa.Column('remark', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['shop_customers.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_shop_orders_customer', 'shop_orders', ['customer_id', 'created_at'], unique=False)
    op.create_index('ix_shop_orders_state', 'shop_orders', ['state', 'created_at'], unique=False)
    op.create_table('shop_skus',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('product_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('color', sa.String(length=128), server_default='', nullable=False),
    sa.Column('size', sa.String(length=128), server_default='', nullable=False),
    sa.Column('price', sa.Integer(), nullable=False),
    sa.Column('stock', sa.Integer(), nullable=False),
    sa.Column('restock_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.ForeignKeyConstraint(['product_id'], ['shop_products.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_shop_skus_product_id'), 'shop_skus', ['product_id'], unique=False)
    op.create_table('shop_order_lines',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.String(length=64), nullable=False),
    sa.Column('sku_id', sa.String(length=64), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('short_name', sa.String(length=128), nullable=False),
    sa.Column('category', sa.String(length=128), nullable=False),
    sa.Column('color', sa.String(length=128), server_default='', nullable=False),
    sa.Column('size', sa.String(length=128), server_default='', nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('paid', sa.Integer(), nullable=False),
    sa.Column('gift', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('returnable', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('image', sa.String(length=255), server_default='', nullable=False),
    sa.Column('parcel_id', sa.String(length=64), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['shop_orders.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_shop_order_lines_order_id'), 'shop_order_lines', ['order_id'], unique=False)
    op.create_index(op.f('ix_shop_order_lines_product_id'), 'shop_order_lines', ['product_id'], unique=False)
    op.create_table('shop_parcels',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('carrier_code', sa.String(length=16), nullable=False),
    sa.Column('carrier', sa.String(length=128), nullable=False),
    sa.Column('waybill', sa.String(length=64), nullable=False),
    sa.Column('origin_city', sa.String(length=128), nullable=False),
    sa.Column('destination_city', sa.String(length=128), nullable=False),
    sa.Column('shipped_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('signed_at', conversations.database.UtcTime(precision=53), nullable=True),
    sa.Column('contested', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['shop_orders.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_shop_parcels_carrier', 'shop_parcels', ['carrier_code', 'signed_at'], unique=False)
    op.create_index(op.f('ix_shop_parcels_order_id'), 'shop_parcels', ['order_id'], unique=False)
    op.create_index('ix_shop_parcels_route', 'shop_parcels', ['carrier_code', 'origin_city', 'destination_city', 'signed_at'], unique=False)
    op.create_index('ix_shop_parcels_signed', 'shop_parcels', ['signed_at'], unique=False)
    op.create_index(op.f('ix_shop_parcels_waybill'), 'shop_parcels', ['waybill'], unique=False)
    op.create_table('shop_returns',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('customer_id', sa.String(length=64), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('line_id', sa.String(length=64), nullable=False),
    sa.Column('idempotency_key', sa.String(length=400), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('refund', sa.Integer(), nullable=False),
    sa.Column('shipping_paid_by', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('receiver', sa.String(length=128), nullable=False),
    sa.Column('phone', sa.String(length=32), nullable=False),
    sa.Column('province', sa.String(length=128), nullable=False),
    sa.Column('city', sa.String(length=128), nullable=False),
    sa.Column('district', sa.String(length=128), nullable=False),
    sa.Column('street', sa.Text(), nullable=False),
    sa.Column('created_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('send_by', conversations.database.UtcTime(precision=53), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['shop_customers.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['shop_orders.id'], ),
    sa.PrimaryKeyConstraint('number'),
    sa.UniqueConstraint('customer_id', 'idempotency_key', name='uq_shop_returns_key')
    )
    op.create_index('ix_shop_returns_customer', 'shop_returns', ['customer_id', 'created_at'], unique=False)
    op.create_index(op.f('ix_shop_returns_order_id'), 'shop_returns', ['order_id'], unique=False)
    op.create_index('uq_shop_returns_live_line', 'shop_returns', ['line_id'], unique=True, sqlite_where=sa.text("(state NOT IN ('refused', 'cancelled'))"), postgresql_where=sa.text("(state NOT IN ('refused', 'cancelled'))"))
    op.create_table('shop_trace_nodes',
    sa.Column('parcel_id', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('city', sa.String(length=128), server_default='', nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['parcel_id'], ['shop_parcels.id'], ),
    sa.PrimaryKeyConstraint('parcel_id', 'seq')
    )
    op.create_table('desk_audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('staff', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('conversation', sa.String(length=255), server_default='', nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('address', sa.String(length=64), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_desk_audit_at'), 'desk_audit', ['at'], unique=False)
    op.create_index('ix_desk_audit_conversation', 'desk_audit', ['conversation', 'at'], unique=False)
    op.create_table('desk_staff',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('seniority', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('desk_sessions',
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('staff', sa.String(length=64), nullable=False),
    sa.Column('created_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('expires_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('last_seen_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.ForeignKeyConstraint(['staff'], ['desk_staff.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_sha256')
    )
    op.create_index(op.f('ix_desk_sessions_expires_at'), 'desk_sessions', ['expires_at'], unique=False)
    op.create_index('ix_desk_sessions_staff', 'desk_sessions', ['staff'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_desk_sessions_staff', table_name='desk_sessions')
    op.drop_index(op.f('ix_desk_sessions_expires_at'), table_name='desk_sessions')
    op.drop_table('desk_sessions')
    op.drop_table('desk_staff')
    op.drop_index('ix_desk_audit_conversation', table_name='desk_audit')
    op.drop_index(op.f('ix_desk_audit_at'), table_name='desk_audit')
    op.drop_table('desk_audit')
    op.drop_table('shop_trace_nodes')
    op.drop_index('uq_shop_returns_live_line', table_name='shop_returns', sqlite_where=sa.text("(state NOT IN ('refused', 'cancelled'))"), postgresql_where=sa.text("(state NOT IN ('refused', 'cancelled'))"))
    op.drop_index(op.f('ix_shop_returns_order_id'), table_name='shop_returns')
    op.drop_index('ix_shop_returns_customer', table_name='shop_returns')
    op.drop_table('shop_returns')
    op.drop_index(op.f('ix_shop_parcels_waybill'), table_name='shop_parcels')
    op.drop_index('ix_shop_parcels_signed', table_name='shop_parcels')
    op.drop_index('ix_shop_parcels_route', table_name='shop_parcels')
    op.drop_index(op.f('ix_shop_parcels_order_id'), table_name='shop_parcels')
    op.drop_index('ix_shop_parcels_carrier', table_name='shop_parcels')
    op.drop_table('shop_parcels')
    op.drop_index(op.f('ix_shop_order_lines_product_id'), table_name='shop_order_lines')
    op.drop_index(op.f('ix_shop_order_lines_order_id'), table_name='shop_order_lines')
    op.drop_table('shop_order_lines')
    op.drop_index(op.f('ix_shop_skus_product_id'), table_name='shop_skus')
    op.drop_table('shop_skus')
    op.drop_index('ix_shop_orders_state', table_name='shop_orders')
    op.drop_index('ix_shop_orders_customer', table_name='shop_orders')
    op.drop_table('shop_orders')
    op.drop_table('shop_products')
    op.drop_table('shop_demo_loads')
    op.drop_table('shop_customers')
    op.drop_index('ix_outbox_due', table_name='outbox')
    op.drop_table('outbox')
    op.drop_table('messages')
    op.drop_table('inbox')
    op.drop_index('ix_handoffs_queue', table_name='handoffs')
    op.drop_index('ix_handoffs_conversation', table_name='handoffs')
    op.drop_table('handoffs')
    op.drop_index('ix_tracker_events_conversation', table_name='tracker_events')
    op.drop_table('tracker_events')
    op.drop_index(op.f('ix_customer_identities_customer_id'), table_name='customer_identities')
    op.drop_table('customer_identities')
    op.drop_index(op.f('ix_conversations_updated_at'), table_name='conversations')
    op.drop_index('ix_conversations_state', table_name='conversations')
    op.drop_table('conversations')
