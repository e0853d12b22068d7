"""The gateway with the systems that the settings name behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conversations.database import Clock, Database, utc_now
from shop.copies import CopiedAfterSales
from shop.gateway import AfterSales, Logistics, Orders, Shop
from shop.kuaidi100.answers import SharedAnswers
from shop.kuaidi100.api import Kuaidi100
from shop.kuaidi100.logistics import Kuaidi100Parcels
from shop.kuaidi100.recording import RecordedTraces
from shop.remote import Health, Remote
from shop.settings import ShopSettings, System
from shop.sql import PolicySource, sql_shop
from shop.taobao.buyers import KeysOf, linked_buyers
from shop.taobao.client import TopClient
from shop.taobao.operations import TaobaoOperations
from shop.taobao.parcels import TaobaoParcels
from shop.taobao.refunds import TaobaoAfterSales
from shop.taobao.trades import TaobaoOrders


@dataclass(frozen=True)
class ConfiguredShop:
    """The gateway and the connections behind it."""

    shop: Shop
    remotes: tuple[Remote, ...] = ()
    taobao: TopClient | None = None

    def expired_accounts(self) -> frozenset[str]:
        """Taobao accounts that must authorise the application anew."""
        return self.taobao.expired_accounts if self.taobao is not None else frozenset()

    def health(self) -> Sequence[Health]:
        """How the outside systems do."""
        return [remote.breaker.health() for remote in self.remotes]

    async def close(self) -> None:
        """Close the connections to outside systems; the database is the caller's."""
        for remote in self.remotes:
            await remote.close()


def configured_shop(
    settings: ShopSettings,
    *,
    database: Database,
    policies: PolicySource,
    keys_of: KeysOf,
    clock: Clock = utc_now,
) -> ConfiguredShop:
    """The gateway that the settings ask for. No I/O: connections open with the first question.

    Args:
        settings: which system answers for what.
        database: holds the tables of `shop.schema`.
        policies: gives the rules in force.
        keys_of: the verified conversations of a customer, which tell their Taobao buyers.
        clock: the present moment, with a zone.
    """
    own = sql_shop(database, policies=policies, clock=clock)
    remotes: list[Remote] = []

    def connect(system: str) -> Remote:
        remotes.append(Remote(system=system, timeout=settings.timeout))
        return remotes[-1]

    def tracked(base: Logistics, orders: Orders) -> Logistics:
        if settings.kuaidi100 is None:
            return base
        return Kuaidi100Parcels(
            base=base,
            orders=orders,
            kuaidi100=Kuaidi100(
                credentials=settings.kuaidi100.credentials,
                remote=connect("Kuaidi100"),
                query_url=settings.kuaidi100.query_url,
                subscribe_url=settings.kuaidi100.subscribe_url,
                answers=SharedAnswers(database=database, clock=clock),
                clock=clock,
            ),
            told=RecordedTraces(database=database).of,
            history=own.logistics,
            sender_phone=settings.kuaidi100.sender_phone,
        )

    if settings.taobao is None:
        shop = replace(own, logistics=tracked(own.logistics, own.orders))
        return ConfiguredShop(shop=shop, remotes=tuple(remotes))

    app = settings.taobao.app
    client = TopClient(app=app, remote=connect("Taobao"), url=settings.taobao.url, clock=clock)
    buyers = linked_buyers(keys_of, accounts=app.sessions)
    orders = TaobaoOrders(client=client, buyers=buyers, catalogue=own.catalogue)
    parcels = TaobaoParcels(
        client=client,
        orders=orders,
        history=own.logistics,
        traces=settings.parcels is System.TAOBAO,
    )
    logistics = tracked(parcels, orders)
    after_sales: AfterSales
    if settings.after_sales is System.TAOBAO:
        after_sales = TaobaoAfterSales(
            client=client,
            buyers=buyers,
            orders=orders,
            logistics=logistics,
            policies=policies,
            clock=clock,
        )
    else:
        after_sales = CopiedAfterSales(
            database=database,
            own=own.after_sales,
            orders=orders,
            logistics=logistics,
            policies=policies,
            clock=clock,
        )
    shop = replace(
        own,
        orders=orders,
        logistics=logistics,
        after_sales=after_sales,
        operations=TaobaoOperations(orders=orders, policies=policies),
    )
    return ConfiguredShop(shop=shop, remotes=tuple(remotes), taobao=client)
