"""WeChat's signatures and AES envelope (reference: connectors_and_logistics 1.1, 1.2). Pure.

key       = base64decode(EncodingAESKey + "="), 32 bytes; IV = key[:16]; AES-256-CBC
plaintext = random(16) | uint32_be(len(msg)) | msg | receive_id, PKCS#7 to 32 bytes
signature = lower_hex(sha1("".join(sorted([token, timestamp, nonce, Encrypt]))))
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from conversations.errors import ZhangguiError

_PAD_TO = 32
_RANDOM = 16
_LENGTH = struct.Struct(">I")
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class Refused(ZhangguiError):
    """The message does not come from the platform, or was altered.

    One text for every cause: a difference would tell an attacker which check failed.
    """

    def __init__(self) -> None:
        super().__init__("the message was not signed and encrypted by WeChat for this account")


@dataclass(frozen=True)
class Envelope:
    """An encrypted message with all that its receiver needs to check it."""

    encrypt: str
    signature: str
    timestamp: str
    nonce: str


def sign(*parts: str) -> str:
    """WeChat's signature over these parts, in whatever order they come."""
    encoded = sorted(part.encode("utf-8", "replace") for part in parts)
    return hashlib.sha1(b"".join(encoded), usedforsecurity=False).hexdigest()


def verify(signature: str, *parts: str) -> None:
    """Check a signature in constant time.

    Raises:
        Refused: it is not the one of these parts. Upper-case hex is refused, too.
    """
    given = signature.encode("utf-8", "replace")
    if not hmac.compare_digest(sign(*parts).encode(), given):
        raise Refused


def is_aes_key(text: str) -> bool:
    """Whether this is an EncodingAESKey: 43 base64 characters."""
    return _AES_KEY.fullmatch(text) is not None


class MessageCipher:
    """Opens and seals the envelopes of one account.

    Args:
        token: the Token of the account's server settings.
        aes_key: its EncodingAESKey (see `is_aes_key`).
        receive_id: the AppID.
    """

    def __init__(self, *, token: str, aes_key: str, receive_id: str) -> None:
        self._token = token
        self._key = base64.b64decode(aes_key + "=")
        self._receive_id = receive_id.encode()

    def open(self, envelope: Envelope) -> str:
        """The message inside.

        Raises:
            Refused: any check failed (signature first, so nothing else can be probed).
        """
        verify(
            envelope.signature, self._token, envelope.timestamp, envelope.nonce, envelope.encrypt
        )
        try:
            sealed = base64.b64decode(envelope.encrypt, validate=True)
        except (binascii.Error, ValueError):
            raise Refused from None
        if len(sealed) < _PAD_TO or len(sealed) % 16:
            raise Refused
        decryptor = self._cipher().decryptor()
        content = _unpad(decryptor.update(sealed) + decryptor.finalize())
        start = _RANDOM + _LENGTH.size
        if len(content) < start:
            raise Refused
        (length,) = _LENGTH.unpack_from(content, _RANDOM)
        if length > len(content) - start:
            raise Refused
        message, receive_id = content[start : start + length], content[start + length :]
        if not hmac.compare_digest(receive_id, self._receive_id):
            raise Refused
        try:
            return message.decode()
        except UnicodeDecodeError:
            raise Refused from None

    def seal(
        self, message: str, *, timestamp: str, nonce: str, random: bytes | None = None
    ) -> Envelope:
        """The message in an envelope; `random` is 16 bytes, given by tests only."""
        data = message.encode()
        prefix = os.urandom(_RANDOM) if random is None else random
        content = prefix + _LENGTH.pack(len(data)) + data + self._receive_id
        count = _PAD_TO - len(content) % _PAD_TO
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(content + bytes([count]) * count) + encryptor.finalize()
        encrypt = base64.b64encode(sealed).decode()
        return Envelope(
            encrypt=encrypt,
            signature=sign(self._token, timestamp, nonce, encrypt),
            timestamp=timestamp,
            nonce=nonce,
        )

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def _unpad(content: bytes) -> bytes:
    count = content[-1]
    if not 1 <= count <= _PAD_TO or content[-count:] != bytes([count]) * count:
        raise Refused
    return content[:-count]
