"""Prices with what is running now: quotes, bargaining, coupons and campaigns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from actions.formatting import day, money
from actions.knowledge import answer_from_knowledge, answer_in_particular
from actions.membership import level_asked, of_level
from actions.phrases import Phrases
from actions.products import ProductSkill, choice_of, matching, without_name
from actions.reply import Reply
from actions.turn import Turn
from shop import numerals
from shop.pricing import Quote, Wanted, quote, within_reach
from shop.types import Offer, OfferKind, Product, Sku

_QUANTITY = re.compile(
    r"(?<![\d.第一二两三四五六七八九十百])(?P<n>\d{1,4}|[一二两三四五六七八九十百]{1,5})\s?(?:件|个|条|双|瓶|盒|包|支|台|部|套|罐|袋|把|床|副|对|箱|份|只)"
    r"(?!装|月|小时|半)"
)
_TOGETHER = re.compile(r"一起|一共|总共|共计|加|\+|＋|都买|全买|两[件样]|合起来|合计|总价|算下来")
_JOINT = re.compile(r"[，,。；;、＋+\s加和跟与]|再|还有|另外|以及")
_EACH = re.compile(r"(?:各|都|每[样种个]|分别)(?:来|要|买|拿|是)?$")
_MEMBER = re.compile(r"会员")
_CHEAPER_ONE = re.compile(
    r"便宜(?:点|些|一点|一些)?的(?!那[个款件条])|更便宜|平价|有没有便宜|低价的"
)
_NO_EFFECT = (
    r"(?:用不[了上]|[点选勾](?:不[了上动]|选不了)|不(?:能|让|可以?)[用点选勾]|不可用|没(?:给我?)?减|减不了|没(?:给我?)?抵|没生效"
    r"|(?:说|显示|提示|写着?|还|金额|门槛)我?[^,，。]{0,4}(?:不够|没达到|达不到|没到|不到|不符合)"
    r"|不生效|没优惠|没便宜|灰[的色着]|不满足|没扣|没有?折|使用不了)"
)
_TROUBLE = re.compile(
    rf"(?:券|优惠|满减|立减|满\S{{1,6}}减|会员价|活动|打折).{{0,16}}{_NO_EFFECT}"
    rf"|{_NO_EFFECT}.{{0,8}}(?:券|优惠|满减)|(?:咋|怎么|为什么|为啥)(?:还|都)?没(?:给我?)?减|^没减钱?|不满足使用"
)
# Given by the platform, the bank or the state, or gone for good: the knowledge, or a person.
_NOT_OURS = re.compile(
    r"红包|国补|补贴|消费券|云闪付|首单|花呗|白条|积分|礼品卡|助农|补一?张|补发|第二件|预售|定金"
)
# What there is for the asker, not how offers work.
_OWN = re.compile(
    r"(?:我|名下|账[号户]|手[里上头]|卡包).{0,8}(?:有|剩)(?:[些点]|的)?(?:什么|啥|哪些?|几[张个]|多少).{0,6}[券惠]"
    r"|(?:我|名下|手[里上头]).{0,6}(?:能用|可用|可以用|没用)的.{0,6}券|(?:看|查)一?[下看]?我的?(?:优惠)?券"
)
_STILL = re.compile(
    r"还[在有剩能]|有没有|[有在][吗么嘛不没]|(?:用|有效)?到(?:什么|啥|几|哪)|什么时候[到过]期|过期了?[吗么没]"
)
_LATER = re.compile(r"下个?[周月]|下星期|下一?[场次]|以后|之后|明天|后天|过几天")
_COUPONS = re.compile(r"[券卷劵]")
_TITLE_AMOUNTS = re.compile(r"(?:每?满|直减|减|\d).*$")
_MANY = 10  # from here on a person quotes
_NEAR = 3_000  # fen; an offer further away than that is not worth a word
_LISTED = 5


class PriceSkill(ProductSkill):
    """A skill that knows what a purchase comes to."""

    async def offers(self, turn: Turn) -> Sequence[Offer]:
        """Those in force that this shopper may use."""
        return await self.services.shop.prices.offers(await self.customer_id(turn))

    def say_quote(
        self, what: str, wanted: Sequence[Wanted], offers: Sequence[Offer], reply: Reply
    ) -> Quote:
        """The sum in one line, then until when it holds and what is nearly reached."""
        made = quote(wanted, offers)
        phrases = reply.phrases
        count = sum(line.quantity for line in wanted)
        values = {
            "what": what if count == 1 else f"{what} ×{count}" if len(wanted) == 1 else what,
            "price": money(made.goods),
            "total": money(made.total),
            "shipping": self._shipping(made, phrases),
        }
        if made.savings:
            taken = " ".join(f"− {s.offer.title} {money(s.off)}" for s in made.savings)
            ends = self._ends([saving.offer for saving in made.savings], phrases)
            reply.say("deal", savings=taken, ends=ends, **values)
        else:
            reply.say("price" if count == 1 else "price_sum", **values)
        used = {saving.offer for saving in made.savings}
        missing = within_reach(wanted, [one for one in offers if one not in used], most=_NEAR)
        if missing is not None and len(made.savings) < 2:
            reply.say("deal_near", more=money(missing.more), offer=missing.offer.title)
        return made

    def _shipping(self, made: Quote, phrases: Phrases) -> str:
        if made.shipping:
            return phrases.label("price.shipping").format(fee=money(made.shipping))
        return phrases.label("price.free_shipping")

    def _ends(self, offers: Sequence[Offer], phrases: Phrases) -> str:
        now = self.services.clock()
        label = phrases.label("price.until")
        to_claim = phrases.label("price.to_claim")
        parts = []
        for offer in offers:
            if offer.until is not None:
                claim = offer.kind is OfferKind.COUPON and not offer.owned
                text = label.format(offer=offer.title, day=day(offer.until, now))
                parts.append(text + (to_claim if claim else ""))
        return phrases.label("price.ends").format(ends="，".join(parts)) if parts else ""


class PriceAction(PriceSkill):
    """What it costs, exact for a colour and size, with the best of what is running."""

    action = "action_price_query"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """One sum when one price is meant; otherwise what makes the difference."""
        if _of_level(turn):
            asked = turn.as_intent("account_membership")
            await self.house.answer("action_account_membership", asked, reply)
            return
        offers = await self.offers(turn)
        listed = await self.listed(turn)  # of three that were recommended, none is meant yet
        if listed and _TOGETHER.search(turn.text):
            self.ask_which(listed, turn, reply)
            return
        if listed:
            for one in listed:
                self._price(one, quantity(one, turn), offers, turn, reply)
            return
        several = await self.named(turn)
        if len(several) > 1:
            self.talk_about(several, turn, reply)
            counts = quantities(several, turn.text)
            if _TOGETHER.search(_mentions(several, turn.text)[1]) or max(counts) > 1:
                self._sum(several, counts, offers, turn, reply)
            else:
                for one in several[:_LISTED]:
                    self._price(one, 1, offers, turn, reply)
            return
        product = await self.find(turn, reply)
        if product is not None:
            self._price(product, quantity(product, turn), offers, turn, reply)

    def _sum(
        self,
        products: Sequence[Product],
        counts: Sequence[int],
        offers: Sequence[Offer],
        turn: Turn,
        reply: Reply,
    ) -> None:
        """What they come to together, each in the number wanted."""
        lines = []
        for product, count in zip(products, counts, strict=True):
            skus = matching(product, *choice_of(product, turn)) or product.skus
            lines.append(wanted(product, min(skus, key=lambda sku: sku.price), count))
        names = [
            f"{product.short_name} ×{count}" if count > 1 else product.short_name
            for product, count in zip(products, counts, strict=True)
        ]
        self.say_quote("＋".join(names), lines, offers, reply)

    def _price(
        self, product: Product, count: int, offers: Sequence[Offer], turn: Turn, reply: Reply
    ) -> None:
        skus = matching(product, *choice_of(product, turn))
        chosen = skus or product.skus
        if len({sku.price for sku in chosen}) == 1:
            exact = chosen[0].label if len(chosen) == 1 else ""
            what = " ".join(part for part in (product.short_name, exact) if part)
            made = self.say_quote(what, [wanted(product, chosen[0], count)], offers, reply)
            self._of_member(turn, made, reply)
            return
        reply.say("price_list", product=product.short_name, prices=_listed(product, chosen, offers))

    def _of_member(self, turn: Turn, made: Quote, reply: Reply) -> None:
        member = any(saving.offer.kind is OfferKind.MEMBER for saving in made.savings)
        if _MEMBER.search(turn.text) and not member:
            reply.say("no_member_price")


class BargainAction(PriceSkill):
    """No price is made up: what exists is offered."""

    action = "action_price_bargain"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """A cheaper one is a recommendation; a lower price for this one is what offers give."""
        if _CHEAPER_ONE.search(turn.text):
            wish = turn.as_intent("product_recommend")
            await self.house.answer("action_product_recommend", wish, reply)
            return
        named = await self.named(turn) or await self.recent(turn)
        count = quantity(named[0], turn) if named else 1
        if (not named or count == 1 or count >= _MANY) and await answer_in_particular(
            self, turn, reply, about=named[0] if named else None
        ):
            return
        if not named:
            await self._in_general(turn, reply)
            return
        product = named[0]
        self.talk_about([product], turn, reply)
        skus = matching(product, *choice_of(product, turn))
        line = wanted(product, min(skus or product.skus, key=lambda sku: sku.price), count)
        offers = await self.offers(turn)
        name = product.short_name
        if count >= _MANY:
            reply.say("bargain_many", [self.human()], count=count)
            reply.await_yes("action_handoff", turn)
        elif quote([line], offers).savings:
            reply.say("bargain_offer", product=name)
            self.say_quote(name, [line], offers, reply)
        else:
            reply.say("bargain_none", product=name, price=money(line.price * count))

    async def _in_general(self, turn: Turn, reply: Reply) -> None:
        """Of no goods: the member's price, for who has one; else what the shop says or offers."""
        offers = await self.offers(turn)
        members = [one for one in offers if one.kind is OfferKind.MEMBER and one.percent < 100]
        if members:
            best = min(members, key=lambda one: one.percent)
            rate = str(best.percent).rstrip("0")
            reply.say("bargain_member", offer=best.title, rate=rate)
        elif not await answer_from_knowledge(self, turn, reply):
            await self.house.answer("action_coupon_promotion", turn, reply)


