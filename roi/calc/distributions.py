"""Draws from a range: low, likely, high as percentiles or as hard limits, by inverse CDF on uniform draws.

Percentiles (P10, P50, P90) use the symmetric-percentile-triplet metalog of Keelin (2016): bounded below by zero for
positive quantities (log form), inside 0..1 for shares (logit form), unbounded where a quantity may be negative.
Hard limits use the beta-PERT (Clark 1962; likely = mode). Shapes that do not exist get a stated fallback.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Support = Literal["positive", "share", "real"]
ALPHA = 0.1
TINY = 1e-9
# Denser towards both ends, where a PERT with its mode at a limit bends most.
GRID = np.sin(np.linspace(0, np.pi / 2, 4095)) ** 2


@dataclass(frozen=True)
class Shape:
    """A quantity's range; `support` says where its values may lie."""

    low: float
    likely: float
    high: float
    meaning: str = "percentiles"
    support: Support = "positive"


def draw(shape: Shape, u: Array) -> Array:
    """Quantiles of the shape at `u` (values in (0, 1), any shape); same unit as the range.

    Zero width is a constant. Raises ValueError unless low <= likely <= high.
    """
    if not shape.low <= shape.likely <= shape.high:
        raise ValueError("low <= likely <= high must hold")
    if shape.high - shape.low <= TINY * max(1.0, abs(shape.likely)):
        return np.full_like(u, shape.likely)
    if shape.meaning == "hard_limits":
        return pert(shape.low, shape.likely, shape.high, u)
    return _percentile_draw(shape, u)


def pert(low: float, mode: float, high: float, u: Array) -> Array:
    """Beta-PERT quantiles: mean (low + 4 mode + high)/6, never outside the limits."""
    width = high - low
    alpha, beta = 1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width
    if u.size < len(GRID):
        return np.asarray(low + width * special.betaincinv(alpha, beta, u))
    # Thousands of draws: the distribution function on a grid, read backwards, is forty times as fast and off by less
    # than a hundred-thousandth of the width, far under what a range knows.
    return np.asarray(low + width * np.interp(u, special.betainc(alpha, beta, GRID), GRID))


def _percentile_draw(shape: Shape, u: Array) -> Array:
    forward, back = _TRANSFORMS[shape.support]
    inside = _inside(shape)
    if inside is None:
        return _triangle(shape, u)
    low, middle, high = (forward(np.asarray(x)) for x in inside)
    quantiles = spt_metalog(float(low), float(middle), float(high), u)
    return back(quantiles) if quantiles is not None else _triangle(shape, u)


def _inside(shape: Shape) -> tuple[float, float, float] | None:
    """The three points, moved off the boundary that the transform cannot take; None when that is no fix."""
    if shape.support == "real":
        return shape.low, shape.likely, shape.high
    ceiling = 1 - 1e-6 if shape.support == "share" else np.inf
    floor = 1e-6 if shape.support == "share" else max(shape.likely, shape.high) * 1e-3
    if shape.high <= 0:
        return None
    points = [min(max(x, floor), ceiling) for x in (shape.low, shape.likely, shape.high)]
    return points[0], points[1], points[2]


def spt_metalog(low: float, middle: float, high: float, u: Array) -> Array | None:
    """Three-term metalog through P10, P50, P90; None when the triplet is infeasible (Keelin 2016, section 3.4)."""
    if high - low <= 0:
        return np.full_like(u, middle)
    skew = (middle - low) / (high - low)
    bound = 0.5 * (1 - 1.66711 * (0.5 - ALPHA))
    if not bound < skew < 1 - bound:
        return None
    odds = np.log((1 - ALPHA) / ALPHA)
    a2 = (high - low) / (2 * odds)
    a3 = (1 - 2 * skew) * (high - low) / ((1 - 2 * ALPHA) * odds)
    logit = np.log(u / (1 - u))
    return middle + a2 * logit + a3 * (u - 0.5) * logit


def _triangle(shape: Shape, u: Array) -> Array:
    """The fallback for triplets that no metalog has: straight lines through P10, P50, P90 with the ends at
    P0 = low - (likely - low)/4 and P100 = high + (high - likely)/4, cut at the support."""
    ends = [shape.low - (shape.likely - shape.low) / 4, shape.high + (shape.high - shape.likely) / 4]
    if shape.support != "real":
        ends = [max(ends[0], 0.0), ends[1]]
    if shape.support == "share":
        ends[1] = min(ends[1], 1.0)
    return np.interp(
        u, [0, ALPHA, 0.5, 1 - ALPHA, 1], [ends[0], shape.low, shape.likely, shape.high, ends[1]]
    )


def lognormal_cost(low: float, likely: float, high: float, u: Array) -> Array:
    """A cost with a fat tail: lognormal with median `likely` and its P90 at `high` (at least 10 % above).

    One large IT project in six overruns by 200 % (Flyvbjerg, Budzier 2011), which no bounded shape shows. A low end
    that lies further from the median than the high end widens it.
    """
    if likely <= 0:
        return np.full_like(u, max(likely, 0.0))
    if high - low <= TINY * likely:
        return np.full_like(u, likely)
    z90 = special.ndtri(0.9)
    up = np.log(max(high / likely, 1.0 + TINY)) / z90
    down = np.log(likely / max(low, likely * 1e-3)) / z90
    return likely * np.exp(max(up, down) * special.ndtri(u))


def _logit(p: Array) -> Array:
    return np.log(p / (1 - p))


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _same(x: Array) -> Array:
    return x


_TRANSFORMS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "positive": (np.log, np.exp),
    "share": (_logit, _sigmoid),
    "real": (_same, _same),
}
