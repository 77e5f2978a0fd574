"""Costs by the month, spread over the days on which they hold."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DAY = timedelta(days=1)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Fixed:
    """So many at so much a month each, on the days of [valid_from, valid_to); company currency."""

    quantity: Decimal
    amount: Decimal
    valid_from: date
    valid_to: date | None = None

    @property
    def month(self) -> Decimal:
        return self.quantity * self.amount


def fixed_between(costs: Iterable[Fixed], start: date, end: date) -> Decimal:
    """The cost of [start, end): of each month the share of its days that lie in both, whole months exactly."""
    return sum((_between(cost, start, end) for cost in costs), ZERO)


def _between(cost: Fixed, start: date, end: date) -> Decimal:
    first, last = max(start, cost.valid_from), min(end, cost.valid_to or end)
    total = ZERO
    while first < last:
        days = monthrange(first.year, first.month)[1]
        turn = min(first.replace(day=1) + DAY * days, last)
        total += cost.month * (turn - first).days / days
        first = turn
    return total


def fixed_by_day(costs: Iterable[Fixed], start: date, end: date) -> dict[date, Decimal]:
    """The cost of each day of [start, end); days without one are left out."""
    held = list(costs)
    days = (start + DAY * n for n in range((end - start).days))
    found = {day: fixed_between(held, day, day + DAY) for day in days}
    return {day: cost for day, cost in found.items() if cost}
