"""The signature of a call to TOP (official Java SDK, `TaobaoUtils.signTopRequest`)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from enum import Enum


class SignMethod(str, Enum):
    """How a call is signed; the value is what travels as `sign_method`."""

    MD5 = "md5"
    HMAC = "hmac"  # HMAC-MD5
    HMAC_SHA256 = "hmac-sha256"


def sign(params: Mapping[str, str], *, secret: str, method: SignMethod, body: str = "") -> str:
    """The value of `sign` for these parameters, in upper-case hex.

    Signed are the pairs in the order of their names, name and value run together; `sign` itself
    and blank values do not count. `body` is a raw request body, for the calls that have one.
    """
    text = "".join(
        f"{name}{params[name]}"
        for name in sorted(params)
        if name != "sign" and params[name].strip()
    )
    message = (text + body).encode()
    key = secret.encode()
    if method is SignMethod.MD5:
        digest = hashlib.md5(key + message + key, usedforsecurity=False).hexdigest()
    else:
        algorithm = "md5" if method is SignMethod.HMAC else "sha256"
        digest = hmac.new(key, message, algorithm).hexdigest()
    return digest.upper()