class PromotionAction(PriceSkill):
    """Coupons and campaigns that are running, for the product in talk or for the whole shop."""

    action = "action_coupon_promotion"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Questions about coupons go to the knowledge; what there is comes from the shop."""
        if not turn.clicked and coupon_trouble(turn.text):
            await self.house.answer("action_coupon_trouble", turn, reply)
            return
        offers = [o for o in await self.offers(turn) if o.kind is not OfferKind.SHIPPING]
        called = [o for o in offers if calls(o.title, turn.text)]
        if called and _STILL.search(turn.text):
            reply.say("offers_running", listed=self._listed(called, turn, reply.phrases))
            return
        if not _OWN.search(turn.text) and await self._known(turn, reply):
            return
        named = await self.named(turn)
        if named:
            product = named[0]
            self.talk_about([product], turn, reply)
            offers = [offer for offer in offers if offer.covers(product.id, product.category)]
        elif words := turn.first("category"):
            offers = [o for o in offers if o.covers("", words) or await self._has(o, words)]
        if not offers:
            reply.say("no_offers")
            return
        reply.say("offers", listed=self._listed(offers, turn, reply.phrases))

    async def _known(self, turn: Turn, reply: Reply) -> bool:
        """Give the entry that answers; the shop's data only know what runs today."""
        if _LATER.search(turn.text):
            return await answer_from_knowledge(self, turn, reply)
        return await answer_in_particular(self, turn, reply)

    def _listed(self, offers: Sequence[Offer], turn: Turn, phrases: Phrases) -> str:
        """One line for each: own coupons first, then all coupons where they are asked for."""
        now = self.services.clock()
        coupons_first = _COUPONS.search(turn.text) is not None

        def place(offer: Offer) -> tuple[bool, bool, bool]:
            other = coupons_first and offer.kind is not OfferKind.COUPON
            return not offer.owned, other, not (offer.products or offer.categories)

        lines = []
        for offer in sorted(offers, key=place)[:_LISTED]:
            to_claim = offer.kind is OfferKind.COUPON and not offer.owned
            owner = phrases.label("price.yours") if offer.owned else ""
            until = (
                phrases.label("price.to_day").format(day=day(offer.until, now))
                if offer.until
                else ""
            )
            claim = phrases.label("price.to_claim") if to_claim else ""
            lines.append(f"· {owner}{offer.title}{until}{claim}")
        return "\n".join(lines)

    async def _has(self, offer: Offer, category: str) -> bool:
        products = await self.services.shop.catalogue.products()
        return any(p.id in offer.products and p.category == category for p in products)


