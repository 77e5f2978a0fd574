"""What a finished workload says of its estimate, and how a short history borrows from a longer one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

DAYS_A_MONTH = 365.25 / 12
YEAR = 12
# Own history counts for half of a figure at this many finished cases.
K = 10.0
# The median of fewer cases of other people would tell of one of them.
LEAST_OF_OTHERS = 3


@dataclass(frozen=True)
class Circle:
    """Finished cases of others, narrower circles left out: "your unit", n of them, and their median ratio."""

    whose: str
    n: int
    median: float


@dataclass(frozen=True)
class Part:
    """What one source says and how much of the borrowed figure it makes (a share; all of them add up to one)."""

    whose: str
    n: int
    figure: float
    weight: float


def borrowed(
    own: Sequence[float], circles: Sequence[Circle], prior: float, k: float = K, quantile: float = 0.5
) -> tuple[float, list[Part]]:
    """(figure, parts): each circle counts n/(n + k) and leaves the rest to the next wider, the last to `prior`.

    `circles` from the narrowest to the widest. Of the own ratios their `quantile` is taken, of the others the median.
    """
    found, left = [], 1.0
    if len(own):
        middle = float(np.quantile(np.asarray(own, dtype=np.float64), quantile))
        circles = [Circle("", len(own), middle), *circles]
    for circle in circles:
        weight = left * circle.n / (circle.n + k)
        found.append(Part(circle.whose, circle.n, circle.median, weight))
        left -= weight
    return sum(part.figure * part.weight for part in found) + left * prior, found


def months_apart(start: date, end: date) -> float:
    """Months of 30.44 days from one day to another."""
    return (end - start).days / DAYS_A_MONTH


def first_year(go_live: date) -> list[date]:
    """The twelve whole months from go-live on, as their first days."""
    first = go_live.year * YEAR + go_live.month - 1 + (go_live.day > 1)
    return [date((first + n) // YEAR, (first + n) % YEAR + 1, 1) for n in range(YEAR)]


def ramped(yearly: float, months_live: int, ramp_months: int) -> float:
    """A month of a yearly figure, on the way to full use: linear, the month of go-live is the first step."""
    return yearly / YEAR * min(1.0, (months_live + 1) / max(ramp_months, 1))
