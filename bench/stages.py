"""Where the time of one message goes: one shopper on our web channel, each stage timed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import mean

from bench.progress import ticking
from bench.shoppers import Conversations, Talking, load
from bench.systems import Shop, System, running

CHANNEL = "bench.timed_channel.TimedWebInput"

TITLES = {
    "receive.check": "收：是否发得太快",
    "receive.record": "收：落盘（一个事务）",
    "dispatch.next": "派：取出这条消息",
    "bot": "答：Rasa 全程",
    "bot.load_tracker": "　读会话记忆",
    "bot.parse": "　理解（意图、实体）",
    "bot.extract_slots": "　填槽",
    "bot.policies": "　策略（选动作）",
    "bot.actions": "　动作（含 HTTP）",
    "bot.actions.http": "　　动作服务的 HTTP 往返",
    "bot.save_tracker": "　记下新事件",
    "commit": "存：答案与记忆（一个事务）",
    "notify.changed": "告知：谁有变化",
    "notify.history": "告知：取出新消息",
}


@dataclass(frozen=True)
class Stage:
    """Milliseconds and calls per message; stages named `a.b` are part of `a`."""

    name: str
    milliseconds: float
    calls: float


@dataclass(frozen=True)
class Stages:
    """One shopper's messages, as the shopper sees them and as the stages add up."""

    messages: int
    answer: float
    stages: tuple[Stage, ...]


async def measure(system: System, shop: Shop, *, seconds: float) -> Stages:
    """Time the stages with one shopper for that long; `system` must use `CHANNEL`."""
    async with (
        ticking("掌柜：一条消息的时间花在哪里"),
        running(system) as alive,
        Talking(alive) as client,
    ):
        result = await load(client, Conversations(shop.customers), shoppers=1, seconds=seconds)
    told = json.loads((system.home / "stages.json").read_text(encoding="utf-8"))
    count = len(result.latencies)
    return Stages(
        messages=count,
        answer=mean(result.latencies) * 1000,
        stages=tuple(
            Stage(
                name=name,
                milliseconds=told["spent"][name] / count,
                calls=told["calls"][name] / count,
            )
            for name in sorted(told["spent"])
        ),
    )
