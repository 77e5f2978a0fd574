"""What says how much of a month's work was right: users' feedback, evals, and what checks found wrong or leaked."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from evals.models import Run
from roi.calc.realised import first_of
from workloads.calc.months import midnight
from workloads.models import Evaluation, Finding

ZERO = Decimal(0)
# Evals older than this say nothing of a month.
EVALS_HOLD = timedelta(days=92)
PEOPLE = ("user", "end_user", "human", "customer")
Key = tuple[int, date]


def feedback(ids: Sequence[int], first: date, end: date) -> dict[Key, tuple[int, int]]:
    """(good, all) of what users said of answers, by month; a figure of one half or more is good."""
    if not ids:
        return {}
    rows: QuerySet[Any] = Evaluation.objects.filter(
        workload__in=ids, at__gte=midnight(first), at__lt=midnight(end), evaluator__in=PEOPLE
    ).exclude(value=None)
    told = rows.order_by().values_list("workload", TruncMonth("at"))
    counted = told.annotate(n=Count("pk"), good=Count("pk", filter=Q(value__gte=0.5)))
    return {(pk, month.date()): (good, n) for pk, month, n, good in counted}


def eval_runs(ids: Sequence[int], first: date, end: date) -> dict[int, list[tuple[datetime, int, int, int]]]:
    if not ids:
        return {}
    rows = Run.objects.filter(
        suite__workload__in=ids,
        suite__state="approved",
        finished_at__gte=midnight(first) - EVALS_HOLD,
        finished_at__lt=midnight(end),
        total__gt=0,
    )
    found: dict[int, list[tuple[datetime, int, int, int]]] = defaultdict(list)
    names = ("suite__workload_id", "finished_at", "pk", "passed", "total")
    for pk, *run in rows.order_by("finished_at", "pk").values_list(*names):
        found[pk].append((run[0], run[1], run[2], run[3]))
    return found


def _of_checks(ids: Sequence[int], first: date, end: date, about: str) -> QuerySet[Finding]:
    return Finding.objects.filter(
        workload__in=ids, at__gte=midnight(first), at__lt=midnight(end), metric__icontains=about
    ).order_by("at", "pk")


def leaks_found(ids: Sequence[int], first: date, end: date) -> dict[Key, int]:
    """Leaked items that checks found, by month."""
    found: dict[Key, int] = defaultdict(int)
    if not ids:
        return found
    for row in _of_checks(ids, first, end, "leak").exclude(severity="ok"):
        found[row.workload_id, first_of(row.at.date())] += int(row.details.get("leaks", 1))
    return found


def hallucinated(
    ids: Sequence[int], first: date, end: date
) -> dict[int, list[tuple[datetime, int, Decimal]]]:
    """Shares of made-up answers that checks found."""
    found: dict[int, list[tuple[datetime, int, Decimal]]] = defaultdict(list)
    if not ids:
        return found
    for row in _of_checks(ids, first, end, "hallucinat").filter(unit="share", value__isnull=False):
        found[row.workload_id].append((row.at, row.pk, row.value or ZERO))
    return found
