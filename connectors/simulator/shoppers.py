"""Whose phone it is: the demo customers that have a WeChat identity, and what each may try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from ruamel.yaml import YAML

from conversations.database import Clock, Database, utc_now
from conversations.keys import ConversationKey
from conversations.schema import identities
from shop.gateway import Shop
from shop.types import Order, OrderLine, OrderState, Parcel, ParcelState

_SHOWN = 24
_ORDERS = 4
_IDEAS = 3
_SILENT = timedelta(hours=48)  # a parcel without news for so long is worth asking about

_TIERS = {"normal": "普通会员", "silver": "银卡会员", "gold": "金卡会员", "vip": "VIP 会员"}
_LETTERS = frozenset({"XS", "S", "M", "L", "XL", "XXL", "XXXL"})
_NEWCOMER = ["有什么衬衫推荐", "满多少包邮"]


@dataclass(frozen=True)
class Shopper:
    """A demo customer as the page shows them.

    `situation` is where their orders stand, `ideas` are messages worth sending.
    """

    openid: str
    name: str
    tier: str
    city: str
    situation: str
    ideas: tuple[str, ...]


class Shoppers(Protocol):
    """Where the shoppers come from."""

    async def all(self) -> Sequence[Shopper]:
        """Everybody with a phone, the most interesting first."""


class FixedShoppers:
    """Shoppers that are given: for tests."""

    def __init__(self, *, shoppers: Sequence[Shopper]) -> None:
        self._shoppers = tuple(shoppers)

    async def all(self) -> Sequence[Shopper]:
        """See `Shoppers`."""
        return self._shoppers


class DatabaseShoppers:
    """The customers of the demo shop whose WeChat identity the demo loader has written.

    Args:
        database: the house's database.
        shop: the gateway to the demo shop.
        account: our name of the official account.
        stars: what the hand-written customers show, by customer id, in the order to show them.
    """

    def __init__(
        self,
        *,
        database: Database,
        shop: Shop,
        account: str,
        stars: Mapping[str, str] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._shop = shop
        self._account = account
        self._stars = dict(stars or {})
        self._clock = clock

    async def all(self) -> Sequence[Shopper]:
        """See `Shoppers`. The stars come first, then whoever has the lowest number."""
        prefix = f"wechat:{self._account}:"
        query = (
            sa.select(identities.c.conversation, identities.c.customer_id)
            .where(identities.c.conversation.startswith(prefix, autoescape=True))
            .order_by(identities.c.customer_id.not_in(list(self._stars)), identities.c.customer_id)
            .limit(_SHOWN)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        places = {customer_id: place for place, customer_id in enumerate(self._stars)}
        rows.sort(key=lambda row: places.get(row.customer_id, len(places)))
        found = [
            await self._shopper(ConversationKey.parse(row.conversation).user, row.customer_id)
            for row in rows
        ]
        return [shopper for shopper in found if shopper is not None]

    async def _shopper(self, openid: str, customer_id: str) -> Shopper | None:
        customer = await self._shop.customers.customer(customer_id)
        if customer is None:
            return None
        scenes: dict[str, str] = {}
        for order in await self._shop.orders.recent(customer_id, limit=_ORDERS):
            parcels = await self._shop.logistics.parcels(customer_id, order.id)
            situation, idea = _scene(order, parcels, now=self._clock())
            scenes.setdefault(situation, idea)
        return Shopper(
            openid=openid,
            name=customer.nickname,
            tier=_TIERS.get(customer.tier, customer.tier),
            city=customer.city,
            situation=self._stars.get(customer_id) or " · ".join(scenes) or "还没有订单",
            ideas=(*(list(scenes.values()) or _NEWCOMER)[:_IDEAS], "转人工"),
        )


def read_stars(path: Path) -> dict[str, str]:
    """What each hand-written demo customer shows (`data/shop/stars.yml`); none without the file."""
    if not path.is_file():
        return {}
    document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return {str(entry["id"]): str(entry["shows"]) for entry in document["customers"]}


def _scene(order: Order, parcels: Sequence[Parcel], *, now: datetime) -> tuple[str, str]:
    """Where an order stands, in a few characters, and a question that fits."""
    name = _spoken(order.lines)
    for parcel in parcels:
        scene = _parcel_scene(parcel, name, now=now)
        if scene is not None:
            return scene
    if order.state is OrderState.AWAITING_PAYMENT:
        return "待付款", "刚拍的还没付款，怎么付"
    if order.state in (OrderState.PAID, OrderState.PARTLY_SHIPPED):
        return "待发货", f"{name}什么时候发货"
    if order.state is OrderState.SHIPPED:
        return "运输中", f"我买的{name}到哪了"
    if order.state is OrderState.SIGNED:
        return "已签收", f"{name}想退货"
    if order.state is OrderState.FINISHED:
        return "已完成", f"{name}过了七天还能退吗"
    return "已关闭", f"{name}的退款到账了吗"


def _parcel_scene(parcel: Parcel, name: str, *, now: datetime) -> tuple[str, str] | None:
    if parcel.contested:
        return "签收有争议", f"{name}显示签收了，可我没收到"
    if parcel.state is ParcelState.PICKUP_READY:
        return "待取件", f"{name}在哪里取"
    if parcel.state in (ParcelState.REJECTED, ParcelState.RETURNING, ParcelState.RETURNED):
        return "退回中", f"拒收的{name}退到哪了"
    newest = parcel.newest
    if newest is not None and not parcel.signed and now - newest.at > _SILENT:
        return "物流停滞", f"{name}的物流怎么不动了"
    return None


def _spoken(lines: Sequence[OrderLine]) -> str:
    """The first thing of an order as people say it: 黑色L码衬衫, 空气炸锅."""
    if not lines:
        return "东西"
    line = lines[0]
    if line.size in _LETTERS:
        return f"{line.color}{line.size}码{line.category}"
    return line.short_name
