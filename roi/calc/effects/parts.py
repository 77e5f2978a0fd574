"""What the designs take and give."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from statistics import fmean, variance
from typing import Any

from scipy import stats

LEVEL = 0.95
OUTER = (1 + LEVEL) / 2


class NotEnough(ValueError):
    """Fewer data than the design needs; the message is a sentence that says how many there are and are needed."""


@dataclass(frozen=True)
class Point:
    """A mean of `n` items on a day (or of the week or month that begins on it), in one place, with or without AI."""

    day: date
    value: float
    n: float = 1.0
    treated: bool = True
    place: str = ""


@dataclass(frozen=True)
class Sums:
    """n values by their sum and the sum of their squares."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def variance(self) -> float:
        """Of single values, n - 1 in the denominator."""
        return max(self.squares - self.total * self.total / self.n, 0.0) / (self.n - 1)


@dataclass(frozen=True)
class Effect:
    """With the workload less without it, and its 95 % interval; `n` points or items. `details` explain and draw it."""

    effect: float
    low: float
    high: float
    n: int
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_told_from_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def centred(effect: float, error: float, freedom: float, n: int, **details: Any) -> Effect:
    """Student's t interval around an effect with its standard error."""
    half = float(stats.t.ppf(OUTER, freedom)) * error
    return Effect(effect, effect - half, effect + half, n, details | {"freedom": round(freedom, 1)})


def welch(ones: Sequence[float], others: Sequence[float]) -> tuple[float, float, float]:
    """Difference of the means (first less second), its standard error and Welch's degrees of freedom."""
    return welch_of((fmean(ones), variance(ones), len(ones)), (fmean(others), variance(others), len(others)))


def welch_of(one: tuple[float, float, int], other: tuple[float, float, int]) -> tuple[float, float, float]:
    """The same from (mean, variance, n) of each side."""
    a, b = one[1] / one[2], other[1] / other[2]
    spread = a * a / (one[2] - 1) + b * b / (other[2] - 1)
    freedom = (a + b) ** 2 / spread if spread else float(min(one[2], other[2]) - 1)
    return one[0] - other[0], sqrt(a + b), freedom


def mean_of(points: Iterable[Point]) -> tuple[float, float]:
    """Mean weighted by items, and the items."""
    total = weight = 0.0
    for point in points:
        total += point.value * point.n
        weight += point.n
    return (total / weight, weight) if weight else (0.0, 0.0)
