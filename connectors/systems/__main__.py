"""`python -m connectors.systems`: listen to the shop's outside systems until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence

import structlog
from aiohttp import web

from connectors.systems.listener import Listener
from connectors.systems.settings import SystemsSettings
from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.errors import ConfigurationError, where
from shop.policies import PolicyFile
from shop.settings import ShopSettings

_SETTINGS = """\
settings (environment):
  ZHANGGUI_SYSTEMS_HOST, ZHANGGUI_SYSTEMS_PORT
      127.0.0.1, 5070: POST /webhooks/kuaidi100, GET /health
  ZHANGGUI_SHOP_*
      the shop's systems, as for the actions: docs/systems.md
  ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL
      where Kuaidi100 reaches that path; empty: no subscriptions
  DATABASE_URL
      the house's database
"""

_NOTHING = (
    "nothing to listen to: set ZHANGGUI_SHOP_ORDERS=taobao or ZHANGGUI_SHOP_PARCELS=kuaidi100 "
    "(docs/systems.md), as for the other processes\n"
)
_SHUTDOWN_SECONDS = 5.0  # for a push that is being recorded

log = structlog.get_logger(__name__)


async def _serve(settings: SystemsSettings, shop_settings: ShopSettings) -> int:
    """Listen until SIGTERM or SIGINT; the exit status.

    Raises:
        OSError: the port cannot be had.
    """
    database = Database.from_url(settings.database_url)
    listener = Listener(
        shop_settings,
        database=database,
        policies=PolicyFile(path=settings.policies),
        keys_of=CustomerIdentities(database=database).keys_of,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, listener.stop)
    runner = web.AppRunner(listener.app(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    try:
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        log.info("systems.listening", url=f"http://{settings.host}:{settings.port}")
        try:
            await listener.run()
        except Exception as error:
            log.error("systems.failed", cause=type(error).__name__, at=where(error))
            return 1
        return 0
    finally:
        await runner.cleanup()
        await listener.close()
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the settings and listen; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m connectors.systems",
        description="Listens to Taobao's messages (TMC) and Kuaidi100's pushes.",
        epilog=_SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)
    try:
        settings = SystemsSettings.from_env(os.environ)
        shop_settings = ShopSettings.from_env(os.environ)
        if shop_settings.taobao is None and shop_settings.kuaidi100 is None:
            sys.stderr.write(_NOTHING)
            return 0
        return asyncio.run(_serve(settings, shop_settings))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"ZHANGGUI_SYSTEMS_HOST, ZHANGGUI_SYSTEMS_PORT: cannot listen: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
