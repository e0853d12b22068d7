"""Plays the planned conversations against the house, so many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from bench.simulate.bank import Bank
from bench.simulate.books import Books, Snapshot
from bench.simulate.goals import Goal
from bench.simulate.house import House
from bench.simulate.manners import Voice
from bench.simulate.oracle import Outcome, Verdict, judge
from bench.simulate.plan import Part, generator, now_goal
from bench.simulate.shopper import Course, Shopper
from bench.simulate.talk import Handoff, NoAnswer, Said, Talk
from shop.types import Order

_SECONDS = 120


@dataclass(frozen=True)
class Played:
    """One conversation, and what it came to."""

    part: Part
    goal: Goal
    course: Course
    verdict: Verdict
    heard: tuple[Said, ...]
    handoffs: tuple[Handoff, ...]


class Players:
    """Plays parts; two of one customer never at once and always in their order."""

    def __init__(
        self,
        *,
        house: House,
        books: Books,
        bank: Bank,
        seed: int,
        strangers: dict[str, tuple[Order, ...]],
    ) -> None:
        self._house = house
        self._books = books
        self._bank = bank
        self._seed = seed
        self._strangers = strangers
        self.played: list[Played] = []
        self.skipped: list[Part] = []

    async def play(self, parts: Sequence[Part], *, workers: int, told: Callable[[], None]) -> None:
        """Play all; `told` is called after each. What is played already stays when cancelled."""
        by_customer: dict[str, list[Part]] = {}
        for part in parts:
            by_customer.setdefault(part.customer, []).append(part)
        queue = sorted(by_customer.values(), key=len)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:

            async def worker() -> None:
                while queue:
                    for part in queue.pop():
                        await self._one(part, session)
                        told()

            await asyncio.gather(*(worker() for _ in range(workers)))
        self.played.sort(key=lambda one: one.part.number)

    async def everything(self) -> Snapshot:
        """The rows of all customers."""
        return await self._books.snapshot()

    async def _one(self, part: Part, session: aiohttp.ClientSession) -> None:
        random = generator(self._seed, part.number)
        strangers = self._strangers[part.customer]
        scene = await self._books.scene(part.customer, strangers=strangers)
        goal = now_goal(part, scene, random)
        if goal is None:
            self.skipped.append(part)
            return
        before = await self._books.snapshot(part.customer)
        talk = await Talk.open(
            url=self._house.url,
            session=session,
            database=self._house.database,
            customer=part.customer,
        )
        voice = Voice(bank=self._bank, manner=part.manner, facts=goal.facts, random=random)
        names = frozenset(product.short_name for product in scene.catalogue)
        shopper = Shopper(goal=goal, voice=voice, talk=talk, names=names)
        failed = ""
        try:
            course = await shopper.run()
        except NoAnswer as error:
            course, failed = shopper.course, str(error)
        after = await self._books.snapshot(part.customer)
        handoffs = await talk.handoffs()
        verdict = judge(goal, course, before, after, talk.heard, handoffs)
        if failed:
            verdict = Verdict(Outcome.FAILED, failed, wrong=verdict.wrong, doubled=verdict.doubled)
        self.played.append(Played(part, goal, course, verdict, tuple(talk.heard), handoffs))
