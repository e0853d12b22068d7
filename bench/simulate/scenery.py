"""A demo shop that is large enough: the files of `data/shop`, with more customers and orders."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from shop.demo_world import FILES

_RETURNING = "c-insured"  # a hand-written customer with one order, signed for lately
_RETURNS = 4


def enlarge(data_dir: Path, into: Path, *, times: int) -> Path:
    """Write the demo's files into the folder `into`, the mass of the shop so many times as large.

    Hand-written customers and the catalogue stay as they are. Returns `into`.
    """
    into.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(data_dir / name, into / name)
    customers = _read(into / "customers.yml")
    plain = customers["customers"]
    customers["customers"] = [
        [f"{entry[0]}-{copy}" if copy else entry[0], *entry[1:]]
        for copy in range(times)
        for entry in plain
    ]
    _write(into / "customers.yml", customers)
    stars = _read(into / "stars.yml")
    (like,) = (star for star in stars["customers"] if star["id"] == _RETURNING)
    stars["customers"] += [_returning(like, number) for number in range(_RETURNS * times)]
    _write(into / "stars.yml", stars)
    shipping = _read(into / "shipping.yml")
    shipping["live"] = {what: count * times for what, count in shipping["live"].items()}
    shipping["routes"] = [
        [*route[:4], route[4] * times, *route[5:]] for route in shipping["routes"]
    ]
    _write(into / "shipping.yml", shipping)
    return into


def repeat_stars(data_dir: Path, into: Path, *, copies: int) -> Path:
    """Write the demo's files into `into` with so many copies of every hand-written customer.

    The copies are `<id>-000`, `<id>-001`, …; see `copied`. Returns `into`.
    """
    into.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(data_dir / name, into / name)
    stars = _read(into / "stars.yml")
    stars["customers"] += [
        copied(star, number) for number in range(copies) for star in tuple(stars["customers"])
    ]
    _write(into / "stars.yml", stars)
    return into


def copied(star: dict[str, Any], number: int) -> dict[str, Any]:
    """Somebody with a star's orders and parcels under numbers of her own, on the web only.

    `number` below 8,000 tells the copies apart: it takes the place of the 1234 that stands in
    all numbers of the stars. The id is the star's with `-<number>`.
    """
    own = str(2000 + number)
    id = f"{star['id']}-{number:03d}"
    return {
        **star,
        "id": id,
        "channels": [f"web:demo:{id}"],
        "orders": [
            {
                **order,
                "id": order["id"].replace("1234", own, 1),
                "parcels": [
                    {**parcel, "waybill": parcel["waybill"].replace("1234", own, 1)}
                    for parcel in order.get("parcels", ())
                ],
            }
            for order in star["orders"]
        ],
    }


def _returning(like: dict[str, Any], number: int) -> dict[str, Any]:
    """Somebody like that customer whose return the shop has agreed to, and who may take it back."""
    star = copied(like, number)
    star["orders"][0]["returns"] = [
        {
            "line": 0,
            "reason": "wrong_size",
            "shipping_paid_by": "insurance",
            "state": "awaiting_parcel",
            "at": "12h",
        }
    ]
    return star


def _read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def _write(path: Path, data: Any) -> None:
    yaml = YAML(typ="safe")
    yaml.allow_unicode = True
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(data, file)
