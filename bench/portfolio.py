"""The best set of many candidates under twenty limits: how long it takes, how good it is proven to be, and what the
rule of thumb (value per cost, the best first) makes of the same problem. Then the planner's questions for 25.

Run: python -m bench.portfolio [candidates] [seconds] [seed]
"""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from roi.calc.portfolio import Item, Plan, Problem, frontier, futures, greedy, inclusion, solve, why_not

ROLES = ("engineering", "data", "integration", "business")
QUARTERS = 4
GAP = 1e-4
Found = TypeVar("Found")


def main(candidates: int = 1000, seconds: float = 10.0, seed: int = 1) -> None:
    _large(problem(candidates, seed), seconds)
    print()
    _planner(problem(25, seed, quarters=1), "25 candidates, one period")
    _planner(problem(25, seed), f"25 candidates, {QUARTERS} quarters")


def problem(count: int, seed: int, quarters: int = QUARTERS) -> Problem:
    """Skewed costs, values that are partly losses, effort in four roles; money and days for about a third of them."""
    rng = np.random.default_rng(seed)
    items = tuple(_item(f"C-{i:04}", rng) for i in range(count))
    need = {role: sum(item.effort[role] for item in items) for role in ROLES}
    return Problem(
        items,
        budget=0.3 * sum(item.cost for item in items),
        quarters=quarters,
        capacity={(role, q): 0.3 * need[role] / quarters for role in ROLES for q in range(quarters)},
        exclusive=((items[0].key, items[1].key),),
        needs=((items[2].key, items[3].key),),
        max_high_risk=max(count // 20, 1),
    )


def _item(key: str, rng: np.random.Generator) -> Item:
    cost = float(rng.lognormal(11, 0.6))
    value = cost * float(rng.normal(0.8, 1.0))
    effort = {role: cost / 10_000 * float(rng.uniform(0.3, 3)) for role in ROLES}
    curve = tuple(np.sort(value + 1.2 * cost * rng.standard_normal(41)).tolist())
    return Item(
        key, value, cost, effort, 0.08 * max(value, 0.0), bool(rng.random() < 0.25), curve, value + cost
    )


def _large(asked: Problem, seconds: float) -> None:
    limits = 1 + len(asked.capacity) + 1 + len(asked.exclusive) + len(asked.needs)
    print(f"{len(asked.items):,} candidates, {limits} limits, {asked.quarters} quarters to start in")
    plan, took = _timed(lambda: solve(asked, time_limit=seconds, gap=GAP))
    rule, rule_took = _timed(lambda: greedy(asked))
    ended = f"the gap of {GAP:.2%} was proven" if plan.status == "optimal" else f"{seconds:g} s were up"
    print(f"{plan.value:14,.0f}  optimiser    {took:7.2f} s  {len(plan.chosen)} chosen, ended as {ended}")
    print(f"{plan.bound:14,.0f}  no choice is worth more: proven gap {plan.gap:.4%}")
    print(
        f"{rule.value:14,.0f}  rule of thumb {rule_took:6.2f} s  {len(rule.chosen)} chosen, {_share(rule, plan)}"
    )


def _share(rule: Plan, plan: Plan) -> str:
    if rule.status == "unknown":
        return "which breaks a limit"
    return f"{rule.value / plan.value:.4f} of the optimiser" if plan.value > 0 else "no value to compare with"


def _planner(asked: Problem, words: str) -> None:
    print(words)
    plan = _told("best set", lambda: solve(asked))
    drawn = futures(asked.items)
    _told(f"inclusion in {len(drawn)} futures", lambda: inclusion(asked, drawn))
    _told("frontier", lambda: frontier(asked))
    _told(f"why not, for {len(asked.items) - len(plan.chosen)} left out", lambda: why_not(asked, plan))


def _told(words: str, work: Callable[[], Found]) -> Found:
    found, took = _timed(work)
    print(f"{took:8.2f} s  {words}")
    return found


def _timed(work: Callable[[], Found]) -> tuple[Found, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*(kind(word) for kind, word in zip((int, float, int), given, strict=False)))
