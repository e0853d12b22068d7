"""What people come for once they have their things: back, changed, mended, paid for, written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random

from bench.simulate import asked, facts
from bench.simulate.aims_orders import (
    NO,
    RECEIVED,
    far,
    named,
    orders,
    other_skus,
)
from bench.simulate.books import Scene
from bench.simulate.goals import Aim, Answer, Effect, Goal, Make, Person, Target
from shop.policies import eligibility
from shop.types import (
    Eligibility,
    OfferKind,
    OrderState,
    ReturnReason,
    ReturnState,
)

RETURN = frozenset({"return"})
EXCHANGE = frozenset({"exchange_request", "exchange"})
REFUND = frozenset({"refund_request", "refund"})
MISSING = frozenset({"wrong_or_missing_item", "missing_item", "missing"})
QUALITY = frozenset({"quality_complaint", "quality"})
WARRANTY = frozenset({"warranty_repair", "warranty", "repair"})
INVOICE = frozenset({"invoice"})
PROTECTION = frozenset({"price_protection"})
INSTALLATION = frozenset({"installation_booking", "installation"})
TRADE_IN = frozenset({"trade_in"})
COMPENSATION = frozenset({"compensation"})
UNDO = frozenset({"undo_request", "undo"})

_BACK = re.compile("申请退货|退货退款|去退货|^退货")
_FAULTS = (
    ReturnReason.QUALITY,
    ReturnReason.DAMAGED,
    ReturnReason.NOT_AS_DESCRIBED,
    ReturnReason.WRONG_ITEM,
)
_MINE = (ReturnReason.NO_LONGER_WANTED, ReturnReason.WRONG_SIZE, ReturnReason.OTHER)


def received(scene: Scene) -> Iterable[Target]:
    """Lines of received orders about which nothing was agreed yet."""
    for target in orders(scene, *RECEIVED):
        assert target.order is not None
        for line in target.order.lines:
            yield Target(order=target.order, line=line)


def _rule(scene: Scene, target: Target, reason: ReturnReason) -> Eligibility:
    assert target.order is not None and target.line is not None
    return eligibility(target.order, target.line, reason, scene.policy(), scene.now)


def _allowed(*reasons: ReturnReason) -> Callable[[Scene], Iterable[Target]]:
    """Received lines that may come back for any of these reasons."""

    def targets(scene: Scene) -> Iterable[Target]:
        for target in received(scene):
            if any(_rule(scene, target, reason).allowed for reason in reasons):
                yield target

    return targets


def _returns(*reasons: ReturnReason) -> Make:
    def make(scene: Scene, target: Target, random: Random) -> Goal | None:
        order, line = target.order, target.line
        assert order is not None and line is not None
        open_ = [reason for reason in reasons if _rule(scene, target, reason).allowed]
        if ReturnReason.WRONG_SIZE in open_ and not line.size:
            open_.remove(ReturnReason.WRONG_SIZE)
        if not open_:
            return None
        why = random.choice(open_)
        # She gets it wrong first only where that reason would do as well.
        usual = ReturnReason.NO_LONGER_WANTED
        slip = why is not usual and _rule(scene, target, usual).allowed
        return Goal(
            target=target,
            facts=named(target, scene, random),
            answers=(asked.reason(why, otherwise=f"reason_{usual.value}" if slip else ""),),
            leads=_BACK,
            effect=Effect(RETURN, order.id, frozenset({line.id}), ((why.value,),)),
            other=facts.another(order, scene, random),
        )

    return make


def _no_return(scene: Scene) -> Iterable[Target]:
    """Received lines that cannot come back for one's own reasons any more, or never."""
    for target in received(scene):
        assert target.line is not None
        if not any(_rule(scene, target, reason).allowed for reason in _MINE):
            yield target


def _return_refused(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random),
        answers=(asked.reason(ReturnReason.NO_LONGER_WANTED),),
        leads=_BACK,
        refusal=NO,
    )


def _on_the_way(scene: Scene) -> Iterable[Target]:
    return far(scene)


def _may_return(scene: Scene, target: Target, random: Random) -> Goal | None:
    rule = _rule(scene, target, ReturnReason.NO_LONGER_WANTED)
    fragment = re.split("[，。；]", rule.rule)[0]
    return Goal(
        target=target,
        facts=named(target, scene, random),
        told=(re.compile(re.escape(fragment)),),
        other=facts.another(target.order, scene, random),
    )


