"""Chinese words for a past time ("上周三", "6月18号", "双十一") as intervals.

The clock and the time zone are given; nothing here reads them. A day starts at midnight of the
zone, a week on Monday. A date without a year is its latest occurrence that has begun.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo


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
_FESTIVALS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "双十一": ((10, 20), (11, 12)),
    "双11": ((10, 20), (11, 12)),
    "双十二": ((12, 5), (12, 13)),
    "双12": ((12, 5), (12, 13)),
    "六一八": ((5, 25), (6, 20)),
    "618": ((5, 25), (6, 20)),
    "国庆": ((10, 1), (10, 7)),
    "五一": ((5, 1), (5, 5)),
    "元旦": ((1, 1), (1, 3)),
    "三八节": ((3, 1), (3, 8)),
    "女神节": ((3, 1), (3, 8)),
}
_DAYS = {
    "大前天": -3,
    "前天": -2,
    "前日": -2,
    "昨天": -1,
    "昨日": -1,
    "昨儿": -1,
    "昨": -1,
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "今": 0,
    "大后天": 3,
    "后天": 2,
    "明天": 1,
    "明日": 1,
}
# Hours of the day; the end may lie in the next day.
_PARTS = {
    "凌晨": (0, 6),
    "早上": (5, 11),
    "早": (5, 11),
    "上午": (5, 13),
    "中午": (11, 15),
    "下午": (12, 19),
    "傍晚": (16, 20),
    "晚上": (17, 27),
    "晚": (17, 27),
    "半夜": (21, 30),
}
_VAGUE_DAYS = {"前几天": (-8, 0), "前两天": (-4, 0), "这几天": (-4, 1), "这两天": (-3, 1)}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_WEEKDAYS |= {str(number): number - 1 for number in range(1, 7)}
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_DIGITS |= {"七": 7, "八": 8, "九": 9}

_N = r"(?:\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_WEEK = r"(?:周|星期|礼拜)"
_JUST_NOW = timedelta(hours=2)


@dataclass(frozen=True)
class _Clock:
    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def moment(self, day: date, hour: int = 0) -> datetime:
        local = datetime.combine(day, time(), self.zone) + timedelta(hours=hour)
        return local.astimezone(timezone.utc)

    def days(self, first: date, last: date) -> tuple[datetime, datetime]:
        """Both days inclusive."""
        return self.moment(first), self.moment(last + timedelta(days=1))


_Span = tuple[datetime, datetime]
_Reader = Callable[[re.Match[str], _Clock], "_Span | None"]


def find(text: str, *, now: datetime, zone: tzinfo) -> tuple[Interval, ...]:
    """Every expression of time in `text`, in order; overlapping readings: the longest wins.

    Args:
        text: what somebody wrote.
        now: the moment it was written, with a zone.
        zone: whose midnight begins a day (the shop's).
    """
    clock = _Clock(now=now, zone=zone)
    plain = unicodedata.normalize("NFKC", text)
    readings = sorted(_readings(plain, clock), key=lambda r: (r.position, -len(r.words)))
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
    """A number below 100 in digits or in Chinese (十八, 二十, 两, 18).

    Raises:
        ValueError: the words are no such number.
    """
    if words.isascii() and words.isdigit():
        return int(words)
    try:
        if "十" in words:
            tens, ones = words.split("十")
            return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
        return _DIGITS[words]
    except (KeyError, ValueError) as error:
        raise ValueError(f"{words!r} is not a number below 100") from error


def _readings(text: str, clock: _Clock) -> Iterator[Interval]:
    for pattern, read in _RULES:
        for match in pattern.finditer(text):
            try:
                span = read(match, clock)
            except (ValueError, OverflowError):  # 2月30号, 999个月前
                continue
            if span is not None:
                yield Interval(span[0], span[1], match[0], match.start())


def _just_now(match: re.Match[str], clock: _Clock) -> _Span:
    now = clock.now.astimezone(timezone.utc)
    return now - _JUST_NOW, now + timedelta(minutes=1)


def _day(match: re.Match[str], clock: _Clock) -> _Span:
    return _part_of(clock.day(_DAYS[match["day"]]), match["part"], clock)


def _part_of(day: date, part: str | None, clock: _Clock) -> _Span:
    if not part:
        return clock.days(day, day)
    first, last = _PARTS[part]
    return clock.moment(day, first), clock.moment(day, last)


def _vague_days(match: re.Match[str], clock: _Clock) -> _Span:
    first, last = _VAGUE_DAYS[match[0]]
    return clock.moment(clock.day(first)), clock.moment(clock.day(last))


def _recently(match: re.Match[str], clock: _Clock) -> _Span:
    return clock.days(clock.day(-14), clock.today)


def _week(match: re.Match[str], clock: _Clock) -> _Span:
    weeks = {"上上": -2, "上": -1, "这": 0, "本": 0, "这个": 0, "上个": -1, "上上个": -2}
    monday = clock.day(-clock.today.weekday() + 7 * weeks[match["which"]])
    if not match["day"]:
        return clock.days(monday, monday + timedelta(days=6))
    if match["day"] == "末":
        return clock.days(monday + timedelta(days=5), monday + timedelta(days=6))
    return _part_of(monday + timedelta(days=_WEEKDAYS[match["day"]]), match["part"], clock)


def _weekday(match: re.Match[str], clock: _Clock) -> _Span:
    """Without 上 or 这: the latest such day, today included."""
    back = (clock.today.weekday() - _WEEKDAYS[match["day"]]) % 7
    return _part_of(clock.day(-back), match["part"], clock)


def _weekend(match: re.Match[str], clock: _Clock) -> _Span:
    saturday = clock.day(-((clock.today.weekday() - 5) % 7))
    return clock.days(saturday, saturday + timedelta(days=1))


def _ago(match: re.Match[str], clock: _Clock) -> _Span | None:
    """N 天前 is that day, from four days on one more on each side; people round."""
    half = match["n"] == "半"
    count = 1 if half else number(match["n"])
    unit = match["unit"]
    if unit in ("分钟", "小时", "个小时", "个钟头"):
        minutes = (30 if half else 60 * count) if unit != "分钟" else count
        then = clock.now.astimezone(timezone.utc) - timedelta(minutes=minutes)
        slack = timedelta(minutes=max(10, minutes // 4))
        return then - slack, then + slack
    if unit == "天":
        slack_days, day = (0 if count < 4 else 1), clock.day(0 if half else -count)
    elif unit in ("周", "个星期", "星期", "个礼拜", "礼拜"):
        slack_days, day = 3, clock.day(-7 * count)
    elif half:
        slack_days, day = 4, clock.day(-15)
    else:
        first = _months_back(clock.today.replace(day=1), count)
        return clock.days(first, _last_of_month(first))
    slack = timedelta(days=slack_days)
    return clock.days(day - slack, min(day + slack, clock.today))


def _month(match: re.Match[str], clock: _Clock) -> _Span:
    back = {"上上": 2, "上": 1, "这": 0, "本": 0}[match["which"]]
    return _part_of_month(_months_back(clock.today.replace(day=1), back), match["part"], clock)


def _part_of_month(first: date, part: str | None, clock: _Clock) -> _Span:
    last = _last_of_month(first)
    if part == "初":
        return clock.days(first, first.replace(day=10))
    if part == "中":
        return clock.days(first.replace(day=9), first.replace(day=22))
    if part in ("底", "末"):
        return clock.days(first.replace(day=20), last)
    return clock.days(first, last)


def _named_month(match: re.Match[str], clock: _Clock) -> _Span:
    month = number(match["month"])
    year = _year(match["year"], clock) or _latest_year(month, 1, clock)
    return _part_of_month(date(year, month, 1), match["part"], clock)


def _date(match: re.Match[str], clock: _Clock) -> _Span:
    month, day = number(match["month"]), number(match["day"])
    year = _year(match["year"], clock) or _latest_year(month, day, clock)
    return _part_of(date(year, month, day), match["part"], clock)


def _numeric_date(match: re.Match[str], clock: _Clock) -> _Span:
    month, day = int(match["month"]), int(match["day"] or match["short"])
    year = int(match["year"]) if match["year"] else _latest_year(month, day, clock)
    return clock.days(date(year, month, day), date(year, month, day))


def _day_of_month(match: re.Match[str], clock: _Clock) -> _Span:
    wanted = number(match["day"])
    if not 1 <= wanted <= 31:
        raise ValueError(wanted)
    day = clock.today
    while day.day != wanted:
        day -= timedelta(days=1)
    return _part_of(day, match["part"], clock)


def _festival(match: re.Match[str], clock: _Clock) -> _Span:
    first, last = _FESTIVALS[match["name"]]
    year = _year(match["year"], clock) or _latest_year(*first, clock)
    return clock.days(date(year, *first), date(year, *last))


def _whole_year(match: re.Match[str], clock: _Clock) -> _Span:
    year = _year(match["year"], clock) or clock.today.year
    return clock.days(date(year, 1, 1), date(year, 12, 31))


def _year(words: str | None, clock: _Clock) -> int | None:
    if not words:
        return None
    named = {"前年": -2, "去年": -1, "今年": 0}
    if words in named:
        return clock.today.year + named[words]
    return int(words.rstrip("年"))


def _latest_year(month: int, day: int, clock: _Clock) -> int:
    """The year of the latest such date that has begun (29 February: of a leap year)."""
    if not 1 <= month <= 12:
        raise ValueError(f"{month} is no month")
    for year in range(clock.today.year, clock.today.year - 9, -1):
        exists = 1 <= day <= calendar.monthrange(year, month)[1]
        if exists and date(year, month, day) <= clock.today:
            return year
    raise ValueError(f"{month}-{day} is no date")


def _months_back(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _last_of_month(first: date) -> date:
    return _months_back(first, -1) - timedelta(days=1)


def _rule(pattern: str, read: _Reader) -> tuple[re.Pattern[str], _Reader]:
    return re.compile(pattern), read


_YEAR = r"(?P<year>(?:19|20)\d{2}年|前年|去年|今年)"
_MAY_DAY = "(?<![十周期拜])五一(?![直般个件定共斤块])"  # not in 周五一直, 十五一斤
_NAMES = "|".join([*(name for name in _FESTIVALS if name != "五一"), _MAY_DAY])
_RULES: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    _rule(r"刚才|刚刚|刚(?=[买拍下付收签])", _just_now),
    _rule(
        rf"(?P<day>大前天|(?<![目之以提])前天|前日|昨天|昨日|昨儿|今天|今日|今儿|大后天|后天|明天|明日)"
        rf"(?:的)?(?P<part>{_PART})?",
        _day,
    ),
    _rule(r"(?P<day>[昨今])(?P<part>早上|早|晚上|晚)", _day),
    _rule("|".join(_VAGUE_DAYS), _vague_days),
    _rule(r"最近|近期", _recently),
    _rule(
        rf"(?P<which>上上个|上个|这个|上上|上|这|本){_WEEK}"
        rf"(?P<day>[一二三四五六日天末1-6](?![个件单]))?(?P<part>{_PART})?",
        _week,
    ),
    _rule(rf"(?<![每下]){_WEEK}(?P<day>[一二三四五六日天1-6])(?P<part>{_PART})?", _weekday),
    _rule(r"周末", _weekend),
    _rule(
        rf"(?P<n>{_N}|半)(?P<unit>分钟|个小时|小时|个钟头|天|个星期|星期|个礼拜|礼拜|周|个月)"
        r"(?:之前|以前|前)",
        _ago,
    ),
    _rule(r"(?P<which>上上|上|这|本)个?月(?P<part>[初中底末])?", _month),
    _rule(
        rf"{_YEAR}?的?(?<!\d)(?P<month>{_N})月(?!{_N}[号日])份?(?P<part>[初中底末])?", _named_month
    ),
    _rule(
        rf"{_YEAR}?的?(?<!\d)(?P<month>{_N})月(?P<day>{_N})[号日]?(?!\d)(?P<part>{_PART})?", _date
    ),
    _rule(
        r"(?<![\d.-])(?P<year>(?:19|20)\d{2})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)"
        r"(?P<day>\d{1,2})(?P<short>)(?![\d.-])",
        _numeric_date,
    ),
    _rule(
        # 6.18 and 6/18; with a point only two digits of a day, since 1.5匹 is no date
        r"(?<![\d./-])(?P<year>)(?P<month>1[0-2]|0?[1-9])"
        r"(?:[./](?P<day>[12]\d|3[01])|/(?P<short>0?[1-9]))"
        r"(?![\d./%-])(?![元块折寸码斤万千克米升匹毫kKgGmM])",
        _numeric_date,
    ),
    _rule(
        rf"(?<![月\d第十百])(?P<day>{_N})[号日](?![线楼店码色])(?P<part>{_PART})?", _day_of_month
    ),
    _rule(rf"{_YEAR}?的?(?<![\d.])(?P<name>{_NAMES})(?![\d.元块])", _festival),
    _rule(_YEAR, _whole_year),
)
