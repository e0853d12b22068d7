"""Durable messages per second and time to the answer, sides in turn on the same machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import psutil

from bench.progress import say, ticking
from bench.shoppers import Client, Conversations, Slice, Talking, load
from bench.stats import percentile
from bench.systems import Running, Shop, Side, System, running

TITLES = {Side.STOCK: "原版 Rasa", Side.OURS: "掌柜", Side.FLOOR: "Rasa 空机器人"}


@dataclass(frozen=True)
class Effort:
    """How much to measure.

    Attributes:
        levels: numbers of shoppers at a time.
        rounds: how often each side gets its turn at each level.
        seconds: how long a turn lasts.
        fewest: messages of a level below which turns are added, to at most twice the rounds.
    """

    levels: tuple[int, ...]
    rounds: int
    seconds: float
    fewest: int
    warm_up: float


FULL = Effort(levels=(1, 8, 20), rounds=3, seconds=10, fewest=300, warm_up=8)
QUICK = Effort(levels=(1, 8), rounds=1, seconds=3, fewest=0, warm_up=2)


@dataclass(frozen=True)
class Pace:
    """One side at one level.

    Attributes:
        shoppers: talking at a time.
        messages: sent in all turns together.
        failures: of them without an answer, or with an excuse.
        per_second: messages answered while the load lasted, by its seconds.
        p50: milliseconds from sending to holding the answer.
        p95: see there.
        slowest: see there.
        cpu_ms: CPU milliseconds per message, of Rasa and action server together.
        others: share of the machine's CPU that neither the sides nor the bench used.
    """

    shoppers: int
    messages: int
    failures: int
    per_second: float
    p50: float
    p95: float
    slowest: float
    cpu_ms: float
    others: float


@dataclass(frozen=True)
class Speed:
    """What came out.

    Attributes:
        paces: by side, in the order of levels.
        memory: bytes by process after the load.
        same_answers: the share of messages that both sides answered with the same words.
        compared: how many messages that is a share of.
    """

    paces: Mapping[Side, Sequence[Pace]]
    memory: Mapping[Side, Mapping[str, int]]
    same_answers: float
    compared: int


@dataclass
class _Tally:
    """Sums over a side's turns at a level."""

    seconds: float = 0.0
    in_time: int = 0
    cpu: float = 0.0
    machine: float = 0.0
    others: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    def pace(self, shoppers: int) -> Pace:
        count = len(self.latencies)
        return Pace(
            shoppers=shoppers,
            messages=count,
            failures=self.failures,
            per_second=self.in_time / self.seconds,
            p50=percentile(self.latencies, 0.5) * 1000,
            p95=percentile(self.latencies, 0.95) * 1000,
            slowest=percentile(self.latencies, 1) * 1000,
            cpu_ms=self.cpu / max(1, count) * 1000,
            others=self.others / self.machine if self.machine else 0.0,
        )


async def measure(systems: Sequence[System], shop: Shop, effort: Effort) -> Speed:
    """Start all sides, warm them up, and let them take turns level by level."""
    answers: dict[Side, dict[tuple[int, int], tuple[str, ...]]] = {s.side: {} for s in systems}
    paces: dict[Side, list[Pace]] = {s.side: [] for s in systems}
    async with AsyncExitStack() as stack:
        sides: list[tuple[Running, Client, Conversations]] = []
        for system in systems:
            async with ticking(f"启动{TITLES[system.side]}"):
                alive = await stack.enter_async_context(running(system))
            client = await stack.enter_async_context(Talking(alive))
            sides.append((alive, client, Conversations(shop.customers)))
        for alive, client, conversations in sides:
            async with ticking(f"预热{TITLES[alive.side]}"):
                warm = await load(client, conversations, shoppers=4, seconds=effort.warm_up)
                answers[alive.side] |= warm.answers
        for shoppers in effort.levels:
            tallies = {alive.side: _Tally() for alive, _, _ in sides}
            for turn in range(2 * effort.rounds):
                if (
                    turn >= effort.rounds
                    and min(len(tally.latencies) for tally in tallies.values()) >= effort.fewest
                ):
                    break
                for alive, client, conversations in sides:
                    stretch = await _turn(
                        alive, client, conversations, shoppers, effort, tallies[alive.side]
                    )
                    answers[alive.side] |= stretch.answers
            for side, tally in tallies.items():
                pace = tally.pace(shoppers)
                paces[side].append(pace)
                say(
                    f"  {shoppers:>2} 位顾客  {TITLES[side]}：{pace.per_second:.1f} 条/秒，"
                    f"p50 {pace.p50:.0f} ms，p95 {pace.p95:.0f} ms，最慢 {pace.slowest:.0f} ms，"
                    f"{pace.messages} 条，失败 {pace.failures}"
                )
        memory = {alive.side: alive.memory() for alive, _, _ in sides}
    same = _same(answers.get(Side.STOCK, {}), answers.get(Side.OURS, {}))
    return Speed(
        paces=paces,
        memory=memory,
        same_answers=sum(same) / len(same) if same else 0.0,
        compared=len(same),
    )


async def _turn(
    alive: Running,
    client: Client,
    conversations: Conversations,
    shoppers: int,
    effort: Effort,
    tally: _Tally,
) -> Slice:
    me, began = psutil.Process(), time.perf_counter()
    own_before, before, machine_before = _cpu(me), alive.cpu(), psutil.cpu_times()
    stretch = await load(client, conversations, shoppers=shoppers, seconds=effort.seconds)
    machine = _busy(psutil.cpu_times()) - _busy(machine_before)
    used = sum(alive.cpu().values()) - sum(before.values())
    tally.seconds += stretch.seconds
    tally.in_time += stretch.in_time
    tally.cpu += used
    tally.machine += (time.perf_counter() - began) * (psutil.cpu_count() or 1)
    tally.others += max(0.0, machine - used - (_cpu(me) - own_before))
    tally.latencies += stretch.latencies
    tally.failures += stretch.failures
    return stretch


def _cpu(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def _busy(times: object) -> float:
    """CPU seconds of all processes of the machine since it started."""
    return float(times.user + times.system + times.nice)  # type: ignore[attr-defined]


def _same(
    stock: Mapping[tuple[int, int], tuple[str, ...]],
    ours: Mapping[tuple[int, int], tuple[str, ...]],
) -> list[bool]:
    return [stock[place] == ours[place] for place in stock.keys() & ours.keys()]
