"""Which of a customer's order lines or parcels is meant by plain words.

`read` turns a message into a `Reference`; `find` ranks the customer's lines against it. Both are
pure: what they know comes in as arguments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from shop import numerals, when
from shop.types import Order, OrderLine, OrderState, Parcel, Product
from shop.waybills import NumberKind, canonical, find_numbers

# What an ordinary person calls the same colour; a shop's fancy name ends in, or holds, one of them.
_COLOR_FAMILIES: dict[str, tuple[str, ...]] = {
    "黑": ("黑", "乌木", "black"),
    "米": ("米白", "米色", "杏", "燕麦", "奶茶", "香草", "beige"),
    "白": ("白", "white"),
    "灰": ("灰", "gray", "grey"),
    "蓝": ("蓝", "藏青", "navy", "blue"),
    "绿": ("绿", "薄荷", "green"),
    "红": ("红", "酒红", "red"),
    "粉": ("粉", "pink"),
    "紫": ("紫", "purple"),
    "黄": ("黄", "yellow"),
    "橙": ("橙", "橘", "orange"),
    "棕": ("棕", "咖", "驼", "褐", "焦糖", "brown"),
    "卡其": ("卡其", "khaki"),
    "金": ("金", "gold"),
    "银": ("银", "silver"),
}
_PATTERN = re.compile(r"(?:格|条|条纹|拼|拼色|花|印花|点)$")
_GARMENT = "衬|毛衣|外套|大衣|裤|裙|T恤|t恤|鞋|包|手机|耳机|卫衣|羽绒|那[件条个款双]"
_SHADE = "(?:曜石|深空|雾霾|象牙|樱花|玫瑰|香槟|薄荷|[纯墨炭雾深浅米奶藏酒天湖军灰水])?"  # 曜石黑
_COLOR_IN_TEXT = re.compile(
    rf"{_SHADE}[黑白灰蓝绿红紫](?:色|的|(?={_GARMENT}))"
    rf"|{_SHADE}[粉黄橙棕金银米杏驼咖](?:色|(?={_GARMENT}))"
    r"|(?:咖啡|奶茶|燕麦|焦糖|薄荷)色|卡其色?|藏青色?|米白色?"
)
_SIZE_IN_TEXT = re.compile(
    r"(?<![A-Z0-9])([2-6]X[SL]|X{0,4}[SL]|M)(?:码|号|的)?(?![A-Z0-9])"
    r"|(?<!\d)([1-2]\d{2}|[2-4]\d)码|(加大|[大中小均])[码号]"
)
_BED_SIZE = re.compile(r"([12])(?:[米M]|\.)([1-9二三四五六七八九])[米M]?的?床?")
_SIZE_WORDS = {"小": "S", "中": "M", "大": "L", "加大": "XL", "均": "均码"}
_AMOUNT_IN_TEXT = re.compile(
    r"(?<![\d.])(\d{1,6})(?:\.(\d{1,2}))?(?:元|块钱?)|[¥￥](\d{1,6})(?:\.(\d{1,2}))?"
)
_TAIL_IN_TEXT = re.compile(r"(?:尾号|末尾|后[三四五六]位|最后[三四五六]位)(?:是|为|:)?\s*(\d{3,8})")

_UNSHIPPED = frozenset({OrderState.PAID, OrderState.PARTLY_SHIPPED})
_UNDER_WAY = frozenset({OrderState.SHIPPED, OrderState.PARTLY_SHIPPED})
_RECEIVED = frozenset({OrderState.SIGNED, OrderState.FINISHED})
_UNPAID = frozenset({OrderState.AWAITING_PAYMENT})
_STATES_IN_TEXT: tuple[tuple[re.Pattern[str], frozenset[OrderState]], ...] = (
    (re.compile(r"[没未]付|待付款|忘.{0,2}付款"), _UNPAID),
    (re.compile(r"[没未不]发货?|什么时候发|还不发|发货了[没吗]|催.{0,2}发货|待发货"), _UNSHIPPED),
    (
        re.compile(r"到哪|[没未]收到|[没未]到(?!账)|在路上|快递|物流|包裹|派送|不动|不更新|运到"),
        _UNDER_WAY,
    ),
    (re.compile(r"收到|到货|签收|穿|用了|退货|换货|坏|破|掉色|起球"), _RECEIVED),
)

ORDERED, SHIPPED, SIGNED = "ordered", "shipped", "signed"
_SIGNED_WORDS = re.compile(r"^.{0,3}(?:签收|收到|到的|拿到|取的)")
_SHIPPED_WORDS = re.compile(r"^.{0,3}(?:发货|发的|寄出|发出)")
_STILL_TO_COME = re.compile(
    r"^.{0,4}(?:能|会|可以|要|必须|得|想|必到|之?前|还|就).{0,4}(?:到|收|送|拿|发|寄|用)"
    r"|^(?:到|送到|送达|收到|发货|发)?(?:得了|不了|吗|么|不)"
)


@dataclass(frozen=True)
class Reference:
    """What a shopper said about the thing they mean; everything is optional.

    `products` and `category` are words for the thing and must fit. `color`, `size`, `amount`
    (fen, of the line or of the order) and the interval [`start`, `end`) must fit too, but are
    forgiven one by one when nothing fits them all. `about` tells what happened in the interval:
    ordered, shipped or signed. `states` only prefers. `order_number` and `waybill` may be their
    last digits (at least 3). `text` is the whole message, in which names are looked for when
    `products` is empty.
    """

    products: tuple[str, ...] = ()
    category: str = ""
    color: str = ""
    size: str = ""
    start: datetime | None = None
    end: datetime | None = None
    about: str = ORDERED
    states: frozenset[OrderState] = frozenset()
    amount: int | None = None
    order_number: str = ""
    waybill: str = ""
    text: str = ""


@dataclass(frozen=True)
class Match:
    """A line that fits, its order, and its parcel where one is known."""

    order: Order
    line: OrderLine
    parcel: Parcel | None


@dataclass(frozen=True)
class Matches:
    """The lines that fit best, all equally well, newest order first.

    `forgiven` names the one thing that was said and does not fit (color, size, amount, time):
    ask back before acting on such a match.
    """

    matches: tuple[Match, ...]
    forgiven: str = ""

    @property
    def kind(self) -> str:
        """How many lines fit: none, one or several."""
        return ("none", "one", "several")[min(len(self.matches), 2)]

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders of the matches, without repetition."""
        return tuple({match.order.id: match.order for match in self.matches}.values())

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """The known parcels of the matches, without repetition."""
        found = {match.parcel.id: match.parcel for match in self.matches if match.parcel}
        return tuple(found.values())


