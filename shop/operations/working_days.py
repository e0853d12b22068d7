"""Days on which offices work. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone, tzinfo

_SATURDAY = 5
_CLOSES = time(18, 0)


def after_working_days(now: datetime, days: int, zone: tzinfo) -> datetime:
    """The evening of the `days`-th working day (Monday to Friday) after today, in UTC."""
    day = now.astimezone(zone).date()
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days -= 1
    return datetime.combine(day, _CLOSES, zone).astimezone(timezone.utc)
