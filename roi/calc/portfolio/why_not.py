"""Why an item is not in the plan, and what would have to change: the best plan with it is compared with the plan."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from roi.calc.portfolio import measure
from roi.calc.portfolio.frontier import at_budget, budgets
from roi.calc.portfolio.items import Array, Item, Plan, Problem, Rule
from roi.calc.portfolio.milp import TIME_LIMIT, ceiling, solve_model
from roi.calc.portfolio.model import INFINITE, Model, build

REASONS = (
    "never",
    "loses_money",
    "excluded_by",
    "needs",
    "overlaps",
    "budget",
    "effort",
    "risk_count",
    "cvar",
    "team",
    "displaces",
)
RESOURCES = ("budget", "effort", "risk_count", "cvar", "team")
LADDER, BUDGET_STEPS, COST_STEPS = 8, 3, 5


@dataclass(frozen=True)
class WhyNot:
    """One item that is left out; money throughout.

    reason: "never" (kept out by the scenario), "loses_money" (expected NPV of 0 or less), "excluded_by" and "needs"
    (blocked_by names the chosen ones that exclude it, the missing ones that it needs), "overlaps" (blocked_by names
    the chosen ones that take its benefit), one of RESOURCES (the only kind of limit in its way, or lifting that one
    alone would bring it in), "displaces" (several are in its way: it goes in only at the expense of better ones).
    gap: value that the best plan with it loses, which is what its NPV must rise by; negative where the scenario keeps
    a gain out; None where no plan can hold it. exact: False where gap is at least so much, from the relaxation (far
    from entering). displaced: what the best plan with it drops. binding: the limits that stand in its way, the
    decisive one first. cost_to_enter: the build cost at which it enters; NPV contains the build cost, so each unit
    saved raises it by one. budget_to_enter: a larger budget at which the best plan holds it. Both None where the
    budget is not in the way, no such number exists, or it was not looked for.
    """

    key: str
    reason: str
    value: float
    cost: float
    gap: float | None = None
    exact: bool = True
    displaced: tuple[str, ...] = ()
    binding: tuple[Rule, ...] = ()
    blocked_by: tuple[str, ...] = ()
    cost_to_enter: float | None = None
    budget_to_enter: float | None = None


def why_not(
    problem: Problem,
    plan: Plan,
    closest: int = 4,
    exact: int = 40,
    seconds: float = 15.0,
    gap: float = 0.0,
    on_step: Callable[[int, int], None] | None = None,
) -> list[WhyNot]:
    """All items outside a plan of this problem, those closest to entering first; none for a plan that does not exist.

    One optimisation for each of the `exact` items closest by the relaxation, one for each limit where several kinds
    are in somebody's way, and at most COST_STEPS + BUDGET_STEPS more for each of the `closest` ones that the budget
    bars. After `seconds` nothing further is looked for: what is known by then is said. `gap`: relative precision.
    `on_step(done, total)` counts the items.
    """
    out = [problem.by_key[key] for key in sorted(problem.by_key) if key not in plan.chosen]
    if plan.status not in ("optimal", "feasible") or not out:
        return []
    study = _Study(problem, plan, build(problem), gap, monotonic() + seconds)
    obstacles = {item.key: _obstacles(problem, plan, item) for item in out}
    several = [rules for rules in obstacles.values() if len({rule.kind for rule in rules}) > 1]
    opened = study.opened({rule for rules in several for rule in rules})
    found = []
    for done, (item, most) in enumerate(_nearest(study, out, exact), start=1):
        best = study.forced(item.key) if done <= exact else None
        found.append(_reasoned(study, item, obstacles[item.key], opened, best, most))
        if on_step:
            on_step(done, len(out))
    found.sort(key=lambda why: (INFINITE if why.gap is None else why.gap, why.key))
    barred = [why for why in found if any(rule.kind == "budget" for rule in why.binding)]
    priced = {why.key: why for why in _priced(study, barred[:closest])}
    return [priced.get(why.key, why) for why in found]


@dataclass
class _Study:
    """The questions asked of the solver; each returns None once time is up."""

    problem: Problem
    plan: Plan
    model: Model
    gap: float
    until: float

    def solved(self, lower: Array, upper: Array) -> Plan | None:
        left = self.until - monotonic()
        if left <= 0:
            return None
        return solve_model(self.model, lower, upper, time_limit=min(left, TIME_LIMIT), gap=self.gap)

    def lifted(self, rules: Iterable[Rule]) -> tuple[Array, Array]:
        away = self.model.rows_of(rules)
        return np.where(away, -INFINITE, self.model.lower), np.where(away, INFINITE, self.model.upper)

    def with_item(self, key: str, more: float = 0.0) -> tuple[Array, Array]:
        """The limits with an item in, and `more` budget."""
        lower, upper = self.lifted([Rule("never", (key,))])
        lower[self.model.once(key)] = 1.0
        upper[self.model.rows_of(rule for rule in self.model.rules if rule and rule.kind == "budget")] += more
        return lower, upper

    def forced(self, key: str, more: float = 0.0) -> Plan | None:
        """The best plan that holds an item; None where there is none (or no time to find it)."""
        plan = self.solved(*self.with_item(key, more))
        return plan if plan and plan.status in ("optimal", "feasible") else None

    def opened(self, rules: set[Rule]) -> dict[Rule, set[str]]:
        """What the best plan holds when one limit alone is lifted; of effort, one role's in all quarters."""
        alike: dict[tuple[str, str], list[Rule]] = {}
        for rule in sorted(rules, key=_order):
            alike.setdefault((rule.kind, rule.role), []).append(rule)
        plans = [(group, self.solved(*self.lifted(group))) for group in alike.values()]
        return {rule: set(plan.chosen) for group, plan in plans if plan for rule in group}


