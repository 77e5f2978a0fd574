"""How much work was done, accepted, and by whom it is said: a feed, or the owner once a month."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.models import Avg, Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from aiops.models import User
from workloads.models.inventory import Workload
from workloads.models.outcomes import Outcome, OutcomeSource, SelfReport


@dataclass(frozen=True)
class OutcomeTotals:
    """Finished work in [start, end); minutes = people's work that an item still took, None if nobody said.

    `provisional` of the items are marked by telemetry and not yet confirmed by the business system.
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
    """One month as it counts: the feed where there is one, else the owner's answer."""

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
    if not months:
        return OutcomeTotals()
    told = {month.self_reported for month in months}
    weighed = [(m.minutes_mean, m.measured) for m in months if m.minutes_mean is not None and m.measured]
    weight = sum(count for _, count in weighed)
    mean = sum((value * count for value, count in weighed), Decimal(0)) / weight if weight else None
    source = "mixed" if len(told) == 2 else ("self_report" if True in told else "feed")
    done, accepted = sum(m.done for m in months), sum(m.accepted for m in months)
    provisional = sum(m.provisional for m in months)
    return OutcomeTotals(done, accepted, mean, True in told, source, provisional)


def outcome_months(workload: Workload, start: datetime, end: datetime) -> list[MonthOfWork]:
    """The months (UTC) of [start, end) with anything to tell, in order."""
    fed = _fed_months(workload, start, end)
    reports = SelfReport.objects.filter(workload=workload, month__gte=_day(start), month__lt=_day(end))
    told = {report.month: _told(report) for report in reports}
    return [(told | fed)[month] for month in sorted(told | fed)]


def _day(start: datetime) -> date:
    """A period that begins inside a month leaves that month's answer out."""
    return start.astimezone(UTC).date()


def _fed_months(workload: Workload, start: datetime, end: datetime) -> dict[date, MonthOfWork]:
    rows = (
        Outcome.objects.filter(workload=workload, finished_at__gte=start, finished_at__lt=end)
        .annotate(of=TruncMonth("finished_at", tzinfo=UTC))
        .values("of")
        .annotate(done=Count("pk"), accepted_n=Count("pk", filter=Q(accepted=True)))
        .annotate(mean=Avg("minutes"), measured=Count("minutes"))
        .annotate(provisional=Count("pk", filter=Q(source=OutcomeSource.SPAN)))
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


def self_reports(user: User, workload: Workload) -> QuerySet[SelfReport]:
    return SelfReport.objects.visible_to(user).filter(workload=workload).select_related("by")
