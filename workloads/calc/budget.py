"""Month-end cost from the days so far: a projection with a range, in words of the budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

Z80 = 1.2816
FEWEST_DAYS = 3


@dataclass(frozen=True)
class Projection:
    """Month-end cost as a range (eight times in ten), in the unit of the inputs."""

    low: Decimal
    likely: Decimal
    high: Decimal


def project(daily: Sequence[Decimal], days_left: int) -> Projection | None:
    """Spent so far plus the mean day for each day left; None under three full days.

    The range takes days as independent and equally spread: the rhythm of the week widens it, since weekends
    count as spread. `daily` holds full days of this month, zeros included.
    """
    n = len(daily)
    if n < FEWEST_DAYS:
        return None
    total = sum(daily, Decimal(0))
    mean = float(total) / n
    variance = sum((float(d) - mean) ** 2 for d in daily) / (n - 1)
    # The error of the mean over the days left, and the spread of those days themselves.
    spread = Z80 * sqrt(variance * (days_left**2 / n + days_left))
    rest = mean * days_left
    low, likely, high = (Decimal(repr(round(x, 6))) for x in (max(rest - spread, 0.0), rest, rest + spread))
    return Projection(total + low, total + likely, total + high)
