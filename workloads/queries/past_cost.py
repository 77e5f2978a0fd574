"""What one workload cost in the months that are over: as billed where a final bill rules, else as traced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workloads.calc.fixed_costs import Fixed, fixed_between
from workloads.calc.months import later
from workloads.models import FixedCost, Workload
from workloads.queries.bills import RulingCost, ruling_costs
from workloads.queries.prices import present_amounts

SHOWN_MONTHS = 6


@dataclass(frozen=True)
class PastMonth:
    """A month that is over, in company currency, unrounded. `cost` is of calls and bills and says where it is from."""

    month: date
    cost: RulingCost
    fixed: Decimal

    @property
    def total(self) -> Decimal:
        return self.cost.amount + self.fixed


def past_months(workload: Workload, month: date, costs: Iterable[FixedCost]) -> list[PastMonth]:
    """The six months before `month`, the newest first; those before the first that cost anything are left out."""
    fixed = [Fixed(cost.quantity, cost.amount, cost.valid_from, cost.valid_to) for cost in present_amounts(costs)]
    found = [
        PastMonth(day, cost, fixed_between(fixed, day, later(day)))
        for day, cost in sorted(ruling_costs(workload, later(month, -SHOWN_MONTHS), month).items())
    ]
    first = next((n for n, one in enumerate(found) if one.total or one.cost.source != "none"), len(found))
    return found[first:][::-1]
