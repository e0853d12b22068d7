"""Conversations made the way the house makes them: through the ledger and the bot's turns."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import (
    BotReply,
    Content,
    HandoffRequest,
    InboundMessage,
    Kind,
    Picture,
)
from conversations.pictures import address_of
from conversations.turns import TurnQueue

_OWNER = "scene"
_numbers = itertools.count(1)

PACKAGE = {
    "customer": {"nickname": "林晓月", "tier": "vip", "orders": 37, "total_paid": 1286450},
    "mood": {"label": "生气", "trend": "falling"},
    "intent": {"name": "track_logistics", "text": "物流不更新", "confidence": 0.93},
    "risks": ["提到 12315", "48 小时内第 3 次来问"],
    "tried": [
        {"text": "查了圆通 YT7512345678901 的轨迹", "result": "停在武汉 38 小时"},
        {"text": "说明预计送达时间", "result": "客户不接受"},
    ],
    "slots": {"订单": "2411180000012345678", "商品": "牛津纺衬衫 黑色 L"},
    "suggestions": [
        "林女士您好，包裹在武汉停了 38 小时确实不正常，我马上联系圆通核实，30 分钟内答复您。",
        "如果今天还没有动，我给您重新发一件，原包裹到了您拒收就行，不用您出运费。",
        "这次让您等久了，我给您申请 10 元补偿，到账会有短信。",
    ],
}

HANDOFF = HandoffRequest(
    reason="complaint",
    reason_text="物流停滞，客户说要打 12315",
    summary=(
        "林晓月（VIP）问黑色 L 码衬衫为什么三天没动",
        "订单 2411180000012345678，圆通停在武汉 38 小时",
        "机器人给了预计时间，客户不接受，要求人工",
    ),
    package=PACKAGE,
    priority=2,
)


@dataclass
class HandClock:
    """A clock that tests move; it ticks a millisecond with each look."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def move(self, **length: float) -> None:
        self.now += timedelta(**length)


class Scenes:
    """What shoppers and the bot do."""

    def __init__(self, *, database: Database, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock(datetime.now(timezone.utc))
        self.ledger = Ledger(database=database, clock=self.clock)
        self.turns = TurnQueue(database=database, clock=self.clock)
        self.handoffs = Handoffs(database=database, clock=self.clock)
        self.identities = CustomerIdentities(database=database, clock=self.clock)

    async def says(self, key: ConversationKey, text: str, **content: object) -> int:
        """The shopper writes; nobody answers yet."""
        receipt = await self.ledger.record_inbound(
            InboundMessage(
                key=key,
                platform_message_id=f"m{next(_numbers)}",
                content=Content(text=text, **content),  # type: ignore[arg-type]
                sent_at=self.clock(),
            ),
            owner=_OWNER,
        )
        return receipt.seq

    async def sends(self, key: ConversationKey, picture: Picture) -> int:
        """The shopper sends a picture over the web."""
        receipt = await self.ledger.record_inbound(
            InboundMessage(
                key=key,
                platform_message_id=f"m{next(_numbers)}",
                content=Content(text="[图片]", kind=Kind.IMAGE, image=address_of(picture)),
                sent_at=self.clock(),
                trigger="/share_image",
                picture=picture,
            ),
            owner=_OWNER,
        )
        return receipt.seq

    async def answered(
        self, key: ConversationKey, *contents: Content, handoff: HandoffRequest | None = None
    ) -> None:
        """The bot answers the oldest waiting message."""
        turn = await self.turns.next(key, _OWNER)
        if turn is None:
            await self.turns.claim(_OWNER)
            turn = await self.turns.next(key, _OWNER)
        assert turn is not None
        await self.turns.complete(turn, BotReply(contents=contents, handoff=handoff))

    async def queued(
        self,
        key: ConversationKey,
        text: str = "转人工",
        *,
        customer: str = "",
        handoff: HandoffRequest = HANDOFF,
    ) -> ConversationKey:
        """A conversation that waits for a person."""
        if customer:
            await self.identities.link([(key, customer)])
        await self.says(key, text)
        await self.answered(key, Content(text="好的，这就请同事来。"), handoff=handoff)
        return key

    async def with_bot(self, key: ConversationKey, text: str = "在吗") -> ConversationKey:
        """A conversation that the bot serves."""
        await self.says(key, text)
        await self.answered(key, Content(text="在的，请讲。"))
        return key


XIAOWANG = Agent(id="xiaowang", name="小王")
XIAOLI = Agent(id="xiaoli", name="小李")
