"""Budgets of workloads, units and cost centres: who sets them, and who is told, once a period, that one runs out.

They are soft: a budget warns, mails, calls webhooks and opens an incident; it never stands in the way of a call.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company, Membership, User, currency_symbol
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from aiops.roles import Role
from integrations.messages import Mail, Notice
from integrations.operations import queue_mail, queue_notice
from workloads.calc.budget import PACE
from workloads.models import Budget, BudgetAlert, Change, Incident, Stage, Workload
from workloads.models.budgets import usual_levels
from workloads.models.inventory import take_turn
from workloads.operations import budget_rows
from workloads.operations.incidents import open_incident, resolve_key
from workloads.operations.inventory import require_operator
from workloads.queries.budgets import BudgetStanding, standings

MOST_LEVEL, MOST_LEVELS = 500, 8
CHANGEABLE = ("amount", "levels", "warns_on_pace")
FULL = 100


def add_budget(
    *,
    amount: Decimal,
    valid_from: date,
    workload: Workload | None = None,
    unit: BusinessUnit | None = None,
    cost_centre: str = "",
    period: str = Budget.Period.MONTH,
    levels: Sequence[int] | None = None,
    warns_on_pace: bool = True,
    valid_to: date | None = None,
    by: User,
    at: datetime,
) -> Budget:
    """An amount a period for exactly one of a workload, a unit or a cost centre; one of each period at a time."""
    budget = Budget(
        workload=workload,
        unit=unit,
        cost_centre=cost_centre.strip(),
        period=period,
        amount=amount,
        levels=_levels(usual_levels() if levels is None else levels),
        warns_on_pace=warns_on_pace,
        valid_from=valid_from,
        valid_to=valid_to,
        by=by,
        at=at,
    )
    _refuse_scope(budget)
    _require(budget, by)
    with transaction.atomic():
        take_turn("budget")
        _refuse(budget)
        budget.save()
        _say(budget, f"Budget of {_money(amount)} {budget.get_period_display()}", by, at)
        changes = {"amount": amount, "period": period, "valid_from": valid_from}
        audit.record(by=by, at=at, action="budget.added", obj=budget, unit=_unit(budget), changes=changes)
        budget_rows.follow(workload, at)
    return budget


def change_budget(*, budget: Budget, changes: Mapping[str, Any], by: User, at: datetime) -> Budget:
    """Another amount, other levels (CHANGEABLE). What was told in this period is not told again."""
    _require(budget, by)
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"not a part of a budget: {sorted(unknown)}")
    with transaction.atomic():
        take_turn("budget")
        budget = (
            Budget.objects.select_for_update(of=("self",))
            .select_related("workload", "unit")
            .get(pk=budget.pk)
        )
        moved = {}
        for key, new in changes.items():
            value = _levels(new) if key == "levels" else new
            if value != getattr(budget, key):
                moved[key] = [getattr(budget, key), value]
                setattr(budget, key, value)
        _refuse(budget)
        budget.save()
        if "amount" in moved:
            _say(budget, f"Budget now {_money(budget.amount)} {budget.get_period_display()}", by, at)
        audit.record(by=by, at=at, action="budget.changed", obj=budget, unit=_unit(budget), changes=moved)
        budget_rows.follow(budget.workload, at)
    return budget


def end_budget(*, budget: Budget, valid_to: date, by: User, at: datetime) -> Budget:
    """Let a budget end before a day, without another to follow it."""
    _require(budget, by)
    with transaction.atomic():
        take_turn("budget")
        budget = (
            Budget.objects.select_for_update(of=("self",))
            .select_related("workload", "unit")
            .get(pk=budget.pk)
        )
        if budget.valid_to is not None and budget.valid_to <= valid_to:
            raise DomainError("budget_ended", "This budget has ended before that day already.", "valid_to")
        budget.valid_to = valid_to
        _refuse(budget)
        budget.save(update_fields=["valid_to"])
        _say(budget, f"Budget ends on {valid_to:%-d %b %Y}", by, at)
        changes = {"valid_to": valid_to}
        audit.record(by=by, at=at, action="budget.ended", obj=budget, unit=_unit(budget), changes=changes)
        budget_rows.follow(budget.workload, at)
    return budget


def may_set(workload: Workload | None, unit: BusinessUnit | None, by: User) -> bool:
    """Whether somebody sets budgets there; neither workload nor unit: of cost centres."""
    try:
        _require(Budget(workload=workload, unit=unit), by)
    except PermissionDenied:
        return False
    return True


def _require(budget: Budget, by: User) -> None:
    """Finance for all; the people who run a workload for theirs."""
    if budget.workload is None and budget.unit is None:
        require_everywhere(by, Permission.FINANCE)
    elif budget.workload is None:
        permissions.require(by, Permission.FINANCE, unit=budget.unit)
    elif not permissions.has(by, Permission.FINANCE, unit=budget.workload.unit):
        require_operator(budget.workload, by)


def _refuse_scope(budget: Budget) -> None:
    given = (budget.workload is not None) + (budget.unit is not None) + bool(budget.cost_centre)
    if given != 1:
        words = "A budget is of one thing: a workload, a unit or a cost centre."
        raise DomainError("budget_scope", words, "workload")


def _refuse(budget: Budget) -> None:
    """Raise the first rule that this budget breaks."""
    if budget.amount <= 0:
        raise DomainError("budget_amount", "A budget must be above zero.", "amount")
    if budget.valid_to is not None and budget.valid_to <= budget.valid_from:
        raise DomainError("budget_days", "It must end after the day on which it starts.", "valid_to")
    if budget.workload is not None and budget.workload.stage == Stage.RETIRED:
        raise DomainError("retired", "This workload is retired; its figures stand.", "workload")
    others = Budget.objects.filter(
        workload=budget.workload, unit=budget.unit, cost_centre=budget.cost_centre, period=budget.period
    ).exclude(pk=budget.pk)
    meets = others.filter(Q(valid_to=None) | Q(valid_to__gt=budget.valid_from))
    if budget.valid_to is not None:
        meets = meets.filter(valid_from__lt=budget.valid_to)
    if (found := meets.first()) is not None:
        until = f"until {found.valid_to:%-d %b %Y}" if found.valid_to else "without an end"
        words = f"There is a budget of {_money(found.amount)} {found.get_period_display()} {until}: change or end it."
        raise DomainError("budget_overlaps", words, "valid_from")


def _levels(levels: Iterable[int]) -> list[int]:
    found = sorted(set(levels))
    if len(found) > MOST_LEVELS or any(not 1 <= level <= MOST_LEVEL for level in found):
        words = f"Give up to {MOST_LEVELS} levels from 1 to {MOST_LEVEL} percent."
        raise DomainError("budget_levels", words, "levels")
    return found


def _unit(budget: Budget) -> BusinessUnit | None:
    return budget.unit or (budget.workload.unit if budget.workload else None)


def _say(budget: Budget, words: str, by: User, at: datetime) -> None:
    if budget.workload is not None:
        Change.objects.create(
            workload=budget.workload, at=at, kind=Change.Kind.BUDGET, summary=words[:300], by=by
        )


def _money(amount: Decimal) -> str:
    places = 0 if amount >= 100 or amount == amount.to_integral_value() else 2
    return f"{currency_symbol(Company.load().currency)}{amount:,.{places}f}"


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
    standing, spent = row.standing, _money(row.standing.spent.quantize(Decimal("0.01")))
    of = f"of {_money(row.budget.amount)} {row.budget.get_period_display()}"
    if mark != PACE:
        words = f"{row.budget.of}: {spent} {of} spent, {standing.share:.0%}; the mark of {mark} % is passed."
        return words
    ahead = standing.ahead
    if ahead is None:
        raise ValueError("A pace without a forecast.")
    low, high = (_money(side.quantize(Decimal("0.01"))) for side in (ahead.low, ahead.high))
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
    unit, workload = _unit(row.budget), row.budget.workload
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
    workload = Workload.objects.filter(pk__in=[row.dearest] if row.dearest else []).exclude(stage=Stage.RETIRED).first()
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
