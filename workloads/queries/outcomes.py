"""How much work was done, accepted, and by whom it is said: a feed, or the owner once a month."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from aiops.models import Company, User
from workloads.models.inventory import Workload
from workloads.models.outcomes import Outcome, OutcomeSource, SelfReport
from workloads.queries.outcome_days import OutcomeSums, month_sums

MARKED = Q(source=OutcomeSource.SPAN, struck_at=None)


@dataclass(frozen=True)
class OutcomeTotals:
    """Finished work in [first, end); minutes = people's work that an item still took, None if nobody said.

    `provisional` items are marked by telemetry and not yet confirmed by the business system: they stand beside what is
    done and accepted, never in it. `judged` of the done items have a verdict.
    """

    done: int = 0
    judged: int = 0
    accepted: int = 0
    minutes_mean: Decimal | None = None
    self_reported: bool = False
    source: str = "none"
    provisional: int = 0

    @property
    def acceptance(self) -> float | None:
        """Of the items that somebody judged."""
        return self.accepted / self.judged if self.judged else None


@dataclass(frozen=True)
class MonthOfWork:
    """One month as it counts: what business systems confirmed where there is any, else the owner's answer.

    `provisional` items, which telemetry marked, stand beside the others, never in them.
    """

    month: date
    done: int
    judged: int
    accepted: int
    minutes_mean: Decimal | None
    measured: int
    self_reported: bool
    provisional: int = 0


def outcome_totals(workload: Workload, first: date, end: date) -> OutcomeTotals:
    """A month counts by its feed where it has rows, else by the owner's answer if it begins in the period."""
    months = outcome_months(workload, first, end)
    provisional = sum(m.provisional for m in months)
    told = {month.self_reported for month in months if month.done or month.self_reported}
    if not told:
        return OutcomeTotals(provisional=provisional)
    weighed = [(m.minutes_mean, m.measured) for m in months if m.minutes_mean is not None and m.measured]
    weight = sum(count for _, count in weighed)
    mean = sum((value * count for value, count in weighed), Decimal(0)) / weight if weight else None
    source = "mixed" if len(told) == 2 else ("self_report" if True in told else "feed")
    done, judged, accepted = (sum(getattr(m, name) for m in months) for name in ("done", "judged", "accepted"))
    return OutcomeTotals(done, judged, accepted, mean, True in told, source, provisional)


def outcome_months(workload: Workload, first: date, end: date) -> list[MonthOfWork]:
    """The months of the company's days [first, end) with anything to tell, in order.

    A period that begins inside a month leaves that month's answer out.
    """
    first, end = _day(first), _day(end)
    fed = _fed_months(workload, first, end)
    reports = SelfReport.objects.filter(workload=workload, month__gte=first, month__lt=end)
    told = {report.month: _told(report) for report in reports}
    return [_one(told.get(month), fed.get(month)) for month in sorted(told.keys() | fed.keys())]


def _one(told: MonthOfWork | None, fed: MonthOfWork | None) -> MonthOfWork:
    """A month by its feed; one that only telemetry marked, by the owner's answer where there is one."""
    if fed is not None and (fed.done or told is None):
        return fed
    assert told is not None
    return replace(told, provisional=fed.provisional) if fed is not None else told


def _day(moment: date) -> date:
    """A UTC midnight stands for its day."""
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _fed_months(workload: Workload, first: date, end: date) -> dict[date, MonthOfWork]:
    """By month: what is counted, and beside it what telemetry marked; a month of struck items has nothing to tell."""
    counted = {month: row for (_, month), row in month_sums([workload.pk], first, end).items() if row.done}
    marked = _marked_months(workload, first, end)
    return {m: _fed(m, counted.get(m, OutcomeSums()), marked.get(m, 0)) for m in counted.keys() | marked.keys()}


def _fed(month: date, row: OutcomeSums, provisional: int) -> MonthOfWork:
    mean, measured = row.minutes_mean, row.minutes_n
    return MonthOfWork(month, row.done, row.judged, row.accepted, mean, measured, False, provisional)


def _marked_months(workload: Workload, first: date, end: date) -> dict[date, int]:
    company = Company.load()
    begin, stop = company.midnight(first), company.midnight(end)
    rows = Outcome.objects.filter(MARKED, workload=workload, finished_at__gte=begin, finished_at__lt=stop)
    months = rows.order_by().values_list(TruncMonth("finished_at", tzinfo=company.zone)).annotate(Count("pk"))
    return {month.date(): count for month, count in months}


def _told(report: SelfReport) -> MonthOfWork:
    done = report.done
    return MonthOfWork(report.month, done, done, report.accepted, report.minutes, done, True)


def provisional_outcomes(workloads: Iterable[Workload], first: date | None = None) -> dict[int, int]:
    """Items that telemetry marked and nothing has confirmed, by the workload's id; since a day, or all."""
    rows = Outcome.objects.filter(MARKED, workload__in=workloads).order_by()
    if first is not None:
        rows = rows.filter(finished_at__gte=Company.load().midnight(first))
    return dict(rows.values_list("workload").annotate(n=Count("pk")))


def self_reports(user: User, workload: Workload) -> QuerySet[SelfReport]:
    return SelfReport.objects.visible_to(user).filter(workload=workload).select_related("by")
