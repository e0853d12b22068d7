"""Which system answers for what, from the environment."""

from __future__ import annotations

import pytest

from conversations.errors import ConfigurationError
from shop.kuaidi100.api import QUERY_URL
from shop.settings import ShopSettings, System
from shop.taobao.client import DEFAULT_URL
from shop.taobao.signing import SignMethod

TAOBAO = {
    "ZHANGGUI_SHOP_ORDERS": "taobao",
    "ZHANGGUI_SHOP_TAOBAO_APP_KEY": "23450001",
    "ZHANGGUI_SHOP_TAOBAO_APP_SECRET": "s3cr3t-shop",
    "ZHANGGUI_SHOP_TAOBAO_ACCOUNTS": "main, outlet",
    "ZHANGGUI_SHOP_TAOBAO_MAIN_SESSION": "6100e0test",
    "ZHANGGUI_SHOP_TAOBAO_OUTLET_SESSION": "6100e0outlet",
}
KUAIDI100 = {
    "ZHANGGUI_SHOP_PARCELS": "kuaidi100",
    "ZHANGGUI_SHOP_KUAIDI100_CUSTOMER": "1A2B3C4D5E6F7890",
    "ZHANGGUI_SHOP_KUAIDI100_KEY": "TestKey0123456789",
    "ZHANGGUI_SHOP_KUAIDI100_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
}


def test_without_any_setting_everything_is_sql() -> None:
    assert ShopSettings.from_env({}) == ShopSettings()
    assert ShopSettings.from_env({"ZHANGGUI_SHOP_ORDERS": ""}).orders is System.SQL


def test_orders_of_taobao_bring_their_parcels() -> None:
    settings = ShopSettings.from_env(TAOBAO)
    assert (settings.orders, settings.parcels, settings.after_sales, settings.timeout) == (
        System.TAOBAO,
        System.TAOBAO,
        System.SQL,
        3.0,
    )
    assert settings.kuaidi100 is None
    assert settings.taobao is not None
    app = settings.taobao.app
    assert (app.key, app.secret, app.sign_method) == (
        "23450001",
        "s3cr3t-shop",
        SignMethod.HMAC_SHA256,
    )
    assert dict(app.sessions) == {"main": "6100e0test", "outlet": "6100e0outlet"}
    assert settings.taobao.url == DEFAULT_URL


def test_everything_can_be_chosen() -> None:
    settings = ShopSettings.from_env(
        {
            **TAOBAO,
            **KUAIDI100,
            "ZHANGGUI_SHOP_AFTER_SALES": "taobao",
            "ZHANGGUI_SHOP_TIMEOUT": "2.5",
            "ZHANGGUI_SHOP_TAOBAO_SIGN_METHOD": "md5",
            "ZHANGGUI_SHOP_TAOBAO_URL": "http://127.0.0.1:5091/router/rest",
            "ZHANGGUI_SHOP_KUAIDI100_PHONE": "0571-88880000",
        }
    )
    assert (settings.parcels, settings.after_sales, settings.timeout) == (
        System.KUAIDI100,
        System.TAOBAO,
        2.5,
    )
    assert settings.kuaidi100 is not None
    assert settings.kuaidi100.sender_phone == "0571-88880000"
    assert settings.kuaidi100.query_url == QUERY_URL
    assert settings.taobao is not None
    assert settings.taobao.app.sign_method is SignMethod.MD5


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ORDERS", "jd", "ZHANGGUI_SHOP_ORDERS: one of sql, taobao"),
        ("ORDERS", "kuaidi100", "one of sql, taobao"),
        ("PARCELS", "sf", "ZHANGGUI_SHOP_PARCELS: one of sql, taobao, kuaidi100"),
        ("PARCELS", "sql", "does not fit ZHANGGUI_SHOP_ORDERS=taobao"),
        ("AFTER_SALES", "kuaidi100", "one of sql, taobao"),
        ("TIMEOUT", "0", "ZHANGGUI_SHOP_TIMEOUT: seconds, e.g. 3"),
        ("TIMEOUT", "soon", "seconds"),
        ("TAOBAO_APP_KEY", "", "TAOBAO_APP_KEY: the AppKey"),
        ("TAOBAO_APP_KEY", "abc", "digits only"),
        ("TAOBAO_APP_SECRET", " ", "the AppSecret of your application"),
        ("TAOBAO_ACCOUNTS", "", "TAOBAO_ACCOUNTS: names of your own"),
        ("TAOBAO_ACCOUNTS", "Main", "lower-case letters"),
        ("TAOBAO_ACCOUNTS", "main,main", "each name once"),
        ("TAOBAO_OUTLET_SESSION", "", "TAOBAO_OUTLET_SESSION: the session key"),
        ("TAOBAO_SIGN_METHOD", "sha1", "one of md5, hmac, hmac-sha256"),
        ("TAOBAO_URL", "gw.api.taobao.com", "TAOBAO_URL: a URL"),
        ("KUAIDI100_CUSTOMER", "", "KUAIDI100_CUSTOMER: the customer"),
        ("KUAIDI100_KEY", "", "KUAIDI100_KEY: the key"),
        ("KUAIDI100_SECRET", "", "openssl rand"),
        ("KUAIDI100_SECRET", "short", "openssl rand"),
        ("KUAIDI100_PHONE", "call me", "KUAIDI100_PHONE: the sender's phone"),
        ("KUAIDI100_QUERY_URL", "ftp://x", "KUAIDI100_QUERY_URL: a URL"),
        ("KUAIDI100_CALLBACK_URL", "shop.example.com", "the address from outside, e.g. https://"),
        ("KUAIDI100_CALLBACK_URL", "https://", "KUAIDI100_CALLBACK_URL: the address"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(name: str, value: str, text: str) -> None:
    env = {**TAOBAO, **KUAIDI100, f"ZHANGGUI_SHOP_{name}": value}
    with pytest.raises(ConfigurationError) as wrong:
        ShopSettings.from_env(env)
    assert text in str(wrong.value)
    for secret in ("s3cr3t-shop", "6100e0test", "TestKey0123456789", "call me", "short"):
        assert secret not in str(wrong.value)


def test_after_sales_of_taobao_need_its_orders() -> None:
    with pytest.raises(ConfigurationError, match="needs ZHANGGUI_SHOP_ORDERS=taobao"):
        ShopSettings.from_env({"ZHANGGUI_SHOP_AFTER_SALES": "taobao"})
    with pytest.raises(ConfigurationError, match="does not fit ZHANGGUI_SHOP_ORDERS=sql"):
        ShopSettings.from_env({"ZHANGGUI_SHOP_PARCELS": "taobao"})


def test_settings_do_not_show_their_secrets() -> None:
    shown = repr(
        ShopSettings.from_env(
            {**TAOBAO, **KUAIDI100, "ZHANGGUI_SHOP_KUAIDI100_PHONE": "19900001234"}
        )
    )
    for secret in ("s3cr3t", "6100e0", "TestKey", "0f1e2d3c", "19900001234"):
        assert secret not in shown