def _with_return(scene: Scene) -> Iterable[Target]:
    for back in scene.returns:
        order = next((one for one in scene.orders if one.id == back.order_id), None)
        line = next((one for one in order.lines if one.id == back.line_id), None) if order else None
        if order is not None and line is not None and back.state is not ReturnState.CANCELLED:
            yield Target(order=order, line=line)


def _progress(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.line is not None
    back = next(one for one in scene.returns if one.line_id == target.line.id)
    return Goal(
        target=target,
        facts=named(target, scene, random) | {"return_number": back.number},
        told=(re.compile(re.escape(back.number)),),
    )


def _undoable(scene: Scene) -> Iterable[Target]:
    for target in _with_return(scene):
        assert target.line is not None
        back = next(one for one in scene.returns if one.line_id == target.line.id)
        if back.state in (ReturnState.AWAITING_PARCEL, ReturnState.APPLIED):
            yield target


def _undo_return(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("撤销|取消退货"),
        effect=Effect(UNDO | {"return_state"}, target.order.id, fields=frozenset({"state"})),
    )


# Exchanges


def _exchangeable(by: str) -> Callable[[Scene], Iterable[Target]]:
    def targets(scene: Scene) -> Iterable[Target]:
        for target in _allowed(ReturnReason.WRONG_SIZE)(scene):
            assert target.line is not None
            if other_skus(scene, target, by=by) and not target.line.gift:
                yield target

    return targets


def _exchange(by: str) -> Make:
    def make(scene: Scene, target: Target, random: Random) -> Goal | None:
        others = other_skus(scene, target, by=by)
        order, line = target.order, target.line
        if not others or order is None or line is None:
            return None
        sku = random.choice(others)
        new = getattr(sku, by)
        why = ReturnReason.WRONG_SIZE if by == "size" else ReturnReason.NO_LONGER_WANTED
        return Goal(
            target=target,
            facts=named(target, scene, random)
            | {"new": new, "old": getattr(line, by), "new_choice": sku.label},
            answers=(
                asked.choice("new_choice", f"(?:^|\\W){re.escape(new)}(?:$|\\W)"),
                asked.reason(why),
            ),
            leads=re.compile("换货|换颜色|换尺码|换一件|申请换"),
            effect=Effect(EXCHANGE, order.id, frozenset({line.id}), ((new, sku.id),)),
            other=facts.another(order, scene, random),
        )

    return make


def _exchange_refused(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random),
        answers=(asked.reason(ReturnReason.WRONG_SIZE),),
        leads=re.compile("换货"),
        refusal=NO,
    )


# Money back


def _refund_unshipped(scene: Scene, target: Target, random: Random) -> Goal | None:
    assert target.order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        answers=(asked.reason(ReturnReason.NO_LONGER_WANTED),),
        leads=re.compile("取消订单|退款|取消"),
        effect=Effect(REFUND | {"cancel_order"}, target.order.id, fields=frozenset({"state"})),
        other=facts.another(target.order, scene, random),
    )


def _unshipped(scene: Scene) -> Iterable[Target]:
    return orders(scene, OrderState.PAID)


def _on_way_refund(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random),
        answers=(asked.reason(ReturnReason.NO_LONGER_WANTED),),
        refusal=re.compile(NO.pattern + "|还在路上|拒收|退不了"),
    )


def _several_pieces(scene: Scene) -> Iterable[Target]:
    for target in received(scene):
        line = target.line
        fresh = _rule(scene, target, ReturnReason.WRONG_ITEM).allowed
        if line is not None and line.quantity > 1 and not line.gift and fresh:
            yield target


def _missing(remedy: Answer) -> Make:
    def make(scene: Scene, target: Target, random: Random) -> Goal | None:
        order, line = target.order, target.line
        assert order is not None and line is not None
        return Goal(
            target=target,
            facts=named(target, scene, random) | {"count": str(line.quantity)},
            answers=(asked.MISSING, remedy, asked.PHOTO),
            leads=remedy.option,
            effect=Effect(MISSING | REFUND, order.id, frozenset({line.id})),
        )

    return make


def _faulty(scene: Scene, target: Target, random: Random) -> Goal | None:
    order, line = target.order, target.line
    assert order is not None and line is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        answers=(
            asked.SYMPTOM,
            asked.PHOTO,
            asked.reason(ReturnReason.QUALITY),
            asked.MONEY_BACK,
        ),
        leads=re.compile("退货退款|申请退货|^退货|退款"),
        effect=Effect(QUALITY | REFUND | RETURN | EXCHANGE, order.id, frozenset({line.id})),
    )


