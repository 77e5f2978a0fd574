"""Budgets of workloads, units and cost centres: who sets them, and what is refused.

They are soft: a budget warns, mails, calls webhooks and opens an incident; it never stands in the way of a call.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company, User, currency_symbol
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from workloads.models import Budget, Change, Stage, Workload
from workloads.models.budgets import usual_levels
from workloads.models.inventory import take_turn
from workloads.operations import budget_rows
from workloads.operations.inventory import require_operator

MOST_LEVEL, MOST_LEVELS = 500, 8
CHANGEABLE = ("amount", "levels", "warns_on_pace")


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
        _say(budget, f"Budget of {money(amount)} {budget.get_period_display()}", by, at)
        changes = {"amount": amount, "period": period, "valid_from": valid_from}
        audit.record(by=by, at=at, action="budget.added", obj=budget, unit=unit_of(budget), changes=changes)
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
            _say(budget, f"Budget now {money(budget.amount)} {budget.get_period_display()}", by, at)
        audit.record(by=by, at=at, action="budget.changed", obj=budget, unit=unit_of(budget), changes=moved)
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
        audit.record(by=by, at=at, action="budget.ended", obj=budget, unit=unit_of(budget), changes=changes)
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
        words = f"There is a budget of {money(found.amount)} {found.get_period_display()} {until}: change or end it."
        raise DomainError("budget_overlaps", words, "valid_from")


def _levels(levels: Iterable[int]) -> list[int]:
    found = sorted(set(levels))
    if len(found) > MOST_LEVELS or any(not 1 <= level <= MOST_LEVEL for level in found):
        words = f"Give up to {MOST_LEVELS} levels from 1 to {MOST_LEVEL} percent."
        raise DomainError("budget_levels", words, "levels")
    return found


def unit_of(budget: Budget) -> BusinessUnit | None:
    return budget.unit or (budget.workload.unit if budget.workload else None)


def _say(budget: Budget, words: str, by: User, at: datetime) -> None:
    if budget.workload is not None:
        Change.objects.create(
            workload=budget.workload, at=at, kind=Change.Kind.BUDGET, summary=words[:300], by=by
        )


def money(amount: Decimal) -> str:
    """An amount as it stands in a sentence, in company currency."""
    places = 0 if amount >= 100 or amount == amount.to_integral_value() else 2
    return f"{currency_symbol(Company.load().currency)}{amount:,.{places}f}"
