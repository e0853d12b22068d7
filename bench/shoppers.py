"""Shoppers in a closed loop: each says a message, waits for the answer, says the next."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

import aiohttp

from bench.systems import Running, Side, sender
from conversations import texts

ANSWER_SECONDS = 60
_LONG_POLL = 25

SCRIPTS: tuple[tuple[str, ...], ...] = (
    (
        "你好",
        "我的快递到哪了",
        "发的什么快递",
        "怎么洗，会不会缩水",
        "支持七天无理由退货吗",
        "退货运费谁出",
        "可以开发票吗",
        "订单状态",
        "满多少包邮",
        "谢谢",
    ),
    (
        "在吗",
        "查订单",
        "物流到哪里了",
        "什么材质的",
        "有优惠券吗",
        "能开电子发票吗",
        "拆开了还能退吗",
        "新疆能送到吗",
        "一般几天能到",
        "再见",
    ),
)
"""What shoppers say, in turns. No message names a product, a colour or a number: stock Rasa has
no extractor for those, and both sides shall do the same work."""

_OPENINGS = ("", "亲，", "老板，", "您好，", "嗨，", "那个，")
_PARTICLES = ("", "呀", "啊", "呢", "哦", "哈", "嘛", "啦", "哟", "噢")


def worded(text: str, number: int) -> str:
    """The text as shopper `number` words it: real shoppers seldom type the same characters, so
    that a memory of texts seen before must not help more here than it does in a shop.
    """
    random_ = random.Random(f"{number} {text}")
    particles = "".join(random_.choices(_PARTICLES, k=2))
    return f"{random_.choice(_OPENINGS)}{text}{particles}"


@dataclass(frozen=True)
class Answer:
    """What came back for one message: the texts, and whether that is an answer at all."""

    texts: tuple[str, ...]
    good: bool


class Client(Protocol):
    """A side's way to talk."""

    async def open(self, number: int, customer: str) -> str:
        """Begin conversation `number` as that customer; returns what names it from now on."""

    async def say(self, talk: str, text: str) -> Answer:
        """Send a message and wait for the answer."""


class RestClient:
    """Rasa's own `rest` channel: the answer is the response."""

    def __init__(self, *, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def open(self, number: int, customer: str) -> str:
        """See `Client`; the sender's customer is in the shop's database already."""
        return str(sender(number))

    async def say(self, talk: str, text: str) -> Answer:
        """See `Client`."""
        body = {"sender": talk, "message": text}
        async with self._session.post(f"{self._url}/webhooks/rest/webhook", json=body) as response:
            response.raise_for_status()
            return judged([_text(item) for item in await response.json()])


class WebClient:
    """Our web channel: the message is acknowledged, the answer fetched by a long poll."""

    def __init__(self, *, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def open(self, number: int, customer: str) -> str:
        """See `Client`; the name is the session's token."""
        body = {"demo_customer": customer}
        async with self._session.post(f"{self._url}/webhooks/web/sessions", json=body) as response:
            response.raise_for_status()
            return str((await response.json())["token"])

    async def say(self, talk: str, text: str) -> Answer:
        """See `Client`."""
        url, headers = f"{self._url}/webhooks/web/messages", {"Authorization": f"Bearer {talk}"}
        body = {"id": uuid.uuid4().hex, "text": text}
        async with self._session.post(url, json=body, headers=headers) as response:
            response.raise_for_status()
            seq = (await response.json())["seq"]
        deadline = time.monotonic() + ANSWER_SECONDS
        query = {"after": str(seq), "wait": str(_LONG_POLL)}
        while time.monotonic() < deadline:
            async with self._session.get(url, params=query, headers=headers) as response:
                response.raise_for_status()
                messages = (await response.json())["messages"]
            if messages:
                said = [m["text"] for m in messages if m["from"] == "bot"]
                return judged(said, interrupted=len(said) < len(messages))
        raise asyncio.TimeoutError


class Talking(AbstractAsyncContextManager[Client]):
    """A client for a running side, with connections of its own."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Client:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
        )
        kind = WebClient if self._running.side is Side.OURS else RestClient
        return kind(url=self._running.url, session=self._session)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()


EXCUSES: frozenset[str] = frozenset(
    {
        texts.bot_failed(),
        # `failed`, `shop_unavailable` and `…_kept` of data/knowledge/phrases.yml begin like this.
        "店里的系统现在没有回应",
        "系统还没",
        "这一步我这边出错了",
        "还是没成，问题在我这边",
    }
)


def judged(said: Sequence[str], *, interrupted: bool = False) -> Answer:
    """Empty answers, excuses and interruptions by the house itself are not answers."""
    excuse = any(text.startswith(tuple(EXCUSES)) for text in said)
    return Answer(texts=tuple(said), good=any(said) and not excuse and not interrupted)


def _text(item: dict[str, Any]) -> str:
    custom = item.get("custom") or {}
    return str(item.get("text") or custom.get("content", {}).get("text") or "")


@dataclass
class Slice:
    """A stretch of load on one side.

    Attributes:
        seconds: how long messages were sent.
        in_time: messages answered within these seconds.
        latencies: seconds until the answer, of every message, late ones too.
        failures: messages without an answer.
        answers: the texts, by number of conversation and of message in it.
    """

    seconds: float
    in_time: int = 0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    answers: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)


class Conversations:
    """Numbers conversations through, so that number n is the same customer on every side."""

    def __init__(self, customers: Sequence[str]) -> None:
        self._customers = customers
        self._numbers = itertools.count()

    def __iter__(self) -> Iterator[tuple[int, str, tuple[str, ...]]]:
        return self

    def __next__(self) -> tuple[int, str, tuple[str, ...]]:
        """Its number, its customer, and what that customer will say."""
        number = next(self._numbers)
        customer = self._customers[number % len(self._customers)]
        script = SCRIPTS[number // len(self._customers) % len(SCRIPTS)]
        return number, customer, tuple(worded(text, number) for text in script)


async def load(
    client: Client, conversations: Conversations, *, shoppers: int, seconds: float
) -> Slice:
    """Keep that many shoppers talking for that long; the messages in hand are waited for."""
    result = Slice(seconds=seconds)
    began = time.perf_counter()

    async def shopper() -> None:
        while True:
            number, customer, script = next(conversations)
            talk = await client.open(number, customer)
            for step, text in enumerate(script):
                if time.perf_counter() - began >= seconds:
                    return
                await _exchange(client, talk, text, (number, step), result)
                result.in_time += time.perf_counter() - began < seconds

    await asyncio.gather(*(shopper() for _ in range(shoppers)))
    return result


async def _exchange(
    client: Client, talk: str, text: str, place: tuple[int, int], result: Slice
) -> None:
    began = time.perf_counter()
    try:
        answer = await client.say(talk, text)
    except (aiohttp.ClientError, asyncio.TimeoutError):
        answer = Answer(texts=(), good=False)
    result.latencies.append(time.perf_counter() - began)
    result.answers[place] = answer.texts
    result.failures += not answer.good
