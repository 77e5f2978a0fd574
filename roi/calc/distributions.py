"""Draws from a range: low, likely, high as percentiles or as hard limits, by inverse CDF on uniform draws.

Percentiles (P10, P50, P90) use the symmetric-percentile-triplet metalog of Keelin (2016): bounded below by zero for
positive quantities (log form), inside 0..1 for shares (logit form), unbounded where a quantity may be negative.
Hard limits use the beta-PERT (Clark 1962; likely = mode). What no metalog has gets a stated fallback, through the
same three percentiles:

- positive, low > 0, skew infeasible or a tail without a variance: a lognormal in two halves;
- low at 0 (one in ten is nothing at all), a share at 0 or 1, an infeasible share or signed quantity, a high so far
  out that a lognormal would say nothing: straight lines;
- no width: a constant.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Support = Literal["positive", "share", "real"]
ALPHA = 0.1
TINY = 1e-9
ODDS = float(np.log((1 - ALPHA) / ALPHA))
Z90 = float(special.ndtri(1 - ALPHA))
# exp(M(u)) behaves as (1 - u)^-index towards the top; from a half on it has no variance, from one on no mean.
MOST_TAIL = 0.5
# A lognormal whose P90 lies further above its median than this has a mean above its own P90.
MOST_RATIO = 25
# Denser towards both ends, where a PERT with its mode at a limit bends most.
GRID = np.sin(np.linspace(0, np.pi / 2, 4095)) ** 2
GRID.flags.writeable = False
EXACT_BELOW = 512

CONSTANT, PERT, LINES, HALVES = "constant", "PERT", "piecewise linear", "lognormal in two halves"
METALOGS = {"positive": "log metalog", "share": "logit metalog", "real": "metalog"}


@dataclass(frozen=True)
class Shape:
    """A quantity's range; `support` says where its values may lie."""

    low: float
    likely: float
    high: float
    meaning: str = "percentiles"
    support: Support = "positive"


def became(shape: Shape, fat_tail: bool = False) -> str:
    """What a range is drawn from, in words: one of CONSTANT, PERT, LINES, HALVES and METALOGS.

    `fat_tail` for a build cost, which `lognormal_cost` draws when its points are percentiles.
    Raises ValueError for a range out of order or out of its support.
    """
    _check(shape)
    if shape.high - shape.low <= TINY * max(abs(shape.low), abs(shape.high)):
        return CONSTANT
    if shape.meaning == "hard_limits":
        return PERT
    if not fat_tail and _has_metalog(shape):
        return METALOGS[shape.support]
    return HALVES if _has_halves(shape) else LINES


def as_percentiles(shape: Shape) -> Shape:
    """Hard limits of a cost as the P10, P50 and P90 of their PERT: nobody can promise a cost's upper limit."""
    if shape.meaning != "hard_limits" or shape.low == shape.high:
        return shape
    low, likely, high = pert(shape.low, shape.likely, shape.high, np.array([0.1, 0.5, 0.9])).tolist()
    return Shape(low, likely, high, "percentiles", shape.support)


def _has_halves(shape: Shape) -> bool:
    return shape.support == "positive" and shape.low > 0 and shape.high <= MOST_RATIO * shape.likely


def _check(shape: Shape) -> None:
    if not shape.low <= shape.likely <= shape.high:
        raise ValueError("low <= likely <= high must hold")
    if shape.support != "real" and shape.low < 0:
        raise ValueError("a quantity that cannot be negative has a negative low")
    if shape.support == "share" and shape.high > 1:
        raise ValueError("a share lies between 0 and 1")


def draw(shape: Shape, u: Array) -> Array:
    """Quantiles of the shape at `u` (values in (0, 1), any shape); same unit as the range.

    Raises ValueError as `became` does, which also names what is drawn.
    """
    return _drawn(shape, became(shape), u)


def lognormal_cost(low: float, likely: float, high: float, u: Array) -> Array:
    """A cost with a fat tail through P10, P50 and P90: lognormal halves, whatever metalog there may be.

    One large IT project in six overruns by 200 % (Flyvbjerg, Budzier 2011), which no bounded shape shows.
    """
    shape = Shape(low, likely, high)
    return _drawn(shape, became(shape, fat_tail=True), u)


