"""What people ask before they buy, and what has nothing to do with any order of theirs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from random import Random

from bench.simulate import facts
from bench.simulate.books import Scene
from bench.simulate.goals import Aim, Goal, Make, Target, Told
from shop.types import Measure, Product

# Attributes with a short value that an answer must quote, and how people ask for them.
_QUESTIONS = {
    "羊毛含量": "羊毛含量是多少",
    "棉含量": "棉含量多少",
    "面料": "是什么面料的",
    "成分": "是什么成分",
    "续航": "续航能有多久",
    "功率": "功率多大",
    "容量": "容量是多少",
    "净含量": "净含量多少",
    "保质期": "保质期多长",
    "材质": "什么材质做的",
    "重量": "有多重",
    "防水": "防不防水",
}


def _goods(
    holds: Callable[[Product], bool] = lambda _: True,
) -> Callable[[Scene], Iterable[Target]]:
    return lambda scene: (Target(product=one) for one in scene.catalogue if holds(one))


def _asks(told: Callable[[Product, dict[str, str], Random], Told | None]) -> Make:
    """A question about a product; `told` adds to the facts and says what must be answered."""

    def make(scene: Scene, target: Target, random: Random) -> Goal | None:
        product = target.product
        assert product is not None
        found = facts.of_product(product, random)
        answer = told(product, found, random)
        return None if answer is None else Goal(target=target, facts=found, told=answer)

    return make


def _attribute(product: Product, found: dict[str, str], random: Random) -> Told | None:
    known = [one for one in product.attributes if one.name in _QUESTIONS and one.value]
    if not known:
        return None
    one = random.choice(known)
    found |= {"question": _QUESTIONS[one.name], "attribute": one.name}
    return (re.compile(re.escape(one.value)),)


def _care(product: Product, found: dict[str, str], random: Random) -> Told | None:
    return (re.compile(re.escape(product.care[:5])),) if product.care else None


def _price(product: Product, found: dict[str, str], random: Random) -> Told | None:
    prices = {facts.yuan(sku.price) for sku in product.skus}
    return (re.compile("|".join(f"¥{re.escape(price)}" for price in sorted(prices)) + "|到手"),)


def _stock(product: Product, found: dict[str, str], random: Random) -> Told | None:
    sku = random.choice(product.skus)
    found |= {"choice": sku.label or product.short_name}
    words = "有货|现货|有的" if sku.stock else "没货|补到|补货"
    return (re.compile(words), re.compile(re.escape(product.short_name)))


def _size(product: Product, found: dict[str, str], random: Random) -> Told | None:
    sold = {sku.size for sku in product.skus}
    rows = [row for row in product.size_chart if row.range(Measure.HEIGHT) and row.size in sold]
    rows = [row for row in rows if row.range(Measure.WEIGHT)]
    if not rows:
        return None
    row = random.choice(rows)
    height, weight = row.range(Measure.HEIGHT), row.range(Measure.WEIGHT)
    assert height is not None and weight is not None
    kilos = round((weight.low + weight.high) / 2)
    found |= {
        "height": str(round((height.low + height.high) / 2)),
        "kilos": str(kilos),
        "jin": str(2 * kilos),
    }
    return (re.compile(rf"(?<![A-Z0-9]){re.escape(row.size)}(?![A-Z0-9])"),)


def _compare(scene: Scene, target: Target, random: Random) -> Goal | None:
    product = target.product
    assert product is not None
    others = [
        one for one in scene.catalogue if one.category == product.category and one is not product
    ]
    if not others:
        return None
    other = random.choice(others)
    return Goal(
        target=target,
        facts={"goods": product.short_name, "second": other.short_name},
        told=(
            re.compile(re.escape(product.short_name)),
            re.compile(re.escape(other.short_name)),
        ),
    )


_GIFTS = ("妈妈", "爸爸", "女朋友", "男朋友", "同事", "奶奶")


def _recommend(scene: Scene, target: Target, random: Random) -> Goal | None:
    names = "|".join(re.escape(one.short_name) for one in scene.catalogue)
    return Goal(
        target=Target(),
        facts={
            "whom": random.choice(_GIFTS),
            "budget": str(random.choice((100, 200, 300, 500))),
            "category": random.choice(("外套", "耳机", "小家电", "毛衣", "护肤品", "家居用品")),
        },
        told=(re.compile(names),),
        leads=re.compile("以内|不限|妈妈|爸爸|同事|女朋友|家居|耳机|毛衣"),
    )


def _nothing(scene: Scene) -> Iterable[Target]:
    yield Target()


_CITIES = ("拉萨", "海口", "呼和浩特", "乌鲁木齐", "哈尔滨", "三亚")


def _general(*told: str) -> Make:
    def make(scene: Scene, target: Target, random: Random) -> Goal | None:
        return Goal(
            target=target,
            facts={"city": random.choice(_CITIES)},
            told=tuple(re.compile(pattern) for pattern in told),
        )

    return make


AIMS = (
    Aim(
        "attribute",
        "商品参数",
        False,
        _goods(lambda p: bool(p.attributes)),
        _asks(_attribute),
        weight=6,
    ),
    Aim("care", "怎么洗", False, _goods(lambda p: bool(p.care)), _asks(_care), weight=3),
    Aim("price", "价格", False, _goods(), _asks(_price), weight=5),
    Aim("stock", "有没有货", False, _goods(), _asks(_stock), weight=5),
    Aim("size", "选尺码", False, _goods(lambda p: bool(p.size_chart)), _asks(_size), weight=5),
    Aim("compare", "两款对比", False, _goods(), _compare, weight=2),
    Aim("recommend", "推荐", False, _nothing, _recommend, weight=3),
    Aim("coupons", "优惠", False, _nothing, _general("满|券|减|优惠"), weight=3),
    Aim("postage", "运费", False, _nothing, _general("运费|包邮"), weight=2),
    Aim("range", "送不送得到", False, _nothing, _general("送|到|发"), weight=2),
    Aim("curious", "随便聊聊", False, _nothing, _general("."), weight=3),
)
