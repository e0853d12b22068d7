"""The demo shop as rows: the files of `data/shop/` expanded deterministically around one moment.

The same files give the same ids whatever the moment; only the times move with it. Hand-written
customers (`stars.yml`) come first, the mass of orders is drawn from `shipping.yml` with a fixed
seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from conversations.errors import ConfigurationError
from conversations.keys import ConversationKey
from shop.types import Measure, OfferKind, OrderState, ParcelState, ReturnReason, ReturnState
from shop.waybills import CARRIERS, s10_valid

FILES = ("products.yml", "promotions.yml", "stars.yml", "customers.yml", "shipping.yml")
DEMO_KEY = "demo:"  # begins the idempotency key of returns that the files made

Row = dict[str, Any]

_SEED = 20_240_618
_ON_SALE = timedelta(days=900)  # longer than the oldest order
_SHIP_WITHIN = timedelta(hours=48)  # the promise on every product page
_DAYS_AND_CLOCK = re.compile(r"(\d+)d (\d{1,2}):(\d{2})")
_AGO = re.compile(r"(\d+)([hm])")
_UNITS = {
    *("%", "mAh", "g", "kg", "mm", "W", "L", "ml", "dB"),
    *("小时", "分钟", "天", "年", "个月", "条", "双", "片", "只"),
}
# Before a word: that the product lacks it.
_DENIED = re.compile(
    r"(?:无|没有?|未|非|勿|不[含可能是带有要用]?)(?:添加|加入?|任何)?$"
    r"|(?:无|不含|不添加|没有)[^，,。；;\s]{1,6}(?:和|及|或|、)$"
)
_CARE = "洗护"  # a claim about the care label instead of an attribute
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

# What a wording of `shipping.yml` says about the parcel, and where it happens.
_STEPS: dict[str, tuple[ParcelState, str]] = {
    "collected": (ParcelState.COLLECTED, "from"),
    "departed": (ParcelState.IN_TRANSIT, "from"),
    "hub": (ParcelState.IN_TRANSIT, "hub"),
    "hub_out": (ParcelState.IN_TRANSIT, "hub"),
    "arrived": (ParcelState.IN_TRANSIT, "to"),
    "delivering": (ParcelState.DELIVERING, "to"),
    "signed": (ParcelState.SIGNED, "to"),
    "pickup_ready": (ParcelState.PICKUP_READY, "to"),
    "picked_up": (ParcelState.SIGNED, "to"),
    "exception": (ParcelState.EXCEPTION, "hub"),
    "rejected": (ParcelState.REJECTED, "to"),
    "returning": (ParcelState.RETURNING, "to"),
}


# The last steps of a trace, with hours relative to the usual end of the way.
_ENDINGS: dict[str, tuple[tuple[str, int], ...]] = {
    "signed": (("signed", 0),),
    "picked_up": (("pickup_ready", -2), ("picked_up", 0)),
    "pickup_ready": (("pickup_ready", 0),),
    "rejected": (("rejected", 0),),
    "returning": (("rejected", 0), ("returning", 20)),
}


# Days back at most for orders without a parcel, by their state.
_NOT_SHIPPED = {"awaiting_payment": 0.9, "paid": 1.7, "closed": 60}
# How far along (share of the usual time, hours beyond it) and the ending of the plan.
_UNDER_WAY: dict[str, tuple[float, int, str]] = {
    "partly_shipped": (0.8, 0, "signed"),
    "in_transit": (0.85, 0, "signed"),
    "delivering": (1, -1, "signed"),
    "stuck": (0.66, 90, "signed"),
    "pickup_ready": (1, 3, "pickup_ready"),
    "rejected": (1, 5, "rejected"),
    "returning": (1, 30, "returning"),
    "contested": (1, 26, "signed"),
}
# Prefix and number of digits that follow.
_WAYBILLS = {
    "ZTO": ("758", 11),
    "SF": ("SF1", 12),
    "YTO": ("YT8", 12),
    "STO": ("773", 12),
    "YD": ("43", 13),
    "JT": ("JT3", 12),
    "JD": ("JDVA", 11),
    "DBL": ("DPK3", 11),
}
_FREE_SHIPPING, _SHIPPING_FEE = 5900, 600  # fen


@dataclass
class World:
    """Everything the demo shop has, as rows of `shop.schema`, ready to be written."""

    products: list[Row] = field(default_factory=list)
    skus: list[Row] = field(default_factory=list)
    prices: list[Row] = field(default_factory=list)
    offers: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    parcels: list[Row] = field(default_factory=list)
    nodes: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    identities: list[tuple[ConversationKey, str]] = field(default_factory=list)


def build_world(data_dir: Path, *, anchor: datetime) -> World:
    """The demo shop of the files in `data_dir`, with all times relative to `anchor`.

    Raises:
        ConfigurationError: a file is missing or says something that cannot be; the text names it.
    """
    files = {name: _load(data_dir / name) for name in FILES}
    try:
        return _Builder(files, anchor).build()
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ConfigurationError(
            f"{data_dir}: the demo shop cannot be built: {type(error).__name__}: {error}"
        ) from error


def _load(path: Path) -> Any:
    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error


@dataclass(frozen=True)
class _Route:
    carrier: str
    origin: str
    to: str
    hub: str
    finished: int
    fastest: int  # hours
    slowest: int


@dataclass(frozen=True)
class _Person:
    id: str
    name: str
    phone: str
    city: str
    door: int


@dataclass(frozen=True)
class _Consignment:
    lines: Sequence[Row]
    route: _Route
    shipped: datetime
    nodes: Sequence[Row]
    waybill: str
    contested: bool = False

    @property
    def state(self) -> str:
        return str(self.nodes[-1]["state"]) if self.nodes else ParcelState.NO_TRACE.value

    @property
    def signed_at(self) -> datetime | None:
        signed = (n["at"] for n in self.nodes if n["state"] == ParcelState.SIGNED.value)
        return next(signed, None)


class _Builder:
    def __init__(self, files: Mapping[str, Any], anchor: datetime) -> None:
        self._files = files
        self._shipping = files["shipping.yml"]
        self._anchor = anchor
        self._zone: tzinfo = timezone(timedelta(hours=self._shipping["utc_offset_hours"]))
        self._random = random.Random(_SEED)  # noqa: S311 - the same demo every time, no secret
        self._routes = [_Route(*entry) for entry in self._shipping["routes"]]
        self._taken: set[str] = set()
        self._by_city: dict[str, list[_Person]] = {}
        self._products: dict[str, Row] = {}
        self._skus: dict[tuple[str, str, str], Row] = {}
        self._prices: dict[str, list[Row]] = {}  # of each choice, oldest first
        self.world = World()

    def build(self) -> World:
        self._add_catalogue()
        self._add_price_history(self._files["promotions.yml"]["price_changes"])
        for offer in self._files["promotions.yml"]["offers"]:
            self._add_offer(offer)
        for star in self._files["stars.yml"]["customers"]:
            self._add_star(star)
        for entry in self._files["customers.yml"]["customers"]:
            self._add_plain_customer(*entry)
        for route in self._routes:
            for _ in range(route.finished):
                self._add_finished(route)
        for situation, count in self._shipping["live"].items():
            for _ in range(count):
                self._add_live(situation)
        return self.world

    # Times

    def _at(self, words: str) -> datetime:
        """`3d 20:14` three days ago at that time of day, `2h`, `40m`; never after the anchor."""
        if ago := _AGO.fullmatch(words):
            unit = timedelta(hours=1) if ago[2] == "h" else timedelta(minutes=1)
            return self._anchor - int(ago[1]) * unit
        clock = _DAYS_AND_CLOCK.fullmatch(words)
        if clock is None:
            raise ValueError(f"{words!r} is neither like `3d 20:14` nor like `2h`")
        day = self._anchor.astimezone(self._zone).date() - timedelta(days=int(clock[1]))
        moment = datetime.combine(day, time(int(clock[2]), int(clock[3])), self._zone)
        return min(moment.astimezone(timezone.utc), self._anchor)

    def _by_day(self, moment: datetime) -> datetime:
        """That moment or the next one at an hour when couriers ring the bell."""
        local = moment.astimezone(self._zone)
        if local.hour < 9:
            local = local.replace(hour=9)
        elif local.hour > 19:
            local = (local + timedelta(days=1)).replace(hour=10)
        return local.astimezone(timezone.utc)

    # Catalogue

    def _add_catalogue(self) -> None:
        data = self._files["products.yml"]
        for position, entry in enumerate(data["products"]):
            row = {
                "id": entry["id"],
                "item_id": entry["item_id"],
                "position": position,
                "title": entry["title"],
                "short_name": entry["name"],
                "category": entry["category"],
                "aliases": entry["aliases"],
                "attributes": [
                    _attribute(name, str(value), data["attribute_aliases"])
                    for name, value in entry["attributes"].items()
                ],
                "care": entry["care"],
                "size_chart": [
                    _size_row(line) for line in data["size_charts"].get(entry.get("chart"), [])
                ],
                "image": f"/shop/images/{entry['image']}.svg",
                "returnable": entry.get("returnable", True),
                "point": entry["point"],
                "tags": entry.get("tags", []),
                "claims": _claims(entry, data["claims"]),
            }
            self.world.products.append(row)
            self._products[row["id"]] = row
            self._add_skus(entry, lowest_percent=data["lowest_percent"])

    def _add_skus(self, entry: Mapping[str, Any], *, lowest_percent: int) -> None:
        price, sold_out = entry["price"], dict(entry.get("sold_out", {}))
        choices = [(color, size) for color in entry["colors"] for size in entry["sizes"]]
        for position, (color, size) in enumerate(choices):
            restock = sold_out.pop(f"{color} {size}".strip(), None)
            fen = 100 * (price[size] if isinstance(price, Mapping) else price)
            row = {
                "id": f"{entry['item_id']}-{position + 1:02d}",
                "product_id": entry["id"],
                "position": position,
                "color": color,
                "size": size,
                "price": fen,
                "floor": -(-fen * lowest_percent // 100),
                "stock": 0 if restock is not None else self._random.choice((2, 5, 18, 46, 130)),
                "restock_at": None if restock is None else self._anchor + timedelta(days=restock),
            }
            self.world.skus.append(row)
            self._skus[entry["id"], color, size] = row
        if sold_out:
            raise ValueError(f"{entry['id']}: sold_out names no choice of it: {list(sold_out)}")

    def _add_price_history(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """What each choice cost before and since its last change."""
        by_product = {entry["product"]: entry for entry in changes}
        if unknown := by_product.keys() - self._products.keys():
            raise ValueError(f"price_changes: there is no product {min(unknown)}")
        for sku in self.world.skus:
            entry = by_product.get(sku["product_id"])
            points = [
                {"sku_id": sku["id"], "since": self._anchor - _ON_SALE, "price": sku["price"]}
            ]
            if entry is not None:
                since = self._midnight(entry["since"])
                points[0]["price"] = 100 * entry["was"]
                points.append({"sku_id": sku["id"], "since": since, "price": sku["price"]})
            self._prices[sku["id"]] = points
            self.world.prices += points

    def _price(self, sku_id: str, moment: datetime) -> int:
        """What that choice cost then, in fen."""
        cost: int = [p["price"] for p in self._prices[sku_id] if p["since"] <= moment][-1]
        return cost

    def _add_offer(self, entry: Mapping[str, Any]) -> None:
        unknown = [name for name in entry.get("products", ()) if name not in self._products]
        if unknown:
            raise ValueError(f"{entry['id']}: there is no product {unknown[0]}")
        self.world.offers.append(
            {
                "id": entry["id"],
                "kind": OfferKind(entry["kind"]).value,
                "title": entry["title"],
                "off": 100 * entry.get("off", 0),
                "percent": entry.get("percent", 100),
                "threshold": 100 * entry.get("threshold", 0),
                "each": entry.get("each", False),
                "products": entry.get("products", []),
                "categories": entry.get("categories", []),
                "tiers": entry.get("tiers", []),
                "customer_id": entry.get("customer", ""),
                "since": self._midnight(entry.get("since")),
                "until": self._midnight(entry.get("until"), end=True),
                "used_at": self._midnight(entry.get("used")),
            }
        )

    def _midnight(self, days: int | None, *, end: bool = False) -> datetime | None:
        """The first (or last) moment of the day so many days from the anchor."""
        if days is None:
            return None
        day = self._anchor.astimezone(self._zone).date() + timedelta(days=days)
        moment = datetime.combine(day, time(23, 59, 59) if end else time(), self._zone)
        return moment.astimezone(timezone.utc)

    # Customers

    def _add_star(self, star: Mapping[str, Any]) -> None:
        person = self._add_customer(
            *(star[name] for name in ("id", "name", "nickname", "tier", "city")),
            registered_at=self._at(star["registered"]),
            channels=[ConversationKey.parse(text) for text in star["channels"]],
        )
        for order in star["orders"]:
            self._add_star_order(person, order)

    def _add_plain_customer(
        self, customer_id: str, name: str, nickname: str, tier: str, city: str
    ) -> None:
        channels = [ConversationKey("wechat", "demo", f"o{self._letters(27)}")]
        if self._random.random() < 0.3:
            channels.append(ConversationKey("taobao", "demo", f"AAF{self._letters(16)}"))
        person = self._add_customer(
            customer_id,
            name,
            nickname,
            tier,
            city,
            registered_at=self._anchor - timedelta(days=self._random.randint(100, 900)),
            channels=channels,
        )
        self._by_city.setdefault(city, []).append(person)

    def _add_customer(
        self,
        customer_id: str,
        name: str,
        nickname: str,
        tier: str,
        city: str,
        *,
        registered_at: datetime,
        channels: Sequence[ConversationKey],
    ) -> _Person:
        door = len(self.world.customers) + 1
        person = _Person(customer_id, name, f"1990000{door:04d}", city, door)
        self.world.customers.append(
            {
                "id": customer_id,
                "nickname": nickname,
                "tier": tier,
                "phone": person.phone,
                "city": city,
                "registered_at": registered_at,
            }
        )
        self.world.identities.extend((key, customer_id) for key in channels)
        return person

    # Orders

    def _add_star_order(self, person: _Person, entry: Mapping[str, Any]) -> None:
        lines = [
            self._line(
                self._skus[line["product"], line["color"], line["size"]],
                quantity=line.get("quantity", 1),
                gift=line.get("gift", False),
            )
            for line in entry["lines"]
        ]
        consignments = []
        for number, parcel in enumerate(entry.get("parcels", [])):
            inside = [
                line
                for line, given in zip(lines, entry["lines"], strict=True)
                if given.get("parcel", 0) == number
            ]
            consignments.append(self._star_consignment(person, inside, parcel))
        self._add_order(
            person,
            lines,
            consignments,
            state=OrderState(entry["state"]),
            created=self._at(entry["at"]),
            order_id=entry["id"],
            insured=entry.get("freight_insurance", False),
            remark=entry.get("remark", ""),
        )
        for given in entry.get("returns", []):
            self._add_return(person, lines[given["line"]], given)

    def _star_consignment(
        self, person: _Person, lines: Sequence[Row], entry: Mapping[str, Any]
    ) -> _Consignment:
        origin = self._warehouse(lines[0]["category"])
        route = next(
            route
            for route in self._routes
            if (route.carrier, route.origin, route.to) == (entry["carrier"], origin, person.city)
        )
        nodes = []
        for at, step, *own in entry["trace"]:
            node = self._node(route, step, self._at(at), self._courier())
            nodes.append(node | dict(zip(("text", "city"), own, strict=False)))
        return _Consignment(
            lines=lines,
            route=route,
            shipped=self._at(entry["shipped"]),
            nodes=nodes,
            waybill=entry["waybill"],
            contested=entry.get("contested", False),
        )

    def _add_finished(self, route: _Route) -> None:
        """A past order of that route, signed for within the last eleven weeks."""
        days = self._random.randint(8, 80)
        shipped = self._at(f"{days}d {self._random.randint(14, 19)}:{self._random.randint(10, 59)}")
        signed = self._by_day(shipped + self._transit(route))
        ending = "picked_up" if self._random.random() < 0.15 else "signed"
        recent = self._anchor - signed < timedelta(days=10)
        self._add_drawn_order(
            route,
            state=OrderState.SIGNED if recent else OrderState.FINISHED,
            shipped=shipped,
            nodes=self._trace(route, shipped, signed - shipped, ending),
        )

    def _add_live(self, situation: str) -> None:
        """An order that stands somewhere on its way now."""
        route = self._random.choice(self._routes)
        if situation in _NOT_SHIPPED:
            days = self._random.uniform(0.02, 1) * _NOT_SHIPPED[situation]
            self._add_order(
                self._random.choice(self._by_city[route.to]),
                self._random_lines(route.origin),
                state=OrderState(situation),
                created=self._anchor - timedelta(days=days),
            )
            return
        total = self._transit(route)
        part, hours, ending = _UNDER_WAY[situation]
        jitter = self._random.uniform(0, 0.3)
        shipped = self._anchor - total * (part - jitter if part < 1 else 1) - timedelta(hours=hours)
        nodes = self._trace(route, shipped, total, ending)
        if situation == "stuck":
            nodes = nodes[:3]
        state = {
            "partly_shipped": OrderState.PARTLY_SHIPPED,
            "contested": OrderState.SIGNED,
        }.get(situation, OrderState.SHIPPED)
        self._add_drawn_order(
            route,
            state=state,
            shipped=shipped,
            nodes=[node for node in nodes if node["at"] <= self._anchor],
            contested=situation == "contested",
        )

    def _add_drawn_order(
        self,
        route: _Route,
        *,
        state: OrderState,
        shipped: datetime,
        nodes: Sequence[Row],
        contested: bool = False,
    ) -> None:
        lines = self._random_lines(route.origin)
        waiting = []
        if state is OrderState.PARTLY_SHIPPED:
            waiting = self._random_lines(route.origin)
        consignment = _Consignment(
            lines=lines,
            route=route,
            shipped=shipped,
            nodes=nodes,
            waybill=self._waybill(route.carrier),
            contested=contested,
        )
        self._add_order(
            self._random.choice(self._by_city[route.to]),
            [*lines, *waiting],
            [consignment],
            state=state,
            created=shipped - timedelta(hours=self._random.uniform(3, 40)),
        )

    def _add_order(
        self,
        person: _Person,
        lines: Sequence[Row],
        consignments: Sequence[_Consignment] = (),
        *,
        state: OrderState,
        created: datetime,
        order_id: str | None = None,
        insured: bool | None = None,
        remark: str | None = None,
    ) -> None:
        """An order with its parcels; what is not given is drawn."""
        drawn = self._digits("42", 17), self._random.random() < 0.4, self._remark()
        order_id = drawn[0] if order_id is None else order_id
        for line in lines:
            if not line["gift"]:
                line["paid"] = self._price(line["sku_id"], created) * line["quantity"]
        goods = sum(line["paid"] for line in lines)
        fee = 0 if goods >= _FREE_SHIPPING else _SHIPPING_FEE
        is_paid = state not in (OrderState.AWAITING_PAYMENT, OrderState.CLOSED)
        paid_at = min(created + timedelta(minutes=2), self._anchor) if is_paid else None
        whole = sum(len(consignment.lines) for consignment in consignments) == len(lines)
        signed = [c.signed_at for c in consignments if c.signed_at is not None]
        province, city, district, street, _ = self._shipping["cities"][person.city]
        self.world.orders.append(
            {
                "id": order_id,
                "customer_id": person.id,
                "state": state.value,
                "paid": goods + fee,
                "shipping_fee": fee,
                "freight_insurance": drawn[1] if insured is None else insured,
                "created_at": created,
                "paid_at": paid_at,
                "shipped_at": min((c.shipped for c in consignments), default=None),
                "signed_at": max(signed)
                if whole and len(signed) == len(consignments) > 0
                else None,
                "ship_by": paid_at + _SHIP_WITHIN if paid_at else None,
                "receiver": person.name,
                "phone": person.phone,
                "province": province,
                "city": city,
                "district": district,
                "street": f"{street} {person.door} 号",
                "remark": drawn[2] if remark is None else remark,
            }
        )
        for number, consignment in enumerate(consignments, start=1):
            self._add_parcel(order_id, f"dp{order_id}-{number}", consignment)
        for position, line in enumerate(lines):
            line |= {
                "id": f"{order_id}-{position + 1}",
                "order_id": order_id,
                "position": position,
            }
            self.world.lines.append(line)

    def _random_lines(self, warehouse: str) -> list[Row]:
        categories = self._shipping["warehouses"][warehouse]
        choices = [
            sku
            for sku in self.world.skus
            if self._products[sku["product_id"]]["category"] in categories
        ]
        picked = self._random.sample(choices, self._random.choice((1, 1, 1, 2)))
        return [self._line(sku, quantity=self._random.choice((1, 1, 1, 2))) for sku in picked]

    def _line(self, sku: Row, *, quantity: int = 1, gift: bool = False) -> Row:
        """A line without its place in an order and without its parcel, at the price of today."""
        product = self._products[sku["product_id"]]
        return {
            "product_id": product["id"],
            "sku_id": sku["id"],
            "title": product["title"],
            "short_name": product["short_name"],
            "category": product["category"],
            "color": sku["color"],
            "size": sku["size"],
            "quantity": quantity,
            "paid": 0 if gift else sku["price"] * quantity,
            "gift": gift,
            "returnable": product["returnable"],
            "image": product["image"],
            "parcel_id": "",
        }

    # Parcels

    def _add_parcel(self, order_id: str, parcel_id: str, consignment: _Consignment) -> None:
        route = consignment.route
        for line in consignment.lines:
            line["parcel_id"] = parcel_id
        self.world.parcels.append(
            {
                "id": parcel_id,
                "order_id": order_id,
                "carrier_code": route.carrier,
                "carrier": CARRIERS[route.carrier],
                "waybill": consignment.waybill,
                "origin_city": route.origin,
                "destination_city": route.to,
                "shipped_at": consignment.shipped,
                "state": consignment.state,
                "signed_at": consignment.signed_at,
                "contested": consignment.contested,
            }
        )
        for seq, node in enumerate(consignment.nodes):
            self.world.nodes.append({"parcel_id": parcel_id, "seq": seq, **node})

    def _trace(self, route: _Route, shipped: datetime, total: timedelta, ending: str) -> list[Row]:
        """The whole way; `total` (24 hours at least) is from shipping to the usual end."""
        hour, courier = timedelta(hours=1), self._courier()
        steps = [
            ("collected", 1.2 * hour),
            ("departed", 4 * hour),
            ("hub", total * 0.35),
            ("hub_out", total * 0.35 + 3 * hour),
            ("arrived", total - 8 * hour),
            ("delivering", total - 3 * hour),
            *((step, total + offset * hour) for step, offset in _ENDINGS[ending]),
        ]
        return [self._node(route, step, shipped + after, courier) for step, after in steps]

    def _node(self, route: _Route, step: str, at: datetime, courier: str) -> Row:
        """One line of a trace; `step` names a wording, or a state whose sentence follows."""
        if step not in _STEPS:
            return {"at": at, "state": ParcelState(step).value, "city": route.hub, "text": ""}
        state, where = _STEPS[step]
        wording = self._shipping["wording"]
        template = wording.get(route.carrier, {}).get(step) or wording["default"][step]
        cities = {"from": route.origin, "hub": route.hub, "to": route.to}
        site = self._shipping["cities"][route.to][4]
        return {
            "at": at,
            "state": state.value,
            "city": cities[where],
            "text": template.format(**cities, site=site, courier=courier),
        }

    def _add_return(self, person: _Person, line: Row, entry: Mapping[str, Any]) -> None:
        at, address = self._at(entry["at"]), self._shipping["return_address"]
        serial = len(self.world.returns) + 1
        self.world.returns.append(
            {
                "number": f"RT{at.astimezone(self._zone):%y%m%d}DEMO{serial:02d}",
                "customer_id": person.id,
                "order_id": line["order_id"],
                "line_id": line["id"],
                "idempotency_key": f"{DEMO_KEY}{line['id']}",
                "reason": ReturnReason(entry["reason"]).value,
                "refund": line["paid"],
                "shipping_paid_by": entry["shipping_paid_by"],
                "state": ReturnState(entry["state"]).value,
                "receiver": address["name"],
                **{name: address[name] for name in ("phone", "province", "city")},
                **{name: address[name] for name in ("district", "street")},
                "created_at": at,
                "send_by": at + timedelta(days=7),
            }
        )

    def _warehouse(self, category: str) -> str:
        warehouses: Mapping[str, Sequence[str]] = self._shipping["warehouses"]
        return next(city for city, categories in warehouses.items() if category in categories)

    # Drawing

    def _transit(self, route: _Route) -> timedelta:
        likely = route.fastest + 0.3 * (route.slowest - route.fastest)
        return timedelta(hours=self._random.triangular(route.fastest, route.slowest, likely))

    def _courier(self) -> str:
        couriers: Sequence[str] = self._shipping["couriers"]
        return self._random.choice(couriers)

    def _remark(self) -> str:
        remarks: Sequence[str] = self._shipping["remarks"]
        return self._random.choice(remarks)

    def _letters(self, count: int) -> str:
        return "".join(self._random.choice(_ALPHABET) for _ in range(count))

    def _digits(self, prefix: str, count: int) -> str:
        """A number never given before."""
        number = ""
        while not number or number in self._taken:
            number = prefix + "".join(self._random.choice("0123456789") for _ in range(count))
        self._taken.add(number)
        return number

    def _waybill(self, carrier: str) -> str:
        if carrier == "EMS":
            stem = self._digits("", 8)
            return next(
                number
                for number in (f"EE{stem}{check}CN" for check in range(10))
                if s10_valid(number)
            )
        prefix, count = _WAYBILLS[carrier]
        return self._digits(prefix, count)


def _attribute(name: str, text: str, aliases: Mapping[str, Sequence[str]]) -> list[Any]:
    value, blank, unit = text.rpartition(" ")
    if not (blank and value[-1].isdigit() and unit in _UNITS):
        value, unit = text, ""
    return [name, value, unit, list(aliases.get(name, ()))]


def _size_row(line: Mapping[str, Any]) -> list[Any]:
    """`{size: S, height: [155, 165], 胸围: 98cm}` as the table has it."""
    names = {measure.value for measure in Measure}
    ranges = {name: limits for name, limits in line.items() if name in names}
    measures = [
        [name, str(value)] for name, value in line.items() if name not in names and name != "size"
    ]
    return [str(line["size"]), ranges, measures]


def _claims(entry: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The yes-or-no questions that the product's own facts bear on, each judged by its words."""
    found = []
    for rule in rules:
        facts = [
            name
            for name in rule["about"]
            if name == _CARE or str(entry["attributes"].get(name, ""))
        ]
        for fact in facts:
            text = entry["care"] if fact == _CARE else str(entry["attributes"][fact])
            holds = _judged(text, rule)
            if holds is None and (fact == _CARE or fact != facts[-1]):
                continue  # silent; another fact may say it
            verdict = rule["topic"] if holds is None else rule["said" if holds else "denied"]
            found.append([rule["ask"], verdict, holds, "" if fact == _CARE else fact])
            break
    return found


def _judged(text: str, rule: Mapping[str, Any]) -> bool | None:
    """By the patterns of `yes` and `no`; those that the rule names first count first.

    A `yes` that the text denies (无涂层, 不含酒精和香精) is a no.
    """
    for answer, patterns in rule.items():
        if answer not in ("yes", "no"):
            continue
        found = [match for pattern in patterns for match in re.finditer(pattern, text)]
        if found and answer == "yes":
            return not all(_DENIED.search(text[: match.start()]) for match in found)
        if found:
            return False
    return None
