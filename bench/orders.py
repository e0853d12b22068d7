"""`python -m bench.orders`: does a look-up cost more among 10 million orders than among few?

Fills two databases of a PostgreSQL server, one small and one large, and asks both the same
questions in turns through the gateway, about the orders of some hundred shoppers who write today.
Prints the 95th percentiles side by side and which indexes each statement uses; fails when a look-up
is dearer than 1.3 × or reads a large table from end to end. The databases are kept for the next
run, `--drop` removes them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bench.machine import this_machine
from bench.progress import say, ticking
from bench.stats import percentile
from bench.table import figure, table, times
from bench.training import ROOT
from conversations.database import Database
from conversations.errors import ZhangguiError
from deploy.database import upgrade
from shop import schema
from shop.gateway import Shop
from shop.policies import PolicyFile
from shop.sql import sql_shop

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
SMALL, LARGE = (1_000, 10_000), (1_000_000, 10_000_000)  # customers, orders
MOST = 1.3
ROUNDS = 40
ASKED = 25  # questions of a kind on one side before it is the other side's turn
TALKING = (
    400  # orders of the shoppers who write today; drawn at random, asked about again and again
)
NOW = datetime(2026, 11, 18, 7, 30, tzinfo=timezone.utc)
STEP = 500_000  # orders written in one statement
GROWING = frozenset(
    {
        *("shop_customers", "shop_orders", "shop_order_lines", "shop_parcels", "shop_trace_nodes"),
        *("shop_returns", "shop_operations"),
    }
)

Ask = Callable[["Side", int], Awaitable[object]]


@dataclass(frozen=True)
class Side:
    """One database with so many customers and orders, behind the gateway."""

    name: str
    customers: int
    orders: int
    database: Database
    shop: Shop

    def customer(self, order: int) -> str:
        """Whose order that is, by its number from 0."""
        return f"c-{order % self.customers:09d}"


class TooDear(ZhangguiError):
    """A look-up does not keep its promise; the text says which."""


async def _of_customer(side: Side, order: int) -> object:
    return await side.shop.orders.recent(side.customer(order))


async def _by_number(side: Side, order: int) -> object:
    return await side.shop.orders.order(side.customer(order), order_id(order))


async def _somebody_elses(side: Side, order: int) -> object:
    return await side.shop.orders.order(side.customer(order + 1), order_id(order))


async def _parcels(side: Side, order: int) -> object:
    return await side.shop.logistics.parcels(side.customer(order), order_id(order))


async def _by_waybill(side: Side, order: int) -> object:
    return await side.shop.logistics.by_waybill(side.customer(order), waybill(order))


async def _eta(side: Side, order: int) -> object:
    (parcel,) = await side.shop.logistics.parcels(side.customer(order), order_id(order))
    return await side.shop.logistics.eta(parcel)


async def _profile(side: Side, order: int) -> object:
    return await side.shop.customers.customer(side.customer(order))


async def _cases(side: Side, order: int) -> object:
    await side.shop.after_sales.returns(side.customer(order))
    return await side.shop.operations.receipts(side.customer(order))


QUESTIONS: Mapping[str, Ask] = {
    "顾客最近的订单": _of_customer,
    "按订单号": _by_number,
    "别人的订单号": _somebody_elses,
    "订单的包裹": _parcels,
    "按运单号": _by_waybill,
    "包裹＋预计到达": _eta,
    "顾客资料": _profile,
    "售后记录": _cases,
}


def order_id(number: int) -> str:
    """The order's number."""
    return f"42188600{number:011d}"


def waybill(number: int) -> str:
    """The number of its parcel."""
    return f"YT{number:013d}"


