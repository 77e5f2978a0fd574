"""What a budget's period will have cost at its end: seasonal days ahead, with a range and the day money runs out.

The days behind are weighed so that half of the weight lies in the last two weeks. Each is freed of the rhythm of the
week and of the month's last days (shares of the usual day, drawn towards 1 while few such days were seen); what is
left has a level, a spread and a memory from one day to the next. The range of the days ahead holds the spread of
those days, the error of the level, and Student's t for how few independent days there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

Array = npt.NDArray[np.float64]
INSIDE = 0.8
FEWEST_DAYS = 7
MOST_DAYS = 91
HALF_LIFE = 14.0
LAST_DAYS = 3
SHRINK_WEEKDAY = 0.5
SHRINK_MONTH_END = 2.0
MOST_MEMORY = 0.9
DAY = timedelta(days=1)


@dataclass(frozen=True)
class PeriodForecast:
    """The whole period's cost, eight times in ten within low and high, in the unit of the days given."""

    low: Decimal
    likely: Decimal
    high: Decimal
    days_seen: int
    path: tuple["DayAhead", ...]

    def runs_out(self, amount: Decimal) -> "RunsOut":
        """The first day on which the sum so far passes `amount`: likely, at the earliest, at the latest."""
        return RunsOut(*(_first(self.path, side, amount) for side in ("likely", "high", "low")))


@dataclass(frozen=True)
class DayAhead:
    """The period's cost up to the end of a day."""

    day: date
    low: Decimal
    likely: Decimal
    high: Decimal


@dataclass(frozen=True)
class RunsOut:
    """None: not within the period."""

    likely: date | None
    earliest: date | None
    latest: date | None


def _first(path: Sequence[DayAhead], side: str, amount: Decimal) -> date | None:
    return next((ahead.day for ahead in path if getattr(ahead, side) > amount), None)


def forecast(
    daily: Mapping[date, Decimal], *, start: date, end: date, today: date, today_so_far: Decimal = Decimal(0)
) -> PeriodForecast | None:
    """The cost of [start, end), from full days before `today`; a day that is missing after the first cost nothing.

    None with fewer than FEWEST_DAYS full days since the first: not enough to know a rhythm. Once the period is over
    all three are what it cost. The range never falls below what is spent.
    """
    spent = sum((cost for day, cost in daily.items() if start <= day < min(today, end)), Decimal(0))
    if today >= end:
        return PeriodForecast(spent, spent, spent, (end - start).days, ())
    days = _days(daily, today)
    if len(days) < FEWEST_DAYS:
        return None
    ahead = [max(today, start) + DAY * n for n in range((end - max(today, start)).days)]
    path = _path(days, [float(daily.get(day, 0)) for day in days], ahead, spent, today_so_far)
    last = path[-1]
    return PeriodForecast(last.low, last.likely, last.high, len(days), path)


def _days(daily: Mapping[date, Decimal], today: date) -> list[date]:
    known = [day for day, cost in daily.items() if day < today and cost]
    if not known:
        return []
    first = max(min(known), today - DAY * MOST_DAYS)
    return [first + DAY * n for n in range((today - first).days)]


def _path(
    days: list[date], costs: list[float], ahead: list[date], spent: Decimal, today_so_far: Decimal
) -> tuple[DayAhead, ...]:
    x = np.array(costs)
    weights = 0.5 ** (np.arange(len(x))[::-1] / HALF_LIFE)
    shares = _Shares(days, x)
    factors = shares.of(days)
    # A ratio of sums: drawn shares then bend the shape of the week and never its sum.
    level = float((weights * x).sum() / (weights * factors).sum())
    rest = x / factors - level
    memory = _memory(rest)
    # Each remembered day tells less than one of its own: the usual correction of first-order memory.
    inflation = (1 + memory) / (1 - memory)
    independent = float(weights.sum() ** 2 / (weights**2).sum()) / inflation
    variance = float(np.average(rest**2, weights=weights)) * _small_sample(independent)
    factors = shares.of(ahead)
    sums, squares = np.cumsum(factors), np.cumsum(factors**2)
    spread = np.sqrt(variance * (squares * inflation + sums**2 / independent))
    reach = float(student.ppf(0.5 + INSIDE / 2, max(independent - 1, 1.0))) * spread
    floor, middle = spent + today_so_far, level * sums
    return tuple(
        _ahead(day, spent, floor, middle[i] - reach[i], middle[i], middle[i] + reach[i])
        for i, day in enumerate(ahead)
    )


def _ahead(day: date, spent: Decimal, floor: Decimal, low: float, likely: float, high: float) -> DayAhead:
    return DayAhead(day, *(max(spent + _exact(side), floor) for side in (low, likely, high)))


def _exact(value: float) -> Decimal:
    return Decimal(repr(round(float(value), 6)))


def _small_sample(independent: float) -> float:
    return independent / max(independent - 1, 0.5)


def _memory(rest: Array) -> float:
    """Lag-one autocorrelation with Kendall's correction of its bias in short series, from 0 to MOST_MEMORY."""
    total = float((rest**2).sum())
    if total <= 0:
        return 0.0
    raw = float((rest[1:] * rest[:-1]).sum()) / total
    n = len(rest)
    # Seven shares of the week are fitted too: what they took is given back as if the series were shorter.
    return min(max(raw + (1 + 3 * max(raw, 0.0)) / n, 0.0), MOST_MEMORY)


class _Shares:
    """How much of a usual day each weekday and the month's last days cost."""

    def __init__(self, days: Sequence[date], costs: Array) -> None:
        ends = np.array([is_month_end(day) for day in days])
        plain = [day for day, end in zip(days, ends, strict=True) if not end]
        self.week = dict.fromkeys(range(7), 1.0)
        if len(days) >= 2 * FEWEST_DAYS:
            self.week = _week(plain, costs[~ends])
        self.month_end = self._end(days, costs, ends)

    def of(self, days: Sequence[date]) -> Array:
        ends = [self.month_end if is_month_end(day) else 1.0 for day in days]
        return np.array([self.week[day.weekday()] * end for day, end in zip(days, ends, strict=True)])

    def _end(self, days: Sequence[date], costs: Array, ends: npt.NDArray[np.bool_]) -> float:
        flat = costs / np.array([self.week[day.weekday()] for day in days])
        usual = float(flat[~ends].mean()) if (~ends).any() else 0.0
        # One month end is an anecdote: two are the least that make a rhythm.
        if ends.sum() < 2 * LAST_DAYS or usual <= 0:
            return 1.0
        return _drawn(float(flat[ends].mean()) / usual, int(ends.sum()), SHRINK_MONTH_END)


def _week(days: Sequence[date], costs: Array) -> dict[int, float]:
    usual = float(costs.mean())
    if usual <= 0:
        return dict.fromkeys(range(7), 1.0)
    weekdays = np.array([day.weekday() for day in days])
    groups = {d: costs[weekdays == d] for d in range(7)}
    return {d: _drawn(float(group.mean()) / usual, len(group), SHRINK_WEEKDAY) for d, group in groups.items()}


def _drawn(share: float, seen: int, shrink: float) -> float:
    """A share drawn towards 1 as if `shrink` usual days had been seen too; never so near 0 that it divides badly."""
    return max((share * seen + shrink) / (seen + shrink), 0.02)


def is_month_end(day: date) -> bool:
    """One of the last three days of its month."""
    return (day + DAY * LAST_DAYS).month != day.month
