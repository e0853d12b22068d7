"""What the launcher does before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from conversations.customers import CustomerIdentities
from conversations.database import Database, utc_now
from conversations.keys import ConversationKey
from deploy.demo import DemoError, DemoSettings, environment, prepare, programs
from desk.accounts import ensure_staff
from desk.schema import staff
from shop.fakes.worlds import open_uid
from shop.schema import order_lines, parcels
from shop.settings import ShopSettings


async def test_preparing_twice_changes_nothing(database: Database) -> None:
    first = await prepare(database)
    assert await prepare(database) == first
    key = ConversationKey("wechat", "demo", "oLinXiao_demo_openid_0000001")
    assert await CustomerIdentities(database=database).customer_of(key) == "c-lin"
    async with database.read() as connection:
        names = (await connection.execute(sa.select(staff.c.id))).scalars().all()
    assert set(names) >= {"xiaowang", "zhanggui"}


async def test_a_database_in_use_is_left_alone(database: Database) -> None:
    await ensure_staff(database, id="boss", name="老板", role="admin", password="long-enough-1")
    with pytest.raises(DemoError, match="DATABASE_URL"):
        await prepare(database)
    async with database.read() as connection:
        names = (await connection.execute(sa.select(staff.c.id))).scalars().all()
    assert names == ["boss"]


def test_secrets_are_kept_between_starts_and_private(tmp_path: pytest.TempPathFactory) -> None:
    settings = DemoSettings.from_env({"ZHANGGUI_HOME": str(tmp_path)})
    first, second = environment(settings, {}), environment(settings, {})
    assert first == second
    assert len(first["ZHANGGUI_WECHAT_DEMO_AES_KEY"]) == 43
    assert (settings.home / "demo-secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("port", ["0", "x", "70000", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(DemoError, match="ZHANGGUI_DESK_PORT"):
        DemoSettings.from_env({"ZHANGGUI_DESK_PORT": port})


def test_the_demo_with_platforms_asks_no_real_one(tmp_path: Path) -> None:
    settings = DemoSettings.from_env({"ZHANGGUI_HOME": str(tmp_path)}, platforms=True)
    real = {
        "ZHANGGUI_SHOP_TAOBAO_URL": "https://gw.api.taobao.com/router/rest",
        "ZHANGGUI_SHOP_TAOBAO_APP_SECRET": "a-real-one",
        "ZHANGGUI_SHOP_KUAIDI100_QUERY_URL": "https://poll.kuaidi100.com/poll/query.do",
        "ZHANGGUI_SHOP_AFTER_SALES": "taobao",
    }
    env = environment(settings, real)
    assert environment(settings, {}) == env  # kept between starts
    shop = ShopSettings.from_env(env)
    assert shop.taobao is not None and shop.kuaidi100 is not None
    urls = (shop.taobao.url, shop.kuaidi100.query_url, shop.kuaidi100.subscribe_url)
    assert all(url.startswith(f"http://127.0.0.1:{settings.fakes_port}/") for url in urls)
    assert shop.taobao.app.secret != "a-real-one"
    assert [program.name for program in programs(settings)][-2:] == ["fakes", "systems"]


def test_the_demo_without_platforms_is_what_it_was(tmp_path: Path) -> None:
    settings = DemoSettings.from_env({"ZHANGGUI_HOME": str(tmp_path)})
    assert settings.home == tmp_path
    env = environment(settings, {})
    assert ShopSettings.from_env(env) == ShopSettings()
    assert [one.name for one in programs(settings)] == ["actions", "rasa", "desk", "simulator"]


async def test_the_customers_of_the_demo_with_platforms_are_taobaos_buyers(
    database: Database,
) -> None:
    await prepare(database, platforms=True)
    keys = await CustomerIdentities(database=database).keys_of("c-lin")
    assert ConversationKey("taobao", "main", open_uid("c-lin")) in keys
    async with database.write() as connection:
        lines = (await connection.execute(sa.select(order_lines.c.id))).scalars().all()
        assert all(line.isdecimal() for line in lines)
        await connection.execute(sa.update(parcels).values(subscribed_at=utc_now()))
    await prepare(database, platforms=True)  # the platforms begin anew and know no subscription
    async with database.read() as connection:
        marks = await connection.execute(sa.select(parcels.c.subscribed_at).distinct())
        assert marks.scalars().all() == [None]


def test_browsers_open_all_of_its_pages() -> None:
    # https://fetch.spec.whatwg.org/#port-blocking, those above 1024
    blocked = {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080}
    settings = DemoSettings.from_env({})
    ports = {value for name, value in vars(settings).items() if name.endswith("_port")}
    assert not ports & (blocked | set(range(6665, 6670)))