async def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 1 when a look-up is dearer than it may be."""
    options = _arguments(arguments)
    sizes = {"small": SMALL, "large": (options.orders // 10, options.orders)}
    if options.drop:
        for name in sizes:
            await _administer(options.server, f'DROP DATABASE IF EXISTS "{_name(name, sizes)}"')
        say("✓ 两个测试库已删除")
        return 0
    sides: list[Side] = []
    try:
        for name, (customers, orders) in sizes.items():
            sides.append(await _side(options.server, _name(name, sizes), customers, orders))
        small, large = sides
        plans = await _plans(large)
        async with ticking(f"各问 {ROUNDS * ASKED} 次") as ticker:
            measured = await _measure(small, large, ticker.__setattr__)
        return _report(small, large, measured, plans)
    except (ZhangguiError, OSError) as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1
    finally:
        for side in sides:
            await side.database.close()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.orders",
        description="在一千位顾客和一百万位顾客（一千万笔订单）的库里查同样的东西，比一比。",
        epilog="第一次要写入数据：一千万笔约占 12 GB、十几分钟；库会留着，--drop 删除。",
    )
    parser.add_argument(
        "--server",
        default=os.environ.get("ZHANGGUI_BENCH_POSTGRES", SERVER),
        help="PostgreSQL 服务器，用户要能建库（默认 %(default)s）",
    )
    parser.add_argument("--orders", type=int, default=LARGE[1], help="大库的订单数（默认一千万）")
    parser.add_argument("--drop", action="store_true", help="删除两个测试库")
    return parser.parse_args(arguments)


def _name(size: str, sizes: Mapping[str, tuple[int, int]]) -> str:
    return f"zhanggui_bench_{size}_{sizes[size][1]}"


async def _administer(server: str, statement: str) -> list[Any]:
    url = make_url(server).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.execute(sa.text(statement))
            return list(result) if result.returns_rows else []
    finally:
        await engine.dispose()


async def _side(server: str, name: str, customers: int, orders: int) -> Side:
    """The database of that size, filled if it is not there yet."""
    known = (name,) in await _administer(server, "SELECT datname FROM pg_database")
    unfinished = f"{name}_filling"
    url = make_url(server)
    if not known:
        await _administer(server, f'DROP DATABASE IF EXISTS "{unfinished}"')
        await _administer(server, f'CREATE DATABASE "{unfinished}"')
        database = Database.from_url(url.set(database=unfinished).render_as_string(False))
        try:
            await upgrade(database)
            await _fill(database, customers, orders)
        finally:
            await database.close()
        await _administer(server, f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    database = Database.from_url(url.set(database=name).render_as_string(False))
    policies = PolicyFile(path=ROOT / "data" / "knowledge" / "policies.yml")
    shop = sql_shop(database, policies=policies, clock=lambda: NOW)
    return Side(name, customers, orders, database, shop)


async def _fill(database: Database, customers: int, orders: int) -> None:
    """Customers, orders, lines, parcels with three nodes, after-sales; the indexes come last."""
    indexes = [
        index
        for table_ in schema.metadata.sorted_tables
        if table_.name in GROWING
        for index in table_.indexes
    ]
    async with ticking(f"写入 {orders:,} 笔订单") as ticker:
        async with database.write() as connection:
            for index in indexes:
                await connection.execute(sa.schema.DropIndex(index))
        for start in range(0, orders, STEP):
            end = min(start + STEP, orders)
            async with database.write() as connection:
                # Foreign keys hold by construction; checking them takes half the time.
                await connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
                if start == 0:
                    await connection.execute(sa.text(_CUSTOMERS), {"last": customers - 1})
                span = {"first": start, "last": end - 1, "now": NOW}
                await connection.execute(sa.text(_BATCH), span)
                for statement in _STATEMENTS:
                    given = {"customers": customers} if ":customers" in statement else {}
                    await connection.execute(sa.text(statement), given)
            ticker.note = f"{end:,}"
        for index in indexes:
            ticker.note = f"索引 {index.name}"
            async with database.write() as connection:
                await connection.execute(sa.schema.CreateIndex(index))
        ticker.note = "统计"
        async with database.write() as connection:
            await connection.execute(sa.text("ANALYZE"))


_CUSTOMERS = """
INSERT INTO shop_customers (id, nickname, tier, phone, city, registered_at)
SELECT 'c-' || lpad(n::text, 9, '0'), '顾客' || n, 'normal', '13800000000', '杭州',
       extract(epoch from timestamptz '2024-01-01')
