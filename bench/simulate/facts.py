"""How a shopper names her things: the places of the bank's sentences. Pure but for the draw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from random import Random

from bench.simulate.books import Scene
from shop.types import Order, OrderLine, Parcel, Product

ZONE = timezone(timedelta(hours=8))
_NEAR = {0: "今天", 1: "昨天", 2: "前天"}


def day(moment: datetime, now: datetime) -> str:
    """今天, 昨天, 前天, else 3月5号."""
    local, today = moment.astimezone(ZONE).date(), now.astimezone(ZONE).date()
    return _NEAR.get((today - local).days, f"{local.month}月{local.day}号")


def yuan(fen: int) -> str:
    """129 or 129.5."""
    return f"{fen / 100:.2f}".rstrip("0").rstrip(".")


def of_line(order: Order, line: OrderLine, scene: Scene, random: Random) -> dict[str, str]:
    """A line of an order, as she names it."""
    named = [line.short_name, line.short_name]
    if line.color:
        named.append(f"{line.color}的{line.short_name}")
        named.append(f"{line.color}{line.short_name}")
    if line.size:
        named.append(f"{line.size}的{line.short_name}")
    return {
        "goods": random.choice(named),
        "plain_goods": line.short_name,
        "exact": " ".join(part for part in (line.color, line.short_name, line.size) if part),
        "number": order.id,
        "tail": order.id[-4:],
        "when": day(order.created_at, scene.now),
        "amount": yuan(order.paid),
    }


def of_parcel(parcel: Parcel) -> dict[str, str]:
    """A parcel."""
    return {"waybill": parcel.waybill, "carrier": parcel.carrier}


def of_product(product: Product, random: Random) -> dict[str, str]:
    """A product of the catalogue."""
    named = [product.short_name, product.short_name, *product.aliases[:2]]
    return {"goods": random.choice(named), "plain_goods": product.short_name}


def another(
    order: Order | None, scene: Scene, random: Random, *, lines: bool = False
) -> Mapping[str, str]:
    """Something else of hers, for who mixes it up; empty when there is nothing.

    `lines`: other lines of the same order count as something else.
    """
    others = [
        (one, line)
        for one in scene.orders
        for line in one.lines
        if (order is None or one.id != order.id) and not line.gift
    ]
    mine = {line.short_name for line in order.lines} if order else set()
    others = [(one, line) for one, line in others if line.short_name not in mine]
    if not others:
        return {}
    one, line = random.choice(others)
    return of_line(one, line, scene, random)


_STREETS = (
    "文一西路",
    "中山北路",
    "人民东路",
    "解放大道",
    "滨江路",
    "建设二路",
    "学院南路",
    "长江路",
)
_PLACES = (
    ("浙江省", "杭州市", "西湖区"),
    ("江苏省", "苏州市", "工业园区"),
    ("上海市", "上海市", "徐汇区"),
    ("广东省", "深圳市", "南山区"),
    ("四川省", "成都市", "锦江区"),
    ("湖北省", "武汉市", "江汉区"),
)
_NAMES = ("王晓月", "李大海", "张小雨", "陈安宁", "刘一诺", "周文静", "赵子轩", "孙佳怡")


def new_address(random: Random) -> dict[str, str]:
    """Where else it shall go."""
    province, city, district = random.choice(_PLACES)
    street = f"{random.choice(_STREETS)}{random.randint(2, 398)}号"
    room = f"{random.randint(1, 18)}幢{random.randint(101, 2504)}室"
    whole = (province if province != city else "") + city + district + street + room
    wrong = (province if province != city else "") + city + district
    wrong += f"{random.choice(_STREETS)}{random.randint(400, 499)}号"
    return {
        "address": whole,
        "wrong_address": wrong,
        "street": street,
        "room": room,
        "receiver": random.choice(_NAMES),
        "phone": f"1990000{random.randint(8000, 9999)}",
    }


_COMPANIES = ("杭州云帆设计有限公司", "上海知行教育科技有限公司", "成都小满餐饮管理有限公司")
_TAX_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TAX_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def tax_number(random: Random) -> str:
    """A unified social credit code with the right check character (GB 32100-2015)."""
    stem = "91" + "330106" + "".join(random.choice(_TAX_LETTERS) for _ in range(9))
    total = sum(
        _TAX_LETTERS.index(letter) * weight
        for letter, weight in zip(stem, _TAX_WEIGHTS, strict=True)
    )
    return stem + _TAX_LETTERS[(31 - total % 31) % 31]


def invoice(random: Random) -> dict[str, str]:
    """What goes on an invoice."""
    right = tax_number(random)
    mailbox = random.choice(("yue", "hai", "lulu", "chen"))
    letter = "A" if right[-1] != "A" else "B"
    return {
        "title": random.choice(_COMPANIES),
        "tax": right,
        "wrong_tax": right[:-1] + letter,
        "mail": f"{mailbox}{random.randint(10, 99)}@example.com",
        "own_name": random.choice(_NAMES),
    }
