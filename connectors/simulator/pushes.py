"""Pushes to the shop's server as WeChat sends them (reference 1.1 to 1.3)."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from connectors.wechat import xml
from connectors.wechat.crypto import Envelope, MessageCipher, sign
from connectors.wechat.settings import Account
from conversations.database import Clock

ATTEMPTS = 3
TIMEOUT = 5.0  # seconds

Field = tuple[str, "str | int"]


@dataclass(frozen=True)
class Push:
    """One message as pushed: pushing it again is what WeChat does when nobody answers."""

    openid: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Outcome:
    """How the shop's server took it. `status` 0: no answer at all."""

    ok: bool
    attempts: int
    status: int


class Pusher:
    """Pushes to one account's webhook.

    Args:
        account: its keys sign and encrypt.
        url: the webhook, e.g. `http://127.0.0.1:5005/webhooks/wechat/demo`.
        clock: gives `CreateTime` and the timestamps.
        timeout: seconds for one attempt.
        pause: seconds between two attempts.
    """

    def __init__(
        self,
        *,
        account: Account,
        url: str,
        clock: Clock,
        timeout: float = TIMEOUT,
        pause: float = 1.0,
    ) -> None:
        self._account = account
        self._url = url
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._pause = pause
        self._cipher = MessageCipher(
            token=account.token, aes_key=account.aes_key, receive_id=account.app_id
        )
        self._session: aiohttp.ClientSession | None = None
        # Message ids must be new after a restart too: the shop never forgets one.
        self._numbers = itertools.count(int(clock().timestamp() * 1000) * 10_000)

    async def start(self) -> None:
        """Open the HTTP session."""
        self._session = aiohttp.ClientSession(timeout=self._timeout)

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def message(self, openid: str, kind: str, fields: Sequence[Field]) -> Push:
        """A message of this shopper with a MsgId of its own."""
        number = str(next(self._numbers))
        return Push(openid, (*self._head(openid, kind), *fields, ("MsgId", int(number))))

    def event(self, openid: str, name: str, fields: Sequence[Field] = ()) -> Push:
        """An event: it has no MsgId."""
        return Push(openid, (*self._head(openid, "event"), ("Event", name), *fields))

    async def push(self, push: Push) -> Outcome:
        """Deliver: five seconds for each attempt, three attempts with the same signature."""
        query, body = self._sealed(push)
        status = 0
        for attempt in range(1, ATTEMPTS + 1):
            status, answer = await self._post(query, body)
            if status == 200 and answer in ("success", ""):
                return Outcome(ok=True, attempts=attempt, status=status)
            if attempt < ATTEMPTS:
                await asyncio.sleep(self._pause)
        return Outcome(ok=False, attempts=ATTEMPTS, status=status)

    async def verify(self) -> Outcome:
        """WeChat's check of the server address: the answer must be the question, byte for byte."""
        timestamp, nonce = self._stamp()
        question = str(secrets.randbelow(9 * 10**18) + 10**18)
        query = {
            "signature": sign(self._account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": question,
        }
        try:
            async with self._opened().get(self._url, params=query) as response:
                answer = await response.read()
                ok = response.status == 200 and answer == question.encode()
                return Outcome(ok=ok, attempts=1, status=response.status)
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return Outcome(ok=False, attempts=1, status=0)

    def _head(self, openid: str, kind: str) -> tuple[Field, ...]:
        return (
            ("ToUserName", self._account.original_id),
            ("FromUserName", openid),
            ("CreateTime", int(self._clock().timestamp())),
            ("MsgType", kind),
        )

    def _sealed(self, push: Push) -> tuple[dict[str, str], bytes]:
        timestamp, nonce = self._stamp()
        envelope: Envelope = self._cipher.seal(
            xml.render(push.fields), timestamp=timestamp, nonce=nonce
        )
        query = {
            "signature": sign(self._account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": push.openid,
            "encrypt_type": "aes",
            "msg_signature": envelope.signature,
        }
        body = xml.render(
            (("ToUserName", self._account.original_id), ("Encrypt", envelope.encrypt))
        )
        return query, body.encode()

    async def _post(self, query: dict[str, str], body: bytes) -> tuple[int, str]:
        try:
            async with self._opened().post(
                self._url, params=query, data=body, headers={"Content-Type": "text/xml"}
            ) as response:
                return response.status, await response.text(errors="replace")
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return 0, ""

    def _stamp(self) -> tuple[str, str]:
        return str(int(self._clock().timestamp())), str(secrets.randbelow(10**10))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("Pusher.start() was not called")
        return self._session
