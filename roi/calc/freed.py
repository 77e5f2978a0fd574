"""Hours that finished work set free, with a 90 % interval where only a part of it was judged or timed.

Hours = accepted items x (time baseline - handling minutes) / 60, as in ServiceNow LEAP. What is not known is drawn:

- items without a verdict, where the judged ones were drawn at random: Jeffreys' posterior of the share (Brown, Cai,
  DasGupta 2001), then the number among the items not judged is binomial. Nothing is drawn where all were judged.
- an imperfect judge on all items and people on a random part of them: the same, apart for the items that the judge
  passed and for those that it failed (post-stratification: the case of prediction-powered inference, Angelopoulos et
  al. 2023, in which the outcome is yes or no, with a finite number of items).
- evals say only how often such work comes out right: Jeffreys' posterior of that share, binomial over all items.
- means of timed minutes: Student's t, narrowed by the items of the month that were timed themselves.

Where somebody chose which items were judged no interval is honest: bounds take every item that was not judged for
rejected, then for accepted (Manski 2003). The draws have one seed, so that the same month gives the same figures.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DRAWS = 4_000
SEED = 20_261
TAIL = 0.05
JEFFREYS = 0.5


@dataclass(frozen=True)
class Mean:
    """A mean with its standard error and degrees of freedom; an error of 0 is a mean that is known."""

    value: float
    error: float = 0.0
    df: float = float("inf")

    @classmethod
    def of_sums(cls, n: int, total: float, squares: float, of: int) -> "Mean | None":
        """Of n timed items of `of` in all: their sum, and the sum of their squares. None without any.

        One timed item of several says nothing of its error: it is taken to be as large as the mean itself.
        """
        if not n:
            return None
        mean = total / n
        if n >= of:
            return cls(mean)
        if n == 1:
            return cls(mean, abs(mean), 1.0)
        spread = max(squares - n * mean * mean, 0.0) / (n - 1)
        return cls(mean, sqrt(spread / n * (1 - n / of)), n - 1.0)

    @classmethod
    def of_range(cls, value: float, low: float, high: float, n: int) -> "Mean":
        """Of P10 and P90 of a mean of n items, as a time study gives them (any n below two: as an estimate)."""
        df = float(n - 1) if n > 1 else float("inf")
        return cls(value, (high - low) / (2 * _t90(df)), df)


@lru_cache(maxsize=256)
def _t90(df: float) -> float:
    from scipy import stats

    return float(stats.t.ppf(0.9, df))


@dataclass(frozen=True)
class Verdicts:
    """What is known of `done` items: `accepted` of `judged`, and whether those were drawn at random (or are all)."""

    done: int
    judged: int
    accepted: int
    random: bool = True

    @property
    def whole(self) -> bool:
        return self.judged >= self.done


@dataclass(frozen=True)
class Judged:
    """A judge on all `done` items, of which it `passed` some, and people on a random part of them.

    `both` and `only_judge`: items that people accepted, and did not, among those the judge passed; `only_people` and
    `neither`: the same among those that it failed.
    """

    done: int
    passed: int
    both: int
    only_judge: int
    only_people: int
    neither: int


@dataclass(frozen=True)
class Rate:
    """How often such work comes out right by evals: `right` of `tried` cases; nothing is known of single items."""

    done: int
    right: int
    tried: int


Evidence = Verdicts | Judged | Rate


@dataclass(frozen=True)
class Freed:
    """The accepted share (0 to 1) and the hours set free, each with the ends of its 90 % interval, or its `bounds`.

    Hours are None without a time baseline; the share is None where nothing was done or nothing is known of it.
    """

    share: float | None
    share_low: float | None
    share_high: float | None
    hours: float | None
    hours_low: float | None
    hours_high: float | None
    bounds: bool = False


NOTHING = Freed(None, None, None, None, None, None)


def freed(evidence: Evidence, baseline: Mean | None, handling: Mean | None) -> Freed:
    """Of one workload in one period; handling minutes that nobody told are taken as none."""
    if evidence.done <= 0 or _knows_nothing(evidence):
        return NOTHING
    if isinstance(evidence, Verdicts) and not evidence.random and not evidence.whole:
        return _bounded(evidence, baseline, handling)
    share, accepted = _estimated(evidence), _drawn(evidence)
    low, high = _ends(accepted / evidence.done, share)
    if baseline is None:
        return Freed(share, low, high, None, None, None)
    saved = _means(baseline, 2) - (_means(handling, 3) if handling else 0.0)
    hours = evidence.done * share * _saved(baseline, handling) / 60
    return Freed(share, low, high, hours, *_ends(accepted * saved / 60, hours))


def _knows_nothing(evidence: Evidence) -> bool:
    if isinstance(evidence, Verdicts):
        return evidence.judged == 0
    return isinstance(evidence, Rate) and evidence.tried == 0


def _saved(baseline: Mean, handling: Mean | None) -> float:
    return baseline.value - (handling.value if handling else 0.0)


def _estimated(evidence: Evidence) -> float:
    """The share accepted in the middle of what is known."""
    if isinstance(evidence, Verdicts):
        return evidence.accepted / evidence.judged
    if isinstance(evidence, Rate):
        return evidence.right / evidence.tried
    good, bad = _strata(evidence)
    return float(sum(size * _middle(yes, no) for size, yes, no in (good, bad)) / evidence.done)


def _middle(yes: int, no: int) -> float:
    """The share as counted; Jeffreys' mean where people looked at none."""
    return yes / (yes + no) if yes + no else 0.5


