"""What people want to know of their orders and parcels, and to have changed before they arrive."""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import Random

from bench.simulate import asked, facts
from bench.simulate.books import Scene
from bench.simulate.goals import Aim, Effect, Goal, Person, Target
from shop.types import Order, OrderState, ParcelState, Sku

UNDER_WAY = frozenset({ParcelState.COLLECTED, ParcelState.IN_TRANSIT, ParcelState.DELIVERING})
RECEIVED = (OrderState.SIGNED, OrderState.FINISHED)
URGE = frozenset({"urge_delivery", "urge"})
NO = re.compile(
    r"不能|没法|不支持|取消不了|改不了|不了了|退不了|换不了|不可以|不用再|已经(?:寄出|签收|收到|关闭|发出|在退|有一笔)"
    r"|过了|超过|为止|期限|不在|不符合|还没有?(?:签收|付款|收到)|已关闭|没有.{0,6}差价|没降价|没有降价"
)


def _words(*texts: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(text) for text in texts if text))


def parcels(scene: Scene, *states: ParcelState) -> Iterable[Target]:
    """Parcels in one of these states, with a line that is in them."""
    for order in scene.orders:
        for parcel in scene.parcels.get(order.id, ()):
            inside = [line for line in order.lines if line.parcel_id == parcel.id]
            if parcel.state in states and inside and not parcel.contested:
                yield Target(order=order, line=inside[0], parcel=parcel)


def orders(scene: Scene, *states: OrderState) -> Iterable[Target]:
    """Orders in one of these states that nothing was agreed about yet, with their first line."""
    busy = {one.order_id for one in scene.receipts} | {one.order_id for one in scene.returns}
    for order in scene.orders:
        if order.state in states and order.lines and order.id not in busy:
            yield Target(order=order, line=order.lines[0])


def named(target: Target, scene: Scene, random: Random) -> dict[str, str]:
    """The facts of a target that has an order and a line."""
    assert target.order is not None and target.line is not None
    found = facts.of_line(target.order, target.line, scene, random)
    if target.parcel is not None:
        found |= facts.of_parcel(target.parcel)
    return found


# To know


def _moving(scene: Scene) -> Iterable[Target]:
    for target in parcels(scene, *UNDER_WAY):
        assert target.parcel is not None
        if scene.etas[target.parcel.id].stuck_hours is None:
            yield target


def _track(scene: Scene, target: Target, random: Random) -> Goal | None:
    parcel = target.parcel
    assert parcel is not None
    newest = parcel.newest.text[:14] if parcel.newest else ""
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("查物流|看物流|物流"),
        told=(_words(parcel.waybill, newest),),
        other=facts.another(target.order, scene, random),
    )


def _arrival(scene: Scene, target: Target, random: Random) -> Goal | None:
    parcel = target.parcel
    assert parcel is not None and target.line is not None
    if scene.etas[parcel.id].earliest is None:
        return None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("查物流|看物流|物流"),
        told=(
            re.compile(r"预计|今天|明天|后天|\d+月\d+日|正在派送"),
            _words(parcel.waybill, target.line.short_name),
        ),
        other=facts.another(target.order, scene, random),
    )


def _unshipped(scene: Scene) -> Iterable[Target]:
    return orders(scene, OrderState.PAID)


def _shipping(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.line is not None and target.order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        told=(
            re.compile("最晚|超时|备货|还没发|承诺"),
            _words(target.line.short_name, target.order.id),
        ),
        other=facts.another(target.order, scene, random),
    )


def _carrier(scene: Scene, target: Target, random: Random) -> Goal | None:
    parcel = target.parcel
    assert parcel is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        told=(_words(parcel.carrier), _words(parcel.waybill)),
        other=facts.another(target.order, scene, random),
    )


_STATE_WORDS = {
    OrderState.AWAITING_PAYMENT: "待付款|没有付款|没付款|等着付款",
    OrderState.PAID: "待发货|还没发货|备货|最晚",
    OrderState.PARTLY_SHIPPED: "部分发货|一部分|分开",
    OrderState.SHIPPED: "已发货|运输|已寄出|派送|揽收|待取件|拒收|退回|路上",
    OrderState.SIGNED: "已收货|签收|收到",
    OrderState.FINISHED: "已完成|签收|收货",
    OrderState.CLOSED: "已关闭|关闭",
}


def _any_order(scene: Scene) -> Iterable[Target]:
    return (Target(order=order, line=order.lines[0]) for order in scene.orders if order.lines)


def _status(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None and target.line is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        told=(
            re.compile(_STATE_WORDS[target.order.state]),
            _words(target.order.id, target.line.short_name),
        ),
        other=facts.another(target.order, scene, random),
    )


def _pickup(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.parcel is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        told=(re.compile("取件|驿站|丰巢"),),
        leads=re.compile("查物流|看物流"),
    )


def _stuck(scene: Scene) -> Iterable[Target]:
    for target in parcels(scene, *UNDER_WAY):
        assert target.parcel is not None
        if scene.etas[target.parcel.id].stuck_hours is not None:
            yield target


