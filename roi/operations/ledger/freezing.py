"""Months are closed on the working day that finance set: frozen, and never written again."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Value, When

from aiops import audit
from aiops.models import Company, User
from roi.calc.closing import latest_due, local_day
from roi.models import Correction, ValueMonth
from roi.operations.ledger.to_date import write_to_date
from roi.operations.ledger.writing import batches, lock, refresh, running
from roi.operations.statements import make_statements
from roi.queries.currencies import Currencies

Dated = Callable[[date], datetime]


def close_months(*, at: datetime, dated: Dated | None = None) -> int:
    """Bring every ledger up to date, look for late bills, close what is due; gives how many rows were closed.

    Run again it finds nothing to do. Statements are asked for each time, so that one that failed is made later.

    `dated` gives the moment at which a month was closed: of a past that is simulated. Else it is `at`.
    """
    moment: Dated = dated or (lambda month: at)
    company = Company.load()
    due = latest_due(local_day(at, company.time_zone), company.close_working_day)
    closed: dict[date, int] = defaultdict(int)
    for some in batches(list(running().values_list("pk", flat=True))):
        for month, count in close(some, due, at, moment).items():
            closed[month] += count
    for month in sorted(closed):
        changes: dict[str, Any] = {"month": month, "workloads": closed[month]}
        system, when = User.objects.system(), moment(month)
        audit.record(by=system, at=when, action="ledger.closed", obj=company, changes=changes)
    for month in sorted({*closed, due}):
        make_statements(month=month, at=moment(month))
    return sum(closed.values())


@transaction.atomic
def close(ids: Sequence[int], due: date, at: datetime, moment: Dated) -> dict[date, int]:
    """Freeze every month up to `due` of some workloads, with the corrections that are booked in it."""
    lock(ids)
    refresh(ids, at=at, deep=True)
    rows = ValueMonth.objects.filter(workload__in=ids, month__lte=due, closed_at=None)
    found = list(rows.values_list("pk", "workload_id", "month"))
    if not found:
        return {}
    frozen = _moments({month for _, _, month in found}, at, moment)
    Correction.objects.filter(workload__in=ids, month__lte=due, closed_at=None).update(closed_at=frozen)
    ValueMonth.objects.filter(pk__in=[pk for pk, _, _ in found]).update(closed_at=frozen)
    write_to_date({workload for _, workload, _ in found}, at, Currencies.load(Company.load()))
    counts: dict[date, int] = defaultdict(int)
    for _, _, month in found:
        counts[month] += 1
    return dict(counts)


def _moments(months: set[date], at: datetime, moment: Dated) -> Any:
    """Each month with its moment, in one statement: what is frozen cannot be dated later."""
    dated = [When(month=month, then=Value(when)) for month in sorted(months) if (when := moment(month)) != at]
    return Case(*dated, default=Value(at)) if dated else at
