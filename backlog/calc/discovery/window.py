"""Which part of a log may be counted: a log that begins or ends somewhere is never read as growth or decline."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from backlog.calc.discovery.cases import Case

DAY = timedelta(days=1)
# A month whose first or last days hold no ticket is still whole: weekends and holidays.
GRACE = 3
# Days at the end are judged in blocks of a week, so that one quiet Sunday decides nothing.
BLOCK = 7


# With so many whole months, one at an edge with fewer than half of a usual month's tickets is taken for cut off.
EDGES_FROM, EDGE_SHARE = 4, 0.5


@dataclass(frozen=True)
class Window:
    """Days of opening that the log holds in full, both included, and its whole calendar months."""

    start: date
    end: date
    first_opened: date
    last_opened: date
    begins_cut: bool
    ends_cut: bool

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def months(self) -> list[date]:
        """The first days of months that lie wholly inside."""
        found, month = [], self.start.replace(day=1)
        if self.start.day > GRACE:
            month = following(month)
        while following(month) - DAY <= self.end + (GRACE - 1) * DAY:
            found.append(month)
            month = following(month)
        return found

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end


def following(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=28) + 4 * DAY).replace(day=1)


def month_days(month: date) -> int:
    return (following(month) - month).days


def find(cases: Sequence[Case], first_seen: date | None, last_seen: date | None) -> Window | None:
    """The window of openings; None without dates. `first_seen` and `last_seen` are the log's own ends (changes).

    The start is the first day of which the log holds changes: what was opened earlier is seen in part only. The end
    is the last opening, less the days whose tickets are still mostly open, or, in a log of closed tickets only, less
    the days in which nine of ten tickets close: tickets of these days that took longer are not in it yet. Months at
    an edge with fewer than half the tickets of a usual month go as well.
    """
    opened = sorted(case.opened.date() for case in cases if case.opened)
    if not opened:
        return None
    start = _start(opened, cases, first_seen)
    end = max(start, _end(cases, opened[-1], last_seen))
    start, end = _without_thin_edges(opened, _window(start, end, opened))
    return _window(start, end, opened)


def _window(start: date, end: date, opened: Sequence[date]) -> Window:
    return Window(start, end, opened[0], opened[-1], opened[0] < start, end < opened[-1])


def _without_thin_edges(opened: Sequence[date], found: Window) -> tuple[date, date]:
    """A log that thins out at an end was cut by something that it does not tell: not a rise, not a decline."""
    months, counts = found.months, Counter(day.replace(day=1) for day in opened if found.holds(day))
    if len(months) < EDGES_FROM:
        return found.start, found.end
    least = EDGE_SHARE * float(np.median([counts[month] for month in months]))
    full = [month for month in months if counts[month] >= least]
    start = found.start if full[0] == months[0] else full[0]
    end = found.end if full[-1] == months[-1] else following(full[-1]) - DAY
    return start, end


def _start(opened: Sequence[date], cases: Sequence[Case], first_seen: date | None) -> date:
    """In a list without changes the first resolution takes their place, if openings before it are sparse."""
    if first_seen is not None:
        return max(opened[0], first_seen)
    ends = [case.resolved.date() for case in cases if case.resolved]
    first = max(opened[0], min(ends, default=opened[0]))
    before = sum(1 for day in opened if day < first)
    rate_before = before / max(1, (first - opened[0]).days)
    rate_after = (len(opened) - before) / ((opened[-1] - first).days + 1)
    return first if rate_before < 0.5 * rate_after else opened[0]


def _end(cases: Sequence[Case], last_opened: date, last_seen: date | None) -> date:
    if any(case.is_open for case in cases):
        return _before_mostly_open(cases, last_opened)
    waits = [case.waiting_hours for case in cases if case.waiting_hours is not None]
    if not waits:
        return last_opened
    ends = [case.resolved.date() for case in cases if case.resolved]
    log_end = max(ends) if last_seen is None else max(last_seen, max(ends))
    return min(last_opened, log_end - timedelta(hours=float(np.quantile(waits, 0.9))))


def _before_mostly_open(cases: Sequence[Case], last: date) -> date:
    opened: Counter[int] = Counter()
    still: Counter[int] = Counter()
    for case in cases:
        if case.opened:
            block = (last - case.opened.date()).days // BLOCK
            opened[block] += 1
            still[block] += case.is_open
    block = 0
    while opened[block] and still[block] > 0.5 * opened[block]:
        block += 1
    return last - block * BLOCK * DAY
