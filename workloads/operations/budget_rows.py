"""A workload's monthly budget stands in two places that must agree: its own field, which the cost check judges, and the
budget that is watched. Whoever writes one brings the other along, in the same transaction."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from aiops.models import User
from workloads.models import Budget, Workload
from workloads.models.inventory import take_turn


def follow(workload: Workload | None, at: datetime) -> None:
    """The workload's field becomes what its monthly budget of the day is."""
    if workload is None:
        return
    held = Budget.objects.filter(workload=workload, period=Budget.Period.MONTH).on(at.date()).first()
    amount = held.amount if held else None
    Workload.objects.filter(pk=workload.pk).update(monthly_budget=amount)
    workload.monthly_budget = amount


def follow_all(held: Iterable[Budget]) -> None:
    """The same for those whose budget began or changed with the day itself."""
    for row in held:
        workload = row.workload
        if workload is None or row.period != Budget.Period.MONTH or workload.monthly_budget == row.amount:
            continue
        Workload.objects.filter(pk=workload.pk).update(monthly_budget=row.amount)


def set_monthly(workload: Workload, amount: Decimal | None, by: User, at: datetime) -> None:
    """The monthly budget from the day on becomes `amount`; None ends it. The days before keep what they had."""
    take_turn("budget")
    today = at.date()
    rows = Budget.objects.filter(workload=workload, period=Budget.Period.MONTH)
    held = rows.on(today).first()
    if held is not None and held.valid_from == today:
        _replace(held, amount)
        return
    if held is not None and held.amount == amount:
        return
    following = rows.filter(valid_from__gt=today).order_by("valid_from").first()
    if held is not None:
        rows.filter(pk=held.pk).update(valid_to=today)
    if amount is not None:
        kept = {"levels": held.levels, "warns_on_pace": held.warns_on_pace} if held else {}
        until = following.valid_from if following else None
        Budget.objects.create(
            workload=workload, amount=amount, valid_from=today, valid_to=until, by=by, at=at, **kept
        )


def _replace(held: Budget, amount: Decimal | None) -> None:
    """A budget that began today has no days behind it: it is corrected in its place."""
    if amount is None:
        held.delete()
    else:
        Budget.objects.filter(pk=held.pk).update(amount=amount)
