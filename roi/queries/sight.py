"""What of an assessment a reader may see: money for the unit, the review and finance; exact rates for finance."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiops import permissions
from aiops.models import User, currency_symbol
from aiops.permissions import Permission

BAND = 10
RATE = "loaded_rate"
CARD = "rate card"
Row = Mapping[str, Any]


def sees_rates(user: User) -> bool:
    """Finance sees its rate card to the cent; everybody else sees a band of ten."""
    return permissions.has(user, Permission.FINANCE)


def rate_band(rate: float, currency: str) -> str:
    """ "$40 to 50" for any rate in it."""
    low = int(rate // BAND * BAND)
    return f"{currency_symbol(currency)}{low:,} to {low + BAND:,}"


def middle_of_band(rate: float) -> float:
    """What the cost of an hour is taken for where the rate itself is not shown."""
    return rate // BAND * BAND + BAND / 2


def is_hidden(user: User, quantity: str, source: str) -> bool:
    """Whether this input's figures are finance's own."""
    return quantity == RATE and source == CARD and not sees_rates(user)


def open_inputs(user: User, rows: Sequence[Row], currency: str) -> list[dict[str, Any]]:
    """Frozen or previewed inputs with a hidden rate as a band instead of figures."""
    return [_opened(row, is_hidden(user, row["quantity"], row["source"]), currency) for row in rows]


def _opened(row: Row, hidden: bool, currency: str) -> dict[str, Any]:
    if not hidden:
        return dict(row)
    return {**row, "low": None, "likely": None, "high": None, "note": ""} | {
        "band": rate_band(row["likely"], currency)
    }


def open_analysis(user: User, analysis: Row | None, sources: Mapping[str, str]) -> dict[str, Any]:
    """An analysis without what gives a hidden rate away: its break-even value, and costs of measuring made of it.

    `sources` says where each input comes from.
    """
    if not analysis or not is_hidden(user, RATE, sources.get(RATE, "")):
        return dict(analysis or {})
    breakevens = [row for row in analysis.get("breakevens", []) if row["quantity"] != RATE]
    worth = [
        {k: v for k, v in row.items() if k != "cost"}
        for row in analysis.get("information", [])
        if row["quantity"] != RATE
    ]
    return {**analysis, "breakevens": breakevens, "information": worth}


def hourly_cost(user: User, rows: Sequence[Row]) -> float | None:
    """What an hour of measuring costs as this reader may know it, from the inputs of an assessment."""
    rate = next((row for row in rows if row["quantity"] == RATE), None)
    if rate is None:
        return None
    hidden = is_hidden(user, RATE, rate["source"])
    return middle_of_band(rate["likely"]) if hidden else float(rate["likely"])
