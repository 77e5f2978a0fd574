"""Two frozen assessments of one candidate: what was changed, and what each change did to the NPV."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from roi.calc import comparison
from roi.calc.comparison import CALCULATION, CORRELATIONS, Side
from roi.calc.simulation import CALC_VERSION
from roi.calc.words import NAMES
from roi.models import Assessment
from roi.queries.assessment import frame_of

SETTINGS = {
    "horizon_months": "the horizon",
    "discount_rate": "the discount rate",
    "hours_cap": "the hours a year of those who do it",
    "price_in": "the price of a token sent",
    "price_out": "the price of a token got back",
    CORRELATIONS: "which inputs move together",
    CALCULATION: "the calculation itself",
}


@dataclass(frozen=True)
class ChangeRow:
    """One change: `was` and `now` are stored inputs ({low, likely, high, ...}), settings or None; `part` is money."""

    factor: str
    name: str
    was: Any
    now: Any
    part: Decimal | None


@dataclass(frozen=True)
class Comparison:
    """Both assessments, the changes, and the difference of the NPV P50 that the parts add up to.

    `total` and every part are None where one has no NPV or they are in different currencies; `why_not` says which.
    """

    before: Assessment
    after: Assessment
    rows: tuple[ChangeRow, ...]
    total: Decimal | None
    why_not: str


def compare(before: Assessment, after: Assessment) -> Comparison:
    """`before` to `after`, whichever is older."""
    frames = frame_of(before), frame_of(after)
    why_not = _why_not(before, after)
    parts = None if why_not else _parts(before, after)
    names = comparison.changes(*frames) if parts is None else list(parts)
    rows = tuple(_row(name, before, after, parts) for name in names)
    total = None if parts is None else sum(parts.values(), Decimal(0))
    return Comparison(before, after, rows, total, why_not)


def _why_not(before: Assessment, after: Assessment) -> str:
    if before.currency != after.currency:
        return f"One is in {before.currency}, the other in {after.currency}: amounts are not compared."
    lacking = [w for a, w in ((before, "The first"), (after, "The second")) if a.npv_p50 is None]
    if len(lacking) == 2:
        return "Neither has an NPV, so only the inputs are compared."
    return f"{lacking[0]} has no NPV, so only the inputs are compared." if lacking else ""


def _parts(before: Assessment, after: Assessment) -> dict[str, Decimal]:
    first, second = _side(before, after), _side(after, after)
    return comparison.parts_to_the_cent(first, second, after.seed, after.draws)


def _side(one: Assessment, last: Assessment) -> Side:
    """`last` names the draws that both are computed over."""
    same = (one.calc_version, one.seed, one.draws) == (CALC_VERSION, last.seed, last.draws)
    return Side(frame_of(one), one.npv_p50 or Decimal(0), same)


def _row(name: str, before: Assessment, after: Assessment, parts: Mapping[str, Decimal] | None) -> ChangeRow:
    was, now = _stood(before, name), _stood(after, name)
    part = None if parts is None else parts[name]
    return ChangeRow(name, SETTINGS.get(name, NAMES.get(name, name)), was, now, part)


def _stood(assessment: Assessment, name: str) -> Any:
    """An input or a setting as it was frozen; None where it was not there."""
    if name == CALCULATION:
        return f"version {assessment.calc_version}"
    found = next((q for q in assessment.inputs["quantities"] if q["quantity"] == name), None)
    return found if found is not None or name not in SETTINGS else assessment.inputs.get(name)
