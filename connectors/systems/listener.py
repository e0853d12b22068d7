"""What listens to the outside systems of one shop, put together from its settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from conversations.database import Clock, Database, utc_now
from shop.copies import Copies
from shop.errors import ShopUnavailable
from shop.kuaidi100.api import Kuaidi100
from shop.kuaidi100.pushes import push_handler
from shop.kuaidi100.recording import RecordedPushes
from shop.kuaidi100.subscriptions import Subscriptions
from shop.notices import NoticeBook
from shop.remote import Remote
from shop.settings import Kuaidi100Settings, ShopSettings, System, TaobaoSettings
from shop.sql import PolicySource, sql_shop
from shop.taobao.buyers import KeysOf, linked_buyers
from shop.taobao.client import TopClient
from shop.taobao.effects import CatchUp
from shop.taobao.parcels import TaobaoParcels
from shop.taobao.tmc import PAUSE, TmcConsumer
from shop.taobao.trades import TaobaoOrders

PUSHES = "/webhooks/kuaidi100"
"""The path at which Kuaidi100's pushes come in."""

_A_DAY = 24 * 3600.0  # seconds between two clearings of the notice book

log = structlog.get_logger(__name__)


class Listener:
    """Hears those of the systems that the settings name.

    Args:
        settings: which systems there are.
        database: holds the tables of `shop.schema`.
        policies: gives the rules in force.
        keys_of: the verified conversations of a customer, which tell their Taobao buyers.
        clock: the present moment, with a zone.
        tmc_pause: seconds to wait when Taobao had no message.
    """

    def __init__(
        self,
        settings: ShopSettings,
        *,
        database: Database,
        policies: PolicySource,
        keys_of: KeysOf,
        clock: Clock = utc_now,
        tmc_pause: float = PAUSE,
    ) -> None:
        self._settings = settings
        self._database = database
        self._policies = policies
        self._keys_of = keys_of
        self._clock = clock
        self._book = NoticeBook(database=database, clock=clock)
        self._remotes: list[Remote] = []
        self._top: TopClient | None = None
        self._consumer: TmcConsumer | None = None
        self._subscriptions: Subscriptions | None = None
        self._stopping = asyncio.Event()
        if settings.taobao is not None:
            self._consumer = self._listen_to_taobao(settings.taobao, pause=tmc_pause)
        if settings.kuaidi100 is not None and settings.kuaidi100.callback_url:
            self._subscriptions = self._subscribe_at(settings.kuaidi100)

    def app(self) -> web.Application:
        """The application: `/health`, and the pushes when Kuaidi100 is among the systems."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        kuaidi100 = self._settings.kuaidi100
        if kuaidi100 is not None:
            sink = RecordedPushes(book=self._book, clock=self._clock)
            handler = push_handler(secret=kuaidi100.credentials.secret, sink=sink)
            app.router.add_post(PUSHES, handler)
        return app

    async def run(self) -> None:
        """Listen until `stop`; what is being handled then is finished and confirmed.

        Raises:
            Exception: a part ended by a fault of ours; the others were stopped first.
        """
        if self._settings.kuaidi100 is not None and self._subscriptions is None:
            log.warning(
                "systems.not_subscribing",
                reason="ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL is not set: Kuaidi100 is not asked "
                f"to push; set it to the address that leads to {PUSHES} from outside",
            )
        runs: list[Callable[[], Awaitable[None]]] = [self._clear_book]
        if self._consumer is not None:
            runs.append(self._consumer.run)
        if self._subscriptions is not None:
            runs.append(self._subscriptions.run)
        tasks = [asyncio.ensure_future(run()) for run in runs]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        self.stop()
        await asyncio.gather(*tasks)

    def stop(self) -> None:
        """Ask `run` to end."""
        self._stopping.set()
        if self._consumer is not None:
            self._consumer.stop()
        if self._subscriptions is not None:
            self._subscriptions.stop()

    async def close(self) -> None:
        """Close the connections to outside systems; the database is the caller's."""
        for remote in self._remotes:
            await remote.close()

    def _listen_to_taobao(self, taobao: TaobaoSettings, *, pause: float) -> TmcConsumer:
        self._top = TopClient(
            app=taobao.app, remote=self._connect("Taobao"), url=taobao.url, clock=self._clock
        )
        own = sql_shop(self._database, policies=self._policies, clock=self._clock)
        buyers = linked_buyers(self._keys_of, accounts=taobao.app.sessions)
        orders = TaobaoOrders(client=self._top, buyers=buyers, catalogue=own.catalogue)
        parcels = TaobaoParcels(
            client=self._top,
            orders=orders,
            history=own.logistics,
            traces=self._settings.parcels is System.TAOBAO,
        )
        handler = CatchUp(
            client=self._top,
            buyers=buyers,
            orders=orders,
            logistics=parcels,
            copies=Copies(database=self._database),
            clock=self._clock,
        )
        return TmcConsumer(client=self._top, book=self._book, handler=handler, pause=pause)

    def _subscribe_at(self, kuaidi100: Kuaidi100Settings) -> Subscriptions:
        return Subscriptions(
            database=self._database,
            kuaidi100=Kuaidi100(
                credentials=kuaidi100.credentials,
                remote=self._connect("Kuaidi100"),
                query_url=kuaidi100.query_url,
                subscribe_url=kuaidi100.subscribe_url,
                clock=self._clock,
            ),
            callback_url=kuaidi100.callback_url,
            sender_phone=kuaidi100.sender_phone,
            clock=self._clock,
        )

    def _connect(self, system: str) -> Remote:
        self._remotes.append(Remote(system=system, timeout=self._settings.timeout))
        return self._remotes[-1]

    async def _clear_book(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._book.forget_old()
            except ShopUnavailable as error:
                log.warning("systems.book_not_cleared", reason=str(error))
            try:
                await asyncio.wait_for(self._stopping.wait(), _A_DAY)
            except asyncio.TimeoutError:
                continue

    async def _health(self, request: web.Request) -> web.Response:
        """The systems that are asked, by their breakers, and accounts to be authorised anew."""
        states = [remote.breaker.health() for remote in self._remotes]
        expired = self._top.expired_accounts if self._top is not None else frozenset()
        return web.json_response(
            {
                "status": "ok",
                "systems": {one.system: one.phase.value for one in states},
                "expired_accounts": sorted(expired),
            }
        )
