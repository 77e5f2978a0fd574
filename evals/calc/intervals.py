"""The interval of a pass rate: Wilson's score interval (Wilson 1927)."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import norm


@dataclass(frozen=True)
class Interval:
    """A pass rate with the range it may truly lie in; all three are shares in 0..1."""

    point: float
    low: float
    high: float


def wilson(passed: int, total: int, confidence: float = 0.95) -> Interval:
    """The Wilson interval of `passed` out of `total`; nothing is known about zero cases, so they raise."""
    if total <= 0 or not 0 <= passed <= total:
        raise ValueError(f"{passed} of {total} is not a pass rate")
    if not 0 < confidence < 1:
        raise ValueError("confidence lies between 0 and 1")
    z = float(norm.ppf((1 + confidence) / 2))
    rate = passed / total
    spread = 1 + z * z / total
    middle = (rate + z * z / (2 * total)) / spread
    half = z / spread * (rate * (1 - rate) / total + z * z / (4 * total * total)) ** 0.5
    # At 0 and at all the bound equals the rate exactly; floating point would leave it at 1e-17 beside it.
    low = 0.0 if passed == 0 else min(rate, max(0.0, middle - half))
    high = 1.0 if passed == total else max(rate, min(1.0, middle + half))
    return Interval(rate, low, high)
