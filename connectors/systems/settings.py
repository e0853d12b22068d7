"""How the listening process is reached, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conversations.database import DEFAULT_URL
from conversations.errors import ConfigurationError


@dataclass(frozen=True)
class SystemsSettings:
    """Where it listens, and the house's database. Which systems it hears: `shop.settings`."""

    host: str = "127.0.0.1"
    port: int = 5070
    database_url: str = DEFAULT_URL
    policies: Path = Path("data/knowledge/policies.yml")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> SystemsSettings:
        """The settings in these variables.

        Raises:
            ConfigurationError: a variable has a value that cannot be meant.
        """
        defaults = cls()
        port = env.get("ZHANGGUI_SYSTEMS_PORT", "") or str(defaults.port)
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ConfigurationError(f"ZHANGGUI_SYSTEMS_PORT: {port!r} is no port, e.g. 5070")
        return cls(
            host=env.get("ZHANGGUI_SYSTEMS_HOST", "") or defaults.host,
            port=int(port),
            database_url=env.get("DATABASE_URL", "") or defaults.database_url,
            policies=Path(env.get("ZHANGGUI_POLICIES", "") or defaults.policies),
        )
