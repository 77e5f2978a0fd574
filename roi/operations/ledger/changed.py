"""Which workloads the ledger has to look at: where something moved, and all of them when a day begins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from aiops.models import Company
from roi.calc.closing import local_day
from roi.models import ActualCost, Claim, TimeBaseline, ValueTerms, ValueToDate
from workloads.models import (
    Bill,
    BilledModel,
    BillRule,
    Finding,
    FixedCost,
    OutcomeDay,
    SelfReport,
    UsageHour,
)

# A writer may store what it dated a while ago: what moved shortly before the last look is looked at again.
OVERLAP = timedelta(minutes=10)
# Calls come all the time; their cost is looked at so often.
CALLS_EVERY = timedelta(minutes=15)
OWN: tuple[tuple[Any, str], ...] = (
    (OutcomeDay, "changed_at"),
    (SelfReport, "at"),
    (Claim, "filed_at"),
    (Claim, "signed_at"),
    (ActualCost, "at"),
    (TimeBaseline, "at"),
    (ValueTerms, "at"),
    (FixedCost, "at"),
    (Finding, "at"),
)
OF_ALL = (Bill, BillRule, BilledModel)


def changed_workloads(ids: Sequence[int], at: datetime) -> list[int]:
    """Those of `ids` that were never looked at, not yet today, or in which something moved since."""
    seen = dict(ValueToDate.objects.filter(workload__in=ids).values_list("workload_id", "refreshed_at"))
    tomorrow = local_day(at, Company.load().time_zone) + timedelta(days=1)
    current = ValueToDate.objects.filter(through__gte=tomorrow, refreshed_at__lte=at)
    today = set(current.values_list("workload_id", flat=True))
    due = {pk for pk in ids if pk not in seen or pk not in today}
    if len(due) == len(ids):
        return sorted(due)
    looked = {pk: when - OVERLAP for pk, when in seen.items() if pk not in due}
    if _of_all_changed(min(looked.values())):
        return list(ids)
    return sorted(due | _moved(looked) | _called(seen, looked, at))


def _of_all_changed(since: datetime) -> bool:
    """A bill or a rule of bills moves any workload's month."""
    return any(model._default_manager.filter(at__gte=since).exists() for model in OF_ALL)


def _moved(looked: dict[int, datetime]) -> set[int]:
    found, since = set(), min(looked.values())
    for model, column in OWN:
        changes = last_change(model._default_manager.all(), column, since)
        found |= {pk for pk, when in changes.items() if pk in looked and when >= looked[pk]}
    return found


def _called(seen: dict[int, datetime], looked: dict[int, datetime], at: datetime) -> set[int]:
    """Calls of an hour that had not ended at the last look, where that is long enough ago."""
    waiting = {pk: seen[pk] for pk in looked if at - seen[pk] >= CALLS_EVERY}
    if not waiting:
        return set()
    since = min(waiting.values()) - timedelta(hours=1)
    rows = UsageHour.objects.filter(workload__in=waiting, hour__gte=since).order_by().values_list("workload")
    return {pk for pk, hour in rows.annotate(last=Max("hour")) if hour >= waiting[pk] - timedelta(hours=1)}


def last_change(rows: QuerySet[Any], column: str, since: datetime) -> dict[int, datetime]:
    """{workload id: the latest change} of rows that changed at `since` or later."""
    recent = rows.filter(**{f"{column}__gte": since}).order_by().values_list("workload")
    return dict(recent.annotate(last=Max(column)))
