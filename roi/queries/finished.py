"""What workloads came to against the estimate that they were approved with: cost and time once live, value in a year.

Cost: what building cost by the actual costs, else as entered on the workload, against the build range. Time: months
from the approval to go-live against the months stated, else against the go-live planned at first. Value: the first
twelve whole months after go-live against the forecast of a first year, once the ledger has closed them, or once the
workload is retired: hours freed, or signed cash where no hours were counted.

A workload that was retired before it went live gave a value of nothing; half a building says nothing of its cost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q, Sum

from aiops.models import AuditEvent, Company
from roi.calc.distributions import Shape, as_percentiles
from roi.calc.learning import first_year, months_apart, ramped
from roi.models import ActualCost, Correction, PastCase, ValueMonth
from roi.queries.currencies import Currencies
from roi.queries.forecast import Approved, approved_of
from workloads.models import Stage, Workload

PLACES = Decimal("0.0001")
VALUE, COST, TIME = PastCase.Quantity.VALUE, PastCase.Quantity.COST, PastCase.Quantity.TIME
Triple = tuple[Decimal, Decimal, Decimal]
Months = Mapping[date, Mapping[str, Any]]


@dataclass(frozen=True)
class Finished:
    """One quantity of one workload whose actual is known; `low` and `high` are P10 and P90 or None."""

    workload: Workload
    quantity: str
    measure: str
    low: Decimal | None
    likely: Decimal
    high: Decimal | None
    actual: Decimal
    finished_on: date


def finished(today: date) -> list[Finished]:
    """Of every workload with an assessed approval; six queries, however many there are."""
    rows = Workload.objects.filter(Q(go_live__isnull=False) | Q(stage=Stage.RETIRED), candidate__isnull=False)
    workloads = list(rows.select_related("candidate__owner", "candidate__unit").order_by("pk"))
    plans, currencies = approved_of(workloads), Currencies.load(Company.load())
    facts = _Facts(_builds(), _first_plans(workloads), _months(workloads), currencies, today)
    found = [made for w in workloads if w.pk in plans for made in _of(w, plans[w.pk], facts)]
    return [case for case in found if case.likely > 0]


@dataclass(frozen=True)
class _Facts:
    builds: Mapping[int, Decimal]
    plans: Mapping[int, date]
    months: Mapping[int, dict[date, dict[str, Any]]]
    currencies: Currencies
    today: date


def _of(workload: Workload, approved: Approved, facts: _Facts) -> Iterable[Finished]:
    made = [_value(workload, approved, facts)]
    if workload.go_live is not None and workload.go_live <= facts.today:
        made += [_cost(workload, approved, facts), _time(workload, approved, facts)]
    return [case for case in made if case is not None]


def _cost(workload: Workload, approved: Approved, facts: _Facts) -> Finished | None:
    a, now = approved.assessment, facts.currencies.now
    actual = facts.builds.get(workload.pk, workload.spent)
    if actual <= 0 or a.build_p10 is None or a.build_p50 is None or a.build_p90 is None:
        return None
    stated = [
        facts.currencies.converted(p, approved.currency, now) for p in (a.build_p10, a.build_p50, a.build_p90)
    ]
    assert workload.go_live is not None
    return _case(workload, COST, now, stated, actual, workload.go_live)


def _time(workload: Workload, approved: Approved, facts: _Facts) -> Finished | None:
    assert workload.go_live is not None
    actual = months_apart(approved.decided_on, workload.go_live)
    stated: Sequence[float | None] | None = _stated_months(approved)
    if stated is None:
        planned = facts.plans.get(workload.pk, workload.planned_go_live)
        stated = None if planned is None else (None, months_apart(approved.decided_on, planned), None)
    if stated is None or actual <= 0:
        return None
    return _case(workload, TIME, "months", stated, actual, workload.go_live)


def _stated_months(approved: Approved) -> list[float] | None:
    for row in approved.assessment.inputs.get("quantities", []):
        if row["quantity"] == "start_months":
            shape = as_percentiles(Shape(row["low"], row["likely"], row["high"], row["meaning"]))
            return [shape.low, shape.likely, shape.high]
    return None


def _value(workload: Workload, approved: Approved, facts: _Facts) -> Finished | None:
    year = first_year(workload.go_live or approved.start)
    counted = _counted(workload, year, facts)
    if counted is None:
        return None
    end = (
        workload.retired_on
        if workload.retired_on and workload.retired_on < _after(year[-1])
        else _after(year[-1])
    )
    hours = [row["hours_freed"] for row in counted]
    late = year[0].replace(day=1) != (workload.go_live or year[0]).replace(day=1)
    if approved.hours is not None and None not in hours:
        return _case(
            workload,
            VALUE,
            "hours",
            _year_of(approved.hours, approved, year, late),
            sum(hours, Decimal(0)),
            end,
        )
    return _cash(workload, approved, counted, year, late, end)


def _cash(
    workload: Workload,
    approved: Approved,
    counted: list[dict[str, Any]],
    year: list[date],
    late: bool,
    end: date,
) -> Finished | None:
    if approved.cash is None or {row["currency"] for row in counted} - {approved.currency}:
        return None
    actual = sum((row["cash_signed"] for row in counted), Decimal(0))
    return _case(
        workload, VALUE, approved.currency, _year_of(approved.cash, approved, year, late), actual, end
    )


def _counted(workload: Workload, year: list[date], facts: _Facts) -> list[dict[str, Any]] | None:
    """Ledger rows of the year, all of them closed; None while one is missing. Nothing comes after retirement."""
    last = workload.retired_on
    due = [month for month in year if last is None or month <= last]
    if workload.go_live is None:
        return [] if last is not None else None
    known = facts.months.get(workload.pk, {})
    rows = [known.get(month) for month in due]
    if any(row is None or row["closed_at"] is None for row in rows):
        return None
    return [row for row in rows if row is not None]


def _year_of(yearly: Triple, approved: Approved, year: list[date], late: bool) -> list[float]:
    """The forecast of the twelve months as use grows, of the share that is still this workload's after splits."""
    parts = [
        ramped(1.0, n + late, approved.ramp_months) * float(approved.share_in(month))
        for n, month in enumerate(year)
    ]
    return [float(point) * sum(parts) for point in yearly]


