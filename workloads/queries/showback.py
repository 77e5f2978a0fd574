"""What each unit and cost centre is shown for a month, in company currency."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from aiops import permissions
from aiops.models import BusinessUnit, Company, User
from aiops.permissions import Permission
from workloads.calc.focus import ShowbackCharge
from workloads.calc.months import later
from workloads.calc.reconcile import Billed, Share, exact_sum
from workloads.models import Workload
from workloads.queries.bills import ruled_months


def reads_all_money(user: Any) -> bool:
    """Whether somebody may see figures that belong to no unit, such as spend without an owner."""
    return permissions.scope(user, Permission.READ_MONEY).everything


def money_workloads(user: User) -> QuerySet[Workload]:
    """Workloads whose money this person may read: of their units, and those that they answer for."""
    where = permissions.scope(user, Permission.READ_MONEY)
    rows = Workload.objects.select_related("unit")
    if where.everything:
        return rows
    mine = Workload.objects.answered_by(user).values("pk")
    return rows.filter(Q(unit_id__in=where.unit_ids) | Q(pk__in=mine))


@dataclass(frozen=True)
class ShowbackRow:
    """One workload's model (or fixed cost) in one cost centre."""

    workload: Workload
    share: Share

    @property
    def unit(self) -> BusinessUnit:
        return self.workload.unit

    @property
    def what(self) -> str:
        return self.share.model or ("fixed costs" if self.share.source == "fixed" else self.share.provider)


@dataclass(frozen=True)
class CostCentre:
    name: str
    amount: Decimal
    provisional: bool
    rows: list[ShowbackRow]


@dataclass(frozen=True)
class UnitCost:
    unit: BusinessUnit
    amount: Decimal
    provisional: bool
    centres: list[CostCentre]


@dataclass(frozen=True)
class Showback:
    """A month: rows in the order of units, cost centres and money; `nobody` is billed AI spend of no unit.

    `nobody` is empty for readers of one unit: it is not theirs to see.
    """

    month: date
    company: Company
    rows: list[ShowbackRow]
    nobody: list[Billed]

    @property
    def total(self) -> Decimal:
        return exact_sum(row.share.amount for row in self.rows)

    @property
    def nobody_total(self) -> Decimal:
        return exact_sum(line.amount for line in self.nobody)

    @property
    def provisional(self) -> bool:
        return any(row.share.provisional for row in self.rows)

    @property
    def units(self) -> list[UnitCost]:
        grouped: dict[int, list[ShowbackRow]] = defaultdict(list)
        for row in self.rows:
            grouped[row.unit.pk].append(row)
        return [_unit_cost(rows) for rows in grouped.values()]


def _unit_cost(rows: list[ShowbackRow]) -> UnitCost:
    grouped: dict[str, list[ShowbackRow]] = defaultdict(list)
    for row in rows:
        grouped[row.share.cost_centre].append(row)
    centres = [CostCentre(name, *_sum(mine), mine) for name, mine in sorted(grouped.items())]
    return UnitCost(rows[0].unit, *_sum(rows), centres)


def _sum(rows: Iterable[ShowbackRow]) -> tuple[Decimal, bool]:
    listed = list(rows)
    return exact_sum(row.share.amount for row in listed), any(row.share.provisional for row in listed)


def showback(user: User, month: date) -> Showback:
    """The month as this person may see it."""
    ruled = ruled_months(month, later(month))[month]
    known = {workload.pk: workload for workload in money_workloads(user)}
    rows = [ShowbackRow(known[share.workload], share) for share in ruled.shares if share.workload in known]
    rows.sort(
        key=lambda row: (row.unit.name, row.unit.pk, row.share.cost_centre, -row.share.amount, row.what)
    )
    return Showback(month, Company.load(), rows, ruled.unowned if reads_all_money(user) else [])


def focus_charges(shown: Showback) -> Iterator[ShowbackCharge]:
    """The month as FOCUS wants it; money without an owner is in nobody's showback, so it is not in here."""
    for row in shown.rows:
        yield ShowbackCharge(
            company=shown.company.name,
            currency=shown.company.currency,
            start=shown.month,
            end=later(shown.month),
            unit_code=row.unit.code,
            unit_name=row.unit.name,
            cost_centre=row.share.cost_centre,
            workload_key=row.workload.key,
            workload_name=row.workload.name,
            provider=row.share.provider,
            model=row.share.model,
            source=row.share.source,
            provisional=row.share.provisional,
            amount=row.share.amount,
            calls=row.share.calls,
        )
