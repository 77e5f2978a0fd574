"""What the calls of many workloads cost in their months, and which part of them evaluated."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from workloads.calc.months import midnight
from workloads.models import UsageHour
from workloads.queries.bills import ruled_months

ZERO = Decimal(0)
EVALUATING = ("eval", "evals", "evaluate", "evaluation")
Key = tuple[int, date]


@dataclass(frozen=True)
class CallsCost:
    """A workload's calls and bills in a month, company currency, unrounded; `eval_share` of them evaluated it."""

    billed: Decimal = ZERO
    traced: Decimal = ZERO
    calls: int = 0
    unpriced: int = 0
    eval_share: Decimal = ZERO


def calls_cost(ids: Sequence[int], first: date, end: date, usd_rate: Decimal) -> dict[Key, CallsCost]:
    """Cost of calls as billed where a final bill rules, else as traced; months are UTC's, as on every bill."""
    if not ids or first >= end:
        return {}
    mine, found = set(ids), dict[Key, CallsCost]()
    evals = _eval_calls(ids, first, end, usd_rate)
    for month, ruled in ruled_months(first, end, ids).items():
        sums: dict[int, dict[str, Any]] = defaultdict(
            lambda: dict.fromkeys(("billed", "traced", "usd"), ZERO)
        )
        counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for share in ruled.shares:
            if share.workload in mine and share.source in ("billed", "traced"):
                sums[share.workload][share.source] += share.amount
        for row in ruled.traced:
            if row.workload in mine:
                sums[row.workload]["usd"] += row.cost
                counts[row.workload][0] += row.calls
                counts[row.workload][1] += row.unpriced_calls
        for pk, money in sums.items():
            part = evals.get((pk, month), ZERO) / money["usd"] if money["usd"] else ZERO
            of_evals = min(part, Decimal(1)).quantize(Decimal("1e-8"))
            found[pk, month] = CallsCost(
                money["billed"], money["traced"], counts[pk][0], counts[pk][1], of_evals
            )
    return found


def _eval_calls(ids: Sequence[int], first: date, end: date, rate: Decimal) -> dict[Key, Decimal]:
    """What calls cost that were made to evaluate, as their environment or operation says; company currency."""
    said = Q(environment__in=EVALUATING) | Q(operation__in=EVALUATING)
    rows = UsageHour.objects.filter(said, workload__in=ids, hour__gte=midnight(first), hour__lt=midnight(end))
    summed = rows.order_by().values_list("workload", TruncMonth("hour")).annotate(usd=Sum("cost_usd"))
    return {(pk, month.date()): usd * rate for pk, month, usd in summed}