def read(text: str, *, now: datetime, zone: tzinfo) -> Reference:
    """What a message says about an order: numbers, colour, size, time, amount, state, names.

    Args:
        text: the shopper's words.
        now: the moment they were written, with a zone.
        zone: the shop's time zone, for words such as 昨天.
    """
    plain = unicodedata.normalize("NFKC", text)
    upper = plain.upper()
    numbers = find_numbers(plain)
    orders = [number.value for number in numbers if NumberKind.ORDER in number.kinds]
    waybills = [number.value for number in numbers if NumberKind.WAYBILL in number.kinds]
    tail = _TAIL_IN_TEXT.search(plain)
    interval = next(
        (
            found
            for found in when.find(plain, now=now, zone=zone)
            if found.start < now and not _is_wished(plain, found, now)
        ),
        None,
    )
    color = _COLOR_IN_TEXT.search(plain)
    return Reference(
        color=color[0].strip().removesuffix("的") if color else "",
        size=_size_in(upper),
        start=interval.start if interval else None,
        end=interval.end if interval else None,
        about=_about(plain, interval) if interval else ORDERED,
        states=next((s for pattern, s in _STATES_IN_TEXT if pattern.search(plain)), frozenset()),
        amount=_amount_in(plain),
        order_number=orders[0] if orders else (tail[1] if tail else ""),
        waybill=waybills[0] if waybills else (tail[1] if tail and not orders else ""),
        text=plain,
    )


def find(
    reference: Reference,
    orders: Sequence[Order],
    *,
    parcels: Collection[Parcel] = (),
    products: Mapping[str, Product] | None = None,
) -> Matches:
    """The lines meant by `reference`.

    Args:
        reference: what was said.
        orders: the customer's own orders.
        parcels: their parcels, as far as known; needed only to find by waybill.
        products: the catalogue by product id, for other names of a product, and to notice
            that something is meant which this customer never bought.

    Returns:
        The best-fitting lines. A number that fits nothing gives none: it may be somebody else's.
    """
    by_id = {parcel.id: parcel for parcel in parcels}
    by_order: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        by_order.setdefault(parcel.order_id, []).append(parcel)
    candidates = []
    for order in orders:
        alone = by_order.get(order.id, [])
        for line in order.lines:
            only = alone[0] if len(alone) == 1 else None
            product = (products or {}).get(line.product_id)
            candidates.append(_Candidate(order, line, by_id.get(line.parcel_id, only), product))
    if reference.order_number or reference.waybill:
        candidates = [c for c in candidates if c.has_number(reference)]
    candidates = _best_by_name(candidates, reference)
    if _names_another_product(reference, candidates, products or {}):
        return Matches(())
    return _by_details(candidates, reference)


