"""Has what goes through a workload changed? A frozen reference window against the current one.

Per feature: an effect size (PSI over the reference's quantile bins, smoothed, its null mean subtracted)
with a floor, and a two-sample Kolmogorov-Smirnov test over the medians of days, because calls of one day
are not independent and a test over calls would alarm on every busy week. p-values are adjusted over the
features after Benjamini and Hochberg (1995). A feature drifts when the effect is large and the adjusted p
small; without enough days there is no p, and a large effect that the days do not confirm cannot be told
from their usual spread: both are worth a warning at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, ks_2samp

MIN_CALLS = 200
MIN_DAYS = 5
MIN_CALLS_A_DAY = 5
BINS = 10
EFFECT_FLOOR = 0.10
LARGE_EFFECT = 0.25
ALPHA = 0.05


@dataclass(frozen=True)
class Profile:
    """One feature of a window: bin edges (right-closed), counts per bin, and the median of each day."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    day_medians: tuple[float, ...]
    median: float

    @property
    def n(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class FeatureDrift:
    """What was seen on one feature; p is None where there were too few days to test."""

    feature: str
    psi: float
    p: float | None
    reference_median: float
    current_median: float
    state: str  # stable | shifting | drifting | cannot_tell


def quantile_edges(values: Sequence[float], bins: int = BINS) -> tuple[float, ...]:
    """Inner edges at the quantiles, ties pooled; one more under a tied minimum lets smaller values show."""
    data = np.asarray(values, dtype=float)
    inner = np.unique(np.quantile(data, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf"))
    lowest = float(data.min())
    if inner[0] <= lowest:
        inner = np.concatenate([[np.nextafter(lowest, -np.inf)], inner])
    return tuple(float(edge) for edge in inner)


def bin_counts(values: Sequence[float], edges: Sequence[float]) -> tuple[int, ...]:
    """How many values fall into each of the len(edges) + 1 right-closed bins."""
    index = np.searchsorted(np.asarray(edges), np.asarray(values, dtype=float), side="left")
    return tuple(int(c) for c in np.bincount(index, minlength=len(edges) + 1))


def profile(days: Sequence[Sequence[float]], edges: Sequence[float] | None = None) -> Profile:
    """The profile of a window given as one list of values a day; edges come from the reference."""
    values = [value for day in days for value in day]
    if not values:
        return Profile(tuple(edges or ()), (0,) * (len(edges or ()) + 1), (), 0.0)
    edges = quantile_edges(values) if edges is None else edges
    medians = tuple(float(np.median(day)) for day in days if len(day) >= MIN_CALLS_A_DAY)
    return Profile(tuple(edges), bin_counts(values, edges), medians, float(np.median(values)))


def psi(reference: Sequence[int], current: Sequence[int], smoothing: float = 0.5) -> float:
    """The population stability index of two histograms over the same bins, half a case added to each bin."""
    a, b = _shares(reference, smoothing), _shares(current, smoothing)
    return float(np.sum((a - b) * np.log(a / b)))


def psi_null_mean(bins: int, n: int, m: int) -> float:
    """The mean of PSI when nothing changed: (k - 1)(1/n + 1/m)."""
    return (bins - 1) * (1 / n + 1 / m)


def psi_effect(reference: Sequence[int], current: Sequence[int]) -> float:
    """PSI less its null mean over the bins in use, never below zero."""
    used = sum(1 for a, b in zip(reference, current, strict=True) if a or b)
    bias = psi_null_mean(max(used, 1), sum(reference), sum(current))
    return max(0.0, psi(reference, current) - bias)


def ks_by_days(reference: Sequence[float], current: Sequence[float]) -> float | None:
    """The p-value of a two-sample KS over day medians, or None under 5 days on either side."""
    if len(reference) < MIN_DAYS or len(current) < MIN_DAYS:
        return None
    return float(ks_2samp(np.asarray(reference), np.asarray(current)).pvalue)


def adjust(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg over the p-values that exist; the missing ones stay missing."""
    known = [p for p in p_values if p is not None]
    if not known:
        return list(p_values)
    adjusted = iter(false_discovery_control(np.clip(known, 0, 1), method="bh"))
    return [None if p is None else float(next(adjusted)) for p in p_values]


def compare(reference: Mapping[str, Profile], current: Mapping[str, Profile]) -> list[FeatureDrift]:
    """The drift of every feature of the reference, the strongest first."""
    names = [name for name in reference if name in current]
    p_values = adjust([ks_by_days(reference[n].day_medians, current[n].day_medians) for n in names])
    found = [_feature(n, reference[n], current[n], p) for n, p in zip(names, p_values, strict=True)]
    order = {"drifting": 0, "shifting": 1, "cannot_tell": 2, "stable": 3}
    return sorted(found, key=lambda f: (order[f.state], -f.psi, f.feature))


def _feature(name: str, reference: Profile, current: Profile, p: float | None) -> FeatureDrift:
    effect = psi_effect(reference.counts, current.counts)
    return FeatureDrift(name, effect, p, reference.median, current.median, _state(effect, p))


def _state(effect: float, p: float | None) -> str:
    if effect < EFFECT_FLOOR:
        return "stable"
    if p is None:
        return "cannot_tell"
    if p > ALPHA:
        return "cannot_tell" if effect >= LARGE_EFFECT else "stable"
    return "drifting" if effect >= LARGE_EFFECT else "shifting"


def _shares(counts: Sequence[int], smoothing: float) -> NDArray[np.float64]:
    smoothed = np.asarray(counts, dtype=float) + smoothing
    return smoothed / smoothed.sum()
