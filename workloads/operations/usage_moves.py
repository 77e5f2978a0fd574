"""What a new cost of stored calls does to the calls and to their hourly sums, written together."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any

from workloads.models import Call

Key = tuple[datetime, str, str, str, str, str]
# Columns of UsageHour that a cost of each source counts in.
BY_SOURCE = {"list": "list_cost_usd", "own": "own_cost_usd", "upper_bound": "upper_bound_cost_usd"}
SUMS = ("cost_usd", *BY_SOURCE.values(), "unpriced_calls", "upper_bound_calls")
EXACT = 60
ZERO = Decimal(0)
CALLS = """
UPDATE workloads_call SET cost = cost_new, cost_source = source_new
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::numeric[], %s::text[])
  AS moved (at, trace, span, cost_new, source_new)
WHERE workload_id = %s AND started_at BETWEEN %s AND %s
  AND started_at = at AND trace_id = trace AND span_id = span
"""
HOURS = f"""
UPDATE workloads_usagehour AS total SET {", ".join(f"{name} = total.{name} + moved.{name}" for name in SUMS)}
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  {", ".join(["%s::numeric[]"] * len(SUMS))})
  AS moved (hour, provider, model, operation, environment, cost_centre, {", ".join(SUMS)})
WHERE workload_id = %s AND total.hour = moved.hour AND total.provider = moved.provider
  AND total.model = moved.model AND total.operation = moved.operation
  AND total.environment = moved.environment AND total.cost_centre = moved.cost_centre
"""  # noqa: S608  only our own column names are put in


class Moves:
    """Calls of one workload whose cost moves. The caller holds the workload's row."""

    def __init__(self, workload: int) -> None:
        self._workload = workload
        self._calls: list[tuple[datetime, str, str, Decimal | None, str]] = []
        self._hours: dict[Key, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(SUMS, ZERO))

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def difference(self) -> Decimal:
        """US dollars that the sums move by."""
        with localcontext() as context:
            context.prec = EXACT
            return sum((sums["cost_usd"] for sums in self._hours.values()), ZERO)

    def add(self, call: Call, amount: Decimal | None, source: str) -> None:
        self._calls.append((call.started_at, call.trace_id, call.span_id, amount, source))
        if not call.counted:
            return
        hour = call.started_at.replace(minute=0, second=0, microsecond=0)
        sums = self._hours[
            hour, call.provider, call.model, call.operation, call.environment, call.cost_centre
        ]
        with localcontext() as context:
            context.prec = EXACT
            _count(sums, call.cost, call.cost_source, -1)
            _count(sums, amount, source, 1)

    def write(self, cursor: Any) -> None:
        if not self._calls:
            return
        times, *others = (list(column) for column in zip(*self._calls, strict=True))
        cursor.execute(CALLS, [times, *others, self._workload, min(times), max(times)])
        keys = sorted(self._hours)
        columns = [list(column) for column in zip(*keys, strict=True)]
        sums = [[self._hours[key][name] for key in keys] for name in SUMS]
        if keys:
            cursor.execute(HOURS, [*columns, *sums, self._workload])


def _count(sums: dict[str, Decimal], amount: Decimal | None, source: str, sign: int) -> None:
    if amount is None:
        sums["unpriced_calls"] += sign
        return
    sums["cost_usd"] += sign * amount
    if source in BY_SOURCE:
        sums[BY_SOURCE[source]] += sign * amount
    if source == "upper_bound":
        sums["upper_bound_calls"] += sign