def _in_warranty(scene: Scene) -> Iterable[Target]:
    days = scene.policy().warranty_days
    for target in received(scene):
        line, order = target.line, target.order
        if line is None or order is None or line.category not in days:
            continue
        signed = line.signed_at or order.signed_at
        late = not _rule(scene, target, ReturnReason.QUALITY).allowed
        if signed and late and scene.now < signed + timedelta(days=days[line.category] - 1):
            yield target


def _repair(scene: Scene, target: Target, random: Random) -> Goal | None:
    order, line = target.order, target.line
    assert order is not None and line is not None
    return Goal(
        target=target,
        facts=named(target, scene, random) | facts.new_address(random),
        answers=(
            asked.SYMPTOM,
            asked.PHOTO,
            asked.REPAIR,
            asked.SEND_IN,
            asked.DATE,
            asked.PERIOD,
            asked.ADDRESS,
            asked.PHONE,
        ),
        leads=re.compile("保修|维修|检修|送修"),
        effect=Effect(WARRANTY, order.id, frozenset({line.id})),
    )


# Papers and prices


def _invoice_wanted(scene: Scene) -> Iterable[Target]:
    for target in orders(scene, *RECEIVED):
        order = target.order
        assert order is not None
        if order.signed_at and scene.now < order.signed_at + timedelta(days=60) and order.paid:
            yield target


def _invoice(company: bool) -> Make:
    def make(scene: Scene, target: Target, random: Random) -> Goal | None:
        order = target.order
        assert order is not None
        paper = facts.invoice(random)
        answers: tuple[Answer, ...]
        values: tuple[tuple[str, ...], ...]
        if company:
            answers = (asked.COMPANY, asked.TITLE, asked.TAX, asked.MAIL)
            values = ((paper["title"],), (paper["tax"],), (paper["mail"],))
        else:
            answers = (asked.PERSONAL, asked.OWN_TITLE, asked.MAIL)
            values = ((paper["own_name"], "个人"), (paper["mail"],))
        return Goal(
            target=target,
            facts=named(target, scene, random) | paper,
            answers=answers,
            leads=re.compile("开发票|发票"),
            effect=Effect(INVOICE, order.id, values=values),
            other=facts.another(order, scene, random),
        )

    return make


def _not_arrived(scene: Scene) -> Iterable[Target]:
    return orders(scene, OrderState.PAID, OrderState.SHIPPED)


def _invoice_early(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random) | facts.invoice(random),
        answers=(asked.PERSONAL, asked.OWN_TITLE, asked.MAIL),
        refusal=re.compile(NO.pattern + "|收到后|签收后|收货后|确认收货"),
    )


def _cheaper_now(scene: Scene) -> Iterable[Target]:
    """Bought lately at the list price; now everybody gets it for less."""
    cheaper = [offer for offer in scene.offers if offer.kind is OfferKind.PRICE]
    for target in orders(scene, OrderState.PAID, OrderState.SHIPPED, OrderState.SIGNED):
        order, line = target.order, target.line
        assert order is not None and line is not None
        lately = not order.signed_at or scene.now < order.signed_at + timedelta(days=6)
        covered = any(offer.covers(line.product_id, line.category) for offer in cheaper)
        if lately and covered and len(order.lines) == 1:
            yield target


def _same_price(scene: Scene) -> Iterable[Target]:
    for target in orders(scene, OrderState.FINISHED):
        order = target.order
        assert order is not None
        if order.signed_at and scene.now > order.signed_at + timedelta(days=40):
            yield target


def _protection(scene: Scene, target: Target, random: Random) -> Goal | None:
    order, line = target.order, target.line
    assert order is not None and line is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("价保|补差|差价"),
        effect=Effect(PROTECTION, order.id, fields=frozenset({"paid"})),
    )


def _protection_refused(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("价保|补差|差价"),
        refusal=NO,
    )


_INSTALLED = ("人体工学椅", "无线吸尘器")  # `operations.installation` of policies.yml


def _to_install(scene: Scene) -> Iterable[Target]:
    for target in received(scene):
        if target.line is not None and target.line.short_name in _INSTALLED:
            yield target


def _install(scene: Scene, target: Target, random: Random) -> Goal | None:
    order = target.order
    assert order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random) | facts.new_address(random),
        answers=(asked.DATE, asked.PERIOD, asked.ADDRESS, asked.PHONE),
        leads=re.compile("安装|预约"),
        effect=Effect(INSTALLATION, order.id),
    )


