"""The demo shop behind every system at once: SQL, a fake TOP and a fake Kuaidi100."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from conversations.database import Database
from conversations.keys import ConversationKey
from shop.configured import ConfiguredShop, configured_shop
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import FakeTop
from shop.fakes.worlds import refund_of, trace_of, trade_of, waybill_of
from shop.gateway import Shop
from shop.policies import Policy
from shop.settings import ShopSettings, System
from shop.sql import sql_shop
from tests.shop.systems.support import (
    APP_KEY,
    APP_SECRET,
    CUSTOMER,
    KEY,
    OUTLET_SESSION,
    PUSH_SECRET,
    SESSION,
    fake_kuaidi100,
    fake_top,
    served,
)
from tests.shop.world import FakeClock

PEOPLE = ("c-lin", "c-split", "c-vip", "c-phone", "c-insured", "c-unpaid", "c-fresh", "c-return")


@dataclass
class Standing:
    """The gateway under test, the same shop in SQL, and the fakes behind the gateway."""

    shop: Shop
    truth: Shop
    top: FakeTop
    kuaidi100: FakeKuaidi100
    configured: ConfiguredShop


def open_uid(customer_id: str) -> str:
    """The Taobao buyer that a customer of the demo is."""
    return f"AAE-{customer_id}"


async def keys_of(customer_id: str) -> Sequence[ConversationKey]:
    """Everybody writes from WeChat and, but for c-new, from Taobao."""
    keys = [ConversationKey("wechat", "main", f"o-{customer_id}")]
    if customer_id != "c-new":
        keys.append(ConversationKey("taobao", "main", open_uid(customer_id)))
        keys.append(ConversationKey("taobao", "closed", open_uid(customer_id)))
    return keys


@asynccontextmanager
async def standing(
    database: Database,
    *,
    orders: System,
    parcels: System,
    after_sales: System = System.SQL,
    clock: FakeClock,
    policy: Policy,
) -> AsyncIterator[Standing]:
    """The demo shop, which the database holds, with these systems behind its gateway."""
    truth = sql_shop(database, policies=lambda: policy, clock=clock)
    top, kuaidi100 = fake_top(clock), fake_kuaidi100(clock)
    await fill(truth, top, kuaidi100, PEOPLE)
    async with AsyncExitStack() as stack:
        env = await stack.enter_async_context(
            system_settings(top, kuaidi100, orders=orders, parcels=parcels, after_sales=after_sales)
        )
        settings = ShopSettings.from_env(env)
        configured = configured_shop(
            settings, database=database, policies=lambda: policy, keys_of=keys_of, clock=clock
        )
        stack.push_async_callback(configured.close)
        yield Standing(
            shop=configured.shop,
            truth=truth,
            top=top,
            kuaidi100=kuaidi100,
            configured=configured,
        )


@asynccontextmanager
async def system_settings(
    top: FakeTop,
    kuaidi100: FakeKuaidi100,
    *,
    orders: System,
    parcels: System,
    after_sales: System = System.SQL,
) -> AsyncIterator[dict[str, str]]:
    """The fakes on real sockets, and the `ZHANGGUI_SHOP_*` with which a shop asks them."""
    async with served(top.app()) as top_url, served(kuaidi100.app()) as kuaidi100_url:
        yield {
            "ZHANGGUI_SHOP_ORDERS": orders.value,
            "ZHANGGUI_SHOP_PARCELS": parcels.value,
            "ZHANGGUI_SHOP_AFTER_SALES": after_sales.value,
            "ZHANGGUI_SHOP_TAOBAO_URL": f"{top_url}/router/rest",
            "ZHANGGUI_SHOP_TAOBAO_APP_KEY": APP_KEY,
            "ZHANGGUI_SHOP_TAOBAO_APP_SECRET": APP_SECRET,
            "ZHANGGUI_SHOP_TAOBAO_ACCOUNTS": "main,outlet",
            "ZHANGGUI_SHOP_TAOBAO_MAIN_SESSION": SESSION,
            "ZHANGGUI_SHOP_TAOBAO_OUTLET_SESSION": OUTLET_SESSION,
            "ZHANGGUI_SHOP_KUAIDI100_QUERY_URL": f"{kuaidi100_url}/poll/query.do",
            "ZHANGGUI_SHOP_KUAIDI100_SUBSCRIBE_URL": f"{kuaidi100_url}/poll",
            "ZHANGGUI_SHOP_KUAIDI100_CUSTOMER": CUSTOMER,
            "ZHANGGUI_SHOP_KUAIDI100_KEY": KEY,
            "ZHANGGUI_SHOP_KUAIDI100_SECRET": PUSH_SECRET,
        }


async def fill(truth: Shop, top: FakeTop, kuaidi100: FakeKuaidi100, people: Iterable[str]) -> None:
    """Tell the fakes what that shop knows of these customers."""
    item_ids = {product.id: product.item_id for product in await truth.catalogue.products()}
    account = top.accounts[0]
    for person in people:
        returns = {back.line_id: back for back in await truth.after_sales.returns(person)}
        for order in await truth.orders.recent(person):
            parcels = await truth.logistics.parcels(person, order.id)
            uid = open_uid(person)
            account.trades.append(trade_of(order, parcels, open_uid=uid, item_ids=item_ids))
            account.refunds += [
                refund_of(returns[line.id], order, open_uid=uid)
                for line in order.lines
                if line.id in returns
            ]
            for parcel in parcels:
                account.traces[parcel.waybill] = trace_of(parcel)
                phone = order.address.phone if order.address else ""
                kuaidi100.add(waybill_of(parcel, phone=phone))
