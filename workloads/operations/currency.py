"""After a change of the company's currency: what workloads keep in it, in the transaction of the change."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q

from aiops import audit
from aiops.models import CurrencyChange, User
from aiops.operations.currency import CENT, converted_cents
from workloads.models import Budget, FixedCost, Workload

PRICE = Decimal("0.0001")


def convert(*, change: CurrencyChange, by: User, at: datetime, **_: Any) -> None:
    """Money spent and budgets are converted; a fixed cost ends on the day and goes on at the converted amount.

    So the months before have the cost that they had, in the currency that they had.
    """
    open_still = Q(valid_to=None) | Q(valid_to__gt=change.valid_from)
    workloads = Workload.objects.select_for_update(of=("self",)).filter(
        Q(spent__gt=0) | Q(monthly_budget__isnull=False)
    )
    counts = {
        "workloads": _convert_totals(workloads, change),
        "budgets": _convert_budgets(Budget.objects.filter(open_still), change),
        "fixed_costs": _convert_fixed(FixedCost.objects.filter(open_still), change),
    }
    audit.record(by=by, at=at, action="workloads.currency_converted", obj=change, changes=counts)


def _convert_totals(workloads: Any, change: CurrencyChange) -> int:
    rows = list(workloads)
    for row in rows:
        row.spent = converted_cents(row.spent, change.rate)
        if row.monthly_budget is not None:
            row.monthly_budget = max(converted_cents(row.monthly_budget, change.rate), CENT)
    Workload.objects.bulk_update(rows, ["spent", "monthly_budget"], batch_size=500)
    return len(rows)


def _convert_budgets(budgets: Any, change: CurrencyChange) -> int:
    rows = list(budgets.select_for_update(of=("self",)))
    for row in rows:
        row.amount = max(converted_cents(row.amount, change.rate), CENT)
    Budget.objects.bulk_update(rows, ["amount"], batch_size=500)
    return len(rows)


def _convert_fixed(costs: Any, change: CurrencyChange) -> int:
    rows = list(costs.select_for_update(of=("self",)))
    for row in rows:
        amount = (row.amount * change.rate).quantize(PRICE, ROUND_HALF_UP)
        if row.valid_from >= change.valid_from:
            FixedCost.objects.filter(pk=row.pk).update(amount=amount)
            continue
        FixedCost.objects.filter(pk=row.pk).update(valid_to=change.valid_from)
        row.pk, row._state.adding = None, True
        row.amount, row.valid_from = amount, change.valid_from
        row.save()
    return len(rows)
