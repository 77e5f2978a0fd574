"""What a tripwire saw week by week, and whether it fires: breached in so many weeks in a row.

A week with too few items is read together with those before it, at most four weeks in all; where even these are too
few, nothing can be said of it: such a week neither counts nor breaks the row, but the row may not take more than twice
its weeks. Shares 0 to 1, minutes, items a year, money of one currency.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

ZERO = Decimal(0)
WEEK = timedelta(days=7)
A_YEAR = Decimal("52.1775")
POOLED = 4
PLACES = Decimal("0.0001")
# Fewer judged items, items in scope or timed items than this say nothing.
FEWEST = {"accepted_share": 20, "automation_share": 20, "cost_item": 20, "minutes": 5, "review_minutes": 5}


@dataclass(frozen=True)
class Facts:
    """One week of a workload: items, minutes over `minutes_n` of them, items in scope, and what it cost.

    `model_cost` and `fixed_cost` are of the week; `baseline` are minutes before, `build` all that building cost so far;
    None where nobody knows.
    """

    week: date
    done: int = 0
    judged: int = 0
    accepted: int = 0
    minutes_n: int = 0
    minutes_sum: Decimal = ZERO
    scope: Decimal | None = None
    volume_year: Decimal | None = None
    model_cost: Decimal = ZERO
    fixed_cost: Decimal = ZERO
    baseline: Decimal | None = None
    build: Decimal | None = None


@dataclass(frozen=True)
class Reading:
    """A tripwire's quantity in the week from Monday `week`, resting on n items; None where too little is known."""

    week: date
    value: Decimal | None
    n: int = 0
    breached: bool = False


def readings(facts: Sequence[Facts], quantity: str, side: str, level: Decimal) -> list[Reading]:
    """One for each week, the oldest first."""
    return [_reading(facts[max(0, i + 1 - POOLED) : i + 1], quantity, side, level) for i in range(len(facts))]


def _reading(recent: Sequence[Facts], quantity: str, side: str, level: Decimal) -> Reading:
    pooled, fewest = recent[-1], FEWEST.get(quantity, 0)
    value, n = OF[quantity](pooled)
    for before in reversed(recent[:-1]):
        if n >= fewest:
            break
        pooled = _added(pooled, before)
        value, n = OF[quantity](pooled)
    if value is None or n < fewest:
        return Reading(recent[-1].week, None, n)
    value = value.quantize(PLACES)
    return Reading(recent[-1].week, value, n, is_breached(value, side, level))


def _added(week: Facts, before: Facts) -> Facts:
    names = ("done", "judged", "accepted", "minutes_n", "minutes_sum", "model_cost", "fixed_cost")
    sums = {name: getattr(week, name) + getattr(before, name) for name in names}
    scope = None if week.scope is None or before.scope is None else week.scope + before.scope
    return replace(week, scope=scope, **sums)


def is_breached(value: Decimal, side: str, level: Decimal) -> bool:
    return value < level if side == "below" else value > level


Read = tuple[Decimal | None, int]


def _accepted(f: Facts) -> Read:
    return (Decimal(f.accepted) / f.judged if f.judged else None), f.judged


def _automated(f: Facts) -> Read:
    """Of the items in scope; what is done beyond the stated scope shows that the scope was larger."""
    scope = None if f.scope is None else max(f.scope, Decimal(f.done))
    return (Decimal(f.done) / scope if scope else None), int(scope or 0)


def _saved(f: Facts) -> Read:
    if f.baseline is None or not f.minutes_n:
        return None, f.minutes_n
    return f.baseline - f.minutes_sum / f.minutes_n, f.minutes_n


def _handling(f: Facts) -> Read:
    return (f.minutes_sum / f.minutes_n if f.minutes_n else None), f.minutes_n


def _item(f: Facts) -> Read:
    return (f.model_cost / f.done if f.done else None), f.done


OF: Mapping[str, Callable[[Facts], Read]] = {
    "accepted_share": _accepted,
    "automation_share": _automated,
    "volume": lambda f: (f.volume_year, f.done),
    "minutes": _saved,
    "review_minutes": _handling,
    "run_cost": lambda f: ((f.model_cost + f.fixed_cost) * A_YEAR, f.done),
    "cost_item": _item,
    "build_cost": lambda f: (f.build, 0),
}


def fired(known: Sequence[Reading], weeks: int) -> Reading | None:
    """The newest reading where the last `weeks` that say something were all breached; None where it holds."""
    told = [reading for reading in known if reading.value is not None]
    row = told[-weeks:]
    if len(row) < weeks or not all(reading.breached for reading in row):
        return None
    newest, oldest = row[-1], row[0]
    near = newest.week - oldest.week < 2 * weeks * WEEK
    # What was seen long ago and never since is no news of today.
    fresh = not known or known[-1].week - newest.week < 2 * weeks * WEEK
    return newest if near and fresh else None


def weeks_between(first: date, today: date, most: int) -> list[date]:
    """Mondays of the weeks that lie wholly in [first, today), the newest `most` of them."""
    monday = first + timedelta(days=-first.weekday() % 7)
    found = []
    while monday + WEEK <= today:
        found.append(monday)
        monday += WEEK
    return found[-most:]
