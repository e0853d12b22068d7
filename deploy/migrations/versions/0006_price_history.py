"""price history

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

NOTE = """
INSERT INTO shop_price_history (sku_id, since, price) VALUES (NEW.id, {now}, NEW.price)
ON CONFLICT (sku_id, since) DO UPDATE SET price = excluded.price
"""
SQLITE_NOW = "(julianday('now') - 2440587.5) * 86400.0"
POSTGRES_NOW = "extract(epoch FROM clock_timestamp())"


def upgrade() -> None:
    op.create_table('shop_price_history',
    sa.Column('sku_id', sa.String(length=64), nullable=False),
    sa.Column('since', conversations.database.UtcTime(precision=53), nullable=False),
    sa.Column('price', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('sku_id', 'since')
    )
    if op.get_bind().dialect.name == 'sqlite':
        now, note = SQLITE_NOW, NOTE.format(now=SQLITE_NOW)
        op.execute(f"CREATE TRIGGER shop_skus_new_price AFTER INSERT ON shop_skus BEGIN {note}; END")
        op.execute(f"CREATE TRIGGER shop_skus_other_price AFTER UPDATE OF price ON shop_skus "
                   f"WHEN OLD.price <> NEW.price BEGIN {note}; END")
    else:
        now, note = POSTGRES_NOW, NOTE.format(now=POSTGRES_NOW)
        op.execute(f"CREATE OR REPLACE FUNCTION shop_note_price() RETURNS trigger AS $$ "
                   f"BEGIN {note}; RETURN NULL; END $$ LANGUAGE plpgsql")
        op.execute("CREATE TRIGGER shop_skus_new_price AFTER INSERT ON shop_skus "
                   "FOR EACH ROW EXECUTE FUNCTION shop_note_price()")
        op.execute("CREATE TRIGGER shop_skus_other_price AFTER UPDATE OF price ON shop_skus "
                   "FOR EACH ROW WHEN (OLD.price IS DISTINCT FROM NEW.price) "
                   "EXECUTE FUNCTION shop_note_price()")
    op.execute(f"INSERT INTO shop_price_history (sku_id, since, price) "
               f"SELECT id, {now}, price FROM shop_skus")


def downgrade() -> None:
    op.execute("DROP TRIGGER shop_skus_new_price" + on_table())
    op.execute("DROP TRIGGER shop_skus_other_price" + on_table())
    if op.get_bind().dialect.name != 'sqlite':
        op.execute("DROP FUNCTION shop_note_price()")
    op.drop_table('shop_price_history')


def on_table() -> str:
    return '' if op.get_bind().dialect.name == 'sqlite' else ' ON shop_skus'
