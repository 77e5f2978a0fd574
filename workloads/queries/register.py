"""What a workload runs with: now, and on any past day."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet, Sum

from workloads.models import Component, ComponentVersion, UsageHour, Workload

# What calls named within so many days still runs.
RECENT = timedelta(days=7)
SHOWN = 300
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Row:
    """One version: since when, last seen when (None: by hand and not ended), and calls of a model in the window."""

    row: ComponentVersion
    providers: tuple[str, ...]
    calls: int | None

    @property
    def component(self) -> Component:
        return self.row.component


@dataclass(frozen=True)
class Group:
    """The rows of one kind, by name and newest version first."""

    kind: str
    label: str
    rows: list[Row]


def versions(workload: Workload) -> QuerySet[ComponentVersion]:
    rows = ComponentVersion.objects.filter(component__workload=workload)
    return rows.select_related("component", "by").order_by("-seen_from", "-pk")


def history(workload: Workload) -> list[ComponentVersion]:
    """All versions, the newest first, as far as a page holds them."""
    return list(versions(workload)[:SHOWN])


def running_now(workload: Workload, at: datetime) -> list[Group]:
    """By hand and not ended, or named by a call in the last seven days."""
    live = Q(by__isnull=False, seen_to=None) | Q(by=None, seen_to__gte=at - RECENT)
    return _grouped(workload, versions(workload).filter(live), at - RECENT, at + HOUR)


def ran_on(workload: Workload, day: date) -> list[Group]:
    """In use on a day (UTC): begun by its end, and not ended or last seen before it.

    Between its first and its last sight a version counts as in use; of models the calls of that day are told beside.
    """
    start = datetime.combine(day, time(), UTC)
    there = Q(seen_from__lt=start + DAY) & (Q(seen_to__gte=start) | Q(seen_to=None, by__isnull=False))
    return _grouped(workload, versions(workload).filter(there), start, start + DAY)


def _grouped(
    workload: Workload, rows: QuerySet[ComponentVersion], start: datetime, end: datetime
) -> list[Group]:
    calls, providers = _calls(workload, start, end)
    by_kind: dict[str, list[Row]] = {kind: [] for kind in Component.Kind.values}
    for row in rows.order_by("component__name", "-seen_from", "-pk"):
        kind, name = row.component.kind, row.component.name
        is_model = kind == Component.Kind.MODEL
        named = tuple(sorted(providers.get(name, ()))) if is_model else ()
        by_kind[kind].append(Row(row, named, calls[name] if is_model else None))
    return [Group(kind, _plural(kind), found) for kind, found in by_kind.items() if found]


def _calls(workload: Workload, start: datetime, end: datetime) -> tuple[Counter[str], dict[str, set[str]]]:
    """Calls of each model in [start, end) and who served them, from the hourly sums."""
    hours = UsageHour.objects.filter(workload=workload, hour__gte=start, hour__lt=end)
    calls: Counter[str] = Counter()
    providers: dict[str, set[str]] = {}
    for model, provider, count in (
        hours.values("model", "provider")
        .annotate(n=Sum("calls"))
        .values_list("model", "provider", "n")
        .order_by()
    ):
        calls[model] += count
        if provider:
            providers.setdefault(model, set()).add(provider)
    return calls, providers


def _plural(kind: str) -> str:
    return f"{Component.Kind(kind).label}s"


def in_words(groups: list[Group], day: date | None) -> str:
    """One sentence: what runs now and what came last, or what ran on a day."""
    counts = [_count(group) for group in groups]
    if not counts:
        return f"Nothing is known to have run on {day:%-d %b %Y}." if day else "Nothing is known to run yet."
    listed = counts[0] if len(counts) == 1 else f"{', '.join(counts[:-1])} and {counts[-1]}"
    if day is not None:
        return f"On {day:%-d %b %Y} it ran with {listed}."
    newest = max((row for group in groups for row in group.rows), key=lambda one: one.row.seen_from)
    named = f"{newest.component} {newest.row.version}".strip()
    return f"It runs with {listed}; the newest is the {named}, since {newest.row.seen_from:%-d %b %Y}."


def _count(group: Group) -> str:
    count = len({row.component.pk for row in group.rows})
    return f"{count} {group.label if count > 1 else Component.Kind(group.kind).label}"
