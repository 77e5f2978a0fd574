"""Actual costs by month, and what building cost to date: from the lines where there are any, else the noted total."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from aiops.queries import Currencies, currencies
from roi.models import ActualCost, ValueMonth
from workloads.models import Workload

ZERO = Decimal(0)
HEAD = [
    "workload",
    "name",
    "month",
    "kind",
    "amount",
    "currency",
    "cost_centre",
    "note",
    "source",
    "by",
    "at",
]


def may_read_costs(workload: Workload, user: User) -> bool:
    """Whoever reads the unit's money, and who answers for the workload."""
    return workload.answers(user) or permissions.has(user, Permission.READ_MONEY, unit=workload.unit)


@dataclass(frozen=True)
class CostMonth:
    """One month of a workload: a line a kind, None where there is none; money in `currency`."""

    month: date
    currency: str
    closed: bool
    lines: tuple[ActualCost | None, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines if line), ZERO)

    @property
    def notes(self) -> list[str]:
        """Cost centres, notes and sources other than the form, each once."""
        found = [part for line in self.lines if line for part in _said(line)]
        return list(dict.fromkeys(found))


def _said(line: ActualCost) -> Iterator[str]:
    if line.cost_centre:
        yield line.cost_centre
    if line.note:
        yield line.note
    if line.source != ActualCost.Source.FORM:
        yield line.get_source_display()


def cost_months(workload: Workload, closed: set[date], money: Currencies) -> list[CostMonth]:
    """The months that have a line, the newest first; `closed` are those that are frozen."""
    by_month: dict[date, dict[str, ActualCost]] = defaultdict(dict)
    for line in ActualCost.objects.filter(workload=workload).exclude(amount=0):
        by_month[line.month][line.kind] = line
    return [
        CostMonth(month, money.on(month), month in closed, tuple(map(lines.get, ActualCost.Kind.values)))
        for month, lines in sorted(by_month.items(), reverse=True)
    ]


def closed_months(workload: Workload) -> set[date]:
    return set(ValueMonth.objects.filter(workload=workload).closed().values_list("month", flat=True))


def cost_lines(user: User, workload: Workload | None = None) -> QuerySet[ActualCost]:
    """Lines of the workloads whose money this person reads."""
    where = permissions.scope(user, Permission.READ_MONEY)
    seen = Workload.objects.visible_to(user)
    if not where.everything:
        own = Workload.objects.answered_by(user).values("pk")
        seen = seen.filter(pk__in=own) | seen.filter(unit_id__in=where.unit_ids)
    rows = ActualCost.objects.filter(
        workload__in=seen.values("pk"), **({"workload": workload} if workload else {})
    )
    return rows.select_related("workload", "by").order_by("workload__number", "month", "kind")


def sheet_rows(rows: Iterable[ActualCost]) -> Iterator[list[Any]]:
    """As HEAD; the first columns and cost centre and note import back."""
    money = currencies()
    for line in rows:
        about = [line.workload.key, line.workload.name, f"{line.month:%Y-%m}", line.kind, line.amount]
        yield [*about, money.on(line.month), line.cost_centre, line.note, line.source, line.by.name, line.at]


@dataclass(frozen=True)
class Built:
    """What building cost to date, in the company's present currency; `from_lines` or the noted total."""

    amount: Decimal
    from_lines: bool
    through: date | None = None

    @property
    def words(self) -> str:
        """Which of the two rules."""
        if self.from_lines and self.through:
            return f"from the monthly lines, to {self.through:%b %Y}"
        return "as noted by hand: there are no monthly lines"


def built_to_date(workloads: Iterable[Workload], money: Currencies | None = None) -> dict[int, Built]:
    """By workload's id. Lines of building rule where there is one; else `Workload.spent`. Three queries in all."""
    listed = {workload.pk: workload for workload in workloads}
    money = money or currencies()
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    last: dict[int, date] = {}
    lines = ActualCost.objects.filter(workload__in=listed, kind=ActualCost.Kind.BUILD).exclude(amount=0)
    for pk, month, amount in lines.order_by("month").values_list("workload_id", "month", "amount"):
        sums[pk] += money.present(amount, money.on(month))
        last[pk] = month
    return {
        pk: Built(sums[pk], True, last[pk]) if pk in last else Built(workload.spent, False)
        for pk, workload in listed.items()
    }
