"""Difference in differences: how the group with AI changed, less how the group without changed in the same days.

With three places or more on each side a place is one case: its change from before to after is one number, and the
groups' changes are compared by Welch's t (Donald, Lang 2007; Bertrand, Duflo, Mullainathan 2004). With fewer, the
series of daily differences is judged as a series, neighbours resembling each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from scipy import stats

from roi.calc.effects.parts import Effect, NotEnough, Point, centred, mean_of, welch
from roi.calc.effects.regression import contrast

FEWEST_PLACES, FEWEST_PERIODS = 3, 8


def differences(points: Sequence[Point], cut: date) -> Effect:
    """Change of the treated less change of the others at the cut. Raises NotEnough."""
    cells = _cells(points, cut)
    mine, others = (_changes((p for p in points if p.treated is side), cut) for side in (True, False))
    gap = _gaps(points)
    if min(len(mine), len(others)) >= FEWEST_PLACES:
        value, error, freedom = welch(mine, others)
        made = centred(value, error, freedom, len(points), by="places", places=[len(mine), len(others)])
    else:
        made = _by_series(gap, cut)
    told = cells | _before(gap, cut) | {"drawn": _drawn(points)}
    return Effect(made.effect, made.low, made.high, len(points), made.details | told)


def _cells(points: Sequence[Point], cut: date) -> dict[str, Any]:
    """Means of both groups, before and after."""
    found = {}
    for side, name in ((True, "treated"), (False, "control")):
        before, after = (
            mean_of(p for p in points if p.treated is side and (p.day >= cut) is late)
            for late in (False, True)
        )
        if not before[1] or not after[1]:
            group = "the group with AI" if side else "the group without"
            raise NotEnough(
                f"There are no figures of {group} {'before' if not before[1] else 'after'} the day."
            )
        found[name] = [before[0], after[0]]
    return found | {"control_moved": found["control"][1] - found["control"][0]}


def _changes(points: Iterable[Point], cut: date) -> list[float]:
    """Each place's change at the cut, where it has figures on both sides."""
    places: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        places[point.place].append(point)
    made = []
    for rows in places.values():
        before, after = (mean_of(p for p in rows if (p.day >= cut) is late) for late in (False, True))
        if before[1] and after[1]:
            made.append(after[0] - before[0])
    return made


def _gaps(points: Sequence[Point]) -> list[tuple[date, float, float]]:
    """(day, treated less control, weight) where both have figures."""
    days: dict[date, dict[bool, list[Point]]] = defaultdict(lambda: {True: [], False: []})
    for point in points:
        days[point.day][point.treated].append(point)
    found = []
    for day in sorted(days):
        mine, other = mean_of(days[day][True]), mean_of(days[day][False])
        if mine[1] and other[1]:
            found.append((day, mine[0] - other[0], 1 / (1 / mine[1] + 1 / other[1])))
    return found


def _by_series(gaps: list[tuple[date, float, float]], cut: date) -> Effect:
    before = sum(1 for day, *_ in gaps if day < cut)
    if min(before, len(gaps) - before) < FEWEST_PERIODS:
        raise NotEnough(
            f"Both groups have figures at {before} times before and {len(gaps) - before} after: at least "
            f"{FEWEST_PERIODS} on either side are needed, or {FEWEST_PLACES} places in each group."
        )
    after = np.array([float(day >= cut) for day, *_ in gaps])
    x = np.column_stack([np.ones(len(gaps)), after])
    y, weights = np.array([g[1] for g in gaps]), np.array([g[2] for g in gaps])
    found = contrast(x, y, weights, np.array([0.0, 1.0]))
    told = {"by": "series", "resemblance": found.resemblance, "newey_west_error": found.newey_west_error}
    return centred(found.value, found.error, found.freedom, len(gaps), **told)


def _before(gaps: list[tuple[date, float, float]], cut: date) -> dict[str, Any]:
    """Whether the groups moved apart already before: slope of their gap a period, and its p; None with too few."""
    early = [g for g in gaps if g[0] < cut]
    if len(early) < FEWEST_PERIODS:
        return {"apart_before": None}
    x = np.column_stack([np.ones(len(early)), np.arange(len(early), dtype=float)])
    y, weights = np.array([g[1] for g in early]), np.array([g[2] for g in early])
    found = contrast(x, y, weights, np.array([0.0, 1.0]))
    p = float(2 * stats.t.sf(abs(found.value) / found.error, found.freedom)) if found.error else 1.0
    return {"apart_before": found.value, "apart_p": p}


def _drawn(points: Sequence[Point]) -> list[list[Any]]:
    """Day, mean with AI, mean without."""
    days = sorted({p.day for p in points})
    rows = []
    for day in days:
        sides = [mean_of(p for p in points if p.day == day and p.treated is side) for side in (True, False)]
        rows.append([day.isoformat(), *(round(mean, 6) if n else None for mean, n in sides)])
    return rows
