"""When a recurring meeting takes place: wall-clock time of its time zone, as RFC 5545 reads a weekly rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEK = 7


@dataclass(frozen=True)
class Rhythm:
    """Every so many weeks on the weekday of `first_on`, at a wall-clock time of `zone` (an IANA name)."""

    first_on: date
    start: time
    zone: str
    every_weeks: int = 1

    @property
    def _monday(self) -> date:
        return self.first_on - timedelta(days=self.first_on.weekday())

    def period(self, moment: datetime) -> int:
        """Which of its periods (weeks from Monday, `every_weeks` long) a moment lies in; 0 has the first meeting."""
        day = moment.astimezone(ZoneInfo(self.zone)).date()
        return (day - self._monday).days // (WEEK * self.every_weeks)

    def days_of(self, period: int) -> tuple[date, date]:
        """First and last day of a period."""
        start = self._monday + timedelta(days=period * WEEK * self.every_weeks)
        return start, start + timedelta(days=WEEK * self.every_weeks - 1)

    def start_of(self, period: int) -> datetime:
        """The meeting of a period in UTC.

        A time that the clock skips in spring moves on by the hour that was skipped; one that comes twice in autumn is
        the first of the two (RFC 5545, 3.3.5).
        """
        day = self.first_on + timedelta(days=period * WEEK * self.every_weeks)
        return datetime.combine(day, self.start, ZoneInfo(self.zone)).astimezone(UTC)

    def after(self, moment: datetime) -> Iterator[tuple[int, datetime]]:
        """Periods with a meeting later than a moment, without end."""
        period = max(0, self.period(moment))
        while True:
            start = self.start_of(period)
            if start > moment:
                yield period, start
            period += 1


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
