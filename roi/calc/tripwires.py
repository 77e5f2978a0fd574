"""Two tripwires for an approval, from the values at which it would no longer pay back.

A break-even that lies on the losing side of the likely value becomes a condition on what can be watched once it runs.
The two with the widest swing of the result are taken; where fewer are in reach, the low end of what was promised stands
in, and the note says so. Levels are rounded to two digits away from the forecast: none fires while it still pays.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from roi.calc import words

Row = Mapping[str, Any]
# What of an assessment is watched after go-live, under the name that a tripwire has for it.
WATCHED = {
    "automation_share": "automation_share",
    "volume": "volume",
    "minutes": "minutes",
    "review_minutes": "review_minutes",
    "run_cost": "run_cost",
    "run_cost_item": "cost_item",
    "build_cost": "build_cost",
}
MORE_IS_WORSE = frozenset({"review_minutes", "run_cost", "run_cost_item", "build_cost"})
NOUNS = {
    "accepted_share": "the accepted share",
    "automation_share": "the share automated",
    "volume": "the volume a year",
    "minutes": "the minutes saved an item",
    "review_minutes": "the review minutes an item",
    "run_cost": "the run cost a year",
    "cost_item": "the cost an item",
    "build_cost": "the build cost so far",
}
MOST, WEEKS, ONCE = 2, 4, 1
SPENT = frozenset({"build_cost"})
INPUT_OF = {name: of for of, name in WATCHED.items()}


def suggest(
    breakevens: Sequence[Row],
    drivers: Sequence[Row],
    ranges: Mapping[str, Sequence[float]],
    money: words.Money,
) -> list[dict[str, Any]]:
    """Two suggestions {quantity, side, level, weeks, note, words}; fewer where fewer inputs can be watched.

    `breakevens` and `drivers` are those of an assessment, drivers widest first; `ranges` are (low, likely, high).
    """
    order = [row["quantity"] for row in drivers]
    ranges = {name: _saved(name, ends, ranges) for name, ends in ranges.items()}
    known = [_saved_row(row, ranges) for row in breakevens]
    tipping = sorted((r for r in known if _tips(r)), key=lambda r: _place(order, r["quantity"]))
    found = [_from_breakeven(row, money) for row in tipping[:MOST]]
    taken = {row["quantity"] for row in tipping[:MOST]}
    names = [name for name in (*order, *WATCHED) if name in WATCHED and name in ranges]
    for name in dict.fromkeys(names):
        if len(found) < MOST and name not in taken and (name != "minutes" or ranges[name][0] > 0):
            found.append(_from_range(name, ranges[name], money))
    return found


def _saved(name: str, ends: Sequence[float], ranges: Mapping[str, Sequence[float]]) -> Sequence[float]:
    """What is watched are minutes saved: those of an item less the review that is expected of it."""
    review = ranges["review_minutes"][1] if name == "minutes" and "review_minutes" in ranges else 0.0
    return [max(end - review, 0.0) for end in ends] if review else ends


def _saved_row(row: Row, ranges: Mapping[str, Sequence[float]]) -> Row:
    """The same for its break-even."""
    if row["quantity"] != "minutes" or "review_minutes" not in ranges or row["value"] is None:
        return row
    review = ranges["review_minutes"][1]
    return {**row, "value": row["value"] - review, "likely": row["likely"] - review}


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _tips(row: Row) -> bool:
    """Reachable, watchable, and worse than what is expected: anything else would fire on its first day."""
    value, likely = row["value"], row["likely"]
    if row["quantity"] not in WATCHED or not row["reachable"] or value is None or value <= 0:
        return False
    return bool(value < likely if row["direction"] == "at least" else value > likely)


def _from_breakeven(row: Row, money: words.Money) -> dict[str, Any]:
    name, shown = row["quantity"], _shown(money)
    side = "below" if row["direction"] == "at least" else "above"
    value, likely = shown(name, words.three_digits(row["value"])), shown(name, row["likely"])
    return _made(name, side, row["value"], f"breaks even at {value}; {likely} is expected", money)


def _from_range(name: str, ends: Sequence[float], money: words.Money) -> dict[str, Any]:
    """The worse end of the range that was promised: no break-even is in reach to take the level from."""
    low, _, high = ends
    level, side, end = (high, "above", "high") if name in MORE_IS_WORSE else (low, "below", "low")
    return _made(name, side, level, f"the {end} end of what was estimated; no break-even is in reach", money)


def _made(name: str, side: str, value: float, note: str, money: words.Money) -> dict[str, Any]:
    level, quantity = _rounded(value, up=side == "above"), WATCHED[name]
    weeks = ONCE if name in SPENT else WEEKS
    made = {"quantity": quantity, "side": side, "level": level, "weeks": weeks, "note": note}
    return made | {"words": sentence(quantity, side, level, weeks, money)}


def sentence(quantity: str, side: str, level: float, weeks: int, money: words.Money) -> str:
    """ "Stop if the share automated is under 23 % for 4 weeks"."""
    than = "under" if side == "below" else "over"
    held = f" for {weeks} weeks" if weeks > 1 else ""
    return (
        f"Stop if {NOUNS[quantity]} is {than} {_shown(money)(INPUT_OF.get(quantity, quantity), level)}{held}"
    )


def _shown(money: words.Money) -> Callable[[str, float], str]:
    def shown(name: str, value: float) -> str:
        return words.amount("automation_share" if name == "accepted_share" else name, value, money)

    return shown


def _rounded(value: float, up: bool) -> float:
    """Two significant digits, away from the forecast."""
    if value == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    # The sum keeps 0.23 from becoming 0.22 because its float lies a hair under it.
    whole = math.ceil(value / step - 1e-9) if up else math.floor(value / step + 1e-9)
    return float(f"{whole * step:.6g}")
