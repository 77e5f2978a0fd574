"""Cells of a sheet that came back: each into a value, or a sentence that says what is wrong with it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from aiops.spreadsheets import Formula

PLACES = Decimal("0.0001")
LARGEST = Decimal(10) ** 14
LONGEST_NOTE = 300


class Unclear(ValueError):
    """What is wrong with one cell."""


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def number(value: Any, decimal_comma: bool = False) -> Decimal:
    """A number with four decimals, as estimates are stored; 0,5 only where the file separates by semicolons."""
    if isinstance(value, Formula):
        raise Unclear("holds a formula: paste its value")
    if isinstance(value, bool | datetime | date):
        raise Unclear(f"«{value}» is not a number")
    text = str(value).strip().replace("\u2212", "-")
    if decimal_comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise Unclear(f"«{text[:40]}» is not a number: write it as 1234.5") from error
    if not found.is_finite() or abs(found) >= LARGEST:
        raise Unclear(f"«{text[:40]}» is larger than any estimate")
    return found.quantize(PLACES)


def day(value: Any) -> date:
    """A date, or text such as 2026-11-20."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError as error:
        raise Unclear(f"«{_shown(value)}» is not a date: write it as 2026-11-20") from error


def choice(value: Any, choices: Sequence[tuple[str, str]]) -> str:
    """One of the choices, by its name or its words."""
    wanted = str(value).strip().lower()
    for name, words in choices:
        if wanted in (name, str(words).lower()):
            return name
    raise Unclear(f"«{_shown(value)}» is none of {', '.join(name for name, _ in choices)}")


def note(value: Any) -> str:
    """Text as it stands; a number that somebody typed there becomes its digits."""
    if value is None:
        return ""
    if isinstance(value, Formula):
        raise Unclear("holds a formula: paste its text")
    text = value.isoformat() if isinstance(value, date) else str(value)
    if len(text) > LONGEST_NOTE or "\0" in text:
        raise Unclear(f"has {len(text)} characters: at most {LONGEST_NOTE}, no NUL")
    return text


def _shown(value: Any) -> str:
    return value.text if isinstance(value, Formula) else str(value)[:40]
