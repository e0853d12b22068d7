"""Where conversation tests play: the real processes, and customers nobody has spoken for yet."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from bench.simulate.books import Books, Scene, Snapshot
from bench.simulate.house import House, house
from bench.simulate.oracle import Done, changes, new_records
from bench.simulate.scenery import repeat_stars
from bench.simulate.talk import Handoff, Said, Talk
from bench.training import ROOT
from conversations.database import utc_now
from conversations.schema import inbox, tracker_events
from deploy.demo import START_SECONDS
from shop.policies import PolicyFile
from shop.schema import skus
from shop.types import Order, Return

ANSWER_SECONDS = 30
_NAMES = {"shopper": "顾客", "bot": "掌柜", "system": "系统"}

_PLENTY = 500  # pieces of everything that is not sold out
COPIES = 110  # of each hand-written customer; every test takes one of its own


@dataclass(frozen=True)
class Heard:
    """What came in answer to one message."""

    said: tuple[Said, ...]

    @property
    def text(self) -> str:
        """All that can be read, cards with their rows, one below the other."""
        return "\n".join(one.whole for one in self.said)

    @property
    def last(self) -> str:
        """The last message."""
        return self.said[-1].whole if self.said else ""

    @property
    def options(self) -> list[str]:
        """The titles of all buttons."""
        return [title for one in self.said for title in one.options]


@dataclass
class Person:
    """A customer in a conversation of her own."""

    customer: str
    talk: Talk
    stage: Stage
    before: Snapshot

    async def says(self, text: str) -> Heard:
        """One message, and everything that comes in answer."""
        await self.sends(text)
        return await self.hears()

    async def sends(self, text: str, *, id: str = "") -> str:
        """Send without waiting; returns the id, with which it can be sent again."""
        return await self.talk.send(text, id=id)

    async def shows(self, picture: bytes) -> Heard:
        """One picture, and everything that comes in answer."""
        await self.talk.show(picture)
        return await self.hears()

    async def hears(self) -> Heard:
        """What has come since the last time, once nothing of hers waits any more."""
        return Heard(await self.talk.answers())

    async def taps(self, part: str, heard: Heard) -> Heard:
        """Press the one button whose title holds that."""
        (title,) = {title for title in heard.options if part in title}
        return await self.says(title)

    async def waits(self, **time: float) -> None:
        """Let time pass: what was said so far was said so much earlier."""
        seconds = timedelta(**time).total_seconds()
        mine = tracker_events.c.conversation == self.talk.key
        async with self.stage.house.database.write() as connection:
            rows = (await connection.execute(sa.select(tracker_events).where(mine))).all()
            for row in rows:
                at = row.timestamp - seconds
                data = json.dumps(json.loads(row.data) | {"timestamp": at}, ensure_ascii=False)
                this = sa.update(tracker_events).where(tracker_events.c.id == row.id)
                await connection.execute(this.values(timestamp=at, data=data))

    async def kept_question_is_asked_again(self) -> Heard:
        """Let the time come at which her kept question is asked again; what she then hears."""
        mine = inbox.c.conversation == self.talk.key
        async with self.stage.house.database.write() as connection:
            await connection.execute(sa.update(inbox).where(mine).values(kept_until=utc_now()))
        due = sa.select(sa.func.count()).where(mine, inbox.c.kept_until <= utc_now())
        deadline = time.monotonic() + ANSWER_SECONDS
        waiting = 1
        while waiting and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            async with self.stage.house.database.read() as connection:
                waiting = (await connection.execute(due)).scalar_one()
        return await self.hears()

    async def scene(self) -> Scene:
        """What the shop knows of her now."""
        return await self.stage.books.scene(self.customer)

    async def orders(self) -> tuple[Order, ...]:
        """Her orders, newest first."""
        return (await self.scene()).orders

    async def returns(self) -> tuple[Return, ...]:
        """Her returns."""
        return (await self.scene()).returns

    async def new(self) -> list[Done]:
        """Returns and receipts that have come up since she began."""
        return list(new_records(self.before, await self.stage.books.snapshot(self.customer)))

    async def kinds(self) -> list[str]:
        """The kinds of `new`, sorted; a return is `return`."""
        return sorted(one.kind for one in await self.new())

    async def changed(self) -> set[str]:
        """The names of the fields of her orders, lines, parcels… that are no longer the same."""
        after = await self.stage.books.snapshot(self.customer)
        return {field for _, field, _ in changes(self.before, after)}

    async def untouched(self) -> bool:
        """Nothing of hers has changed and nothing new has come up."""
        return not await self.new() and not await self.changed()

    async def handoffs(self) -> tuple[Handoff, ...]:
        """The requests for a person so far."""
        return await self.talk.handoffs()


@dataclass
class Stage:
    """The running house, its books, and the copies that are still free."""

    house: House
    books: Books
    session: aiohttp.ClientSession
    cast: dict[str, list[str]]

    async def person(self, star: str) -> Person:
        """A fresh copy of that customer of `data/shop/stars.yml`, in a new conversation."""
        return await self.again(self.cast[star].pop(0))

    async def again(self, customer: str) -> Person:
        """That very customer in another new conversation."""
        talk = await Talk.open(
            url=self.house.url,
            session=self.session,
            database=self.house.database,
            customer=customer,
        )
        before = await self.books.snapshot(customer)
        return Person(customer=customer, talk=talk, stage=self, before=before)

    async def restart(self, *programs: str) -> None:
        """Kill these (`rasa`, `actions`) and wait for new ones."""
        for name in programs:
            await self.house.processes.restart(name, seconds=START_SECONDS)


@asynccontextmanager
async def staged(
    folder: Path, *, settings_of_shop: Mapping[str, str] | None = None, copies: int = COPIES
) -> AsyncIterator[Stage]:
    """Start a house whose shop has every hand-written customer many times."""
    files = repeat_stars(ROOT / "data/shop", folder / "shop", copies=copies)
    async with house(folder, files=files, settings_of_shop=settings_of_shop) as running:
        books = Books(
            database=running.database,
            policies=PolicyFile(path=ROOT / "data/knowledge/policies.yml"),
        )
        async with running.database.write() as connection:  # all copies share it
            on_sale = sa.update(skus).where(skus.c.restock_at.is_(None), skus.c.stock > 0)
            await connection.execute(on_sale.values(stock=_PLENTY))
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session:
            yield Stage(running, books, session, _cast(running.customers))


def _cast(customers: Iterable[str]) -> dict[str, list[str]]:
    cast: dict[str, list[str]] = {}
    for customer in sorted(customers):
        if found := re.fullmatch(r"(c-[a-z]+)-\d{3}", customer):
            cast.setdefault(found[1], []).append(customer)
    return cast


def transcript(title: str, person: Person, records: Iterable[Done]) -> str:
    """A talk as Markdown: who said what, with buttons, and what the shop's books show after it."""
    lines = [f"# {title}", ""]
    for one in person.talk.heard:
        body = "  \n> ".join(one.text.strip().splitlines())
        lines += [f"**{_NAMES.get(one.sender, one.sender)}**", "", f"> {body}"]
        if one.options:
            lines += [">", "> " + " ".join(f"［{option}］" for option in one.options)]
        lines += [""]
    lines += ["**店里的账**", ""]
    booked = [f"- {_booked(one)}" for one in records]
    return "\n".join([*lines, *(booked or ["- 没有新的记录"]), ""])


def _booked(record: Done) -> str:
    words = f"{record.kind} {record.number}，订单 {record.order_id}"
    return f"{words}，退 ¥{record.refund / 100:g}" if record.refund else words