def _order(rule: Rule) -> tuple[int, int, str]:
    return RESOURCES.index(rule.kind), rule.quarter or 0, rule.role


def _obstacles(problem: Problem, plan: Plan, item: Item) -> list[Rule]:
    """The limits that break when the item joins the plan as it is, in any quarter in which it would still gain."""
    if item.key in problem.never or item.value <= 0 or _blockers(problem, plan.chosen, item)[0]:
        return []
    found: set[Rule] = set()
    for quarter in range(problem.quarters):
        if item.value > quarter * item.delay_cost:
            broken = measure.broken(problem, plan.chosen | {item.key: quarter})
            found |= {rule for rule in broken if rule.kind in RESOURCES}
    return sorted(found, key=_order)


def _blockers(problem: Problem, chosen: Mapping[str, int], item: Item) -> tuple[str, tuple[str, ...]]:
    """The reason that other items give, and which: a chosen rival, or something needed that is missing."""
    rivals = {b if a == item.key else a for a, b in problem.exclusive if item.key in (a, b)} & set(chosen)
    if rivals:
        return "excluded_by", tuple(sorted(rivals))
    missing = {b for a, b in problem.needs if a == item.key} - set(chosen)
    return ("needs", tuple(sorted(missing))) if missing else ("", ())


def _overlapping(problem: Problem, chosen: Mapping[str, int], key: str) -> tuple[str, ...]:
    others = {b if a == key else a for a, b, share in problem.overlaps if key in (a, b) and share > 0}
    return tuple(sorted(others & set(chosen)))


def _nearest(study: _Study, out: Sequence[Item], exact: int) -> list[tuple[Item, float | None]]:
    """Items with the relaxation's ceiling on a plan with them, best first; all without one where few are out."""
    if len(out) <= exact:
        return [(item, None) for item in out]
    ceilings = [(item, ceiling(study.model, *study.with_item(item.key))) for item in out]
    return sorted(ceilings, key=lambda pair: (INFINITE if pair[1] is None else -pair[1], pair[0].key))


