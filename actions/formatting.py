"""How data is written for people: money, moments, spans of days. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))  # Asia/Shanghai; no daylight saving since 1991

_NEAR = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}
_WEEKDAYS = "一二三四五六日"


def money(fen: int) -> str:
    """¥129 or ¥129.50; fen in, yuan out."""
    yuan, cents = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{yuan}.{cents:02d}" if cents else f"{sign}¥{yuan}"


def day(moment: datetime, now: datetime) -> str:
    """今天, 昨天, 3月5日 or 2025年3月5日, in the shop's time zone."""
    local, today = moment.astimezone(ZONE).date(), now.astimezone(ZONE).date()
    near = _NEAR.get((local - today).days)
    if near:
        return near
    if local.year == today.year:
        return f"{local.month}月{local.day}日"
    return f"{local.year}年{local.month}月{local.day}日"


def day_and_time(moment: datetime, now: datetime) -> str:
    """今天 09:12."""
    return f"{day(moment, now)} {moment.astimezone(ZONE):%H:%M}"


def future_day(moment: datetime, now: datetime) -> str:
    """明天（周三）, 3月8日（周六）."""
    local = moment.astimezone(ZONE)
    return f"{day(moment, now)}（周{_WEEKDAYS[local.weekday()]}）"


def span(earliest: datetime, latest: datetime, now: datetime) -> str:
    """An interval of days: 明天（周三）, or 明天（周三）到后天（周四）."""
    first, last = future_day(earliest, now), future_day(latest, now)
    return first if first == last else f"{first}到{last}"


def hours(count: int) -> str:
    """18 小时; from two days on 3 天."""
    return f"{count} 小时" if count < 48 else f"{count // 24} 天"


def short_number(number: str) -> str:
    """An order number as people quote it: 尾号 4821."""
    return f"尾号 {number[-4:]}"


def clip(text: str, length: int) -> str:
    """At most `length` characters; a cut is shown."""
    return text if len(text) <= length else text[: length - 1] + "…"


def is_past(moment: datetime, now: datetime) -> bool:
    """Whether a promised moment has gone by, with a minute's grace."""
    return moment + timedelta(minutes=1) < now
