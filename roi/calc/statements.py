"""Sums of a unit's month: intervals that add up, claims spread over days to the cent, and the day it is due.

Money is Decimal, rounded to the cent once; hours are Decimal with one place.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
TENTH = Decimal("0.1")
FRIDAY = 4
LEAST_DAYS = 3
# What rounding alone can leave between a workload's claims and its month: more is said, not hidden.
MOST_ROUNDING = Decimal("0.05")


def due_friday(made: date) -> date:
    """The first Friday that leaves finance three days."""
    day = made + timedelta(days=LEAST_DAYS)
    return day + timedelta(days=(FRIDAY - day.weekday()) % 7)


def share_held(start: date, end: date | None, month: date, through: date) -> Decimal:
    """Part of the month's days in [month, through) on which [start, end) holds: 0 to 1."""
    following = (month + timedelta(days=32)).replace(day=1)
    days = (min(through, following, end or date.max) - max(start, month)).days
    return Decimal(max(days, 0)) / (following - month).days


def spread_to(total: Decimal, parts: Sequence[Decimal]) -> tuple[list[Decimal], Decimal]:
    """The parts in cents, and what they leave of `total`; a rest of rounding goes to the largest of them."""
    rounded = [part.quantize(CENT, ROUND_HALF_UP) for part in parts]
    rest = total - sum(rounded, Decimal(0))
    if rounded and abs(rest) <= MOST_ROUNDING:
        rounded[rounded.index(max(rounded))] += rest
        rest = Decimal(0)
    return rounded, rest


def sum_interval(
    rows: Iterable[tuple[Decimal, Decimal, Decimal]], bounds: bool
) -> tuple[Decimal, Decimal, Decimal] | None:
    """(sum, low, high) of (value, low, high): independent intervals add in squares, bounds add plainly.

    Hours, one place. None without rows.
    """
    known = list(rows)
    if not known:
        return None
    total = sum((value for value, _, _ in known), Decimal(0))
    power = 1 if bounds else 2
    below, above = (
        _width(sides, power) for sides in ([v - lo for v, lo, _ in known], [hi - v for v, _, hi in known])
    )
    return total, (total - below).quantize(TENTH), (total + above).quantize(TENTH)


def _width(sides: list[Decimal], power: int) -> Decimal:
    total = sum((side**power for side in sides), Decimal(0))
    return total if power == 1 else total.sqrt()


def least_of(months: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal] | None:
    """What a claim may rest on: the mean of the low ends of hours, and the newest rate. (low, rate), oldest first.

    The low end of a 90 % interval is exceeded 19 times in 20; the mean of several months keeps one odd month from
    deciding. None without months.
    """
    if not months:
        return None
    mean = sum((max(low, Decimal(0)) for low, _ in months), Decimal(0)) / len(months)
    return mean, months[-1][1]
