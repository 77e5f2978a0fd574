"""The calendar of closing: on which day a month is closed, and which months are due.

A month is closed on a working day (Monday to Friday; public holidays are not known) of the month after it, in the
company's time zone.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5


def local_day(at: datetime, zone: str) -> date:
    """The company's day at a moment."""
    return at.astimezone(ZoneInfo(zone)).date()


def close_day(month: date, working_day: int) -> date:
    """The n-th working day of the month after `month`."""
    day = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    left = working_day - (day.weekday() < SATURDAY)
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def latest_due(day: date, working_day: int) -> date:
    """The first day of the latest month that is to be closed by `day`."""
    month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    if close_day(month, working_day) <= day:
        return month
    return (month - timedelta(days=1)).replace(day=1)
