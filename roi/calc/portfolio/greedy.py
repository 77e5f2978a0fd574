"""The usual rule of thumb: by value per money of cost. A rival to the optimum, and what is left when time runs out."""

from dataclasses import replace
from math import inf

from roi.calc.portfolio import measure
from roi.calc.portfolio.items import TOLERANCE, Chosen, Item, Plan, Problem


def greedy(problem: Problem) -> Plan:
    """By value per money of cost, the mandatory first, each at the earliest start that fits, with what it needs.

    Status "feasible", or "unknown" where it ends in a choice that breaks a limit (which proves nothing)."""
    order = sorted(problem.items, key=lambda item: (item.key not in problem.must, -_ratio(item), item.key))
    chosen: dict[str, int] = {}
    use, tied = measure.Use(), needed_by(problem)
    for item in order:
        bundle = [key for key in _with_needs(item.key, tied, ()) if key not in chosen]
        wanted = item.key in problem.must or sum(problem.by_key[key].value for key in bundle) > 0
        if bundle and wanted:
            chosen = _placed(problem, chosen, use, bundle, tied)
    plan = measure.plan_of(problem, chosen, "feasible")
    return replace(plan, status="unknown") if measure.broken(problem, chosen) else plan


def _ratio(item: Item) -> float:
    if item.cost > 0:
        return item.value / item.cost
    return inf if item.value > 0 else -inf


def _with_needs(key: str, tied: dict[str, list[str]], above: tuple[str, ...]) -> list[str]:
    """A key after all that it needs, each once; a circle of needs is walked once."""
    found: list[str] = []
    for other in tied.get(key, ()):
        if other not in above:
            found += [k for k in _with_needs(other, tied, (*above, key)) if k not in found]
    return [*found, key]


def _placed(
    problem: Problem, chosen: dict[str, int], use: measure.Use, bundle: list[str], tied: dict[str, list[str]]
) -> dict[str, int]:
    """The choice with all of a bundle, or as it was where that breaks a limit or loses money."""
    grown = dict(chosen)
    for key in bundle:
        first = max((grown.get(other, 0) for other in tied.get(key, ())), default=0)
        start = _first_fit(problem, grown, use, key, first)
        if start is None:
            break
        grown[key] = start
    else:
        if _better(problem, chosen, grown, bundle):
            return grown
    for key in bundle:
        if key in grown:
            use.add(problem.by_key[key], grown[key], -1)
    return chosen


def _first_fit(problem: Problem, grown: Chosen, use: measure.Use, key: str, first: int) -> int | None:
    item = problem.by_key[key]
    if key in problem.never or any(_partner(pair, key) in grown for pair in problem.exclusive if key in pair):
        return None
    for quarter in range(first, problem.quarters):
        use.add(item, quarter)
        if not measure.over(problem, use):
            return quarter
        use.add(item, quarter, -1)
    return None


def _partner(pair: tuple[str, str], key: str) -> str:
    return pair[1] if pair[0] == key else pair[0]


def _better(problem: Problem, before: Chosen, after: Chosen, bundle: list[str]) -> bool:
    if problem.cvar_floor is not None and not _as_safe(problem, before, after):
        return False
    gains = measure.value_of(problem, after) > measure.value_of(problem, before)
    return gains or not set(bundle).isdisjoint(problem.must)


def _as_safe(problem: Problem, before: Chosen, after: Chosen) -> bool:
    """The worst tenth stays above its floor, or rises towards it."""
    assert problem.cvar_floor is not None
    then, now = (measure.tail_mean(measure.outcomes(problem, chosen)) for chosen in (before, after))
    return now >= min(problem.cvar_floor, then) - TOLERANCE


def needed_by(problem: Problem) -> dict[str, list[str]]:
    """What each key needs."""
    found: dict[str, list[str]] = {}
    for key, needed in problem.needs:
        found.setdefault(key, []).append(needed)
    return found
