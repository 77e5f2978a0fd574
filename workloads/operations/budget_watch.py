"""Who is told, once a period, that a budget runs out: mail, webhooks, and an incident for what is serious."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from aiops.models import Membership, User
from aiops.roles import Role
from integrations.messages import Mail, Notice
from integrations.operations import queue_mail, queue_notice
from workloads.calc.budget import PACE
from workloads.models import Budget, BudgetAlert, Incident, Stage, Workload
from workloads.operations import budget_rows
from workloads.operations.budgets import money, unit_of
from workloads.operations.incidents import open_incident, resolve_key
from workloads.queries.budgets import BudgetStanding, standings

FULL = 100


def watch_budgets(*, at: datetime) -> int:
    """Tell what passed since the last look; gives how many alerts were new. Each is told once a period."""
    rows = Budget.objects.on(at.date()).select_related("workload__unit", "unit").order_by("pk")
    rows = rows.exclude(workload__stage=Stage.RETIRED)
    found = standings(rows, at)
    budget_rows.follow_all(rows)
    _close_old(found, at)
    return sum(_watch(row, at) for row in found)


def _watch(row: BudgetStanding, at: datetime) -> int:
    known = {alert.level for alert in row.alerts}
    marks = row.standing.marks(row.budget.levels, row.budget.warns_on_pace)
    new = [mark for mark in marks if mark not in known]
    if not row.standing.heads_over and not row.standing.is_over:
        _resolve(row, "pace", "At the present pace the period ends within the budget.", at)
    # Several at once are one story: all are kept, the one that matters most is told.
    return sum(_tell(row, mark, at, aloud=mark == _gravest(new)) for mark in new)


def _gravest(marks: Sequence[int]) -> int:
    above = [mark for mark in marks if mark >= FULL]
    return max(above) if above else (PACE if PACE in marks else max(marks, default=PACE))


def _tell(row: BudgetStanding, mark: int, at: datetime, aloud: bool) -> bool:
    sentence = sentence_of(row, mark)[:400]
    with transaction.atomic():
        _, new = BudgetAlert.objects.get_or_create(
            budget=row.budget,
            period_start=row.period.start,
            level=mark,
            defaults={"sentence": sentence, "at": at},
        )
        if new and aloud:
            _mail(row, mark, sentence, at)
            if mark == PACE or mark >= FULL:
                _open_incident(row, mark, sentence, at)
    return new


def sentence_of(row: BudgetStanding, mark: int) -> str:
    """What an alert says, with its amounts and days."""
    standing, spent = row.standing, money(row.standing.spent.quantize(Decimal("0.01")))
    of = f"of {money(row.budget.amount)} {row.budget.get_period_display()}"
    if mark != PACE:
        words = f"{row.budget.of}: {spent} {of} spent, {standing.share:.0%}; the mark of {mark} % is passed."
        return words
    ahead = standing.ahead
    if ahead is None:
        raise ValueError("A pace without a forecast.")
    low, high = (money(side.quantize(Decimal("0.01"))) for side in (ahead.low, ahead.high))
    return (
        f"{row.budget.of}: {spent} {of} spent; at this pace {low} to {high} by {row.period.last:%-d %b %Y}"
        f"{_runs_out(row)}."
    )


def _runs_out(row: BudgetStanding) -> str:
    out = row.standing.runs_out
    if out is None or out.likely is None:
        return ""
    words = f", and the money runs out about {out.likely:%-d %b}"
    return f"{words} (not before {out.earliest:%-d %b})" if out.earliest != out.likely else words


def _mail(row: BudgetStanding, mark: int, sentence: str, at: datetime) -> None:
    budget, where = row.budget, f"{settings.SITE_URL}/cost/budgets/"
    workload = budget.workload
    made_up = "(simulated) " if workload is not None and workload.simulated else ""
    title = f"{made_up}Budget {budget.of}: {'heading over it' if mark == PACE else f'{mark} % is spent'}"
    key = f"budget-{budget.pk}-{row.period.start}-{mark}"
    if to := _readers(row):
        queue_mail(mail=Mail(to=to, subject=title, text=f"{sentence}\n\n{where}\n"), dedup_key=key, at=at)
    severity = Incident.Severity.BAD if mark >= FULL else Incident.Severity.WARNING
    notice = Notice("budget.passed", title, sentence, where, severity)
    queue_notice(notice=notice, dedup_key=key, at=at)


def _readers(row: BudgetStanding) -> tuple[str, ...]:
    """The workload's owner and deputy, or the unit's owners, and finance of that place."""
    unit, workload = unit_of(row.budget), row.budget.workload
    people = [p for p in (workload.business_owner, workload.deputy) if p] if workload is not None else []
    asked = Q(role=Role.FINANCE, unit=None)
    if unit is not None:
        asked |= Q(role=Role.FINANCE, unit=unit)
        asked |= Q(role=Role.OWNER, unit=unit) if workload is None else Q(pk=None)
    members = Membership.objects.active().filter(asked).select_related("user")
    people += [member.user for member in members.order_by("pk")]
    return tuple(dict.fromkeys(person.email for person in people if person.is_active))


def _key(row: BudgetStanding, what: str) -> str:
    return f"budget-{row.budget.pk}-{row.period.start}-{what}"


def _open_incident(row: BudgetStanding, mark: int, sentence: str, at: datetime) -> None:
    """On the budget's workload, else on the one that costs most of it; none when nothing costs yet."""
    workload = (
        Workload.objects.filter(pk__in=[row.dearest] if row.dearest else [])
        .exclude(stage=Stage.RETIRED)
        .first()
    )
    if workload is None:
        return
    pace = mark == PACE
    open_incident(
        workload=workload,
        title=f"Budget {row.budget.of}: {'heading over it' if pace else 'spent'}",
        sentence=sentence,
        severity=Incident.Severity.WARNING if pace else Incident.Severity.BAD,
        source=Incident.Source.BUDGET,
        external_key=_key(row, "pace" if pace else "spent"),
        by=User.objects.system(),
        at=at,
    )
    if not pace:
        _resolve(row, "pace", "The budget is spent; that has an incident of its own.", at)


def _resolve(row: BudgetStanding, what: str, words: str, at: datetime) -> None:
    open_still = Incident.objects.unresolved().filter(external_key=_key(row, what)).select_related("workload")
    for incident in open_still:
        resolve_key(
            workload=incident.workload,
            external_key=incident.external_key,
            resolution=words,
            by=User.objects.system(),
            at=at,
        )


def _close_old(found: Iterable[BudgetStanding], at: datetime) -> None:
    """Incidents of periods that are over close by themselves."""
    now = {_key(row, what) for row in found for what in ("pace", "spent")}
    old = Incident.objects.unresolved().filter(
        source=Incident.Source.BUDGET, external_key__startswith="budget-"
    )
    for incident in old.exclude(external_key__in=now).select_related("workload"):
        resolve_key(
            workload=incident.workload,
            external_key=incident.external_key,
            resolution="Its period is over, or the budget is no more.",
            by=User.objects.system(),
            at=at,
        )