def _reasoned(
    study: _Study,
    item: Item,
    obstacles: Sequence[Rule],
    opened: Mapping[Rule, set[str]],
    best: Plan | None,
    most: float | None,
) -> WhyNot:
    reached = best.value if best else most
    reason, blocked_by, binding = _reason(study, item, obstacles, opened, reached is not None)
    why = WhyNot(item.key, reason, item.value, item.cost, binding=binding, blocked_by=blocked_by)
    if reached is None:
        return why
    lost = study.plan.value - reached
    gap = lost if reason == "never" else max(lost, 0.0)
    displaced = tuple(sorted(set(study.plan.chosen) - set(best.chosen))) if best else ()
    return replace(why, gap=gap, exact=best is not None, displaced=displaced)


def _reason(
    study: _Study, item: Item, obstacles: Sequence[Rule], opened: Mapping[Rule, set[str]], possible: bool
) -> tuple[str, tuple[str, ...], tuple[Rule, ...]]:
    """Reason, who blocks it, and the limits in its way with those first that alone decide."""
    if item.key in study.problem.never:
        return "never", (), ()
    if item.value <= 0:
        return "loses_money", (), ()
    reason, blocked_by = _blockers(study.problem, study.plan.chosen, item)
    if reason:
        return reason, blocked_by, ()
    overlapping = _overlapping(study.problem, study.plan.chosen, item.key)
    if overlapping and not obstacles:
        return "overlaps", overlapping, ()
    decisive = [rule for rule in obstacles if item.key in opened.get(rule, ())]
    binding = (*decisive, *(rule for rule in obstacles if rule not in decisive))
    alone = bool(decisive) or not possible or len({rule.kind for rule in obstacles}) == 1
    return (binding[0].kind if alone and binding else "displaces"), overlapping, binding


def _priced(study: _Study, barred: Sequence[WhyNot]) -> list[WhyNot]:
    """The cost and the budget at which each enters."""
    if not barred:
        return []
    ladder = _ladder(study)
    return [
        replace(why, cost_to_enter=_cost(study, why), budget_to_enter=_budget(study, why, ladder))
        for why in barred
    ]


def _cost(study: _Study, why: WhyNot) -> float | None:
    """Bisection on the saving: with the item in, a saving acts as that much more budget and that much more value."""

    def enters(saving: float) -> bool:
        best = study.forced(why.key, saving)
        return best is not None and best.value + saving >= study.plan.value

    low, high = 0.0, why.cost if why.gap is None else min(why.gap, why.cost)
    if not enters(high):
        return None
    for _ in range(COST_STEPS - 1):
        middle = (low + high) / 2
        low, high = (low, middle) if enters(middle) else (middle, high)
    return why.cost - high


def _ladder(study: _Study) -> list[tuple[float, set[str]]]:
    """Budgets above the given one, rung by rung, with what the best plan then holds."""
    now = study.problem.budget or 0.0
    top = max(*budgets(study.problem), now)
    plans = [(now, set(study.plan.chosen))]
    for budget in np.linspace(now, top, LADDER + 1)[1:].tolist():
        if (chosen := _at(study, budget)) is not None:
            plans.append((budget, chosen))
    return plans


def _at(study: _Study, budget: float) -> set[str] | None:
    left = study.until - monotonic()
    return set(at_budget(study.model, budget, min(left, TIME_LIMIT), study.gap).chosen) if left > 0 else None


def _budget(study: _Study, why: WhyNot, ladder: Sequence[tuple[float, set[str]]]) -> float | None:
    """The first rung that holds the item, then bisection down to the rung below it."""
    first = next((i for i, (_, chosen) in enumerate(ladder) if why.key in chosen), 0)
    if first == 0:
        return None
    low, high = ladder[first - 1][0], ladder[first][0]
    for _ in range(BUDGET_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if why.key in (_at(study, middle) or ()) else (middle, high)
    return high
