"""How an address looks before somebody asks to see it."""

from __future__ import annotations

from shop.types import Address


def mask_address(address: Address) -> str:
    """Province, city and district; the street stays hidden."""
    return f"{region(address)} ****"


def full_address(address: Address) -> str:
    """The whole address on one line, without name and phone."""
    return f"{region(address)} {address.street}"


def region(address: Address) -> str:
    """Province, city and district; a municipality is named once."""
    parts = [address.province, address.city, address.district]
    return " ".join(part for n, part in enumerate(parts) if part and part not in parts[:n])
