"""The formula of a score with its likely values in it, line by line, for a reader who checks it with a calculator.

The lines are the calculation of `roi.calc.simulation` for one future in which every input has its likely value. They
stop where an input is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from roi.calc import finance
from roi.calc.simulation import Inputs
from roi.calc.words import Money, amount

Likely = Mapping[str, float]
PER = 1_000_000


@dataclass(frozen=True)
class Wording:
    """How this reader may see it: `money` writes amounts, `rate` is the hourly rate as a figure or a band.

    `cap_note` says where the cap of hours comes from, `price_note` which price of tokens counts since when.
    """

    money: Money
    rate: str
    cap_note: str = ""
    price_note: str = ""


def worked_example(likely: Likely, frame: Inputs, wording: Wording) -> list[str]:
    """Each step as a sentence with its numbers; empty where neither hours nor other cash are known."""
    if not {"volume", "minutes", "automation_share"} <= set(likely):
        return _only_other(likely, frame, wording)
    saved, lines = _saved(likely)
    hours, more = _hours(likely, saved, frame, wording)
    lines += more
    if not {"loaded_rate", "cashable_share"} <= set(likely):
        return lines
    cash = hours * likely["loaded_rate"] * likely["cashable_share"] + likely.get("other_cash", 0.0)
    run, cost_lines = _run(likely, frame, wording)
    lines += [_cash_line(likely, hours, cash, wording), *cost_lines, _capacity_line(likely, hours)]
    return lines + _worth(likely, frame, wording, cash, run)


def _only_other(likely: Likely, frame: Inputs, wording: Wording) -> list[str]:
    """Work that is not counted in items can still bring cash."""
    if "other_cash" not in likely or not frame.knows_cash:
        return []
    cash, (run, lines) = likely["other_cash"], _run(likely, frame, wording)
    first = f"Cash a year = {wording.money(cash)} of other cash; no hours are counted"
    return [first, *lines, *_worth(likely, frame, wording, cash, run)]


def _saved(likely: Likely) -> tuple[float, list[str]]:
    """Minutes that one automated item saves."""
    saved, terms = likely["minutes"], [f"{_n(likely['minutes'])} min"]
    if "review_minutes" in likely:
        saved -= likely["review_minutes"]
        terms.append(f"− {_n(likely['review_minutes'])} of review")
    for when, sign, words in (("before", "+", "rework saved"), ("after", "−", "rework left")):
        share, minutes = likely.get(f"error_share_{when}"), likely.get(f"rework_minutes_{when}")
        if share is not None and minutes is not None:
            saved += (1 if sign == "+" else -1) * share * minutes
            terms.append(f"{sign} {_p(share)} × {_n(minutes)} of {words}")
    line = f"Minutes saved an automated item = {' '.join(terms)} = {_n(saved)}"
    return saved, [line] if len(terms) > 1 else []


def _hours(likely: Likely, saved: float, frame: Inputs, wording: Wording) -> tuple[float, list[str]]:
    volume, share = likely["volume"], likely["automation_share"]
    hours = volume * share * saved / 60
    lines = [f"Hours a year = {volume:,.0f} × {_p(share)} × {_n(saved)} min ÷ 60 = {_whole(hours)}"]
    if frame.hours_cap is not None and hours > frame.hours_cap:
        note = f" ({wording.cap_note})" if wording.cap_note else ""
        lines.append(
            f"More than the people who do it work: counted are {_whole(frame.hours_cap)} hours{note}"
        )
        hours = frame.hours_cap
    return hours, lines


def _cash_line(likely: Likely, hours: float, cash: float, wording: Wording) -> str:
    other = likely.get("other_cash", 0.0)
    plus = f" + {wording.money(other)} other cash" if other else ""
    share = _p(likely["cashable_share"])
    return f"Cash a year = {_whole(hours)} h × {wording.rate} × {share}{plus} = {wording.money(cash)}"


def _capacity_line(likely: Likely, hours: float) -> str:
    rest = 1 - likely["cashable_share"]
    return f"Capacity a year = {_whole(hours)} h × {_p(rest)} = {_whole(hours * rest)} hours, never counted as money"


def _run(likely: Likely, frame: Inputs, wording: Wording) -> tuple[float, list[str]]:
    """Run cost a year at full use: the fixed part, and each automated item with its tokens."""
    per_item, lines = _per_item(likely, frame, wording) if "volume" in likely else (0.0, [])
    fixed, items = (
        likely.get("run_cost", 0.0),
        likely.get("volume", 0.0) * likely.get("automation_share", 0.0),
    )
    run = fixed + items * per_item
    if per_item:
        each = amount("run_cost_item", per_item, wording.money)
        lines.append(
            f"Run cost a year = {wording.money(fixed)} + {items:,.0f} items × {each} = {wording.money(run)}"
        )
    elif fixed:
        lines.append(f"Run cost a year = {wording.money(fixed)}")
    return run, lines


def _per_item(likely: Likely, frame: Inputs, wording: Wording) -> tuple[float, list[str]]:
    cost, terms = likely.get("run_cost_item", 0.0), []
    if cost:
        terms.append(amount("run_cost_item", cost, wording.money))
    for name, price, way in (("tokens_in", frame.price_in, "in"), ("tokens_out", frame.price_out, "out")):
        if likely.get(name) and price:
            cost += likely[name] * price
            million = amount("run_cost_item", price * PER, wording.money)
            terms.append(f"{likely[name]:,.0f} tokens {way} × {million} a million")
    note = f" ({wording.price_note})" if wording.price_note and "tokens" in " ".join(terms) else ""
    line = f"Run cost an item = {' + '.join(terms)}{note} = {amount('run_cost_item', cost, wording.money)}"
    return cost, [line] if len(terms) > 1 or note else []


def _worth(likely: Likely, frame: Inputs, wording: Wording, cash: float, run: float) -> list[str]:
    gained, ran = years_of_use(likely, frame)
    start, ramp = _time(likely, frame)
    begins = f"First use after {_n(start)} months" if start else "First use at once"
    lines = [
        f"{begins}, full use {_n(ramp)} months later: over {frame.horizon_months} months, "
        f"discounted at {_p(frame.discount_rate)} a year, that is {gained:.3f} years of full benefit and "
        f"{ran:.3f} years of run cost"
    ]
    if "build_cost" not in likely:
        return lines
    money, build = wording.money, likely["build_cost"]
    worth = cash * gained - run * ran - build
    steps = f"{money(cash)} × {gained:.3f} − {money(run)} × {ran:.3f} − {money(build)} to build"
    return [*lines, f"NPV = {steps} = {money(worth)}"]


def years_of_use(likely: Likely, frame: Inputs) -> tuple[float, float]:
    """Discounted years of full benefit and of full run cost inside the horizon, start and ramp as likely.

    Share of full use at the end of month t is clip((t - start)/max(ramp, 1), 0, 1), run cost accrues by
    clip(t - start, 0, 1), each a twelfth of a year, discounted by the month's rate.
    """
    start, ramp = _time(likely, frame)
    months = np.arange(1, frame.horizon_months + 1, dtype=np.float64)
    weights = (
        finance.discount_factors(finance.monthly_rate(frame.discount_rate), frame.horizon_months)[1:] / 12
    )
    use = np.clip((months - start) / max(ramp, 1.0), 0, 1)
    return float(use @ weights), float(np.clip(months - start, 0, 1) @ weights)


def _time(likely: Likely, frame: Inputs) -> tuple[float, float]:
    return likely.get("start_months", frame.start_months), likely.get("ramp_months", frame.ramp_months)


def _n(value: float) -> str:
    return amount("minutes", value, str)


def _p(share: float) -> str:
    return amount("automation_share", share, str)


def _whole(value: float) -> str:
    return f"{round(value):,}".replace("-", "−")
