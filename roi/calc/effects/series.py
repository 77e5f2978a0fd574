"""Interrupted time series (Bernal et al. 2017): level and slope before and after, with a control where there is one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median
from typing import Any

import numpy as np

from roi.calc.effects.parts import Effect, NotEnough, Point, centred, mean_of
from roi.calc.effects.regression import Array, Contrast, contrast

# Points on either side: two weeks of days, so that each weekday comes twice; eight weeks or months.
FEWEST = {"day": 14, "week": 8, "month": 8}


def interrupted(points: Sequence[Point], cut: date) -> Effect:
    """The mean difference, from the cut on, to what the trend before it had led to.

    With points that are not `treated`, of the difference to them: what moved both is not counted, and is told in
    `details["control_moved"]`. Raises NotEnough.
    """
    mine, control = (_by_day(p for p in points if p.treated is side) for side in (True, False))
    own = _fitted(mine, cut)
    if not control:
        return own
    if _sides(control, cut) < _fewest(control):
        raise NotEnough(f"The control has {_counts(control, cut)}. {_needs(control)}")
    both = {day: _less(mine[day], control[day]) for day in mine if day in control}
    made, moved = _fitted(both, cut), _fitted(control, cut)
    told: dict[str, Any] = {
        "control_moved": moved.effect,
        "control_low": moved.low,
        "control_high": moved.high,
    }
    told |= {"alone": own.effect, "control": [[d.isoformat(), round(v, 6)] for d, (v, _) in control.items()]}
    return Effect(
        made.effect, made.low, made.high, made.n, made.details | told | {"drawn": own.details["drawn"]}
    )


Days = dict[date, tuple[float, float]]


def _by_day(points: Iterable[Point]) -> Days:
    days: dict[date, list[Point]] = defaultdict(list)
    for point in points:
        if point.n > 0:
            days[point.day].append(point)
    return {day: mean_of(days[day]) for day in sorted(days)}


def _less(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return one[0] - other[0], 1 / (1 / one[1] + 1 / other[1])


def period_of(days: Sequence[date]) -> str:
    """ "day", "week" or "month", by the usual distance of two points."""
    gaps = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
    usual = median(gaps) if gaps else 1
    return "day" if usual <= 4 else "week" if usual <= 10 else "month"


def _fewest(days: Days) -> int:
    return FEWEST[period_of(list(days))]


def _sides(days: Days, cut: date) -> int:
    before = sum(1 for day in days if day < cut)
    return min(before, len(days) - before)


def _counts(days: Days, cut: date) -> str:
    before, period = sum(1 for day in days if day < cut), period_of(list(days))
    return f"{before} {period}s before and {len(days) - before} after"


def _needs(days: Days) -> str:
    return f"At least {_fewest(days)} on either side are needed to tell a change from chance."


def _fitted(days: Days, cut: date) -> Effect:
    if _sides(days, cut) < _fewest(days):
        raise NotEnough(f"There are {_counts(days, cut)}. {_needs(days)}")
    period = period_of(list(days))
    x, weekdays = _design(list(days), cut, period)
    y = np.array([value for value, _ in days.values()])
    found = contrast(x, y, np.array([n for _, n in days.values()]), _average(x))
    return centred(
        found.value, found.error, found.freedom, len(days), **_told(days, x, found, period, weekdays)
    )


def _design(days: list[date], cut: date, period: str) -> tuple[Array, bool]:
    """Columns: one, time, after, time since the cut, then weekdays; time in periods."""
    step = {"day": 1.0, "week": 7.0, "month": 30.4375}[period]
    time = np.array([(day - days[0]).days / step for day in days])
    after = np.array([float(day >= cut) for day in days])
    since = np.array([max((day - cut).days, 0) / step for day in days])
    columns = [np.ones(len(days)), time, after, since]
    weekly = _weekdays(days) if period == "day" else []
    return np.column_stack(columns + weekly), bool(weekly)


def _weekdays(days: list[date]) -> list[Array]:
    """Each weekday against the first, so that they sum to nothing over a week."""
    known = sorted({day.weekday() for day in days})
    first = known[0]
    return [
        np.array([float(day.weekday() == one) - float(day.weekday() == first) for day in days])
        for one in known[1:]
    ]


def _average(x: Array) -> Array:
    """Level plus slope times the mean time since the cut: the mean effect over the points after it."""
    wanted, after = np.zeros(x.shape[1]), x[:, 2] > 0
    wanted[2], wanted[3] = 1.0, float(x[after, 3].mean())
    return wanted


def _told(days: Days, x: Array, found: Contrast, period: str, weekdays: bool) -> dict[str, Any]:
    without = x.copy()
    without[:, 2:4] = 0.0
    b = found.coefficients
    lines = zip(days.items(), x @ b, without @ b, strict=True)
    drawn = [
        [d.isoformat(), round(v, 6), round(float(f), 6), round(float(w), 6)] for (d, (v, _)), f, w in lines
    ]
    return {
        "period": period, "weekdays": weekdays, "level": float(b[2]), "slope": float(b[3]),
        "trend_before": float(b[1]), "resemblance": found.resemblance, "standard_error": found.error,
        "newey_west_error": found.newey_west_error, "drawn": drawn,
    }  # fmt: skip
