"""What objectives are judged by: calls hour by hour, answers of the probe, and both by day for the page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDay

from workloads.calc import sketch
from workloads.calc.burn_rate import HOUR, Bucket, Judgement, begins, judge
from workloads.calc.dialects import PRODUCTION
from workloads.models import Objective, Probe, ProbeResult, Workload

FEWEST_CALLS = 20
FEWEST_PROBES = 3
# Production calls by hour; of each bucket of the latency sketches only whether it is above the limit counts.
CALLS = """
SELECT hour, sum(calls), sum(errors) FROM workloads_usagehour
WHERE workload_id = %(workload)s AND hour >= %(start)s AND hour < %(end)s AND lower(environment) = ANY(%(production)s)
GROUP BY hour ORDER BY hour
"""
SLOW = """
SELECT hour, sum(seen), sum(slow) FROM workloads_usagehour, LATERAL (
  SELECT coalesce(sum(sign(entry) * (abs(entry) & %(mask)s)), 0) AS seen,
    coalesce(sum(sign(entry) * (abs(entry) & %(mask)s)) FILTER (WHERE abs(entry) >> %(shift)s > %(bucket)s), 0) AS slow
  FROM unnest(latency_sketch) AS entry
) AS timed
WHERE workload_id = %(workload)s AND hour >= %(start)s AND hour < %(end)s AND lower(environment) = ANY(%(production)s)
GROUP BY hour ORDER BY hour
"""


def objectives(workload: Workload) -> QuerySet[Objective]:
    return Objective.objects.filter(workload=workload).select_related("check_of", "by")


def failed_calls(workload: Workload, start: datetime, end: datetime) -> list[Bucket]:
    """Production calls of each hour in [start, end) and how many of them failed."""
    return _hours(CALLS, workload, start, end)


def slow_calls(workload: Workload, start: datetime, end: datetime, limit_ms: int) -> list[Bucket]:
    """Production calls of each hour in [start, end) and how many took longer, to the 2 % of a sketch's bucket."""
    about = {"mask": sketch.MASK, "shift": sketch.SHIFT, "bucket": sketch.bucket_of(limit_ms)}
    return _hours(SLOW, workload, start, end, **about)


def _hours(sql: str, workload: Workload, start: datetime, end: datetime, **about: int) -> list[Bucket]:
    span: dict[str, Any] = {
        "workload": workload.pk,
        "start": start,
        "end": end,
        "production": sorted(PRODUCTION),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, span | about)
        rows = cursor.fetchall()
    return [Bucket(hour, int(total), min(int(total), max(0, int(bad)))) for hour, total, bad in rows]


def probe_answers(workload: Workload, start: datetime, end: datetime) -> list[Bucket]:
    """One bucket for each slot in [start, end) that was asked; a slot whose worker was lost is none."""
    asked = ProbeResult.objects.filter(
        probe__workload=workload, slot__gte=start, slot__lt=end, ok__isnull=False
    )
    return [
        Bucket(slot, 1, int(not ok))
        for slot, ok in asked.order_by("slot").values_list("slot", "ok").iterator()
    ]


def buckets_of(objective: Objective, at: datetime) -> list[Bucket]:
    """Everything of the objective's period up to `at`."""
    period = timedelta(days=objective.window_days)
    start = begins(at, period, None if objective.kind == Objective.Kind.AVAILABILITY else HOUR)
    if objective.kind == Objective.Kind.AVAILABILITY:
        return probe_answers(objective.workload, start, at)
    if objective.kind == Objective.Kind.LATENCY:
        return slow_calls(objective.workload, start, at, objective.latency_ms or 0)
    return failed_calls(objective.workload, start, at)


def judged(objective: Objective, buckets: Sequence[Bucket], at: datetime) -> Judgement:
    """Hourly sums for calls, single answers for the probe."""
    probes = objective.kind == Objective.Kind.AVAILABILITY
    return judge(
        buckets,
        objective.target,
        at,
        timedelta(days=objective.window_days),
        grain=None if probes else HOUR,
        fewest=FEWEST_PROBES if probes else FEWEST_CALLS,
    )


@dataclass(frozen=True)
class Day:
    """Events of one day (UTC); the share is None where nothing was seen."""

    day: date
    total: int
    bad: int

    @property
    def share(self) -> float | None:
        return (self.total - self.bad) / self.total if self.total else None


def by_day(buckets: Sequence[Bucket], start: datetime, end: datetime) -> list[Day]:
    """One row for each day from `start` to `end`, those without events too."""
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for bucket in buckets:
        row = sums[bucket.start.astimezone(UTC).date()]
        row[0], row[1] = row[0] + bucket.total, row[1] + bucket.bad
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [Day(day, *sums[day]) if day in sums else Day(day, 0, 0) for day in days]


def probe_days(probe: Probe, start: datetime, end: datetime) -> list[Day]:
    """Slots that were asked, by day (UTC)."""
    asked = probe.results.filter(slot__gte=start, slot__lt=end, ok__isnull=False)
    rows = asked.annotate(day=TruncDay("slot", tzinfo=UTC)).values("day").order_by("day")
    counted = rows.annotate(n=Count("pk"), bad=Count("pk", filter=Q(ok=False)))
    return by_day([Bucket(row["day"], row["n"], row["bad"]) for row in counted], start, end)


def probe_of(workload: Workload) -> Probe | None:
    return Probe.objects.filter(workload=workload).select_related("connection").first()


def last_failures(probe: Probe, limit: int = 10) -> list[ProbeResult]:
    """Slots that were asked and not answered as they should, the latest first."""
    return list(probe.results.filter(ok=False).order_by("-slot")[:limit])


def probe_counts(probe: Probe, start: datetime) -> dict[str, int]:
    """Since `start`: slots asked, failed, and not asked because a worker was lost or asking is not permitted."""
    asked, failed = Count("pk", filter=Q(ok__isnull=False)), Count("pk", filter=Q(ok=False))
    missed = Count("pk", filter=Q(ok=None) & ~Q(error=""))
    return probe.results.filter(slot__gte=start).aggregate(asked=asked, failed=failed, missed=missed)