def _phones(scene: Scene) -> Iterable[Target]:
    """New phones that have not come yet: the old one is fetched when they are brought."""
    for target in _unshipped(scene):
        order = target.order
        if order is not None and len(order.lines) == 1 and order.lines[0].category == "手机":
            yield target


def _trade_in(scene: Scene, target: Target, random: Random) -> Goal | None:
    order = target.order
    assert order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        answers=(asked.OLD_KIND, asked.OLD_MODEL, asked.OLD_AGE, asked.CONDITION),
        leads=re.compile("以旧换新|估价|预约"),
        effect=Effect(TRADE_IN, order.id),
    )


def _overdue(scene: Scene) -> Iterable[Target]:
    for target in _unshipped(scene):
        order = target.order
        if order is not None and order.ship_by and order.ship_by < scene.now - timedelta(hours=3):
            yield target


def _compensation(scene: Scene, target: Target, random: Random) -> Goal | None:
    order = target.order
    assert order is not None
    return Goal(
        target=target,
        facts=named(target, scene, random),
        leads=re.compile("补偿|赔"),
        effect=Effect(COMPENSATION, order.id, fields=frozenset({"remark"})),
    )


# A person


def _somebody(scene: Scene) -> Iterable[Target]:
    orders_ = [order for order in scene.orders if order.lines]
    if orders_:
        yield Target(order=orders_[0], line=orders_[0].lines[0])


def _person(scene: Scene, target: Target, random: Random) -> Goal | None:
    return Goal(target=target, facts=named(target, scene, random), person=Person.WANTED)


AIMS = (
    Aim("return", "退货（自己的原因）", True, _allowed(*_MINE), _returns(*_MINE), weight=12),
    Aim(
        "return_fault", "退货（店里的原因）", True, _allowed(*_FAULTS), _returns(*_FAULTS), weight=9
    ),
    Aim("return_refused", "退货（过期、不支持）", True, _no_return, _return_refused, weight=6),
    Aim("return_early", "退货（还在路上）", True, _on_the_way, _return_refused, weight=3),
    Aim("may_return", "问能不能退", False, received, _may_return),
    Aim("progress", "退款进度", True, _with_return, _progress, weight=3),
    Aim("undo_return", "撤销退货", True, _undoable, _undo_return, UNDO, 3),
    Aim("exchange_size", "换尺码", True, _exchangeable("size"), _exchange("size"), EXCHANGE, 7),
    Aim("exchange_color", "换颜色", True, _exchangeable("color"), _exchange("color"), EXCHANGE, 4),
    Aim("exchange_refused", "换货（过期、不支持）", True, _no_return, _exchange_refused, weight=3),
    Aim("refund", "退款（没发货）", True, _unshipped, _refund_unshipped, REFUND, 5),
    Aim("refund_early", "退款（还在路上）", True, _on_the_way, _on_way_refund, weight=3),
    Aim("missing_money", "少件退款", True, _several_pieces, _missing(asked.MONEY_BACK), MISSING, 4),
    Aim("missing_again", "少件补发", True, _several_pieces, _missing(asked.SEND_AGAIN), MISSING, 4),
    Aim("quality", "质量问题", True, _allowed(ReturnReason.QUALITY), _faulty, QUALITY, 6),
    Aim("warranty", "保修", True, _in_warranty, _repair, WARRANTY, 5),
    Aim("invoice_own", "个人发票", True, _invoice_wanted, _invoice(False), INVOICE, 5),
    Aim("invoice_company", "公司发票", True, _invoice_wanted, _invoice(True), INVOICE, 5),
    Aim("invoice_early", "发票（没收货）", True, _not_arrived, _invoice_early, INVOICE, 2),
    Aim("protection", "价保", True, _cheaper_now, _protection, PROTECTION, 4),
    Aim(
        "protection_refused", "价保（过期）", True, _same_price, _protection_refused, PROTECTION, 3
    ),
    Aim("install", "预约安装", True, _to_install, _install, INSTALLATION, 3),
    Aim("trade_in", "以旧换新", True, _phones, _trade_in, TRADE_IN, 3),
    Aim("compensation", "超时赔付", True, _overdue, _compensation, COMPENSATION, 3),
    Aim("person", "找人工", False, _somebody, _person, weight=5),
    Aim("complaint", "投诉", False, _somebody, _person, weight=3),
)
