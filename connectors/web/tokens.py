"""Bearer tokens of web shoppers: signed, with an end, nothing stored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta, timezone

from conversations.database import Clock, utc_now
from conversations.errors import ConfigurationError, ZhangguiError
from conversations.keys import ConversationKey, InvalidKey

LIFETIME = timedelta(days=30)
_SHORTEST_SECRET = 16


class InvalidToken(ZhangguiError):
    """The token is not ours, was changed, or has ended."""


class WebTokens:
    """Issues and reads tokens `<payload>.<signature>`, both base64url without padding.

    The payload is `<end, epoch seconds>|<conversation key>`; the signature HMAC-SHA256.
    """

    def __init__(self, *, secret: str, clock: Clock = utc_now) -> None:
        if len(secret) < _SHORTEST_SECRET:
            raise ConfigurationError(
                f"ZHANGGUI_SECRET needs at least {_SHORTEST_SECRET} characters, "
                "e.g. the output of: openssl rand -hex 32"
            )
        self._secret = secret.encode()
        self._clock = clock

    def issue(self, key: ConversationKey) -> str:
        """A token for this conversation, good for LIFETIME."""
        end = int((self._clock() + LIFETIME).timestamp())
        payload = f"{end}|{key}".encode()
        return f"{_encode(payload)}.{_encode(self._sign(payload))}"

    def read(self, token: str) -> ConversationKey:
        """The conversation the token was issued for.

        Raises:
            InvalidToken: see there.
        """
        try:
            payload, signature = (_decode(part) for part in token.split(".", 1))
            end, key = payload.decode().split("|", 1)
        except (ValueError, binascii.Error):
            raise InvalidToken("not a token of ours") from None
        if not hmac.compare_digest(signature, self._sign(payload)):
            raise InvalidToken("the token's signature does not fit")
        if datetime.fromtimestamp(int(end), timezone.utc) < self._clock():
            raise InvalidToken("the token has ended")
        try:
            return ConversationKey.parse(key)
        except InvalidKey:
            raise InvalidToken("the token names no conversation") from None

    def _sign(self, payload: bytes) -> bytes:
        return hmac.new(self._secret, payload, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