FROM generate_series(0, CAST(:last AS int)) n
"""
# The numbers of the orders of one transaction, with the moment each was made.
_BATCH = """
CREATE TEMPORARY TABLE batch ON COMMIT DROP AS
SELECT n, extract(epoch from CAST(:now AS timestamptz)) - (n % 730) * 86400 - n % 86400 AS made
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
"""
_ORDERS = """
INSERT INTO shop_orders (id, customer_id, state, paid, shipping_fee, freight_insurance, created_at,
                         paid_at, shipped_at, receiver, phone, province, city, district, street)
SELECT '42188600' || lpad(n::text, 11, '0'), 'c-' || lpad((n % :customers)::text, 9, '0'),
       CASE WHEN n % 730 > 10 THEN 'finished' WHEN n % 730 > 5 THEN 'signed' ELSE 'shipped' END,
       16900, 0, n % 3 = 0, made, made, made + 43200,
       '顾客' || n, '13800000000', '浙江省', '杭州市', '西湖区', '文三路' || n % 500 || '号'
FROM batch
"""
_LINES = """
INSERT INTO shop_order_lines (id, order_id, position, product_id, sku_id, title, short_name,
                              category, color, size, quantity, paid, parcel_id)
SELECT '42188600' || lpad(n::text, 11, '0') || '-1', '42188600' || lpad(n::text, 11, '0'), 0,
       'p-' || n % 5000, 's-' || n % 20000, '牛津纺长袖衬衫 男女同款 第' || n % 5000 || '款',
       '牛津纺衬衫', '衬衫', '黑色', 'L', 1, 16900, 'parcel-' || n
FROM batch
"""
_PARCELS = """
INSERT INTO shop_parcels (id, order_id, carrier_code, carrier, waybill, origin_city,
                          destination_city, shipped_at, state, signed_at)
SELECT 'parcel-' || n, '42188600' || lpad(n::text, 11, '0'), 'YTO', '圆通',
       'YT' || lpad(n::text, 13, '0'), '杭州', 'City' || n % 300, made + 43200,
       CASE WHEN n % 730 > 5 THEN 'signed' ELSE 'in_transit' END,
       CASE WHEN n % 730 > 5 THEN made + 43200 + 86400 * (2 + n % 3) END
FROM batch
"""
_NODES = """
INSERT INTO shop_trace_nodes (parcel_id, seq, at, state, city, text)
SELECT 'parcel-' || n, step, made + 43200 + step * 43200,
       (ARRAY['collected', 'in_transit', 'in_transit'])[step + 1], 'City' || (n + step) % 300,
       '快件已到达【转运中心】'
FROM batch, generate_series(0, 2) step
"""

_RETURNS = """
INSERT INTO shop_returns (number, customer_id, order_id, line_id, idempotency_key, reason, refund,
                          shipping_paid_by, state, receiver, phone, province, city, district,
                          street, created_at, send_by)
SELECT 'RT' || n, 'c-' || lpad((n % :customers)::text, 9, '0'),
       '42188600' || lpad(n::text, 11, '0'), '42188600' || lpad(n::text, 11, '0') || '-1',
       'key-' || n, 'wrong_size', 16900, 'shopper', 'refunded', '掌柜售后组', '19900000571',
       '浙江省', '杭州市', '余杭区', '示范路 1 号', made + 500000, made + 1100000
FROM batch WHERE n % 20 = 0
"""
_OPERATIONS = """
INSERT INTO shop_operations (number, kind, customer_id, order_id, line_id, idempotency_key, state,
                             refund, holds_line, details, created_at)
