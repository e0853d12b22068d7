"""`python -m shop.fakes`: Taobao and Kuaidi100 for the demo, and a page to make things happen."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from aiohttp import web

from conversations.database import DEFAULT_URL, Database
from conversations.errors import ConfigurationError, ZhangguiError
from shop.fakes.control import Control, Person
from shop.fakes.kuaidi100 import FakeKuaidi100
from shop.fakes.top import Account, FakeTop
from shop.fakes.worlds import fill
from shop.policies import PolicyFile
from shop.schema import customers
from shop.settings import Kuaidi100Settings, ShopSettings, TaobaoSettings
from shop.sql import sql_shop

HOST = "127.0.0.1"
_SETTINGS = """\
environment:
  ZHANGGUI_DEMO=1        required: these are no real platforms
  ZHANGGUI_FAKES_PORT    5095, on 127.0.0.1 only; the page is /, Taobao /taobao/router/rest,
                         Kuaidi100 /kuaidi100/poll and /kuaidi100/poll/query.do
  ZHANGGUI_SHOP_*        the accounts that the platforms know, the same as for the other processes
  DATABASE_URL           whose orders, parcels and returns the platforms have
"""


@dataclass(frozen=True)
class FakesSettings:
    """Where they are, whom they know, and whose orders they have."""

    port: int
    database_url: str
    policies: Path
    taobao: TaobaoSettings
    kuaidi100: Kuaidi100Settings

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> FakesSettings:
        """Read the demo's variables.

        Raises:
            ConfigurationError: not a demo, or a variable is missing or malformed.
        """
        if env.get("ZHANGGUI_DEMO") != "1":
            raise ConfigurationError(
                "这里扮演的是淘宝和快递100，只能用于演示：真实店铺不要启动它；"
                "演示请用 make demo SYSTEMS=platforms，或先设 ZHANGGUI_DEMO=1"
            )
        port = env.get("ZHANGGUI_FAKES_PORT", "") or "5095"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ConfigurationError(f"ZHANGGUI_FAKES_PORT: {port!r} 不是端口号，例如 5095")
        shop = ShopSettings.from_env(env)
        if shop.taobao is None or shop.kuaidi100 is None:
            raise ConfigurationError(
                "ZHANGGUI_SHOP_ORDERS=taobao、ZHANGGUI_SHOP_PARCELS=kuaidi100 和它们的账号："
                "假平台和掌柜要用同一组变量"
            )
        return cls(
            port=int(port),
            database_url=env.get("DATABASE_URL", "") or DEFAULT_URL,
            policies=Path(env.get("ZHANGGUI_POLICIES", "") or "data/knowledge/policies.yml"),
            taobao=shop.taobao,
            kuaidi100=shop.kuaidi100,
        )


async def application(settings: FakesSettings) -> web.Application:
    """The platforms, filled from the database as it is now."""
    app = settings.taobao.app
    top = FakeTop(app_key=app.key, app_secret=app.secret)
    top.accounts = [Account(session=session) for session in app.sessions.values()]
    credentials = settings.kuaidi100.credentials
    kuaidi100 = FakeKuaidi100(customer=credentials.customer, key=credentials.key)
    database = Database.from_url(settings.database_url)
    try:
        shop = sql_shop(database, policies=PolicyFile(path=settings.policies))
        people = await _people(database)
        await fill(shop, top, kuaidi100, [person.id for person in people])
    finally:
        await database.close()
    return Control(top=top, kuaidi100=kuaidi100, people=people).app()


async def _people(database: Database) -> list[Person]:
    """The hand-written ones first: the drawn ones have numbers."""
    query = sa.select(customers.c.id, customers.c.nickname).order_by(customers.c.id)
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    rows.sort(key=lambda row: row.id[-1].isdecimal())
    return [Person(id=row.id, name=row.nickname) for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m shop.fakes",
        description="Taobao and Kuaidi100 on this machine, for the demo.",
        epilog=_SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)
    try:
        settings = FakesSettings.from_env(os.environ)
        web.run_app(
            application(settings),
            host=HOST,
            port=settings.port,
            access_log=None,
            print=None,
            shutdown_timeout=2,
        )
    except ZhangguiError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"ZHANGGUI_FAKES_PORT: cannot listen: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
