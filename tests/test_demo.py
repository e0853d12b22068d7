"""What the launcher does before anything runs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.keys import ConversationKey
from deploy.demo import DemoError, DemoSettings, environment, prepare
from desk.accounts import ensure_staff
from desk.schema import staff


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
