"""What moves the result, one input at a time or all at once: tornado, break-even values, Sobol indices.

Tornado and break-even (Howard; Clemen) hold every other input at its P50 and leave stated correlations out, because
they ask what one input does alone. Sobol indices (Saltelli 2010) share the variance of the NPV out and exist only
where inputs are independent. Money in the caller's currency, each input in its own unit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from roi.calc.scoring import rounded
from roi.calc.simulation import (
    BESIDE,
    MOVE_HOURS,
    QUANTITIES,
    SEED,
    WORK,
    Array,
    Inputs,
    hours_a_year,
    net_present,
    sample,
)

OF_MONEY = ("build_cost", "run_cost", "other_cash")
WIDEST = 100
STEPS = 150
PRECISION, TINY_NPV = 1e-10, 1e-13
# Distances from the middle at which a change of sign is looked for: 0 to 1, dense near the middle.
AWAY = (2.0 ** np.linspace(0, 10, 11) - 1) / 1023

Direction = Literal["at least", "at most"]


@dataclass(frozen=True)
class Driver:
    """One input's swing of the result (NPV, or hours a year where no NPV exists) with the others at P50."""

    quantity: str
    at_p10: float
    at_p90: float
    measure: str

    @property
    def swing(self) -> float:
        return abs(self.at_p90 - self.at_p10)


@dataclass(frozen=True)
class BreakEven:
    """The value of one input at which NPV is nothing, the others at P50; None where no possible value does it.

    With `at least` more of it pays back, with `at most` less of it; a value out of reach has the direction in which
    the NPV rises.
    """

    quantity: str
    value: float | None
    direction: Direction
    likely: float
    reachable: bool


@dataclass(frozen=True)
class Index:
    """Share of the variance of NPV that an input explains alone (first) and with all it interacts with (total)."""

    quantity: str
    first: float
    total: float


def measure_of(inputs: Inputs) -> str | None:
    """ "npv", "hours" where no NPV exists, None where not even hours do."""
    if inputs.knows_npv:
        return "npv"
    return "hours" if inputs.has(*WORK) else None


def varying(inputs: Inputs) -> list[str]:
    """The inputs of the NPV that are not constant, in the order of QUANTITIES."""
    ends = _at(inputs, 0.1, 0.9)
    return [name for name, (low, high) in ends.items() if low != high and name not in BESIDE]


def tornado(inputs: Inputs) -> list[Driver]:
    """All drivers, the largest swing first; empty where not even hours are known."""
    measure = measure_of(inputs)
    if measure is None:
        return []
    points = _at(inputs, 0.1, 0.5, 0.9)
    names = [name for name in points if _counts(name, measure)]
    ends = np.array([points[name][[0, 2]] for name in names])
    moved = _one_at_a_time(inputs, _middles(points), names, ends, measure)
    drivers = [
        Driver(name, rounded(low), rounded(high), measure)
        for name, (low, high) in zip(names, moved, strict=True)
    ]
    return sorted((d for d in drivers if d.swing > 0), key=lambda d: -d.swing)


def breakevens(inputs: Inputs) -> list[BreakEven]:
    """Break-even value of each input of the NPV, in the order of QUANTITIES; empty where no NPV exists.

    Looked for inside what is possible: shares 0 to 1, amounts from nothing to a hundred times the high end. Of several
    values (hours are capped, so more volume can cost more than it gives) the one nearest to the middle is told.
    """
    if measure_of(inputs) != "npv":
        return []
    middle = _middles(_at(inputs, 0.1, 0.5, 0.9))
    names = [name for name in middle if name not in BESIDE]

    def value(x: Array) -> Array:
        return _one_at_a_time(inputs, middle, names, x, "npv")

    grid = _grid(inputs, middle, names, float(net_present(middle, inputs)[0]))
    rows, left, found = np.arange(len(names)), *_bracket(grid, values := value(grid))
    right = left + found
    root = _root(value, grid[rows, left], grid[rows, right], values[rows, left], values[rows, right])
    rises = np.where(found, values[rows, right] > values[rows, left], values[:, -1] >= values[:, 0])
    return [
        _breakeven(inputs, name, float(root[i]), bool(found[i]), bool(rises[i]))
        for i, name in enumerate(names)
    ]