def same_color(one: str, other: str) -> bool:
    """Whether two words name the same family of colours (黑 and 曜石黑).

    A pattern is of each colour that it names: 蓝 is also 蓝黑格.
    """
    if not one or not other:
        return False
    families = color_family(one), color_family(other)
    return one == other or families[0] == families[1] or _in_pattern(families, (one, other))


def _in_pattern(families: tuple[str, str], words: tuple[str, str]) -> bool:
    """Whether one is a plain colour and the other a pattern that names it."""
    return any(
        family in _COLOR_FAMILIES and _PATTERN.search(_plain(word)) and family in _plain(word)
        for family, word in zip(families, words[::-1], strict=True)
    )


def color_family(word: str) -> str:
    """The plain colour of a colour's name; the word itself when it is none we know."""
    plain = unicodedata.normalize("NFKC", word).lower().strip()
    if plain != "色":
        plain = plain.removesuffix("色")
    ends: list[tuple[int, int, str]] = []
    for family, words in _COLOR_FAMILIES.items():
        for name in words:
            stem = name.removesuffix("色")
            at = plain.rfind(stem)
            if at >= 0:
                ends.append((at + len(stem), len(stem), family))
    return max(ends)[2] if ends else plain


def same_size(one: str, other: str) -> bool:
    """Whether two sizes are the same: l, L码 and 大码; 2XL and XXL; 8+256 and 8GB+256GB.

    Of beds too: 1米5的床, 1.5米 and 1.5m床.
    """
    return bool(one) and bool(other) and _size(one) == _size(other)


@dataclass(frozen=True)
class _Candidate:
    order: Order
    line: OrderLine
    parcel: Parcel | None
    product: Product | None

    def has_number(self, reference: Reference) -> bool:
        by_order = _number_fits(reference.order_number, self.order.id)
        waybill = self.parcel.waybill if self.parcel else ""
        return by_order or _number_fits(reference.waybill, waybill)

    @property
    def names(self) -> tuple[str, ...]:
        aliases = self.product.aliases if self.product else ()
        return tuple(_plain(name) for name in (self.line.short_name, *aliases) if name)

    def name_score(self, word: str) -> int:
        """4: the name, or its end (the head of a Chinese noun); 3: inside; 2: category or title."""
        word, category = _plain(word), _plain(self.line.category)
        if not word:
            return 0
        if any(name.endswith(word) or name in word for name in self.names):
            return 4
        if any(word in name for name in self.names):
            return 3
        if word in category or category in word or word in _plain(self.line.title):
            return 2
        return 0

    def text_score(self, text: str) -> int:
        """The longest piece, of two characters or more, of a name or the category in the text."""
        names = (*self.names, _plain(self.line.category))
        return max((_longest_common(name, text) for name in names), default=0)

    def misfits(self, reference: Reference) -> frozenset[str]:
        """The details that were said and do not fit."""
        line, wrong = self.line, set()
        if reference.color and not same_color(reference.color, line.color):
            wrong.add("color")
        if reference.size and not same_size(reference.size, line.size):
            wrong.add("size")
        if reference.amount is not None and not self._costs(reference.amount):
            wrong.add("amount")
        moment = self._moment(reference.about)
        if reference.start and not (moment and moment >= reference.start):
            wrong.add("time")
        if reference.end and not (moment and moment < reference.end):
            wrong.add("time")
        return frozenset(wrong)

    def _costs(self, amount: int) -> bool:
        """Within a yuan: people round."""
        return any(abs(amount - paid) <= 100 for paid in (self.line.paid, self.order.paid))

    def _moment(self, about: str) -> datetime | None:
        if about == SIGNED:
            return self.line.signed_at or self.order.signed_at
        if about == SHIPPED:
            return self.line.shipped_at or self.order.shipped_at
        return self.order.created_at

    def preference(self, reference: Reference) -> tuple[bool, bool]:
        """First those in the state that was hinted at, then those of exactly that colour."""
        exact = bool(reference.color) and _color_word(reference.color) == _color_word(
            self.line.color
        )
        return self._in_state(reference.states), exact

    def _in_state(self, states: frozenset[OrderState]) -> bool:
        """By the line's own parcel: one line of a split order may be there, another not."""
        if self.line.signed_at and self.order.state in _UNDER_WAY:
            return OrderState.SIGNED in states
        return self.order.state in states