def _drawn(evidence: Evidence) -> Array:
    """Numbers of accepted items, one for each future; shape (DRAWS,), or (1,) where the number is known."""
    if isinstance(evidence, Judged):
        good, bad = _strata(evidence)
        return _stratum(*good, 0) + _stratum(*bad, 1)
    if isinstance(evidence, Rate):
        return _binomial(evidence.done, evidence.right, evidence.tried - evidence.right, 0)
    return _stratum(evidence.done, evidence.accepted, evidence.judged - evidence.accepted, 0)


def _strata(judged: Judged) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """(size, accepted by people, not accepted) of what the judge passed, and of what it failed."""
    good = (judged.passed, judged.both, judged.only_judge)
    return good, (judged.done - judged.passed, judged.only_people, judged.neither)


def _stratum(size: int, yes: int, no: int, stream: int) -> Array:
    return yes + _binomial(max(size - yes - no, 0), yes, no, stream)


def _binomial(of: int, yes: int, no: int, stream: int) -> Array:
    """How many of `of` more items, when `yes` and `no` were seen of their like."""
    if not of:
        return np.zeros(1)
    rng = np.random.default_rng([SEED, stream])
    shares = rng.beta(yes + JEFFREYS, no + JEFFREYS, DRAWS)
    return rng.binomial(of, shares).astype(np.float64)


def _means(mean: Mean, stream: int) -> Array:
    if not mean.error:
        return np.array([mean.value])
    rng = np.random.default_rng([SEED, stream])
    noise = rng.standard_normal(DRAWS) if np.isinf(mean.df) else rng.standard_t(mean.df, DRAWS)
    return mean.value + mean.error * noise


def _ends(draws: Array, middle: float) -> tuple[float, float]:
    """P5 and P95, never on the wrong side of the middle that stands beside them."""
    low, high = np.quantile(draws, [TAIL, 1 - TAIL])
    return min(float(low), middle), max(float(high), middle)


def _bounded(verdicts: Verdicts, baseline: Mean | None, handling: Mean | None) -> Freed:
    """From all that were not judged being rejected to all being accepted; the middle is that of the judged ones."""
    least, most = verdicts.accepted, verdicts.accepted + verdicts.done - verdicts.judged
    share, low, high = _estimated(verdicts), least / verdicts.done, most / verdicts.done
    if baseline is None:
        return Freed(share, low, high, None, None, None, bounds=True)
    hours = verdicts.done * share * _saved(baseline, handling) / 60
    saved = _means(baseline, 2) - (_means(handling, 3) if handling else 0.0)
    ends = np.quantile(saved, [TAIL, 1 - TAIL]) / 60
    corners = [count * float(end) for count in (least, most) for end in ends]
    return Freed(share, low, high, hours, min(*corners, hours), max(*corners, hours), bounds=True)