def _drawn(shape: Shape, kind: str, u: Array) -> Array:
    if kind == CONSTANT:
        return np.full(np.shape(u), shape.likely, dtype=np.float64)
    if kind == PERT:
        return pert(shape.low, shape.likely, shape.high, u)
    if kind == HALVES:
        return two_halves(shape.low, shape.likely, shape.high, u)
    return _lines(shape, u) if kind == LINES else _metalog_draw(shape, u)


def pert(low: float, mode: float, high: float, u: Array) -> Array:
    """Beta-PERT quantiles: mean (low + 4 mode + high)/6, never outside the limits."""
    width = high - low
    alpha, beta = 1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width
    if u.size < EXACT_BELOW:
        return np.asarray(low + width * special.betaincinv(alpha, beta, u))
    # Thousands of draws: the distribution function on a grid, read backwards, is forty times as fast and off by less
    # than a hundred-thousandth of the width, far under what a range knows.
    return np.asarray(low + width * np.interp(u, special.betainc(alpha, beta, GRID), GRID))


def two_halves(low: float, likely: float, high: float, u: Array) -> Array:
    """Lognormal below and above the median with a spread of its own each: P10, P50, P90 exact; needs low > 0.

    The two-piece (split) normal of Fechner in logs, which exists for every order of the three points.
    """
    z = special.ndtri(u)
    down, up = (np.log(likely) - np.log(low)) / Z90, np.log(high / likely) / Z90
    return np.asarray(likely * np.exp(np.where(z < 0, down, up) * z))


def spt_metalog(low: float, middle: float, high: float, u: Array) -> Array | None:
    """Three-term metalog through P10, P50, P90; None when the triplet is infeasible (Keelin 2016, section 3.4)."""
    terms = _terms(low, middle, high)
    if terms is None:
        return None
    a2, a3 = terms
    return np.asarray(middle + (a2 + a3 * (u - 0.5)) * np.log(u / (1 - u)))


def _terms(low: float, middle: float, high: float) -> tuple[float, float] | None:
    width = high - low
    if width <= 0:
        return 0.0, 0.0
    skew = (middle - low) / width
    bound = 0.5 * (1 - 1.66711 * (0.5 - ALPHA))
    if not bound < skew < 1 - bound:
        return None
    return width / (2 * ODDS), (1 - 2 * skew) * width / ((1 - 2 * ALPHA) * ODDS)


def _has_metalog(shape: Shape) -> bool:
    """Whether the transform takes all three points, the skew is feasible and the tail has a variance."""
    if shape.support != "real" and shape.low <= 0 or shape.support == "share" and shape.high >= 1:
        return False
    terms = _terms(*_transformed(shape))
    return terms is not None and (shape.support != "positive" or terms[0] + terms[1] / 2 < MOST_TAIL)


def _transformed(shape: Shape) -> tuple[float, float, float]:
    points = np.array([shape.low, shape.likely, shape.high])
    if shape.support == "positive":
        points = np.log(points)
    elif shape.support == "share":
        points = special.logit(points)
    return float(points[0]), float(points[1]), float(points[2])


def _metalog_draw(shape: Shape, u: Array) -> Array:
    quantiles = spt_metalog(*_transformed(shape), u)
    assert quantiles is not None  # _has_metalog said so
    if shape.support == "positive":
        return np.exp(quantiles)
    return np.asarray(special.expit(quantiles)) if shape.support == "share" else quantiles


def _lines(shape: Shape, u: Array) -> Array:
    """Straight lines through P10, P50, P90 with the ends at P0 = low - (likely - low)/4 and
    P100 = high + (high - likely)/4 (the slopes go on), cut at the support."""
    ends = [shape.low - (shape.likely - shape.low) / 4, shape.high + (shape.high - shape.likely) / 4]
    if shape.support != "real":
        ends[0] = max(ends[0], 0.0)
    if shape.support == "share":
        ends[1] = min(ends[1], 1.0)
    return np.interp(
        u, [0, ALPHA, 0.5, 1 - ALPHA, 1], [ends[0], shape.low, shape.likely, shape.high, ends[1]]
    )
