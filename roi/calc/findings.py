"""Sentences of the analysis: break-even values, and what measuring an input is worth against what it costs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roi.calc.words import Money

# {v} is "at least 41 %" or "at most $40,000".
PAYS_IF = {
    "volume": "{v} a year come in",
    "minutes": "each one takes {v} minutes",
    "automation_share": "{v} are automated",
    "review_minutes": "the review of one takes {v} minutes",
    "error_share_before": "{v} have errors today",
    "rework_minutes_before": "an error takes {v} minutes of rework today",
    "error_share_after": "{v} have errors once automated",
    "rework_minutes_after": "an error takes {v} minutes of rework once automated",
    "loaded_rate": "an hour costs {v}",
    "cashable_share": "{v} of the hours become cash",
    "build_cost": "it costs {v} to build",
    "run_cost": "it costs {v} a year to run",
    "run_cost_item": "an item costs {v} to run",
    "tokens_in": "an item sends {v} tokens",
    "tokens_out": "an item gets {v} tokens back",
    "start_months": "first use comes after {v} months",
    "ramp_months": "full use follows after {v} months",
    "other_cash": "the other cash benefits are {v} a year",
}
NOUNS = {
    "volume": "volume",
    "minutes": "minutes an item",
    "automation_share": "share automated",
    "review_minutes": "review time",
    "error_share_before": "share with errors today",
    "rework_minutes_before": "rework time today",
    "error_share_after": "share with errors once automated",
    "rework_minutes_after": "rework time once automated",
    "loaded_rate": "hourly rate",
    "cashable_share": "share of hours that becomes cash",
    "build_cost": "build cost",
    "run_cost": "run cost",
    "run_cost_item": "run cost of an item",
    "tokens_in": "number of tokens sent",
    "tokens_out": "number of tokens got back",
    "start_months": "start",
    "ramp_months": "ramp",
    "other_cash": "other cash benefit",
}
Shown = Callable[[str, float], str]
Row = Mapping[str, Any]
DAY = 8.0


def breakeven_sentences(rows: Sequence[Row], shown: Shown, npv_p50: float) -> list[str]:
    """One sentence for each value that can be reached, and one for all that cannot.

    Rows are {quantity, value, direction, likely, reachable}; `shown` writes a value of a quantity in its unit.
    """
    told = [_pays_if(row, shown) for row in rows if row["reachable"] and row["quantity"] in PAYS_IF]
    never = [NOUNS[row["quantity"]] for row in rows if not row["reachable"] and row["quantity"] in NOUNS]
    if not never:
        return told
    return [*told, _whatever(never) if _pays(rows, npv_p50) else _none_would(never)]


def _pays_if(row: Row, shown: Shown) -> str:
    name = row["quantity"]
    limit = f"{row['direction']} {shown(name, row['value'])}"
    return f"Pays back if {PAYS_IF[name].format(v=limit)}, instead of {shown(name, row['likely'])}."


def _pays(rows: Sequence[Row], npv_p50: float) -> bool:
    """Whether the middle case gains: told by any break-even on its way, else by the NPV."""
    for row in rows:
        if row["reachable"] and row["value"] != row["likely"]:
            return bool((row["likely"] > row["value"]) == (row["direction"] == "at least"))
    return npv_p50 >= 0


def tipping_note(rows: Sequence[Row], npv_p50: float) -> str:
    """Why the middle case and the middle of all futures disagree, where they do."""
    if not rows or _pays(rows, npv_p50) == (npv_p50 >= 0):
        return ""
    here, there = ("gains", "loses") if npv_p50 < 0 else ("loses", "gains")
    return (
        f"With every input in its middle it {here}, yet the middle of all futures {there}: the ranges reach further "
        "to one side than to the other."
    )


def _none_would(nouns: list[str]) -> str:
    rest = f", nor would any {_list(nouns[1:], 'or')} by itself" if nouns[1:] else ""
    return f"No {nouns[0]} would pay this back{rest}."


def _whatever(nouns: list[str]) -> str:
    return f"Pays back whatever the {_list(nouns, 'or the')} turns out to be, each by itself."


def _list(nouns: list[str], last: str) -> str:
    if len(nouns) < 2:
        return nouns[0]
    return f"{', '.join(nouns[:-1])} {last} {nouns[-1]}"


@dataclass(frozen=True)
class Finding:
    """One input that could be measured: what knowing it is worth at most, what measuring costs, what stays.

    Money; `cost` and `net` are None where no hourly rate is known.
    """

    quantity: str
    noun: str
    how: str
    effort: str
    hours: float
    worth: float
    standard_error: float
    cost: float | None
    net: float | None

    @property
    def pays(self) -> bool:
        """Worth more than nothing beyond its own error of estimation, and than what measuring costs."""
        return self.worth > self.standard_error and (self.net is None or self.net > 0)


def findings(rows: Sequence[Row], hourly: float | None) -> list[Finding]:
    """Inputs by what stays of their worth after the cost of measuring, the best first.

    Rows are {quantity, value, standard_error, words, hours}; `hourly` is money an hour.
    """
    return sorted(
        (_finding(row, hourly) for row in rows), key=lambda f: -(f.worth if f.net is None else f.net)
    )


def _finding(row: Row, hourly: float | None) -> Finding:
    name, worth, hours = row["quantity"], row["value"], row["hours"] or 0.0
    cost = None if hourly is None else hours * hourly
    net = None if cost is None else worth - cost
    noun = f"the {NOUNS.get(name, name.replace('_', ' '))}"
    return Finding(name, noun, row["words"], effort(hours), hours, worth, row["standard_error"], cost, net)


def effort(hours: float) -> str:
    """Hours of work as people say them; a day has eight."""
    if hours <= 0:
        return "no time"
    if hours < 1:
        return "under an hour"
    if hours < 6:
        return f"about {round(hours)} hour{'s' if round(hours) > 1 else ''}"
    days = max(1, round(hours / DAY))
    return "about a day" if days == 1 else f"about {days} days"


def measuring_sentence(found: Sequence[Finding], money: Money) -> str:
    """The best measurement and the next one: "timing 20 contracts, about a day, is worth up to $10k; ..."."""
    useful = [f for f in found if f.worth > f.standard_error and f.worth >= 1]
    if not useful:
        return "Nothing here is worth measuring first: no single input would change the decision."
    first, *others = useful
    told = f"{_capital(first.how)}, {first.effort}, is worth up to {money(first.worth)}"
    if others:
        told += f"; {others[0].noun} is worth {money(others[0].worth)}"
    more = len(others) - 1
    return f"{told}." + (f" {more} more {'are' if more > 1 else 'is'} worth less." if more > 0 else "")


def evpi_sentence(evpi: float | None, money: Money) -> str:
    """What knowing everything before deciding would be worth at most (Howard 1966)."""
    if evpi is None:
        return ""
    if evpi < 1:
        return "Knowing everything would be worth nothing: the same decision is right in every future."
    return f"Knowing everything before deciding would be worth up to {money(evpi)}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
