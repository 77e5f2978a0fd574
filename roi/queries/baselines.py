"""A workload's time baselines, and which group of tickets its candidate came from."""

from dataclasses import dataclass

from django.db.models import QuerySet

from aiops.models import User
from backlog.models import TicketGroup, TicketLog
from roi.models import Measurement, TimeBaseline
from workloads.models import Workload


def current_baseline(workload: Workload) -> TimeBaseline | None:
    """The one that counts now."""
    return TimeBaseline.objects.filter(workload=workload, replaced_by=None).select_related("by").first()


def baselines_of(workload: Workload) -> QuerySet[TimeBaseline]:
    """All, the newest first."""
    return TimeBaseline.objects.filter(workload=workload).select_related("by").order_by("-at", "-pk")


def open_study(workload: Workload) -> Measurement | None:
    """The timing of minutes that runs for its candidate."""
    if workload.candidate_id is None:
        return None
    rows = Measurement.objects.filter(candidate_id=workload.candidate_id, quantity="minutes", state="open")
    return rows.select_related("person").first()


def estimated_minutes(workload: Workload) -> tuple[float, float, float] | None:
    """Low, likely and high of the candidate's estimate, in minutes."""
    if workload.candidate is None:
        return None
    found = workload.candidate.estimates.filter(quantity="minutes").first()
    return (float(found.low), float(found.likely), float(found.high)) if found else None


@dataclass(frozen=True)
class FromTickets:
    """A group of tickets with its touches a case: minutes are touches x minutes a touch, which nobody timed."""

    name: str
    cases: int
    touches: float


def ticket_group(user: User, workload: Workload) -> FromTickets | None:
    """The largest group that the candidate was filed from, where this person sees its log."""
    if workload.candidate_id is None:
        return None
    seen = TicketLog.objects.visible_to(user).values("pk")
    rows = TicketGroup.objects.filter(candidate_id=workload.candidate_id, log__in=seen)
    row = rows.order_by("-cases", "pk").first()
    return FromTickets(row.name, row.cases, row.touches) if row else None


def words_of(baseline: TimeBaseline | None) -> str:
    """In one sentence: how much, how known, of how many, from when, and whether before go-live."""
    if baseline is None:
        return "Nobody has measured how long an item took before."
    shown = f"An item took people {baseline.minutes:.1f} minutes ({baseline.low:.1f} to {baseline.high:.1f})"
    if not baseline.is_measured:
        return f"{shown}: estimated, not measured."
    when = "before go-live" if baseline.before_go_live else "after go-live: not a clean baseline"
    days = f"{baseline.measured_from:%-d %b %Y} to {baseline.measured_to:%-d %b %Y}"
    return f"{shown}: {baseline.get_how_display()}, {baseline.n:,} items, {days}, {when}."
