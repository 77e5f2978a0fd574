"""Where forecasts go wrong: the gaps of many workloads to date, summed in the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet, Sum, Value
from django.db.models.expressions import RawSQL

from aiops.models import Company
from roi.calc.gap import ZERO, rounded
from roi.calc.gap_words import NAMES
from roi.models import Correction, ValueToDate
from roi.models.value import CASH_COSTS
from roi.queries.currencies import Currencies
from workloads.models import Workload

MONEY: Any = DecimalField(max_digits=24, decimal_places=10)


@dataclass(frozen=True)
class FactorRow:
    """One factor over a portfolio: the sum of its parts, and how many workloads it helped and hurt."""

    factor: str
    name: str
    amount: Decimal
    below: int
    above: int
    worst: str
    worst_number: int | None


SUMS = """
SELECT part.key, sum(part.value::numeric), count(*) FILTER (WHERE part.value::numeric < 0),
       count(*) FILTER (WHERE part.value::numeric > 0),
       (array_agg(held.workload_id ORDER BY part.value::numeric))[1], min(part.value::numeric)
FROM roi_valuetodate held, jsonb_each_text(held.gap) part
WHERE held.workload_id = ANY(%s) GROUP BY part.key
"""


def portfolio_gap(workloads: Any) -> list[FactorRow]:
    """Where forecasts go wrong: each factor's parts to date, in the company's currency, the largest first."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [list(workloads.values_list("pk", flat=True))])
        rows = [row for row in cursor.fetchall() if row[0] in NAMES]
    names = {w.pk: w for w in Workload.objects.filter(pk__in={row[4] for row in rows}).only("name", "number")}
    made = [_factor_row(row, names) for row in rows]
    return sorted((row for row in made if row.amount or row.below), key=lambda row: -abs(row.amount))


def _factor_row(row: Sequence[Any], names: Mapping[int, Workload]) -> FactorRow:
    worst = names[row[4]] if row[5] < 0 else None
    shown = (worst.name, worst.number) if worst else ("", None)
    return FactorRow(row[0], NAMES[row[0]], row[1], row[2], row[3], *shown)


OF_ROW = "(SELECT coalesce(sum(part.value::numeric), 0) FROM jsonb_each_text(roi_valuetodate.gap) part)"
COSTS = sum((F(name) for name in CASH_COSTS), Value(ZERO))


def gap_rows(workloads: Any) -> "QuerySet[ValueToDate]":
    """Workloads with a forecast in cash, as sums to date with `gap_sum`, the worst first."""
    rows = ValueToDate.objects.filter(workload__in=workloads).exclude(gap={}).select_related("workload__unit")
    return rows.annotate(gap_sum=RawSQL(OF_ROW, [], output_field=MONEY)).order_by("gap_sum", "workload_id")


def gap_totals(rows: "QuerySet[ValueToDate]") -> dict[str, Decimal]:
    """Over all of them: what came without corrections, what was approved, the gap, and the corrections."""
    cash = ExpressionWrapper(F("cash_signed") - COSTS, output_field=MONEY)
    sums = rows.aggregate(gap=Sum("gap_sum"), came=Sum(cash))
    late = sum(_late(rows.order_by().values("workload_id")).values(), ZERO)
    gap, came = sums["gap"] or ZERO, (sums["came"] or ZERO) - late
    return {"gap": gap, "came": came, "planned": came - gap, "corrections": late}


def gap_lines(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """What a row of the list tells: approved, came, the gap and the part that is most of it."""
    listed = list(rows)
    late = _late([row.workload_id for row in listed])
    return [_gap_line(row, late.get(row.workload_id, ZERO)) for row in listed]


def _gap_line(row: Any, late: Decimal) -> dict[str, Any]:
    most = max(row.gap.items(), key=lambda item: abs(Decimal(item[1])))
    came = row.cash_net - late
    line = {
        "row": row,
        "workload": row.workload,
        "gap": row.gap_sum,
        "came": came,
        "planned": came - row.gap_sum,
    }
    return line | {"first": NAMES.get(most[0], most[0]), "part": Decimal(most[1]), "corrections": late}


def _late(workloads: Any) -> dict[int, Decimal]:
    """What corrections moved cash net by, by the workload's id: in no part of a gap."""
    found: dict[int, Decimal] = defaultdict(Decimal)
    currencies = Currencies.load(Company.load())
    for row in Correction.objects.filter(workload__in=workloads):
        found[row.workload_id] += rounded(row.cash_net * currencies.rate(row.currency, currencies.now))
    return found