def _breakeven(inputs: Inputs, name: str, root: float, found: bool, rises: bool) -> BreakEven:
    value = rounded(root) if found else None
    return BreakEven(name, value, "at least" if rises else "at most", inputs.shapes[name].likely, found)


def _grid(inputs: Inputs, middle: Mapping[str, Array], names: list[str], npv: float) -> Array:
    """Values to try for each input, rising, the middle in the middle; shape (inputs, 21)."""
    limits = np.array([_limits(inputs, name, npv) for name in names])
    bottom, top = limits[:, :1], limits[:, 1:]
    centre = np.clip(np.array([middle[name] for name in names]), bottom, top)
    below, above = centre - (centre - bottom) * AWAY[::-1], centre + (top - centre) * AWAY[1:]
    return np.clip(np.concatenate([below, above], axis=1), bottom, top)


def _limits(inputs: Inputs, name: str, npv: float) -> tuple[float, float]:
    """What an input can possibly be. Money reaches past the NPV, so that a cost of nothing has a break-even too."""
    if QUANTITIES[name] == "share":
        return 0.0, 1.0
    shape = inputs.shapes[name]
    far = WIDEST * max(abs(shape.low), abs(shape.high)) + (2 * abs(npv) if name in OF_MONEY else 0.0)
    return (-far if QUANTITIES[name] == "real" else 0.0), far


