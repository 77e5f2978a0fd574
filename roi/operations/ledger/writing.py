"""Open months are computed anew where anything moved; closed ones get corrections; sums to date go with them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.fields.json import KT

from aiops.models import Company
from roi.calc.closing import local_day
from roi.calc.realised import next_month
from roi.models import ValueMonth, ValueToDate
from roi.operations.ledger.changed import changed_workloads
from roi.operations.ledger.correcting import MADE_OF, Made, corrected
from roi.operations.ledger.rows import due_months, row_of, starts, stored
from roi.operations.ledger.to_date import write_to_date
from roi.queries.forecast import approved_of
from roi.queries.month_facts import MonthFacts
from workloads.models import Workload

RUNNING = ("pilot", "live", "retired")
BATCH = 100
LOCK = 7_161  # the first key of the ledger's advisory locks; the second is the workload
BILLS_COME_MONTHS = 13


def refresh_workload(*, workload: Workload, at: datetime, everything: bool = False) -> int:
    """Recompute the open months of one workload; gives how many. Running it again changes nothing.

    `everything` writes them even where nothing moved.
    """
    return refresh([workload.pk], at=at, everything=everything)


def refresh_open_months(*, at: datetime) -> int:
    """Recompute open months of the workloads in which something moved, and of all when a day begins."""
    ids = changed_workloads(list(running().values_list("pk", flat=True)), at)
    return sum(refresh(some, at=at) for some in batches(ids))


def batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def running() -> Any:
    return Workload.objects.filter(stage__in=RUNNING).order_by("pk")


def lock(ids: Iterable[int]) -> None:
    """One writer of a workload's ledger at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, id::int) FROM unnest(%s::bigint[]) AS id ORDER BY id",
            [LOCK, sorted(ids)],
        )


@dataclass
class Known:
    """What the ledger has of some workloads: fingerprints of open months, and what closed ones were made of."""

    prints: dict[tuple[int, date], str] = field(default_factory=dict)
    closed: dict[int, dict[date, Made]] = field(default_factory=lambda: defaultdict(dict))
    first: dict[int, date] = field(default_factory=dict)


def known_of(ids: Sequence[int]) -> Known:
    found = Known()
    rows = ValueMonth.objects.filter(workload__in=ids).order_by("workload_id", "month")
    parts = [F(f"made_of__{name}") for name in MADE_OF]
    for pk, month, closed_at, told, *made in rows.values_list(
        "workload_id", "month", "closed_at", KT("made_of__print"), *parts
    ):
        found.first.setdefault(pk, month)
        if closed_at is None:
            found.prints[pk, month] = told or ""
        else:
            found.closed[pk][month] = tuple(made)
    return found


@transaction.atomic
def refresh(ids: Sequence[int], *, at: datetime, everything: bool = False, deep: bool = False) -> int:
    """How many open months there are.

    `deep` also looks for calls and bills of closed months, and for items and costs before the ledger's first month.
    """
    lock(ids)
    rows = running().filter(pk__in=ids).select_related("unit", "candidate")
    workloads = {row.pk: row for row in rows.prefetch_related("candidate__estimates")}
    known, approved = known_of(list(workloads)), approved_of(workloads.values())
    begun = starts(workloads.values(), approved, {} if deep else known.first)
    if not begun:
        return 0
    company = Company.load()
    tomorrow = local_day(at, company.time_zone) + timedelta(days=1)
    due = {pk: due_months(start, tomorrow, set(known.closed[pk])) for pk, start in begun.items()}
    told = [workloads[pk] for pk in begun]
    facts = MonthFacts(told, approved, min(begun.values()), next_month(tomorrow), at, company)
    facts.read_calls(*_call_months(due, known, tomorrow, deep))
    changed = _written(facts, due, known, at, everything)
    changed |= corrected(facts, due, known.closed, at, deep=deep)
    changed |= {pk for pk in begun if pk not in known.first}
    write_to_date(changed, at, facts.currencies)
    ValueToDate.objects.filter(workload__in=set(begun) - changed).update(refreshed_at=at)
    return sum(map(len, due.values()))


def _call_months(due: dict[int, list[date]], known: Known, tomorrow: date, deep: bool) -> tuple[date, date]:
    """The months whose calls and bills are read: the open ones; when looking deep, those for which a bill may come."""
    months = [month for some in due.values() for month in some]
    if deep:
        oldest = date(tomorrow.year - 1, tomorrow.month, 1)
        months += [month for some in known.closed.values() for month in some if month >= oldest]
    return (min(months), next_month(tomorrow)) if months else (tomorrow, tomorrow)


def _written(
    facts: MonthFacts, due: dict[int, list[date]], known: Known, at: datetime, everything: bool
) -> set[int]:
    rows = []
    for pk, months in due.items():
        for month in months:
            inputs = facts.inputs(pk, month)
            if everything or known.prints.get((pk, month)) != inputs.fingerprint:
                rows.append(row_of(facts, inputs, pk, at))
    stored(rows)
    return {row.workload_id for row in rows}
