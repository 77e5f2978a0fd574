"""Cells that are safe to open in a spreadsheet."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: Any) -> Any:
    """Text cannot start a formula; numbers stay numbers, dates become ISO, nothing becomes an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    return "'" + text if text.lstrip(" ").startswith(FORMULA_STARTS) else text
