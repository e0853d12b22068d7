"""The desk's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from conversations.database import DEFAULT_URL
from conversations.errors import ConfigurationError
from shop.pictures import FOLDER


@dataclass(frozen=True)
class Settings:
    """How this process is reached, and what it reaches.

    `public_url` is the address in the staff's browsers when a proxy stands before the desk (its
    origin is then accepted, and https makes the cookie Secure); `trust_proxy` takes the caller's
    address from the last `X-Forwarded-For` entry; `image_sources` are the CSP sources that
    pictures in messages and cards may come from, besides the desk itself; `pictures` is the
    folder of the shop's own ones, which the desk serves at `/shop/images`; `secret` is what the
    names of drawings are signed with (`shop.pictures`).
    """

    host: str = "127.0.0.1"
    port: int = 5080
    database_url: str = DEFAULT_URL
    redis_url: str = ""
    public_url: str = ""
    trust_proxy: bool = False
    image_sources: tuple[str, ...] = ("https:",)
    policies: str = "data/knowledge/policies.yml"
    pictures: Path = FOLDER
    secret: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """The settings in these variables.

        Raises:
            ConfigurationError: a variable has a value that cannot be meant.
        """
        defaults = cls()
        port = environment.get("ZHANGGUI_DESK_PORT", str(defaults.port))
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ConfigurationError(f"ZHANGGUI_DESK_PORT: {port!r} is no port, e.g. 5080")
        public_url = environment.get("ZHANGGUI_DESK_PUBLIC_URL", "").rstrip("/")
        if public_url and urlsplit(public_url).scheme not in ("http", "https"):
            raise ConfigurationError(
                f"ZHANGGUI_DESK_PUBLIC_URL: {public_url!r} is no address, "
                "e.g. https://desk.example.com"
            )
        sources = environment.get("ZHANGGUI_DESK_IMAGE_SOURCES", "").split()
        if any(";" in source or "," in source for source in sources):
            raise ConfigurationError(
                "ZHANGGUI_DESK_IMAGE_SOURCES: addresses separated by blanks, "
                "e.g. https: http://127.0.0.1:5005"
            )
        return cls(
            host=environment.get("ZHANGGUI_DESK_HOST", defaults.host),
            port=int(port),
            database_url=environment.get("DATABASE_URL") or defaults.database_url,
            redis_url=environment.get("REDIS_URL", ""),
            public_url=public_url,
            trust_proxy=environment.get("ZHANGGUI_DESK_TRUST_PROXY", "") in ("1", "true"),
            image_sources=tuple(sources) or defaults.image_sources,
            policies=environment.get("ZHANGGUI_POLICIES", defaults.policies),
            secret=environment.get("ZHANGGUI_SECRET", ""),
        )
