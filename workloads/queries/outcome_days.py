"""Daily sums of outcomes, added up by month, by week or day by day: what pages and the ledger read, never the items.

Days, weeks and months are the company's (`Company.time_zone`). Items that only telemetry marked, struck ones and
(unless asked for) held-out ones are in no sum.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import DateField, Max, Sum
from django.db.models.functions import Trunc

from workloads.models.inventory import Workload
from workloads.models.outcomes import Arm, OutcomeDay

ADDED = ("done", "judged", "accepted", "minutes_n", "minutes_sum", "minutes_squares")
Sums = dict[tuple[int, date], "OutcomeSums"]


@dataclass(frozen=True)
class OutcomeSums:
    """Items finished in a period: `judged` of the `done` have a verdict; minutes are of the `minutes_n` that say them.

    `changed_at` is the last change of any of the sums; a period whose items were all struck has zeros and that time.
    """

    done: int = 0
    judged: int = 0
    accepted: int = 0
    minutes_n: int = 0
    minutes_sum: Decimal = Decimal(0)
    minutes_squares: Decimal = Decimal(0)
    changed_at: datetime | None = None

    @property
    def minutes_mean(self) -> Decimal | None:
        """People's minutes that an item still took, over the items that said so."""
        return self.minutes_sum / self.minutes_n if self.minutes_n else None


def month_sums(workload_ids: Collection[int], first: date, end: date, arm: str = Arm.AI) -> Sums:
    """{(workload id, first day of the month): sums} over the days of [first, end); one query for any number."""
    return _sums("month", workload_ids, first, end, arm)


def week_sums(workload_ids: Collection[int], monday: date, end: date, arm: str = Arm.AI) -> Sums:
    """{(workload id, Monday): sums} over the days of [monday, end)."""
    return _sums("week", workload_ids, monday, end, arm)


def _sums(kind: str, workload_ids: Collection[int], first: date, end: date, arm: str) -> Sums:
    days = OutcomeDay.objects.filter(workload_id__in=list(workload_ids), day__gte=first, day__lt=end, arm=arm)
    rows: Any = days.order_by().values("workload_id", of=Trunc("day", kind, output_field=DateField()))
    added: Any = {name: Sum(name) for name in ADDED}
    rows = rows.annotate(changed=Max("changed_at"), **{f"{name}_all": sum_ for name, sum_ in added.items()})
    return {
        (row["workload_id"], row["of"]): OutcomeSums(
            **{name: row[f"{name}_all"] for name in ADDED}, changed_at=row["changed"]
        )
        for row in rows
    }


def day_rows(workload: Workload, first: date, end: date, arm: str = Arm.AI) -> list[OutcomeDay]:
    """The daily rows of [first, end) in order; a day has one row for each place that sent anything."""
    days = OutcomeDay.objects.filter(workload=workload, day__gte=first, day__lt=end, arm=arm)
    return list(days.order_by("day", "place"))


def changed_months(since: datetime) -> dict[int, set[date]]:
    """{workload id: months whose sums, of either arm, changed at that time or later}: what a ledger has to look at."""
    rows = OutcomeDay.objects.filter(changed_at__gte=since).order_by()
    months: dict[int, set[date]] = defaultdict(set)
    for workload_id, month in rows.values_list(
        "workload_id", Trunc("day", "month", output_field=DateField())
    ).distinct():
        months[workload_id].add(month)
    return dict(months)