def _search(target: Target) -> Effect:
    """That it is urged, looked for or paid for."""
    assert target.order is not None
    kinds = URGE | {"refund_request", "logistics_complaint", "compensation"}
    return Effect(kinds, target.order.id, fields=frozenset({"remark", "contested"}))


def _stuck_goal(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random),
        person=Person.NEEDED,
        leads=re.compile("转人工|催|核实|查件|人工"),
        welcome=_search(target),
        told=(re.compile(r"没有更新|停了|没更新|不正常|催|核实"),),
    )


def _contested(scene: Scene) -> Iterable[Target]:
    for order in scene.orders:
        for parcel in scene.parcels.get(order.id, ()):
            inside = [line for line in order.lines if line.parcel_id == parcel.id]
            if parcel.state is ParcelState.SIGNED and inside and order.signed_at:
                yield Target(order=order, line=inside[0], parcel=parcel)


def _not_received(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random),
        person=Person.NEEDED,
        leads=re.compile("没收到|转人工|核实|人工"),
        answers=(asked.NOT_RECEIVED,),
        welcome=_search(target),
        told=(re.compile("核实|代收|驿站|不会让您吃亏"),),
    )


def _stranger(scene: Scene) -> Iterable[Target]:
    return (Target(order=order, line=order.lines[0]) for order in scene.strangers if order.lines)


def _others_order(scene: Scene, target: Target, random: Random) -> Goal | None:
    order, line = target.order, target.line
    assert order is not None and line is not None
    mine = {one.short_name for own in scene.orders for one in own.lines}
    address = order.address
    hidden = [address.street, address.phone] if address else []
    if line.short_name not in mine:
        hidden.append(line.short_name)
    return Goal(
        target=Target(order=None),
        facts={"number": order.id, "tail": order.id[-4:]},
        refusal=re.compile("没有找到|没查到|查不到|不能查|只能查|隐私|您名下|没有对上|对不上"),
        secret=_words(*hidden),
    )


# To have done


def _cancel_effect(order: Order, lines: frozenset[str] = frozenset()) -> Effect:
    return Effect(
        frozenset({"cancel_order", "refund"}), order.id, lines, fields=frozenset({"state"})
    )


def _cancel(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("^取消订单|现在就取消|取消这"),
        effect=_cancel_effect(target.order),
        other=facts.another(target.order, scene, random),
    )


def _partly(scene: Scene) -> Iterable[Target]:
    for target in orders(scene, OrderState.PARTLY_SHIPPED):
        assert target.order is not None
        waiting = [one for one in target.order.lines if one.shipped_at is None and not one.gift]
        names = [one.short_name for one in target.order.lines]
        if len(waiting) == 1 and names.count(waiting[0].short_name) == 1:
            yield Target(order=target.order, line=waiting[0])


def _cancel_part(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None and target.line is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("取消订单|取消这"),
        effect=_cancel_effect(target.order, frozenset({target.line.id})),
    )


def _too_late(scene: Scene) -> Iterable[Target]:
    return orders(scene, OrderState.SHIPPED, *RECEIVED, OrderState.CLOSED)


def _cancel_late(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random),
        refusal=NO,
    )


