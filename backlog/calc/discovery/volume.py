"""How many a year, as P10, P50, P90 of the rate, from counts of whole months.

The counts are taken as Poisson with a common rate, spread by their own dispersion (Pearson's chi-square over its
degrees of freedom, never below 1; above 1 widened as Student's t is wider than the normal, since few months tell
little of it). The rate given N is then close to a gamma of shape (N + 1/2) / dispersion. A trend or a season that
the log does not show is not in the interval, which is why it needs three whole months to be more than a guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

YEAR = 365.25
ENOUGH_MONTHS, SHORTEST_MONTH = 3, 28
# With fewer months no narrower than half to double; without one whole month, than a third to three times.
WIDE, WIDER = (0.5, 2.0), (1 / 3, 3.0)
# Assumed dispersion where nothing shows it: months of tickets commonly spread to about twice Poisson's width.
ASSUMED_DISPERSION = 4.0


@dataclass(frozen=True)
class Volume:
    """Items a year; `is_enough` is False for fewer than three whole months."""

    low: float
    mid: float
    high: float
    is_enough: bool


def a_year(counts: Sequence[int], days: Sequence[float]) -> Volume:
    """From counts of whole months, or of one shorter span, and their lengths in days; ValueError without a day."""
    exposure, total = float(sum(days)), int(sum(counts))
    if exposure <= 0:
        raise ValueError("a rate needs at least a day")
    enough = len(counts) >= ENOUGH_MONTHS
    dispersion = _dispersion(counts, days) if enough else ASSUMED_DISPERSION
    low, high = (_quantile(p, total, dispersion) * YEAR / exposure for p in (0.1, 0.9))
    mid = total * YEAR / exposure
    if not enough:
        down, up = WIDE if exposure >= SHORTEST_MONTH else WIDER
        low, high = min(low, down * mid), max(high, up * mid)
    return Volume(min(low, mid), mid, max(mid, high), enough)


def _quantile(p: float, total: int, dispersion: float) -> float:
    return float(stats.gamma.ppf(p, (total + 0.5) / dispersion) * dispersion)


def _dispersion(counts: Sequence[int], days: Sequence[float]) -> float:
    seen, length = np.asarray(counts, float), np.asarray(days, float)
    expected = seen.sum() * length / length.sum()
    if seen.sum() == 0:
        return 1.0
    freedom = len(seen) - 1
    raw = float(((seen - expected) ** 2 / expected).sum() / freedom)
    if raw <= 1:
        return 1.0
    return raw * float(stats.t.ppf(0.9, freedom) / stats.norm.ppf(0.9)) ** 2
