"""What workloads used and cost, from their daily and hourly sums; single calls for their pages and for drift."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, TruncDate, TruncMonth

from aiops.models import User
from workloads.calc.months import midnight
from workloads.models.calls import SpanRowQuerySet
from workloads.models.inventory import Workload
from workloads.models.telemetry import Call, IngestKey, UsageHour
from workloads.models.usage_days import UsageDay

SUMS = (
    "calls",
    "errors",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "latency_ms_sum",
    "cost_usd",
    "unpriced_calls",
    "upper_bound_calls",
)


@dataclass(frozen=True)
class UsageTotals:
    """Sums over [start, end). Cost in US dollars, unrounded; what has no price is named, never free."""

    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    latency_ms_sum: int = 0
    cost_usd: Decimal = Decimal(0)
    unpriced_calls: int = 0
    upper_bound_calls: int = 0
    unpriced_models: tuple[str, ...] = field(default=())


def usage(workload: Workload, start: datetime, end: datetime) -> UsageTotals:
    """Sums over whole hours in [start, end)."""
    rows = usage_sums(start, end, "model", workloads=[workload.pk])
    unpriced = {row["model"] or NO_MODEL for row in rows if row["unpriced_calls"]}
    return _totals(rows, sorted(unpriced))


def usage_by_day(workload: Workload, start: datetime, end: datetime) -> list[tuple[date, UsageTotals]]:
    """One pair for each day (UTC) that had calls, in order."""
    rows = usage_sums(start, end, "day", workloads=[workload.pk])
    return sorted((row["day"].date(), _totals([row])) for row in rows)


def usage_sums(
    start: datetime, end: datetime, *by: str, of: Sequence[str] = SUMS, workloads: Iterable[int] | None = None
) -> list[dict[str, Any]]:
    """Sums of the measures `of` over whole hours in [start, end) of all workloads, or of those with these ids.

    One dict a group: `by` names one or more of workload, provider, model, cost_centre, "day" and "month" (their first
    moments, UTC); measures keep their names. Settled days are read from UsageDay, so that months of a portfolio are a
    few thousand rows; days that are not settled, and the pieces of days at both ends, are read from hours.
    """
    hours, days = UsageHour.objects.filter(EACH_WORKLOAD), UsageDay.objects.all()
    if workloads is not None:
        ids = list(workloads)
        if not ids:
            return []
        mine = Q(workload__in=ids)
        hours, days = UsageHour.objects.filter(mine), days.filter(mine)
    if {"day", "month"} & {*by}:
        hours = hours.annotate(day=TruncDate("hour", tzinfo=UTC))
    whole, last = _first_whole(start), _date(end)
    if whole >= last:
        return _together(_grouped(hours.filter(hour__gte=start, hour__lt=end), by, of), by, of)
    days = days.filter(day__gte=whole, day__lt=last)
    parts = [hours.filter(hour__gte=_settled_until(whole, last), hour__lt=end)]
    if start < midnight(whole):
        parts.append(hours.filter(hour__gte=start, hour__lt=midnight(whole)))
    others = (_grouped(part, by, of) for part in parts)
    return _together(_grouped(days, by, of).union(*others, all=True), by, of)


NO_MODEL = "no model named"
# All of them, said so that the open hours are found through the key, workload by workload.
EACH_WORKLOAD: Any = RawSQL(
    "workloads_usagehour.workload_id = ANY(ARRAY(SELECT id FROM workloads_workload))", [], BooleanField()
)
EXACT = Context(prec=60)


def _date(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _first_whole(start: datetime) -> date:
    """The first day of which nothing is before `start`."""
    day = _date(start)
    return day if start <= midnight(day) or day == date.max else day + timedelta(days=1)


def _settled_until(first: date, last: date) -> RawSQL:
    """Until when the daily sums tell of [first, last), `first` where they do not; in the query that reads the hours."""
    settled = "(SELECT (max(day) + 1)::timestamp AT TIME ZONE 'UTC' FROM workloads_usageday)"
    start, end = midnight(first), midnight(last)
    return RawSQL(f"greatest(%s, least(%s, coalesce({settled}, %s)))", [start, end, start])  # noqa: S611


def _grouped(rows: QuerySet[Any], by: Sequence[str], of: Sequence[str]) -> QuerySet[Any]:
    if "month" in by:
        rows = rows.annotate(month=TruncMonth("day"))
    return rows.order_by().values_list(*by).annotate(**{f"{name}_sum": _sum(name) for name in of})


def _sum(name: str) -> Any:
    """Counts come back as whole numbers, which the sum of bigint is not."""
    return Sum(name) if name.endswith("_usd") else Cast(Sum(name), BigIntegerField())


def _together(grouped: QuerySet[Any], by: Sequence[str], of: Sequence[str]) -> list[dict[str, Any]]:
    """Groups that both tell of, added up with every digit; days and months as their first moments.

    Straight from the cursor: the types are right already, and there are thousands of rows on one page.
    """
    with connection.cursor() as cursor:
        cursor.execute(*grouped.query.sql_with_params())
        rows = cursor.fetchall()
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in rows:
        key, sums = row[: len(by)], row[len(by) :]
        found[key] = tuple(map(_add, found[key], sums)) if key in found else sums
    named = [dict(zip((*by, *of), (*key, *sums), strict=True)) for key, sums in found.items()]
    for name in {"day", "month"} & {*by}:
        for one in named:
            one[name] = datetime.combine(one[name], time(), UTC)
    return named


def _add(first: Any, second: Any) -> Any:
    return EXACT.add(first, second) if isinstance(first, Decimal) else first + second


def _totals(rows: Iterable[Mapping[str, Any]], unpriced: Iterable[str] = ()) -> UsageTotals:
    figures: dict[str, Any] = {name: 0 for name in SUMS} | {"cost_usd": Decimal(0)}
    for row in rows:
        figures = {name: _add(figures[name], row[name]) for name in SUMS}
    return UsageTotals(**figures, unpriced_models=tuple(unpriced))


def calls_visible_to(user: User, workload: Workload) -> SpanRowQuerySet:
    """A workload's calls for those who see the workload, the latest first."""
    return Call.objects.visible_to(user).filter(workload=workload).select_related("workload")


def ingest_keys(user: User, workload: Workload) -> QuerySet[IngestKey]:
    return IngestKey.objects.visible_to(user).filter(workload=workload).select_related("created_by")


def call_features(
    workload: Workload, start: datetime, end: datetime, limit: int = 20_000
) -> dict[str, list[float]]:
    """Figures of the latest successful production calls in [start, end), for drift; oldest first."""
    calls = Call.objects.filter(workload=workload, started_at__gte=start, started_at__lt=end, is_error=False)
    production = Q(environment="") | Q(environment__iregex=r"^(prod|production|live)$")
    names = ("input_tokens", "output_tokens", "latency_ms")
    rows = list(
        calls.filter(production).order_by("-started_at", "-trace_id", "-span_id").values_list(*names)[:limit]
    )
    rows.reverse()
    return {name: [float(row[i]) for row in rows] for i, name in enumerate(names)}
