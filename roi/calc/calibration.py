"""How good stated ranges were, once the actual is known: coverage, median ratio, CRPS against simple rivals.

A case is a stated figure, with P10 and P90 where a range was stated, and what came. Cases are compared as ratios,
actual / stated likely, so that small and large projects count alike. Intervals are 90 %.

CRPS (Gneiting, Raftery 2007) is E|X - y| - E|X - X'|/2: the distance of the actual from a stated distribution, in
shares of the likely figure here; 0 is a prophet, lower is better, and for a single figure it is the absolute error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from evals.calc.intervals import Interval, wilson
from roi.calc.distributions import Shape, draw

Array = NDArray[np.float64]
CONFIDENCE = 0.90
# A range is P10 to P90: eight actuals in ten belong inside.
TARGET = 0.80
# Fewer finished cases cannot tell a good forecaster from a lucky one.
LEAST_FOR_RIVALS = 10
# Of a long history the newest ones are compared with the rivals: a draw for each costs time.
MOST_FOR_RIVALS = 500
POINTS = 199


@dataclass(frozen=True)
class Case:
    """What was stated and what came, in one unit. `low` and `high` are P10 and P90, None for a single figure."""

    likely: float
    actual: float
    low: float | None = None
    high: float | None = None

    @property
    def ratio(self) -> float:
        return self.actual / self.likely

    @property
    def has_range(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def is_inside(self) -> bool:
        """Whether the stated range held the actual; False where there was none."""
        return self.low is not None and self.high is not None and self.low <= self.actual <= self.high


@dataclass(frozen=True)
class Coverage:
    """How many of `n` stated ranges held their actual, as a share with its Wilson interval."""

    inside: int
    n: int
    share: Interval

    @property
    def verdict(self) -> str:
        """ "too narrow", "too wide", or "fits" where the interval holds the eight in ten that were promised."""
        if self.share.high < TARGET:
            return "too narrow"
        return "too wide" if self.share.low > TARGET else "fits"


@dataclass(frozen=True)
class Middle:
    """The median of `n` ratios; the interval is None where no two of so few ratios can enclose it surely enough."""

    n: int
    median: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Rival:
    """A simple forecast for the same cases: its mean CRPS, and how much worse it was than the stated ranges.

    `lead` is the mean of (its CRPS - ours) with the ends of a paired 90 % interval; above zero the ranges were better.
    """

    name: str
    crps: float
    lead: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "cannot tell"


@dataclass(frozen=True)
class Contest:
    """The stated ranges against their rivals: mean CRPS over `n` cases, in shares of the likely figure."""

    n: int
    crps: float
    rivals: tuple[Rival, ...]


@dataclass(frozen=True)
class Backtest:
    """What the older half of a history would have told, tried on the newer half.

    `uplift` is the median ratio of the older half, `enough` its P80 (for a value P20). `held` counts the newer cases
    for which `enough` was enough, `inside` those between the older half's P10 and P90: both promise 80 %.
    """

    first: int
    uplift: float
    enough: float
    held: Coverage
    inside: Coverage


def coverage(cases: Sequence[Case]) -> Coverage | None:
    """Of the cases with a range; None without any."""
    ranged = [case for case in cases if case.has_range]
    if not ranged:
        return None
    inside = sum(case.is_inside for case in ranged)
    return Coverage(inside, len(ranged), wilson(inside, len(ranged), CONFIDENCE))


def middle(ratios: Sequence[float]) -> Middle | None:
    """The median with an interval between two order statistics (exact, no shape assumed); None without any ratio."""
    if not len(ratios):
        return None
    ordered = np.sort(np.asarray(ratios, dtype=np.float64))
    n, median = len(ordered), float(np.median(ordered))
    # The largest k with P(B < k) <= 5 %, B binomial(n, 1/2): the k-th smallest and the k-th largest enclose it.
    k = int(stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    while k > 0 and stats.binom.cdf(k - 1, n, 0.5) > (1 - CONFIDENCE) / 2:
        k -= 1
    return (
        Middle(n, median, None, None)
        if k == 0
        else Middle(n, median, float(ordered[k - 1]), float(ordered[-k]))
    )


def backtest(newest_first: Sequence[float], reach: bool = False) -> Backtest | None:
    """Of ratios, the newest first; None below LEAST_FOR_RIVALS in each half. `reach`: a value is to be reached."""
    half = len(newest_first) // 2
    if half < LEAST_FOR_RIVALS:
        return None
    new, old = (np.asarray(part, dtype=np.float64) for part in (newest_first[:half], newest_first[half:]))
    low, few, uplift, many, high = (float(q) for q in np.quantile(old, [0.1, 1 - TARGET, 0.5, TARGET, 0.9]))
    enough = few if reach else many
    held = int((new >= enough).sum() if reach else (new <= enough).sum())
    inside = int(((new >= low) & (new <= high)).sum())
    shares = (Coverage(n, half, wilson(n, half, CONFIDENCE)) for n in (held, inside))
    return Backtest(len(old), uplift, enough, *shares)


def contest(cases: Sequence[Case]) -> Contest | None:
    """The stated ranges against two rivals, newest cases first; None below LEAST_FOR_RIVALS of them.

    The rivals are the likely figure times the median ratio, and the spread of all ratios. Each knows every other case
    but not the one that it is scored on, later ones too: a stern comparison.
    """
    newest = list(cases)[:MOST_FOR_RIVALS]
    if len(newest) < LEAST_FOR_RIVALS:
        return None
    ratios = np.array([case.ratio for case in newest])
    own = np.array([_own(case) for case in newest])
    rivals = (
        _rival("the likely figure times the median ratio", np.abs(ratios - others_median(ratios)), own),
        _rival("the spread of past ratios", others_crps(ratios), own),
    )
    return Contest(len(newest), float(own.mean()), rivals)


def _own(case: Case) -> float:
    if case.low is None or case.high is None:
        return abs(case.ratio - 1)
    low, high = case.low / case.likely, case.high / case.likely
    return crps(Shape(low, 1.0, high, support="positive" if low >= 0 else "real"), case.ratio)


def _rival(name: str, scores: Array, own: Array) -> Rival:
    ahead = scores - own
    lead = float(ahead.mean())
    spread = float(ahead.std(ddof=1)) / len(ahead) ** 0.5
    half = float(special.stdtrit(len(ahead) - 1, (1 + CONFIDENCE) / 2)) * spread
    return Rival(name, float(scores.mean()), lead, lead - half, lead + half)


def crps(shape: Shape, actual: float) -> float:
    """Of a stated range, from quantiles in the middle of 199 equal parts."""
    return sample_crps(draw(shape, (np.arange(POINTS) + 0.5) / POINTS), actual)


def sample_crps(points: Array, actual: float) -> float:
    """Of the distribution that puts the same weight on each point (exact for it)."""
    ordered = np.sort(points)
    n = len(ordered)
    spread = float(((2 * np.arange(n) - n + 1) * ordered).sum()) / n**2
    return float(np.abs(ordered - actual).mean()) - spread


def others_median(values: Array) -> Array:
    """For each value the median of all the others; needs two of them."""
    order = np.argsort(values, kind="stable")
    ordered, n = values[order], len(values)
    rank = np.empty(n, dtype=int)
    rank[order] = np.arange(n)
    low, high = (n - 2) // 2, (n - 1) // 2
    return (ordered[low + (rank <= low)] + ordered[high + (rank <= high)]) / 2


def others_crps(values: Array) -> Array:
    """For each value the CRPS of the spread of all the others; needs two of them."""
    ordered, n = np.sort(values), len(values)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    place = np.searchsorted(ordered, values)
    # Sum of |other - value| over all, from partial sums of the ordered values.
    apart = values * place - sums[place] + (sums[-1] - sums[place]) - values * (n - place)
    inner = (apart.sum() - 2 * apart) / (n - 1) ** 2
    return apart / (n - 1) - inner / 2
