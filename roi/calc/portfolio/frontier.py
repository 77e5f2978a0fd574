"""Value against budget: what the next step of money buys."""

from dataclasses import dataclass, replace

import numpy as np

from roi.calc.portfolio.items import Plan, Problem
from roi.calc.portfolio.milp import TIME_LIMIT, solve_model
from roi.calc.portfolio.model import Model, build

POINTS = 15


@dataclass(frozen=True)
class Point:
    """The best choice at a budget; `cost` is what it spends of it. Money, keys in order."""

    budget: float
    value: float
    cost: float
    chosen: tuple[str, ...]


def frontier(
    problem: Problem, points: int = POINTS, time_limit: float = TIME_LIMIT, gap: float = 0.0
) -> list[Point]:
    """The best choice at `points` budgets from 0 to the cost of every candidate that gains money, and at the budget
    given; all other limits hold. Budgets at which no choice exists (the mandatory ones cost more) are left out.

    Never falls: what fits a smaller budget fits a larger one, so where time cut a search short the former stands.
    """
    found: list[Point] = []
    if not problem.items:
        return found
    model = build(replace(problem, budget=problem.budget or 0.0))
    for budget in budgets(problem, points):
        plan = at_budget(model, budget, time_limit, gap)
        if plan.status in ("optimal", "feasible"):
            found.append(_point(budget, plan, found[-1] if found else None))
    return found


def budgets(problem: Problem, points: int = POINTS) -> list[float]:
    worth_it = sum(item.cost for item in problem.items if item.value > 0 and item.key not in problem.never)
    steps = set(np.linspace(0.0, worth_it, points).tolist())
    return sorted(steps if problem.budget is None else steps | {float(problem.budget)})


def at_budget(model: Model, budget: float, time_limit: float = TIME_LIMIT, gap: float = 0.0) -> Plan:
    """The best choice at another budget than the model's own (which must have one)."""
    upper = model.upper.copy()
    upper[[rule is not None and rule.kind == "budget" for rule in model.rules]] = budget
    return solve_model(model, upper=upper, time_limit=time_limit, gap=gap)


def _point(budget: float, plan: Plan, before: Point | None) -> Point:
    if before and before.value >= plan.value:
        return replace(before, budget=budget)
    return Point(budget, plan.value, plan.cost, tuple(plan.chosen))
