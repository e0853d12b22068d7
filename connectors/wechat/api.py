"""WeChat's customer-service API for one account: asynchronous, and honest about outcomes.

Nothing here logs or raises a text with a token, a secret or an openid.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import structlog

from connectors.wechat.policy import Action, action_for
from connectors.wechat.settings import Account
from connectors.wechat.tokens import AccessTokens, Issued, Token
from conversations.database import Clock, utc_now
from conversations.errors import ZhangguiError

log = structlog.get_logger(__name__)

_TOKEN_TIMEOUT = 3.0
_CALL_TIMEOUT = 5.0  # both together, twice, stay below the ledger's lease of 20 s
_KEEP_ALIVE = 4.0  # shorter than any front end of WeChat keeps an idle connection
_ANSWER_LIMIT = 64 * 1024
_MEDIA_LIFE = timedelta(days=2, hours=12)  # WeChat keeps temporary media for three days
_MEDIA_CACHE = 500

_JSON_TYPE = "application/json; charset=utf-8"
_UNKNOWN_STATUSES = frozenset({504})  # a gateway gave up waiting: the message may have gone out


class ApiError(ZhangguiError):
    """WeChat refused the call. `errcode` decides what follows (`connectors.wechat.policy`)."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"WeChat answered errcode {errcode}: {errmsg[:200]}")
        self.errcode = errcode

    @property
    def action(self) -> Action:
        """What the code asks of us."""
        return action_for(self.errcode)


class Unavailable(ZhangguiError):
    """WeChat was not reached or was not in a state to accept anything: trying again is safe."""


class OutcomeUnknown(ZhangguiError):
    """The request was written, no usable answer came: trying again could send it twice."""


@dataclass(frozen=True)
class Media:
    """An uploaded picture and until when WeChat keeps it."""

    id: str
    until: datetime


class WeChatApi:
    """Calls for one account. `start()` inside the event loop before the first call.

    Args:
        account: whose AppID and secret are used.
        base_url: e.g. `https://api.weixin.qq.com`, without a slash at the end.
        clock: tells when a token or an uploaded picture is too old.
    """

    def __init__(self, *, account: Account, base_url: str, clock: Clock = utc_now) -> None:
        self._account = account
        self._base_url = base_url
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._tokens = AccessTokens(fetch=self._fetch_token, clock=clock)
        self._media: OrderedDict[str, Media] = OrderedDict()

    async def start(self) -> None:
        """Open the HTTP session."""
        trace = aiohttp.TraceConfig()
        # aiohttp 3.9 declares the signal's own type where its callback's belongs.
        trace.on_request_headers_sent.append(_note_written)  # type: ignore[arg-type]
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=50, keepalive_timeout=_KEEP_ALIVE),
            trace_configs=[trace],
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one customer-service message: `{"touser", "msgtype", …}`.

        Raises:
            ApiError, Unavailable, OutcomeUnknown.
        """
        await self._call("/cgi-bin/message/custom/send", json_body=message)

    async def typing(self, openid: str, *, on: bool) -> None:
        """Show or hide 「对方正在输入」. Raises as `send`."""
        command = "Typing" if on else "CancelTyping"
        await self._call(
            "/cgi-bin/message/custom/typing", json_body={"touser": openid, "command": command}
        )

    async def upload_image(self, data: bytes, content_type: str) -> str:
        """The media id of this picture, uploaded unless WeChat still has it. Raises as `send`."""
        digest = hashlib.sha256(data).hexdigest()
        known = self._media.get(digest)
        if known is not None and known.until > self._clock():
            return known.id

        def form() -> aiohttp.FormData:
            body = aiohttp.FormData()
            extension = content_type.removeprefix("image/")
            body.add_field(
                "media", data, filename=f"picture.{extension}", content_type=content_type
            )
            return body

        answer = await self._call("/cgi-bin/media/upload", form=form, query={"type": "image"})
        media_id = answer.get("media_id")
        if not isinstance(media_id, str):
            raise ApiError(-1, "no media_id in the answer")
        self._media[digest] = Media(id=media_id, until=self._clock() + _MEDIA_LIFE)
        while len(self._media) > _MEDIA_CACHE:
            self._media.popitem(last=False)
        return media_id

    async def _call(
        self,
        path: str,
        *,
        json_body: Mapping[str, Any] | None = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        async def attempt(token: Token) -> tuple[Mapping[str, Any], ApiError | None]:
            answer = await self._exchange(
                path,
                query={"access_token": token.value, **(query or {})},
                data=_json(json_body) if form is None else form(),
                timeout=_CALL_TIMEOUT,
            )
            return answer, _error(answer)

        token = await self._tokens.get()
        answer, error = await attempt(token)
        if error is not None and error.action is Action.REFRESH:
            log.info("wechat.token_refused", account=self._account.name, errcode=error.errcode)
            answer, error = await attempt(await self._tokens.replace(token))
        if error is not None:
            raise error
        return answer

    async def _fetch_token(self) -> Issued:
        try:
            answer = await self._exchange(
                "/cgi-bin/stable_token",
                query={},
                data=_json(
                    {
                        "grant_type": "client_credential",
                        "appid": self._account.app_id,
                        "secret": self._account.secret,
                        "force_refresh": False,
                    }
                ),
                timeout=_TOKEN_TIMEOUT,
            )
        except OutcomeUnknown as error:  # asking twice for a stable token does no harm
            raise Unavailable(str(error)) from None
        refusal = _error(answer)
        if refusal is not None:
            raise refusal
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not isinstance(seconds, (int, float)):
            raise Unavailable("WeChat's stable_token answered without a token")
        return Issued(value=value, expires_in=float(seconds))

    async def _exchange(
        self,
        path: str,
        *,
        query: Mapping[str, str],
        data: bytes | aiohttp.FormData,
        timeout: float,
    ) -> Mapping[str, Any]:
        if self._session is None:
            raise RuntimeError("WeChatApi.start() was not called")
        written = SimpleNamespace(done=False)
        headers = {"Content-Type": _JSON_TYPE} if isinstance(data, bytes) else None
        try:
            async with self._session.post(
                self._base_url + path,
                params=query,
                data=data,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                allow_redirects=False,
                trace_request_ctx=written,
            ) as response:
                status = response.status
                body = await _limited(response)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            cause = type(error).__name__  # its text may hold the URL, and so the token
            if written.done:
                raise OutcomeUnknown(f"no answer from WeChat after sending ({cause})") from None
            raise Unavailable(f"WeChat cannot be reached ({cause})") from None
        if status in _UNKNOWN_STATUSES:
            raise OutcomeUnknown(f"WeChat's gateway answered HTTP {status}")
        if status != 200:
            raise Unavailable(f"WeChat answered HTTP {status}")
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise OutcomeUnknown("WeChat's answer is not a JSON object")
        return answer


def _json(body: Mapping[str, Any] | None) -> bytes:
    # Escapes such as \u4f60 would be shown to shoppers literally, and count against the limit.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _error(answer: Mapping[str, Any]) -> ApiError | None:
    errcode = answer.get("errcode", 0)
    if errcode == 0:
        return None
    return ApiError(errcode if isinstance(errcode, int) else -1, str(answer.get("errmsg", "")))


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(_ANSWER_LIMIT)
    while len(body) < _ANSWER_LIMIT:
        more = await response.content.read(_ANSWER_LIMIT - len(body))
        if not more:
            break
        body += more
    return body


async def _note_written(
    session: aiohttp.ClientSession, context: SimpleNamespace, params: object
) -> None:
    context.trace_request_ctx.done = True
