"""What it would be worth to know more before deciding: EVPI and EVPPI of approving a candidate or not.

The decision is d in {approve: U = NPV, decline: U = 0}. EVPI = E[max(NPV, 0)] - max(E[NPV], 0) (Howard 1966); EVPPI of
one input = E_X[max(E[NPV|X], 0)] - max(E[NPV], 0), by regression of NPV on X over the same draws (Strong, Oakley,
Brennan 2014). Both in the money of the NPV. All arrays have shape (draws,) unless a shape is stated.

How EVPPI is estimated. The uniform behind the input is cut into bins and the draws into two random halves. On one half
E[NPV|X] is learned (means of the bins, smoothed by a local straight line), and the decision that follows from it is
paid out on the other half, so no draw is judged by a rule that has seen it. A draw gains (rule - today) NPV over
today's best decision, which is at most max(NPV, 0) - today NPV: the mean never exceeds EVPI. An input without influence
gains nothing on average, and what chance still gives one (the same estimator on shuffled draws) is taken off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from roi.calc.scoring import rounded

Array = NDArray[np.float64]
Cells = NDArray[np.intp]
SHUFFLES = 8
SHUFFLE_SEED = 20140601
FEWEST_BINS, MOST_BINS = 4, 64
# A bin of the middle is this many of the narrow ones at both ends, where an input that rarely matters matters.
FINE = 4
# Width of the smoothing in standard deviations of the input: narrow enough for the kink of a cap.
BANDWIDTH = 0.3


@dataclass(frozen=True)
class Information:
    """What knowing one input exactly would be worth, at most; the standard error is of that value."""

    quantity: str
    value: float
    standard_error: float


def evpi(npv: Array) -> float:
    """Expected value of perfect information; exactly 0 where all draws agree in sign, never negative."""
    return max(float(np.maximum(npv, 0.0).mean()) - max(float(npv.mean()), 0.0), 0.0)


def information(npv: Array, u: Mapping[str, Array]) -> list[Information]:
    """EVPPI of each input, drawn at the uniforms `u` in (0, 1), the most valuable first; a constant has none.

    0 <= value <= evpi(npv). Where inputs are correlated `u` is the correlated uniform: knowing one input then tells of
    the others too. Meant for some hundred draws and more. The standard error is that of independent draws, which is on
    the safe side for Sobol points; it is 0 where no answer would change the decision.
    """
    most, chance = evpi(npv), by_chance(npv)
    found = [(name, *_evppi(npv, column, most, chance)) for name, column in u.items()]
    return sorted((Information(n, rounded(v), rounded(e)) for n, v, e in found), key=lambda i: -i.value)


def by_chance(npv: Array) -> float:
    """The mean gain that the estimator gives an input which tells nothing: NPVs against bins shuffled independently.

    Every uniform fills the bins alike, so one figure holds for all inputs. It may be negative: rules learned from noise
    do worse than today's decision.
    """
    cells, counts = _shuffled(len(npv))
    sums = np.stack([_per_cell(row, npv) for row in cells])
    return float((_change(sums, counts, npv) * sums).sum() / len(npv) / SHUFFLES)


def _evppi(npv: Array, u: Array, most: float, chance: float) -> tuple[float, float]:
    if most == 0:
        return 0.0, 0.0
    n, table = len(npv), _bins(len(npv))
    cells = table[(u * len(table)).astype(np.intp)] + _halves(n)
    change = _change(_per_cell(cells, npv), _per_cell(cells), npv)
    if not change.any():
        return 0.0, 0.0
    gains = change.ravel()[cells] * npv
    mean = float(gains.mean())
    variance = max(float(gains @ gains) / n - mean**2, 0.0)
    return min(max(mean - max(chance, 0.0), 0.0), most), float(np.sqrt(variance / n))


def _change(sums: Array, counts: Array, npv: Array) -> Array:
    """1 where a half's rule approves what is declined today, -1 the other way round; shape (..., 2, bins) as `sums`.

    The rule of one half is learned from the other.
    """
    expected = (sums / np.maximum(counts, 1)) @ _smoothing(len(npv)).T
    return np.asarray((expected[..., ::-1, :] > 0) - float(npv.mean() > 0))


def _per_cell(cells: Cells, weights: Array | None = None) -> Array:
    """Sums of the weights (or counts) by half and bin, shape (2, bins)."""
    bins = int(_bins(len(cells))[-1]) + 1
    return np.asarray(np.bincount(cells, weights, 2 * bins).reshape(2, bins), dtype=np.float64)


@lru_cache(maxsize=16)
def _bins(n: int) -> Cells:
    """Bin of each narrow slice of (0, 1) for n draws: about sqrt(n)/2.8 wide bins, both end ones cut in three.

    2,048 draws give 16 wide bins, 10,000 give 32: enough draws in each to learn from, narrow enough to lose little.
    """
    wide = int(np.clip(2 ** round(np.log2(np.sqrt(n) / 2.8)), FEWEST_BINS, MOST_BINS))
    widths = [1, 1, 2] + [FINE] * (wide - 2) + [2, 1, 1]
    return np.repeat(np.arange(len(widths)), widths)


@lru_cache(maxsize=16)
def _smoothing(n: int) -> Array:
    """Matrix (bins, bins) that smooths means of bins: a local straight line at each bin's middle on the normal scale,
    weighted by the bins' widths and a normal kernel (Fan, Gijbels 1996)."""
    widths = np.bincount(_bins(n)) / len(_bins(n))
    z = special.ndtri(np.cumsum(widths) - widths / 2)
    away = z - z[:, None]
    weights = widths * np.exp(-0.5 * (away / BANDWIDTH) ** 2)
    s0, s1, s2 = (np.sum(weights * away**k, axis=1, keepdims=True) for k in range(3))
    return np.asarray(weights * (s2 - s1 * away) / (s0 * s2 - s1**2))


@lru_cache(maxsize=16)
def _halves(n: int) -> Cells:
    """Which half each draw is in, as an offset into the cells of (half, bin).

    Drawn at random: every second point of a Sobol sequence can be exactly the lower half of one input.
    """
    half = np.random.default_rng(SHUFFLE_SEED).permutation(n) % 2
    return half * (int(_bins(n)[-1]) + 1)


@lru_cache(maxsize=16)
def _shuffled(n: int) -> tuple[list[Cells], Array]:
    """Cells of inputs that are independent of everything, and how many draws each has, (SHUFFLES, 2, bins)."""
    table, rng = _bins(n), np.random.default_rng(SHUFFLE_SEED + 1)
    regular = table[(np.arange(n) * len(table)) // n]
    cells = [rng.permutation(regular) + _halves(n) for _ in range(SHUFFLES)]
    return cells, np.stack([_per_cell(row) for row in cells])
