"""The one sentence that leads every assessment, and the names of inputs as people say them."""

from collections.abc import Callable, Mapping

from roi.calc.simulation import Result

NAMES = {
    "volume": "how many there are",
    "minutes": "the minutes each one takes",
    "automation_share": "the share that is automated",
    "review_minutes": "the minutes of review",
    "loaded_rate": "the hourly rate",
    "cashable_share": "the share of hours that becomes cash",
    "build_cost": "the build cost",
    "run_cost": "the run cost",
    "other_cash": "the other cash benefits",
}
Money = Callable[[float], str]


def sentence(result: Result, money: Money, horizon_months: int, top_driver: str | None) -> str:
    """Plain words for any state of knowledge, never a number that is not there."""
    if result.hours is None:
        return "Not enough is known for a score: it needs how many there are and the minutes each one takes."
    hours = f"about {_round_hours(result.hours.p50)} hours a year"
    if result.cash_year is None:
        return f"Sets free {hours}. No hourly rate is known for this unit, so there is no money figure yet."
    if result.npv is None:
        return f"Sets free {hours}. {_breakeven(result, money, horizon_months)}"
    return f"{_worth(result, money, horizon_months)} {_doubt(top_driver)}".strip()


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


def _round_hours(hours: float) -> str:
    step = 1000 if hours >= 5000 else 100 if hours >= 500 else 10 if hours >= 50 else 1
    return f"{round(hours / step) * step:,}"


# What is said where an input is missing: what is done about it, never a silent guess.
ABSENT = {
    "volume": "how many there are",
    "minutes": "the minutes each one takes",
    "review_minutes": "the minutes of review: none are counted",
    "loaded_rate": "an hourly rate of the unit: finance enters it, until then hours only",
    "build_cost": "the build cost: IT sizes it",
    "run_cost": "the run cost: none is counted",
}


def absent(used: set[str]) -> list[str]:
    """The inputs that a score lacks, each with what follows from it."""
    return [words for name, words in ABSENT.items() if name not in used]


def worked_example(likely: Mapping[str, float], money: Money, rate: str) -> list[str]:
    """The formula with the likely values in it, line by line; stops where an input is missing.

    `rate` is the hourly rate as this reader may see it, a band or the figure.
    """
    if not {"volume", "minutes", "automation_share"} <= set(likely):
        return []
    saved = max(likely["minutes"] - likely.get("review_minutes", 0.0), 0.0)
    hours = likely["volume"] * likely["automation_share"] * saved / 60
    review = (
        f"({likely['minutes']:,g} − {likely['review_minutes']:,g})"
        if "review_minutes" in likely
        else f"{saved:,g}"
    )
    lines = [
        f"Hours a year = {likely['volume']:,.0f} × {likely['automation_share']:.0%} × {review} min ÷ 60 = {hours:,.0f}"
    ]
    if {"loaded_rate", "cashable_share"} <= set(likely):
        other = likely.get("other_cash", 0.0)
        cash = hours * likely["loaded_rate"] * likely["cashable_share"] + other
        plus = f" + {money(other)} other cash" if other else ""
        lines.append(
            f"Cash a year = {hours:,.0f} h × {rate} × {likely['cashable_share']:.0%}{plus} = {money(cash)}"
        )
    return lines
