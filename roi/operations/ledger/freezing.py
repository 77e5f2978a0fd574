"""Months are closed on the working day that finance set: frozen, and never written again."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from importlib import import_module
from typing import Any

from django.db import transaction

from aiops import audit
from aiops.models import Company, User
from roi.calc.closing import latest_due, local_day
from roi.models import Correction, ValueMonth
from roi.operations.ledger.to_date import write_to_date
from roi.operations.ledger.writing import batches, lock, refresh, running

logger = logging.getLogger(__name__)


def close_months(*, at: datetime) -> int:
    """Bring every ledger up to date, look for late bills, close what is due; gives how many rows were closed.

    Run again it finds nothing to do. The statements of a month are made once none of its rows is open any more.
    """
    company = Company.load()
    due = latest_due(local_day(at, company.time_zone), company.close_working_day)
    closed: dict[date, int] = defaultdict(int)
    for some in batches(list(running().values_list("pk", flat=True))):
        for month, count in close(some, due, at).items():
            closed[month] += count
    for month in sorted(closed):
        _tell(month, closed[month], company, at)
    return sum(closed.values())


@transaction.atomic
def close(ids: Sequence[int], due: date, at: datetime) -> dict[date, int]:
    """Freeze every month up to `due` of some workloads, with the corrections that are booked in it."""
    lock(ids)
    refresh(ids, at=at, deep=True)
    rows = ValueMonth.objects.filter(workload__in=ids, month__lte=due, closed_at=None)
    found = list(rows.values_list("pk", "workload_id", "month"))
    if not found:
        return {}
    Correction.objects.filter(workload__in=ids, month__lte=due, closed_at=None).update(closed_at=at)
    ValueMonth.objects.filter(pk__in=[pk for pk, _, _ in found]).update(closed_at=at)
    write_to_date({workload for _, workload, _ in found}, at)
    counts: dict[date, int] = defaultdict(int)
    for _, _, month in found:
        counts[month] += 1
    return dict(counts)


@transaction.atomic
def _tell(month: date, count: int, company: Company, at: datetime) -> None:
    changes: dict[str, Any] = {"month": month, "workloads": count}
    audit.record(by=User.objects.system(), at=at, action="ledger.closed", obj=company, changes=changes)
    make: Any = _statements()
    if make is not None and not ValueMonth.objects.filter(month=month, closed_at=None).exists():
        make(month=month, at=at)


def _statements() -> Any:
    try:
        return import_module("roi.operations.statements").make_statements
    except (ImportError, AttributeError):
        return None
