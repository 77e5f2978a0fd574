"""The best choice under all limits, by branch and cut (HiGHS through scipy.optimize.milp).

Ties: items enter the programme in the order of their keys, so the same items in any order give the same choice. Of
equally good starts the earliest is taken.
"""

from dataclasses import dataclass
from time import monotonic

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from roi.calc.portfolio import measure
from roi.calc.portfolio.greedy import greedy, needed_by
from roi.calc.portfolio.items import Array, Plan, Problem
from roi.calc.portfolio.model import Model, build

TIME_LIMIT = 10.0
SOLVED, OUT_OF_TIME, IMPOSSIBLE = 0, 1, 2


def solve(problem: Problem, time_limit: float = TIME_LIMIT, gap: float = 0.0) -> Plan:
    """The choice of the highest expected value. `gap` is the relative gap at which the search may stop, `time_limit`
    in seconds; see Plan for what is then said."""
    if not problem.items:
        return measure.plan_of(problem, {}, "infeasible" if measure.broken(problem, {}) else "optimal", 0.0)
    return solve_model(build(problem), time_limit=time_limit, gap=gap)


def solve_model(
    model: Model,
    lower: Array | None = None,
    upper: Array | None = None,
    time_limit: float = TIME_LIMIT,
    gap: float = 0.0,
) -> Plan:
    """As `solve`, with other limits than the model's own where given; the plan's figures are those of its problem."""
    found = run(model, lower, upper, time_limit=time_limit, gap=gap)
    if found.x is None:
        return Plan("infeasible") if found.status == IMPOSSIBLE else _instead(model, lower, upper)
    bound = found.mip_dual_bound
    # Without an integer to branch on HiGHS gives no bound of its own: the optimum is the bound.
    bound = -float(found.fun if bound is None or not np.isfinite(bound) else bound)
    chosen = read(model, found.x)
    if lower is None and upper is None:
        chosen = _earliest(model.problem, _without_idle(model.problem, chosen))
    status = "optimal" if found.status == SOLVED else "feasible"
    return measure.plan_of(model.problem, chosen, status, bound)


@dataclass(frozen=True)
class _Asked:
    lower: Array
    upper: Array
    objective: Array
    gap: float
    until: float


def _asked(
    model: Model,
    lower: Array | None,
    upper: Array | None,
    objective: Array | None = None,
    time_limit: float = TIME_LIMIT,
    gap: float = 0.0,
) -> _Asked:
    """A question with the model's own limits and objective where none is given."""
    return _Asked(
        model.lower if lower is None else lower,
        model.upper if upper is None else upper,
        model.objective if objective is None else objective,
        gap,
        monotonic() + time_limit,
    )


def ceiling(model: Model, lower: Array, upper: Array) -> float | None:
    """A value that no choice under these limits exceeds, from the linear relaxation; None where none exists."""
    found = _until_kept(model, _asked(model, lower, upper), whole=False)
    return None if found.x is None else -float(found.fun)


def run(
    model: Model,
    lower: Array | None = None,
    upper: Array | None = None,
    objective: Array | None = None,
    time_limit: float = TIME_LIMIT,
    gap: float = 0.0,
) -> OptimizeResult:
    """HiGHS on the model, maximising; the arrays replace the model's own. `fun` and the bounds are of the minimum.

    The worst tenth is kept by cuts that are added until the answer meets its floor, first on the relaxation, where
    they are cheap (Kuenzi-Bay, Mayer 2006). Cuts hold for every limit and objective: they stay with the model."""
    asked = _asked(model, lower, upper, objective, time_limit, gap)
    for whole in (False, True) if model.tail else (True,):
        found = _until_kept(model, asked, whole)
        if found.x is None:
            break
    return found


def _until_kept(model: Model, asked: _Asked, whole: bool) -> OptimizeResult:
    """Solves again with one more cut until the floor is met; out of time there is no answer."""
    found = _once(model, asked, whole)
    while found.x is not None and model.tail and model.tail.cut(found.x, asked.lower, asked.objective):
        if monotonic() > asked.until:
            return OptimizeResult(x=None, status=OUT_OF_TIME)
        found = _once(model, asked, whole)
    return found


def _once(model: Model, asked: _Asked, whole: bool) -> OptimizeResult:
    """One call of the solver; not `whole` lets every binary lie between 0 and 1."""
    rows, lower, upper = model.with_cuts(asked.lower, asked.upper)
    binary = np.arange(rows.shape[1]) < model.binaries
    return milp(
        -asked.objective,
        integrality=(binary & whole).astype(int),
        bounds=Bounds(model.bottom, model.top),
        constraints=LinearConstraint(rows, lower, upper),
        options={"time_limit": max(asked.until - monotonic(), 0.01), "mip_rel_gap": asked.gap},
    )


def read(model: Model, x: Array) -> dict[str, int]:
    """The choice in a solution; the solver's ones are ones up to its tolerance."""
    cells = x[: model.binaries].reshape(len(model.items), -1)
    starts = np.isclose(cells, 1.0, atol=1e-4)
    return {item.key: int(row.argmax()) for item, row in zip(model.items, starts, strict=True) if row.any()}


def _instead(model: Model, lower: Array | None, upper: Array | None) -> Plan:
    """When time ran out without any choice: the greedy one, where it answers the same question."""
    return greedy(model.problem) if lower is None and upper is None else Plan("unknown")


def _without_idle(problem: Problem, chosen: dict[str, int]) -> dict[str, int]:
    """Leaves out what adds nothing and nothing needs: the solver is indifferent, a reader is not."""
    for key in [key for key in chosen if problem.by_key[key].value <= 0]:
        fewer = {other: quarter for other, quarter in chosen.items() if other != key}
        worse = measure.value_of(problem, fewer) < measure.value_of(problem, chosen)
        if not worse and not measure.broken(problem, fewer):
            chosen = fewer
    return chosen


def _earliest(problem: Problem, chosen: dict[str, int]) -> dict[str, int]:
    """Pulls starts forward as long as no limit breaks and waiting saves nothing."""
    use, tied = measure.use_of(problem, chosen), needed_by(problem)
    for key in sorted(
        (key for key, quarter in chosen.items() if quarter), key=lambda key: (chosen[key], key)
    ):
        item, now = problem.by_key[key], chosen[key]
        first = max((chosen[other] for other in tied.get(key, ())), default=0)
        for quarter in range(first, now) if item.delay_cost >= 0 else ():
            use.add(item, now, -1)
            use.add(item, quarter)
            if not measure.over(problem, use):
                chosen = chosen | {key: quarter}
                break
            use.add(item, quarter, -1)
            use.add(item, now)
    return chosen
