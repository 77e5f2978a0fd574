"""When money flows: start and ramp as draws, in closed form, so that no matrix of draws x months is needed.

First use after `start` months, full use `ramp` months later. In month t = 1..T the share of full use is
clip((t - start)/max(ramp, 1), 0, 1); a fixed run cost accrues clip(t - start, 0, 1). Both are differences of
(t - x)+ at two places, and the discounted sum of (t - x)+ over t is linear in x between whole months: a table of
T + 1 numbers gives every present value exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from roi.calc.finance import discount_factors

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    """For k = 0..T and discounts d_t: the sums over t > k of d_t, of t d_t and of (t - k) d_t; shape (T + 1,)."""

    months: int
    tail: Array
    moment: Array
    excess: Array


@lru_cache(maxsize=64)
def tables(rate: float, months: int) -> Tables:
    """Sums for a rate per month and a horizon in months."""
    discounts = discount_factors(rate, months)
    t = np.arange(months + 1)
    tail = np.append(np.cumsum(discounts[:0:-1])[::-1], 0.0)
    moment = np.append(np.cumsum((t * discounts)[:0:-1])[::-1], 0.0)
    return Tables(months, tail, moment, moment - t * tail)


@dataclass(frozen=True)
class Timing:
    """Draws of start and ramp in months, shape (draws,) or (1,)."""

    start: Array
    ramp: Array

    @property
    def steps(self) -> Array:
        """A ramp shorter than a month is a step: it cannot be seen in monthly flows."""
        return np.maximum(self.ramp, 1.0)


def use_weight(timing: Timing, known: Tables) -> Array:
    """Present value of a benefit of 1 a month at full use; shape of the timing."""
    late = _excess(timing.start, known) - _excess(timing.start + timing.steps, known)
    return np.asarray(late / timing.steps)


def run_weight(timing: Timing, known: Tables) -> Array:
    """Present value of a cost of 1 a month from first use; shape of the timing."""
    return np.asarray(_excess(timing.start, known) - _excess(timing.start + 1, known))


def _excess(x: Array, known: Tables) -> Array:
    return np.interp(x, np.arange(known.months + 1), known.excess)


Months = NDArray[np.int64]
Accrual = Callable[[Months], tuple[Array, Array]]


def accrual(timing: Timing, known: Tables) -> Accrual:
    """By month (any shape that fits the timing's): the sums to its end of the share of full use and of running."""
    places = (timing.start, timing.start + timing.steps, timing.start + 1)
    sums = [(x, _excess(x, known)) for x in places]

    def until(month: Months) -> tuple[Array, Array]:
        first, full, second = (_until(month, x, excess, known) for x, excess in sums)
        return (first - full) / timing.steps, first - second

    if len(timing.start) > 1 or len(timing.ramp) > 1:
        return until
    # One timing for all draws: a table by month, and looking up instead of computing.
    use, run = until(np.arange(known.months + 1))
    return lambda month: (use[month], run[month])


def _until(month: Months, x: Array, excess: Array, known: Tables) -> Array:
    """Sum over t = 1..month of (t - x)+ d_t."""
    return np.where(x < month, excess - known.moment[month] + x * known.tail[month], 0.0)


@dataclass(frozen=True)
class Flow:
    """Draws of what is paid once, gained a month at full use and paid a month, with their timing."""

    build: Array
    gain: Array
    run: Array
    timing: Timing

    def cumulative(self, month: Months, accrued: Accrual) -> Array:
        """What has flowed in total at the end of `month` (one for each draw, or a shape that broadcasts)."""
        use, run = accrued(month)
        return np.asarray(self.gain * use - self.run * run - self.build)


def payback(flow: Flow, known: Tables) -> Array:
    """Month in which the cumulative flow reaches zero, linear inside it; infinite when it does not; shape (draws,).

    The monthly flow only ever grows once use begins, so the total falls before it rises and is negative exactly
    until the payback: bisection finds it, where a scan would need every month of every draw.
    """
    accrued = accrual(flow.timing, known)
    low = np.zeros(len(flow.build), dtype=np.int64)
    high = np.full(len(flow.build), known.months)
    for _ in range(int(np.ceil(np.log2(known.months + 1)))):
        middle = (low + high) // 2
        there = flow.cumulative(middle, accrued) >= 0
        np.copyto(high, middle, where=there)
        np.copyto(low, middle, where=~there)
    before, after = flow.cumulative(low, accrued), flow.cumulative(high, accrued)
    step = after - before
    inside = np.divide(-before, step, out=np.zeros_like(step), where=step > 0)
    months = np.where(before >= 0, 0.0, low + inside * (high - low))
    return np.where(after >= 0, months, np.inf)


def fan(flow: Flow, known: Tables, levels: tuple[float, ...]) -> Array:
    """Percentiles of the cumulative flow by month, shape (T + 1, levels)."""
    accrued = accrual(flow.timing, known)
    months = np.arange(known.months + 1)[:, None]
    totals = flow.cumulative(months, accrued)
    totals.sort(axis=1)
    places = np.round(np.array(levels) * (totals.shape[1] - 1)).astype(int)
    return np.asarray(totals[:, places])
