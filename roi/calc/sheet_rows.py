"""Rows of a sheet that somebody sent: columns by their names, cells as figures and days, mistakes by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

LARGEST = Decimal(10) ** 12


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a row: its number as a spreadsheet counts (0: the file), the column, and a sentence."""

    row: int
    field: str
    reason: str


class BadCell(ValueError):
    """Why a cell cannot be read, as the end of a sentence."""


def places(head: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Our name -> column number, for those of `names` (ours to what files call it) that are in the head."""
    found = {title.strip().lower().replace(" ", "_"): n for n, title in reversed(list(enumerate(head)))}
    return {
        ours: found[one]
        for ours, theirs in names.items()
        for one in reversed((ours, *theirs))
        if one in found
    }


def missing(at: Mapping[str, int], needed: Iterable[str]) -> list[Mistake]:
    """A mistake of the header for each column that is not there."""
    return [Mistake(1, name, f"The first row names no column «{name}».") for name in needed if name not in at]


def cell(row: Sequence[Any], at: Mapping[str, int], name: str) -> Any:
    """The cell under a name; None where the column or the cell is not there or blank."""
    place = at.get(name)
    found = row[place] if place is not None and place < len(row) else None
    found = found.strip() if isinstance(found, str) else found
    return None if found == "" else found


def text(value: Any, longest: int) -> str:
    """Plain text; BadCell when it is longer."""
    made = "" if value is None else str(value).strip()
    if len(made) > longest or "\0" in made:
        raise BadCell(f"is longer than {longest} characters")
    return made


def figure(value: Any, decimal_comma: bool = False) -> Decimal:
    """A number; 1 234,5 in files that write a comma. BadCell says what is wrong."""
    if isinstance(value, bool) or value is None:
        raise BadCell("is not a number")
    written = str(value).replace("\u00a0", "").replace(" ", "")
    if decimal_comma and "," in written:
        written = written.replace(".", "").replace(",", ".")
    try:
        made = Decimal(written)
    except InvalidOperation:
        raise BadCell(f"«{str(value)[:40]}» is not a number") from None
    if not made.is_finite() or abs(made) > LARGEST:
        raise BadCell(f"«{str(value)[:40]}» is not a number that can be")
    return made


def day(value: Any) -> date:
    """A day written as 2026-11-20, or a date of a workbook; a time after it is left off."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise BadCell(f"«{str(value)[:40]}» is not a day such as 2026-11-20") from None


def month(value: Any) -> date:
    """The first of a month, from 2026-11 or any day of it."""
    written = str(value)
    return day(f"{written}-01" if isinstance(value, str) and len(written) == 7 else value).replace(day=1)
