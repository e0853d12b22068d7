"""What the WeChat tests share: an account, a clock that jumps, a running simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer

from connectors.simulator.app import Simulator
from connectors.simulator.shoppers import FixedShoppers, Shopper
from connectors.wechat.outgoing import WeChatChannel
from connectors.wechat.settings import Account, WeChatSettings
from conversations.keys import ConversationKey
from conversations.messages import Content, Sender, StoredMessage

ACCOUNT = Account(
    name="demo",
    app_id="wx0123456789abcdef",
    secret="fabricated-app-secret",
    token="shopbot2026Token",
    aes_key="kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
    original_id="gh_7f083739789a",
)
OPENID = "oUSER1"
KEY = ConversationKey("wechat", "demo", OPENID)
SHOPPER = Shopper(
    openid=OPENID,
    name="林小满",
    tier="VIP 会员",
    city="广州",
    situation="运输中",
    ideas=("到哪了",),
)


class VirtualClock:
    """Time passes only when told to."""

    def __init__(self, now: datetime = datetime(2026, 7, 1, 4, 0, 30, tzinfo=timezone.utc)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class World:
    """WeChat on one side, our outgoing channel on the other."""

    simulator: Simulator
    channel: WeChatChannel
    clock: VirtualClock
    url: str
    _seq: int = 0

    def message(self, content: Content, openid: str = OPENID) -> StoredMessage:
        self._seq += 1
        return StoredMessage(
            key=ConversationKey("wechat", "demo", openid),
            seq=self._seq,
            sender=Sender.BOT,
            content=content,
            at=self.clock(),
        )

    def text(self, text: str, openid: str = OPENID) -> StoredMessage:
        return self.message(Content(text=text), openid)

    def shown(self, openid: str = OPENID) -> list[dict[str, Any]]:
        """What our side put on the shopper's screen."""
        return [
            bubble.to_json()
            for bubble in self.simulator.phones.history(openid)
            if bubble.side == "shop"
        ]

    def count(self, path: str) -> int:
        return sum(called.endswith(path) for called in self.simulator.calls)


@asynccontextmanager
async def world(
    *, menus: bool = True, image_root: Path = Path("nowhere"), public_url: str = ""
) -> AsyncIterator[World]:
    """A simulator on a free port and a channel that talks to it; the shopper has just written."""
    clock = VirtualClock()
    simulator = Simulator(
        account=ACCOUNT,
        rasa_url="http://127.0.0.1:9",
        shoppers=FixedShoppers(shoppers=[SHOPPER]),
        clock=clock,
        menus=menus,
    )
    simulator.platform.wrote(OPENID)
    async with TestServer(simulator.app()) as server:
        url = f"http://{server.host}:{server.port}"
        channel = WeChatChannel(
            settings=WeChatSettings(
                accounts={"demo": ACCOUNT}, api=url, image_root=image_root, public_url=public_url
            ),
            clock=clock,
        )
        await channel.start()
        try:
            yield World(simulator=simulator, channel=channel, clock=clock, url=url)
        finally:
            await channel.close()
