"""From a month's inputs to its row, and which rows are due."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from roi.calc.month_value import MonthInputs, figures
from roi.calc.realised import first_of, months_between
from roi.models import ActualCost, ValueMonth
from roi.operations.ledger.gap_parts import parts_of
from roi.queries.forecast import Approved, first_day
from roi.queries.month_facts import MonthFacts
from workloads.models import OutcomeDay, SelfReport, Workload

# Items that finished so long before the known start are a mistake in a date, not a pilot.
PILOT_MONTHS = 12
KEY = ("id", "workload", "month", "closed_at")
COLUMNS = [f.name for f in ValueMonth._meta.concrete_fields if f.name not in ("id", "workload", "month")]


def starts(
    workloads: Iterable[Workload], approved: dict[int, Approved], known: dict[int, date]
) -> dict[int, date]:
    """The first month of each workload that has anything to count: start, plan, first item, first line of cost.

    `known`: where the ledger begins already. Items and costs before that are looked for where it is left out.
    """
    listed = list(workloads)
    unknown = [workload.pk for workload in listed if workload.pk not in known]
    worked, paid = (_first_work(unknown), _first_paid(unknown)) if unknown else ({}, {})
    found = {}
    for workload in listed:
        begun = first_day(workload) or worked.get(workload.pk) or known.get(workload.pk)
        if begun is None:
            continue
        days = [begun, known.get(workload.pk, begun), paid.get(workload.pk, begun)]
        if workload.pk in worked:
            days.append(max(worked[workload.pk], _months_before(begun, PILOT_MONTHS)))
        if (plan := approved.get(workload.pk)) is not None:
            days.append(max(plan.start, plan.decided_on, plan.shares[0][0]))
        found[workload.pk] = first_of(min(days))
    return found


def _first_work(ids: list[int]) -> dict[int, date]:
    rows = OutcomeDay.objects.filter(workload__in=ids, done__gt=0).order_by("workload_id", "day")
    found = dict(rows.distinct("workload_id").values_list("workload_id", "day"))
    told = SelfReport.objects.filter(workload__in=ids).order_by("workload_id", "month")
    for pk, month in told.distinct("workload_id").values_list("workload_id", "month"):
        found[pk] = min(month, found.get(pk, month))
    return found


def _first_paid(ids: list[int]) -> dict[int, date]:
    rows = ActualCost.objects.filter(workload__in=ids).order_by("workload_id", "month")
    return dict(rows.distinct("workload_id").values_list("workload_id", "month"))


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def due_months(start: date, tomorrow: date, closed: set[date]) -> list[date]:
    return [month for month in months_between(start, tomorrow) if month not in closed]


def row_of(facts: MonthFacts, inputs: MonthInputs, pk: int, at: datetime) -> ValueMonth:
    """The row as it is to be stored, with its gap."""
    row = ValueMonth(workload=facts.workloads[pk], month=inputs.month, refreshed_at=at, **figures(inputs))
    row.gap = parts_of(row, facts.approved.get(pk))
    return row


def stored(rows: list[ValueMonth]) -> None:
    """Open rows are replaced; the caller holds the ledger's lock, so that none of them is closed meanwhile."""
    names = [name for name in COLUMNS if name != "closed_at"]
    ValueMonth.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["workload", "month"], update_fields=names, batch_size=500
    )


def totals(columns: Iterable[str], rows: Iterable[Any]) -> dict[str, Decimal]:
    listed = list(rows)
    return {name: sum((getattr(row, name) or Decimal(0) for row in listed), Decimal(0)) for name in columns}
