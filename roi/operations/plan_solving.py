"""One answer of the planner: the best set, how it fares, what more money buys, and why the others are out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from math import ceil, isfinite
from typing import Any

import numpy as np

from roi.calc.portfolio import (
    Conflict,
    conflicts,
    frontier,
    futures,
    inclusion,
    intervals,
    solve,
    tail_mean,
    why_not,
)
from roi.calc.portfolio.items import Item, Plan, Problem
from roi.calc.portfolio.measure import outcomes
from roi.calc.simulation import CALC_VERSION
from roi.queries import Posed, pose

SEED = 20261
# The programme looks at the first futures, the spread that is shown at all: the first are the same in both.
PLANNED, SHOWN = 200, 2000
STEPS_BESIDE = 3
MOST_ROUNDS = 12
# Up to so many possible starts every question is answered exactly where time allows. Beyond, the plan itself still is;
# what stands around it, hundreds of questions, may be off by a thousandth of its worth.
EXACT, ROUGH = 400, 1e-3
# Hundreds of candidates under tight limits would take an hour: each question gets its time, and its best by then.
SECONDS_A_FUTURE, SECONDS_A_BUDGET = 1.0, 3.0
Progress = Callable[[int, int], None]


def solved(settings: Mapping[str, Any], currency: str, progress: Progress) -> dict[str, Any]:
    """The result that Plan keeps: plain JSON, money to the cent, quarters from 1. Same rows, same answer.

    `progress(done, total)` is called at least between any two long steps and may raise to stop.
    """
    posed = pose(settings, currency)
    problem = replace(posed.problem, futures=_futures(posed.problem.items, PLANNED, settings))
    problem = replace(problem, cvar_floor=settings["cvar_floor"])
    total = PLANNED + STEPS_BESIDE
    progress(0, total)
    best = solve(problem)
    made = _frame(posed, best) | {"futures": PLANNED, "seed": SEED, "calc_version": CALC_VERSION}
    if best.status not in ("optimal", "feasible"):
        return made | _contradiction(problem, best)
    progress(1, total)
    gap = 0.0 if len(problem.items) * problem.quarters <= EXACT else ROUGH
    shares = _shares(problem, gap, lambda done, _: progress(1 + done, total))
    points = frontier(problem, time_limit=SECONDS_A_BUDGET, gap=gap)
    progress(total - 1, total)
    wide = replace(problem, futures=_futures(problem.items, SHOWN, settings))
    made |= _spread(wide, best, settings) | {"frontier": [_point(asdict(point)) for point in points]}
    return made | {
        "chosen": _chosen(problem, best, shares),
        "left_out": _left_out(posed, problem, best, shares, gap),
    }


def _futures(items: tuple[Item, ...], n: int, settings: Mapping[str, Any]) -> Any:
    return futures(items, n, settings["correlation"], SEED)


def _frame(posed: Posed, best: Plan) -> dict[str, Any]:
    """What every answer says, also one without a choice."""
    problem = posed.problem
    used = best.effort.keys() | problem.capacity.keys()
    effort = [
        {"role": role, "quarter": q + 1, "used": round(best.effort.get((role, q), 0.0), 1)}
        | {"days": problem.capacity.get((role, q))}
        for role, q in sorted(used, key=lambda place: (place[1], place[0]))
    ]
    return {
        "status": best.status,
        "value": _cents(best.value),
        "cost": _cents(best.cost),
        "budget_left": _cents((problem.budget or 0.0) - best.cost),
        "gap": best.gap if isfinite(best.gap) else None,
        "bound": _cents(best.bound) if isfinite(best.bound) else None,
        "effort": effort,
        "assessments": posed.assessments,
        "waiting": [{"key": key, "reason": reason} for key, reason in posed.waiting.items()],
        "ignored": [{"key": key, "reason": reason} for key, reason in posed.ignored.items()],
        "barred": posed.barred,
    }


def _cents(value: float) -> float:
    return round(value, 2)


def _spread(wide: Problem, best: Plan, settings: Mapping[str, Any]) -> dict[str, Any]:
    """NPV of the set over many futures. Where a floor is asked for, the worst tenth is the one that was held to it."""
    values = outcomes(wide, best.chosen)
    low, middle, high = (_cents(float(v)) for v in np.quantile(values, [0.1, 0.5, 0.9]))
    held = settings["cvar_floor"] is not None and best.cvar is not None
    worst = best.cvar if held else tail_mean(values)
    npv = {"p10": low, "p50": middle, "p90": high}
    return {
        "npv": npv,
        "prob_loss": round(float((values < 0).mean()), 4),
        "cvar": _cents(float(worst or 0.0)),
    }


def _point(point: dict[str, Any]) -> dict[str, Any]:
    money = {name: _cents(point[name]) for name in ("budget", "value", "cost")}
    return money | {"chosen": list(point["chosen"])}


def _shares(problem: Problem, gap: float, on_step: Progress) -> dict[str, dict[str, float]]:
    """How often each item belongs to the best set, with the 95 % Wilson interval of that share."""
    assert problem.futures is not None
    found = inclusion(problem, problem.futures, on_step, SECONDS_A_FUTURE, gap)
    ranges = intervals(found, PLANNED)
    return {key: _share(share, ranges[key].low, ranges[key].high) for key, share in found.items()}


def _share(share: float, low: float, high: float) -> dict[str, float]:
    return {"share": round(share, 4), "share_low": round(low, 4), "share_high": round(high, 4)}


def _chosen(problem: Problem, best: Plan, shares: Mapping[str, dict[str, float]]) -> list[dict[str, Any]]:
    """In order of start: by quarter, then what others need first, then what costs most to wait for."""
    rows = []
    for order, key in enumerate(_in_order(problem, best.chosen), start=1):
        item, quarter = problem.by_key[key], best.chosen[key]
        worth = _cents(item.value - quarter * item.delay_cost)
        row = {"key": key, "quarter": quarter + 1, "order": order, "value": worth, "cost": _cents(item.cost)}
        rows.append(row | {"must": key in problem.must} | shares.get(key, {}))
    return rows


def _in_order(problem: Problem, chosen: Mapping[str, int]) -> list[str]:
    needs: dict[str, set[str]] = {}
    for key, needed in problem.needs:
        if chosen.get(key) is not None and chosen.get(key) == chosen.get(needed):
            needs.setdefault(key, set()).add(needed)
    left = sorted(chosen, key=lambda key: (chosen[key], -problem.by_key[key].delay_cost, key))
    placed: list[str] = []
    while left:
        # The first whose needs are met; two that need each other start together, so any of them may come first.
        ready = (k for k in left if chosen[k] == chosen[left[0]] and needs.get(k, set()) <= set(placed))
        key = next(ready, left[0])
        left.remove(key)
        placed.append(key)
    return placed


def _left_out(
    posed: Posed, problem: Problem, best: Plan, shares: Mapping[str, dict[str, float]], gap: float
) -> list[dict[str, Any]]:
    """Best first: those that were close to a place stand above those that lose money."""
    reasons = {why.key: why for why in why_not(problem, best, gap=gap)}
    keys = sorted(set(problem.by_key) - set(best.chosen), key=lambda key: (-problem.by_key[key].value, key))
    rows = []
    for key in keys:
        item, why = problem.by_key[key], reasons[key]
        row = {"key": key, "value": _cents(item.value), "cost": _cents(item.cost)} | shares.get(key, {})
        row["effort"] = dict(item.effort)
        rows.append(row | {"why": asdict(why) | {"barred": posed.barred.get(key, "")}})
    return rows


def _contradiction(problem: Problem, best: Plan) -> dict[str, Any]:
    """Limits that cannot hold together; where the budget is one, the budget at which nothing contradicts any more."""
    found = conflicts(problem) if best.status == "infeasible" else []
    return {"conflicts": [asdict(one) for one in found], "budget_enough": _enough(problem, found)}


def _enough(problem: Problem, found: list[Conflict]) -> float | None:
    """Each round lifts the budget to what one contradiction needs: the mandatory ones may stand behind each other."""
    for _ in range(MOST_ROUNDS):
        short = next((one for one in found if one.kind == "budget"), None)
        if short is None or short.needed is None:
            return None
        budget = ceil(short.needed * 100) / 100
        problem = replace(problem, budget=budget)
        if not (found := conflicts(problem)):
            return budget
    return None
