"""Error budgets and how fast they burn, as the Google SRE workbook has it (chapter 5, "Alerting on SLOs").

An objective promises a share of good events over a period. The budget is the rest. A burn rate of 1 spends it exactly
over the period; 14.4 spends 2 % of a 30-day budget in an hour. An alert needs a long window, so that it matters, and a
short one, so that it is still going on. All shares are exact fractions: a rate that meets its threshold fires.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

PAGE, TICKET = "page", "ticket"
HOUR = timedelta(hours=1)
# With a modest target not even a full outage reaches 14.4: the threshold stays within what can be reached.
REACHABLE = Fraction(8, 10)
# One failure is no rate.
FEWEST_BAD = 2
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bucket:
    """Events from `start` on, until the next bucket; `bad` of `total`."""

    start: datetime
    total: int
    bad: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires when both windows burn at this rate or faster."""

    rate: Fraction
    long: timedelta
    short: timedelta
    kind: str


# Table 5-8 of the workbook: 2 % of 30 days in an hour, 5 % in six hours, 10 % in three days.
RULES = (
    Rule(Fraction(144, 10), HOUR, timedelta(minutes=5), PAGE),
    Rule(Fraction(6), 6 * HOUR, timedelta(minutes=30), PAGE),
    Rule(Fraction(1), timedelta(days=3), 6 * HOUR, TICKET),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """`bad` of `total` events."""

    total: int
    bad: int

    @property
    def good_share(self) -> float | None:
        return (self.total - self.bad) / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Burn:
    """One rule as it stands: the rate of both windows (None without events) and whether it fires."""

    rule: Rule
    threshold: float
    long: float | None
    short: float | None
    tally: Tally
    fires: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """The period so far. `left` is a share of the budget, below zero when overspent; None without enough events."""

    tally: Tally
    low: float | None
    high: float | None
    left: float | None
    burns: tuple[Burn, ...]
    spent_at: datetime | None
    fewest: int

    @property
    def is_enough(self) -> bool:
        return self.tally.total >= self.fewest

    @property
    def firing(self) -> Burn | None:
        return next((burn for burn in self.burns if burn.fires), None)


def burn_rate(tally: Tally, target: Decimal) -> Fraction | None:
    """Share of bad events over the share that the target allows; None without events."""
    if not tally.total:
        return None
    return Fraction(tally.bad, tally.total) / (1 - Fraction(target))


def budget_share(rate: float, window: timedelta, period: timedelta) -> float:
    """The share of a period's budget that a burn of `rate` over `window` spends."""
    return rate * (window / period)


def lasts(rate: float, period: timedelta, left: float = 1.0) -> timedelta | None:
    """How long what is left of the budget lasts at this rate; None when nothing burns or nothing is left."""
    return period * (left / rate) if rate > 0 and left > 0 else None


def threshold(rule: Rule, target: Decimal) -> Fraction:
    """The rule's rate, or four fifths of the rate of a full outage where that is lower."""
    return min(rule.rate, REACHABLE / (1 - Fraction(target)))


def fewest_events(target: Decimal, fewest: int) -> int:
    """Under so many events one bad one alone would spend the whole budget, and nothing can be told."""
    return max(fewest, math.ceil(1 / (1 - Fraction(target))))


def wilson(good: int, total: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson 1927), which stays inside 0 to 1; None without events."""
    if not total:
        return None
    share, z2 = good / total, Z95 * Z95
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    # At none and all the bound is the share itself; rounding must not put it on the wrong side.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def begins(at: datetime, window: timedelta, grain: timedelta | None) -> datetime:
    """Where a window begins; with a grain, at the start of the grain that it falls into.

    Hourly sums cannot be cut: a window over them covers up to an hour more than its name says.
    """
    start = at - window
    if grain is None:
        return start
    seconds = int(grain.total_seconds())
    return datetime.fromtimestamp(int(start.timestamp()) // seconds * seconds, tz=at.tzinfo)


def tally_since(buckets: Sequence[Bucket], start: datetime) -> Tally:
    seen = [bucket for bucket in buckets if bucket.start >= start]
    return Tally(sum(bucket.total for bucket in seen), sum(bucket.bad for bucket in seen))


def judge(
    buckets: Sequence[Bucket],
    target: Decimal,
    at: datetime,
    period: timedelta,
    *,
    grain: timedelta | None = None,
    fewest: int = 20,
) -> Judgement:
    """The objective at `at`, from buckets of the whole period. `fewest`: events below which no window is judged.

    Rules that look back further than the period are left out. When the budget will be spent is told from the longest
    window, and only where that burns faster than the budget grows back (a rate above 1).
    """
    tally = tally_since(buckets, begins(at, period, grain))
    between = wilson(tally.total - tally.bad, tally.total)
    rules = [rule for rule in RULES if rule.long <= period]
    burns = tuple(_burn(rule, buckets, target, at, grain, fewest) for rule in rules)
    rate = burn_rate(tally, target)
    left = None if rate is None else float(1 - rate)
    return Judgement(
        tally=tally,
        low=between[0] if between else None,
        high=between[1] if between else None,
        left=left,
        burns=burns,
        spent_at=_spent_at(burns, left, period, at, fewest),
        fewest=fewest_events(target, fewest),
    )


def _burn(
    rule: Rule,
    buckets: Sequence[Bucket],
    target: Decimal,
    at: datetime,
    grain: timedelta | None,
    fewest: int,
) -> Burn:
    tally = tally_since(buckets, begins(at, rule.long, grain))
    long = burn_rate(tally, target)
    short = burn_rate(tally_since(buckets, begins(at, rule.short, grain)), target)
    limit = threshold(rule, target)
    enough = tally.total >= fewest and tally.bad >= FEWEST_BAD
    fires = enough and long is not None and short is not None and min(long, short) >= limit
    return Burn(rule, float(limit), _plain(long), _plain(short), tally, fires)


def _plain(rate: Fraction | None) -> float | None:
    return None if rate is None else float(rate)


def _spent_at(
    burns: Sequence[Burn], left: float | None, period: timedelta, at: datetime, fewest: int
) -> datetime | None:
    slowest = burns[-1] if burns else None
    if slowest is None or left is None or slowest.long is None or slowest.tally.total < fewest:
        return None
    time_left = lasts(slowest.long, period, left) if slowest.long > 1 else None
    return at + time_left if time_left else None
