"""Pictures as web shoppers reach them: the shop's own, and those that they have sent themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.pictures import served_at
from shop.pictures import ADDRESS

SERVED = "/webhooks/web/images/"
SENT = "/webhooks/web/pictures/"

HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    # A drawing may hold a script: opened by itself, it runs none.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}

SENT_HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def reachable(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as shoppers see it; pictures are where this channel serves them."""
    body = {**message, "image": _reachable(message["image"])}
    if message["card"]:
        body["card"] = {**message["card"], "image": _reachable(message["card"]["image"])}
    return body


def _reachable(address: str) -> str:
    if address.startswith(ADDRESS):
        return SERVED + address.removeprefix(ADDRESS)
    return served_at(address, SENT)
