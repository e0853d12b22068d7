"""What the simulator needs to know, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.wechat.settings import Account, WeChatSettings
from conversations.database import DEFAULT_URL
from conversations.errors import ConfigurationError

ACCOUNT = "demo"


@dataclass(frozen=True)
class SimulatorSettings:
    """Where everything is."""

    port: int
    rasa_url: str
    account: Account
    database_url: str
    images: Path
    policies: Path
    stars: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> SimulatorSettings:
        """Read the demo's variables.

        Raises:
            ConfigurationError: not a demo, or a variable is missing or malformed.
        """
        if env.get("ZHANGGUI_DEMO") != "1":
            raise ConfigurationError(
                "模拟器扮演微信服务器和顾客的手机，只能用于演示：真实店铺不要启动它；"
                "演示请用 make demo，或先设 ZHANGGUI_DEMO=1"
            )
        port = env.get("ZHANGGUI_SIMULATOR_PORT", "") or "5090"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ConfigurationError(f"ZHANGGUI_SIMULATOR_PORT: {port!r} 不是端口号，例如 5090")
        wechat = WeChatSettings.from_env(env)
        if ACCOUNT not in wechat.accounts:
            raise ConfigurationError(
                f"ZHANGGUI_WECHAT_ACCOUNTS 里没有 {ACCOUNT}：模拟器和掌柜要用同一组"
                f" ZHANGGUI_WECHAT_{ACCOUNT.upper()}_* 变量"
            )
        return cls(
            port=int(port),
            rasa_url=(env.get("ZHANGGUI_RASA_URL", "") or "http://127.0.0.1:5005").rstrip("/"),
            account=wechat.accounts[ACCOUNT],
            database_url=env.get("DATABASE_URL", "") or DEFAULT_URL,
            images=wechat.image_root,
            stars=wechat.image_root.parent / "stars.yml",
            policies=Path(env.get("ZHANGGUI_POLICIES", "") or "data/knowledge/policies.yml"),
        )
