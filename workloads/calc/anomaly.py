"""Days that cost unlike their weekday, and cost that creeps up week by week: no threshold for anybody to set.

A day: the logarithm of its cost against the median level of the last two weeks and the median share of its weekday over
eight, measured in the robust spread of such differences (median absolute deviation; Rousseeuw, Croux 1993). It is
unlike when the difference passes DEVIATIONS spreads. Of days that differ by chance alone, about one in 500 is called
so when chance is bell-shaped, one in 100 when it has the heavy tails of Student's t with 5 degrees (both measured).
Chronic burn: at least eight whole weeks of which Kendall's rank test says at one in a hundred that they rise by chance,
and which rose by a fifth or more along the Theil-Sen line (the median of all slopes; Sen 1968): no single day or week
can make it, and no single day needs to stand out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import exp, log, sqrt
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import kendalltau, theilslopes

Array = npt.NDArray[np.float64]
DAY = timedelta(days=1)
WEEKS = 8
FEWEST_DAYS = 28
LEVEL_DAYS = 14
DEVIATIONS = 5.0
LEAST_SPREAD = 0.05
NOTHING = 0.01
BURN_WEEKS = (8, 13)
BURN_CHANCE = 0.01
BURN_RISE = 0.2
MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Unlike:
    """A day whose cost is unlike its weekday's; `usual` is what such a day costs, in the unit of the days given."""

    day: date
    cost: Decimal
    usual: Decimal
    deviations: float

    @property
    def is_high(self) -> bool:
        return self.cost > self.usual


@dataclass(frozen=True)
class Episode:
    """Days in a row that are unlike in one direction: one story."""

    days: tuple[Unlike, ...]

    @property
    def start(self) -> date:
        return self.days[0].day

    @property
    def end(self) -> date:
        return self.days[-1].day

    @property
    def is_high(self) -> bool:
        return self.days[0].is_high

    @property
    def extra(self) -> Decimal:
        return sum((day.cost - day.usual for day in self.days), Decimal(0))


@dataclass(frozen=True)
class Burn:
    """A slow rise over whole weeks: from the line's cost a week at its beginning to that at its end."""

    weeks: int
    start: date
    end: date
    first: Decimal
    last: Decimal
    chance: float

    @property
    def rise(self) -> float:
        return float(self.last / self.first) - 1


def unlike_days(daily: Mapping[date, Decimal], first: date, until: date) -> list[Unlike]:
    """The days of [first, until) that stand out against the eight weeks before each; none before FEWEST_DAYS.

    A day that is missing after the first known one cost nothing.
    """
    known = [day for day, cost in daily.items() if cost]
    if not known:
        return []
    begins = min(known)
    count = (until - begins).days
    exact = [daily.get(begins + DAY * n, Decimal(0)) for n in range(count)]
    costs = np.array([float(cost) for cost in exact])
    judged = range(max((first - begins).days, FEWEST_DAYS), count)
    made = (_judged(begins + DAY * n, exact[n], costs[: n + 1]) for n in judged)
    return [day for day in made if day is not None]


def _judged(day: date, cost: Decimal, costs: Array) -> Unlike | None:
    """`costs`: of each day up to this one, which is the last."""
    whole = min((len(costs) - 1) // 7, WEEKS) * 7
    before = costs[-1 - whole : -1]
    paid = before[before > 0].tolist()
    if not paid:
        return None
    # Days of nothing have no logarithm: they count as a hundredth of the median day.
    floor = NOTHING * median(paid)
    weeks = np.log(np.maximum(before, floor)).reshape(-1, 7)
    # Each week against its own median first, so that a level that moved bends no weekday. The first is the day's own.
    rhythm = np.median(weeks - np.median(weeks, axis=1, keepdims=True), axis=0)
    flat = (weeks - rhythm).ravel()
    usual = median(flat[-LEVEL_DAYS:].tolist()) + float(rhythm[0])
    deviations = (log(max(float(costs[-1]), floor)) - usual) / _spread(flat.tolist())
    if abs(deviations) <= DEVIATIONS:
        return None
    return Unlike(day, cost, _cents(exp(usual)), deviations)


def _spread(flat: list[float]) -> float:
    """From differences of days two weeks apart at most, so that a level that moved does not hide what comes next."""
    windows = [flat[i : i + LEVEL_DAYS] for i in range(0, len(flat), LEVEL_DAYS)]
    rest = [abs(value - level) for window in windows for level in (median(window),) for value in window]
    # Seven weekdays and each window's level were fitted to these same days.
    fitted = sqrt(len(rest) / max(len(rest) - 7 - len(windows), 1))
    return max(MAD_TO_SD * fitted * median(rest), LEAST_SPREAD)


def _cents(value: float) -> Decimal:
    return Decimal(repr(round(value, 6)))


def episodes(days: Sequence[Unlike]) -> list[Episode]:
    """Days in a row and in one direction become one story."""
    if not days:
        return []
    groups = [[days[0]]]
    for before, day in pairwise(days):
        if day.day - before.day == DAY and day.is_high == before.is_high:
            groups[-1].append(day)
        else:
            groups.append([day])
    return [Episode(tuple(group)) for group in groups]


def burn(daily: Mapping[date, Decimal], today: date) -> Burn | None:
    """A slow rise over the last 8 to 13 whole weeks before `today`; None when there is none or too little is known."""
    known = [day for day, cost in daily.items() if cost and day < today]
    if not known:
        return None
    weeks = min((today - min(known)).days // 7, BURN_WEEKS[1])
    start = today - DAY * 7 * weeks
    sums = [sum(daily.get(start + DAY * (7 * w + d), Decimal(0)) for d in range(7)) for w in range(weeks)]
    if weeks < BURN_WEEKS[0] or not all(sums):
        return None
    return _rising([float(week) for week in sums], start, today)


def _rising(weeks: Sequence[float], start: date, today: date) -> Burn | None:
    order, logs = np.arange(len(weeks)), np.log(np.array(weeks))
    test: Any = kendalltau(order, logs, alternative="greater")
    line: Any = theilslopes(logs, order)
    first, last = (exp(line.intercept + line.slope * order[i]) for i in (0, -1))
    if not test.pvalue < BURN_CHANCE or last / first - 1 < BURN_RISE:
        return None
    return Burn(len(weeks), start, today - DAY, _cents(first), _cents(last), float(test.pvalue))
