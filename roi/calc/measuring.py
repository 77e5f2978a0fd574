"""What measuring an input takes: what a person would do, and how many person-hours that is.

Rules of thumb, meant to be set against what knowing would be worth. Twenty timings bring the error of a mean under a
quarter of the spread from item to item (1/sqrt(20) = 0.22); fifty tries place a share within nine points either way,
four times in five (1.28 sqrt(0.25/50)). Items so long that this would take over a week are fewer, never below five.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TIMINGS, TRIES, CORRECTIONS = 20, 50, 10
FEWEST = 5
WEEK_HOURS = 40
# Minutes where nothing is known of them yet.
SOME_MINUTES = 10.0


@dataclass(frozen=True)
class Measuring:
    """`words` complete "... is worth up to"; `hours` are those of everyone who takes part, together."""

    quantity: str
    words: str
    hours: float


@dataclass(frozen=True)
class Plan:
    """Preparation in hours, then `count` times the minutes of `each` (a quantity, or "check": looking an item over)."""

    words: str
    prepare: float
    count: int = 0
    each: str = ""


PLANS = {
    "volume": Plan("counting last year's {items} in the system", 2),
    "minutes": Plan("timing {n} {items}", 2, TIMINGS, "minutes"),
    "automation_share": Plan("trying {n} {items} by hand with a model", 4, TRIES, "check"),
    "review_minutes": Plan("timing the review of {n} {items} done by a model", 4, TIMINGS, "check"),
    "error_share_before": Plan("checking {n} finished {items} for errors", 2, TRIES, "check"),
    "rework_minutes_before": Plan("timing {n} corrections", 2, CORRECTIONS, "rework_minutes_before"),
    "error_share_after": Plan("checking {n} {items} done by a model", 4, TRIES, "check"),
    "rework_minutes_after": Plan(
        "timing {n} corrections of what a model did", 4, CORRECTIONS, "rework_minutes_after"
    ),
    "loaded_rate": Plan("asking finance for the hourly rate", 1),
    "cashable_share": Plan("sitting down with finance over the posts", 2),
    "build_cost": Plan("getting a quote from the builder", 8),
    "run_cost": Plan("getting a quote for hosting and licences", 4),
    "run_cost_item": Plan("adding up from price lists what one of the {items} uses", 2),
    "tokens_in": Plan("logging the tokens sent in 50 calls", 4),
    "tokens_out": Plan("logging the tokens got back in 50 calls", 4),
    "start_months": Plan("asking IT and security for a date", 2),
    "ramp_months": Plan("asking two teams how long their last change took", 3),
    "other_cash": Plan("sitting down with finance over the other cash", 2),
    "cost_avoided": Plan("sitting down with finance over the cost avoided", 2),
    "revenue": Plan("sitting down with sales over the revenue", 2),
    "risk_reduction": Plan("sitting down with the risk owner over past losses", 2),
}


def measuring(quantity: str, likely: Mapping[str, float], noun: str = "item") -> Measuring:
    """How to measure a quantity of a candidate with these likely values; `noun` is one of what is worked on.

    Raises KeyError for a quantity that nobody knows how to measure.
    """
    plan = PLANS[quantity]
    minutes = _minutes(plan.each, likely)
    n = min(plan.count, max(FEWEST, int(WEEK_HOURS * 60 / minutes)))
    words = plan.words.format(n=n, items=_plural(noun))
    return Measuring(quantity, words, round(plan.prepare + n * minutes / 60, 1))


def _minutes(each: str, likely: Mapping[str, float]) -> float:
    """Looking an item over takes its review, or half of what doing it takes."""
    if each == "check":
        return likely.get("review_minutes") or (likely.get("minutes") or SOME_MINUTES) / 2
    return likely.get(each) or SOME_MINUTES


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
