"""Cash-flow arithmetic, vectorised over draws. C_t, t = 0..T, t = 0 not discounted (as in Forrester TEI).

Rates are per period of the flows: with monthly flows pass `monthly_rate(yearly)`. Money in the caller's currency.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]
# Points at which the scan for roots looks, and how near to zero (relative to the flows) a touching point must come.
SCAN = 4_001
# Per period. Above it an IRR tells of a cost near zero and nothing of the return.
MOST_RATE = 1e3
TOUCHES = 1e-12


def monthly_rate(yearly: float) -> float:
    """The month's rate that compounds to the yearly one: (1 + r)^(1/12) - 1."""
    return float((1 + yearly) ** (1 / 12) - 1)


def yearly_rate(rate: float, periods_a_year: int = 12) -> float:
    """The year's rate that a rate per period compounds to: (1 + r)^periods - 1; undoes `monthly_rate`."""
    return float((1 + rate) ** periods_a_year - 1)


def discount_factors(rate: float, periods: int) -> Array:
    """1/(1 + rate)^t for t = 0..periods; shape (periods + 1,)."""
    return np.asarray((1 + rate) ** -np.arange(periods + 1, dtype=np.float64))


def npv(flows: Array, rate: float) -> Array:
    """Net present value of flows (..., periods + 1) at a rate per period; shape (...,)."""
    flows = np.asarray(flows, dtype=np.float64)
    return np.asarray(flows @ discount_factors(rate, flows.shape[-1] - 1))


def payback(flows: Array) -> Array:
    """First t at which the cumulative flow reaches zero, linear inside the period; nan when it never does.

    Flows have shape (draws, periods + 1), the result (draws,), in periods. Convention of Forrester TEI.
    """
    total = np.cumsum(np.asarray(flows, dtype=np.float64), axis=1)
    reached = total >= 0
    first = reached.argmax(axis=1)
    rows = np.arange(len(total))
    before, after = total[rows, np.maximum(first - 1, 0)], total[rows, first]
    step = after - before
    inside = np.divide(-before, step, out=np.zeros_like(before), where=step > 0)
    periods = np.where(first == 0, 0.0, first - 1 + inside)
    return np.where(reached[rows, first], periods, np.nan)


def discounted_payback(flows: Array, rate: float) -> Array:
    """`payback` of the flows discounted at a rate per period; shapes as there."""
    flows = np.asarray(flows, dtype=np.float64)
    return payback(flows * discount_factors(rate, flows.shape[1] - 1))


class Irr(NamedTuple):
    """`rate` only where exactly one exists; `words` say what to make of it (empty when there is nothing to say)."""

    rate: float | None
    roots: tuple[float, ...]
    words: str


def irr(flows: Array, periods_a_year: int = 1) -> Irr:
    """Internal rate of return of one flow (T + 1,), a year. One root of several is never given as the rate."""
    flows = np.asarray(flows, dtype=np.float64)
    found = irr_roots(flows)
    if found and found[-1] > MOST_RATE:
        return Irr(None, (), "So little is paid out first that no internal rate of return says anything.")
    roots = tuple(yearly_rate(root, periods_a_year) for root in found)
    if len(roots) == 1:
        return Irr(roots[0], roots, "")
    if roots:
        told = ", ".join(_percent(root) for root in roots[:-1]) + f" and {_percent(roots[-1])}"
        return Irr(None, roots, f"There is no single internal rate of return: {told} each fit. Use the MIRR.")
    return Irr(None, (), _no_root(flows))


def _percent(rate: float) -> str:
    return "below -99.9%" if rate < -0.999 else f"{rate:.1%}"


def _no_root(flows: Array) -> str:
    if not (flows < 0).any():
        return "There is no internal rate of return: nothing is ever paid out."
    if not (flows > 0).any():
        return "There is no internal rate of return: nothing ever comes back."
    return "There is no internal rate of return: no rate brings these flows to zero."


def irr_roots(flows: Array) -> list[float]:
    """All real rates per period above -1 at which the flow (T + 1,) is worth nothing, in rising order.

    Looks for sign changes over log(1 + r) between Cauchy's bounds of the positive roots and refines each; a touching
    point (double root) is found as a smallest distance to zero. A polynomial solver loses roots of monthly flows.
    """
    flows = np.asarray(flows, dtype=np.float64)
    used = np.flatnonzero(flows)
    if not (flows < 0).any() or not (flows > 0).any():
        return []
    scaled = flows[used[0] : used[-1] + 1] / np.abs(flows).max()
    # One more on both sides: a root on the bound itself would have no sign to tell it by.
    ends = -_bound(scaled[-1]) - 1, _bound(scaled[0]) + 1
    signs = np.sign(scaled[scaled != 0])
    if (np.diff(signs) != 0).sum() == 1:  # Descartes: exactly one root, unless it lies where floats end
        apart = _worth(ends[0], scaled) * _worth(ends[1], scaled) < 0
        return [float(np.expm1(_between(*ends, scaled)))] if apart else []
    grid = np.linspace(*ends, SCAN)
    values = _worths(grid, scaled)
    found = _crossings(grid, values, scaled) + _touchings(grid, values, scaled)
    return sorted(float(np.expm1(y)) for y in found)


