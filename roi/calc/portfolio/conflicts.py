"""Why no choice exists: a smallest set of limits that cannot hold together, by a deletion filter (Chinneck,
Dravnieks 1991), with what each of them would have to be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from roi.calc.portfolio.items import Array, Problem, Rule
from roi.calc.portfolio.milp import IMPOSSIBLE, TIME_LIMIT, run
from roi.calc.portfolio.model import INFINITE, Model, build

# Dropped in this order while the rest still contradicts itself: what stays is what is easiest to see.
ORDER = ("effort", "team", "risk_count", "cvar", "budget", "needs", "excludes", "never", "must")


@dataclass(frozen=True)
class Conflict:
    """One limit of the set. kind, keys, role, quarter and limit as in Rule; `needed`: the least (for "cvar" the most)
    that the rest of the set allows, in the limit's unit, None where the limit is no number."""

    kind: str
    keys: tuple[str, ...] = ()
    role: str = ""
    quarter: int | None = None
    limit: float | None = None
    needed: float | None = None


def conflicts(problem: Problem, time_limit: float = TIME_LIMIT) -> list[Conflict]:
    """A set of limits without a common choice, of which none can be left out; empty where a choice exists.

    There may be other such sets beside it: lift one, ask again. `time_limit` in seconds for each question; one that is
    not answered in time counts as "a choice exists", which keeps its limit in the set.
    """
    if not problem.items:
        return [
            Conflict("cvar", limit=floor, needed=0.0) for floor in [problem.cvar_floor] if floor and floor > 0
        ]
    model = build(problem)
    kept = sorted({rule for rule in model.rules if rule}, key=_place)
    if not _impossible(model, kept, time_limit):
        return []
    for rule in list(kept):
        fewer = [other for other in kept if other != rule]
        if _impossible(model, fewer, time_limit):
            kept = fewer
    kept.sort(key=lambda rule: (-ORDER.index(rule.kind), *_place(rule)[1:]))
    return [_conflict(model, rule, kept, time_limit) for rule in kept]


def _place(rule: Rule) -> tuple[int, tuple[str, ...], str, int]:
    return ORDER.index(rule.kind), rule.keys, rule.role, -(rule.quarter or 0)


def _only(model: Model, kept: Sequence[Rule]) -> tuple[Array, Array]:
    """The limits of the rows with every rule lifted that is not kept."""
    lifted = model.rows_of({rule for rule in model.rules if rule} - set(kept))
    return np.where(lifted, -INFINITE, model.lower), np.where(lifted, INFINITE, model.upper)


def _impossible(model: Model, kept: Sequence[Rule], time_limit: float) -> bool:
    nothing = np.zeros_like(model.objective)
    return bool(run(model, *_only(model, kept), nothing, time_limit=time_limit).status == IMPOSSIBLE)


def _conflict(model: Model, rule: Rule, kept: Sequence[Rule], time_limit: float) -> Conflict:
    needed = None
    if rule.limit is not None:
        needed = _needed(model, rule, [other for other in kept if other != rule], time_limit)
    return Conflict(rule.kind, rule.keys, rule.role, rule.quarter, rule.limit, needed)


def _needed(model: Model, rule: Rule, rest: Sequence[Rule], time_limit: float) -> float | None:
    """The smallest use of a limited thing under the rest of the set, the best worst tenth respectively."""
    row = int(np.flatnonzero(model.rows_of([rule]))[0])
    sign = 1.0 if rule.kind == "cvar" else -1.0
    use = model.rows[[row], :].toarray()[0]
    found = run(model, *_only(model, rest), sign * use, time_limit=time_limit)
    if found.x is None:
        return None
    unit = model.tail.unit if model.tail and rule.kind == "cvar" else 1.0
    return float(use @ found.x) * unit


def words(found: Sequence[Conflict], money: Callable[[float], str], label: Callable[[str], str] = str) -> str:
    """The set as one sentence; `money` writes an amount, `label` what people call a candidate."""
    must = [label(rule.keys[0]) for rule in found if rule.kind == "must"]
    subject = {0: "any choice", 1: "it"}.get(len(must), "together they")
    parts = [_part(rule, money, label, subject) for rule in found if rule.kind != "must"]
    if must:
        both = {1: "is mandatory", 2: "are both mandatory"}.get(len(must), "are all mandatory")
        parts.insert(0, f"{_listed(must)} {both}")
    return f"These cannot hold together: {'; '.join(parts)}." if parts else ""


def _part(rule: Conflict, money: Callable[[float], str], label: Callable[[str], str], subject: str) -> str:
    limit, needed, ending = rule.limit or 0.0, rule.needed or 0.0, "" if subject.endswith("they") else "s"
    first, *rest = [label(key) for key in rule.keys] or [""]
    quarter = (rule.quarter or 0) + 1
    said = {
        "excludes": f"{first} and {_listed(rest)} exclude each other",
        "needs": f"{first} needs {_listed(rest)}",
        "never": f"{first} is kept out",
        "budget": f"{subject} cost{ending} at least {money(needed)}, the budget is {money(limit)}",
        "effort": f"{subject} take{ending} at least {needed:,.0f} days of {rule.role} in quarter {quarter}, "
        f"there are {limit:,.0f}",
        "team": f"{subject} free{ending} at least {needed:,.0f} hours a year of {rule.role}, "
        f"its posts have {limit:,.0f}",
        "risk_count": f"{subject} bring{ending} at least {needed:,.0f} of high risk, {limit:,.0f} may be",
        "cvar": f"the worst tenth reaches at most {money(needed)}, the floor is {money(limit)}",
    }
    return said[rule.kind]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)
