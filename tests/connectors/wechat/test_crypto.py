"""Signatures and envelopes against Tencent's own vectors."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.wechat.crypto import Envelope, MessageCipher, Refused, is_aes_key, sign, verify
from tests.connectors.wechat.vectors import VECTORS

OFFICIAL = VECTORS["wechat_aes_official"]
DETERMINISTIC = VECTORS["wechat_aes_encrypt_deterministic"]
NEGATIVE = VECTORS["wechat_aes_negative"]
URL = VECTORS["wechat_url_verify_plain"]


def cipher_of(vectors: dict[str, Any]) -> MessageCipher:
    return MessageCipher(
        token=vectors["token"],
        aes_key=vectors["encoding_aes_key"],
        receive_id=vectors.get("app_id") or vectors["receive_id"],
    )


def envelope_of(vector: dict[str, Any]) -> Envelope:
    return Envelope(
        encrypt=vector["encrypt"],
        signature=vector["msg_signature"],
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
    )


@pytest.mark.parametrize("vector", OFFICIAL, ids=lambda v: v["source"])
def test_official_messages_open(vector: dict[str, Any]) -> None:
    assert cipher_of(vector).open(envelope_of(vector)) == vector["plaintext"]


@pytest.mark.parametrize("vector", OFFICIAL, ids=lambda v: v["source"])
def test_official_messages_are_sealed_byte_for_byte(vector: dict[str, Any]) -> None:
    sealed = cipher_of(vector).seal(
        vector["plaintext"],
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
        random=bytes.fromhex(vector["random16_hex"]),
    )
    assert sealed == envelope_of(vector)


@pytest.mark.parametrize("vector", DETERMINISTIC["vectors"], ids=lambda v: v["name"])
def test_both_directions_of_the_deterministic_vectors(vector: dict[str, Any]) -> None:
    cipher = cipher_of(DETERMINISTIC)
    sealed = cipher.seal(
        vector["plaintext"],
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
        random=vector["random16"].encode(),
    )
    assert sealed == envelope_of(vector)
    assert cipher.open(sealed) == vector["plaintext"]


@pytest.mark.parametrize("vector", NEGATIVE["vectors"], ids=lambda v: v["name"])
def test_forged_envelopes_are_refused_without_a_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        cipher_of(NEGATIVE).open(envelope_of(vector))
    assert str(refused.value) == str(Refused())


@pytest.mark.parametrize("vector", URL["positive"])
def test_the_server_check_is_verified(vector: dict[str, Any]) -> None:
    verify(vector["signature"], vector["token"], vector["timestamp"], vector["nonce"])


@pytest.mark.parametrize("vector", URL["negative"], ids=lambda v: v["why"])
def test_a_wrong_server_check_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        verify(vector["signature"], vector["token"], vector["timestamp"], vector["nonce"])


@pytest.mark.parametrize(
    "sealed",
    [b"", b"x" * 16, b"x" * 33, b"x" * 48],
    ids=["empty", "one block", "odd", "noise"],
)
def test_signed_nonsense_is_refused(sealed: bytes) -> None:
    encrypt = base64.b64encode(sealed).decode()
    signature = sign(NEGATIVE["token"], "1", "2", encrypt)
    with pytest.raises(Refused):
        cipher_of(NEGATIVE).open(Envelope(encrypt, signature, "1", "2"))


def test_letters_outside_ascii_in_a_signature_are_refused() -> None:
    with pytest.raises(Refused):
        verify("签名", "token", "1", "2")


@settings(deadline=None)  # the machine may be busy
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens(text: str) -> None:
    cipher = cipher_of(DETERMINISTIC)
    assert cipher.open(cipher.seal(text, timestamp="1732200000", nonce="7")) == text


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 255), st.integers(0, 2000))
def test_one_altered_byte_is_refused(value: int, position: int) -> None:
    cipher = cipher_of(DETERMINISTIC)
    envelope = cipher.seal("我的订单到哪了", timestamp="1732200000", nonce="7")
    sealed = bytearray(base64.b64decode(envelope.encrypt))
    position %= len(sealed)
    if sealed[position] == value:
        return
    sealed[position] = value
    altered = base64.b64encode(bytes(sealed)).decode()
    with pytest.raises(Refused):
        cipher.open(Envelope(altered, envelope.signature, envelope.timestamp, envelope.nonce))


@pytest.mark.parametrize(
    ("key", "right"),
    [
        (DETERMINISTIC["encoding_aes_key"], True),
        ("a" * 42, False),
        ("a" * 44, False),
        ("密" * 43, False),
        ("", False),
    ],
)
def test_aes_keys_have_43_characters(key: str, right: bool) -> None:
    assert is_aes_key(key) is right
