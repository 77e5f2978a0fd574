"""Dates as ticket systems write them. The order of day and month is a matter of the whole file, never of a cell.

A time without a zone is read as UTC; a written zone is kept, so that spans are right and months are those written.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

MISSING = frozenset(
    (
        "",
        "?",
        "-",
        "--",
        "–",
        "—",
        "n/a",
        "na",
        "nan",
        "nat",
        "null",
        "none",
        "nil",
        "(empty)",
        "(leer)",
        "leer",
    )
)
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan januar january jän", "feb februar february", "mar mär mrz march märz", "apr april", "may mai",
         "jun june juni", "jul july juli", "aug august", "sep sept september", "oct okt october oktober",
         "nov november", "dec dez december dezember"), 1,
    )
    for name in names.split()
}  # fmt: skip
CLOCK = (
    r"(?:(?:[T,]|\s)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*([AaPp]\.?[Mm]\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
WRITTEN = re.compile(r"(\d{1,4})([./ -])(\d{1,2}|[^\W\d_]{3,9})\.?[./ -](\d{2,4})" + CLOCK)
EXCEL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
# From 1990 to 2064: numbers outside are no dates of tickets.
EXCEL_DAYS = range(32874, 60000)
YEARS = range(1990, 2100)


class NotADate(ValueError):
    """Why a cell is no date, in words."""


def is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in MISSING)


def looks_dated(cell: Any) -> bool:
    """Whether a cell is a date in one order or the other."""
    if isinstance(cell, date):
        return True
    return any(_try(cell, order) is not None for order in (True, False))


def _try(cell: Any, day_first: bool) -> datetime | None:
    try:
        return read(cell, day_first)
    except NotADate:
        return None


def read(cell: Any, day_first: bool | None) -> datetime:
    """A cell as a moment. `day_first` decides 3/4/2024; None refuses what depends on it. NotADate says why."""
    if isinstance(cell, date):
        return _of_cell(cell)
    text = str(cell).strip()
    if found := WRITTEN.fullmatch(text):
        return _of_parts(found, day_first, text)
    if re.fullmatch(r"\d{5}(?:[.,]\d+)?", text) and int(text[:5]) in EXCEL_DAYS:
        return EXCEL_ZERO + timedelta(days=float(text.replace(",", ".")))
    raise NotADate(f"«{text[:40]}» is not a date")


def _of_cell(cell: date) -> datetime:
    moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of_parts(found: re.Match[str], day_first: bool | None, text: str) -> datetime:
    first, sign, second, last = found.group(1, 2, 3, 4)
    if len(first) == 4:
        year, month, day = first, _month(second, text), last
    elif not second.isdigit():
        year, month, day = last, _month(second, text), first
    else:
        year = last
        month, day = _ordered(int(first), int(second), _order(sign, day_first), text)
    try:
        moment = datetime(_year(str(year)), int(month), int(day), tzinfo=_zone(found.group(9)))
        return moment + _clock(found)
    except (ValueError, OverflowError) as error:
        raise NotADate(f"«{text[:40]}» is not a date") from error


def _order(sign: str, day_first: bool | None) -> bool | None:
    # 3.4.2024 has the day first wherever it is written.
    return True if sign == "." else day_first


def _ordered(first: int, second: int, day_first: bool | None, text: str) -> tuple[int, int]:
    """Month and day."""
    if day_first is None and first != second:
        raise NotADate(f"«{text[:40]}» may be read in two ways")
    month, day = (second, first) if day_first else (first, second)
    if month > 12:
        order = "day, month, year" if day_first else "month, day, year"
        raise NotADate(f"«{text[:40]}» is not a date written as {order}")
    return month, day


def _month(name: str, text: str) -> int:
    if name.isdigit():
        return int(name)
    if name.lower() not in MONTHS:
        raise NotADate(f"«{text[:40]}» is not a date")
    return MONTHS[name.lower()]


def _year(text: str) -> int:
    year = int(text) + (2000 if len(text) == 2 else 0)
    if year not in YEARS:
        raise ValueError("no year of tickets")
    return year


def _zone(text: str | None) -> timezone:
    if not text or text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def _clock(found: re.Match[str]) -> timedelta:
    hour, minute, second = (int(part or 0) for part in found.group(5, 6, 7))
    half = (found.group(8) or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no time of day")
    return timedelta(hours=hour, minutes=minute, seconds=second)


@dataclass
class Order:
    """What the cells of a file say about the order of day and month; `add` them all, then ask."""

    day_first: int = 0
    month_first: int = 0
    open: int = 0
    example: str = ""
    proofs: dict[bool, tuple[int, str, str]] = field(default_factory=dict)

    def add(self, row: int, column: str, cell: Any) -> None:
        found = WRITTEN.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if not found or len(found.group(1)) == 4 or not found.group(3).isdigit() or found.group(2) == ".":
            return
        first, second = int(found.group(1)), int(found.group(3))
        if first > 12 >= second:
            self.day_first += 1
            self.proofs.setdefault(True, (row, column, cell.strip()))
        elif second > 12 >= first:
            self.month_first += 1
            self.proofs.setdefault(False, (row, column, cell.strip()))
        elif first != second:
            self.open += 1
            self.example = self.example or cell.strip()

    @property
    def decided(self) -> bool | None:
        """True: day first; False: month first; None: nothing tells, or nothing depends on it."""
        if self.day_first == self.month_first:
            return None
        return self.day_first > self.month_first

    @property
    def is_ambiguous(self) -> bool:
        return self.decided is None and bool(self.open or self.day_first)

    def against(self, day_first: bool) -> tuple[int, str, str] | None:
        """A cell (row, column, text) that cannot be read in this order, where most speak against it."""
        return self.proofs.get(not day_first) if self.decided is (not day_first) else None

    def readings(self) -> list[tuple[bool, datetime]]:
        """The two readings of an example, for whoever is asked."""
        pairs = [(order, _try(self.example, order)) for order in (True, False)] if self.example else []
        return [(order, moment) for order, moment in pairs if moment is not None]


def order_of(cells: Iterable[tuple[int, str, Any]]) -> Order:
    """The order of a file from (row, column, cell)."""
    order = Order()
    for row, column, cell in cells:
        order.add(row, column, cell)
    return order
