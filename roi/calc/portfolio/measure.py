"""What a given choice is worth and which limits it breaks, by plain addition: no solver takes part."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from roi.calc.portfolio.items import TAIL, TOLERANCE, Array, Chosen, Item, Plan, Problem, Rule


@dataclass
class Use:
    """What chosen items take of each limited thing; adding with sign -1 gives it back."""

    cost: float = 0.0
    effort: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    high_risk: int = 0
    hours: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, item: Item, quarter: int, sign: int = 1) -> None:
        self.cost += sign * item.cost
        self.high_risk += sign * item.high_risk
        self.hours[item.team] += sign * max(item.hours, 0.0)
        for role, days in item.effort.items():
            self.effort[role, quarter] += sign * days


def use_of(problem: Problem, chosen: Chosen) -> Use:
    use = Use()
    for key, quarter in chosen.items():
        use.add(problem.by_key[key], quarter)
    return use


def value_of(problem: Problem, chosen: Chosen) -> float:
    """Expected NPV of a choice: late starts and overlaps taken off."""
    values = (problem.by_key[key].value for key in chosen)
    return sum(values) - _taken_off(problem, chosen)


def _taken_off(problem: Problem, chosen: Chosen) -> float:
    late = sum(quarter * problem.by_key[key].delay_cost for key, quarter in chosen.items())
    both = (pair for pair in problem.overlaps if pair[0] in chosen and pair[1] in chosen)
    return late + sum(problem.loss(pair) for pair in both)


def outcomes(problem: Problem, chosen: Chosen) -> Array:
    """NPV of a choice in each future, shape (S,)."""
    assert problem.futures is not None
    columns = [problem.column[key] for key in chosen]
    return np.asarray(problem.futures[:, columns].sum(axis=1) - _taken_off(problem, chosen))


def tail_mean(values: Array, share: float = TAIL) -> float:
    """Mean of the worst `share` of equally likely values (CVaR)."""
    return float(tail_weights(values, share) @ values)


def tail_weights(values: Array, share: float = TAIL) -> Array:
    """What each value weighs in that mean; one that straddles the edge counts in part (Rockafellar, Uryasev 2002)."""
    inside = np.clip(share * len(values) - np.arange(len(values)), 0.0, 1.0)
    weights = np.empty(len(values))
    weights[np.argsort(values, kind="stable")] = inside / inside.sum()
    return weights


def broken(problem: Problem, chosen: Chosen) -> list[Rule]:
    """Every limit that a choice breaks, by name."""
    return [*over(problem, use_of(problem, chosen)), *_untied(problem, chosen), *_too_risky(problem, chosen)]


def over(problem: Problem, use: Use) -> list[Rule]:
    """The limits on things that add up: budget, effort, number of risky ones, posts of a team."""
    found = [rule for rule in problem.roles if _above(use.effort[rule.role, rule.quarter or 0], rule.limit)]
    if _above(use.cost, problem.budget):
        found.insert(0, Rule("budget", limit=problem.budget))
    if _above(use.high_risk, problem.max_high_risk):
        found.append(Rule("risk_count", limit=problem.max_high_risk))
    return found + [rule for rule in problem.teams if _above(use.hours[rule.role], rule.limit)]


def _above(used: float, limit: float | None) -> bool:
    return limit is not None and used > limit + TOLERANCE * max(1.0, abs(limit))


def _untied(problem: Problem, chosen: Chosen) -> list[Rule]:
    return [
        *(Rule("excludes", pair) for pair in problem.exclusive if pair[0] in chosen and pair[1] in chosen),
        *(Rule("needs", pair) for pair in problem.needs if _starts_without(chosen, *pair)),
        *(Rule("must", (key,)) for key in problem.must if key not in chosen),
        *(Rule("never", (key,)) for key in problem.never if key in chosen),
    ]


def _starts_without(chosen: Chosen, key: str, needed: str) -> bool:
    return key in chosen and (needed not in chosen or chosen[needed] > chosen[key])


def _too_risky(problem: Problem, chosen: Chosen) -> list[Rule]:
    floor = problem.cvar_floor
    if floor is None or tail_mean(outcomes(problem, chosen)) >= floor - TOLERANCE * max(1.0, abs(floor)):
        return []
    return [Rule("cvar", limit=floor)]


def plan_of(problem: Problem, chosen: Chosen, status: str, bound: float = float("inf")) -> Plan:
    """A choice with its figures, keys in order. A bound below the value is the solver's rounding: they then agree."""
    ordered = {key: chosen[key] for key in sorted(chosen)}
    use, value = use_of(problem, ordered), value_of(problem, ordered)
    bound = max(bound, value)
    return Plan(
        status,
        ordered,
        value,
        use.cost,
        {place: days for place, days in sorted(use.effort.items()) if days > 0},
        None if problem.futures is None else tail_mean(outcomes(problem, ordered)),
        (bound - value) / max(abs(value), 1.0),
        bound,
    )