def _readdress(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    new = facts.new_address(random)
    return Goal(
        target=target,
        facts=named(target, scene, random) | new,
        answers=(asked.ADDRESS, asked.PHONE, asked.RECEIVER),
        leads=re.compile("改地址|改收货|修改"),
        effect=Effect(
            frozenset({"change_address"}),
            target.order.id,
            values=((new["street"], new["street"].removesuffix("号")),),
            fields=frozenset({"province", "city", "district", "street", "receiver", "phone"}),
        ),
        other=facts.another(target.order, scene, random),
    )


def _rephone(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    new = facts.new_address(random)
    return Goal(
        target=target,
        facts=named(target, scene, random) | new,
        answers=(asked.PHONE, asked.RECEIVER),
        leads=re.compile("改电话|改手机|修改|改收件"),
        effect=Effect(
            frozenset({"change_address"}),
            target.order.id,
            values=((new["phone"],),),
            fields=frozenset({"receiver", "phone"}),
        ),
    )


def far(scene: Scene) -> Iterable[Target]:
    """Parcels that travel, of orders that travel whole."""
    for target in _moving(scene):
        on_its_way = target.parcel is not None and target.parcel.state is ParcelState.IN_TRANSIT
        if on_its_way and target.order is not None and target.order.state is OrderState.SHIPPED:
            yield target


def _payment(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        answers=(asked.CHARGED_TWICE,),
        person=Person.NEEDED,
        leads=re.compile("登记|核对"),
        effect=Effect(frozenset({"payment_check"}), target.order.id),
    )


def _received(scene: Scene) -> Iterable[Target]:
    return orders(scene, *RECEIVED)


def _readdress_late(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random) | facts.new_address(random),
        answers=(asked.ADDRESS, asked.PHONE, asked.RECEIVER),
        refusal=NO,
    )


def other_skus(scene: Scene, target: Target, *, by: str) -> list[Sku]:
    """In stock, of the same price, and different from hers in just the colour or the size."""
    line = target.line
    product = scene.product(line.product_id) if line else None
    mine = (
        next((sku for sku in product.skus if sku.id == line.sku_id), None)
        if product and line
        else None
    )
    if product is None or line is None or mine is None:
        return []
    same = "size" if by == "color" else "color"
    return [
        sku
        for sku in product.skus
        if getattr(sku, by) != getattr(mine, by)
        and getattr(sku, same) == getattr(mine, same)
        and sku.stock > 2 * line.quantity
        and sku.price == mine.price
    ]


def _one_line(scene: Scene) -> Iterable[Target]:
    for target in _unshipped(scene):
        if target.order is not None and len(target.order.lines) == 1:
            yield target


def _recolour(scene: Scene, target: Target, random: Random) -> Goal | None:
    return _rechoose(scene, target, random, by="color")


def _resize(scene: Scene, target: Target, random: Random) -> Goal | None:
    return _rechoose(scene, target, random, by="size")


def _rechoose(scene: Scene, target: Target, random: Random, *, by: str) -> Goal | None:
    others = other_skus(scene, target, by=by)
    if not others or target.order is None or target.line is None:
        return None
    sku = random.choice(others)
    new = getattr(sku, by)
    return Goal(
        after_sales=True,
        target=target,
        facts=named(target, scene, random)
        | {"new": new, "old": getattr(target.line, by), "new_choice": sku.label},
        answers=(asked.choice("new_choice", f"(?:^|\\W){re.escape(new)}(?:$|\\W)"),),
        leads=re.compile("改颜色|改尺码|改规格|修改"),
        effect=Effect(
            frozenset({"change_order", "change_sku"}),
            target.order.id,
            frozenset({target.line.id}),
            ((new, sku.id),),
            frozenset({"sku_id", "color", "size", "paid", "image"}),
        ),
        other=facts.another(target.order, scene, random),
    )


_REMARKS = (
    "放门口就行",
    "请放丰巢柜",
    "不要打电话",
    "送人的不要放价格单",
    "麻烦用纸箱包装",
    "周末再送",
)


def _remark(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    remark = random.choice(_REMARKS)
    return Goal(
        target=target,
        facts=named(target, scene, random) | {"remark": remark},
        answers=(asked.REMARK,),
        leads=re.compile("备注|修改"),
        effect=Effect(
            frozenset({"change_order", "change_remark", "remark"}),
            target.order.id,
            values=((remark,),),
            fields=frozenset({"remark"}),
        ),
    )


def _urge(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("催"),
        effect=Effect(URGE, target.order.id, fields=frozenset({"remark"})),
        other=facts.another(target.order, scene, random),
    )


def _urge_parcel(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("催"),
        effect=Effect(URGE, target.order.id, fields=frozenset({"remark"})),
    )


AIMS = (
    Aim("track", "查包裹", False, _moving, _track, weight=8),
    Aim("arrival", "几时送到", False, _moving, _arrival, weight=5),
    Aim("shipping", "几时发货", False, _unshipped, _shipping),
    Aim("carrier", "什么快递", False, _moving, _carrier, weight=3),
    Aim("status", "订单状态", False, _any_order, _status),
    Aim(
        "pickup", "待取件", False, lambda s: parcels(s, ParcelState.PICKUP_READY), _pickup, weight=2
    ),
    Aim("stuck", "物流不动", False, _stuck, _stuck_goal, weight=3),
    Aim("not_received", "显示签收没收到", False, _contested, _not_received, weight=3),
    Aim("others_order", "打听别人的订单", False, _stranger, _others_order, weight=3),
    Aim("cancel", "取消订单", True, _unshipped, _cancel, frozenset({"cancel_order"}), 9),
    Aim(
        "cancel_unpaid",
        "取消未付款",
        True,
        lambda s: orders(s, OrderState.AWAITING_PAYMENT),
        _cancel,
        frozenset({"cancel_order"}),
        4,
    ),
    Aim(
        "cancel_part", "取消没发的那件", True, _partly, _cancel_part, frozenset({"cancel_order"}), 3
    ),
    Aim("cancel_late", "取消（已寄出）", True, _too_late, _cancel_late, weight=5),
    Aim("readdress", "改地址", True, _unshipped, _readdress, frozenset({"change_address"}), 7),
    Aim("rephone", "改收件电话", True, _unshipped, _rephone, frozenset({"change_address"}), 3),
    Aim("intercept", "改地址（在路上）", True, far, _readdress, frozenset({"change_address"}), 3),
    Aim("payment", "扣了两次钱", True, _unshipped, _payment, frozenset({"payment_check"}), 3),
    Aim("readdress_late", "改地址（已签收）", True, _received, _readdress_late, weight=3),
    Aim("recolour", "改颜色", True, _one_line, _recolour, frozenset({"change_order"}), 5),
    Aim("resize", "改尺码", True, _one_line, _resize, frozenset({"change_order"}), 5),
    Aim("remark", "改备注", True, _unshipped, _remark, frozenset({"change_order"}), 3),
    Aim("urge", "催发货", True, _unshipped, _urge, URGE, 4),
    Aim(
        "urge_parcel",
        "催快递",
        True,
        far,
        _urge_parcel,
        URGE,
        4,
    ),
)
