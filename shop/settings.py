"""Which system answers for what, and how it is reached, from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from conversations.errors import ConfigurationError
from shop.kuaidi100.api import QUERY_URL, SUBSCRIBE_URL, Credentials
from shop.remote import TIMEOUT
from shop.taobao.client import DEFAULT_URL, App
from shop.taobao.signing import SignMethod

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
_APP_KEY = re.compile(r"[0-9]{4,20}")
_PHONE = re.compile(r"[0-9-]{4,20}")
_SECRET_LENGTH = 16


class System(str, Enum):
    """What can stand behind a door of the gateway."""

    SQL = "sql"
    TAOBAO = "taobao"
    KUAIDI100 = "kuaidi100"


@dataclass(frozen=True)
class TaobaoSettings:
    """The application at the open platform."""

    app: App
    url: str = DEFAULT_URL


@dataclass(frozen=True)
class Kuaidi100Settings:
    """The account at Kuaidi100.

    `sender_phone` is the one on the shop's own waybills; `callback_url` is where Kuaidi100
    reaches the handler of pushes, empty: nothing is subscribed.
    """

    credentials: Credentials
    query_url: str = QUERY_URL
    subscribe_url: str = SUBSCRIBE_URL
    sender_phone: str = field(default="", repr=False)
    callback_url: str = ""


@dataclass(frozen=True)
class ShopSettings:
    """Catalogue, prices and customers are always the shop's own tables; the rest is chosen here.

    `timeout`: seconds for one question to an outside system.
    """

    orders: System = System.SQL
    parcels: System = System.SQL
    after_sales: System = System.SQL
    timeout: float = TIMEOUT
    taobao: TaobaoSettings | None = None
    kuaidi100: Kuaidi100Settings | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> ShopSettings:
        """Read `ZHANGGUI_SHOP_*`; without any, everything is SQL.

        Raises:
            ConfigurationError: a value is missing or malformed, or the choices do not fit
                together; the text names the variable and what to write there.
        """
        orders = _choice(env, "ORDERS", System.SQL, (System.SQL, System.TAOBAO))
        parcels = _choice(env, "PARCELS", orders, tuple(System))
        after_sales = _choice(env, "AFTER_SALES", System.SQL, (System.SQL, System.TAOBAO))
        if parcels is not orders and parcels is not System.KUAIDI100:
            raise ConfigurationError(
                f"ZHANGGUI_SHOP_PARCELS={parcels.value} does not fit ZHANGGUI_SHOP_ORDERS="
                f"{orders.value}: parcels come from where the orders are, or from kuaidi100"
            )
        if after_sales is System.TAOBAO and orders is not System.TAOBAO:
            raise ConfigurationError(
                "ZHANGGUI_SHOP_AFTER_SALES=taobao needs ZHANGGUI_SHOP_ORDERS=taobao"
            )
        return cls(
            orders=orders,
            parcels=parcels,
            after_sales=after_sales,
            timeout=_seconds(env, "TIMEOUT", TIMEOUT),
            taobao=_taobao(env) if orders is System.TAOBAO else None,
            kuaidi100=_kuaidi100(env) if parcels is System.KUAIDI100 else None,
        )


def _taobao(env: Mapping[str, str]) -> TaobaoSettings:
    app_key = _value(env, "TAOBAO_APP_KEY", "the AppKey of your application: digits only")
    if not _APP_KEY.fullmatch(app_key):
        raise _wrong("TAOBAO_APP_KEY", "the AppKey of your application: digits only")
    listed = _value(
        env, "TAOBAO_ACCOUNTS", "names of your own for the shop's accounts, e.g. main,outlet"
    )
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise _wrong(
            "TAOBAO_ACCOUNTS",
            "each name once, of lower-case letters, digits and _, separated by commas",
        )
    methods = [method.value for method in SignMethod]
    method = env.get("ZHANGGUI_SHOP_TAOBAO_SIGN_METHOD", "") or SignMethod.HMAC_SHA256.value
    if method not in methods:
        raise _wrong("TAOBAO_SIGN_METHOD", f"one of {', '.join(methods)}")
    hint = "the session key from authorising the application with that account"
    return TaobaoSettings(
        app=App(
            key=app_key,
            secret=_value(env, "TAOBAO_APP_SECRET", "the AppSecret of your application"),
            sessions={name: _value(env, f"TAOBAO_{name.upper()}_SESSION", hint) for name in names},
            sign_method=SignMethod(method),
        ),
        url=_url(env, "TAOBAO_URL", DEFAULT_URL),
    )


def _kuaidi100(env: Mapping[str, str]) -> Kuaidi100Settings:
    hint = "a long random text of your own, e.g. from `openssl rand -hex 32`"
    secret = _value(env, "KUAIDI100_SECRET", hint)
    if len(secret) < _SECRET_LENGTH:
        raise _wrong("KUAIDI100_SECRET", hint)
    phone = env.get("ZHANGGUI_SHOP_KUAIDI100_PHONE", "")
    if phone and not _PHONE.fullmatch(phone):
        raise _wrong("KUAIDI100_PHONE", "the sender's phone on your waybills, digits only")
    return Kuaidi100Settings(
        credentials=Credentials(
            customer=_value(env, "KUAIDI100_CUSTOMER", "the customer of your enterprise account"),
            key=_value(env, "KUAIDI100_KEY", "the key of your enterprise account"),
            secret=secret,
        ),
        query_url=_url(env, "KUAIDI100_QUERY_URL", QUERY_URL),
        subscribe_url=_url(env, "KUAIDI100_SUBSCRIBE_URL", SUBSCRIBE_URL),
        sender_phone=phone,
        callback_url=_callback(env),
    )


def _choice(
    env: Mapping[str, str], name: str, default: System, allowed: tuple[System, ...]
) -> System:
    text = env.get(f"ZHANGGUI_SHOP_{name}", "") or default.value
    values = [system.value for system in allowed]
    if text not in values:
        raise _wrong(name, f"one of {', '.join(values)}")
    return System(text)


def _value(env: Mapping[str, str], name: str, hint: str) -> str:
    value = env.get(f"ZHANGGUI_SHOP_{name}", "").strip()
    if not value:
        raise _wrong(name, hint)
    return value


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    url = env.get(f"ZHANGGUI_SHOP_{name}", "") or default
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise _wrong(name, f"a URL, e.g. {default}")
    return url


def _callback(env: Mapping[str, str]) -> str:
    url = env.get("ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL", "").strip()
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc):
        hint = "the address from outside, e.g. https://shop.example.com/webhooks/kuaidi100"
        raise _wrong("KUAIDI100_CALLBACK_URL", hint)
    return url


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(f"ZHANGGUI_SHOP_{name}", "") or f"{default:g}"
    if not re.fullmatch(r"\d{1,2}(\.\d)?", text) or float(text) == 0:
        raise _wrong(name, f"seconds, e.g. {default:g}")
    return float(text)


def _wrong(name: str, hint: str) -> ConfigurationError:
    """Without the value: it may be a secret, or one that stands in the wrong place."""
    return ConfigurationError(f"ZHANGGUI_SHOP_{name}: {hint}")
