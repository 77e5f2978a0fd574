"""Cash-flow arithmetic, vectorised over draws. C_t, t = 0..T, t = 0 not discounted (as in Forrester TEI)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def monthly_rate(yearly: float) -> float:
    """The month's rate that compounds to the yearly one: (1 + r)^(1/12) - 1."""
    return float((1 + yearly) ** (1 / 12) - 1)


def discount_factors(rate: float, periods: int) -> Array:
    """1/(1 + rate)^t for t = 0..periods; shape (periods + 1,)."""
    return np.asarray((1 + rate) ** -np.arange(periods + 1, dtype=np.float64))


def npv(flows: Array, rate: float) -> Array:
    """Net present value of flows (..., periods + 1) at a rate per period; shape (...,)."""
    flows = np.asarray(flows, dtype=np.float64)
    return np.asarray(flows @ discount_factors(rate, flows.shape[-1] - 1))


def annuity(rate: float, weights: Array) -> float:
    """Present value of 1 a period scaled by weights for t = 1..T; shape of weights (T,)."""
    return float(weights @ discount_factors(rate, len(weights))[1:])


def ramp(periods: int, ramp_periods: int) -> Array:
    """Share of full use in period 1..periods, linear until ramp_periods; shape (periods,)."""
    steps = np.arange(1, periods + 1, dtype=np.float64)
    return np.minimum(1.0, steps / max(ramp_periods, 1))


def payback(flows: Array) -> Array:
    """First t at which the cumulative flow reaches zero, linear inside the period; nan when it never does.

    Flows have shape (draws, periods + 1), the result (draws,).
    """
    total = np.cumsum(flows, axis=1)
    reached = total >= 0
    first = reached.argmax(axis=1)
    rows = np.arange(len(flows))
    before = total[rows, np.maximum(first - 1, 0)]
    step = flows[rows, first]
    inside = np.divide(-before, step, out=np.zeros_like(before), where=step > 0)
    months = np.where(first == 0, 0.0, first - 1 + inside)
    return np.where(reached.any(axis=1), months, np.nan)
