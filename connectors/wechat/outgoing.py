"""The outgoing side: what leaves the outbox goes through the customer-service API.

WeChat's rules decide the outcome. Five messages per shopper message (45047): the rest is parked
until the shopper writes again. Outside the 48 hours (45015), or when nobody knows whether the
message arrived: never again. Everything that surely did not arrive: again later.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from time import monotonic

import structlog

from connectors.wechat.api import ApiError, OutcomeUnknown, Unavailable, WeChatApi
from connectors.wechat.parts import (
    ImagePart,
    MenuPart,
    Part,
    TextPart,
    image_request,
    numbered,
    parts_of,
    request,
    texts,
)
from connectors.wechat.pictures import NoPicture, Pictures, is_url
from connectors.wechat.policy import Action
from connectors.wechat.settings import WeChatSettings
from conversations.database import Clock, utc_now
from conversations.keys import ConversationKey
from conversations.messages import StoredMessage
from conversations.sender import Delivery, DeliveryStatus
from shop.pictures import ShopPictures

log = structlog.get_logger(__name__)

_SHANGHAI = timezone(timedelta(hours=8))  # no summer time since 1991
_HOLD = timedelta(minutes=5)
_BUDGET = 3.0  # seconds after which no further part is begun: the ledger's lease is 20 s
_SMALLEST_TEXT = 256  # bytes below which "too long" is not about the length any more
_UNFINISHED = 1000


class WeChatChannel:
    """`conversations.sender.Channel` for all official accounts of the shop."""

    name = "wechat"

    def __init__(self, *, settings: WeChatSettings, clock: Clock = utc_now) -> None:
        own = ShopPictures(root=settings.image_root, secret=settings.secret)
        pictures = Pictures(own=own)
        self._accounts = {
            name: _AccountSender(
                account=name,
                api=WeChatApi(account=account, base_url=settings.api, clock=clock),
                pictures=pictures,
                settings=settings,
                clock=clock,
            )
            for name, account in settings.accounts.items()
        }

    async def start(self) -> None:
        """Open the HTTP sessions."""
        for account in self._accounts.values():
            await account.api.start()

    async def close(self) -> None:
        """Close the HTTP sessions."""
        for account in self._accounts.values():
            await account.api.close()

    async def deliver(self, message: StoredMessage) -> Delivery:
        """Send one message of ours; the error text names no person."""
        account = self._accounts.get(message.key.account)
        if account is None:
            return Delivery(
                status=DeliveryStatus.FAILED,
                error=f"ZHANGGUI_WECHAT_ACCOUNTS does not list {message.key.account!r}",
            )
        return await account.deliver(message)

    async def typing(self, key: ConversationKey) -> None:
        """Show 「对方正在输入」 to this shopper; best effort, never raises for the platform."""
        account = self._accounts.get(key.account)
        if account is not None:
            with contextlib.suppress(ApiError, Unavailable, OutcomeUnknown):
                await account.api.typing(key.user, on=True)


class _AccountSender:
    """One account: what it may send, whether it is paused, what is half sent."""

    def __init__(
        self,
        *,
        account: str,
        api: WeChatApi,
        pictures: Pictures,
        settings: WeChatSettings,
        clock: Clock,
        stopwatch: Callable[[], float] = monotonic,
    ) -> None:
        self.api = api
        self._account = account
        self._pictures = pictures
        self._settings = settings
        self._clock = clock
        self._stopwatch = stopwatch
        self._menus = True
        self._text_limit = settings.text_limit
        self._paused_until: datetime | None = None
        self._pause_reason = ""
        # The parts of a message that are still to be sent, for the next attempt at it.
        self._unfinished: OrderedDict[tuple[ConversationKey, int], deque[Part]] = OrderedDict()

    async def deliver(self, message: StoredMessage) -> Delivery:
        now = self._clock()
        if self._paused_until is not None and now < self._paused_until:
            return Delivery(
                status=DeliveryStatus.RETRY,
                retry_after=(self._paused_until - now).total_seconds(),
                error=self._pause_reason,
            )
        identity = (message.key, message.seq)
        parts = self._unfinished.pop(identity, None)
        if parts is None:
            parts = deque(
                parts_of(
                    message.content,
                    menus=self._menus,
                    text_limit=self._text_limit,
                    public_url=self._settings.public_url,
                )
            )
        outcome = await self._send_all(parts, message.key.user)
        if parts and outcome.status in (DeliveryStatus.RETRY, DeliveryStatus.PARK):
            self._unfinished[identity] = parts
            while len(self._unfinished) > _UNFINISHED:
                self._unfinished.popitem(last=False)
        return outcome

    async def _send_all(self, parts: deque[Part], openid: str) -> Delivery:
        """Send the parts, taking each away once it is out."""
        started = self._stopwatch()
        sent = 0
        while parts:
            if sent and self._stopwatch() - started > _BUDGET:
                return Delivery(
                    status=DeliveryStatus.RETRY, retry_after=0.1, error="slow: the rest follows"
                )
            try:
                replacement = await self._send(parts[0], openid)
            except ApiError as error:
                outcome = self._after(error, parts)
                if outcome is not None:
                    return outcome
            except Unavailable as error:
                return Delivery(status=DeliveryStatus.RETRY, error=str(error))
            except OutcomeUnknown as error:
                return Delivery(status=DeliveryStatus.FAILED, error=str(error))
            else:
                self._put_first(parts, replacement)
                sent += 1
        return Delivery(status=DeliveryStatus.SENT)

    async def _send(self, part: Part, openid: str) -> list[Part]:
        """Send a part. What is returned takes its place: it could not be sent as it was."""
        if not isinstance(part, ImagePart):
            await self.api.send(request(part, openid))
            return []
        try:
            picture = await self._pictures.load(part.address)
            media_id = await self.api.upload_image(picture.data, picture.content_type)
        except OutcomeUnknown as error:  # uploading twice is harmless
            raise Unavailable(str(error)) from None
        except (NoPicture, ApiError) as error:
            if isinstance(error, ApiError) and error.action is not Action.DROP:
                raise
            log.warning("wechat.no_picture", account=self._account, error=str(error))
            link = f"图片：{part.address}" if is_url(part.address) else ""
            return texts(link, self._text_limit)
        await self.api.send(image_request(media_id, openid))
        return []

    def _after(self, error: ApiError, parts: deque[Part]) -> Delivery | None:
        """The outcome that an error code means, or None when the parts were changed instead."""
        action = error.action
        if action is Action.AS_TEXT and isinstance(parts[0], MenuPart):
            log.warning("wechat.no_menus", account=self._account, errcode=error.errcode)
            self._menus = False
            self._put_first(parts, texts(numbered(parts[0]), self._text_limit))
            return None
        if action is Action.SMALLER:
            smaller = self._smaller(parts[0])
            if smaller is not None:
                self._put_first(parts, smaller)
                return None
        now = self._clock()
        if action is Action.SOON:
            return Delivery(status=DeliveryStatus.RETRY, error=str(error))
        if action is Action.PARK:
            return Delivery(status=DeliveryStatus.PARK, error=str(error))
        if action is Action.NEXT_MINUTE:
            return self._pause(now + timedelta(seconds=60 - now.second), error)
        if action is Action.NEXT_DAY:
            midnight = (now.astimezone(_SHANGHAI) + timedelta(days=1)).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            return self._pause(midnight, error)
        if action in (Action.HOLD, Action.REFRESH):  # REFRESH: the new token was refused, too
            return self._pause(now + _HOLD, error)
        return Delivery(status=DeliveryStatus.FAILED, error=str(error))

    def _smaller(self, part: Part) -> list[Part] | None:
        if not isinstance(part, TextPart):
            return None
        limit = min(len(part.text.encode("utf-8", "replace")), self._text_limit) // 2
        return texts(part.text, limit) if limit >= _SMALLEST_TEXT else None

    def _pause(self, until: datetime, error: ApiError) -> Delivery:
        self._paused_until = until
        self._pause_reason = str(error)
        log.error(
            "wechat.account_paused",
            account=self._account,
            errcode=error.errcode,
            until=until.isoformat(),
            advice=error.action.value,
        )
        return Delivery(
            status=DeliveryStatus.RETRY,
            retry_after=(until - self._clock()).total_seconds(),
            error=self._pause_reason,
        )

    @staticmethod
    def _put_first(parts: deque[Part], replacement: list[Part]) -> None:
        parts.popleft()
        parts.extendleft(reversed(replacement))
