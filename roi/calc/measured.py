"""From samples to a range: what was measured, and how sure that makes of its mean.

An estimate is the mean over all items, so the range is of the mean, not of single items. Minutes: Student's t interval
of the mean, P10 to P90, cut at zero. Yes and no: Jeffreys' interval of a share (Brown, Cai, DasGupta 2001), P10, P50,
P90 of Beta(yes + 1/2, no + 1/2). Fewer than five samples say too little to be called measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from scipy import stats

FEWEST = 5
OUTER = 0.9
# Which quantities are timed, and which are asked of each item as yes or no; the others are looked up.
TIMED = ("minutes", "review_minutes", "rework_minutes_before", "rework_minutes_after")
YES_NO = ("automation_share", "error_share_before", "error_share_after")
QUESTIONS = {
    "automation_share": "Did it come out right without help?",
    "error_share_before": "Did it have an error?",
    "error_share_after": "Did it have an error?",
}


class NotEnough(ValueError):
    """Fewer samples than a range can be made of."""


@dataclass(frozen=True)
class Measured:
    """P10, P50 and P90 of the mean, from n samples, and how that was done in words."""

    n: int
    low: float
    likely: float
    high: float
    words: str


def kind_of(quantity: str) -> str:
    """ "timed", "yes_no" or "looked_up"."""
    return "timed" if quantity in TIMED else "yes_no" if quantity in YES_NO else "looked_up"


def measured(quantity: str, values: Sequence[float]) -> Measured:
    """The range that samples give. Minutes an item, or 1 and 0 for yes and no; NotEnough below five."""
    if len(values) < FEWEST:
        raise NotEnough(f"{len(values)} of {FEWEST} samples: not enough for a range.")
    return _of_share(values) if quantity in YES_NO else _of_mean(values)


def _of_mean(values: Sequence[float]) -> Measured:
    n, mean = len(values), fmean(values)
    half = float(stats.t.ppf(OUTER, n - 1)) * stdev(values) / sqrt(n)
    low = max(mean - half, 0.0)
    words = f"mean of {n} samples; eight times in ten the true mean lies between the ends (Student's t)"
    return Measured(n, round(low, 4), round(mean, 4), round(mean + half, 4), words)


def _of_share(values: Sequence[float]) -> Measured:
    n, yes = len(values), sum(1 for value in values if value >= 0.5)
    low, likely, high = (float(stats.beta.ppf(p, yes + 0.5, n - yes + 0.5)) for p in (1 - OUTER, 0.5, OUTER))
    words = f"{yes} of {n}; eight times in ten the true share lies between the ends (Jeffreys)"
    return Measured(n, round(low, 4), round(likely, 4), round(high, 4), words)