@dataclass(frozen=True)
class _Dip:
    """Three neighbours between which the worth comes nearest to zero without changing its sign."""

    left: float
    right: float
    sign: float


def _bound(outermost: float) -> float:
    """Cauchy's bound of log(1 + r), from the outermost flow over the largest one; finite however small that is."""
    return float(np.log1p(1 / max(abs(outermost), 1e-300)))


def _worths(y: Array, flows: Array) -> Array:
    """NPV at log(1 + r) = y (n,), scaled by positive factors so that nothing overflows: same sign, same roots."""
    t = np.arange(len(flows))
    weights = np.exp(-np.abs(y)[:, None] * np.where(y[:, None] >= 0, t, t[::-1]))
    return np.asarray(weights @ flows / weights.sum(axis=1))


def _worth(y: float, flows: Array) -> float:
    t = np.arange(len(flows))
    weights = np.exp(-abs(y) * (t if y >= 0 else t[::-1]))
    return float(flows @ weights / weights.sum())


def _crossings(grid: Array, values: Array, flows: Array) -> list[float]:
    exact = [float(y) for y in grid[values == 0]]
    changes = np.flatnonzero(values[:-1] * values[1:] < 0)
    return exact + [_between(grid[i], grid[i + 1], flows) for i in changes]


def _between(left: float, right: float, flows: Array) -> float:
    return float(optimize.brentq(_worth, left, right, args=(flows,), xtol=1e-14))


def _touchings(grid: Array, values: Array, flows: Array) -> list[float]:
    """Roots hidden between two points of the scan: the worth dips to zero and comes back."""
    size, middle = np.abs(values), slice(1, -1)
    same = (values[:-2] * values[1:-1] > 0) & (values[1:-1] * values[2:] > 0)
    dips = np.flatnonzero(same & (size[middle] < size[:-2]) & (size[middle] <= size[2:]))
    found: list[float] = []
    for i in dips:
        found += _inside_dip(_Dip(grid[i], grid[i + 2], float(np.sign(values[i + 1]))), flows)
    return found


def _inside_dip(dip: _Dip, flows: Array) -> list[float]:
    best = optimize.minimize_scalar(
        lambda y: dip.sign * _worth(y, flows), bounds=(dip.left, dip.right), options={"xatol": 1e-12}
    )
    if abs(best.fun) <= TOUCHES:
        return [float(best.x)]
    if best.fun > 0:
        return []
    return [_between(dip.left, best.x, flows), _between(best.x, dip.right, flows)]


def mirr(flows: Array, finance_rate: float, reinvest_rate: float) -> float | None:
    """Modified internal rate of return per period of one flow (T + 1,).

    (FV(positive, reinvest)/-PV(negative, finance))^(1/T) - 1 (Gitman). None without a positive or a negative flow.
    """
    flows = np.asarray(flows, dtype=np.float64)
    periods = len(flows) - 1
    paid = -float(npv(np.minimum(flows, 0), finance_rate))
    gained = float(npv(np.maximum(flows, 0), reinvest_rate)) * (1 + reinvest_rate) ** periods
    if paid <= 0 or gained <= 0 or periods == 0:
        return None
    return float((gained / paid) ** (1 / periods) - 1)


def roi(pv_benefits: Array, pv_costs: Array) -> Array:
    """(PV benefits - PV costs)/PV costs as Forrester TEI defines it: a ratio, nan where there are no costs."""
    benefits, costs = np.broadcast_arrays(
        np.asarray(pv_benefits, np.float64), np.asarray(pv_costs, np.float64)
    )
    return np.divide(benefits - costs, costs, out=np.full(costs.shape, np.nan), where=costs > 0)


def cvar(values: Array, share: float = 0.1) -> float:
    """Mean of the worst `share` of the values (n,): Rockafellar and Uryasev's CVaR of a gain, never above the mean.

    Where share x n is no whole number the next value counts with the part that is left.
    """
    values = np.asarray(values, dtype=np.float64)
    if not 0 < share <= 1 or not len(values):
        raise ValueError("CVaR needs values and a share in (0, 1].")
    count = share * len(values)
    whole = min(int(count + 1e-9), len(values) - 1)
    worst = np.partition(values, whole)
    return float((worst[:whole].sum() + max(count - whole, 0.0) * worst[whole]) / count)
