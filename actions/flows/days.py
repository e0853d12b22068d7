"""Days to come, as shoppers name them: 后天, 周六, 下周三, 11月21号. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

_NEAR = {"今": 0, "明": 1, "后": 2, "大后": 3}
_WEEKDAYS = "一二三四五六日"
_NUMBERS = "零一二三四五六七八九十"
_NEAR_DAY = re.compile(r"(大后|今|明|后)(?:天|日|晚|早)")
_WEEKDAY = re.compile(
    r"(?P<next>下+(?:个)?)?(?:这个?|本)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末1-7])"
)
_DATE = re.compile(
    r"(?:(?P<month>\d{1,2}|[一二三四五六七八九十]{1,3})[月/.-])?(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})[号日]"
    r"|(?P<m>\d{1,2})[月/](?P<d>\d{1,2})"
)


def day_to_come(text: str, today: date) -> date | None:
    """The first day that the text names, today or later; None when it names none."""
    if near := _NEAR_DAY.search(text):
        return today + timedelta(days=_NEAR[near[1]])
    if weekday := _WEEKDAY.search(text):
        return _of_week(weekday, today)
    if named := _DATE.search(text):
        return _dated(named["month"] or named["m"], named["day"] or named["d"], today)
    return None


def _of_week(match: re.Match[str], today: date) -> date:
    """周六 is the next one to come; 下周六 that of the week after this one."""
    written = match["day"].replace("天", "日").replace("末", "六")
    day = int(written) - 1 if written.isdigit() else _WEEKDAYS.index(written)
    if match["next"]:
        weeks = match["next"].count("下")
        return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks, days=day)
    return today + timedelta(days=(day - today.weekday()) % 7)


def _dated(month: str | None, day: str, today: date) -> date | None:
    """That day of that month, or of the next month that has not passed it."""
    number, of_month = _number(day), _number(month) if month else today.month
    for year in (today.year, today.year + 1):
        for later in range(1 if month else 12):
            at = (of_month - 1 + later) % 12 + 1
            try:
                found = date(year + (at < of_month), at, number)
            except ValueError:
                continue
            if found >= today:
                return found
    return None


def _number(words: str) -> int:
    if words.isdigit():
        return int(words)
    if "十" in words:
        tens, _, ones = words.partition("十")
        return 10 * (_NUMBERS.index(tens) if tens else 1) + (_NUMBERS.index(ones) if ones else 0)
    return _NUMBERS.index(words[0])
