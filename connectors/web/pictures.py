"""The shop's own pictures for web shoppers: files of one folder below `/webhooks/web/images`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OWN = "/shop/images/"
"""How answers name the shop's own pictures, whatever the channel."""
SERVED = "/webhooks/web/images/"

_NAME = re.compile(r"\w[\w-]*\.(svg|png|jpg|jpeg)")
_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    # A drawing may hold a script: opened by itself, it runs none.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


class NoSuchPicture(Exception):
    """The folder holds no picture of that name."""


async def load(root: Path, name: str) -> tuple[bytes, str]:
    """The picture of that name, and its content type.

    Raises:
        NoSuchPicture: there is none, or the name is none of a picture.
    """
    if not _NAME.fullmatch(name):
        raise NoSuchPicture(name)
    path = root / name
    try:
        return await asyncio.to_thread(path.read_bytes), _TYPES[path.suffix]
    except OSError:
        raise NoSuchPicture(name) from None


def reachable(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as shoppers see it; the shop's own pictures are where this channel serves them."""
    body = {**message, "image": _reachable(message["image"])}
    if message["card"]:
        body["card"] = {**message["card"], "image": _reachable(message["card"]["image"])}
    return body


def _reachable(address: str) -> str:
    return SERVED + address.removeprefix(OWN) if address.startswith(OWN) else address
