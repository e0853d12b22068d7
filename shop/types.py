"""What a shop has and does: frozen values, money in integer fen, times with a zone (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class OrderState(str, Enum):
    """Where an order stands in the shop's own record."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"  # paid, nothing shipped
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    SIGNED = "signed"  # all parcels received
    FINISHED = "finished"  # the shopper confirmed, or the time ran out
    CLOSED = "closed"  # unpaid or cancelled, or refunded whole


class ParcelState(str, Enum):
    """Where a parcel stands, the same for all carriers."""

    NO_TRACE = "no_trace"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    DELIVERING = "delivering"
    PICKUP_READY = "pickup_ready"
    SIGNED = "signed"
    EXCEPTION = "exception"
    REJECTED = "rejected"
    RETURNING = "returning"
    RETURNED = "returned"


class ReturnState(str, Enum):
    """Where a return stands."""

    APPLIED = "applied"  # asked for on the platform; the shop has not agreed yet
    AWAITING_PARCEL = "awaiting_parcel"  # agreed; the shopper sends it back
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    REFUNDED = "refunded"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class ReturnReason(str, Enum):
    """Why something comes back. Decides who pays the return shipping."""

    NO_LONGER_WANTED = "no_longer_wanted"
    WRONG_SIZE = "wrong_size"
    NOT_AS_DESCRIBED = "not_as_described"
    QUALITY = "quality"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    OTHER = "other"


@dataclass(frozen=True)
class Attribute:
    """One fact of a product: `name` 羊毛含量, `value` 70, `unit` %, `aliases` 羊毛比例."""

    name: str
    value: str
    unit: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What people ask yes or no about a product, judged by its own data.

    `ask` are the words of the question, `verdict` what is said (支持无线充电, 不是纯棉), `fact` the
    name of the attribute it rests on, empty for the care label. `holds` is None when that fact
    leaves the question open; `verdict` then only names the matter.
    """

    ask: tuple[str, ...]
    verdict: str
    holds: bool | None
    fact: str = ""


class Measure(str, Enum):
    """What a size chart goes by."""

    HEIGHT = "height"  # cm
    WEIGHT = "weight"  # kg
    AGE = "age"  # years
    FOOT = "foot"  # length in mm
    FINGER = "finger"  # circumference in mm
    BED = "bed"  # width in cm


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both inclusive, in the unit of the measure."""

    measure: Measure
    low: float
    high: float


@dataclass(frozen=True)
class SizeRow:
    """One line of a size chart, the charts run from small to large.

    `ranges` are whom it fits, `measures` what it measures itself, e.g. 胸围 98cm.
    """

    size: str
    ranges: tuple[Range, ...] = ()
    measures: tuple[tuple[str, str], ...] = ()

    def range(self, measure: Measure) -> Range | None:
        """The range of that measure, None when the chart does not go by it."""
        return next((one for one in self.ranges if one.measure is measure), None)


@dataclass(frozen=True)
class Sku:
    """What is actually sold: one colour and size (or variant) of a product.

    `floor` is the lowest price in fen that any offers together may lead to.
    """

    id: str
    product_id: str
    color: str
    size: str
    price: int
    stock: int
    restock_at: datetime | None = None
    floor: int = 0

    @property
    def label(self) -> str:
        """The choice as people say it, e.g. 黑色 L."""
        return " ".join(part for part in (self.color, self.size) if part)


