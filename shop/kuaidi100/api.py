"""Kuaidi100's query and subscription for one customer of theirs.

A number is not asked for again within half an hour: Kuaidi100 locks numbers that are. Every
answer is kept that long, and one that knows nothing for ten minutes.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from conversations.database import Clock, utc_now
from shop.errors import ShopUnavailable
from shop.kuaidi100.states import trace_from
from shop.remote import Remote
from shop.types import TraceNode

QUERY_URL = "https://poll.kuaidi100.com/poll/query.do"
SUBSCRIBE_URL = "https://poll.kuaidi100.com/poll"
POSITIVE = timedelta(minutes=30)
NEGATIVE = timedelta(minutes=10)
NEED_PHONE = frozenset({"shunfeng", "shunfengkuaiyun", "zhongtong"})
"""Carriers that tell only who knows the sender's or receiver's phone (query API, `phone`)."""

_KEPT = 10_000  # answers in memory
_LONGEST = 32  # characters of a number
_SHORTEST = 6
_DIGITS = re.compile(r"[0-9]{4}")
_RETURN_CODE = re.compile(r"[0-9]{1,6}")
_NOTHING = "500"  # no result for that number
_WRONG_PHONE = "408"
_SUBSCRIBED = "501"  # that number is subscribed already
# What is wrong with one subscription, not with our account: a field, the phone, the carrier.
_OF_THE_NUMBER = frozenset({"400", "408", "700", "701", "702"})
_HINTS = {
    "503": "; the signature is wrong: check ZHANGGUI_SHOP_KUAIDI100_CUSTOMER and _KEY",
    "601": "; the key has expired or has no calls left: look at Kuaidi100's console",
}

log = structlog.get_logger(__name__)


class NumberRefused(ShopUnavailable):
    """Kuaidi100 does not follow that one number; others it may."""


@dataclass(frozen=True)
class Credentials:
    """Our account at Kuaidi100.

    `secret` is ours alone: the salts of the pushes are derived from it.
    """

    customer: str
    key: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Tracking:
    """A number's trace and when Kuaidi100 was asked for it or pushed it. No trace: it has none."""

    trace: tuple[TraceNode, ...]
    as_of: datetime
    com: str


@dataclass(frozen=True)
class Kept:
    """An answer, and until when the number is not asked for again."""

    tracking: Tracking
    until: datetime


class Answers(Protocol):
    """The answers that all processes of the house share."""

    async def get(self, number: str) -> Kept | None:
        """What was answered last; None when nothing is known, or cannot be read."""

    async def put(self, number: str, kept: Kept) -> None:
        """Let the others know; without effect when it cannot be written."""