def coupon_trouble(text: str) -> bool:
    """Whether an offer of the shop is said not to take effect."""
    return _TROUBLE.search(text) is not None and _NOT_OURS.search(text) is None


def calls(title: str, text: str) -> bool:
    """Whether the text names the offer of that title, without its sums, also apart: 生日那张券."""
    name = _TITLE_AMOUNTS.sub("", title)
    kind = name.removesuffix("券")
    apart = kind != name and len(kind) > 1
    words = f"{re.escape(kind)}.{{0,4}}券" if apart else re.escape(name)
    return len(name) > 1 and re.search(words, text) is not None


def _of_level(turn: Turn) -> bool:
    """Whether the next level of membership is what has a price: 升到VIP还要花多少."""
    if turn.clicked or turn.names or not level_asked(turn.text):
        return False
    return of_level(turn) or not turn.slot("current_product")


def wanted(product: Product, sku: Sku, count: int) -> Wanted:
    """So many pieces of that choice."""
    return Wanted(product.id, product.category, sku.price, sku.floor, count)


def quantity(product: Product, turn: Turn) -> int:
    """How many pieces the message wants; one unless it says so."""
    found = _QUANTITY.search(without_name(product, turn.text))
    if found is None:
        return 1
    return _count(found["n"])


def quantities(products: Sequence[Product], text: str) -> tuple[int, ...]:
    """How many pieces of each product the message wants; one unless it says so.

    A number belongs to the product beside it that no 和, 加 or comma parts from it, before it or
    after it (两台吹风机和面膜三盒); 各两件 is said of all.
    """
    spans, rest = _mentions(products, text)
    found = list(_QUANTITY.finditer(rest))
    counts: dict[int, int] = {}
    each = 1
    for one in found:
        count = _count(one["n"])
        before = [at for at, (_, end) in spans.items() if end <= one.start()]
        after = [at for at, (start, _) in spans.items() if start >= one.end()]
        if _EACH.search(rest[: one.start()]):
            each = count
        elif before and not after and len(found) == 1 and count == len(products):
            continue  # 毛衣和衬衫两件: both of them
        elif (owner := _beside(before, after, spans, rest, one, counts)) is not None:
            counts[owner] = count
    return tuple(counts.get(at, each) for at in range(len(products)))


