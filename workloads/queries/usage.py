"""What a workload used and cost, from its hourly sums; single calls for their pages and for drift."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncDate, TruncDay, TruncMonth

from aiops.models import User
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

    @property
    def latency_ms_mean(self) -> float | None:
        return self.latency_ms_sum / self.calls if self.calls else None


@dataclass(frozen=True)
class UsageRow:
    """The sums of one day or one model."""

    key: Any
    totals: UsageTotals


def usage(workload: Workload, start: datetime, end: datetime) -> UsageTotals:
    """Sums over whole hours in [start, end)."""
    hours = _hours(workload, start, end)
    return _totals(hours.aggregate(**_sums()), unpriced_models(hours))


def usage_by_day(workload: Workload, start: datetime, end: datetime) -> list[tuple[date, UsageTotals]]:
    """One pair for each day (UTC) that had calls, in order."""
    hours = _hours(workload, start, end).annotate(day=TruncDay("hour"))
    return [(day.date(), totals) for day, totals in _summed_by(hours, "day")]


def usage_by_model(workload: Workload, start: datetime, end: datetime) -> list[UsageRow]:
    """One row for each model, the dearest first."""
    rows = [UsageRow(*pair) for pair in _summed_by(_hours(workload, start, end), "model")]
    return sorted(rows, key=lambda row: -row.totals.cost_usd)


def usage_sums(
    start: datetime, end: datetime, *by: str, of: Sequence[str] = SUMS, workloads: Iterable[int] | None = None
) -> list[dict[str, Any]]:
    """Sums of the measures `of` over whole hours in [start, end) of all workloads, or of those with these ids.

    One dict a group: `by` names one or more columns of the roll-up, "day" and "month" (their first moments, UTC);
    measures keep their names. Settled days by what their sums know are read from UsageDay, so that months of a
    portfolio are a few thousand rows; the rest is read from hours.
    """
    ids: Any = Workload.objects.values("pk") if workloads is None else list(workloads)
    hours = UsageHour.objects.filter(workload__in=ids, hour__lt=end)
    daily = {*by} <= DAILY_KEYS and {*of} <= DAILY_SUMS and start.astimezone(UTC).time() == time()
    hours = hours.filter(hour__gte=_settled_until(start, end) if daily else start)
    if {"day", "month"} & {*by}:
        hours = hours.annotate(day=TruncDate("hour", tzinfo=UTC))
    grouped = _grouped(hours, by, of)
    if daily:
        days = UsageDay.objects.filter(workload__in=ids, day__gte=_date(start), day__lt=_date(end))
        grouped = grouped.union(_grouped(days, by, of), all=True)
    return _together(grouped, by, of)


DAILY_KEYS = frozenset({"day", "month", "workload", "provider", "model", "cost_centre"})
DAILY_SUMS = frozenset(
    {"calls", "errors", "cost_usd", "upper_bound_cost_usd", "unpriced_calls", "upper_bound_calls"}
)
EXACT = Context(prec=60)


def _date(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _settled_until(start: datetime, end: datetime) -> RawSQL:
    """Until when the daily sums tell of [start, end), `start` where they do not; in the query that reads the hours."""
    last = "(SELECT (max(day) + 1)::timestamp AT TIME ZONE 'UTC' FROM workloads_usageday)"
    whole = datetime.combine(_date(end), time(), UTC)
    return RawSQL(f"greatest(%s, least(%s, coalesce({last}, %s)))", [start, whole, start])  # noqa: S611


def _grouped(rows: QuerySet[Any], by: Sequence[str], of: Sequence[str]) -> QuerySet[Any]:
    if "month" in by:
        rows = rows.annotate(month=TruncMonth("day"))
    return rows.order_by().values_list(*by).annotate(**{f"{name}_sum": Sum(name) for name in of})


def _together(rows: Iterable[Any], by: Sequence[str], of: Sequence[str]) -> list[dict[str, Any]]:
    """Groups that both tell of, added up with every digit; days and months as their first moments."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in rows:
        key, sums = tuple(row[: len(by)]), tuple(row[len(by) :])
        found[key] = tuple(map(_add, found[key], sums)) if key in found else sums
    return [dict(zip((*by, *of), (*map(_moment, key), *sums), strict=True)) for key, sums in found.items()]


def _add(first: Any, second: Any) -> Any:
    return EXACT.add(first, second) if isinstance(first, Decimal) else first + second


def _moment(value: Any) -> Any:
    """A day or month as its first moment."""
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else value


def unpriced_models(hours: QuerySet[UsageHour]) -> tuple[str, ...]:
    """Models with calls that have no price; a call that names none counts as «no model named»."""
    named = Case(When(model="", then=Value("no model named")), default=F("model"), output_field=CharField())
    rows = hours.filter(unpriced_calls__gt=0).annotate(named=named)
    return tuple(rows.order_by("named").values_list("named", flat=True).distinct())


def _hours(workload: Workload, start: datetime, end: datetime) -> QuerySet[UsageHour]:
    return UsageHour.objects.filter(workload=workload, hour__gte=start, hour__lt=end)


def _summed_by(hours: QuerySet[Any], key: str) -> list[tuple[Any, UsageTotals]]:
    rows: Any = hours.values(key).order_by(key).annotate(**_sums())
    return [(row[key], _totals(row)) for row in rows]


def _sums() -> dict[str, Sum]:
    return {f"{name}_sum": Sum(name) for name in SUMS}


def _totals(row: dict[str, Any], unpriced: Iterable[str] = ()) -> UsageTotals:
    figures: dict[str, Any] = {name: row[f"{name}_sum"] or 0 for name in SUMS}
    figures["cost_usd"] = Decimal(figures["cost_usd"])
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
