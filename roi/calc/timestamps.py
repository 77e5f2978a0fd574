"""Minutes an item took people, from a system's own times: several touches of an item add up, and what cannot be is out.

Left out, and counted by reason: an end before its start, no length, longer than a working day (left open overnight),
and outliers: items whose logarithm lies more than 3.5 scaled median absolute deviations from the median (Iglewicz and
Hoaglin 1993, on the log since times are skewed). The rest gives a mean with its P10 and P90 by Student's t.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import log
from statistics import fmean, median

from roi.calc.measured import FEWEST, NotEnough, measured

LONGEST = 480.0
CUT, SCALE = 3.5, 1.4826
# Times that are rounded to the same minutes have no spread on the log; a factor of ten is an outlier even then.
LEAST_SPREAD = log(10) / CUT


@dataclass(frozen=True)
class Touch:
    """One stretch of work on an item: from and to, or its minutes with the day they are of."""

    item: str
    start: datetime | None = None
    end: datetime | None = None
    minutes: float | None = None


@dataclass(frozen=True)
class Timed:
    """Mean minutes an item with P10 and P90, of n items from these days; `left_out` counts by reason."""

    n: int
    minutes: float
    low: float
    high: float
    first: date | None
    last: date | None
    all_mean: float
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What was left out, and what the mean had been with the outliers."""
        if not self.left_out:
            return f"mean of {self.n:,} items; none left out"
        out = ", ".join(f"{count:,} {reason}" for reason, count in self.left_out.items())
        told = f"mean of {self.n:,} items; left out: {out}"
        return told + (
            f" (with the outliers {self.all_mean:.1f} minutes)" if OUTLIER in self.left_out else ""
        )


BACKWARDS, EMPTY, OVERNIGHT, OUTLIER = (
    "end before start",
    "without length",
    "longer than a day's work",
    "outliers",
)


def timed(touches: Iterable[Touch], longest: float = LONGEST) -> Timed:
    """The baseline that touches give. NotEnough under five items."""
    left_out: Counter[str] = Counter()
    items: dict[str, float] = defaultdict(float)
    days: list[date] = []
    for touch in touches:
        minutes, wrong = _minutes(touch, longest)
        if wrong:
            left_out[wrong] += 1
            continue
        items[touch.item] += minutes
        days += [moment.date() for moment in (touch.start, touch.end) if moment]
    return _mean(list(items.values()), days, left_out)


def _minutes(touch: Touch, longest: float) -> tuple[float, str]:
    if touch.minutes is not None:
        minutes = touch.minutes
    elif touch.start is not None and touch.end is not None:
        minutes = (touch.end - touch.start).total_seconds() / 60
    else:
        return 0.0, EMPTY
    wrong = BACKWARDS if minutes < 0 else EMPTY if minutes == 0 else OVERNIGHT if minutes > longest else ""
    return minutes, wrong


def _mean(values: list[float], days: list[date], left_out: Counter[str]) -> Timed:
    kept = inliers(values)
    if len(values) > len(kept):
        left_out[OUTLIER] = len(values) - len(kept)
    if len(kept) < FEWEST:
        raise NotEnough(f"{len(kept)} items with a usable time: at least {FEWEST} are needed.")
    made = measured("minutes", kept)
    first, last = (min(days), max(days)) if days else (None, None)
    return Timed(
        made.n, made.likely, made.low, made.high, first, last, round(fmean(values), 4), dict(left_out)
    )


def inliers(values: Sequence[float]) -> list[float]:
    """Values above zero whose logarithm is near the others'."""
    if len(values) < FEWEST:
        return list(values)
    logs = [log(value) for value in values]
    middle = median(logs)
    spread = max(SCALE * median(abs(one - middle) for one in logs), LEAST_SPREAD if _same(logs) else 1e-9)
    return [value for value, one in zip(values, logs, strict=True) if abs(one - middle) <= CUT * spread]


def _same(logs: Sequence[float]) -> bool:
    """Half of them or more are equal."""
    middle = median(logs)
    return median(abs(one - middle) for one in logs) == 0
