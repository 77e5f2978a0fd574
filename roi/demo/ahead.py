"""What lies ahead of the simulated workloads: tripwires agreed at approval, outlooks of the last months, one answer."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from roi.calc.realised import first_of
from roi.demo.data import LIVES
from roi.demo.portfolio import Company
from roi.models import Decision, Tripwire
from roi.operations.outlook import refresh_outlook
from roi.operations.running import decide_workload
from roi.operations.tripwires import watch
from roi.queries.forecast import approved_of
from workloads.models import Workload

Q, S = Tripwire.Quantity, Tripwire.Side
# workload: quantity, side, level, weeks, where the level comes from
AGREED = {
    "C01": ((Q.ACCEPTED_SHARE, S.BELOW, "0.85", 4, "under it people check every invoice again"),
            (Q.REVIEW_MINUTES, S.ABOVE, "2.5", 4, "breaks even at 2.6; 1 is expected")),
    "C02": ((Q.ACCEPTED_SHARE, S.BELOW, "0.8", 3, "the service desk's own limit"),),
    "C07": ((Q.REVIEW_MINUTES, S.ABOVE, "2.5", 4, "the high end of what was estimated"),
            (Q.ACCEPTED_SHARE, S.BELOW, "0.75", 4, "the low end of what was promised")),
    "C20": ((Q.COST_ITEM, S.ABOVE, "0.5", 4, "what a freelancer's draft costs"),),
}  # fmt: skip
MONTHS = 3
ANSWERED, REASON = "C20", "It clears what was approved; marketing wants it for a second product line."


def make_ahead(company: Company) -> None:
    """Outlooks of the last whole months, a review's answer to one of them, and what the tripwires saw."""
    for key, wires in AGREED.items():
        _agree(company.workloads[key], wires)
    running = [company.workloads[live.key] for live in LIVES]
    known = approved_of(running)
    for back in range(MONTHS, 0, -1):
        month, at = _month(company.at, back)
        for workload in running:
            if workload.pk in known:
                refresh_outlook(
                    workload=workload, approved=known[workload.pk], month=month, at=min(at, company.at)
                )
    answered = company.workloads[ANSWERED]
    at = _month(company.at, 2)[1] + timedelta(days=3)
    decide_workload(workload=answered, verdict="scale", reason=REASON, by=company.people["lead"], at=at)
    watch(at=company.at)


def _month(at: datetime, back: int) -> tuple[date, datetime]:
    """The first day of the month so many months ago, and a morning of the month after it."""
    month = first_of(at.date())
    after = month
    for _ in range(back):
        after, month = month, first_of(month - timedelta(days=1))
    return month, datetime.combine(after + timedelta(days=6), time(7), at.tzinfo)


def _agree(workload: Workload, wires: tuple[tuple[str, str, str, int, str], ...]) -> None:
    decision = Decision.objects.filter(
        candidate=workload.candidate_id, verdict=Decision.Verdict.APPROVE
    ).first()
    if decision is None or decision.candidate is None:
        return
    Tripwire.objects.bulk_create(
        Tripwire(
            decision=decision, candidate=decision.candidate, workload=workload, quantity=quantity, side=side,
            level=Decimal(level), weeks=weeks, note=note,
        )
        for quantity, side, level, weeks, note in wires
    )  # fmt: skip