SELECT 'OP' || n, 'urge_delivery', 'c-' || lpad((n % :customers)::text, 9, '0'),
       '42188600' || lpad(n::text, 11, '0'), '', 'key-' || n, 'done', 0, false, '{}', made
FROM batch WHERE n % 30 = 1
"""
_STATEMENTS = (_ORDERS, _LINES, _PARCELS, _NODES, _RETURNS, _OPERATIONS)


async def _plans(side: Side) -> dict[str, list[str]]:
    """For each question, how PostgreSQL reads each table: 'Index Scan shop_orders', …"""
    heard: list[tuple[str, Any]] = []

    def hear(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        heard.append((statement, parameters))

    engine = side.database.engine.sync_engine
    found: dict[str, list[str]] = {}
    for name, ask in QUESTIONS.items():
        heard.clear()
        event.listen(engine, "before_cursor_execute", hear)
        await ask(side, side.orders // 2)
        event.remove(engine, "before_cursor_execute", hear)
        statements = [one for one in heard if one[0].lstrip().startswith(("SELECT", "("))]
        scans: list[str] = []
        async with side.database.read() as connection:
            for text, values in statements:
                scans += _scans((await connection.exec_driver_sql(f"EXPLAIN {text}", values)).all())
        found[name] = list(dict.fromkeys(scans))
    return found


def _scans(plan: Sequence[Any]) -> list[str]:
    lines = (str(row[0]).strip().lstrip("-> ") for row in plan)
    scans = (line.partition("  (")[0] for line in lines if "Scan" in line.partition("  (")[0])
    return list(dict.fromkeys(scans))


async def _measure(
    small: Side, large: Side, note: Callable[[str, str], None]
) -> dict[str, tuple[float, float]]:
    """Milliseconds of the 95th percentile of each question, small and large, asked in turns."""
    chance = random.Random(1)
    today = {
        side.name: [chance.randrange(side.orders) for _ in range(TALKING)]
        for side in (small, large)
    }
    for side in (small, large):
        note("note", f"{side.name}：先各问一遍")
        for order in today[side.name]:
            for ask in QUESTIONS.values():
                await ask(side, order)
    taken: dict[tuple[str, str], list[float]] = {}
    for round_ in range(ROUNDS):
        note("note", f"第 {round_}/{ROUNDS} 轮")
        for name, ask in QUESTIONS.items():
            for side in (small, large) if round_ % 2 else (large, small):
                for _ in range(ASKED):
                    order = chance.choice(today[side.name])
                    began = time.perf_counter()
                    await ask(side, order)
                    spent = (time.perf_counter() - began) * 1000
                    taken.setdefault((name, side.name), []).append(spent)
    return {
        name: (
            percentile(taken[name, small.name], 0.95),
            percentile(taken[name, large.name], 0.95),
        )
        for name in QUESTIONS
    }


def _report(
    small: Side,
    large: Side,
    measured: Mapping[str, tuple[float, float]],
    plans: Mapping[str, Sequence[str]],
) -> int:
    say(f"\n{this_machine()}\n")
    head = ("p95", f"{small.orders:,} 笔", f"{large.orders:,} 笔", "比例")
    rows = [
        (name, figure(low, "ms"), figure(high, "ms"), times(high / low))
        for name, (low, high) in measured.items()
    ]
    say(table(head, rows))
    say()
    wrong = []
    for name, scans in plans.items():
        say(f"{name}：{'；'.join(scans)}")
        whole = [one for one in scans if one.startswith(("Seq Scan", "Parallel Seq Scan"))]
        wrong += [f"{name}：{one}" for one in whole if any(word in one for word in GROWING)]
    wrong += [
        f"{name}：大库是小库的 {high / low:.2f} 倍，应不超过 {MOST}"
        for name, (low, high) in measured.items()
        if high / low > MOST
    ]
    for line in wrong:
        say(f"✗ {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        raise SystemExit(asyncio.run(main()))
    except KeyboardInterrupt:
        say("\n已停止；写到一半的库下次重写。")
        raise SystemExit(130) from None
