"""The periods of budgets, and where one stands: spent, ahead, which marks are passed, and when the money runs out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from workloads.calc.month_forecast import PeriodForecast, RunsOut
from workloads.calc.months import first_of, later

DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PACE = 0


@dataclass(frozen=True)
class Period:
    """The days of [start, end)."""

    start: date
    end: date

    @property
    def last(self) -> date:
        return self.end - DAY


def period_of(kind: str, day: date, fiscal_start: int = 1) -> Period:
    """The month, quarter or fiscal year of a day; quarters count from the month in which the fiscal year starts."""
    months = MONTHS[kind]
    start = later(first_of(day), -((day.month - fiscal_start) % months))
    return Period(start, later(start, months))


@dataclass(frozen=True)
class Standing:
    """A budget's period so far, in one currency. `ahead` is None while too few days are known to look ahead."""

    amount: Decimal
    spent: Decimal
    ahead: PeriodForecast | None

    @property
    def share(self) -> Decimal:
        """Of the budget that is spent; 1 is all of it."""
        return self.spent / self.amount

    @property
    def percent(self) -> int:
        """The same in whole percent, for a bar."""
        return int(self.share * 100)

    @property
    def left(self) -> Decimal:
        return self.amount - self.spent

    @property
    def is_over(self) -> bool:
        return self.spent > self.amount

    @property
    def heads_over(self) -> bool:
        """Not spent yet, but the likely end of the period is above it."""
        return not self.is_over and self.ahead is not None and self.ahead.likely > self.amount

    @property
    def runs_out(self) -> RunsOut | None:
        if self.is_over or self.ahead is None:
            return None
        found = self.ahead.runs_out(self.amount)
        return found if found.earliest else None

    def marks(self, levels: Sequence[int], on_pace: bool) -> list[int]:
        """The levels (percent) that are passed, and PACE where the period heads over the budget."""
        passed = [level for level in levels if self.spent * 100 >= self.amount * level]
        return sorted(passed) + ([PACE] if on_pace and self.heads_over else [])


def with_known(ahead: PeriodForecast, known_by: Callable[[date], Decimal]) -> PeriodForecast:
    """The same forecast with what is known without any: `known_by(day)` is what the period has cost up to a day's end.

    For fixed costs, which come day by day, and bills that already differ from the calls.
    """
    path = tuple(
        replace(
            day,
            low=day.low + known_by(day.day),
            likely=day.likely + known_by(day.day),
            high=day.high + known_by(day.day),
        )
        for day in ahead.path
    )
    if not path:
        return ahead
    return replace(ahead, low=path[-1].low, likely=path[-1].likely, high=path[-1].high, path=path)
