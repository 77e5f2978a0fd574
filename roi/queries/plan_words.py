"""Why a candidate is not in a plan, and what would make room: plain sentences from the facts of the answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from aiops.models import User, currency_symbol
from backlog.models import Candidate, Effort
from roi.calc.portfolio import Conflict
from roi.calc.portfolio import words as conflict_words
from roi.models import Plan
from roi.queries.board import may_read_money
from roi.queries.plans import Comparison

Money = Callable[[float], str]


@dataclass(frozen=True)
class Reader:
    """What a reader may be told: `money` writes amounts of the candidate (None: they stay hidden), `others` also of
    the plan and of other candidates; `label` names another candidate."""

    money: Money | None
    others: bool
    label: Callable[[str], str] = str


@dataclass(frozen=True)
class Advice:
    """Why no choice exists: one sentence, and each limit of it with what it would have to be."""

    sentence: str
    changes: list[str]


def why_not(facts: Mapping[str, Any], money: Money) -> str:
    """For those who read the whole plan."""
    return _why(facts, Reader(money, True))


def why_mine(
    user: User, candidate: Candidate, facts: Mapping[str, Any], money: Money, everything: bool
) -> str:
    """For those who may see this candidate: others by key where they are seen too, and no money but its own."""
    why = facts["why"]
    keys = {*why["blocked_by"], *why["displaced"]}
    numbers = [int(key.removeprefix("C-")) for key in keys]
    rows = Candidate.objects.visible_to(user).filter(number__in=numbers) if numbers else ()
    seen = {c.key for c in rows}
    own = money if may_read_money(user, candidate) else None
    return _why(
        facts, Reader(own, everything, lambda key: key if key in seen else "a candidate of another unit")
    )


def _why(facts: Mapping[str, Any], reader: Reader) -> str:
    why = facts["why"]
    if why["barred"]:
        return f"{why['barred'][0].upper()}{why['barred'][1:]}."
    said = WORDS[why["reason"]](facts, why, reader)
    entry = (
        ""
        if why["reason"] in ("never", "loses_money", "excluded_by", "needs")
        else _entry(facts, why, reader)
    )
    return " ".join(part for part in (said, entry, _displaced(why, reader)) if part)


def _never(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    gain = -(why["gap"] or 0)
    if reader.others and reader.money and gain >= 1:
        return f"Kept out by this plan; it would add {_bound(why, 'at most')}{reader.money(gain)}."
    return "Kept out by this plan."


def _loses(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    if reader.money and facts["value"] < 0:
        return f"Loses {reader.money(-facts['value'])} in the expected case."
    return (
        "Loses money in the expected case." if facts["value"] < 0 else "Gains nothing in the expected case."
    )


def _excluded(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    rivals = _listed(why["blocked_by"], reader)
    if reader.others and reader.money and (why["gap"] or 0) >= 1:
        which = "with which" if len(why["blocked_by"]) == 1 else "with whom"
        more = f"{_bound(why, 'at least')}{reader.money(why['gap'])} more"
        return f"Excluded by {rivals}, {which} the plan is worth {more}."
    return f"Excluded by {rivals}, which {_are(why['blocked_by'])} in the plan."


def _needs(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    return f"Needs {_listed(why['blocked_by'], reader)}, which {_are(why['blocked_by'])} not in the plan."


def _overlaps(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    return f"Shares its benefit with {_listed(why['blocked_by'], reader)}, already in the plan."


def _budget(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    return "The budget does not reach for it."


def _effort(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    """ "Too few days of data (Q1) and engineering (Q1, Q2); it takes 45 and 135." """
    short: dict[str, list[str]] = {}
    for rule in sorted(why["binding"], key=lambda rule: (rule["role"], rule["quarter"] or 0)):
        if rule["kind"] == "effort":
            short.setdefault(rule["role"], []).append(f"Q{rule['quarter'] + 1}")
    places = _joined(f"{_role(role)} ({', '.join(quarters)})" for role, quarters in short.items())
    takes = _joined(f"{facts['effort'].get(role, 0):,.0f}" for role in short)
    return f"Too few days of {places}; it takes {takes} in the quarter it starts."


def _risk(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    return "It is of high risk, and no more of those are allowed."


def _cvar(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    return "With it the worst tenth of the futures would fall below the floor."


def _team(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    teams = _joined(sorted({rule["role"] for rule in why["binding"] if rule["kind"] == "team"}))
    return f"The posts of {teams} are freed by others already; a post is freed once."


def _better(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    return "Better ones take its place."


WORDS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Reader], str]] = {
    "never": _never,
    "loses_money": _loses,
    "excluded_by": _excluded,
    "needs": _needs,
    "overlaps": _overlaps,
    "budget": _budget,
    "effort": _effort,
    "risk_count": _risk,
    "cvar": _cvar,
    "team": _team,
    "displaces": _better,
}


def _entry(facts: Mapping[str, Any], why: Mapping[str, Any], reader: Reader) -> str:
    """What would have to change, in the money that this reader may see."""
    if reader.money is None:
        return ""
    ways = []
    if why["cost_to_enter"] is not None and facts["cost"] - why["cost_to_enter"] >= 1:
        ways.append(f"if it cost {reader.money(_up(facts['cost'] - why['cost_to_enter']))} less")
    if reader.others and why["budget_to_enter"] is not None:
        ways.append(f"with a budget of {reader.money(_up(why['budget_to_enter']))}")
    if reader.others and not ways and (why["gap"] or 0) >= 1:
        ways.append(f"if it were worth {_bound(why, 'at least')}{reader.money(_up(why['gap']))} more")
    return f"It would enter {', or '.join(ways)}." if ways else ""


def _bound(why: Mapping[str, Any], word: str) -> str:
    """The word where the figure is only a bound, from a rougher question than the plan's own."""
    return "" if why["exact"] else f"{word} "


