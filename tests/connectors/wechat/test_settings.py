"""Accounts from the environment, and errors that say what to do."""

from __future__ import annotations

import pytest

from connectors.wechat.settings import WeChatSettings
from conversations.errors import ConfigurationError
from tests.connectors.wechat.support import ACCOUNT

ENV = {
    "ZHANGGUI_WECHAT_ACCOUNTS": "demo",
    "ZHANGGUI_WECHAT_DEMO_APPID": ACCOUNT.app_id,
    "ZHANGGUI_WECHAT_DEMO_SECRET": ACCOUNT.secret,
    "ZHANGGUI_WECHAT_DEMO_TOKEN": ACCOUNT.token,
    "ZHANGGUI_WECHAT_DEMO_AES_KEY": ACCOUNT.aes_key,
    "ZHANGGUI_WECHAT_DEMO_ORIGINAL_ID": ACCOUNT.original_id,
}


def test_an_account_is_read_whole() -> None:
    settings = WeChatSettings.from_env(ENV)
    assert settings.accounts == {"demo": ACCOUNT}
    assert settings.api == "https://api.weixin.qq.com"


def test_several_accounts_have_their_own_values() -> None:
    second = {name.replace("DEMO", "OUTLET"): value for name, value in ENV.items()}
    env = {**ENV, **second, "ZHANGGUI_WECHAT_ACCOUNTS": "demo, outlet"}
    assert list(WeChatSettings.from_env(env).accounts) == ["demo", "outlet"]


def test_a_shop_without_wechat_has_no_accounts() -> None:
    assert WeChatSettings.from_env({}).accounts == {}


def test_secrets_are_not_in_the_representation() -> None:
    shown = repr(WeChatSettings.from_env(ENV))
    for secret in (ACCOUNT.secret, ACCOUNT.token, ACCOUNT.aes_key):
        assert secret not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHANGGUI_WECHAT_DEMO_APPID", ""),
        ("ZHANGGUI_WECHAT_DEMO_SECRET", ""),
        ("ZHANGGUI_WECHAT_DEMO_TOKEN", "a-b"),
        ("ZHANGGUI_WECHAT_DEMO_AES_KEY", "short"),
        ("ZHANGGUI_WECHAT_ACCOUNTS", "Demo Shop"),
        ("ZHANGGUI_WECHAT_ACCOUNTS", "demo,demo"),
        ("ZHANGGUI_WECHAT_API", "api.weixin.qq.com"),
        ("ZHANGGUI_PUBLIC_URL", "ftp://shop"),
        ("ZHANGGUI_WECHAT_TEXT_LIMIT", "many"),
        ("ZHANGGUI_WECHAT_CLOCK_WINDOW", "0"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        WeChatSettings.from_env({**ENV, name: value})
