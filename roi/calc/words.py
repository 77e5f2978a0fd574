"""What an assessment says in words: the sentence that leads it, the cost of waiting, and the names of its inputs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from roi.calc.scoring import Result

NAMES = {
    "volume": "how many there are",
    "minutes": "the minutes each one takes",
    "automation_share": "the share that is automated",
    "review_minutes": "the minutes of review",
    "error_share_before": "the share with errors today",
    "rework_minutes_before": "the rework an error takes today",
    "error_share_after": "the share with errors once automated",
    "rework_minutes_after": "the rework an error takes once automated",
    "loaded_rate": "the hourly rate",
    "cashable_share": "the share of hours that becomes cash",
    "build_cost": "the build cost",
    "run_cost": "the run cost",
    "run_cost_item": "the run cost of an item",
    "tokens_in": "the tokens an item sends",
    "tokens_out": "the tokens an item gets back",
    "start_months": "the months until first use",
    "ramp_months": "the months from first to full use",
    "other_cash": "the other cash benefits",
    "cost_avoided": "the cost avoided",
    "revenue": "the revenue",
    "risk_reduction": "the risk reduction",
}
# On the axis of a chart, where a phone leaves little room.
SHORT = {
    "volume": "Volume",
    "minutes": "Minutes each",
    "automation_share": "Share automated",
    "review_minutes": "Review",
    "error_share_before": "Errors today",
    "rework_minutes_before": "Rework today",
    "error_share_after": "Errors after",
    "rework_minutes_after": "Rework after",
    "loaded_rate": "Hourly rate",
    "cashable_share": "Becomes cash",
    "build_cost": "Build cost",
    "run_cost": "Run cost",
    "run_cost_item": "Cost an item",
    "tokens_in": "Tokens in",
    "tokens_out": "Tokens out",
    "start_months": "Start",
    "ramp_months": "Ramp",
    "other_cash": "Other cash",
    "horizon_months": "Horizon",
    "discount_rate": "Discount rate",
    "hours_cap": "Hours there are",
    "price_in": "Price of tokens in",
    "price_out": "Price of tokens out",
    "correlations": "Moves together",
    "calculation": "Calculation",
}
SHARES = ("automation_share", "error_share_before", "error_share_after", "cashable_share")
MONEY = (
    "loaded_rate",
    "build_cost",
    "run_cost",
    "run_cost_item",
    "other_cash",
    "cost_avoided",
    "revenue",
    "risk_reduction",
)
# What is counted in hours only; whoever may not see money sees these.
OF_THE_WORK = tuple(NAMES)[:8]
Money = Callable[[float], str]


def sentence(result: Result, money: Money, horizon_months: int, top_driver: str | None) -> str:
    """Plain words for any state of knowledge, never a number that is not there."""
    if result.npv is not None:
        return f"{_worth(result, money, horizon_months)} {_doubt(top_driver)}".strip()
    if result.hours is None and result.cash_year is not None:
        return _breakeven(result, money, horizon_months)
    if result.hours is None:
        return "Not enough is known for a score: it needs how many there are and the minutes each one takes."
    hours = _hours(result.hours.p50)
    if result.cash_year is None:
        return f"{hours}. No hourly rate is known for this unit, so there is no money figure yet."
    return f"{hours}. {_breakeven(result, money, horizon_months)}"


def hours_sentence(hours: float) -> str:
    """The sentence for those who do not read money; hours a year."""
    return f"{_hours(hours)}. Money is shown to the unit, the review and finance."


def _hours(hours: float) -> str:
    if hours < 0:
        return f"Takes about {rounded_hours(-hours)} hours a year more than it sets free"
    return f"Sets free about {rounded_hours(hours)} hours a year"


def _breakeven(result: Result, money: Money, horizon: int) -> str:
    most = result.breakeven_build or 0.0
    if most <= 0:
        return f"On the middle case it does not pay back within {horizon} months at any build cost."
    return f"Pays back within {horizon} months if it costs less than {money(most)} to build."


def _worth(result: Result, money: Money, horizon: int) -> str:
    assert result.npv is not None
    lose = _in_ten(1 - (result.prob_positive or 0.0))
    middle = result.npv.p50
    span = f"over {horizon} months"
    if middle < 0:
        return f"Likely to lose {money(-middle)} {span}; it gains {_in_ten(result.prob_positive or 0.0)}."
    return f"Likely worth {money(middle)} in cash {span}; it loses money {lose}."


def _in_ten(share: float) -> str:
    times = round(share * 10)
    if times == 0:
        return "less than once in twenty"
    return "nearly always" if times == 10 else f"{times} time{'s' if times > 1 else ''} in ten"


def _doubt(top_driver: str | None) -> str:
    return f"Most of that doubt is {NAMES[top_driver]}." if top_driver in NAMES else ""


def rounded_hours(hours: float) -> str:
    """Hours as a sentence says them: 9,128 -> "9,000"."""
    step = 1000 if abs(hours) >= 5000 else 100 if abs(hours) >= 500 else 10 if abs(hours) >= 50 else 1
    return f"{round(hours / step) * step:,}"


def waiting(core: Mapping[str, Any], money: Money) -> str:
    """What a week of waiting forgoes, from the core of a score; money a week. Nothing where it would lose money."""
    delay, mean = core.get("cost_of_delay"), core.get("npv_mean")
    if not delay:
        return ""
    value = delay["value"]
    if value is None or value <= 0:
        return str(delay["words"])
    if mean is not None and mean <= 0:
        return "Waiting costs nothing: on average it would lose money."
    if value < 1:
        return "A week of waiting forgoes next to nothing."
    return f"Each week of waiting forgoes about {money(value)}."


def capacity(core: Mapping[str, Any], money: Money) -> str:
    """The hours that stay capacity with their gross worth, never added to the cash; "" where none are known."""
    free, worth = core.get("capacity"), core.get("capacity_worth")
    if not free or round(free["p50"]) == 0:
        return ""
    told = f"{rounded_hours(free['p50'])} hours a year"
    if not worth:
        return f"{told}."
    return f"{told}, worth {money(worth['p50'])} gross at the hourly rate: never added to the cash."


def payback(months: Sequence[float | None] | None, horizon: int) -> str:
    """P10, P50, P90 of the payback in months; None in a place means not within the horizon."""
    if not months:
        return ""
    low, middle, high = months
    if middle is None:
        best = "" if low is None else f"; in the best tenth within {low:,.0f} months"
        return f"In the middle case it does not pay back in {horizon} months{best}."
    if low is not None and high is not None:
        return f"Pays back in {middle:,.0f} months ({low:,.0f} to {high:,.0f})."
    best = "" if low is None else f", {low:,.0f} at best"
    return f"Pays back in {middle:,.0f} months{best}; in the worst tenth {not_in(horizon)}."


def not_in(horizon: int) -> str:
    """Where a payback has no month."""
    return f"not in {horizon} months"


# What is said where an input is missing: what is done about it, never a silent guess.
ABSENT = {
    "volume": "how many there are",
    "minutes": "the minutes each one takes",
    "review_minutes": "the minutes of review: none are counted",
    "loaded_rate": "an hourly rate of the unit: finance enters it, until then hours only",
    "build_cost": "the build cost: IT sizes it",
    "run_cost": "the run cost: none is counted",
}


UNPRICED = "the price of the tokens: name the model, until then they cost nothing here"


def absent(used: set[str], is_unpriced: bool = False) -> list[str]:
    """The inputs that a score lacks, each with what follows from it."""
    told = [words for name, words in ABSENT.items() if name not in used]
    return told + ([UNPRICED] if is_unpriced else [])


# What a range was drawn as, for a reader who has never heard of a metalog.
DRAWN = {
    "constant": "one value",
    "log metalog": "smooth curve above zero (log metalog)",
    "logit metalog": "smooth curve from 0 to 100 % (logit metalog)",
    "metalog": "smooth curve (metalog)",
    "PERT": "inside its ends (beta-PERT)",
    "lognormal in two halves": "fat tail (lognormal in two halves)",
    "piecewise linear": "P10, P50, P90 that no smooth curve fits; straight lines through them",
}


def drawn_as(became: str) -> str:
    """What `became` of a shape means in words; names that are not listed are words already."""
    return DRAWN.get(became, became)


def amount(quantity: str, value: float, money: Money, places: int = 4) -> str:
    """A value of an input in its own unit: 0.41 -> "41 %", 41000 -> "$41,000", 6.25 -> "6.25"."""
    if quantity in SHARES:
        return f"{_trimmed(value * 100, 1)} %"
    if quantity in MONEY and abs(value) >= 1000:
        return money(value)
    if quantity in MONEY:
        return _with_cents(value, money)
    return _trimmed(value, 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else min(places, 2))


def three_digits(value: float) -> float:
    """A computed value with the digits that a sentence can carry: 1,728.4 -> 1,730."""
    return float(f"{value:.3g}")


def _with_cents(value: float, money: Money) -> str:
    """An amount under a thousand: the sign that `money` writes, with the digits that matter."""
    sign = money(0).rstrip("0").rstrip()
    digits = _trimmed(abs(value), 2 if abs(value) >= 0.1 or value == 0 else 5)
    if "." in digits and abs(value) >= 0.1:
        digits = f"{abs(value):,.2f}"
    return f"{'−' if value < 0 else ''}{sign}{digits}"


def _trimmed(value: float, places: int) -> str:
    digits = f"{value:,.{places}f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits in ("-0", "") else digits.replace("-", "−")


def correlation_words(pairs: Sequence[Sequence[Any]]) -> list[str]:
    """ "how many there are and the run cost move together (rank correlation 0.5)"."""
    return [
        f"{NAMES[first]} and {NAMES[second]} move {'together' if rho > 0 else 'in opposite ways'} "
        f"(rank correlation {rho:g})"
        for first, second, rho in pairs
    ]
