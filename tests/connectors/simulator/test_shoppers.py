"""The demo's customers as the page lists them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.simulator.shoppers import DatabaseShoppers, Shopper, read_stars
from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.keys import ConversationKey
from shop.demo import load_demo
from shop.policies import PolicyFile
from shop.sql import sql_shop

DATA = Path("data/shop")


@pytest.fixture
async def shoppers(sqlite_database: Database) -> list[Shopper]:
    summary = await load_demo(sqlite_database, data_dir=DATA)
    await CustomerIdentities(database=sqlite_database).link(
        [*summary.identities, (ConversationKey("wechat", "demo", "oGONE"), "c-gone")]
    )
    policies = PolicyFile(path=Path("data/knowledge/policies.yml"))
    source = DatabaseShoppers(
        database=sqlite_database,
        shop=sql_shop(sqlite_database, policies=policies),
        account="demo",
        stars=read_stars(DATA / "stars.yml"),
    )
    return list(await source.all())


async def test_the_stars_come_first_and_say_what_they_show(shoppers: list[Shopper]) -> None:
    shows = list(read_stars(DATA / "stars.yml").values())
    assert [shopper.situation for shopper in shoppers][: len(shows)] == shows


async def test_everybody_has_something_to_try(shoppers: list[Shopper]) -> None:
    by_openid = {shopper.openid: shopper for shopper in shoppers}
    lin = by_openid["oLinXiao_demo_openid_0000001"]
    assert lin.ideas[0] == "我买的黑色L码衬衫到哪了"
    assert "物流怎么不动了" in by_openid["oZhaoLei_demo_openid_000003"].ideas[0]
    assert "还没付款" in by_openid["oHeMiao_demo_openid_0000007"].ideas[0]
    assert all(shopper.ideas[-1] == "转人工" for shopper in shoppers)
    assert "oGONE" not in by_openid


async def test_without_the_file_there_are_no_stars(tmp_path: Path) -> None:
    assert read_stars(tmp_path / "stars.yml") == {}
