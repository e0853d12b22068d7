"""Rasa's door for WeChat: `GET` and `POST /webhooks/wechat/<account>`.

The order of the checks is that of the reference (1.2): size, XML, clock, signature, decryption,
inner XML. A push that passes is in the ledger before it is acknowledged with `success`; what the
bot answers leaves later through the outbox, never in this response.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from rasa.core.channels.channel import InputChannel, OutputChannel
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response
from sqlalchemy.exc import SQLAlchemyError

from connectors.body import BodyTooLarge, BodyTooSlow, read_body
from connectors.rasa_bot import OnNewMessage
from connectors.runtime import Runtime, attach
from connectors.wechat import inbound, xml
from connectors.wechat.crypto import Envelope, MessageCipher, Refused, verify
from connectors.wechat.outgoing import WeChatChannel
from connectors.wechat.replay import ReplayCache
from connectors.wechat.settings import Account, WeChatSettings
from conversations.database import Clock, utc_now

log = structlog.get_logger(__name__)

_SUCCESS = "success"


class WeChatInput(InputChannel):
    """All official accounts of the shop behind one channel."""

    def __init__(self, *, settings: WeChatSettings, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._channel = WeChatChannel(settings=settings, clock=clock)
        self._ciphers = {
            name: MessageCipher(
                token=account.token, aes_key=account.aes_key, receive_id=account.app_id
            )
            for name, account in settings.accounts.items()
        }
        # A timestamp may lie the whole window ahead and then age the whole window behind.
        self._replays = ReplayCache(keep=timedelta(seconds=2 * settings.clock_window))

    @classmethod
    def name(cls) -> str:
        """The channel's part of the URL and of conversation keys."""
        return inbound.CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> WeChatInput:
        """The accounts of `ZHANGGUI_WECHAT_ACCOUNTS`; credentials.yml holds nothing for WeChat.

        Raises:
            ConfigurationError: a value of an account is missing or malformed.
        """
        return cls(settings=WeChatSettings.from_env(os.environ))

    def get_output_channel(self) -> OutputChannel | None:
        """None: nothing leaves through Rasa, everything through the outbox."""
        return None

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes below `/webhooks/wechat`."""
        blueprint = Blueprint("zhanggui_wechat")
        attach(blueprint, on_new_message, self._channel)

        @blueprint.get("/<account>")
        async def confirm(request: Request, account: str) -> HTTPResponse:
            return await self._confirm(request, account)

        @blueprint.post("/<account>", stream=True)
        async def receive(request: Request, account: str) -> HTTPResponse:
            return await self._receive(request, account)

        return blueprint

    async def _confirm(self, request: Request, account: str) -> HTTPResponse:
        """WeChat's check of the server address: the signed question is its own answer."""
        known = self._settings.accounts.get(account)
        if known is None:
            return _unknown_account()
        query = _Query(request)
        try:
            self._check_clock(query.timestamp)
            verify(query.get("signature"), known.token, query.timestamp, query.nonce)
        except Refused as error:
            return self._refused(account, error)
        return text_response(query.get("echostr"), headers={"X-Content-Type-Options": "nosniff"})

    async def _receive(self, request: Request, account: str) -> HTTPResponse:
        known = self._settings.accounts.get(account)
        if known is None:
            return _unknown_account()
        try:
            body = await read_body(request)
        except BodyTooLarge:
            return text_response("the body is larger than 64 KiB", status=413)
        except BodyTooSlow:
            return text_response("the body did not arrive in time", status=408)
        try:
            return await self._accept(request.app.ctx.zhanggui, known, _Query(request), body)
        except Refused as error:
            return self._refused(account, error)
        except (xml.MalformedXml, inbound.MalformedMessage) as error:
            log.warning("wechat.malformed", account=account, error=str(error))
            return text_response("not a message of WeChat", status=400)
        except (SQLAlchemyError, OSError) as error:  # asyncpg lets a refused connection through
            # Not acknowledged, so WeChat pushes it again.
            log.error("wechat.database_away", account=account, error=type(error).__name__)
            return text_response("try again", status=503)

    async def _accept(
        self, runtime: Runtime, account: Account, query: _Query, body: bytes
    ) -> HTTPResponse:
        outer = xml.parse(body)
        self._check_clock(query.timestamp)
        if query.get("encrypt_type") != "aes":  # plain text is not authenticated by anything
            raise Refused
        envelope = Envelope(
            encrypt=outer.get("Encrypt", ""),
            signature=query.get("msg_signature"),
            timestamp=query.timestamp,
            nonce=query.nonce,
        )
        document = self._ciphers[account.name].open(envelope)
        seen = (account.name, envelope.signature, envelope.nonce)
        if self._replays.known(*seen, now=self._clock()):
            return text_response(_SUCCESS)
        message = inbound.read(document, account=account.name, original_id=account.original_id)
        if message is not None:
            await runtime.receive(message)
        self._replays.accept(*seen, now=self._clock())
        return text_response(_SUCCESS)

    def _check_clock(self, timestamp: str) -> None:
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise Refused
        skew = abs(self._clock().timestamp() - int(timestamp))
        if skew > self._settings.clock_window:
            log.warning("wechat.clock", skew_seconds=round(skew))
            raise Refused

    @staticmethod
    def _refused(account: str, error: Refused) -> HTTPResponse:
        log.warning("wechat.refused", account=account)
        return text_response(str(error), status=403)


class _Query:
    """The parameters of the request's URL; of a repeated one the first counts, always."""

    def __init__(self, request: Request) -> None:
        self._args = request.args
        self.timestamp = self.get("timestamp")
        self.nonce = self.get("nonce")

    def get(self, name: str) -> str:
        value: str = self._args.get(name, "")
        return value


def _unknown_account() -> HTTPResponse:
    return text_response("no such account: see ZHANGGUI_WECHAT_ACCOUNTS", status=404)
