"""Whether the shop is behind its word: by its orders, and by the times named in a talk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.formatting import ZONE, is_past
from shop import numerals
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.types import Order, OrderState

_NOT_SENT = frozenset({OrderState.PAID, OrderState.PARTLY_SHIPPED})
_ORDERS = 10

_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600
_UNITS = {
    "分钟": _MINUTE,
    "刻钟": 15 * _MINUTE,
    "小时": _HOUR,
    "钟头": _HOUR,
    "钟": _HOUR,
    "工作日": _DAY,
    "天": _DAY,
    "周": 7 * _DAY,
    "星期": 7 * _DAY,
    "礼拜": 7 * _DAY,
    "月": 30 * _DAY,
}
# 十分钟, 半个多小时, 两天半, 一个半钟头; 5月 and 3日 are dates.
_LENGTH = (
    r"(?P<n>\d{1,3}(?:\.\d)?|[一二两俩三四五六七八九十]{1,3}|半)多?"
    rf"\s?(?P<one>个)?(?P<half>半)?多?(?P<unit>{'|'.join(_UNITS)})(?P<and_half>半)?"
)
# What will be done by then, not what one may do until then (7天无理由, 15天内可换).
_TERM = re.compile(
    rf"{_LENGTH}(?:之内|以内|内|之后|以后|后|左右|前后)?"
    r"(?![^,。]{0,4}(?:无理由|有效|支持|申请|免费|提出|可以|可[退换修]|能[退换修]|过期))"
    r"[^,。]{0,8}?(?:到|达|送|发|寄|退|返|补|给|回|答复|联系|告诉|通知|上门|处理|安排|解决|完成|结果|查|好)"
)
_GONE_BY = re.compile(rf"{_LENGTH}(?:多|都|也)?(?:了|咯|啦|喽|噜|嘞|勒|过去|还[没未不]|没|冇|未)")
_PART_OF_DAY = r"(?P<part>凌晨|早上?|上午|中午|下午|傍晚|晚上?|夜里)?"
_HOUR_OF_DAY = _PART_OF_DAY + r"(?P<hour>\d{1,2}|十[一二]|[一二两三四五六七八九十])"
# 今晚8点前给您回电, and 九点四十了, 9:40了 or 现在晚上九点四十.
_BY_CLOCK = re.compile(rf"{_HOUR_OF_DAY}点(?P<half>半)?(?:钟|整)?(?:之前|以前|前)")
_CLOCK = re.compile(
    rf"(?P<now>现在(?:都|已经|是|周.|星期.|礼拜.)*)?{_HOUR_OF_DAY}(?:点|[:,]\d\d)(?P<half>半)?"
    r"(?:钟|整|多|[一二三四五]?十[一二三四五六七八九]?分?|\d\d分?|过)*"
    r"(?(now)|(?:了|咯|啦|喽|噜|嘞|勒|还[没未不]|没|都没))"
)
_NIGHT = frozenset({"晚", "晚上", "夜里", "凌晨"})
_AFTERNOON = frozenset({"下午", "傍晚"})
_DAWN = 5  # o'clock; 晚上一点 is past midnight
_EARLIEST = 8  # o'clock; who says 三点前 without more means the afternoon
_ELSEWHEN = re.compile(r"上次|上回|之前那|以前|别家|别人|人家|去年")
_WITHIN = re.compile(
    r"(?<!\d)(?P<n>\d{1,4})\s*(?P<unit>分钟|个?小时|天|个?工作日)\s*(?:之内|以内|内)"
)
# As `formatting` writes days: 今天 18:00, 后天（周二）, 明天（周一）到3月8日（周六）.
_NEAR_DAYS = {"今天": 0, "明天": 1, "后天": 2}
_DAY_NAMED = re.compile(
    r"(?:(?:今天|明天|后天|\d{1,2}月\d{1,2}日)(?:（周.）)?到)?"
    r"(?:(?P<near>今天|明天|后天)|(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日)"
    r"(?:（周.）)?(?:\s?(?P<clock>\d\d:\d\d))?"
)


async def behind_our_word(shop: Shop, customer_id: str | None, now: datetime) -> bool:
    """Whether an order of that customer should have been sent by now and was not.

    False when nobody can tell: the shop does not answer, or the customer is unknown.
    """
    if customer_id is None:
        return False
    try:
        orders = await shop.orders.recent(customer_id, limit=_ORDERS)
    except ShopUnavailable:
        return False
    return any(is_late(order, now) for order in orders)


def is_late(order: Order, now: datetime) -> bool:
    """Whether that order should have been sent by now and was not."""
    due = order.ship_by
    return order.state in _NOT_SENT and due is not None and is_past(due, now)


def outlasted(ours: Sequence[str], said: str) -> bool:
    """Whether the shopper says that more time has gone by than any term that we named.

    「十分钟内给您答复」, and then 「半个多小时了」; 「8点前回电」, and then 「九点四十了」. All
    texts normalised.
    """
    if _ELSEWHEN.search(said):
        return False
    terms = [length for text in ours for length in _lengths(_TERM, text)]
    if terms and max(_lengths(_GONE_BY, said), default=0.0) > max(terms):
        return True
    due = max((one for text in ours for one in _hours(_BY_CLOCK, text)), default=None)
    return due is not None and any(_is_after(now, due) for now in _hours(_CLOCK, said))


def without_open_terms(text: str, *, said: float, now: float) -> str:
    """What was said then, without the terms (3 天内, 后天（周二）, 今天 18:00) not over now.

    Nor is a time that was past already, as of a parcel's news, a term. `said` and `now` are Unix
    times; days are those of the shop.
    """
    then, moment = (datetime.fromtimestamp(one, ZONE) for one in (said, now))

    def unless_open(match: re.Match[str]) -> str:
        end = _end(match, then)
        return "" if end > moment or end <= then else match[0]

    return _DAY_NAMED.sub(unless_open, _WITHIN.sub(unless_open, text))


def _end(match: re.Match[str], then: datetime) -> datetime:
    """When the term is over that was named then."""
    named = match.groupdict()
    if "n" in named:
        return then + timedelta(seconds=int(named["n"]) * _UNITS[named["unit"].removeprefix("个")])
    if named["near"]:
        day = then + timedelta(days=_NEAR_DAYS[named["near"]])
    else:
        year = int(named["year"] or then.year)
        try:
            day = then.replace(year=year, month=int(named["month"]), day=int(named["day"]))
        except ValueError:  # 2月30日 is no day
            return then
    clock = named["clock"] or "24:00"
    hour, minute = map(int, clock.split(":"))
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=hour, minutes=minute)


def _lengths(form: re.Pattern[str], text: str) -> Iterator[float]:
    """The lengths of time of that form, in seconds."""
    for match in form.finditer(text):
        unit = match["unit"]
        if unit == "月" and not match["one"]:
            continue
        spoken = match["n"].replace("俩", "两")
        count = 0.5 if spoken == "半" else float(numerals.value(spoken) or 0)
        if match["half"] or match["and_half"]:
            count += 0.5
        yield count * _UNITS[unit]


@dataclass(frozen=True, order=True)
class _Hour:
    """Hours since the day began, over 24 after midnight; `sure`: 晚上九点, not only 九点."""

    hour: float
    sure: bool


def _hours(form: re.Pattern[str], text: str) -> Iterator[_Hour]:
    for match in form.finditer(text):
        hour = float(numerals.value(match["hour"]) or 0)
        part = match["part"]
        sure = part is not None or hour > 12
        if part in _NIGHT and (part == "凌晨" or hour == 12 or hour < _DAWN):
            hour = hour % 12 + 24
        elif part in _NIGHT | _AFTERNOON or (not sure and hour < _EARLIEST):
            hour = hour % 12 + 12
        yield _Hour(hour + 0.5 if match["half"] else hour, sure)


def _is_after(now: _Hour, due: _Hour) -> bool:
    """Who says only 九点 may mean 21:00."""
    return now.hour > due.hour if now.sure else now.hour % 12 > due.hour % 12
