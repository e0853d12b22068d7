"""The shop's own tables. Money in integer fen, times in UTC, every id a string."""

from __future__ import annotations

import sqlalchemy as sa

from conversations.database import UtcTime

metadata = sa.MetaData()

_ID = sa.String(64)
_NAME = sa.String(128)

# The states of a return that no longer hold its line: it may be returned anew.
DEAD_RETURN_STATES = ("refused", "cancelled")
# The same for the other operations (`shop.operations.types.DEAD_STATES`).
DEAD_OPERATION_STATES = ("refused", "withdrawn")

products = sa.Table(
    "shop_products",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("item_id", sa.String(16), nullable=False, unique=True),
    sa.Column("position", sa.Integer, nullable=False),  # the order the shop shows them in
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("short_name", _NAME, nullable=False),
    sa.Column("category", _NAME, nullable=False),
    sa.Column("aliases", sa.JSON, nullable=False),  # [word, …]
    sa.Column("attributes", sa.JSON, nullable=False),  # [[name, value, unit, [alias, …]], …]
    sa.Column("care", sa.Text, nullable=False, server_default=""),
    # [[size, {measure: [low, high], …}, [[name, measure], …]], …]
    sa.Column("size_chart", sa.JSON, nullable=False),
    sa.Column("image", sa.String(255), nullable=False, server_default=""),
    sa.Column("returnable", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("point", sa.Text, nullable=False, server_default=""),
    sa.Column("tags", sa.JSON, nullable=False, server_default="[]"),  # [word, …]
    # [[[asked words, …], verdict, true | false | null, attribute], …]
    sa.Column("claims", sa.JSON, nullable=False, server_default="[]"),
)

skus = sa.Table(
    "shop_skus",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("product_id", _ID, sa.ForeignKey("shop_products.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("color", _NAME, nullable=False, server_default=""),
    sa.Column("size", _NAME, nullable=False, server_default=""),
    sa.Column("price", sa.Integer, nullable=False),
    sa.Column("stock", sa.Integer, nullable=False),
    sa.Column("restock_at", UtcTime),
    sa.Column("floor", sa.Integer, nullable=False, server_default="0"),
)

# What each choice has cost since when; its price now is in `shop_skus`, whose triggers write here.
price_history = sa.Table(
    "shop_price_history",
    metadata,
    sa.Column("sku_id", _ID, primary_key=True),
    sa.Column("since", UtcTime, primary_key=True),
    sa.Column("price", sa.Integer, nullable=False),
)

_NOTED = {
    "sqlite": (
        """
        CREATE TRIGGER shop_skus_new_price AFTER INSERT ON shop_skus BEGIN
          INSERT INTO shop_price_history (sku_id, since, price)
          VALUES (NEW.id, (julianday('now') - 2440587.5) * 86400.0, NEW.price)
          ON CONFLICT (sku_id, since) DO UPDATE SET price = excluded.price;
        END
        """,
        """
        CREATE TRIGGER shop_skus_other_price AFTER UPDATE OF price ON shop_skus
        WHEN OLD.price <> NEW.price BEGIN
          INSERT INTO shop_price_history (sku_id, since, price)
          VALUES (NEW.id, (julianday('now') - 2440587.5) * 86400.0, NEW.price)
          ON CONFLICT (sku_id, since) DO UPDATE SET price = excluded.price;
        END
        """,
    ),
    "postgresql": (
        """
        CREATE OR REPLACE FUNCTION shop_note_price() RETURNS trigger AS $$
        BEGIN
          INSERT INTO shop_price_history (sku_id, since, price)
          VALUES (NEW.id, extract(epoch FROM clock_timestamp()), NEW.price)
          ON CONFLICT (sku_id, since) DO UPDATE SET price = excluded.price;
          RETURN NULL;
        END
        $$ LANGUAGE plpgsql
        """,
        """
        CREATE TRIGGER shop_skus_new_price AFTER INSERT ON shop_skus
        FOR EACH ROW EXECUTE FUNCTION shop_note_price()
        """,
        """
        CREATE TRIGGER shop_skus_other_price AFTER UPDATE OF price ON shop_skus
        FOR EACH ROW WHEN (OLD.price IS DISTINCT FROM NEW.price)
        EXECUTE FUNCTION shop_note_price()
        """,
    ),
}
for _dialect, _statements in _NOTED.items():
    for _statement in _statements:
        sa.event.listen(skus, "after_create", sa.DDL(_statement).execute_if(dialect=_dialect))

# Promotions, coupons and what shipping costs: see `shop.types.Offer`.
offers = sa.Table(
    "shop_offers",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("off", sa.Integer, nullable=False),
    sa.Column("percent", sa.Integer, nullable=False),
    sa.Column("threshold", sa.Integer, nullable=False),
    sa.Column("each", sa.Boolean, nullable=False),
    sa.Column("products", sa.JSON, nullable=False),  # [id, …]
    sa.Column("categories", sa.JSON, nullable=False),
    sa.Column("tiers", sa.JSON, nullable=False),  # of customers; empty: everybody
    sa.Column("customer_id", _ID, nullable=False),  # whose coupon; empty: anybody's
    sa.Column("since", UtcTime),
    sa.Column("until", UtcTime),
    sa.Column("used_at", UtcTime),  # a coupon of one customer: used up
)

customers = sa.Table(
    "shop_customers",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("nickname", _NAME, nullable=False),
    sa.Column("tier", sa.String(16), nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("city", _NAME, nullable=False),
    sa.Column("registered_at", UtcTime, nullable=False),
)

orders = sa.Table(
    "shop_orders",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("customer_id", _ID, sa.ForeignKey("shop_customers.id"), nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("paid", sa.Integer, nullable=False),
    sa.Column("shipping_fee", sa.Integer, nullable=False),
    sa.Column("freight_insurance", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("paid_at", UtcTime),
    sa.Column("shipped_at", UtcTime),
    sa.Column("signed_at", UtcTime),
    sa.Column("ship_by", UtcTime),
    sa.Column("receiver", _NAME, nullable=False, server_default=""),
    sa.Column("phone", sa.String(32), nullable=False, server_default=""),
    sa.Column("province", _NAME, nullable=False, server_default=""),
    sa.Column("city", _NAME, nullable=False, server_default=""),
    sa.Column("district", _NAME, nullable=False, server_default=""),
    sa.Column("street", sa.Text, nullable=False, server_default=""),
    sa.Column("remark", sa.Text, nullable=False, server_default=""),
    # A copy of another system's order: when that system was asked for it (`shop.copies`).
    sa.Column("copied_at", UtcTime),
    sa.Index("ix_shop_orders_customer", "customer_id", "created_at"),
    sa.Index("ix_shop_orders_state", "state", "created_at"),
)

order_lines = sa.Table(
    "shop_order_lines",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("order_id", _ID, sa.ForeignKey("shop_orders.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    # What was sold is kept as it was then: the catalogue may change or lose the product.
    sa.Column("product_id", _ID, nullable=False, index=True),
    sa.Column("sku_id", _ID, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("short_name", _NAME, nullable=False),
    sa.Column("category", _NAME, nullable=False),
    sa.Column("color", _NAME, nullable=False, server_default=""),
    sa.Column("size", _NAME, nullable=False, server_default=""),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("paid", sa.Integer, nullable=False),
    sa.Column("gift", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("returnable", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("image", sa.String(255), nullable=False, server_default=""),
    sa.Column("parcel_id", _ID, nullable=False, server_default=""),
)

parcels = sa.Table(
    "shop_parcels",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("order_id", _ID, sa.ForeignKey("shop_orders.id"), nullable=False, index=True),
    sa.Column("carrier_code", sa.String(16), nullable=False),
    sa.Column("carrier", _NAME, nullable=False),
    sa.Column("waybill", sa.String(64), nullable=False, index=True),
    sa.Column("origin_city", _NAME, nullable=False),
    sa.Column("destination_city", _NAME, nullable=False),
    sa.Column("shipped_at", UtcTime, nullable=False),
    # Both as the trace says, kept here so that orders can be read without their traces.
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("signed_at", UtcTime),
    sa.Column("contested", sa.Boolean, nullable=False, server_default=sa.false()),
    # When Kuaidi100 last told the trace (`shop.kuaidi100.recording`).
    sa.Column("told_at", UtcTime),
    # Kuaidi100's pushes of it: since when they are promised, how often asking for them failed, and
    # not before when to ask again (`shop.kuaidi100.subscriptions`).
    sa.Column("subscribed_at", UtcTime),
    sa.Column("subscription_tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("subscription_due", UtcTime),
    # One for each step of `shop.eta`: route, carrier, all.
    sa.Index(
        "ix_shop_parcels_route", "carrier_code", "origin_city", "destination_city", "signed_at"
    ),
    sa.Index("ix_shop_parcels_carrier", "carrier_code", "signed_at"),
    sa.Index("ix_shop_parcels_signed", "signed_at"),
)

# In the very words of the look-up, as for `uq_shop_operations_held_line` below.
UNSUBSCRIBED = sa.and_(parcels.c.subscribed_at.is_(None), parcels.c.signed_at.is_(None))
sa.Index(
    "ix_shop_parcels_unsubscribed",
    parcels.c.signed_at,  # always empty: SQLite would otherwise take `ix_shop_parcels_signed`
    parcels.c.shipped_at,
    sqlite_where=UNSUBSCRIBED,
    postgresql_where=UNSUBSCRIBED,
)

trace_nodes = sa.Table(
    "shop_trace_nodes",
    metadata,
    sa.Column("parcel_id", _ID, sa.ForeignKey("shop_parcels.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("city", _NAME, nullable=False, server_default=""),
    sa.Column("text", sa.Text, nullable=False),
)

# What Kuaidi100 answered lately, so that no process asks for a number that another one just had.
tracked = sa.Table(
    "shop_tracked",
    metadata,
    sa.Column("number", sa.String(64), primary_key=True),
    sa.Column("com", sa.String(64), nullable=False),
    sa.Column("trace", sa.JSON, nullable=False),  # [[seconds, state, city, text], …]
    sa.Column("as_of", UtcTime, nullable=False, index=True),
    sa.Column("until", UtcTime, nullable=False),
)

returns = sa.Table(
    "shop_returns",
    metadata,
    sa.Column("number", sa.String(32), primary_key=True),
    sa.Column("customer_id", _ID, sa.ForeignKey("shop_customers.id"), nullable=False),
    sa.Column("order_id", _ID, sa.ForeignKey("shop_orders.id"), nullable=False, index=True),
    sa.Column("line_id", _ID, nullable=False),
    sa.Column("idempotency_key", sa.String(400), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("refund", sa.Integer, nullable=False),
    sa.Column("shipping_paid_by", sa.String(16), nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("receiver", _NAME, nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("province", _NAME, nullable=False),
    sa.Column("city", _NAME, nullable=False),
    sa.Column("district", _NAME, nullable=False),
    sa.Column("street", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("send_by", UtcTime, nullable=False),
    sa.UniqueConstraint("customer_id", "idempotency_key", name="uq_shop_returns_key"),
    sa.Index("ix_shop_returns_customer", "customer_id", "created_at"),
)

# Never two live returns for one line, whatever the code above does.
sa.Index(
    "uq_shop_returns_live_line",
    returns.c.line_id,
    unique=True,
    sqlite_where=returns.c.state.not_in(DEAD_RETURN_STATES),
    postgresql_where=returns.c.state.not_in(DEAD_RETURN_STATES),
)

# Everything else that was agreed to: see `shop.operations.types.Receipt`.
operations = sa.Table(
    "shop_operations",
    metadata,
    sa.Column("number", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("customer_id", _ID, sa.ForeignKey("shop_customers.id"), nullable=False),
    sa.Column("order_id", _ID, sa.ForeignKey("shop_orders.id"), nullable=False, index=True),
    sa.Column("line_id", _ID, nullable=False, server_default=""),
    sa.Column("idempotency_key", sa.String(400), nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("refund", sa.Integer, nullable=False),
    sa.Column("holds_line", sa.Boolean, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),  # {name: text}
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("due", UtcTime),
    # A person's decision; all empty without one.
    sa.Column("approved", sa.Boolean),
    sa.Column("decided_by", _ID, nullable=False, server_default=""),
    sa.Column("decided_at", UtcTime),
    sa.Column("decision_reason", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("customer_id", "idempotency_key", name="uq_shop_operations_key"),
    sa.Index("ix_shop_operations_customer", "customer_id", "created_at"),
    sa.Index("ix_shop_operations_kind", "kind", "created_at"),  # what was given on a day
)

# In the very words of the look-up (`shop.rows`): PostgreSQL uses a partial index only when it can
# prove that the rows wanted are in it.
_HOLDING = sa.and_(operations.c.holds_line, operations.c.state.not_in(DEAD_OPERATION_STATES))
sa.Index(
    "uq_shop_operations_held_line",
    operations.c.line_id,
    unique=True,
    sqlite_where=_HOLDING,
    postgresql_where=_HOLDING,
)

# The shop's knowledge beside its files: see `shop.documents`.
knowledge = sa.Table(
    "shop_knowledge",
    metadata,
    sa.Column("name", _ID, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),  # YAML; empty: removed
    # The number of the change among all changes of the table.
    sa.Column("version", sa.Integer, nullable=False, unique=True),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("updated_by", _ID, nullable=False),
)

# Which notices of outside systems were taken into account: see `shop.notices`.
notices = sa.Table(
    "shop_notices",
    metadata,
    sa.Column("source", sa.String(32), primary_key=True),
    sa.Column("id", sa.String(160), primary_key=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
)

# One row: which version of the demo files is loaded, and the moment its dates are relative to.
demo_loads = sa.Table(
    "shop_demo_loads",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("anchored_at", UtcTime, nullable=False),
)
