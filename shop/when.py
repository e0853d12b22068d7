"""Chinese words for a time ("上周三", "6月18号", "双十一", "今晚八点前") as intervals.

The clock and the time zone are given; nothing here reads them. A day starts at midnight of the
zone, a week on Monday. A name that comes round again (周三, 3号, 双十一) is its latest occurrence
that has begun, unless the words beside it speak of what is still to come (能到, 要用, 再发): then
it is the next one. 「…前」 ends where the named time begins, 「…后」 begins where it ends.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from shop import numerals


@dataclass(frozen=True)
class Interval:
    """A half-open stretch of time [`start`, `end`), in UTC, and the words that named it.

    `position` is where the words begin in the text that was read (after NFKC).
    """

    start: datetime
    end: datetime
    words: str
    position: int = 0

    def covers(self, moment: datetime) -> bool:
        """Whether the moment lies inside."""
        return self.start <= moment < self.end


# First and last day of what people mean by the name, as (month, day), both inclusive: the sales
# run for weeks around their day.
_SINGLES_DAY = ((10, 20), (11, 12))
_DOUBLE_12 = ((12, 5), (12, 13))
_MID_YEAR = ((5, 25), (6, 20))
_FIXED: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    **dict.fromkeys(("双十一", "双11", "双十1", "双1一", "双 11", "光棍节"), _SINGLES_DAY),
    **dict.fromkeys(("双十二", "双12", "双 12"), _DOUBLE_12),
    **dict.fromkeys(("六一八", "618", "年中大促"), _MID_YEAR),
    **dict.fromkeys(("国庆节", "国庆", "十一黄金周"), ((10, 1), (10, 7))),
    **dict.fromkeys(("五一", "劳动节"), ((5, 1), (5, 5))),
    **dict.fromkeys(("元旦", "跨年"), ((1, 1), (1, 3))),
    **dict.fromkeys(("三八节", "38节", "妇女节", "女神节", "女王节"), ((3, 1), (3, 8))),
    "情人节": ((2, 14), (2, 14)),
    "白色情人节": ((3, 14), (3, 14)),
    **dict.fromkeys(("清明节", "清明"), ((4, 4), (4, 6))),
    "520": ((5, 18), (5, 20)),
    **dict.fromkeys(("六一儿童节", "儿童节", "六一"), ((6, 1), (6, 1))),
    "818": ((8, 16), (8, 19)),
    "教师节": ((9, 10), (9, 10)),
    "99大促": ((9, 6), (9, 10)),
    **dict.fromkeys(("万圣节", "万圣"), ((10, 31), (10, 31))),
    **dict.fromkeys(("平安夜",), ((12, 24), (12, 24))),
    **dict.fromkeys(("圣诞节", "圣诞"), ((12, 24), (12, 25))),
    **dict.fromkeys(("冬至",), ((12, 21), (12, 22))),
}
# Festivals of the lunar calendar: month, first and last day; a day below 1 lies before the month.
_LUNAR: dict[str, tuple[int, int, int]] = {
    **dict.fromkeys(("春节", "过年", "新年", "大年"), (1, 0, 7)),
    **dict.fromkeys(("除夕", "大年三十", "年三十", "年夜"), (1, 0, 0)),
    **dict.fromkeys(("元宵节", "元宵"), (1, 15, 15)),
    **dict.fromkeys(("端午节", "端午"), (5, 5, 5)),
    **dict.fromkeys(("七夕节", "七夕"), (7, 7, 7)),
    **dict.fromkeys(("中秋节", "中秋"), (8, 15, 15)),
    **dict.fromkeys(("重阳节", "重阳"), (9, 9, 9)),
    "腊八": (12, 8, 8),
    "小年": (12, 23, 24),
}
# Which weekday of a month: month, weekday, first day of the month it may fall on, days later.
_FLOATING: dict[str, tuple[int, int, int, int]] = {
    "母亲节": (5, 6, 8, 0),
    "父亲节": (6, 6, 15, 0),
    "感恩节": (11, 3, 22, 0),
    **dict.fromkeys(("黑色星期五", "黑五"), (11, 3, 22, 1)),
}
# The lunar years from 2015 on, as the Hong Kong Observatory's tables give them: bits 15 to 4 are
# the months 1 to 12, set when of 30 days (else 29); the lowest four bits are the month that is
# followed by a leap month, bit 16 is set when that has 30 days.
_FIRST_LUNAR_YEAR = 2015
_FIRST_NEW_YEAR = date(2015, 2, 19)
_LUNAR_YEARS = (
    *(0x04BA0, 0x0A5B0, 0x15176, 0x052B0, 0x0A930),
    *(0x07954, 0x06AA0, 0x0AD50, 0x05B52, 0x04B60, 0x0A6E6, 0x0A4E0, 0x0D260, 0x0EA65, 0x0D530),
    *(0x05AA0, 0x076A3, 0x096D0, 0x04AFB, 0x04AD0, 0x0A4D0, 0x1D0B6, 0x0D250, 0x0D520, 0x0DD45),
)

_DAYS = {
    "大前天": -3,
    "大前日": -3,
    "前天": -2,
    "前日": -2,
    "前儿": -2,
    "昨天": -1,
    "昨日": -1,
    "昨儿": -1,
    "昨个": -1,
    "昨": -1,
    "前": -2,
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "今个": 0,
    "今": 0,
    "明天": 1,
    "明日": 1,
    "明儿": 1,
    "明个": 1,
    "明": 1,
    "后天": 2,
    "后日": 2,
    "后儿": 2,
    "大后天": 3,
}
# Hours of the day; the end may lie in the next day.
_MORNING, _EVENING, _NIGHT = (5, 11), (17, 27), (21, 30)
_PARTS = {
    **dict.fromkeys(("凌晨", "大半夜"), (0, 6)),
    **dict.fromkeys(
        ("一大早", "一早", "大清早", "大早上", "清早", "清晨", "早上", "早晨", "早"), _MORNING
    ),
    "上午": (5, 13),
    **dict.fromkeys(("晌午头", "晌午", "中午"), (11, 15)),
    **dict.fromkeys(("下午", "午后"), (12, 19)),
    **dict.fromkeys(("傍晚", "傍黑"), (16, 20)),
    **dict.fromkeys(("晚上", "晚间", "夜里", "夜晚", "晚"), _EVENING),
    **dict.fromkeys(("半夜", "深夜", "夜"), _NIGHT),
}
_VAGUE_DAYS = {
    "前几天": (-8, 0),
    "前两天": (-4, 0),
    "前些天": (-15, 0),
    "前阵子": (-45, 0),
    "前段时间": (-45, 0),
    "这几天": (-4, 1),
    "这两天": (-3, 1),
    "过几天": (2, 8),
    "过两天": (1, 4),
}
_SEASONS = {"春": (3, 5), "夏": (6, 8), "秋": (9, 11), "冬": (11, 14)}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_WEEKDAYS |= {str(number): number - 1 for number in range(1, 7)}
_OFFSETS = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}

_N = r"(?:\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_JUST_NOW = timedelta(hours=2)
_NEWLY = timedelta(hours=24)  # 刚买的, said of what was bought today
_AFTER = timedelta(days=30)
_BEFORE = timedelta(days=365)


@dataclass(frozen=True)
class _Clock:
    """Now, the zone, and whether a name that comes round again is still to come."""

    now: datetime
    zone: tzinfo
    ahead: bool = False

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def moment(self, day: date, hours: float = 0) -> datetime:
        local = datetime.combine(day, time(), self.zone) + timedelta(hours=hours)
        return local.astimezone(timezone.utc)

    def nearest(self, dates: list[tuple[date, date]]) -> tuple[date, date]:
        """Of the occurrences of one name: the latest that has begun, or the next not over."""
        if self.ahead:
            fitting = [dates_ for dates_ in dates if dates_[1] >= self.today]
        else:
            fitting = [dates_ for dates_ in dates if dates_[0] <= self.today][::-1]
        if not fitting:
            raise ValueError("no such date within reach")
        return fitting[0]


_Days = tuple[date, date]  # first and last, both inclusive
_DayReader = Callable[[re.Match[str], _Clock], _Days]
_Span = tuple[datetime, datetime]


def find(text: str, *, now: datetime, zone: tzinfo) -> tuple[Interval, ...]:
    """Every expression of time in `text`, in order; overlapping readings: the longest wins.

    Args:
        text: what somebody wrote.
        now: the moment it was written, with a zone.
        zone: whose midnight begins a day (the shop's).
    """
    plain = unicodedata.normalize("NFKC", text)
    if not _WORTH_READING.search(plain):
        return ()
    readings = sorted(
        _readings(plain, now=now, zone=zone), key=lambda r: (r.position, -len(r.words))
    )
    chosen: list[Interval] = []
    for reading in readings:
        if not chosen or reading.position >= chosen[-1].position + len(chosen[-1].words):
            chosen.append(reading)
    return tuple(chosen)


def parse(text: str, *, now: datetime, zone: tzinfo) -> Interval | None:
    """The first expression of time in `text`, None without any."""
    intervals = find(text, now=now, zone=zone)
    return intervals[0] if intervals else None


def number(words: str) -> int:
    """A whole number in digits or in Chinese (十八, 二十, 两, 18).

    Raises:
        ValueError: the words are no such number.
    """
    found = numerals.value(words)
    if found is None:
        raise ValueError(f"{words!r} is not a number")
    return int(found)


# ---- reading: a day or days, then what narrows them (下午, 三点), then 前 or 后 ---------------

_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_LONG_PART = "|".join(sorted((p for p in _PARTS if len(p) > 1), key=len, reverse=True))
_O_CLOCK = (
    rf"(?:(?P<hour>{_N})(?:点|时(?!候|间))(?:钟|整)?"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|过?(?P<minute>{_N})分?(?!钟|[天个件块元次遍单号]))?"
    r"|(?P<h>[01]?\d|2[0-4])[::](?P<m>[0-5]\d)(?::[0-5]\d)?(?!\d))"
)
_NARROWER = re.compile(rf"(?:的? ?(?P<part>{_PART}))?(?: ?{_O_CLOCK})?")
_BOUND = re.compile(
    r"(?P<before>之前|以前|前(?![后面台往头天年日几两些阵段]|一[天周晚日个]))"
    r"|(?P<after>之后|以后|后(?![天面来悔台续期门退盖壳视备]))"
)
# What is told of a time that is over, and of one to come; looked for right after the words.
_OVER = re.compile(
    r"买|拍[的了]|下的?单|下了单|付|[订定]的|签收|收[的货]|到的|到货的"
    r"|收到(?:的|了(?![吗么没不])|(?=[, 。]|$|就|后))|发的|发货(?:的|到现在|后)|发出|发了"
    r"|[退交约报]的|退了|申请|寄[的了出回]|入手|囤|购|[说问]|至今|到现在|开始|就.{0,3}[坏了]"
)
_TO_COME = re.compile(
    r"能|会|可以|要|得[到了]|想|[发送到来拉取再用补过做开放收交穿走]|活动|上[新门]|降|优惠|结婚|出差|生日|婚礼|寿宴"
    r"|安装|在家|有[空人]|还有|给我"
)
_AWAITED = re.compile(
    r"(?:等到?|约在?|改到|推迟?到|推到|留到|赶在?|打算|准备|预约|预计|安排在?|定在|截止到?|预售到?|务必|最晚|最迟|就)"
    r"$"
)
_HOUR_BEFORE = re.compile(r"(?:约[的在了好]?|[改定推][到成在]|现在|[都快是到](?!了)|说)$")
_HOUR_AFTER = re.compile(r"[来送到下上起取]|左右|多(?!少)|钟|整")
_CLAUSE = re.compile(r"[^,。;!?，；！？\n]{0,12}")


def _readings(text: str, *, now: datetime, zone: tzinfo) -> Iterator[Interval]:
    back = _Clock(now=now, zone=zone)
    ahead = replace(back, ahead=True)
    for pattern, read in _DAY_RULES:
        for match in pattern.finditer(text):
            clock = ahead if _is_ahead(text, match.start(), match.end()) else back
            try:
                first, last = read(match, clock)
                span, end = _narrowed(text, match.end(), first, last, clock)
                span, end = _bounded(text, end, span, clock)
            except (ValueError, OverflowError):  # 2月30号, 999个月前
                continue
            yield _interval(span, text, match.start(), end)
    for pattern, measure in _SPAN_RULES:
        for match in pattern.finditer(text):
            try:
                span = measure(match, back)
            except (ValueError, OverflowError):
                continue
            yield _interval(span, text, match.start(), match.end())
    for pattern in _HOURS:
        for match in pattern.finditer(text):
            clock = ahead if _is_ahead(text, match.start(), match.end()) else back
            try:
                span, end = _bounded(text, match.end(), _hours(match, clock.today, clock), clock)
            except (ValueError, OverflowError):
                continue
            if match["part"] or match["h"] or end > match.end() or _tells_hour(text, match):
                yield _interval(span, text, match.start(), end)


def _tells_hour(text: str, match: re.Match[str]) -> bool:
    """Whether 六点 is said of the clock: three points and a little are 点 too."""
    exact = match["half"] or match["quarter"] or len(match["minute"] or "") > 1
    around = _HOUR_BEFORE.search(text, 0, match.start()) or _HOUR_AFTER.match(text, match.end())
    return bool(exact) or (match["hour"] != "一" and around is not None)


def _interval(span: _Span, text: str, start: int, end: int) -> Interval:
    return Interval(span[0], span[1], text[start:end], start)


def _is_ahead(text: str, start: int, end: int) -> bool:
    """Whether the words beside `text[start:end]` speak of what is still to come."""
    clause = _CLAUSE.match(text, end)
    following = clause[0] if clause else ""
    over, to_come = _OVER.search(following), _TO_COME.search(following)
    if over and not (to_come and to_come.start() < over.start()):
        return False
    return to_come is not None or _AWAITED.search(text[max(0, start - 4) : start]) is not None


def _narrowed(text: str, end: int, first: date, last: date, clock: _Clock) -> tuple[_Span, int]:
    """The days, or the part of the day and the hour that follow the name of one day."""
    whole = (clock.moment(first), clock.moment(last + timedelta(days=1)))
    if first != last:
        return whole, end
    narrower = _NARROWER.match(text, end)
    if narrower is None or narrower.end() == end:
        return whole, end
    if not narrower["part"] and narrower["hour"] == "一" and not narrower["half"]:
        return whole, end  # 昨天一点动静都没有
    if narrower["part"] in ("早", "晚", "夜") and narrower["hour"] == "一":  # 明天早一点
        return whole, end
    return _hours(narrower, first, clock), narrower.end()


def _hours(match: re.Match[str], day: date, clock: _Clock) -> _Span:
    """A part of the day, or half an hour around what the clock shows; up to an hour after it."""
    part, hour = match["part"], match["hour"] or match["h"]
    if not hour:
        first, last = _PARTS[part]
        return clock.moment(day, first), clock.moment(day, last)
    told: float = number(hour)
    if told > 24:
        raise ValueError(f"{told} is no hour")
    if part:
        begin, end = _PARTS[part]
        if told <= 12 and not begin <= told < end and begin <= told + 12 < end:
            told += 12
        elif part in ("晚上", "晚", "半夜", "深夜", "夜", "夜里") and told <= 5:
            told += 24
    elif match["hour"] and told < 7:
        told += 12
    if match["half"]:
        told += 0.5
    elif match["quarter"]:
        told += 0.25 * number(match["quarter"])
    elif minute := match["minute"] or match["m"]:
        told += number(minute) / 60
    moment = clock.moment(day, told)
    return moment, moment + timedelta(hours=1)


def _bounded(text: str, end: int, span: _Span, clock: _Clock) -> tuple[_Span, int]:
    """「…前」: up to the time; 「…后」: from its end on."""
    bound = _BOUND.match(text, end)
    if bound is None:
        return span, end
    now = clock.now.astimezone(timezone.utc)
    if bound["before"]:
        start = now if span[0] > now else span[0] - _BEFORE
        return (start, span[0]), bound.end()
    return (span[1], max(now + timedelta(minutes=1), span[1] + _AFTER)), bound.end()


# ---- days ------------------------------------------------------------------------------------


def _day(match: re.Match[str], clock: _Clock) -> _Days:
    day = clock.day(_DAYS[match["day"]])
    return day, day


def _vague_days(match: re.Match[str], clock: _Clock) -> _Days:
    first, last = _VAGUE_DAYS[match[0]]
    return clock.day(first), clock.day(last - 1)


def _recently(match: re.Match[str], clock: _Clock) -> _Days:
    return clock.day(-14), clock.today


def _week(match: re.Match[str], clock: _Clock) -> _Days:
    monday = clock.day(-clock.today.weekday() + 7 * _OFFSETS[match["which"]])
    if not match["day"]:
        return monday, monday + timedelta(days=6)
    if match["day"] == "末":
        return monday + timedelta(days=5), monday + timedelta(days=6)
    day = monday + timedelta(days=_WEEKDAYS[match["day"]])
    return day, day


def _weekday(match: re.Match[str], clock: _Clock) -> _Days:
    """Without 上 or 下: the latest or the next such day, today included."""
    wanted = _WEEKDAYS[match["day"]]
    offset = (wanted - clock.today.weekday()) % 7
    day = clock.day(offset if clock.ahead or not offset else offset - 7)
    return day, day


def _weekend(match: re.Match[str], clock: _Clock) -> _Days:
    saturday = clock.day(-((clock.today.weekday() - 5) % 7))
    if clock.ahead and clock.today > saturday + timedelta(days=1):
        saturday += timedelta(days=7)
    return saturday, saturday + timedelta(days=1)


def _month(match: re.Match[str], clock: _Clock) -> _Days:
    first = _months_back(clock.today.replace(day=1), -_OFFSETS[match["which"]])
    if match["day"]:
        day = first.replace(day=number(match["day"]))
        return day, day
    return _part_of_month(first, match["part"])


def _part_of_this_month(match: re.Match[str], clock: _Clock) -> _Days:
    """月底: of this month, or of the last one when it has not begun and is told as over."""
    this = clock.today.replace(day=1)
    firsts = [_months_back(this, back) for back in (1, 0, -1)]
    return clock.nearest([_part_of_month(first, match["part"]) for first in firsts])


def _part_of_month(first: date, part: str | None) -> _Days:
    last = _last_of_month(first)
    if part == "初":
        return first, first.replace(day=10)
    if part == "中":
        return first.replace(day=9), first.replace(day=22)
    if part in ("底", "末"):
        return first.replace(day=20), last
    return first, last


def _named_month(match: re.Match[str], clock: _Clock) -> _Days:
    month = number(match["month"])
    if not 1 <= month <= 12:
        raise ValueError(f"{month} is no month")
    years = _years(match["year"], clock)
    return clock.nearest([_part_of_month(date(y, month, 1), match["part"]) for y in years])


def _date(match: re.Match[str], clock: _Clock) -> _Days:
    return _nearest_date(match["year"], number(match["month"]), number(match["day"]), clock)


def _numeric_date(match: re.Match[str], clock: _Clock) -> _Days:
    day = match["day"] or match["short"] or match["told"]
    return _nearest_date(match["year"], int(match["month"]), int(day), clock)


def _nearest_date(year: str | None, month: int, day: int, clock: _Clock) -> _Days:
    """A date without a year; 29 February is of a leap year."""
    found = []
    for each in _years(year, clock):
        if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(each, month)[1]:
            found.append((date(each, month, day),) * 2)
    return found[0] if year and found else clock.nearest(found)


def _day_of_month(match: re.Match[str], clock: _Clock) -> _Days:
    wanted = number(match["day"])
    if not 1 <= wanted <= 31:
        raise ValueError(f"{wanted} is no day of a month")
    day = clock.today
    while day.day != wanted:
        day += timedelta(days=1 if clock.ahead else -1)
    return day, day


def _festival(match: re.Match[str], clock: _Clock) -> _Days:
    found = []
    for year in _years(match["year"], clock):
        if (days := _festival_in(match["name"], year)) is not None:
            found.append(days)
    return found[0] if match["year"] and found else clock.nearest(found)


def _festival_in(name: str, year: int) -> _Days | None:
    if name in _FIXED:
        first, last = _FIXED[name]
        return date(year, *first), date(year, *last)
    if name in _FLOATING:
        month, weekday, from_day, later = _FLOATING[name]
        earliest = date(year, month, from_day)
        day = earliest + timedelta(days=(weekday - earliest.weekday()) % 7 + later)
        return day, day
    month, first_day, last_day = _LUNAR[name]
    return _lunar_days(year, month, first_day, last_day)


def _lunar_day(match: re.Match[str], clock: _Clock) -> _Days:
    """腊月二十几, 正月初五, 大年初一."""
    name = match["month"]
    month = {"腊": 12, "正": 1}[name] if name else 1
    tens = match["tens"]
    if tens:
        begin = number(f"{tens}十") if tens != "十" else 10
        first_day, last_day = begin, begin + 9
    else:
        first_day = last_day = number(match["day"]) if match["day"] else 0
    if not first_day:
        first_day, last_day = 1, 29
    years = range(clock.today.year - 2, clock.today.year + 3)
    days = [_lunar_days(year, month, first_day, min(last_day, 30)) for year in years]
    return clock.nearest([each for each in days if each is not None])


@lru_cache(maxsize=1024)
def _lunar_days(year: int, month: int, first: int, last: int) -> _Days | None:
    """Days of a lunar month (of the lunar year that begins in `year`), None outside the table."""
    if not 0 <= year - _FIRST_LUNAR_YEAR < len(_LUNAR_YEARS):
        return None
    day = _FIRST_NEW_YEAR
    for code in _LUNAR_YEARS[: year - _FIRST_LUNAR_YEAR]:
        day += timedelta(days=sum(_lunar_months(code)))
    code = _LUNAR_YEARS[year - _FIRST_LUNAR_YEAR]
    leap = code & 0xF
    before = month - 1 + (1 if leap and month > leap else 0)
    day += timedelta(days=sum(_lunar_months(code)[:before]))
    return day + timedelta(days=first - 1), day + timedelta(days=last - 1)


def _lunar_months(code: int) -> list[int]:
    """The lengths of the months of a lunar year, a leap month after the one it repeats."""
    lengths = [30 if code & (0x8000 >> month) else 29 for month in range(12)]
    if leap := code & 0xF:
        lengths.insert(leap, 30 if code & 0x10000 else 29)
    return lengths


def _around_new_year(match: re.Match[str], clock: _Clock) -> _Days:
    """年前: the month before the next Spring Festival; 年后: the month after it."""
    festivals = [_festival_in("春节", clock.today.year + offset) for offset in (-1, 0, 1)]
    coming = replace(clock, ahead=True)
    eve, last = coming.nearest([each for each in festivals if each is not None])
    if match[0] == "年前":
        return eve - timedelta(days=30), eve - timedelta(days=1)
    return last + timedelta(days=1), last + timedelta(days=30)


def _season(match: re.Match[str], clock: _Clock) -> _Days:
    """去年冬天: November to February of the year after."""
    begin, end = _SEASONS[match["season"]]
    (year,) = _years(match["year"], clock)
    last = _months_back(date(year, 1, 1), 1 - end)
    return date(year, begin, 1), _last_of_month(last)


def _whole_year(match: re.Match[str], clock: _Clock) -> _Days:
    (year,) = _years(match["year"], clock)
    if part := match["part"]:
        begin, end = {"初": (1, 2), "中": (5, 8), "底": (11, 12), "末": (11, 12)}[part]
        return date(year, begin, 1), _last_of_month(date(year, end, 1))
    return date(year, 1, 1), date(year, 12, 31)


def _part_of_year(match: re.Match[str], clock: _Clock) -> _Days:
    begin, end = {"初": (1, 2), "中": (5, 8), "底": (11, 12), "末": (11, 12)}[match["part"]]
    years = range(clock.today.year - 1, clock.today.year + 2)
    return clock.nearest([(date(y, begin, 1), _last_of_month(date(y, end, 1))) for y in years])


def _years(words: str | None, clock: _Clock) -> list[int]:
    """The year that is named; without a name those within reach of 29 February."""
    this = clock.today.year
    if not words:
        return list(range(this - 8, this + 9))
    named = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}
    if words in named:
        return [this + named[words]]
    year = int(words.rstrip("年-/."))
    return [year if year >= 100 else 2000 + year]


def _months_back(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _last_of_month(first: date) -> date:
    return _months_back(first, -1) - timedelta(days=1)


# ---- lengths of time before or after now -----------------------------------------------------


def _just_now(match: re.Match[str], clock: _Clock) -> _Span:
    now = clock.now.astimezone(timezone.utc)
    length = _NEWLY if match[0] == "刚" else _JUST_NOW
    return now - length, now + timedelta(minutes=1)


def _away(match: re.Match[str], clock: _Clock) -> _Span:
    """N 天前, N 天后 is that day, from four days on one more on each side; people round."""
    sign = -1 if match["before"] else 1
    half = match["n"] == "半"
    count = 1 if half else number(match["n"])
    unit = match["unit"]
    if unit in ("分钟", "小时", "个小时", "个钟头", "个钟"):
        minutes = (30 if half else 60 * count) if unit != "分钟" else count
        then = clock.now.astimezone(timezone.utc) + sign * timedelta(minutes=minutes)
        slack = timedelta(minutes=max(10, minutes // 4))
        return then - slack, then + slack
    if unit == "天":
        slack_days, day = (0 if count < 4 else 1), clock.day(0 if half else sign * count)
    elif unit in ("周", "个星期", "星期", "个礼拜", "礼拜"):
        slack_days, day = 3, clock.day(sign * 7 * count)
    elif unit == "年":
        slack_days, day = 90, clock.day(sign * (183 if half else 365 * count))
    elif half:
        slack_days, day = 4, clock.day(sign * 15)
    else:
        first = _months_back(clock.today.replace(day=1), -sign * count)
        return clock.moment(first), clock.moment(_last_of_month(first) + timedelta(days=1))
    slack = timedelta(days=slack_days)
    begin, end = day - slack, day + slack
    begin, end = (begin, min(end, clock.today)) if sign < 0 else (max(begin, clock.today), end)
    return clock.moment(begin), clock.moment(end + timedelta(days=1))


# ---- the words -------------------------------------------------------------------------------


def _rule(pattern: str, read: _DayReader) -> tuple[re.Pattern[str], _DayReader]:
    return re.compile(pattern), read


_NAMED_YEAR = r"(?:19|20)\d{2}年|前年|去年|今年|明年"
_SHORT_YEAR = r"(?<!\d)[12]\d年(?=\d|[一二三四五六七八九十双国春元])"
_YEAR = rf"(?P<year>{_NAMED_YEAR}|{_SHORT_YEAR})"
_ONLY_YEAR = rf"(?P<year>{_NAMED_YEAR})"
_WEEK = r"(?:周|星期|礼拜)"
_WHICH = r"(?P<which>上上|下下|上|这|本|下)"
_MAY_DAY = "(?<![十周期拜])五一(?![直般个件定共斤块])"  # not in 周五一直, 十五一斤
_JUNE_DAY = "(?<![周期拜十])六一(?![直般个件定共斤块八])"
_NUMBERS = "(?<![A-Za-z\\d.])(?:618|520|818)(?![.\\d元块个件条双斤克件张次票分名人年]|天猫)"
_SPOKEN_NAMES = [
    name
    for name in (*_FIXED, *_LUNAR, *_FLOATING)
    if name not in ("五一", "六一", "618", "520", "818", "圣诞", "新年", "大年", "小年", "元宵")
]
_NAMES = "|".join(
    [
        *sorted(_SPOKEN_NAMES, key=len, reverse=True),
        *(
            _MAY_DAY,
            _JUNE_DAY,
            _NUMBERS,
            "圣诞(?![树帽款色风袜服装]|老人)",
            "(?<!崭)新年(?![礼款货衣装好快])",
        ),
        *("小年(?!轻)", "元宵(?![馅团粉])"),
    ]
)
_NO_DAY = "板线楼店码色门链机仓电池字单库馆院铺桌窗柜球包款针床铁针室座栋盘卡位"
_DAY_RULES: tuple[tuple[re.Pattern[str], _DayReader], ...] = (
    _rule(
        r"(?P<day>大前天|大前日|(?<![目之以提期啥靠跟往])前[天日儿](?!童)|昨[天日儿个]|今[天日个]|今儿(?!童)|大后天"
        r"|(?<![以之最今然先])后[天日儿](?!童)|明[天日个]|明儿(?!童))个?(?!头条)",
        _day,
    ),
    _rule(
        r"(?P<day>[昨今明](?=[早晚夜])|(?<![目之以提])前(?=晚))(?![晚早]点(?!前|之前|以前))", _day
    ),
    _rule(rf"(?<![货发到达寄付])(?:{'|'.join(_VAGUE_DAYS)})", _vague_days),
    _rule(r"最近(?!的)|近期|近来", _recently),
    _rule(
        rf"(?<![得赶晚]){_WHICH}个?{_WEEK}(?P<day>[一二三四五六日天末1-6](?![个件单条双]))?(?!年|边|身|围|岁)",
        _week,
    ),
    _rule(
        rf"(?<![每一两二三四五六七八九十几半\d]){_WEEK}(?P<day>[一二三四五六日天1-6])"
        r"(?![个件单条双次岁])",
        _weekday,
    ),
    _rule(r"(?<![每上下这本])周末", _weekend),
    _rule(
        rf"{_WHICH}个?月(?:份|的)?(?:(?P<day>{_N})[号日]|(?P<part>[初中底末]))?(?!球|亮|饼)", _month
    ),
    _rule(
        r"(?<![\d一二三四五六七八九十个这上下本每年满])月(?P<part>[初中底末])(?!心)",
        _part_of_this_month,
    ),
    _rule(
        rf"{_YEAR}?的?(?<!\d)(?P<month>{_N})月(?!{_N}[号日])份?(?P<part>[初中底末])?(?!亮)",
        _named_month,
    ),
    _rule(
        rf"{_YEAR}?的?(?<!\d)(?P<month>{_N})月(?P<day>{_N})"
        r"(?:[号日]|(?![\d号日十年元块个件号点天%]))",
        _date,
    ),
    _rule(
        r"(?<![\d.-])(?P<year>(?:19|20)\d{2})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)"
        r"(?P<day>\d{1,2})(?P<short>)(?P<told>)(?![\d.-])",
        _numeric_date,
    ),
    _rule(
        # 6.18 and 6/18; with a point only two digits of a day, since 1.5匹 is no date, unless what
        # follows tells
        r"(?<![\d./¥$×x*+-])(?<![退付补扣花减收价差才款返赔我省少])(?P<year>)(?P<month>1[0-2]|0?[1-9])"
        r"(?:[./](?P<day>[12]\d|3[01])|/(?P<short>0?[1-9])"
        r"|[.](?P<told>0?[1-9]|[12]\d|3[01])(?=号|日|[早晚前]|之前|买|下单|下的单|拍的|付|签收|收到|到的|发的))"
        r"[号日]?(?![\d./%A-Za-z-])(?![元块折寸码斤万千克米升匹毫个件分倍])",
        _numeric_date,
    ),
    _rule(
        rf"(?<![月\d第十百大小加一个零半])(?<!\d[-~])(?P<day>{_N})[号日](?![{_NO_DAY}]|主播|客服|无理由|内|达|游)",
        _day_of_month,
    ),
    _rule(rf"{_YEAR}?的?(?<![\d.])(?P<name>{_NAMES})", _festival),
    _rule(
        r"(?P<month>[腊正])月(?:(?P<tens>[二十])十?几|初?(?P<day>[一二三四五六七八九十]{1,3}))?(?:[号日])?",
        _lunar_day,
    ),
    _rule(r"(?P<month>)(?P<tens>)(?:大?年)初(?P<day>[一二三四五六七八九十])(?!次)", _lunar_day),
    _rule(r"(?<![一二两三四五六七八九十几半\d去今明整全当])年[前后](?![款])", _around_new_year),
    _rule(rf"{_ONLY_YEAR}的?(?P<season>[春夏秋冬])(?:天|季)?", _season),
    _rule(rf"{_ONLY_YEAR}(?:年?(?P<part>[初中底末]))?(?!货)", _whole_year),
    _rule(
        r"(?<![一二两三四五六七八九十几半\d去今明])年(?P<part>[初底末])(?![一二三四五六七])",
        _part_of_year,
    ),
)
_LENGTH = (
    rf"(?<![\d.一二三四五六七八九十第])(?P<n>{_N}|半)"
    r"(?P<unit>分钟|个小时|小时|个钟头|个钟|天|个星期|星期|个礼拜|礼拜|周|个月|年)"
)
_SPAN_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Clock], _Span]], ...] = (
    (re.compile(r"(?:刚才|刚刚|刚)(?=我?[买拍下付收签])"), _just_now),
    (
        re.compile(
            rf"{_LENGTH}(?:(?P<before>之前|以前|前(?![后后面台]))|(?P<after>之后|以后|后(?![悔面来])))"
        ),
        _away,
    ),
)
_HOURS = (
    re.compile(
        rf"(?<![昨今明前后每\d点一整半])(?<!每天)(?<!天天)(?P<part>{_LONG_PART})"
        rf"(?![好茶]|几点)(?: ?{_O_CLOCK})?"
    ),
    re.compile(rf"(?<![\d.第:到昨今明早晚上午夜天])(?P<part>){_O_CLOCK}"),
)
_WORTH_READING = re.compile(
    r"[天日周年月点号今昨明晚早夜午晨]|星期|礼拜|分钟|小时|钟|双|[刚最近]|\d[./:-]\d|618|520|818|节|国庆|五一|六一|元旦"
    r"|跨年|清明|万圣|圣诞|冬至|除夕|端午|中秋|七夕|重阳|元宵|腊|黑五|前段|前阵|前儿|后儿|傍"
)
