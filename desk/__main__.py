"""`python -m desk`: serve the desk until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import structlog
from aiohttp import web

from conversations.changes import LocalDoorbell, RedisDoorbell
from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.errors import ConfigurationError
from desk.app import create_app
from desk.settings import Settings
from shop.configured import configured_shop
from shop.policies import PolicyFile
from shop.settings import ShopSettings

log = structlog.get_logger(__name__)


async def _serve(settings: Settings, shop_settings: ShopSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        OSError: the port cannot be had.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database.from_url(settings.database_url)
    systems = configured_shop(
        shop_settings,
        database=database,
        policies=PolicyFile(path=Path(settings.policies)),
        keys_of=CustomerIdentities(database=database).keys_of,
    )
    doorbell = RedisDoorbell(url=settings.redis_url) if settings.redis_url else LocalDoorbell()
    app = create_app(database=database, shop=systems.shop, doorbell=doorbell, settings=settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    try:
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        log.info("desk.serving", url=f"http://{settings.host}:{settings.port}")
        await stop.wait()
    finally:
        await runner.cleanup()
        if isinstance(doorbell, RedisDoorbell):
            await doorbell.close()
        await systems.close()
        await database.close()


def main() -> int:
    """Read the settings and serve; returns the exit status."""
    try:
        settings = Settings.from_environment(os.environ)
        asyncio.run(_serve(settings, ShopSettings.from_env(os.environ)))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"ZHANGGUI_DESK_HOST, ZHANGGUI_DESK_PORT: cannot listen: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
