"""The shop's own pictures as web shoppers reach them: below `/webhooks/web/images`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.pictures import ADDRESS

SERVED = "/webhooks/web/images/"

HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    # A drawing may hold a script: opened by itself, it runs none.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def reachable(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as shoppers see it; the shop's own pictures are where this channel serves them."""
    body = {**message, "image": _reachable(message["image"])}
    if message["card"]:
        body["card"] = {**message["card"], "image": _reachable(message["card"]["image"])}
    return body


def _reachable(address: str) -> str:
    return SERVED + address.removeprefix(ADDRESS) if address.startswith(ADDRESS) else address