def _mentions(products: Sequence[Product], text: str) -> tuple[dict[int, tuple[int, int]], str]:
    """Where the message names each product, from left to right, and the text without the names."""
    plain = text.casefold()
    found: dict[int, tuple[int, int]] = {}
    for at, product in enumerate(products):
        for name in sorted((product.short_name, *product.aliases), key=len, reverse=True):
            start = plain.find(name.casefold())
            if start >= 0:
                end = start + len(name)
                found[at] = (start, end)
                plain = plain[:start] + "\0" * len(name) + plain[end:]
                break
    return dict(sorted(found.items(), key=lambda pair: pair[1])), plain


def _beside(
    before: Sequence[int],
    after: Sequence[int],
    spans: Mapping[int, tuple[int, int]],
    rest: str,
    number: re.Match[str],
    counts: Mapping[int, int],
) -> int | None:
    """Which of its two neighbours a number counts."""
    if not before or not after:
        return before[-1] if before else after[0] if after else None
    left, right = before[-1], after[0]
    parted_left = bool(_JOINT.search(rest[spans[left][1] : number.start()]))
    parted_right = bool(_JOINT.search(rest[number.end() : spans[right][0]]))
    if parted_left != parted_right:
        return right if parted_left else left
    return right if left in counts else left


def _count(words: str) -> int:
    return max(int(numerals.value(words) or 1), 1)


def _listed(product: Product, skus: Sequence[Sku], offers: Sequence[Offer]) -> str:
    """8GB+256GB ¥1999，12GB+256GB ¥2299: each price by what makes it, with its best total."""
    by_price: dict[int, Sku] = {}
    for sku in sorted(skus, key=lambda sku: sku.price):
        by_price.setdefault(sku.price, sku)
    parts = []
    for price, sku in by_price.items():
        total = quote([wanted(product, sku, 1)], offers).total
        best = f"（到手 {money(total)}）" if total < price else ""
        parts.append(f"{sku.size or sku.color} {money(price)}{best}")
    return "，".join(parts)
