"""What already runs and needs a decision: tripwires, approvals that end, budgets, incidents; and overdue actions."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Any

from django.db.models import F, Max, Q

from evals.models import Run, Suite
from roi.models import Action, AgendaItem, Decision, Outlook, Tripwire
from roi.queries.agenda.found import SHORT, Found, Look
from roi.queries.at_stake import approved_worth
from roi.queries.outlook import latest
from roi.queries.proposals import propose
from roi.queries.watching import breakeven_words, seen_words
from workloads.models import Budget, Incident, Stage, Workload
from workloads.queries.budgets import standings

EXPIRES_WITHIN = timedelta(days=30)
UNANSWERED = timedelta(days=1)
# The bar is agreed for as long as tripwires usually are.
BAR_WEEKS, BAR_LOOK = timedelta(weeks=4), timedelta(weeks=26)
R = AgendaItem.Reason
Rows = dict[int, list[Any]]


def running(look: Look) -> list[Found]:
    """One line for each workload, with all that brought it here and the proposal of what to do."""
    workloads = {
        w.pk: w
        for w in Workload.objects.filter(look.units())
        .exclude(stage=Stage.RETIRED)
        .select_related("candidate")
    }
    answered, at_risk = _answered(workloads), approved_worth(workloads.values())
    found = [
        *_tripwires(look, workloads, answered, at_risk),
        *_under_bar(look, answered, workloads, at_risk),
        *_incidents(look, workloads, answered, at_risk),
        *_budgets(look, workloads, answered),
        *_expiring(look, workloads, at_risk),
    ]
    return [_proposed(one, workloads, look) for one in _together(found)]


def _together(found: list[Found]) -> list[Found]:
    """A workload is talked about once: the gravest reason leads, the others stand beside it."""
    of: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        of[one.workload_id or 0].append(one)
    return [_joined(rows) if len(rows) > 1 else rows[0] for rows in of.values()]


def _joined(rows: list[Found]) -> Found:
    said = " ".join(row.why for row in rows)[:300]
    stake = max((row.stake for row in rows if row.stake is not None), default=None)
    due, urgent = any(row.due for row in rows), any(row.urgent for row in rows)
    return replace(rows[0], why=said, stake=stake, due=due, urgent=urgent, minutes=None)


def _proposed(one: Found, workloads: dict[int, Workload], look: Look) -> Found:
    made = propose(workloads[one.workload_id or 0], look.at, reason=one.reason)
    return Found(**(vars(one) | {"proposed": made.verdict, "proposed_why": made.why[:300]}))


def _answered(workloads: dict[int, Workload]) -> dict[int, datetime]:
    """When a review last decided on a workload: it answered all that had brought it there by then."""
    rows = Decision.objects.filter(workload__in=workloads, item__isnull=False).order_by()
    return dict(rows.values_list("workload_id").annotate(last=Max("at")))


def _tripwires(look: Look, workloads: Any, answered: Any, at_risk: Any) -> list[Found]:
    rows: Rows = defaultdict(list)
    fired = Tripwire.objects.filter(state=Tripwire.State.FIRED, workload__in=workloads)
    for wire in fired.order_by("fired_at", "pk"):
        if not _is_answered(answered, wire.workload_id, wire.fired_at):
            rows[wire.workload_id or 0].append(wire)
    ahead = latest(rows)
    return [
        Found(
            R.TRIPWIRE,
            _tripwire_words(wires, ahead.get(pk), look.company.currency),
            workload_id=pk,
            stake=at_risk.get(pk),
            due=True,
            urgent=True,
        )
        for pk, wires in rows.items()
    ]


def _is_answered(answered: Any, workload: int | None, since: datetime | None) -> bool:
    last = answered.get(workload)
    return last is not None and since is not None and last >= since


def _tripwire_words(wires: list[Tripwire], ahead: Outlook | None, currency: str) -> str:
    """What was agreed and seen, and where it breaks even by now."""
    first = wires[0]
    seen = f", {seen_words(first.quantity, first.seen, currency)} seen" if first.seen is not None else ""
    level = seen_words(first.quantity, first.level, currency)
    words = f"{first.get_quantity_display()} {first.get_side_display()} {level}{seen}"
    more = f", and {len(wires) - 1} more" if len(wires) > 1 else ""
    told = f"Tripwire fired on {first.fired_at:%-d %b %Y}: {words}{more}."
    return f"{told} {breakeven_words(first.quantity, ahead)}".strip()[:300]


def _under_bar(look: Look, answered: Any, workloads: dict[int, Workload], at_risk: Any) -> list[Found]:
    """A suite whose runs were clearly under the agreed quality bar for BAR_WEEKS: it counts like a tripwire."""
    rows: Rows = defaultdict(list)
    runs = Run.objects.filter(suite__workload__in=workloads, suite__state=Suite.State.APPROVED, high__isnull=False)
    for run in runs.filter(finished_at__gte=look.at - BAR_LOOK).select_related("suite").order_by("-finished_at"):
        since = answered.get(run.suite.workload_id)
        if since is None or run.finished_at > since:  # type: ignore[operator]
            rows[run.suite_id].append(run)
    broken = [streak for known in rows.values() if (streak := _streak(known, look.at))]
    return [
        Found(R.TRIPWIRE, _bar_words(runs), workload_id=pk, stake=at_risk.get(pk), due=True, urgent=True)
        for runs in broken
        for pk in [runs[0].suite.workload_id]
    ]


def _streak(runs: list[Run], at: datetime) -> list[Run]:
    """The newest runs in a row whose whole interval lies under the bar, where they span the agreed weeks."""
    under = list(takewhile(lambda run: run.high is not None and run.high < run.target, runs))
    if not under or at - under[0].finished_at > BAR_WEEKS:  # type: ignore[operator]
        return []
    # The first of them stands for its own week.
    spans = under[0].finished_at - under[-1].finished_at + timedelta(weeks=1)  # type: ignore[operator]
    return under if spans >= BAR_WEEKS else []


def _bar_words(runs: list[Run]) -> str:
    newest, oldest = runs[0], runs[-1]
    right = f"{(newest.rate or 0) * 100:.0f} in 100 right, {newest.bar} agreed"
    n = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    return f"Under its quality bar since {oldest.finished_at:%-d %b %Y}, {n} of {newest.suite.name}: {right}."[:300]


def _expiring(look: Look, workloads: dict[int, Workload], at_risk: Any) -> list[Found]:
    """The newest decision with a date counts, whether on the workload or on the candidate it came from."""
    of = {w.candidate_id: w.pk for w in workloads.values() if w.candidate_id}
    mine = Q(workload__in=workloads) | Q(candidate__in=of)
    rows = Decision.objects.filter(mine, reapprove_on__isnull=False, corrected_by=None).order_by("at", "pk")
    newest = {d.workload_id or of[d.candidate_id or 0]: d.reapprove_on for d in rows.only(
        "workload_id", "candidate_id", "reapprove_on")}  # fmt: skip
    limit, coming = look.review.starts_at.date() + EXPIRES_WITHIN, look.next_at.date()
    return [
        Found(
            R.EXPIRES,
            _expiry_words(ends, look.at.date()),
            workload_id=pk,
            stake=at_risk.get(pk),
            due=ends < coming,
        )
        for pk, ends in newest.items()
        if ends is not None and ends <= limit
    ]


def _expiry_words(ends: date, today: date) -> str:
    said = f"Its approval ended on {ends:%-d %b %Y}" if ends < today else f"Approved until {ends:%-d %b %Y}"
    return f"{said}: approve it again, or say what becomes of it."


def _budgets(look: Look, workloads: dict[int, Workload], answered: Any) -> list[Found]:
    """Over already, or likely to be over by the end of the period; the money at stake is what goes beyond."""
    found: dict[int, Found] = {}
    day = look.at.date()
    rows = Budget.objects.on(day).select_related("workload__unit", "unit", "by")
    for standing in standings(rows, look.at):
        pk, where = standing.dearest, standing.standing
        if pk not in workloads or not (where.is_over or where.heads_over):
            continue
        if _is_answered(answered, pk, _midnight(standing.period.start, look)):
            continue
        ends = where.ahead.likely if where.ahead else where.spent
        beyond = max(ends, where.spent) - where.amount
        known = found.get(pk)  # type: ignore[arg-type]
        if known is None or (known.stake or 0) < beyond:
            found[pk] = _budget(standing, beyond, look)  # type: ignore[index]
    return list(found.values())


def _midnight(day: Any, look: Look) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=look.at.tzinfo)


def _budget(standing: Any, beyond: Decimal, look: Look) -> Found:
    where, runs_out = standing.standing, standing.standing.runs_out
    amount = look.money(float(where.amount))
    if where.is_over:
        words = f"The budget of {amount} {standing.budget.get_period_display()} is spent"
    else:
        on = f" on {runs_out.likely:%-d %b}" if runs_out and runs_out.likely else ""
        words = f"The budget of {amount} {standing.budget.get_period_display()} runs out{on}"
    words += f": {look.money(float(beyond))} beyond it by {standing.period.last:%-d %b %Y}."
    due = where.is_over or bool(runs_out and runs_out.likely and runs_out.likely < look.next_at.date())
    return Found(
        R.BUDGET, words, workload_id=standing.dearest, stake=round(beyond, 2), minutes=SHORT, due=due
    )


def _incidents(look: Look, workloads: Any, answered: Any, at_risk: Any) -> list[Found]:
    """Bad ones that nobody has answered for more than a day."""
    rows: Rows = defaultdict(list)
    bad = Incident.objects.filter(
        workload__in=workloads,
        severity=Incident.Severity.BAD,
        state=Incident.State.OPEN,
        opened_at__lte=look.at - UNANSWERED,
    )
    for incident in bad.order_by("opened_at", "pk"):
        if not _is_answered(answered, incident.workload_id, incident.opened_at):
            rows[incident.workload_id].append(incident)
    return [
        Found(
            R.INCIDENT,
            _incident_words(found, look),
            workload_id=pk,
            stake=at_risk.get(pk),
            due=True,
            urgent=True,
        )
        for pk, found in rows.items()
    ]


def _incident_words(found: list[Incident], look: Look) -> str:
    first = found[0]
    more = f" {len(found) - 1} more like it." if len(found) > 1 else ""
    return f"{first.key} {first.title[:180]}: open since {first.opened_at:%-d %b %Y}, unanswered.{more}"


def actions(look: Look) -> list[Found]:
    """Of earlier meetings of this series, open and past their day."""
    day = look.review.starts_at.date()
    rows = Action.objects.filter(
        review__series=look.review.series_id, done_at=None, dropped_at=None, due_on__lt=day
    )
    told = rows.annotate(stake=F("item__stake"), who=F("owner__name")).order_by("due_on", "pk")
    return [
        Found(
            R.ACTION,
            f"{row.who} was to do it by {row.due_on:%-d %b %Y}: {row.text}"[:300],  # type: ignore[attr-defined]
            action_id=row.pk,
            stake=row.stake,  # type: ignore[attr-defined]
            minutes=SHORT,
        )
        for row in told
    ]
