"""A shop in memory: two customers, orders in several states, a parcel, a return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from shop.errors import ShopUnavailable, UnknownOrder, UnknownReceipt
from shop.gateway import Shop, Tell
from shop.membership import Membership
from shop.operations.types import (
    Decided,
    Decision,
    Operation,
    Pending,
    Receipt,
    ReceiptState,
    Ruling,
    Verdict,
)
from shop.types import (
    Address,
    Coupon,
    Customer,
    Eligibility,
    Eta,
    Offer,
    Order,
    OrderLine,
    OrderState,
    Parcel,
    ParcelState,
    Product,
    Return,
    ReturnReason,
    ReturnState,
    TraceNode,
)

LIN = "c-lin"
CHEN = "c-chen"
PHONE = "13812345678"
STREET = "文三路 90 号 6 幢 1203 室"


@dataclass
class FakeShop:
    """All five doors in one object; `away` makes every call fail."""

    customers_by_id: dict[str, Customer]
    orders_by_customer: dict[str, list[Order]]
    parcels_by_order: dict[str, list[Parcel]]
    returns_by_customer: dict[str, list[Return]]
    pending_by_customer: dict[str, list[Pending]] = field(default_factory=dict)
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def bundle(self) -> Shop:
        return Shop(
            catalogue=self,
            prices=self,
            customers=self,
            orders=self,
            logistics=self,
            after_sales=self,
            operations=self,
        )

    async def check(self, customer_id: str, operation: Operation) -> Verdict:
        raise UnknownOrder("not in this fake")

    async def carry_out(
        self, customer_id: str, operation: Operation, *, idempotency_key: str
    ) -> Receipt:
        raise UnknownOrder("not in this fake")

    async def receipts(self, customer_id: str, *, order_id: str = "") -> Sequence[Receipt]:
        self._ask("receipts")
        return ()

    async def pending(self, customer_id: str) -> Sequence[Pending]:
        self._ask("pending")
        return self.pending_by_customer.get(customer_id, [])

    async def decide(self, customer_id: str, number: str, ruling: Ruling, *, tell: Tell) -> Decided:
        """Agrees to everything and tells nobody."""
        for one in self.pending_by_customer.pop(customer_id, []):
            if one.receipt.number == number:
                decision = Decision(approved=True, by=ruling.by, at=one.receipt.created_at)
                done = replace(one.receipt, state=ReceiptState.UNDER_WAY, decision=decision)
                return Decided(done, fresh=True)
        raise UnknownReceipt("not in this fake")

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise ShopUnavailable("the shop is away")

    async def product(self, product_id: str) -> Product | None:
        return None

    async def products(self) -> Sequence[Product]:
        return ()

    async def search(self, words: str, *, limit: int = 5) -> Sequence[Product]:
        return ()

    async def offers(self, customer_id: str | None) -> Sequence[Offer]:
        return ()

    async def coupons(self, customer_id: str | None) -> Sequence[Coupon]:
        return ()

    async def customer(self, customer_id: str) -> Customer | None:
        self._ask("customer")
        return self.customers_by_id.get(customer_id)

    async def membership(self, customer_id: str) -> Membership | None:
        return None

    async def recent(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        self._ask("recent")
        return self.orders_by_customer.get(customer_id, [])[:limit]

    async def order(self, customer_id: str, order_id: str) -> Order | None:
        return next((o for o in await self.recent(customer_id) if o.id == order_id), None)

    async def parcels(self, customer_id: str, order_id: str) -> Sequence[Parcel]:
        self._ask("parcels")
        return self.parcels_by_order.get(order_id, [])

    async def by_waybill(self, customer_id: str, waybill: str) -> Parcel | None:
        return None

    async def eta(self, parcel: Parcel) -> Eta:
        if parcel.signed:
            return Eta(earliest=None, latest=None, stuck_hours=None, sample=0)
        late = parcel.shipped_at + timedelta(days=4)
        return Eta(earliest=late - timedelta(hours=12), latest=late, stuck_hours=38, sample=61)

    async def eligibility(
        self, customer_id: str, order_id: str, line_id: str, reason: ReturnReason | None
    ) -> Eligibility:
        raise UnknownOrder("not in this fake")

    async def open_return(
        self,
        customer_id: str,
        order_id: str,
        line_id: str,
        reason: ReturnReason,
        *,
        idempotency_key: str,
    ) -> Return:
        raise UnknownOrder("not in this fake")

    async def returns(self, customer_id: str) -> Sequence[Return]:
        self._ask("returns")
        return self.returns_by_customer.get(customer_id, [])

    async def return_address(self) -> Address:
        return _WAREHOUSE


_HOME = Address("林晓月", PHONE, "浙江省", "杭州市", "西湖区", STREET)
_WAREHOUSE = Address("退货组", "057188880000", "浙江省", "杭州市", "余杭区", "仓前街道 8 号库")


def fake_shop(now: datetime | None = None) -> FakeShop:
    """The shop as it stands `now`."""
    now = now or datetime.now(timezone.utc)

    def ago(**length: float) -> datetime:
        return now - timedelta(**length)

    shirt = OrderLine(
        id="l-1",
        product_id="p-1",
        sku_id="s-1",
        title="春季新款牛津纺长袖衬衫 男女同款 纯棉",
        short_name="牛津纺衬衫",
        category="衬衫",
        color="黑色",
        size="L",
        quantity=1,
        paid=15900,
        parcel_id="k-1",
    )
    sweater = OrderLine(
        id="l-2",
        product_id="p-2",
        sku_id="s-2",
        title="70% 羊毛圆领针织衫 秋冬款",
        short_name="羊毛针织衫",
        category="针织衫",
        color="燕麦色",
        size="M",
        quantity=2,
        paid=51800,
        returned=True,
    )
    socks = OrderLine(
        id="l-3",
        product_id="p-3",
        sku_id="s-3",
        title="精梳棉中筒袜",
        short_name="棉袜",
        category="袜子",
        color="",
        size="",
        quantity=1,
        paid=0,
        gift=True,
    )
    under_way = Order(
        id="2411180000012345678",
        customer_id=LIN,
        state=OrderState.SHIPPED,
        lines=(shirt, socks),
        paid=15900,
        shipping_fee=0,
        created_at=ago(days=4),
        paid_at=ago(days=4),
        shipped_at=ago(days=3),
        address=_HOME,
        freight_insurance=True,
    )
    finished = Order(
        id="2410020000009876543",
        customer_id=LIN,
        state=OrderState.SIGNED,
        lines=(sweater,),
        paid=51800,
        shipping_fee=0,
        created_at=ago(days=20),
        paid_at=ago(days=20),
        shipped_at=ago(days=19),
        signed_at=ago(days=16),
        address=_HOME,
        remark="请发顺丰，谢谢",
        refunded=25900,
    )
    unshipped = Order(
        id="2411210000055511223",
        customer_id=CHEN,
        state=OrderState.PAID,
        lines=(shirt,),
        paid=15900,
        shipping_fee=800,
        created_at=ago(hours=20),
        paid_at=ago(hours=20),
        ship_by=now + timedelta(hours=28),
        address=_HOME,
    )
    parcel = Parcel(
        id="k-1",
        order_id=under_way.id,
        carrier_code="yto",
        carrier="圆通速递",
        waybill="YT7512345678901",
        origin_city="杭州",
        destination_city="成都",
        shipped_at=ago(days=3),
        trace=(
            TraceNode(ago(days=3), ParcelState.COLLECTED, "杭州", "余杭仓前公司 已揽收"),
            TraceNode(
                ago(days=2.6),
                ParcelState.IN_TRANSIT,
                "杭州",
                "快件离开 杭州转运中心",
            ),
            TraceNode(ago(hours=38), ParcelState.IN_TRANSIT, "武汉", "快件到达 武汉转运中心"),
        ),
    )
    sent_back = Return(
        number="RT7K2M9P",
        order_id=finished.id,
        line_id="l-2",
        customer_id=LIN,
        reason=ReturnReason.WRONG_SIZE,
        refund=25900,
        shipping_paid_by="insurance",
        state=ReturnState.AWAITING_PARCEL,
        return_address=_WAREHOUSE,
        created_at=ago(days=2),
        send_by=now + timedelta(days=5),
    )
    return FakeShop(
        customers_by_id={
            LIN: Customer(
                id=LIN,
                nickname="林晓月",
                tier="vip",
                phone=PHONE,
                city="杭州",
                registered_at=ago(days=900),
                order_count=37,
                total_paid=1286450,
            ),
            CHEN: Customer(
                id=CHEN,
                nickname="陈阿姨爱买衣服",
                tier="gold",
                phone="13900001111",
                city="成都",
                registered_at=ago(days=200),
                order_count=6,
                total_paid=98000,
            ),
        },
        orders_by_customer={LIN: [under_way, finished], CHEN: [unshipped]},
        parcels_by_order={under_way.id: [parcel]},
        returns_by_customer={LIN: [sent_back]},
    )