def _bracket(grid: Array, values: Array) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where in each row the sign changes nearest to the middle: index of the left end, and whether it does at all."""
    gains = values >= 0
    changes = gains[:, :-1] != gains[:, 1:]
    away = np.abs((grid[:, :-1] + grid[:, 1:]) / 2 - grid[:, [len(AWAY) - 1]])
    return np.where(changes, away, np.inf).argmin(axis=1), changes.any(axis=1)


def _root(f: Callable[[Array], Array], low: Array, high: Array, f_low: Array, f_high: Array) -> Array:
    """Zeros of f between low and high, all rows at once, to 1e-9 relative; a row whose ends are one point stays there.

    f maps (rows, 1) to (rows, 1). The Illinois variant of regula falsi: NPV is linear in most inputs, so most rows are
    done after the first step. Every fifth step halves instead, since NPV can be flat (a start after the horizon).
    """
    x, before, tiny = high, np.zeros(len(low)), TINY_NPV * np.maximum(np.abs(f_low), np.abs(f_high))
    for step in range(STEPS):
        x = (low + high) / 2 if step % 5 == 4 else _secant(low, high, f_low, f_high)
        fx = f(x[:, None])[:, 0]
        if ((np.abs(fx) <= tiny) | (high - low <= PRECISION * np.abs(x))).all():
            break
        side = np.where((fx < 0) == (f_low < 0), -1.0, 1.0)
        # An end that stays a second time has its height halved, or it would stay for ever and the steps become tiny.
        weight = np.where(side == before, 0.5, 1.0)
        f_low, f_high = np.where(side < 0, fx, f_low * weight), np.where(side < 0, f_high * weight, fx)
        low, high, before = np.where(side < 0, x, low), np.where(side < 0, high, x), side
    return x


def _secant(low: Array, high: Array, f_low: Array, f_high: Array) -> Array:
    slope = f_high - f_low
    return np.divide(low * f_high - high * f_low, slope, out=(low + high) / 2, where=slope != 0)


def sobol(inputs: Inputs, n: int = 1024, seed: int = SEED) -> list[Index] | None:
    """Sobol indices of the NPV for the inputs that vary, the largest total first; n a power of two.

    None where inputs are correlated: variance cannot then be shared out. Empty where no NPV exists or nothing varies.
    """
    if any(rho and inputs.has(first, second) for first, second, rho in inputs.correlations):
        return None
    names = varying(inputs) if measure_of(inputs) == "npv" else []
    if not names:
        return []
    a, b = (_columns(sample(inputs, u), names) for u in _two_samples(seed, n))
    fixed = _middles(_at(inputs, 0.1, 0.5, 0.9))

    def value(x: Array) -> Array:
        held = {name: np.broadcast_to(column, x[0].shape) for name, column in fixed.items()}
        return net_present(held | dict(zip(names, x, strict=True)), inputs)

    first, total = indices(value, a, b)
    both = zip(names, first, total, strict=True)
    found = [Index(name, round(float(s), 4), round(float(t), 4)) for name, s, t in both]
    return sorted(found, key=lambda index: -index.total)


def indices(f: Callable[[Array], Array], a: Array, b: Array) -> tuple[Array, Array]:
    """First-order and total Sobol indices of f from two independent samples a, b of shape (inputs, n).

    f maps (inputs, m) to (m,) and is called once with m = n (inputs + 2). Estimators of Saltelli et al. 2010: first
    order mean(f_B (f_ABi - f_A))/V, total mean((f_A - f_ABi)^2)/2V (Jansen). Held to
    0 <= first <= total <= 1, as they are by definition; zeros where f is constant.
    """
    k, n = a.shape
    mixed = np.repeat(a[:, None, :], k + 2, axis=1)
    mixed[:, 1] = b
    mixed[np.arange(k), np.arange(2, k + 2)] = b
    out = f(mixed.reshape(k, -1)).reshape(k + 2, n)
    out = out - out[:2].mean()
    variance = out[:2].var()
    if variance == 0:
        return np.zeros(k), np.zeros(k)
    first = (out[1] * (out[2:] - out[0])).mean(axis=1) / variance
    total = ((out[0] - out[2:]) ** 2).mean(axis=1) / 2 / variance
    total = np.clip(total, 0, 1)
    return np.clip(first, 0, total), total


@lru_cache(maxsize=4)
def _two_samples(seed: int, n: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Two independent uniform samples of every quantity: the halves of one Sobol sequence of twice the width."""
    k = len(QUANTITIES)
    points = qmc.Sobol(2 * k, scramble=True, rng=np.random.default_rng(seed)).random(n).T
    points = np.ascontiguousarray(np.clip(points, 1e-6, 1 - 1e-6))
    return dict(zip(QUANTITIES, points[:k], strict=True)), dict(zip(QUANTITIES, points[k:], strict=True))


def _columns(x: Mapping[str, Array], names: list[str]) -> Array:
    return np.stack([x[name] for name in names])


def _at(inputs: Inputs, *levels: float) -> dict[str, Array]:
    """Quantiles of every known input by itself; correlation would pull the levels of a pair together."""
    u = np.array(levels)
    x = sample(replace(inputs, correlations=()), dict.fromkeys(QUANTITIES, u))
    return {name: np.broadcast_to(column, u.shape) for name, column in x.items()}


def _middles(points: Mapping[str, Array]) -> dict[str, Array]:
    return {name: values[1:2] for name, values in points.items()}


def _counts(name: str, measure: str) -> bool:
    return name in MOVE_HOURS if measure == "hours" else name not in BESIDE


def _one_at_a_time(
    inputs: Inputs, middle: Mapping[str, Array], names: list[str], values: Array, measure: str
) -> Array:
    """The result with each input of `names` in turn at its row of `values` (inputs, m), the rest in the middle."""
    k, m = values.shape
    x = {name: np.full((k, m), float(column[0])) for name, column in middle.items()}
    for i, name in enumerate(names):
        x[name][i] = values[i]
    flat = {name: column.ravel() for name, column in x.items()}
    found = net_present(flat, inputs) if measure == "npv" else hours_a_year(flat, inputs.hours_cap)
    return found.reshape(k, m)
