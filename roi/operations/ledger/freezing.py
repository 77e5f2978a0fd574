"""Months are closed on the working day that finance set: frozen, and never written again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from aiops import audit
from aiops.models import Company, User
from roi.calc.closing import latest_due, local_day
from roi.models import Correction, ValueMonth
from roi.operations.ledger.to_date import write_to_date
from roi.operations.ledger.writing import batches, lock, refresh, running
from roi.operations.statements import make_statements
from roi.queries.currencies import Currencies


def close_months(*, at: datetime) -> int:
    """Bring every ledger up to date, look for late bills, close what is due; gives how many rows were closed.

    Run again it finds nothing to do. Statements are asked for each time, so that one that failed is made later.
    """
    company = Company.load()
    due = latest_due(local_day(at, company.time_zone), company.close_working_day)
    closed: dict[date, int] = defaultdict(int)
    for some in batches(list(running().values_list("pk", flat=True))):
        for month, count in close(some, due, at).items():
            closed[month] += count
    for month in sorted(closed):
        changes: dict[str, Any] = {"month": month, "workloads": closed[month]}
        audit.record(by=User.objects.system(), at=at, action="ledger.closed", obj=company, changes=changes)
    for month in sorted({*closed, due}):
        make_statements(month=month, at=at)
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
    write_to_date({workload for _, workload, _ in found}, at, Currencies.load(Company.load()))
    counts: dict[date, int] = defaultdict(int)
    for _, _, month in found:
        counts[month] += 1
    return dict(counts)
