"""Why a coupon or 满减 does not take effect: told from the real offers, for the goods meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.formatting import day, money
from actions.prices import PriceSkill, calls, quantities, wanted
from actions.products import choice_of, matching
from actions.reply import Reply
from actions.turn import Turn
from shop import numerals
from shop.coupons import Diagnosis, Obstacle, diagnose
from shop.pricing import Wanted
from shop.types import Coupon, OfferKind, OrderState, Product

_LISTED = 4
_OVER = frozenset({Obstacle.USED, Obstacle.EXPIRED})
_NUMBER = r"(\d{1,5}|[一二两三四五六七八九十百千]{1,5})"
_FULL = re.compile(rf"满{_NUMBER}(?:块|元)?(?:减|立减|-|－){_NUMBER}")
_FULL_ONLY = re.compile(rf"满{_NUMBER}")
_SUM = re.compile(
    r"(?:凑|买|加|一共|总共|合计|下单|单子|购物车)[^\d满减]{0,6}(\d{2,5}(?:\.\d{1,2})?)"
)


class CouponTroubleAction(PriceSkill):
    """Each coupon in question with what keeps it from counting, and what would make it count."""

    action = "action_coupon_trouble"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Asks which goods are meant when that decides; else one line for each coupon."""
        customer_id = await self.customer_id(turn)
        known = await self.services.shop.prices.coupons(customer_id)
        named = _named(known, turn.text)
        if named is None:
            reply.say("coupon_unknown", [self.human()], listed=self._listed(known))
            return
        if turn.first("category") and not turn.first("product"):
            product = await self.find(turn, reply)  # asks which, where there are several
            if product is None:
                return
            goods, label = _pieces([product], turn)
        else:
            goods, label = await self._goods(turn, reply)
        now = self.services.clock()
        offers = await self.offers(turn)
        found = [diagnose(coupon, goods, offers, now=now) for coupon in named or known]
        if not named:
            found = [one for one in found if one.obstacle not in _OVER or one.coupon.offer.owned]
        if not found:
            reply.say("no_offers")
        elif not goods and any(one.obstacle is None for one in found):
            reply.say("coupon_which_goods")
            reply.await_detail(self.action, turn)
        else:
            found.sort(key=lambda one: (one.obstacle is not None, not one.coupon.offer.owned))
            lines = "\n".join(f"· {self._told(one)}" for one in found[:_LISTED])
            reply.say("coupon_diagnosed" if label else "coupon_state", what=label, lines=lines)

    async def _goods(self, turn: Turn, reply: Reply) -> tuple[list[Wanted], str]:
        """What is to be bought: named, a sum, waiting to be paid, or in talk; and its name."""
        named = await self.named(turn)
        if named:
            self.talk_about(named, turn, reply)
            return _pieces(named, turn)
        if (amount := _SUM.search(_FULL.sub("", turn.text))) is not None:
            fen = int(float(amount[1]) * 100)
            return [Wanted("", "", fen)], money(fen)
        customer_id = await self.customer_id(turn)
        orders = await self.services.shop.orders.recent(customer_id, limit=3) if customer_id else ()
        for order in orders:
            if order.state is OrderState.AWAITING_PAYMENT:
                lines = [line for line in order.lines if not line.gift]
                catalogue = self.services.shop.catalogue
                goods = []
                for line in lines:
                    product = await catalogue.product(line.product_id)
                    skus = [one for one in product.skus if one.id == line.sku_id] if product else []
                    goods += [
                        wanted(product, sku, line.quantity) for sku in skus if product is not None
                    ]
                return goods, "、".join(line.label for line in lines)
        recent = await self.recent(turn)
        return _pieces(recent[:1], turn) if recent else ([], "")

    def _told(self, one: Diagnosis) -> str:
        """The coupon's title and what is to be said of it."""
        offer, now = one.coupon.offer, self.services.clock()
        name = "fine" if one.obstacle is None else one.obstacle.value
        if one.obstacle is None and offer.kind is OfferKind.COUPON and not offer.owned:
            name = "claim"
        moment = (
            {
                Obstacle.USED: one.coupon.used_at,
                Obstacle.EXPIRED: offer.until,
                Obstacle.NOT_BEGUN: offer.since,
            }.get(one.obstacle)
            if one.obstacle
            else None
        )
        return self.label(f"coupon.{name}").format(
            title=(self.label("price.yours") if offer.owned else "") + offer.title,
            day=day(moment, now) if moment else "",
            amount=money(one.amount),
            threshold=money(offer.threshold),
            more=money(one.more),
            total=money(one.total),
            better=one.better.title if one.better else "",
            scope="、".join(sorted(offer.categories)) or self.label("coupon.named_goods"),
        )

    def _listed(self, known: Sequence[Coupon]) -> str:
        now = self.services.clock()
        running = [
            one.offer.title
            for one in known
            if one.used_at is None and diagnose(one, (), (), now=now).obstacle is None
        ]
        return "、".join(running[:_LISTED]) or self.label("coupon.none")


def _pieces(products: Sequence[Product], turn: Turn) -> tuple[list[Wanted], str]:
    counts = quantities(products, turn.text)
    goods, names = [], []
    for product, count in zip(products, counts, strict=True):
        skus = matching(product, *choice_of(product, turn)) or product.skus
        goods.append(wanted(product, min(skus, key=lambda sku: sku.price), count))
        names.append(f"{product.short_name} ×{count}" if count > 1 else product.short_name)
    return goods, "＋".join(names)


def _named(known: Sequence[Coupon], text: str) -> list[Coupon] | None:
    """Those that the message names, none when it names none; None: one that is not theirs."""
    told = [(_fen(match[1]), _fen(match[2])) for match in _FULL.finditer(text)] or [
        (_fen(match[1]), 0) for match in _FULL_ONLY.finditer(text)
    ]
    if told:
        fitting = [
            one
            for one in known
            if any(
                one.offer.threshold == threshold and off in (0, one.offer.off)
                for threshold, off in told
            )
        ]
        return fitting or None
    return [one for one in known if calls(one.offer.title, text)]


def _fen(words: str) -> int:
    number = numerals.value(words)
    return int(number * 100) if number is not None else 0
