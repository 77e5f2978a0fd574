"""What a workload used and cost, from its hourly sums; single calls for their pages and for drift."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Sum, Value, When
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

    One dict a group: `by` names columns of the roll-up, "day" and "month" (their first moments, UTC); measures keep
    their names.
    Whole days by what the daily sums know are read from those: a month of a portfolio is a few thousand rows.
    """
    daily = {*by} <= DAILY_KEYS and {*of} <= DAILY_SUMS and _is_midnight(start) and _is_midnight(end)
    rows: QuerySet[Any] = _days(start, end) if daily else _hours_by(start, end, by)
    if workloads is not None:
        rows = rows.filter(workload__in=workloads)
    if "month" in by:
        rows = rows.annotate(month=TruncMonth("day"))
    sums = {f"{name}_sum": Sum(name) for name in of}
    found = rows.order_by().values(*by).annotate(**sums)
    return [{name.removesuffix("_sum"): _moment(value) for name, value in row.items()} for row in found]


def _moment(value: Any) -> Any:
    """A day or month as its first moment."""
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else value


DAILY_KEYS = frozenset({"day", "month", "workload", "provider", "model", "cost_centre"})
DAILY_SUMS = frozenset(
    {"calls", "errors", "cost_usd", "upper_bound_cost_usd", "unpriced_calls", "upper_bound_calls"}
)


def _is_midnight(moment: datetime) -> bool:
    return moment.astimezone(UTC).time() == time()


def _days(start: datetime, end: datetime) -> QuerySet[Any]:
    first, last = (moment.astimezone(UTC).date() for moment in (start, end))
    return UsageDay.objects.filter(day__gte=first, day__lt=last)


def _hours_by(start: datetime, end: datetime, by: Sequence[str]) -> QuerySet[Any]:
    hours = UsageHour.objects.filter(hour__gte=start, hour__lt=end)
    return hours.annotate(day=TruncDate("hour", tzinfo=UTC)) if {"day", "month"} & {*by} else hours


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