class Kuaidi100:
    """Queries with a cache, and subscriptions.

    Args:
        credentials: our account.
        remote: the connection.
        query_url, subscribe_url: where Kuaidi100 is.
        answers: shared with other processes; None: this one alone asks.
        clock: the present moment, with a zone: how old an answer is.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        remote: Remote,
        query_url: str = QUERY_URL,
        subscribe_url: str = SUBSCRIBE_URL,
        answers: Answers | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._credentials = credentials
        self._remote = remote
        self._query_url = query_url
        self._subscribe_url = subscribe_url
        self._answers = answers
        self._clock = clock
        self._cache: OrderedDict[str, Kept] = OrderedDict()
        self._flights: dict[str, asyncio.Task[Tracking]] = {}

    def deadline(self) -> float:
        """See `shop.remote.Remote.deadline`."""
        return self._remote.deadline()

    async def track(self, com: str, number: str, *, phone: str = "", deadline: float) -> Tracking:
        """The trace of a number, at most half an hour old unless Kuaidi100 refuses to look anew.

        A number that Kuaidi100 cannot look up (no carrier's code, no phone where the carrier
        wants one, a wrong phone) has no trace.

        Args:
            com: Kuaidi100's code of the carrier.
            number: the waybill.
            phone: a phone of sender or receiver, whole or its last four digits.
            deadline: see `deadline`.

        Raises:
            ShopUnavailable: Kuaidi100 does not answer, or refuses us.
        """
        known = self._fresh(number)
        if known is not None:
            return known
        flight = self._flights.get(number)
        if flight is None:
            flight = asyncio.create_task(self._ask(com, number, phone=phone, deadline=deadline))
            flight.add_done_callback(_look_at_error)
            self._flights[number] = flight
        return await asyncio.shield(flight)

    def is_fresh(self, tracking: Tracking) -> bool:
        """Whether that trace is so new that the number is not asked for yet."""
        return timedelta(0) <= self._clock() - tracking.as_of < POSITIVE

    async def subscribe(
        self, com: str, number: str, *, callback_url: str, phone: str = "", deadline: float
    ) -> None:
        """Have Kuaidi100 push that number's news; again: no change.

        Args:
            com: its code of the carrier; empty: Kuaidi100 finds out.
            callback_url: where `shop.kuaidi100.pushes` answers.

        Raises:
            NumberRefused: it takes no subscription for that number.
            ShopUnavailable: Kuaidi100 does not answer, or refuses us.
        """
        parameters = {
            "callbackurl": callback_url,
            "salt": salt_of(number, secret=self._credentials.secret),
            "resultv2": "4",
        }
        if com in NEED_PHONE or not com:
            parameters["phone"] = tail_of(phone)
        if not com:
            parameters["autoCom"] = "1"
        param = _json(
            {
                "company": com,
                "number": number,
                "key": self._credentials.key,
                "parameters": parameters,
            }
        )
        form = {"schema": "json", "param": param}
        with self._remote.breaker.attempt():
            answer = await self._remote.post(self._subscribe_url, form, deadline=deadline)
        code = _return_code(answer)
        if _truth(answer.get("result")) or code == _SUBSCRIBED:
            return
        if code in _OF_THE_NUMBER:
            raise NumberRefused(f"Kuaidi100 refused the subscription of a number: code {code}")
        raise _refused("subscription", code)

    async def _ask(self, com: str, number: str, *, phone: str, deadline: float) -> Tracking:
        try:
            await self._learn(number)
            known = self._cache.get(number)
            fresh = self._fresh(number)
            if fresh is not None:
                return fresh
            tracking = await self._query(com.lower(), number, tail_of(phone), deadline)
            kept = self._cache.get(number)
            if self._answers is not None and kept is not None and kept is not known:
                await self._answers.put(number, kept)
            return tracking
        finally:
            del self._flights[number]

    async def _learn(self, number: str) -> None:
        """Take over what another process was answered later than this one."""
        shared = await self._answers.get(number) if self._answers is not None else None
        known = self._cache.get(number)
        if shared is not None and (known is None or shared.until > known.until):
            self._remember(number, shared)

    async def _query(self, com: str, number: str, tail: str, deadline: float) -> Tracking:
        askable = com and _SHORTEST <= len(number) <= _LONGEST
        if not askable or (com in NEED_PHONE and not tail):
            log.info("kuaidi100.not_asked", com=com, phone=bool(tail))
            return Tracking(trace=(), as_of=self._clock(), com=com)
        asked = {"com": com, "num": number, "resultv2": "4", "show": "0", "order": "desc"}
        if com in NEED_PHONE:
            asked["phone"] = tail
        param = _json(asked)
        form = {
            "customer": self._credentials.customer,
            "sign": sign_query(param, self._credentials),
            "param": param,
        }
        with self._remote.breaker.attempt():
            answer = await self._remote.post(self._query_url, form, deadline=deadline)
        if answer.get("result") in (False, "false"):
            return self._without_result(number, com, _return_code(answer))
        try:
            return self._keep(number, str(answer.get("com") or com).lower(), trace_from(answer))
        except ValueError:
            raise ShopUnavailable("Kuaidi100's answer cannot be read") from None

    def _without_result(self, number: str, com: str, code: str) -> Tracking:
        """Nothing, or what was known before: a number that is locked keeps its older answer."""
        known = self._cache.get(number)
        if code == _WRONG_PHONE:
            log.warning("kuaidi100.phone_refused", com=com)
        elif code != _NOTHING:
            if known is None or code in _HINTS:
                raise _refused("query", code)
            log.warning("kuaidi100.number_refused", com=com, code=code)
            self._cache[number] = Kept(known.tracking, until=self._clock() + NEGATIVE)
            return known.tracking
        return self._keep(number, com, ())

    def _fresh(self, number: str) -> Tracking | None:
        known = self._cache.get(number)
        if known is None or not known.tracking.as_of <= self._clock() < known.until:
            return None
        return known.tracking

    def _keep(self, number: str, com: str, trace: tuple[TraceNode, ...]) -> Tracking:
        now = self._clock()
        tracking = Tracking(trace=trace, as_of=now, com=com)
        self._remember(number, Kept(tracking, until=now + (POSITIVE if trace else NEGATIVE)))
        return tracking

    def _remember(self, number: str, kept: Kept) -> None:
        self._cache[number] = kept
        self._cache.move_to_end(number)
        while len(self._cache) > _KEPT:
            self._cache.popitem(last=False)


def sign_query(param: str, credentials: Credentials) -> str:
    """The signature of a query: over the very text of `param` that is posted."""
    text = f"{param}{credentials.key}{credentials.customer}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def salt_of(number: str, *, secret: str) -> str:
    """The salt that signs the pushes of that number: none of them signs another's."""
    return hmac.new(secret.encode(), number.encode(), "sha256").hexdigest()[:32]


def tail_of(phone: str) -> str:
    """The last four digits of a phone, empty when they are hidden or missing."""
    last = phone.strip()[-4:]
    return last if _DIGITS.fullmatch(last) else ""


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _truth(value: object) -> bool:
    return value in (True, "true")


def _return_code(answer: Mapping[str, Any]) -> str:
    code = str(answer.get("returnCode", ""))
    return code if _RETURN_CODE.fullmatch(code) else "unknown"


def _refused(what: str, code: str) -> ShopUnavailable:
    return ShopUnavailable(f"Kuaidi100 refused the {what}: code {code}" + _HINTS.get(code, ""))


def _look_at_error(flight: asyncio.Task[Tracking]) -> None:
    # All who waited may have been cancelled meanwhile; asyncio complains about unseen errors.
    if not flight.cancelled():
        flight.exception()
