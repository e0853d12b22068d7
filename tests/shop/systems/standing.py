"""The demo shop behind every system at once: SQL, a fake TOP and a fake Kuaidi100."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from conversations.database import Database
from conversations.keys import ConversationKey
from shop.configured import ConfiguredShop, configured_shop
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import FakeTop
from shop.fakes.worlds import fill, open_uid
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
