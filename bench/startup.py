"""From the start of the processes to the first answered message, sides in turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from bench.progress import ticking
from bench.shoppers import Talking
from bench.speed import TITLES
from bench.systems import Shop, Side, System, running
from bench.training import BenchFailed, tail

FIRST_MESSAGE = "我的快递到哪了"
_GIVE_UP = 60  # seconds for the first answer


@dataclass(frozen=True)
class Start:
    """One side's starts.

    Attributes:
        seconds: each start, from the creation of the processes to the first answer.
        memory: bytes by process after the first answer of the last start.
    """

    seconds: tuple[float, ...]
    memory: Mapping[str, int]


async def measure(systems: Sequence[System], shop: Shop, *, rounds: int) -> dict[Side, Start]:
    """Start each side alone, `rounds` times in turn."""
    seconds: dict[Side, list[float]] = {system.side: [] for system in systems}
    memory: dict[Side, Mapping[str, int]] = {}
    for number in range(1, rounds + 1):
        for system in systems:
            async with ticking(f"第 {number} 次启动{TITLES[system.side]}"):
                spent, memory[system.side] = await _once(system, shop)
                seconds[system.side].append(spent)
    return {side: Start(tuple(spent), memory[side]) for side, spent in seconds.items()}


async def _once(system: System, shop: Shop) -> tuple[float, Mapping[str, int]]:
    async with running(system) as alive, Talking(alive) as client:
        deadline = time.monotonic() + _GIVE_UP
        while time.monotonic() < deadline:
            try:
                talk = await client.open(0, shop.customers[0])
                answer = await client.say(talk, FIRST_MESSAGE)
            except (aiohttp.ClientError, asyncio.TimeoutError):
                await asyncio.sleep(0.1)
                continue
            if answer.good:
                return time.perf_counter() - alive.began, alive.memory()
            await asyncio.sleep(0.1)
    raise BenchFailed(
        f"{TITLES[system.side]}启动后没有回答「{FIRST_MESSAGE}」，Rasa 日志最后几行：\n"
        f"{tail(system.home / 'rasa.log')}"
    )
