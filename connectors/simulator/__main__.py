"""`python -m connectors.simulator`: the phone page on http://127.0.0.1:5090/."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator

from aiohttp import web

from connectors.simulator.app import Simulator
from connectors.simulator.settings import SimulatorSettings
from connectors.simulator.shoppers import DatabaseShoppers, read_stars
from conversations.database import Database
from conversations.errors import ZhangguiError
from shop.policies import PolicyFile
from shop.sql import sql_shop


def application(settings: SimulatorSettings) -> web.Application:
    """The simulator over the demo's database."""
    database = Database.from_url(settings.database_url)
    simulator = Simulator(
        account=settings.account,
        rasa_url=settings.rasa_url,
        shoppers=DatabaseShoppers(
            database=database,
            shop=sql_shop(database, policies=PolicyFile(path=settings.policies)),
            account=settings.account.name,
            stars=read_stars(settings.stars),
        ),
        images=settings.images,
    )
    app = simulator.app()

    async def with_database(_: web.Application) -> AsyncIterator[None]:
        yield
        await database.close()

    app.cleanup_ctx.append(with_database)
    return app


def main() -> int:
    """Serve until stopped; the exit status."""
    try:
        settings = SimulatorSettings.from_env(os.environ)
        web.run_app(
            application(settings),
            host="127.0.0.1",
            port=settings.port,
            access_log=None,
            print=None,
            shutdown_timeout=2,
        )
    except ZhangguiError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
