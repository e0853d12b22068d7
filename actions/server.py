"""The action server: `python -m actions.server`.

rasa-sdk's own server binds every interface, asks for no secret, and echoes the whole request
(tracker and all) on an error. This one uses rasa-sdk's executor behind an aiohttp application
that listens on loopback, demands `X-Zhanggui-Secret`, and answers errors with a word.

    ZHANGGUI_ACTIONS_SECRET   required
    ZHANGGUI_ACTIONS_PORT     5055
    DATABASE_URL              as in `conversations.database`
    ZHANGGUI_SHOP_*           as in `shop.settings`
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from actions.base import Services
from actions.session import SessionStartAction
from actions.sight import PictureReader, ShopperSight
from actions.skills import build_house, handoff_rules_in, phrases_in
from conversations.customers import CustomerIdentities
from conversations.database import DEFAULT_URL, Database, utc_now
from conversations.errors import ConfigurationError, ZhangguiError
from conversations.ledger import Ledger
from conversations.pictures import ShopperPictures
from shop.configured import configured_shop
from shop.documents import LiveTable
from shop.gateway import Shop
from shop.knowledge import entries_in
from shop.livefile import Documents
from shop.policies import PolicyFile
from shop.settings import ShopSettings
from shop.sql import sql_shop

HOST = "127.0.0.1"
DEFAULT_PORT = 5055
MAX_BODY = 8 * 1024 * 1024  # a session of 2,000 events is 0.7 MB
SECRET_HEADER = "X-Zhanggui-Secret"  # noqa: S105 - the header's name
KNOWLEDGE = Path(__file__).resolve().parent.parent / "data" / "knowledge"

_EXECUTOR: web.AppKey[ActionExecutor] = web.AppKey("executor", ActionExecutor)
_log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(*, secret: str, services: Services) -> web.Application:
    """The application with all skills.

    Args:
        secret: what callers must send in `X-Zhanggui-Secret`.
        services: what the skills use of the world outside.

    Raises:
        ConfigurationError: the secret is empty, or a knowledge file cannot be used.
    """
    expected = _checked(secret)
    for knowledge in (services.phrases, services.knowledge, services.handoff_rules):
        knowledge.current()  # a broken file stops the start, not a shopper
    executor = ActionExecutor()
    for skill in build_house(services).skills.values():
        executor.register_action(skill)
    executor.register_action(SessionStartAction(clock=services.clock))
    app = web.Application(
        client_max_size=MAX_BODY, middlewares=[_plain_errors, _require_secret(expected)]
    )
    app[_EXECUTOR] = executor
    app.router.add_post("/webhook", _run_action)
    app.router.add_get("/health", _health)
    return app


def services_of(
    database: Database,
    *,
    shop: Shop | None = None,
    knowledge: Path = KNOWLEDGE,
    table: Documents | None = None,
    picture_secret: str = "",
    reader: PictureReader | None = None,
) -> Services:
    """What the skills need, from the house's database and knowledge folder.

    Args:
        database: the shop's tables and the customers' identities.
        shop: the gateway; None: over the shop's tables alone.
        knowledge: the folder of files.
        table: entries beside those of the folder.
        picture_secret: `ZHANGGUI_SECRET`, with which the names of drawings are signed.
        reader: reads the pictures that shoppers send; None: nobody does.
    """
    ledger = Ledger(database=database)
    sent = ShopperPictures(database=database)
    return Services(
        shop=shop or sql_shop(database, policies=PolicyFile(path=knowledge / "policies.yml")),
        identities=CustomerIdentities(database=database),
        originals=ledger,
        phrases=phrases_in(knowledge),
        knowledge=entries_in(knowledge, table=table),
        handoff_rules=handoff_rules_in(knowledge),
        clock=utc_now,
        new_id=lambda: uuid.uuid4().hex,
        picture_secret=picture_secret,
        sight=ShopperSight(ledger=ledger, pictures=sent, reader=reader) if reader else None,
    )


def _require_secret(secret: str) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    expected = secret.encode()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if request.path != "/health" and not hmac.compare_digest(given, expected):
            return _error(403, "forbidden")
        return await handler(request)

    return middleware


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong, the answer is one word: never a tracker, never a trace."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _error(error.status, error.reason.lower())
    except Exception as error:
        _log.error("actions.request_failed", path=request.path, cause=type(error).__name__)
        return _error(500, "internal error")


async def _run_action(request: web.Request) -> web.Response:
    try:
        call = json.loads(await request.read())
    except (ValueError, RecursionError):
        return _error(400, "not json")
    if not _well_formed(call):
        return _error(400, "not an action call")
    name = call["next_action"]
    try:
        result = await request.app[_EXECUTOR].run(call)
    except ActionExecutionRejection:
        return web.json_response({"error": "rejected", "action_name": name}, status=400)
    except ActionNotFoundException:
        return web.json_response({"error": "unknown action", "action_name": name}, status=404)
    return web.json_response(result, dumps=_dumps)


def _well_formed(call: object) -> bool:
    if not isinstance(call, Mapping) or not isinstance(call.get("next_action"), str):
        return False
    tracker = call.get("tracker")
    return isinstance(tracker, Mapping) and isinstance(tracker.get("sender_id"), str)


async def _health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _error(status: int, word: str) -> web.Response:
    return web.json_response({"error": word}, status=status)


def _dumps(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)


def main(environ: Mapping[str, str] = os.environ) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SystemExit: a setting is missing or wrong; the text says which.
    """
    try:
        secret = _checked(environ.get("ZHANGGUI_ACTIONS_SECRET", ""))
        port = _port(environ.get("ZHANGGUI_ACTIONS_PORT", str(DEFAULT_PORT)))
        url = environ.get("DATABASE_URL") or DEFAULT_URL
        database = Database.from_url(url)
        table = LiveTable(database=Database.from_url(url))
        systems = configured_shop(
            ShopSettings.from_env(environ),
            database=database,
            policies=PolicyFile(path=KNOWLEDGE / "policies.yml"),
            keys_of=CustomerIdentities(database=database).keys_of,
        )
        # A machine too small for it does without: pictures are then kept, and not read.
        reader = None if environ.get("ZHANGGUI_READ_PICTURES") == "0" else PictureReader()
        services = services_of(
            database,
            shop=systems.shop,
            table=table,
            picture_secret=environ.get("ZHANGGUI_SECRET", ""),
            reader=reader,
        )
        app = create_app(secret=secret, services=services)
    except ZhangguiError as error:
        raise SystemExit(f"actions: {error}") from error

    # After the files, which must be right: what is wrong in the database is logged and left out.
    table.start()
    services.knowledge.current()

    async def closing(_: web.Application) -> AsyncIterator[None]:
        yield
        if reader is not None:
            await reader.close()
        await systems.close()
        await asyncio.to_thread(table.close)
        await database.close()

    app.cleanup_ctx.append(closing)
    web.run_app(app, host=HOST, port=port, print=None, access_log=None)


def _checked(secret: str) -> str:
    if not secret:
        raise ConfigurationError(
            "ZHANGGUI_ACTIONS_SECRET is missing; set the same long random text for Rasa and for "
            "the action server, e.g. from `openssl rand -hex 32`"
        )
    return secret


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigurationError(f"ZHANGGUI_ACTIONS_PORT: {text!r} is not a port, e.g. 5055")
    return int(text)


if __name__ == "__main__":
    main()
