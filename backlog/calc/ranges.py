"""From an owner's plain answer to a range, and from any period to a year. Pure arithmetic.

A year has 220 working days, 46 working weeks and 12 months; a full-time person works 1,600 hours.
"""

from dataclasses import dataclass
from datetime import date

PER_YEAR = {"day": 220, "week": 46, "month": 12, "year": 1}
HOURS_A_YEAR = 1600.0
SHARES_OF_TIME = {"all": 1.0, "three_quarters": 0.75, "half": 0.5, "quarter": 0.25, "hour_a_day": 0.125}

# How far low (P10) and high (P90) lie from one answer. Counts from a system still move from year to year; a
# considered answer is wider; a guess is wider upwards, as effort is more often under- than overestimated.
WIDTHS = {"measured": (0.90, 1.10), "fairly_sure": (0.80, 1.25), "guess": (0.60, 1.60)}
SHARES = frozenset({"automation_share", "cashable_share", "error_share_before", "error_share_after"})
SIGNED = frozenset({"other_cash", "cost_avoided", "revenue", "risk_reduction"})
LARGEST_SHARE = 0.99

# Beyond these a figure is a slip of the keyboard: no company has that much of one kind of work.
LARGEST = 1e13
MOST = {"volume": 1e12, "tokens_in": 1e9, "tokens_out": 1e9, "start_months": 120.0, "ramp_months": 120.0}
MOST |= dict.fromkeys(("minutes", "review_minutes", "rework_minutes_before", "rework_minutes_after"), 1e9)


@dataclass(frozen=True)
class Range:
    """Low, likely and high of one quantity; meaning is "percentiles" (P10, P50, P90) or "hard_limits"."""

    low: float
    likely: float
    high: float
    meaning: str = "percentiles"
    evidence: str = "assumed"
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"low {self.low:g} <= likely {self.likely:g} <= high {self.high:g} must hold")


def per_year(count: float, period: str) -> float:
    """Items a year from items a day, week, month or year; KeyError for another period."""
    return count * PER_YEAR[period]


def minutes_from_people(people: float, share: str, items_a_year: float) -> float:
    """Minutes an item, from how many people spend which share of their time; ValueError without items."""
    if items_a_year <= 0:
        raise ValueError("minutes an item need at least one item a year")
    return people * SHARES_OF_TIME[share] * HOURS_A_YEAR * 60 / items_a_year


def from_answer(value: float, sureness: str, quantity: str = "", as_of: date | None = None) -> Range:
    """One number and how sure somebody is, as P10, P50, P90; shares stay inside 0..1.

    Marked as assumed even where the middle was counted: the width is ours, not theirs.
    """
    down, up = WIDTHS[sureness]
    ends = sorted((value * down, value * up))
    if quantity in SHARES:
        ends = [max(0.0, ends[0]), max(value, min(LARGEST_SHARE, ends[1]))]
    return Range(ends[0], value, ends[1], "percentiles", "assumed", as_of)


def refusal(quantity: str, low: float, high: float) -> tuple[str, str] | None:
    """Why no quantity of this name reaches from `low` to `high`, as (code, words); None when it may."""
    if quantity in SHARES and (low < 0 or high > 1):
        return "share", "a share lies between 0 and 1."
    if low < 0 and quantity not in SIGNED:
        return "negative", "it cannot be below zero."
    most = MOST.get(quantity, LARGEST)
    if not (-LARGEST <= low and high <= most):
        return "too_much", f"at most {most:,.0f}; check the number."
    return None


def hours_of(people: float, share: str = "all") -> float:
    """Hours a year that so many people have for this work, when they give it that share of their time."""
    return people * SHARES_OF_TIME[share] * HOURS_A_YEAR


def team_words(people: float, team: str) -> str:
    """ "12 people of Accounts payable clerks have 19,200 hours a year"."""
    return f"{_people(people)} of {team} {_have(people)} {hours_of(people):,.0f} hours a year"


def time_words(people: float, share: str, share_words: str) -> str:
    """ "9 people, about half their time, have 7,200 hours a year for it"."""
    return f"{_people(people)}, {share_words}, {_have(people)} {hours_of(people, share):,.0f} hours a year for it"


def _people(people: float) -> str:
    return "1 person" if people == 1 else f"{people:,g} people"


def _have(people: float) -> str:
    return "has" if people == 1 else "have"