def _case(
    workload: Workload, quantity: str, measure: str, stated: Sequence[Any], actual: Any, finished_on: date
) -> Finished:
    low, likely, high = (None if point is None else _rounded(point) for point in stated)
    assert likely is not None
    return Finished(workload, quantity, measure, low, likely, high, _rounded(actual), finished_on)


def _rounded(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(PLACES, ROUND_HALF_UP)


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _builds() -> dict[int, Decimal]:
    rows = ActualCost.objects.filter(kind=ActualCost.Kind.BUILD).order_by().values("workload")
    return {row["workload"]: row["total"] for row in rows.annotate(total=Sum("amount"))}


def _first_plans(workloads: list[Workload]) -> dict[int, date]:
    """The go-live that was planned before anybody moved it."""
    ids = [str(workload.pk) for workload in workloads]
    rows = AuditEvent.objects.filter(
        action="workload.planned", object_type="workloads.workload", object_id__in=ids
    )
    first: dict[int, date] = {}
    for key, changes in rows.order_by("at", "pk").values_list("object_id", "changes"):
        if changes.get("from") and int(key) not in first:
            first[int(key)] = date.fromisoformat(changes["from"])
    return first


def _months(workloads: list[Workload]) -> dict[int, dict[date, dict[str, Any]]]:
    """Ledger rows with their later corrections in them, by workload and month."""
    names = ("workload_id", "month", "currency", "closed_at", "hours_freed", "cash_signed")
    found: dict[int, dict[date, dict[str, Any]]] = {}
    for row in ValueMonth.objects.filter(workload__in=workloads).values(*names):
        found.setdefault(row["workload_id"], {})[row["month"]] = row
    fixes = Correction.objects.filter(workload__in=workloads).values(
        "workload_id", "about", "hours_freed", "cash_signed"
    )
    for fix in fixes:
        row = found.get(fix["workload_id"], {}).get(fix["about"])
        if row is not None:
            row["cash_signed"] += fix["cash_signed"]
            row["hours_freed"] = (
                None if row["hours_freed"] is None else row["hours_freed"] + (fix["hours_freed"] or 0)
            )
    return found