@dataclass(frozen=True)
class Product:
    """A product of the catalogue. `item_id` is the platform's 11-12 digit number.

    `point` is why people buy it, in a few words; `tags` are for whom and what it is good (妈妈,
    露营, 油皮).
    """

    id: str
    item_id: str
    title: str
    short_name: str
    category: str
    aliases: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    care: str
    skus: tuple[Sku, ...]
    size_chart: tuple[SizeRow, ...] = ()
    image: str = ""
    returnable: bool = True
    point: str = ""
    tags: frozenset[str] = frozenset()
    claims: tuple[Claim, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name or alias (exact), or None when the catalogue lacks it."""
        return next(iter(self.attributes_called(name)), None)

    def attributes_called(self, name: str) -> tuple[Attribute, ...]:
        """All attributes of that name or alias (exact): 材质 may be 面料 and 成分."""
        return tuple(one for one in self.attributes if name == one.name or name in one.aliases)


class OfferKind(str, Enum):
    """How an offer takes effect; see `shop.pricing`."""

    PRICE = "price"  # a lower price of the goods themselves
    MEMBER = "member"  # the same for members; the lower of both counts
    FULL = "full"  # 满减, by itself at the checkout
    COUPON = "coupon"  # one coupon for each order
    SHIPPING = "shipping"  # what shipping costs (`off`), free from `threshold` on


@dataclass(frozen=True)
class Offer:
    """A promotion, coupon or rule of prices. Money in fen.

    Goods of `products` (ids) or `categories`; both empty: everything. `off` is taken off, or only
    `percent` of the price is paid. `threshold` is what the goods must come to; with `each`, `off`
    counts for every such amount. `until` is its last moment; None: no end is known.
    """

    id: str
    kind: OfferKind
    title: str
    off: int = 0
    percent: int = 100
    threshold: int = 0
    each: bool = False
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    owned: bool = False  # a coupon that this customer already has

    def covers(self, product_id: str, category: str) -> bool:
        """Whether it counts for that product."""
        everything = not self.products and not self.categories
        return everything or product_id in self.products or category in self.categories


@dataclass(frozen=True)
class Coupon:
    """A coupon or 满减, running or not; `used_at`: when this customer used it up."""

    offer: Offer
    used_at: datetime | None = None


@dataclass(frozen=True)
class PricePoint:
    """From `since` on one piece of a choice costs `price` (fen), before any offers."""

    since: datetime
    price: int


@dataclass(frozen=True)
class Address:
    """Where a parcel goes. Shown masked unless a signed-in agent needs it."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str


@dataclass(frozen=True)
class Customer:
    """A shopper the shop knows. `tier`: normal, silver, gold, vip."""

    id: str
    nickname: str
    tier: str
    phone: str
    city: str
    registered_at: datetime
    order_count: int = 0
    total_paid: int = 0


@dataclass(frozen=True)
class OrderLine:
    """One line of an order; `paid` is the whole line's amount in fen after discounts."""

    id: str
    product_id: str
    sku_id: str
    title: str
    short_name: str
    category: str
    color: str
    size: str
    quantity: int
    paid: int
    parcel_id: str = ""
    gift: bool = False
    returned: bool = False  # a return, an exchange… of it is under way or done
    image: str = ""
    returnable: bool = True  # False: the product page said so when it was bought
    shipped_at: datetime | None = None
    signed_at: datetime | None = None  # by a trace node of this line's own parcel
    parcel_state: ParcelState | None = None  # None: not shipped

    @property
    def label(self) -> str:
        """The line as people say it, e.g. 牛津纺衬衫 黑色 L."""
        return " ".join(part for part in (self.short_name, self.color, self.size) if part)


@dataclass(frozen=True)
class Order:
    """An order with its lines. `id` is an 18-19 digit string, never a number.

    `refunded` is what was already promised back, by whatever is not refused or taken back;
    `freight_insurance` tells whether 运费险 was bought with it.
    """

    id: str
    customer_id: str
    state: OrderState
    lines: tuple[OrderLine, ...]
    paid: int
    shipping_fee: int
    created_at: datetime
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    signed_at: datetime | None = None
    ship_by: datetime | None = None  # the promise made on the product page
    address: Address | None = None
    remark: str = ""
    freight_insurance: bool = False
    refunded: int = 0


@dataclass(frozen=True)
class TraceNode:
    """One line of a parcel's timeline, as the carrier wrote it."""

    at: datetime
    state: ParcelState
    city: str
    text: str


@dataclass(frozen=True)
class Parcel:
    """A parcel under way. `trace` runs from oldest to newest.

    `as_of` is when the carrier's system was asked for the trace; None: the trace is the shop's own.
    """

    id: str
    order_id: str
    carrier_code: str
    carrier: str
    waybill: str
    origin_city: str
    destination_city: str
    shipped_at: datetime
    trace: tuple[TraceNode, ...]
    contested: bool = False  # signed by the record, but the shopper says it never came
    as_of: datetime | None = None

    @property
    def state(self) -> ParcelState:
        """The state of the newest trace node, NO_TRACE without any."""
        return self.trace[-1].state if self.trace else ParcelState.NO_TRACE

    @property
    def newest(self) -> TraceNode | None:
        """The newest trace node, None without any."""
        return self.trace[-1] if self.trace else None

    @property
    def signed_at(self) -> datetime | None:
        """When a trace node says it was signed for (never by an order's status alone)."""
        for node in reversed(self.trace):
            if node.state is ParcelState.SIGNED:
                return node.at
        return None

    @property
    def signed(self) -> bool:
        """True only when a trace node itself says so (never by an order's status alone)."""
        return self.signed_at is not None


@dataclass(frozen=True)
class Eta:
    """When a parcel should arrive: an interval, or nothing (`earliest` None) with the reason.

    `stuck_hours` is how long the newest node has been silent when that is longer than usual for
    the carrier, else None. `sample` is the number of past parcels the interval rests on.
    """

    earliest: datetime | None
    latest: datetime | None
    stuck_hours: int | None
    sample: int


@dataclass(frozen=True)
class Eligibility:
    """May this line be returned for this reason? `rule` is the sentence told to the shopper.

    `days_left` counts calendar days after today (0: today is the last day), None when no window
    is open. `alternatives` are sentences for the shopper, best first. `other_reasons` are those
    other reasons for which the line may still come back now: a refusal that names one is not
    the end of the talk.
    """

    allowed: bool
    rule: str
    days_left: int | None
    shipping_paid_by: str  # "shop" | "shopper" | "insurance"
    refund: int  # fen
    alternatives: tuple[str, ...] = ()
    other_reasons: tuple[ReturnReason, ...] = ()


@dataclass(frozen=True)
class Return:
    """A return. `number` is what the shopper writes on the parcel, or the platform's refund id."""

    number: str
    order_id: str
    line_id: str
    customer_id: str
    reason: ReturnReason
    refund: int
    shipping_paid_by: str
    state: ReturnState
    return_address: Address
    created_at: datetime
    send_by: datetime
