"""The desk as one aiohttp application, put together from its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import web

from conversations.changes import Changes, Doorbell
from conversations.customers import CustomerIdentities
from conversations.database import Clock, Database, utc_now
from conversations.handoffs import Handoffs
from conversations.ledger import Ledger
from conversations.pictures import ShopperPictures
from desk.accounts import Accounts
from desk.api import HEARTBEAT, Api
from desk.approvals import Approvals
from desk.audit import Audit
from desk.customers import CustomerDirectory
from desk.http import MAX_BODY, errors, languages, same_site, security_headers, signed_in
from desk.inbox import Inbox
from desk.live import Live
from desk.pages import Pages
from desk.passwords import Passwords
from desk.settings import Settings
from desk.texts import Catalogue
from desk.throttle import Throttle
from shop.gateway import Shop
from shop.pictures import NoSuchPicture, ShopPictures

_PICTURES = web.AppKey("pictures", ShopPictures)
_TRY_WINDOW = timedelta(minutes=5)
_TRIES_PER_NAME = 10
_TRIES_PER_ADDRESS = 40  # a whole team may sit behind one address


def create_app(
    *,
    database: Database,
    shop: Shop,
    doorbell: Doorbell,
    settings: Settings | None = None,
    passwords: Passwords | None = None,
    poll: float = 0.5,
    heartbeat: float = HEARTBEAT,
    clock: Clock = utc_now,
) -> web.Application:
    """The application. It starts its one reader of the ledger's changes when it is served.

    Args:
        database: with the tables of `conversations.schema` and `desk.schema`.
        shop: the doors to the shop's own systems.
        doorbell: shared with the processes that write to the ledger.
        settings: how it is reached; the defaults are for this machine only.
        passwords: how passwords are hashed (tests take a cheap way).
        poll: seconds between looks at the database when the doorbell is silent.
        heartbeat: seconds between signs of life on an event stream.
        clock: the time.
    """
    settings = settings or Settings()
    ledger = Ledger(database=database, clock=clock)
    inbox = Inbox(database=database, clock=clock)
    directory = CustomerDirectory(shop=shop, clock=clock)
    changes = Changes(ledger=ledger, doorbell=doorbell, poll=poll, clock=clock)
    live = Live(ledger=ledger, changes=changes, inbox=inbox, directory=directory, clock=clock)
    handoffs = Handoffs(database=database, clock=clock)
    accounts = Accounts(database=database, passwords=passwords or Passwords(), clock=clock)
    api = Api(
        settings=settings,
        database=database,
        shop=shop,
        accounts=accounts,
        audit=Audit(database=database, clock=clock),
        ledger=ledger,
        pictures=ShopperPictures(database=database),
        handoffs=handoffs,
        approvals=Approvals(
            shop=shop,
            directory=directory,
            ledger=ledger,
            identities=CustomerIdentities(database=database, clock=clock),
            handoffs=handoffs,
        ),
        changes=changes,
        inbox=inbox,
        directory=directory,
        live=live,
        by_name=Throttle(limit=_TRIES_PER_NAME, window=_TRY_WINDOW, clock=clock),
        by_address=Throttle(limit=_TRIES_PER_ADDRESS, window=_TRY_WINDOW, clock=clock),
        heartbeat=heartbeat,
    )
    pages = Pages.load(accounts=accounts)
    app = web.Application(
        middlewares=[
            languages(Catalogue.load()),
            errors,
            same_site(settings),
            signed_in(accounts),
        ],
        client_max_size=MAX_BODY,
    )
    app.add_routes(api.routes())
    app.add_routes(pages.routes())
    app.add_routes([web.get("/shop/images/{name}", _picture)])
    app[_PICTURES] = ShopPictures(root=settings.pictures, secret=settings.secret)
    # aiosignal 1.4 types a signal by its parameters, aiohttp 3.9 by the receiver.
    app.on_response_prepare.append(security_headers(settings))  # type: ignore[arg-type]

    async def listening(_: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(live.run()), asyncio.create_task(changes.run())]
        yield
        await asyncio.gather(*tasks)

    async def hang_up(_: web.Application) -> None:
        live.close()
        await changes.close()

    app.cleanup_ctx.append(listening)
    app.on_shutdown.append(hang_up)  # type: ignore[arg-type]
    return app


async def _picture(request: web.Request) -> web.Response:
    pictures = request.app[_PICTURES]
    try:
        picture = await asyncio.to_thread(pictures.load, request.match_info["name"])
    except NoSuchPicture:
        raise web.HTTPNotFound from None
    headers = {"Cache-Control": "public, max-age=3600"}
    return web.Response(body=picture.data, content_type=picture.content_type, headers=headers)
