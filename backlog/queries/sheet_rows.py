"""Rows of a file as answers of candidates: each cell read into a value, or named with what is wrong with it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from aiops.spreadsheets import Formula, Table, Unreadable, read_table
from backlog.models import Candidate

MOST_ROWS = 5000
LONGEST = {
    "key": 20,
    "external_id": 80,
    "title": 120,
    "description": 4000,
    "unit": 120,
    "owner": 254,
    "who_does_it": 120,
    "systems": 300,
}
PLACES = {"count": (2, 12), "minutes": (2, 8), "people": (1, 7)}
CHOICES: dict[str, Any] = {
    "klass": Candidate.Klass.choices,
    "period": Candidate.Period.choices,
    "share": Candidate.Share.choices,
    "sureness": Candidate.Sureness.choices,
    "risk_tier": Candidate.Risk.choices,
}
# How people write these in sheets of their own.
ALSO = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
    "per day": "day",
    "per week": "week",
    "per month": "month",
    "per year": "year",
}


@dataclass(frozen=True)
class Problem:
    """What stands in the way: the row of the file, its column, and a sentence."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True)
class SheetRow:
    """A row with what it says, by our names; blank cells are left out."""

    number: int
    said: dict[str, Any]


class Unclear(ValueError):
    """What is wrong with one cell."""


def table_of(data: bytes) -> Table:
    """A CSV, XLSX or JSON file, the last a list of objects as the export writes it. Raises Unreadable."""
    start = data[:100].lstrip(b"\xef\xbb\xbf \t\r\n")
    return _of_json(data) if start[:1] in (b"[", b"{") else read_table(data, MOST_ROWS)


def _of_json(data: bytes) -> Table:
    try:
        said = json.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The file is not readable as JSON.") from error
    rows = said.get("candidates") if isinstance(said, dict) else said
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("The JSON file holds no list of candidates.")
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"The file has more than {MOST_ROWS:,} rows: split it.")
    head = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_plain(row.get(name)) for name in head] for row in rows]
    return Table(head, list(enumerate(cells, 1)))


def _plain(value: Any) -> Any:
    """A cell of JSON; what is nested is for reading only."""
    return None if isinstance(value, list | dict) else value


def read_rows(table: Table, mapping: dict[str, str]) -> tuple[list[SheetRow], list[Problem]]:
    """Every row by the mapping (our name to the column's name), and every cell that cannot be read."""
    places = {field: table.head.index(column) for field, column in mapping.items()}
    rows: list[SheetRow] = []
    problems: list[Problem] = []
    for number, cells in table.rows:
        said: dict[str, Any] = {}
        for field, place in places.items():
            value = cells[place] if place < len(cells) else None
            try:
                if not _is_blank(value):
                    said[field] = read(field, value, table.decimal_comma)
            except Unclear as error:
                problems.append(Problem(number, mapping[field], str(error)))
        rows.append(SheetRow(number, said))
    return rows, problems


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def read(field: str, value: Any, decimal_comma: bool = False) -> Any:
    """One cell. Raises Unclear."""
    is_text = field not in PLACES and field not in CHOICES
    if isinstance(value, str) and value.startswith("=") and not is_text:
        value = Formula(value)
    if isinstance(value, Formula):
        raise Unclear(f"holds a formula ({value.text[:40]}): paste its value")
    reader: Callable[..., Any] = _number if field in PLACES else _choice if field in CHOICES else _text
    return reader(field, value, decimal_comma)


def _number(field: str, value: Any, decimal_comma: bool) -> Decimal:
    if isinstance(value, bool | date):
        raise Unclear(f"«{value}» is not a number")
    text = str(value).strip()
    if decimal_comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise Unclear(f"«{text[:40]}» is not a number: write it as 1234.5") from None
    places, before = PLACES[field]
    if not found.is_finite() or found <= 0 or found >= Decimal(10) ** before:
        raise Unclear(f"«{text[:40]}» is not above 0, or far too large")
    if found != found.quantize(Decimal(1).scaleb(-places)):
        raise Unclear(f"«{text[:40]}» has more than {places} decimal{'' if places == 1 else 's'}")
    return found


def _choice(field: str, value: Any, _: bool) -> str:
    wanted = " ".join(str(value).split()).lower()
    for name, words in CHOICES[field]:
        if wanted in (name, str(words).lower()) or ALSO.get(wanted) == name:
            return str(name)
    raise Unclear(f"«{str(value)[:40]}» is none of {', '.join(name for name, _ in CHOICES[field])}")


def _text(field: str, value: Any, _: bool) -> str:
    if isinstance(value, datetime):
        value = value.isoformat(sep=" ")
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if field not in ("title", "description"):
        text = text.strip()
    if len(text) > LONGEST[field]:
        raise Unclear(f"has {len(text):,} characters: at most {LONGEST[field]:,}")
    if "\x00" in text or any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        raise Unclear("holds signs that are not text")
    return text
