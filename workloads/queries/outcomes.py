"""How much work was done, accepted, and by whom it is said: a feed, or the owner once a month."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.models import Avg, Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from aiops.models import User
from workloads.calc.months import midnight
from workloads.models.inventory import Workload
from workloads.models.outcomes import Outcome, OutcomeSource, SelfReport

MARKED = Q(source=OutcomeSource.SPAN)


@dataclass(frozen=True)
class OutcomeTotals:
    """Finished work in [start, end); minutes = people's work that an item still took, None if nobody said.

    `provisional` items are marked by telemetry and not yet confirmed by the business system: they stand beside what is
    done and accepted, never in it.
    """

    done: int = 0
    accepted: int = 0
    minutes_mean: Decimal | None = None
    self_reported: bool = False
    source: str = "none"
    provisional: int = 0

    @property
    def acceptance(self) -> float | None:
        return self.accepted / self.done if self.done else None


@dataclass(frozen=True)
class MonthOfWork:
    """One month as it counts: what business systems confirmed where there is any, else the owner's answer.

    `provisional` items, which telemetry marked, stand beside the others, never in them.
    """

    month: date
    done: int
    accepted: int
    minutes_mean: Decimal | None
    measured: int
    self_reported: bool
    provisional: int = 0


def outcome_totals(workload: Workload, start: datetime, end: datetime) -> OutcomeTotals:
    """A month counts by its feed where it has rows, else by the owner's answer if it begins in the period."""
    months = outcome_months(workload, start, end)
    provisional = sum(m.provisional for m in months)
    told = {month.self_reported for month in months if month.done or month.self_reported}
    if not told:
        return OutcomeTotals(provisional=provisional)
    weighed = [(m.minutes_mean, m.measured) for m in months if m.minutes_mean is not None and m.measured]
    weight = sum(count for _, count in weighed)
    mean = sum((value * count for value, count in weighed), Decimal(0)) / weight if weight else None
    source = "mixed" if len(told) == 2 else ("self_report" if True in told else "feed")
    done, accepted = sum(m.done for m in months), sum(m.accepted for m in months)
    return OutcomeTotals(done, accepted, mean, True in told, source, provisional)


def outcome_months(workload: Workload, start: datetime, end: datetime) -> list[MonthOfWork]:
    """The months (UTC) of [start, end) with anything to tell, in order."""
    fed = _fed_months(workload, start, end)
    reports = SelfReport.objects.filter(workload=workload, month__gte=_day(start), month__lt=_day(end))
    told = {report.month: _told(report) for report in reports}
    return [_one(told.get(month), fed.get(month)) for month in sorted(told.keys() | fed.keys())]


def _one(told: MonthOfWork | None, fed: MonthOfWork | None) -> MonthOfWork:
    """A month by its feed; one that only telemetry marked, by the owner's answer where there is one."""
    if fed is not None and (fed.done or told is None):
        return fed
    assert told is not None
    return replace(told, provisional=fed.provisional) if fed is not None else told


def _day(start: datetime) -> date:
    """A period that begins inside a month leaves that month's answer out."""
    return start.astimezone(UTC).date()


def _fed_months(workload: Workload, start: datetime, end: datetime) -> dict[date, MonthOfWork]:
    rows = (
        Outcome.objects.filter(workload=workload, finished_at__gte=start, finished_at__lt=end)
        .annotate(of=TruncMonth("finished_at", tzinfo=UTC))
        .values("of")
        .annotate(done=Count("pk", filter=~MARKED), accepted_n=Count("pk", filter=Q(accepted=True) & ~MARKED))
        .annotate(mean=Avg("minutes", filter=~MARKED), measured=Count("minutes", filter=~MARKED))
        .annotate(provisional=Count("pk", filter=MARKED))
        .order_by("of")
    )
    months = {}
    for row in rows:
        month = row["of"].date()
        months[month] = MonthOfWork(
            month, row["done"], row["accepted_n"], row["mean"], row["measured"], False, row["provisional"]
        )
    return months


def _told(report: SelfReport) -> MonthOfWork:
    return MonthOfWork(report.month, report.done, report.accepted, report.minutes, report.done, True)


def provisional_outcomes(workloads: Iterable[Workload], first: date | None = None) -> dict[int, int]:
    """Items that telemetry marked and nothing has confirmed, by the workload's id; since a day, or all."""
    rows = Outcome.objects.filter(MARKED, workload__in=workloads).order_by()
    if first is not None:
        rows = rows.filter(finished_at__gte=midnight(first))
    return dict(rows.values_list("workload").annotate(n=Count("pk")))


def self_reports(user: User, workload: Workload) -> QuerySet[SelfReport]:
    return SelfReport.objects.visible_to(user).filter(workload=workload).select_related("by")