def _displaced(why: Mapping[str, Any], reader: Reader) -> str:
    if why["reason"] in ("loses_money", "excluded_by", "needs") or not why["displaced"]:
        return ""
    return f"As it is, it would push out {_listed(why['displaced'], reader)}."


def _listed(keys: Sequence[str], reader: Reader) -> str:
    """Names in the order that people count in, each said once."""
    ordered = sorted(keys, key=lambda key: int(key.removeprefix("C-")))
    return _joined(list(dict.fromkeys(map(reader.label, ordered))))


def _are(keys: Sequence[str]) -> str:
    return "is" if len(keys) == 1 else "are"


def _joined(names: Iterable[str]) -> str:
    *first, last = [*names] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _role(role: str) -> str:
    return str(Effort.Role(role).label)


def difference_words(second: Plan, found: Comparison, money: Money) -> str:
    """What the second of two plans costs and gives beside the first, and how many they share."""
    cost, value = _more(found.cost, money), _more(found.value, money)
    both = "1 candidate is" if found.both == 1 else f"{found.both} candidates are"
    return f"«{second.name}» costs {cost} and is worth {value}; {both} in both."


def _more(amount: float, money: Money) -> str:
    if abs(amount) < 1:
        return "the same"
    return f"{money(abs(amount))} {'more' if amount > 0 else 'less'}"


def advice(plan: Plan) -> Advice:
    """The limits of an infeasible plan that cannot hold together, and what each would have to be, to the unit."""
    found = [Conflict(**{**row, "keys": tuple(row["keys"])}) for row in plan.result.get("conflicts") or []]
    barred = plan.result.get("barred") or {}
    money, enough = _exact(plan.currency), plan.result.get("budget_enough")
    changes = [change for one in found if (change := _change(one, barred, enough, money))]
    return Advice(conflict_words(found, money), changes)


def _exact(currency: str) -> Money:
    """Whole units, rounded up: what is said to be enough is enough."""
    symbol = currency_symbol(currency)
    return lambda amount: f"{'−' if amount <= -1 else ''}{symbol}{abs(ceil(amount)):,}"


def _up(amount: float) -> float:
    """Rounded up to what a sentence shows, so that the amount it names is never too little."""
    step = 1000 if amount >= 10_000 else 100 if amount >= 1000 else 1
    return float(ceil(amount / step) * step)


def _change(one: Conflict, barred: Mapping[str, str], enough: float | None, money: Money) -> str:
    """One way out, as something to do."""
    key = one.keys[0] if one.keys else ""
    if one.kind == "never":
        return f"Decide on {key} first: {barred[key]}." if key in barred else f"Let {key} in."
    if one.kind == "must":
        return f"Let {key} be left out."
    if one.needed is None:
        return ""
    said = {
        "budget": f"Raise the budget from {money(one.limit or 0)} to {money(enough or one.needed)}"
        f"{': enough for all limits.' if enough else '.'}",
        "effort": f"Give {_effort_words(one)} {one.needed:,.0f} days in Q{(one.quarter or 0) + 1}.",
        "risk_count": f"Allow {one.needed:,.0f} of high risk.",
        "cvar": f"Lower the floor of the worst tenth to {money(one.needed)}.",
        "team": f"Let fewer free the posts of {one.role}.",
    }
    return said.get(one.kind, "")


def _effort_words(one: Conflict) -> str:
    return _role(one.role) if one.role in Effort.Role.values else one.role
