"""Dates as shoppers are told them, and days that end in the shop's time zone. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo


def plain_date(day: date, today: date) -> str:
    """11月25日; with the year when it is another one."""
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def end_of_day(now: datetime, days: int, zone: tzinfo) -> datetime:
    """The last second of the shop's day so many days from now."""
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59, 59), zone)


def yuan(fen: int) -> str:
    """¥169, or ¥169.50."""
    whole, cents = divmod(fen, 100)
    return f"¥{whole}.{cents:02d}" if cents else f"¥{whole}"