def _best_by_name(candidates: list[_Candidate], reference: Reference) -> list[_Candidate]:
    words = [*reference.products, *([reference.category] if reference.category else [])]
    if words:
        scores = [sum(c.name_score(word) for word in words) for c in candidates]
        best = max(scores, default=0)
        return [c for c, score in zip(candidates, scores, strict=True) if best and score == best]
    text = _plain(reference.text)
    scores = [c.text_score(text) for c in candidates]
    best = max(scores, default=0)
    return [c for c, score in zip(candidates, scores, strict=True) if score == best]


def _names_another_product(
    reference: Reference, candidates: list[_Candidate], products: Mapping[str, Product]
) -> bool:
    """Whether the text names something of the catalogue, but nothing that was bought."""
    text = _plain(reference.text)
    if any(candidate.text_score(text) for candidate in candidates):
        return False
    names = (name for p in products.values() for name in (p.short_name, *p.aliases))
    return any(_plain(name) in text for name in names if len(name) > 1)


def _by_details(candidates: list[_Candidate], reference: Reference) -> Matches:
    said = [name for name, value in _said(reference).items() if value]
    text = _plain(reference.text)
    named = bool(reference.products or reference.category or reference.order_number)
    named = named or any(candidate.text_score(text) for candidate in candidates)
    may_be_forgiven = said if named or len(said) > 1 else []
    for forgiven in ("", *may_be_forgiven):
        fitting = [c for c in candidates if c.misfits(reference) <= {forgiven}]
        if fitting:
            best = max(c.preference(reference) for c in fitting)
            chosen = [c for c in fitting if c.preference(reference) == best]
            newest = sorted(chosen, key=lambda c: c.order.created_at, reverse=True)
            return Matches(tuple(Match(c.order, c.line, c.parcel) for c in newest), forgiven)
    return Matches(())


def _said(reference: Reference) -> dict[str, bool]:
    """Which details were given, those that people get wrong most often first."""
    return {
        "time": reference.start is not None or reference.end is not None,
        "amount": reference.amount is not None,
        "color": bool(reference.color),
        "size": bool(reference.size),
    }


def _number_fits(said: str, whole: str) -> bool:
    said, whole = canonical(said), canonical(whole)
    return len(said) >= 3 and bool(whole) and whole.endswith(said)


def _size(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).upper().replace(" ", "")
    stem = plain.removesuffix("码").removesuffix("号")
    if bed := _BED_SIZE.fullmatch(stem):
        return f"{bed[1]}.{numerals.digit(bed[2])}M"
    stem = _SIZE_WORDS.get(stem, stem)
    if many := re.fullmatch(r"(X{2,})([SL])", stem):
        return f"{len(many[1])}X{many[2]}"
    memory = re.sub(r"(\d+[GT])B", r"\1", stem)
    return memory.replace("G+", "+").removesuffix("G") if "+" in memory else memory


def _size_in(upper: str) -> str:
    found = _SIZE_IN_TEXT.search(upper)
    if not found:
        return ""
    return found[1] or found[2] or _SIZE_WORDS.get(found[3], "")


def _amount_in(text: str) -> int | None:
    found = _AMOUNT_IN_TEXT.search(text)
    if not found:
        return None
    yuan, cents = (found[1], found[2]) if found[1] else (found[3], found[4])
    return int(yuan) * 100 + int((cents or "").ljust(2, "0"))


def _is_wished(text: str, interval: when.Interval, now: datetime) -> bool:
    """Whether something is to happen by then (今天能送到吗), rather than told by it (今天到的)."""
    return interval.end > now and bool(_STILL_TO_COME.search(_after(text, interval)))


def _about(text: str, interval: when.Interval) -> str:
    after = _after(text, interval)
    if _SIGNED_WORDS.search(after):
        return SIGNED
    return SHIPPED if _SHIPPED_WORDS.search(after) else ORDERED


def _after(text: str, interval: when.Interval) -> str:
    return text[interval.position + len(interval.words) :]


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).casefold().split())


def _color_word(word: str) -> str:
    return _plain(word).removesuffix("色")


def _longest_common(name: str, text: str) -> int:
    """Length of the longest common piece, 0 below two characters."""
    for length in range(len(name), 1, -1):
        if any(name[at : at + length] in text for at in range(len(name) - length + 1)):
            return length
    return 0
