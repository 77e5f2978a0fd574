"""The parts of a month's gap, as the ledger stores them."""

from roi.calc.gap import cash_gap
from roi.models import ValueMonth
from roi.queries.forecast import Approved
from roi.queries.gap import came_in, planned_in


def gap_of(row: ValueMonth, approved: Approved | None) -> dict[str, str]:
    """Shapley parts of realised less approved cash net, {factor: amount in cents as text}; factors without one absent.

    Empty where the approval knows no cash. In the first month, `delay` holds what the plan gave in the months before.
    """
    plan = None if approved is None else planned_in(row, approved)
    if plan is None:
        return {}
    return {name: str(part) for name, part in cash_gap(plan, came_in(row, plan)).items()}
