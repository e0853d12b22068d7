"""The WeChat accounts of this shop, from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from connectors.wechat.crypto import is_aes_key
from conversations.errors import ConfigurationError
from shop.pictures import FOLDER

DEFAULT_API = "https://api.weixin.qq.com"

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
_APP_ID = re.compile(r"[A-Za-z0-9_]{4,64}")
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")  # the rule of WeChat's settings page


@dataclass(frozen=True)
class Account:
    """One official account. `name` is ours: it is in the webhook's path and in every key.

    `original_id` is the account's own user name (gh_…); empty: not checked.
    """

    name: str
    app_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    original_id: str = ""


@dataclass(frozen=True)
class WeChatSettings:
    """Accounts and limits. The limits are WeChat's and change: all are settings.

    Attributes:
        accounts: by name; empty when the shop has no official account.
        api: where WeChat's API is.
        clock_window: seconds by which a push's timestamp may differ from our clock.
        text_limit: bytes of one text message.
        image_root: the folder of the shop's own pictures.
        secret: what the names of drawings are signed with (`shop.pictures`).
        public_url: what makes a picture's path an address that WeChat can fetch; empty: none.
    """

    accounts: Mapping[str, Account]
    api: str = DEFAULT_API
    clock_window: float = 300
    text_limit: int = 2048
    image_root: Path = FOLDER
    secret: str = ""
    public_url: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> WeChatSettings:
        """Read `ZHANGGUI_WECHAT_ACCOUNTS` and, for each name in it, its five values.

        Raises:
            ConfigurationError: a value is missing or malformed; the text names it.
        """
        listed = (name.strip() for name in env.get("ZHANGGUI_WECHAT_ACCOUNTS", "").split(","))
        names = [name for name in listed if name]
        for name in names:
            if not _NAME.fullmatch(name):
                raise ConfigurationError(
                    f"ZHANGGUI_WECHAT_ACCOUNTS: {name!r} is not a name; use lower-case letters, "
                    "digits and _, separated by commas, e.g. ZHANGGUI_WECHAT_ACCOUNTS=main,outlet"
                )
        if len(set(names)) != len(names):
            raise ConfigurationError("ZHANGGUI_WECHAT_ACCOUNTS names an account twice")
        return cls(
            accounts={name: _account(name, env) for name in names},
            api=_url(env, "ZHANGGUI_WECHAT_API", DEFAULT_API),
            clock_window=_number(env, "ZHANGGUI_WECHAT_CLOCK_WINDOW", 300),
            text_limit=_number(env, "ZHANGGUI_WECHAT_TEXT_LIMIT", 2048),
            secret=env.get("ZHANGGUI_SECRET", ""),
            public_url=_url(env, "ZHANGGUI_PUBLIC_URL", ""),
        )


def _account(name: str, env: Mapping[str, str]) -> Account:
    prefix = f"ZHANGGUI_WECHAT_{name.upper()}"

    def value(field_name: str, fits: bool, hint: str) -> str:
        if not fits:
            raise ConfigurationError(f"{prefix}_{field_name}: {hint}")
        return env[f"{prefix}_{field_name}"]

    app_id = env.get(f"{prefix}_APPID", "")
    token = env.get(f"{prefix}_TOKEN", "")
    aes_key = env.get(f"{prefix}_AES_KEY", "")
    return Account(
        name=name,
        app_id=value(
            "APPID",
            _APP_ID.fullmatch(app_id) is not None,
            "the account's AppID, e.g. wx0123456789abcdef (公众平台 → 设置与开发 → 基本配置)",
        ),
        secret=value(
            "SECRET",
            bool(env.get(f"{prefix}_SECRET")),
            "the account's AppSecret (公众平台 → 设置与开发 → 基本配置)",
        ),
        token=value(
            "TOKEN",
            _TOKEN.fullmatch(token) is not None,
            "the Token of 服务器配置: 3 to 32 letters and digits",
        ),
        aes_key=value(
            "AES_KEY",
            is_aes_key(aes_key),
            "the EncodingAESKey of 服务器配置: 43 characters; choose 安全模式 there",
        ),
        original_id=env.get(f"{prefix}_ORIGINAL_ID", ""),
    )


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    url = env.get(name, "") or default
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise ConfigurationError(f"{name}: {url!r} is not a URL; example: {DEFAULT_API}")
    return url.rstrip("/")


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ConfigurationError(f"{name}: {text!r} is not a positive number; e.g. {default}")
    return int(text)
