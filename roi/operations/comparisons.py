"""Is it real? A comparison is computed once and kept, also where it found nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from roi.calc import effects
from roi.calc.effect_rows import Item
from roi.calc.effects import Effect, NotEnough, Point, Sums
from roi.models import Comparison
from roi.operations.baselines import require_teller
from roi.queries.comparisons import MOST_DAYS, held_out, outcome_points
from workloads.models import Workload

Method = Comparison.Method
QUANTITIES = tuple(effects.UNITS)
MOST_POINTS = 20_000
QUARTER = Decimal("0.0001")


@dataclass(frozen=True)
class Asked:
    """What to compare: by which design, of which quantity, cut on which day, over [first, last] of the outcomes."""

    method: str
    quantity: str
    question: str
    cut: date | None = None
    first: date | None = None
    last: date | None = None
    unit: str = ""
    self_reported: bool = False


def compare_outcomes(*, workload: Workload, asked: Asked, by: User, at: datetime) -> Comparison:
    """From the outcomes that were reported, by day, arm and place. DomainError where they are too few."""
    require_teller(workload, by)
    _require_asked(asked)
    if asked.quantity not in QUANTITIES:
        raise DomainError("quantity", "Outcomes give minutes, acceptance or items.", "quantity")
    last = asked.last or at.date()
    first = asked.first or last - timedelta(days=MOST_DAYS - 1)
    if not first < last or (last - first).days >= MOST_DAYS:
        raise DomainError("days", f"From an earlier to a later day, at most {MOST_DAYS} days.", "first")
    end = last + timedelta(days=1)
    inputs: dict[str, Any] = {"source": "outcomes", "first": first, "last": last}
    if asked.method == Method.HOLDOUT:
        return _store(workload, asked, lambda: _held(workload, asked, first, end), inputs, by, at)
    assert asked.cut is not None
    points = outcome_points(workload, asked.quantity, asked.cut, first, end)
    return _of_points(workload, asked, points, inputs, by, at)


def compare_series(
    *, workload: Workload, asked: Asked, points: Sequence[Point] = (), items: Sequence[Item] = (), by: User,
    at: datetime,
) -> Comparison:  # fmt: skip
    """From figures that somebody sent: points of a series, or items of a holdout."""
    require_teller(workload, by)
    _require_asked(asked)
    if not asked.unit.strip() and asked.quantity not in QUANTITIES:
        raise DomainError("unit", "Say what the figures are, such as «minutes an item».", "unit")
    if max(len(points), len(items)) > MOST_POINTS:
        raise DomainError("too_many", f"At most {MOST_POINTS:,} rows.", "file")
    inputs: dict[str, Any] = {"source": "sent", "rows": max(len(points), len(items))}
    if asked.method == Method.HOLDOUT:
        return _store(workload, asked, lambda: _of_items(items), inputs, by, at)
    return _of_points(workload, asked, points, inputs, by, at)


def _require_asked(asked: Asked) -> None:
    if asked.method not in Method.values:
        raise DomainError("method", f"There is no design «{asked.method}».", "method")
    if not asked.question.strip():
        raise DomainError("question", "Say what is compared, in words.", "question")
    if asked.cut is None and asked.method != Method.HOLDOUT:
        raise DomainError("cut", "Say from which day on the workload was used.", "cut")


def _of_points(
    workload: Workload, asked: Asked, points: Sequence[Point], inputs: dict[str, Any], by: User, at: datetime
) -> Comparison:
    assert asked.cut is not None
    cut = asked.cut
    design = effects.interrupted if asked.method == Method.ITS else effects.differences
    used = [[p.day.isoformat(), round(p.value, 6), p.n, p.treated, p.place] for p in points]
    inputs |= {"cut": cut, "points": used}
    return _store(workload, asked, lambda: design(points, cut), inputs, by, at)


def _held(workload: Workload, asked: Asked, first: date, end: date) -> Effect:
    found = held_out(workload, first, end)
    if asked.quantity == "items":
        raise NotEnough("A holdout compares minutes or acceptance; how many there are, the split decides.")
    if asked.quantity == "accepted":
        mine, others = found.verdicts[True], found.verdicts[False]
        if found.by_place:
            return effects.share_by_place(mine, others)
        sums = [sum(n for n, _ in side) if part == 0 else sum(n for _, n in side)
                for side in (mine, others) for part in (0, 1)]  # fmt: skip
        return effects.share_by_share(*sums)
    sides = found.minutes[True], found.minutes[False]
    return effects.by_place(*sides) if found.by_place else effects.by_share(*(_added(side) for side in sides))


def _added(rows: Sequence[Sums]) -> Sums:
    return Sums(sum(r.n for r in rows), sum(r.total for r in rows), sum(r.squares for r in rows))


def _of_items(items: Sequence[Item]) -> Effect:
    places: dict[tuple[bool, str], list[float]] = {}
    for item in items:
        places.setdefault((item.treated, item.place), []).append(item.value)
    made = {key: Sums(len(v), sum(v), sum(x * x for x in v)) for key, v in places.items()}
    sides = [[sums for (side, _), sums in made.items() if side is wanted] for wanted in (True, False)]
    named = {place for _, place in made}
    if len(named) > 1 and len(named) == len(made):
        return effects.by_place(*sides)
    return effects.by_share(*(_added(side) for side in sides))


def _store(
    workload: Workload, asked: Asked, design: Any, inputs: dict[str, Any], by: User, at: datetime
) -> Comparison:
    try:
        made: Effect = design()
    except NotEnough as error:
        raise DomainError("not_enough", f"Not enough data. {error}", "method") from error
    unit = asked.unit.strip() or effects.UNITS[asked.quantity]
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in inputs.items()}
    told |= {"quantity": asked.quantity, "self_reported": asked.self_reported}
    with transaction.atomic():
        row = Comparison.objects.create(
            workload=workload, method=asked.method, question=asked.question.strip()[:200], unit=unit[:40],
            inputs=told, effect=_rounded(made.effect), low=_rounded(made.low), high=_rounded(made.high), n=made.n,
            sentence=effects.said(made, asked.quantity, unit, asked.self_reported)[:500], details=made.details,
            by=by, at=at,
        )  # fmt: skip
        said = {"workload": str(workload), "method": asked.method, "effect": row.effect, "n": row.n}
        audit.record(by=by, at=at, action="comparison.made", obj=row, unit=workload.unit, changes=said)
    return row


def _rounded(value: float) -> Decimal:
    if abs(value) >= 1e13:
        raise DomainError("too_large", "The figures are too large to compare: use another unit.", "file")
    return Decimal(repr(value)).quantize(QUARTER)
